import { X509Certificate } from 'node:crypto';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { ListenerTls } from '../../src/config/types.js';
import { type Authority, createAuthority, type Party } from '../pki/index.js';
import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway, until } from './harness.js';
import { raw, statuses } from './raw.js';

let authority: Authority;
let server: Party;
let alice: Party;
let stranger: Party;
let upstream: FakeUpstream;
const opened: Gateway[] = [];

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'CA' });
  server = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  alice = await authority.issue({ commonName: 'alice' });
  stranger = await (await createAuthority({ commonName: 'CA' })).issue({ commonName: 'alice' });
  upstream = await fakeUpstream();
});
afterAll(() => upstream.close());
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

function keys(party: Party, parts: Partial<ListenerTls> = {}): ListenerTls {
  return {
    certificate: Buffer.from(party.certificate),
    privateKey: Buffer.from(party.privateKey),
    minVersion: 'TLSv1.2',
    clientCertificate: 'none',
    ...parts,
  };
}

async function open(parts: Partial<ListenerTls> = {}): Promise<Gateway> {
  const gateway = await startGateway({
    services: [policy({ targets: [upstream.url] })],
    tls: keys(server, parts),
    timeouts: { headers: 500 },
  });
  opened.push(gateway);
  return gateway;
}

/** One POST over a connection of its own; the status, or the code of the error that ended it. */
function post(port: number, options: RequestOptions = {}): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path: '/orders',
        method: 'POST',
        ca: authority.certificate,
        headers: SOAP_11,
        agent: false,
        ...options,
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    request.end('<m/>');
  });
}

test('a request over TLS is secure, and its version is in the log', async () => {
  const gateway = await open();
  expect(await post(gateway.port)).toBe(200);
  expect(gateway.seen[0]).toMatchObject({ secureTransport: true, clientAddress: '127.0.0.1' });
  expect(gateway.seen[0]).not.toHaveProperty('clientCertificate');
  expect(upstream.requests.at(-1)?.headers['x-forwarded-proto']).toBe('https');
  expect(await gateway.line('request')).toMatchObject({ tls_version: 'TLSv1.3' });
});

