import { type FakeUpstream, fakeUpstream, type Gateway, policy, startGateway, until } from './harness.js';
import { raw, statuses } from './raw.js';

/**
 * Every spelling of one Transfer-Encoding line that tools for request smuggling try (the named ones are those of
 * defparam/smuggler, MIT; the others put each octet at each place), beside a Content-Length, in both orders of trust.
 * Whatever is made of it: never two requests, never another body than the one that our own framing announces.
 */

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await fakeUpstream();
  gateway = await startGateway({
    services: [policy({ targets: [upstream.url], passthrough: { paths: ['/orders'], methods: ['GET'] } })],
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const NAMED = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t:\tchunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding:\u000bchunked',
  'Transfer-Encoding: \u000bchunked',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: CHUNKED',
  'TrAnSFer-EnCODinG: cHuNkeD',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding\r\n : chunked',
  'Transfer-Encoding\n: chunked',
  'X: X\nTransfer-Encoding: chunked',
  'X: X\rTransfer-Encoding: chunked',
  'X: X\r\r\nTransfer-Encoding: chunked',
  '\nTransfer-Encoding: chunked',
  '\rTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: chunked;q=0',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: chunk',
  'Transfer_Encoding: chunked',
  'Transfer Encoding: chunked',
  'Transfer.Encoding: chunked',
  'Transfer-Encoding-: chunked',
  'Content-Encoding: chunked',
  'Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked',
  'Connection: Content-Length',
  'Transfer-\r\nEncoding: chunked',
  'Transfer-Encoding: \u00ff chunked',
  'Transfer-Encoding: ch\u0130unked',
  'Transfer\u00ad-Encoding: chunked',
];

const PLACES: readonly ((octet: string) => string)[] = [
  (octet) => `${octet}Transfer-Encoding: chunked`,
  (octet) => `Transfer${octet}Encoding: chunked`,
  (octet) => `Transfer-Encoding${octet}: chunked`,
  (octet) => `Transfer-Encoding:${octet}chunked`,
  (octet) => `Transfer-Encoding: chunked${octet}`,
  (octet) => `X: X${octet}Transfer-Encoding: chunked`,
];

/** All controls, what separates or quotes in HTTP, and Latin-1's white space; letters only make other names. */
const OCTETS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((octet) =>
  /[^0-9A-Za-z\xa1-\xfe]/.test(octet),
);

interface Try {
  readonly line: string;
  readonly request: string;
  /** Bodies that may arrive: the one that Content-Length announces, and that of what follows it. */
  readonly bodies: readonly string[];
}

const SMUGGLED = 'GET /orders?smuggled HTTP/1.1\r\nHost: a\r\nX: ';

function head(line: string, length: number): string {
  return `POST /orders HTTP/1.1\r\nHost: a\r\nX-Try: ${encodeURIComponent(line)}\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n${line}\r\n\r\n`;
}

/** CL.TE: who trusts Content-Length takes all of it, who trusts the chunks has a request left over. */
function clTe(line: string): Try {
  const body = `0\r\n\r\n${SMUGGLED}a\r\n\r\n`;
  return { line, request: head(line, body.length) + body, bodies: [body] };
}

/**
 * TE.CL: who trusts the chunks takes all of it, who trusts Content-Length has a request left over. That may be us, where
 * the line is no Transfer-Encoding; then no upstream may see anything that looks like one.
 */
function teCl(line: string): Try {
  const chunk = `${SMUGGLED}a\r\n\r\n`;
  const body = `${chunk.length.toString(16)}\r\n`;
  return { line, request: `${head(line, body.length)}${body}${chunk}\r\n0\r\n\r\n`, bodies: [body, ''] };
}

/** All at once would be more connections than a machine has patience for. */
async function attack(all: readonly Try[]): Promise<void> {
  const AT_ONCE = 48;
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const batch = all.slice(start, start + AT_ONCE);
    upstream.requests.length = 0;
    const results = await Promise.all(batch.map(({ request }) => raw(gateway.port, request, 500)));
    // what came of a connection that is closed by now may still be on its way
    await new Promise((resolve) => setTimeout(resolve, 250));
    await until(() => upstream.open() === 0);
    const bodies = new Set(batch.flatMap((one) => one.bodies));
    const wrong = upstream.requests.filter(
      ({ body, headers, rawHeaders }) =>
        !bodies.has(body) ||
        Number(headers['content-length'] ?? 0) !== body.length ||
        rawHeaders.some((name, index) => index % 2 === 0 && /transfer.?encoding/i.test(name)),
    );
    expect(wrong).toEqual([]);
    const served = results.map(({ text }) => statuses(text).filter((code) => code === 200).length);
    expect(batch.filter(({ bodies: own }, index) => (served[index] ?? 0) > own.length)).toEqual([]);
    const messages = upstream.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers['x-try']);
    expect(new Set(messages).size).toBe(messages.length);
  }
}

test.each([
  ['CL.TE', clTe],
  ['TE.CL', teCl],
])('%s: the named spellings make no second request of one', (_, make) => attack(NAMED.map(make)));

test.each(PLACES.map((place) => [place('·'), place] as const))(
  'CL.TE: no octet at %s makes a second request of one',
  (_, place) => attack(OCTETS.map((octet) => clTe(place(octet)))),
);

test.each(PLACES.map((place) => [place('·'), place] as const))('TE.CL: nor here: %s', (_, place) =>
  attack(OCTETS.map((octet) => teCl(place(octet)))),
);
