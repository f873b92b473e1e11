import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  algorithmsOf,
  type ContextToken,
  type Conversation,
  createTransport,
  openConversation,
  party,
  type Reply,
  STYLES,
  type Transport,
} from '../client/index.js';
import { type Farm, USER } from '../farm/farm.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import { runJava } from './java.js';
import { appendRun, readCheck } from './results.js';
import type { JudgedShape } from './shapes.js';

type Step = 'Issue' | 'call' | 'Renew' | 'call after Renew' | 'Cancel';
type Captured = readonly [step: Step, reply: Reply, token: ContextToken];

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** What WSS4J takes a DerivedKeyToken without Algorithm for, in either version. */
const DERIVATION = 'http://schemas.xmlsoap.org/ws/2005/02/sc/dk/p_sha1';

/** Opens a conversation and does with it all that such a client does; what came back, as octets. */
async function converse(farm: Farm, { scenario, shape, cancels }: JudgedShape, transport: Transport) {
  const origin = shape.bootstrap.kind === 'transport' ? farm.https : farm.http;
  const conversation: Conversation = await openConversation({
    shape,
    url: `${origin}/${scenario.name}`,
    transport,
    username: USER,
    client: party(farm.pki.alice),
    service: party({ certificate: farm.pki.service.certificate }),
  });
  const call = (): Promise<Reply> => conversation.call(pingRequest('judged'), { action: PING_ACTION });
  const captured: Captured[] = [['Issue', conversation.opened, conversation.token]];
  captured.push(['call', await call(), conversation.token]);
  if (!cancels) return captured;
  captured.push(['Renew', await conversation.renew(), conversation.token]);
  captured.push(['call after Renew', await call(), conversation.token]);
  captured.push(['Cancel', await conversation.cancel(), conversation.token]);
  return captured;
}

/** What WSS4J must know and what must hold, as Case.java reads it. */
function factsOf({ shape }: JudgedShape, [step, { request }, token]: Captured): Readonly<Record<string, string>> {
  const isBootstrap = step === 'Issue' || step === 'Renew';
  const isMessage = shape.bootstrap.kind !== 'transport';
  const { digest, mac, cipher, keyTransport, signature } = algorithmsOf(shape.suite, STYLES[shape.style].sha256Macs);
  const pairs: [string, Buffer][] = [[token.identifier, token.key]];
  const { secret, encryptedKeySha1 } = request;
  if (isBootstrap && secret !== undefined && encryptedKeySha1 !== undefined) pairs.push([encryptedKeySha1, secret]);
  const confirms = isBootstrap && shape.bootstrap.signatureConfirmation === true;
  // WCF encrypts neither a Cancel nor, as the answer is like the request, its answer
  const isClear = step === 'Cancel' || !isMessage;
  const encrypted = [...(shape.encryptBody ? ['Body'] : []), ...(shape.encryptSignature ? ['Signature'] : [])];
  return {
    keys: pairs.map(([id, key]) => `${id} ${key.toString('base64')}`).join(' '),
    signed: isMessage ? 'yes' : 'no',
    encrypted: isClear ? '' : encrypted.join(' '),
    confirmed: confirms ? request.signatures.join(' ') : '',
    algorithms: [digest, mac, signature, cipher, keyTransport, EXCLUSIVE, DERIVATION].join(' '),
    now: new Date().toISOString(),
    ...(shape.version === '2004-04' ? { vintage: '' } : {}),
  };
}

/** One character of a signed header is another: a judge that passes this judges nothing. */
function altered(octets: Buffer): Buffer {
  return Buffer.from(octets.toString().replace(/(RelatesTo[^>]*>[^<]*)[^<](?=<)/, '$1g'));
}

function write(folder: string, name: string, octets: Buffer, facts: Readonly<Record<string, string>>): void {
  writeFileSync(join(folder, `${name}.xml`), octets);
  const lines = Object.entries(facts).map(([key, value]) => `${key}=${value}`);
  writeFileSync(join(folder, `${name}.properties`), `${lines.join('\n')}\n`);
}

/**
 * Our own client in the handwriting of those that cannot be run here, through the farm; WSS4J judges each answer.
 *
 * @param line takes each verdict, and each conversation that broke
 * @returns whether all passed
 */
export async function runJudged(
  farm: Farm,
  shapes: readonly JudgedShape[],
  line: (text: string) => void,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'sct-gateway-answers-'));
  const transport = createTransport({ ca: farm.pki.ca.certificate });
  let whole = true;
  try {
    for (const judged of shapes) {
      try {
        for (const captured of await converse(farm, judged, transport)) {
          const [step, { octets }] = captured;
          const facts = factsOf(judged, captured);
          write(folder, `${judged.scenario.name} ${step}`, octets, facts);
          if (step !== 'call' || facts.signed !== 'yes') continue;
          write(folder, `${judged.scenario.name} ${step}, altered`, altered(octets), { ...facts, refused: '' });
        }
      } catch (error) {
        whole = false;
        line(`FAILED  ${judged.scenario.name}: ${(error as Error).message}`);
      }
    }
    const verdicts = new Map<string, boolean>();
    const status = await runJava('Judge', [folder, farm.pki.directory], '', (text) => {
      line(text);
      const check = readCheck(text);
      if (check !== undefined) verdicts.set(check.name, check.passed);
    });
    for (const judged of shapes) record(judged, verdicts);
    return whole && status === 0;
  } finally {
    await transport.close();
    rmSync(folder, { recursive: true });
  }
}

function record({ client, scenario, shape }: JudgedShape, verdicts: ReadonlyMap<string, boolean>): void {
  const checks = [...verdicts]
    .filter(([name]) => name.startsWith(`${scenario.name} `))
    .map(([name, passed]) => ({ name: `${scenario.credential}${name.slice(scenario.name.length)}`, passed }));
  appendRun({
    client: `our own as ${client}, judged by ${shape.version === '2004-04' ? 'Apache Santuario 3.0.5' : 'WSS4J 3.0.4'}`,
    version: shape.version,
    soap: shape.soap,
    suite: shape.suite,
    policies: shape.bootstrap.kind === 'transport' ? 'TransportWithMessageCredential' : '…ForCertificate',
    run: scenario.credential,
    checks,
  });
}
