import type { ServicePolicy } from '../../src/config/types.js';
import { GatewayError } from '../../src/errors.js';
import { createPublisher, type PublicationRequest } from '../../src/policy/publish/publisher.js';
import type { ReadUpstream } from '../../src/policy/publish/sources.js';
import { type ServiceParts, service } from './services.js';

const wsdl = (mark = ''): string =>
  '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/">' +
  `<documentation>${mark}</documentation><types><x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:include schemaLocation="?xsd=xsd0"/></x:schema></types>` +
  '<binding name="B" type="T"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/></binding>' +
  '<service name="S"><port name="P" binding="B"><s:address location="http://srv/"/></port></service></definitions>';
const SCHEMA = '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"/>';

const policy = (parts: ServiceParts = {}): ServicePolicy =>
  ({
    ...service(parts),
    name: 'orders',
    upstream: { path: '/legacy', targets: [new URL('http://10.0.0.11:8080')] },
  }) as unknown as ServicePolicy;

const REQUEST: PublicationRequest = { kind: 'wsdl', name: '', url: 'http://gw/orders', requestId: 'r1' };

/** A publisher over an upstream and a clock of the test's own. */
function scene() {
  const state = {
    now: 1_000_000,
    asked: [] as string[],
    documents: { '/legacy?wsdl': wsdl(), '/legacy?xsd=xsd0': SCHEMA } as Record<string, string>,
    status: 200,
    took: 0,
  };
  const requests: Parameters<ReadUpstream>[1][] = [];
  const read: ReadUpstream = async (_service, request) => {
    requests.push(request);
    state.asked.push(request.path);
    state.now += state.took;
    await Promise.resolve();
    const body = Buffer.from(state.documents[request.path] ?? '');
    return { status: state.status, contentType: 'text/xml; charset=utf-8', body };
  };
  return { state, requests, publish: createPublisher({ read, runtime: { now: () => state.now } }) };
}

const ALL = ['/legacy?wsdl', '/legacy?xsd=xsd0'];

test('asks with the bound and the id of the request, and gives what was asked for', async () => {
  const { publish, requests } = scene();
  const text = await publish(policy(), REQUEST);
  expect(text).toContain('<s:address location="http://gw/orders"/>');
  expect(text).toContain('schemaLocation="http://gw/orders?xsd=xsd0"');
  expect(requests).toEqual(ALL.map((path) => ({ path, limit: 4 * 1_048_576, requestId: 'r1' })));
  expect(await publish(policy(), { ...REQUEST, kind: 'xsd', name: 'xsd0' })).toContain('<x:schema');
});

test.each([
  ['xsd', ''],
  ['xsd', 'XSD0'],
  ['xsd', '../xsd0'],
  ['wsdl', 'xsd0'],
  ['wsdl', 'wsdl'],
  ['wsdl', '__proto__'],
  ['xsd', 'constructor'],
] as const)('there is no %s %j', async (kind, name) => {
  const { publish, state } = scene();
  expect(await publish(policy(), { ...REQUEST, kind, name })).toBeUndefined();
  expect(state.asked).toEqual(ALL);
});

test('a service that is not published has none', async () => {
  const { publish, state } = scene();
  const closed = { ...policy(), wsdl: false } as ServicePolicy;
  expect(await publish(closed, REQUEST)).toBeUndefined();
  expect(state.asked).toEqual([]);
});

describe('addresses', () => {
  const addressOf = (text = ''): string | undefined => /<s:address location="([^"]*)"/.exec(text)?.[1];
  const importOf = (text = ''): string | undefined => /schemaLocation="([^"]*)"/.exec(text)?.[1];

  test('are those of each request, from one reading', async () => {
    const { publish, state } = scene();
    for (const url of ['http://a/orders', 'https://b:8443/orders']) {
      const text = await publish(policy(), { ...REQUEST, url });
      expect([addressOf(text), importOf(text)]).toEqual([url, `${url}?xsd=xsd0`]);
    }
    expect(state.asked).toEqual(ALL);
  });

  test('are the configured one for ports; imports lead where the client is', async () => {
    const { publish } = scene();
    const text = await publish(policy({ wsdl: { address: 'https://api.example.com/o?' } }), REQUEST);
    expect([addressOf(text), importOf(text)]).toEqual(['https://api.example.com/o?', 'http://gw/orders?xsd=xsd0']);
  });

  test('are https over a transport binding', async () => {
    const { publish } = scene();
    const over = policy();
    const transport = { ...over, binding: { ...over.binding, kind: 'transport' } } as ServicePolicy;
    const text = await publish(transport, REQUEST);
    expect([addressOf(text), importOf(text)]).toEqual(['https://gw/orders', 'http://gw/orders?xsd=xsd0']);
  });

  test('are escaped', async () => {
    const { publish } = scene();
    const text = await publish(policy(), { ...REQUEST, url: 'http://gw/a$&b"<$$' });
    expect(addressOf(text)).toBe('http://gw/a$&amp;b&quot;&lt;$$');
  });
});

