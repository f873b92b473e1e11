import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load.js';
import { certificateJwk } from '../../src/conversation/certificate-key.js';
import { generateJwk, type KeyRing } from '../../src/conversation/key-ring.js';
import { retireKey, stageKey } from '../../src/conversation/ring-edit.js';
import { GatewayError } from '../../src/errors.js';
import { systemRuntime } from '../../src/runtime.js';
import {
  type Conversation,
  createTransport,
  openConversation,
  party,
  type Shape,
  type Transport,
} from '../client/index.js';
import { selfSigned } from '../conversation/certificates.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import { type Farm, type Scenario, startFarm } from './farm.js';

/** Keys change under three gateway processes while conversations go on over all of them. */

const ANONYMOUS: Scenario = {
  name: 'anonymous',
  binding: 'symmetric',
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
  credential: 'anonymous',
};
const SHAPE: Shape = {
  version: '1.3',
  soap: '1.2',
  addressing: '2005-08',
  suite: 'Basic256',
  derivedKeys: true,
  encryptSignature: true,
  protectionOrder: 'sign-before-encrypt',
  encryptBody: true,
  bootstrap: { kind: 'symmetric', credential: 'anonymous' },
  style: 'wcf',
};

/** Longer than the nodes need to take a ring over, on a busy machine. Milliseconds. */
const SEAL_AFTER = 12_000;

let farm: Farm;
let transport: Transport;
beforeAll(async () => {
  farm = await startFarm({ nodes: 3, upstreams: 1, scenarios: [ANONYMOUS], versions: ['1.3'], suite: 'Basic256' });
  transport = createTransport({});
}, 120_000);
afterAll(async () => {
  await transport?.close();
  await farm?.stop();
}, 60_000);

const open = (): Promise<Conversation> =>
  openConversation({
    shape: SHAPE,
    url: `${farm.http}/anonymous`,
    transport,
    service: party({ certificate: farm.pki.service.certificate }),
    judge: 'fast',
  });

/** `none`, or the code of the fault. */
async function call(conversation: Conversation): Promise<string> {
  const reply = await conversation.call(pingRequest('x'), { action: PING_ACTION });
  return reply.fault === undefined ? 'none' : (reply.fault.subcode ?? reply.fault.code).replace(/^\{.*\}/, '');
}

const ringPath = () => join(dirname(farm.config), 'farm-keys.json');
const ring = (): KeyRing => loadConfig(farm.config).keyRing;
const edit = (change: (text: string) => string): void =>
  writeFileSync(ringPath(), change(readFileSync(ringPath(), 'utf8')));
const rings = (): readonly unknown[] =>
  farm.members.map(({ name }) => {
    const lines = readFileSync(join(farm.logs, `${name}.log`), 'utf8').split('\n');
    return lines.flatMap((line) => (line.includes('"config.loaded"') ? [JSON.parse(line).farm_keys] : [])).at(-1);
  });

/** Until every process holds the ring of the file, by its log. */
async function rolledOut(): Promise<void> {
  const fingerprint = ring().fingerprint();
  for (let tries = 0; rings().some((held) => held !== fingerprint); tries++) {
    if (tries > 300) throw new Error(`the nodes hold ${JSON.stringify(rings())}, not ${fingerprint}`);
    await wait(100);
  }
}

test('a rotation and a retirement under traffic: nothing is refused, and then all of the old key', async () => {
  const codes: string[] = [];
  let busy = true;
  const older = await Promise.all(Array.from({ length: 6 }, open));
  const traffic = (async () => {
    while (busy) {
      codes.push(...(await Promise.all(older.map(call))));
      codes.push(await call(await open()));
    }
  })();
  const old = ring().current.kid;
  const now = Date.now();
  edit((text) =>
    stageKey(text, 'ring', generateJwk(systemRuntime), { now, sealAfter: SEAL_AFTER, renewUntil: 3_600_000 }),
  );
  await rolledOut();
  expect(Date.now() - now).toBeLessThan(SEAL_AFTER);
  expect(ring().current.kid).toBe(old);
  await wait(now + SEAL_AFTER + 2_000 - Date.now());
  expect(ring().current.kid).not.toBe(old);
  const younger = await Promise.all(Array.from({ length: 6 }, open));
  for (let i = 0; i < 6; i++) codes.push(...(await Promise.all(younger.map(call))));
  busy = false;
  await traffic;
  expect(codes.length).toBeGreaterThan(100);
  expect(codes.filter((code) => code !== 'none')).toEqual([]);

  edit((text) => retireKey(text, 'ring', old, { now: Date.now(), force: true }));
  await rolledOut();
  const after = await Promise.all(Array.from({ length: 30 }, (_, i) => call(older[i % older.length]!)));
  expect(new Set(after)).toEqual(new Set(['BadContextToken']));
  expect(new Set(await Promise.all(younger.map(call)))).toEqual(new Set(['none']));
  const logs = farm.members.map(({ name }) => readFileSync(join(farm.logs, `${name}.log`), 'utf8')).join('');
  expect(logs).toMatch(new RegExp(`"token.key-unknown".*"${old}"|"${old}".*"token.key-unknown"`));
}, 120_000);

test.each(['RSA-2048', 'P-384'] as const)(
  'from a symmetric key to a certificate: %s',
  async (kind) => {
    const { certificate, privateKey } = await selfSigned(kind);
    const jwk = certificateJwk(certificate, privateKey, (reason) => new GatewayError('key.invalid', reason));
    const before = await open();
    edit((text) => stageKey(text, 'ring', jwk, { now: Date.now(), sealAfter: 0, renewUntil: 3_600_000 }));
    await rolledOut();
    await wait(1_000);
    const sealed = await Promise.all(Array.from({ length: 3 }, open));
    const codes = await Promise.all([before, ...sealed, ...sealed, ...sealed].map(call));
    expect(new Set(codes)).toEqual(new Set(['none']));
    edit((text) => retireKey(text, 'ring', oldest(), { now: Date.now(), force: true }));
    await rolledOut();
    expect(new Set(await Promise.all(sealed.map(call)))).toEqual(new Set(['none']));
  },
  60_000,
);

const oldest = (): string => ring().kids[0] ?? '';
