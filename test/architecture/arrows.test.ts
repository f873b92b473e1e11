import { codeOf, files, type Import, imports, roomOf } from './imports.js';

/** Room → the rooms that it is built on; with those that they are built on, they are all that it may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  crypto: [],
  xml: [],
  observe: [],
  soap: ['xml'],
  // keys and values, whatever they mean
  store: ['observe'],
  conversation: ['crypto', 'store'],
  credentials: ['conversation', 'crypto'],
  wss: ['soap', 'xml', 'crypto', 'conversation'],
  sts: ['wss', 'conversation', 'credentials'],
  policy: ['wss', 'conversation'],
  // bytes and headers, never XML
  forward: ['conversation', 'observe'],
  // the pipelines come as functions
  http: ['forward', 'observe'],
  config: ['conversation', 'credentials', 'crypto', 'policy', 'xml'],
  pipeline: ['sts', 'policy', 'forward', 'http', 'observe', 'credentials'],
  gateway: ['config', 'http', 'forward', 'observe', 'policy', 'pipeline'],
  'gateway.ts': ['gateway', 'pipeline', 'config'],
  cli: ['gateway.ts', 'gateway', 'config', 'credentials', 'pipeline'],
  'cli.ts': ['cli'],
};

const EVERYWHERE: ReadonlySet<string> = new Set(['errors.ts', 'runtime.ts']);

function reachable(room: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const next of ARROWS[room] ?? []) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(next, seen);
  }
  return seen;
}

function isAllowed({ file, target, typeOnly }: Import): boolean {
  const [from, to] = [roomOf(file), roomOf(target)];
  return from === to || EVERYWHERE.has(to) || (typeOnly && target === 'config/types.ts') || reachable(from).has(to);
}

const local = imports.filter((each) => each.local);
const written = ({ file, target }: Import): string => `${file} → ${target}`;

test('the imports that are read are those that are there', () => {
  expect(local.length).toBeGreaterThan(200);
  expect(local.map(written)).toEqual(
    expect.arrayContaining([
      'cli.ts → cli/run.ts',
      'gateway.ts → pipeline/handler.ts',
      'soap/envelope.ts → xml/read.ts',
    ]),
  );
  expect(local.filter(({ target }) => !files.includes(target)).map(written)).toEqual([]);
});

test('every room has its arrows, and they form no circle', () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => !EVERYWHERE.has(room) && !Object.hasOwn(ARROWS, room))).toEqual([]);
  expect(Object.keys(ARROWS).filter((room) => reachable(room).has(room))).toEqual([]);
});

test.each(Object.keys(ARROWS))('%s imports along its arrows', (room) => {
  const wrong = local.filter(({ file }) => roomOf(file) === room).filter((each) => !isAllowed(each));
  expect(wrong.map(written)).toEqual([]);
});

test('of what proves a message, policy takes types and names alone', () => {
  const taken = local.filter(
    ({ file, target, typeOnly }) => roomOf(file) === 'policy' && roomOf(target) === 'wss' && !typeOnly,
  );
  expect(taken.filter(({ target }) => target !== 'wss/names.ts').map(written)).toEqual([]);
});

describe('who may use what', () => {
  /** Package → the only files, or folders, that import it. */
  const OWNERS: Readonly<Record<string, readonly string[]>> = {
    'http-proxy': ['forward/passthrough.ts'],
    undici: ['forward/'],
    pino: ['observe/log.ts', 'observe/destination.ts'],
    'prom-client': ['observe/metrics.ts'],
    yaml: ['config/document.ts'],
    zod: ['config/'],
    'node:cluster': ['http/workers.ts', 'gateway/primary.ts'],
    'node:fs': ['config/', 'cli/', 'gateway/version.ts', 'policy/publish/', 'observe/destination.ts'],
    // a DOM is right where a WSDL is rewritten, and nowhere on a message's way
    '@xmldom/xmldom': ['policy/publish/'],
    'xml-crypto': [],
    saxes: [],
    sax: [],
    'libxml2-wasm': [],
  };

  test.each(Object.entries(OWNERS))('%s', (name, owners) => {
    const users = imports
      .filter(({ target }) => target === name || target.startsWith(`${name}/`))
      .map(({ file }) => file);
    expect(users.filter((file) => !owners.some((owner) => file === owner || file.startsWith(owner)))).toEqual([]);
  });

  test('one module reads XML for all', () => {
    const readers = local
      .filter(({ target, typeOnly }) => target === 'xml/scanner.ts' && !typeOnly)
      .map(({ file }) => file);
    expect(new Set(readers.map(roomOf))).toEqual(new Set(['xml']));
    // a message is read once, as it comes; an answer once; what a file or an upstream publishes is no message
    const scanning = files.filter((file) => !file.startsWith('xml/') && /\bscan\(/.test(codeOf(file)));
    expect(scanning.filter((file) => !file.startsWith('pipeline/') && !file.startsWith('policy/publish/'))).toEqual([]);
  });
});

describe('what a file must not do', () => {
  const found = (pattern: RegExp, except: readonly string[] = []): string[] =>
    files.filter((file) => !except.includes(file) && pattern.test(codeOf(file)));

  test('only the command line ends the process', () => {
    expect(found(/\bprocess\.(?:exit|abort|reallyExit|exitCode)\b/)).toEqual(['cli.ts']);
  });

  test('the environment is read where it is handed in', () => {
    expect(found(/\bprocess\.env\b/, ['cli.ts', 'config/load.ts', 'http/workers.ts'])).toEqual([]);
  });

  test('there is one log', () => {
    expect(found(/\bconsole\./)).toEqual([]);
    expect(found(/\bprocess\.(?:stdout|stderr)\b/, ['cli.ts'])).toEqual([]);
  });

  test('no state of a module', () => {
    expect(found(/^(?:export\s+)?(?:let|var)\s/m)).toEqual([]);
  });

  test('no XML by a DOM or by patterns of another library on the way of a message', () => {
    expect(
      found(/\b(?:DOMParser|XMLSerializer|SignedXml|XPath)\b/).filter((file) => !file.startsWith('policy/publish/')),
    ).toEqual([]);
  });

  test('nothing is evaluated, and no host is asked by a default agent', () => {
    // the operator names the nodes that `keys check` asks
    expect(found(/\beval\(|new Function\(|\bfetch\(/)).toEqual(['cli/keys-check.ts']);
  });

  test('no drawer for everything', () => {
    expect(files.filter((file) => /(?:^|[/-])(?:utils?|helpers?|common|manager|misc)(?:[/.-]|$)/.test(file))).toEqual(
      [],
    );
  });

  test('modules are named with the ending that Node resolves', () => {
    expect(files.filter((file) => /from '\.[^']*(?<!\.js)'/.test(codeOf(file)))).toEqual([]);
  });
});