describe('the cache', () => {
  test('is asked by all who come while the upstream is', async () => {
    const { publish, state } = scene();
    await Promise.all(Array.from({ length: 50 }, () => publish(policy(), REQUEST)));
    expect(state.asked).toEqual(ALL);
  });

  test('lasts a minute; what has not changed then lasts another', async () => {
    const { publish, state } = scene();
    await publish(policy(), REQUEST);
    state.now += 59_999;
    await publish(policy(), REQUEST);
    expect(state.asked).toEqual(ALL);
    state.now += 1;
    expect(await publish(policy(), REQUEST)).toContain('<documentation/>');
    expect(state.asked).toEqual([...ALL, ...ALL]);
    // fresh again
    state.now += 59_999;
    await publish(policy(), REQUEST);
    expect(state.asked).toHaveLength(4);
  });

  test.each(['/legacy?wsdl', '/legacy?xsd=xsd0'])('a change of %s is seen after a minute', async (path) => {
    const { publish, state } = scene();
    await publish(policy(), REQUEST);
    state.documents[path] = path === '/legacy?wsdl' ? wsdl('second') : SCHEMA.replace('/>', ' version="second"/>');
    const query = path === '/legacy?wsdl' ? REQUEST : ({ ...REQUEST, kind: 'xsd', name: 'xsd0' } as const);
    expect(await publish(policy(), query)).not.toContain('second');
    state.now += 60_000;
    expect(await publish(policy(), query)).toContain('second');
  });

  test('a failure is remembered for two seconds, for all who ask', async () => {
    const { publish, state } = scene();
    state.status = 500;
    const failure = { code: 'upstream.answer', details: { location: '/legacy?wsdl', upstream_status: 500 } };
    await expect(publish(policy(), REQUEST)).rejects.toMatchObject(failure);
    state.status = 200;
    state.now += 1_999;
    await expect(publish(policy(), REQUEST)).rejects.toMatchObject(failure);
    expect(state.asked).toHaveLength(1);
    state.now += 1;
    expect(await publish(policy(), REQUEST)).toContain('wsp:Policy');
  });

  test('an upstream that fails when asked again takes the documents with it, until it answers', async () => {
    const { publish, state } = scene();
    await publish(policy(), REQUEST);
    state.now += 60_000;
    state.status = 404;
    await expect(publish(policy(), REQUEST)).rejects.toThrow(GatewayError);
    state.status = 200;
    state.now += 2_000;
    expect(await publish(policy(), REQUEST)).toContain('wsp:Policy');
  });

  test('an upstream that takes more than half a minute for all is too slow', async () => {
    const { publish, state } = scene();
    state.took = 30_001;
    await expect(publish(policy(), REQUEST)).rejects.toMatchObject({ code: 'upstream.timeout' });
    expect(state.asked).toEqual(['/legacy?wsdl']);
  });
});

test('a file is read for ever, and nobody is asked', async () => {
  const { publish, state } = scene();
  const documents = new Map([
    ['o.wsdl', wsdl('from a file').replace('?xsd=xsd0', 'a.xsd')],
    ['a.xsd', SCHEMA],
  ]);
  const from = policy({ wsdl: { file: { name: 'o.wsdl', documents } } });
  expect(await publish(from, REQUEST)).toContain('from a file');
  state.now += 86_400_000;
  const [, query = ''] =
    /schemaLocation="http:\/\/gw\/orders\?xsd=([^"]*)"/.exec((await publish(from, REQUEST)) ?? '') ?? [];
  expect(await publish(from, { ...REQUEST, kind: 'xsd', name: query })).toContain('<x:schema');
  expect(state.asked).toEqual([]);
});
