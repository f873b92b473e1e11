import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway } from './harness.js';

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await fakeUpstream((_request, response) => {
    response.writeHead(200, {
      'Content-Type': 'text/xml; charset=utf-8',
      Server: 'IIS/10',
      'X-Powered-By': 'ASP.NET',
      'X-App': 'yes',
      'Set-Cookie': ['a=1', 'b=2'],
    });
    response.end('<answer/>');
  });
  gateway = await startGateway({
    services: [
      policy({
        targets: [upstream.url],
        upstreamPath: '/legacy/Orders.asmx',
        passthrough: { paths: ['/orders'], methods: ['GET', 'HEAD'] },
      }),
    ],
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

test('a message reaches the upstream with the headers that are ours, and the answer comes back without the upstream’s', async () => {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/orders?x=1`, {
    method: 'POST',
    headers: { ...SOAP_11, authorization: 'Basic Zm9v', 'user-agent': 'client' },
    body: '<m/>',
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('<answer/>');
  expect(response.headers.get('x-app')).toBe('yes');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('server')).toBeNull();
  expect(response.headers.get('x-powered-by')).toBeNull();
  const [received] = upstream.requests;
  expect(received).toMatchObject({
    method: 'POST',
    url: '/legacy/Orders.asmx',
    body: '<m/>',
    headers: {
      host: `127.0.0.1:${upstream.port}`,
      'content-type': 'text/xml; charset=utf-8',
      'content-length': '4',
      soapaction: '"urn:x"',
      'accept-encoding': 'identity',
      'x-remote-user': 'alice',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${gateway.port}`,
      'x-request-id': response.headers.get('x-gateway-request-id'),
      'user-agent': 'client',
    },
  });
  expect(received?.headers.authorization).toBeUndefined();
  expect(await gateway.line('request')).toMatchObject({
    level: 'info',
    policy: 'orders',
    outcome: 'ok',
    status: 200,
    soap_version: '1.1',
    soap_action: 'urn:x',
    bytes_in: 4,
    bytes_out: 9,
    upstream: upstream.url,
    client_ip: '127.0.0.1',
    path: '/orders',
  });
});

test('a GET of the description is passed through, with its query', async () => {
  const response = await fetch(`http://127.0.0.1:${gateway.port}/orders?wsdl`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('<answer/>');
  expect(response.headers.get('server')).toBeNull();
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(upstream.requests.at(-1)).toMatchObject({
    method: 'GET',
    url: '/legacy/Orders.asmx?wsdl',
    headers: { host: `127.0.0.1:${upstream.port}`, connection: 'close', 'x-forwarded-for': '127.0.0.1' },
  });
});
