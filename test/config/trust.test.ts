import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { type Holder, issue, listOf, listPem, pem } from '../credentials/certificates.js';
import { clock, START } from '../credentials/fixtures.js';
import { type Folder, folder, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let root: Holder;
let made: Folder;

beforeAll(async () => {
  root = await issue('Root', undefined, { ca: true });
});
afterEach(() => made.remove());

const withTrust = (trust: string): Folder =>
  folder({
    'orders.yaml': service('orders').replace('{ credential: anonymous }', `{ credential: x509, trust: ${trust} }`),
    'ca.pem': pem([root]),
  });

test('a trust file alone: the subject is the name, and nobody is asked for revocation', () => {
  made = withTrust('{ file: ca.pem }');
  expect(loadConfig(made.file, { runtime: clock() }).services[0]?.bootstrap).toMatchObject([
    { credential: 'x509', revocation: [], certificateName: 'subject' },
  ]);
});

test('revocation lists are read from PEM and DER, and watched', async () => {
  made = withTrust('{ file: ca.pem, revocation: [a.crl, b.crl], name: upn }');
  made.write('a.crl', listPem(await listOf(root, [root])) + listPem(await listOf(root, [])));
  writeFileSync(join(made.path, 'b.crl'), await listOf(root, []));
  const config = loadConfig(made.file, { runtime: clock() });
  const [bootstrap] = config.services[0]?.bootstrap ?? [];
  expect(bootstrap?.revocation.map(({ entries }) => entries)).toEqual([1, 0, 0]);
  expect(bootstrap?.certificateName).toBe('upn');
  expect([...config.files.keys()]).toEqual(
    expect.arrayContaining([join(made.path, 'a.crl'), join(made.path, 'b.crl')]),
  );
  expect(config.warnings).toEqual([]);
});

test('a list that has ended is taken, for a new one may come by a reload, but told', async () => {
  made = withTrust('{ file: ca.pem, revocation: [a.crl] }');
  made.write('a.crl', listPem(await listOf(root, [], { nextUpdate: START - 86_400_000 + 1000 })));
  expect(loadConfig(made.file, { runtime: clock() }).warnings).toEqual([
    expect.stringMatching(
      /trust\.revocation\[0\]: .*a\.crl ended on 2026-11-23: certificates of its issuer are refused$/,
    ),
  ]);
});

test.each([
  ['a file that is not there', '[none.crl]', 'none.crl does not exist'],
  ['a file of something else', '[ca.pem]', 'ca.pem holds no certificate revocation list'],
])('%s is a problem', (_, files, message) => {
  made = withTrust(`{ file: ca.pem, revocation: ${files} }`);
  expect(problemsOf(made)).toEqual([
    expect.stringMatching(new RegExp(`^orders.yaml:\\d+:\\d+: .*revocation.*: ${message}$`)),
  ]);
});

test.each(['cn', 'Subject', 'serial'])('a name by %s is a problem', (name) => {
  made = withTrust(`{ file: ca.pem, name: ${name} }`);
  expect(problemsOf(made)).toEqual([
    expect.stringMatching(/trust\.name: must be one of subject, email, upn, issuer-serial/),
  ]);
});
