import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { pki } from '../pki/index.js';
import { type Configuration, policyFile, writeConfiguration } from './configuration.js';
import { DEFAULT_DIALECT, type Dialect } from './options.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const UPSTREAMS = ['http://127.0.0.1:9001', 'http://127.0.0.1:9002'];

describe("the farm's configuration", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'farm-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = async (scenarios: readonly Scenario[], dialect: Dialect = DEFAULT_DIALECT): Promise<Configuration> =>
    writeConfiguration(directory, await pki(), scenarios, dialect, UPSTREAMS);

  test('every scenario becomes a service that the gateway accepts, and means what the table says', async () => {
    const { file, services, leftOut } = await write(SCENARIOS);
    expect(leftOut).toEqual([]);
    expect([...services].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
    const config = loadConfig(file);
    for (const scenario of SCENARIOS) {
      const service = config.services.find(({ match }) => match.path === `/${scenario.name}`);
      const [bootstrap, second] = service?.bootstrap ?? [];
      expect(second).toBeUndefined();
      const { derivedKeys, protectionOrder, encryptSignature, credential } = scenario;
      expect(service?.binding).toMatchObject({
        kind: scenario.binding,
        derivedKeys,
        protectionOrder,
        encryptSignature,
      });
      expect(service?.binding.suite.name).toBe('Basic128');
      expect(service?.conversation.versions).toEqual(['2005-02']);
      expect(service?.conversation.allowInsecureAnonymousCancel).toBe(/^_A/.test(scenario.name));
      expect(bootstrap).toMatchObject({
        kind: scenario.bootstrap?.binding ?? scenario.binding,
        credential,
        encryptSignature: scenario.bootstrap?.encryptSignature ?? encryptSignature,
        derivedKeys,
        protectionOrder,
      });
      if (scenario.binding === 'transport') continue;
      for (const binding of [service?.binding, bootstrap]) {
        expect(binding?.signedParts).toEqual({ body: true, headers: 'addressing' });
        expect(binding?.encryptedParts).toEqual({ body: true, headers: [] });
      }
    }
  });

  test('speaks the one version and suite that it was asked for', async () => {
    const { file } = await write(SCENARIOS, { versions: ['1.3'], suite: 'Basic256Sha256' });
    for (const { conversation, binding, bootstrap } of loadConfig(file).services) {
      expect([conversation.versions, binding.suite.name]).toEqual([['1.3'], 'Basic256Sha256']);
      expect(bootstrap[0]?.suite.name).toBe('Basic256Sha256');
    }
  });

  test('names what it gives up when the suite is an insecure one', async () => {
    const { leftOut } = await write(SCENARIOS, { versions: ['1.3'], suite: 'TripleDes' });
    expect(leftOut).toEqual([]);
  });

  test('leaves out what the gateway refuses, and says why', async () => {
    const [first, second] = SCENARIOS;
    if (first === undefined || second === undefined) throw new Error('no scenarios');
    // an asymmetric bootstrap proves a certificate, never a name
    const impossible: Scenario = {
      ...second,
      name: 'NO',
      credential: 'username',
      bootstrap: { binding: 'asymmetric' },
    };
    const { services, leftOut } = await write([first, impossible]);
    expect(services).toEqual([first.name]);
    expect(leftOut).toEqual([
      { name: 'NO', problem: expect.stringMatching(/^bootstrap\[0\]\.credential: must be x509/) },
    ]);
  });

  test('does not go on if nothing is left, or gateway.yaml itself is wrong', async () => {
    await expect(write([])).rejects.toMatchObject({ code: 'config.invalid' });
  });

  test('no secret of the farm can be read by others', async () => {
    await write(SCENARIOS);
    expect(readFileSync(join(directory, 'users'), 'utf8')).toMatch(/^alice:scrypt\$/);
    expect(readFileSync(join(directory, 'users'), 'utf8')).not.toContain('ecilA');
    const gateway = parse(readFileSync(join(directory, 'gateway.yaml'), 'utf8'));
    expect(gateway.farmKeys).toEqual({ fromFile: 'farm-keys.json' });
  });

  test('a policy says nothing that has no meaning over transport', () => {
    const [transport] = SCENARIOS;
    if (transport === undefined) throw new Error('no scenarios');
    const { binding, bootstrap } = policyFile(transport, DEFAULT_DIALECT, { directory: '/pki' }, UPSTREAMS);
    expect(binding).toEqual({ kind: 'transport', algorithmSuite: 'Basic128', derivedKeys: false });
    expect(bootstrap).toEqual([{ binding: 'transport', credential: 'username', users: { file: '../users' } }]);
  });
});
