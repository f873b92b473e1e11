import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../../src/config/load.js';
import { type Digests, type Watcher, watchFiles } from '../../src/config/watch.js';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import type { GatewayError } from '../../src/errors.js';
import { systemRuntime } from '../../src/runtime.js';
import { until } from '../http/harness.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

const INTERVAL = 20;

let made: Folder;
let watcher: Watcher | undefined;
let changes: (readonly string[])[];
beforeEach(() => {
  changes = [];
});
afterEach(() => {
  watcher?.close();
  made.remove();
});

function watch(first: Digests): void {
  let taken = first;
  watcher = watchFiles({
    interval: () => INTERVAL,
    taken: () => taken,
    changed: async (paths) => {
      changes.push(paths);
      taken = read();
    },
    now: Date.now,
  });
}

/** What a load reads, whether it succeeds or not. */
function read(): Digests {
  try {
    return loadConfig(made.file).files;
  } catch (error) {
    return (error as GatewayError).details.files as Digests;
  }
}

describe('a change of', () => {
  beforeEach(() => {
    made = folder({ 'orders.yaml': service('orders') });
    watch(read());
  });

  test.each<[string, () => void, readonly string[]]>([
    ['a policy', () => made.write('orders.yaml', service('orders', 'http://127.0.0.1:2')), ['orders.yaml']],
    ['the key ring', () => made.write('farm-keys.json', generateKeyRing(systemRuntime)), ['farm-keys.json']],
    ['gateway.yaml into what is wrong', () => made.write('gateway.yaml', 'x'), ['gateway.yaml']],
    ['a folder by a new policy', () => made.write('stock.yaml', service('stock')), ['.']],
    ['a file that goes', () => rmSync(join(made.path, 'orders.yaml')), ['orders.yaml', '.']],
  ])('%s is seen once', async (_, change, names) => {
    await wait(2 * INTERVAL);
    expect(changes).toEqual([]);
    change();
    await until(() => changes.length > 0);
    await wait(5 * INTERVAL);
    expect(changes.map((paths) => [...paths].sort())).toEqual([names.map((name) => join(made.path, name)).sort()]);
  });

  test('nothing but a time is none, nor of a file that was written again as it was', async () => {
    utimesSync(join(made.path, 'orders.yaml'), new Date(), new Date());
    made.write('farm-keys.json.tmp', '');
    rmSync(join(made.path, 'farm-keys.json.tmp'));
    made.write('orders.yaml', service('orders'));
    made.write('.orders.yaml.swp', 'x');
    await wait(6 * INTERVAL);
    expect(changes).toEqual([]);
  });

  test('what is refused is looked at until it is right, a file that it names too', async () => {
    made.write('gateway.yaml', GATEWAY.replace('farm-keys.json', 'later.json'));
    await until(() => changes.length === 1);
    made.write('later.json', generateKeyRing(systemRuntime));
    await until(() => changes.length === 2);
    // the folder of policies holds it too
    expect(changes[1]).toContain(join(made.path, 'later.json'));
  });
});

describe('a ring in a folder', () => {
  const CONFIG = GATEWAY.replace('fromFile: farm-keys.json', 'fromFolder: keys');
  const KEYS = () => JSON.parse(generateKeyRing(systemRuntime)).keys[0];
  const only = (key: Record<string, unknown>) => ({ ...key, key_ops: ['unwrapKey'] });

  /** As the kubelet does: a folder of its own, a link that is turned, links through it. */
  function mount(files: Readonly<Record<string, unknown>>, version: string): void {
    const keys = join(made.path, 'keys');
    mkdirSync(join(keys, `..${version}`), { recursive: true });
    for (const [name, key] of Object.entries(files)) {
      writeFileSync(join(keys, `..${version}`, name), JSON.stringify(key), { mode: 0o600 });
      rmSync(join(keys, name), { force: true });
      symlinkSync(join('..data', name), join(keys, name));
    }
    symlinkSync(`..${version}`, join(keys, '..data.tmp'));
    renameSync(join(keys, '..data.tmp'), join(keys, '..data'));
  }

  beforeEach(() => {
    made = folder({ 'gateway.yaml': CONFIG, 'orders.yaml': service('orders') });
  });

  test('is all of its files, a key or a set in each, and turns at once', async () => {
    const [a, b, c] = [KEYS(), KEYS(), KEYS()];
    mount({ a, 'b.json': { keys: [only(b)] } }, '1');
    const { keyRing, files } = loadConfig(made.file);
    expect([keyRing.current.kid, [...keyRing.kids]]).toEqual([a.kid, [a.kid, b.kid]]);
    watch(files);
    mount({ a: only(a), 'b.json': { keys: [b] }, c: only(c) }, '2');
    await until(() => changes.length > 0);
    expect(loadConfig(made.file).keyRing.current.kid).toBe(b.kid);
    expect(loadConfig(made.file).keyRing.kids).toHaveLength(3);
  });

  test.each<[string, () => void, string]>([
    ['is not there', () => undefined, 'keys does not exist'],
    ['is empty', () => mkdirSync(join(made.path, 'keys')), 'keys: holds no key'],
    ['holds what is no key', () => mount({ a: 'x' }, '1'), 'keys/a: is not a JSON Web Key Set: {"keys": […]}'],
  ])('that %s is refused', (_, make, problem) => {
    make();
    expect(problemsOf(made)).toEqual([expect.stringContaining(problem)]);
  });

  test('one of its files that everyone can read is refused by name', () => {
    mkdirSync(join(made.path, 'keys'));
    made.write('keys/a', JSON.stringify(KEYS()), 0o644);
    expect(problemsOf(made)).toEqual([expect.stringMatching(/keys holds a, which can be read by everyone/)]);
  });

  test('one key in two files is refused', () => {
    const key = KEYS();
    mount({ a: key, b: only(key) }, '1');
    expect(problemsOf(made)).toEqual([expect.stringContaining(`key ${key.kid}: two keys have this kid`)]);
  });
});
