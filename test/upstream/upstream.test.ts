import { envelope, PING_ACTION, pingRequest, SOAP, type SoapVersion, startUpstream, type Upstream } from './index.js';

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

describe('the plain Ping upstream', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream({ name: 'red' });
  });
  beforeEach(() => upstream.behave('ping'));
  afterAll(() => upstream.close());

  const post = (body: string, soap: SoapVersion, headers: Record<string, string> = {}) =>
    fetch(`${upstream.origin}/AC`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': `${SOAP[soap].mediaType}; charset=utf-8`, SOAPAction: `"${PING_ACTION}"`, ...headers },
    });
  const withHeader = (soap: SoapVersion, block: string) =>
    envelope(soap, pingRequest('a')).replace('<s:Body>', `<s:Header>${block}</s:Header><s:Body>`);

  test.each(['1.1', '1.2'] as const)('answers a SOAP %s ping as the interoperability service does', async (soap) => {
    const response = await post(envelope(soap, pingRequest('x&amp;y&#13;ž')), soap, { 'X-Remote-User': 'alice' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(`${SOAP[soap].mediaType}; charset=utf-8`);
    expect(response.headers.get('x-upstream')).toBe('red');
    expect(response.headers.get('x-seen-user')).toBe('alice');
    expect(await response.text()).toBe(
      envelope(
        soap,
        "<w:PingResponse xmlns:w='http://WSSec/wssc'><PingResponse xmlns='http://xmlsoap.org/Ping'><scenario>Scenario5</scenario>" +
          '<origin>CXF</origin><text>CXF : x&amp;y&#13;ž</text></PingResponse></w:PingResponse>',
      ),
    );
    expect(upstream.seen.at(-1)).toMatchObject({
      method: 'POST',
      url: '/AC',
      ping: { soap, headers: [], text: 'x&amp;y&#13;ž' },
    });
  });

  const refused: [string, SoapVersion, string, string][] = [
    ['a Security header', '1.2', `<o:Security xmlns:o="${WSSE}"/>`, 's:Sender'],
    ['a Security header, SOAP 1.1', '1.1', `<o:Security xmlns:o="${WSSE}"/>`, 's:Client'],
    ['what must be understood', '1.2', '<x xmlns="urn:x" s:mustUnderstand="true"/>', 's:MustUnderstand'],
    ['what must be understood, SOAP 1.1', '1.1', '<x xmlns="urn:x" s:mustUnderstand="1"/>', 's:MustUnderstand'],
  ];
  test.each(refused)('refuses %s', async (_name, soap, block, code) => {
    const response = await post(withHeader(soap, block), soap);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain(code);
    expect(upstream.seen.at(-1)?.ping).toBeUndefined();
  });

  test('takes a header that need not be understood, and tells of it', async () => {
    const response = await post(withHeader('1.2', '<x xmlns="urn:x"/>'), '1.2');
    expect(response.status).toBe(200);
    expect(upstream.seen.at(-1)?.ping?.headers).toEqual(['{urn:x}x']);
  });

  test.each([
    ['another SOAP than Content-Type says', envelope('1.1', pingRequest('a')), 's:VersionMismatch'],
    ['no XML', 'ping', 's:Sender'],
    ['no envelope', '<a/>', 's:Sender'],
    ['no Ping', envelope('1.2', '<a/>'), 's:Sender'],
  ])('refuses %s', async (_name, body, code) => {
    const response = await post(body, '1.2');
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining(code)]);
  });

  test('can be wrong in the ways of real services', async () => {
    upstream.behave('html');
    expect((await post(envelope('1.2', pingRequest('a')), '1.2')).headers.get('content-type')).toBe('text/html');
    upstream.behave('fault');
    expect(await (await post(envelope('1.2', pingRequest('a')), '1.2')).text()).toContain('the order is unknown');
    upstream.behave('cut');
    const cut = await post(envelope('1.2', pingRequest('a')), '1.2');
    await expect(cut.text()).rejects.toThrow();
    upstream.behave('hang');
    const hanging = fetch(upstream.origin, { signal: AbortSignal.timeout(200) });
    await expect(hanging).rejects.toThrow(/abort|timeout/i);
  });
});
