import { classify, indexServices } from '../../src/http/classify.js';
import { parseContentType } from '../../src/http/content-type.js';
import { policy } from './harness.js';

const orders = policy({ passthrough: { paths: ['/orders', '/help/*'], methods: ['GET', 'HEAD'] } });
const closed = policy({ name: 'closed', path: '/closed' });
const files = policy({
  name: 'files',
  path: '/files.asmx',
  passthrough: { paths: ['/help/files/*', '/upload'], methods: ['GET', 'POST'] },
});
const index = indexServices([orders, closed, files]);

test.each([
  ['text/xml', '1.1', undefined, undefined],
  ['text/xml; charset=utf-8', '1.1', 'utf-8', undefined],
  ['TEXT/XML;CHARSET="UTF-8"', '1.1', 'UTF-8', undefined],
  ['text/xml ; charset=utf-16 ;', '1.1', 'utf-16', undefined],
  ['application/soap+xml; charset=utf-8; action="urn:a;b\\"c"', '1.2', 'utf-8', 'urn:a;b"c'],
  ['application/soap+xml;action=urn', '1.2', undefined, 'urn'],
  // SOAP 1.1 has no such parameter
  ['text/xml; action="urn:a"', '1.1', undefined, undefined],
])('%s is SOAP %s', (contentType, soap, charset, action) => {
  const found = classify(index, 'POST', '/orders', { 'content-type': contentType });
  expect(found).toMatchObject({ kind: 'soap', service: orders, soap, contentType });
  expect(found).toHaveProperty('kind', 'soap');
  expect('charset' in found ? found.charset : undefined).toBe(charset);
  expect('action' in found ? found.action : undefined).toBe(action);
});

test.each([
  ['"urn:x"', 'urn:x'],
  ['urn:x', 'urn:x'],
  ['""', ''],
  ['', ''],
  [' "urn:x" ', 'urn:x'],
])('SOAPAction: %s is %j', (header, action) => {
  const found = classify(index, 'POST', '/orders', { 'content-type': 'text/xml', soapaction: header });
  expect(found).toMatchObject({ action, soapAction: action });
});

test('gSOAP sends both; they are given apart', () => {
  const headers = { 'content-type': 'application/soap+xml; action="urn:a"', soapaction: '"urn:b"' };
  expect(classify(index, 'POST', '/orders', headers)).toMatchObject({ action: 'urn:a', soapAction: 'urn:b' });
});

test.each(['"urn:x', 'urn:x"', '"a" "b"', '"a"b'])('SOAPAction: %s is refused', (soapaction) => {
  const headers = { 'content-type': 'text/xml', soapaction };
  expect(classify(index, 'POST', '/orders', headers)).toMatchObject({ kind: 'refused', status: 400 });
});

test.each([
  '',
  'text/xml, text/xml',
  'text/xml; charset=utf-8, application/soap+xml',
  'text/xml; charset=utf-8; charset=utf-16',
  'text/xml; charset=utf-8; Charset=utf-8',
  'text/xml; charset',
  'text/xml; charset=',
  'text/xml; charset="utf-8',
  'text/xml; charset=utf-8"',
  'text/xml charset=utf-8',
  'text/xml; =utf-8',
  'text/xml; charset =utf-8',
  'text/',
  '/xml',
  'text',
  'application/xml',
  'text/plain',
  'text/html',
  'application/json',
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'multipart/related; type="application/xop+xml"; boundary=a',
  'application/xop+xml',
  'application/soap+xmlx',
  'application/soap+msbin1',
  'xtext/xml',
])('a POST of %j to a service is refused with 415', (contentType) => {
  const headers = contentType === '' ? {} : { 'content-type': contentType };
  expect(classify(index, 'POST', '/orders', headers)).toMatchObject({ kind: 'refused', status: 415 });
});

test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, identity', 'x', ''])(
  'Content-Encoding: %s is refused',
  (encoding) => {
    const headers = { 'content-type': 'text/xml', 'content-encoding': encoding };
    expect(classify(index, 'POST', '/orders', headers)).toMatchObject({ kind: 'refused', status: 415 });
  },
);

test('identity is no encoding', () => {
  const headers = { 'content-type': 'text/xml', 'content-encoding': 'Identity' };
  expect(classify(index, 'POST', '/orders', headers).kind).toBe('soap');
});

test.each([
  ['GET', '/orders', orders],
  ['GET', '/orders?wsdl', orders],
  ['HEAD', '/orders?singleWsdl', orders],
  ['GET', '/help/', orders],
  ['GET', '/help/a/b.css?x=/../y', orders],
  ['POST', '/upload', files],
  ['GET', '/help/files/a', files],
])('%s %s is passed through', (method, url, service) => {
  expect(classify(index, method, url, {})).toMatchObject({ kind: 'passthrough', service: { name: service.name } });
});

test.each([
  ['GET', '/', 404],
  ['GET', '/order', 404],
  ['GET', '/orders/', 404],
  ['GET', '/Orders', 404],
  ['GET', '/help', 404],
  ['GET', '/helpx/a', 404],
  ['GET', '/orders;x', 404],
  ['GET', '/%6frders', 404],
  ['GET', '/help/../admin', 400],
  ['GET', '/help/..', 400],
  ['GET', '/help/./a', 400],
  ['GET', '/help/%2e%2e/admin', 400],
  ['GET', '/help/.%2E/admin', 400],
  ['GET', '/help/%2fadmin', 400],
  ['GET', '/help/%5cadmin', 400],
  ['GET', '/help//admin', 400],
  ['GET', '//help/a', 400],
  ['GET', '/help/%00', 400],
  ['GET', '/help/%', 400],
  ['GET', '/help/%zz', 400],
  ['GET', '/closed', 405],
  ['GET', '/closed?wsdl', 405],
  ['PUT', '/orders', 405],
  ['DELETE', '/orders', 405],
  ['OPTIONS', '/orders', 405],
  ['TRACE', '/orders', 405],
  ['POST', '/help/a', 405],
  ['HEAD', '/upload', 405],
])('%s %s is refused with %i', (method, url, status) => {
  expect(classify(index, method, url, { 'content-type': 'text/xml' })).toMatchObject({ kind: 'refused', status });
});

test.each([
  ['PUT', '/orders', 'GET, HEAD, POST'],
  ['GET', '/closed', 'POST'],
  ['PUT', '/upload', 'GET, POST'],
])('%s %s: Allow is %s', (method, url, allow) => {
  expect(classify(index, method, url, {})).toMatchObject({ status: 405, allow });
});

test('a path where SOAP is served takes no other POST, even if the policy passes POST there', () => {
  const open = policy({ passthrough: { paths: ['/orders'], methods: ['GET', 'POST'] } });
  const found = classify(indexServices([open]), 'POST', '/orders', { 'content-type': 'text/plain' });
  expect(found).toMatchObject({ kind: 'refused', status: 415 });
});

test('parameters of a content type come by lower-cased name', () => {
  expect(parseContentType('Application/SOAP+XML;\tAction="";Charset=utf-8')).toEqual({
    type: 'application/soap+xml',
    parameters: new Map([
      ['action', ''],
      ['charset', 'utf-8'],
    ]),
  });
});