test.each([
  ['TLSv1.1', 'TLSv1.2', 'refused'],
  ['TLSv1.2', 'TLSv1.2', 200],
  ['TLSv1.2', 'TLSv1.3', 'refused'],
  ['TLSv1.3', 'TLSv1.3', 200],
] as const)('a client of %s where %s is the least: %s', async (maxVersion, minVersion, outcome) => {
  const gateway = await open({ minVersion });
  const got = await post(gateway.port, { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(typeof got === 'number' ? got : 'refused').toBe(outcome);
  expect(gateway.seen).toHaveLength(outcome === 200 ? 1 : 0);
});

describe('client certificates', () => {
  const trust = (): Partial<ListenerTls> => ({ clientTrust: Buffer.from(authority.certificate) });
  const as = (party: Party) => ({ cert: party.certificate, key: party.privateKey });

  test('one of a trusted issuer is given on', async () => {
    const gateway = await open({ clientCertificate: 'required', ...trust() });
    expect(await post(gateway.port, as(alice))).toBe(200);
    const { fingerprint256 } = new X509Certificate(alice.certificate);
    expect(gateway.seen[0]?.clientCertificate?.fingerprint256).toBe(fingerprint256);
  });

  test.each(['required', 'optional'] as const)(
    'one of another issuer of the same name proves nothing: %s',
    async (clientCertificate) => {
      const gateway = await open({ clientCertificate, ...trust() });
      const got = await post(gateway.port, as(stranger));
      if (clientCertificate === 'optional') {
        expect(got).toBe(200);
        expect(gateway.seen[0]).not.toHaveProperty('clientCertificate');
      } else {
        expect(typeof got).toBe('string');
        expect(gateway.seen).toEqual([]);
      }
    },
  );

  test('none where one is required ends the handshake, and is logged', async () => {
    const gateway = await open({ clientCertificate: 'required', ...trust() });
    expect(typeof (await post(gateway.port))).toBe('string');
    expect(gateway.seen).toEqual([]);
    expect(await gateway.line('request.refused')).toMatchObject({ level: 'warn' });
    expect(await gateway.metrics.text()).toContain('requests_refused_total{reason="tls"} 1');
  });

  test('an expired one proves nothing', async () => {
    const gateway = await open({ clientCertificate: 'optional', ...trust() });
    const expired = await authority.issue({ commonName: 'alice', notAfter: Date.now() - 3_600_000 });
    expect(await post(gateway.port, as(expired))).toBe(200);
    expect(gateway.seen[0]).not.toHaveProperty('clientCertificate');
  });

  test('one that nobody asked for is not looked at', async () => {
    const gateway = await open();
    expect(await post(gateway.port, as(alice))).toBe(200);
    expect(gateway.seen[0]).not.toHaveProperty('clientCertificate');
  });

  test('a resumed session has the certificate of the first', async () => {
    const gateway = await open({ clientCertificate: 'required', minVersion: 'TLSv1.2', ...trust() });
    const options = { host: '127.0.0.1', port: gateway.port, ca: authority.certificate, ...as(alice) };
    const first = tlsConnect({ ...options, maxVersion: 'TLSv1.2' });
    await new Promise((resolve) => first.once('secureConnect', resolve));
    const session = first.getSession();
    first.destroy();
    if (session === undefined) throw new Error('no session');
    const second = tlsConnect({ ...options, maxVersion: 'TLSv1.2', session });
    await new Promise((resolve) => second.once('secureConnect', resolve));
    expect(second.isSessionReused()).toBe(true);
    second.write('POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<m/>');
    await until(() => gateway.seen.length === 1);
    const { fingerprint256 } = new X509Certificate(alice.certificate);
    expect(gateway.seen[0]?.clientCertificate?.fingerprint256).toBe(fingerprint256);
    second.destroy();
  });
});

test('new keys serve the next handshake, on the same port', async () => {
  const gateway = await open();
  const renewed = await authority.issue({ commonName: 'localhost', ipAddresses: ['127.0.0.1'] });
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tlsConnect({ host: '127.0.0.1', port: gateway.port, ca: authority.certificate }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  expect(await shown()).toBe(new X509Certificate(server.certificate).fingerprint256);
  gateway.listener.setTls(keys(renewed));
  expect(await shown()).toBe(new X509Certificate(renewed.certificate).fingerprint256);
});

test('HTTP/1.1 is all that is negotiated', async () => {
  const gateway = await open();
  const protocol = await new Promise((resolve, reject) => {
    const socket = tlsConnect(
      { host: '127.0.0.1', port: gateway.port, ca: authority.certificate, ALPNProtocols: ['h2', 'http/1.1'] },
      () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
  expect(protocol).toBe('http/1.1');
});

test('plain HTTP on a TLS port is no request', async () => {
  const gateway = await open();
  const { text, closed } = await raw(gateway.port, 'GET /orders HTTP/1.1\r\nHost: a\r\n\r\n', 1_000);
  expect(statuses(text)).toEqual([]);
  expect(closed).toBe(true);
  expect(gateway.seen).toEqual([]);
});

test('a handshake that never ends is cut by the headers timeout', async () => {
  const gateway = await open();
  const { closed } = await raw(gateway.port, '\x16\x03\x01', 2_000);
  expect(closed).toBe(true);
  expect(await gateway.line('request.refused')).toMatchObject({
    code: 'ERR_TLS_HANDSHAKE_TIMEOUT',
    client_ip: '127.0.0.1',
  });
});

test('nor does it hold a closing listener open', async () => {
  const gateway = await startGateway({
    services: [policy({ targets: [upstream.url] })],
    tls: keys(server),
    timeouts: { headers: 20_000 },
  });
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('\x16\x03\x01', 'latin1');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const started = performance.now();
  await gateway.listener.close(50);
  expect(performance.now() - started).toBeLessThan(2_000);
  socket.destroy();
  await gateway.exchanges.close();
});
