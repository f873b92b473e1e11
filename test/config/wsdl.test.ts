import { loadConfig } from '../../src/config/load.js';
import type { ServicePolicy } from '../../src/config/types.js';
import { type Folder, folder, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let made: Folder | undefined;
afterEach(() => {
  made?.remove();
  made = undefined;
});

const WSDL = (location = 'types.xsd'): string =>
  '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><types><s:schema xmlns:s="http://www.w3.org/2001/XMLSchema">' +
  `<s:include schemaLocation="${location}"/></s:schema></types></definitions>`;
const SCHEMA = '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"/>';

function orders(more: string, files: Readonly<Record<string, string>> = {}): Folder {
  made = folder({ ...files, 'orders.yaml': `${service('orders')}${more}` });
  return made;
}
const read = (more: string, files?: Readonly<Record<string, string>>): ServicePolicy['wsdl'] | undefined =>
  loadConfig(orders(more, files).file).services[0]?.wsdl;

test.each([
  ['', false],
  ['wsdl: false\n', false],
  ['wsdl: true\n', {}],
  ['wsdl: {}\n', {}],
  [
    'wsdl: { address: "https://api.example.com/o", soap: ["1.2"] }\n',
    { address: 'https://api.example.com/o', soap: ['1.2'] },
  ],
])('%j is %j', (more, expected) => {
  expect(read(more)).toEqual(expected);
});

test('Cancel is offered unless the policy says otherwise', () => {
  expect(loadConfig(orders('').file).services[0]?.conversation.cancel).toBe(true);
  made?.remove();
  expect(loadConfig(orders('conversation: { cancel: false }\n').file).services[0]?.conversation.cancel).toBe(false);
});

test('a file is read with all that it imports, and watched', () => {
  const { file } = orders('wsdl: { file: o.wsdl }\n', { 'o.wsdl': `\ufeff${WSDL()}`, 'types.xsd': SCHEMA });
  const config = loadConfig(file);
  expect(config.services[0]?.wsdl).toEqual({
    file: {
      name: 'o.wsdl',
      documents: new Map([
        ['o.wsdl', WSDL()],
        ['types.xsd', SCHEMA],
      ]),
    },
  });
  for (const name of ['o.wsdl', 'types.xsd']) {
    expect([...config.files.keys()]).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(`/${name}$`))]));
  }
});

test.each<[string, string, Readonly<Record<string, string>>]>([
  ['wsdl: yes', '7:7: wsdl: must be true, false or a map', {}],
  ['wsdl: { path: /x }', '7:9: wsdl.path: unknown key "path"', {}],
  ['wsdl: { address: api.example.com }', '7:18: wsdl.address: must be a URL: https://api.example.com/orders', {}],
  ['wsdl: { address: "ftp://x/" }', '7:18: wsdl.address: must be a URL: https://api.example.com/orders', {}],
  ['wsdl: { address: "http://x/?wsdl" }', '7:18: wsdl.address: must not have a query or a fragment', {}],
  ['wsdl: { soap: ["1.1", "1.1"] }', '7:15: wsdl.soap: a version stands twice', {}],
  ['wsdl: { soap: ["1.3"] }', '7:16: wsdl.soap[0]: must be one of 1.1, 1.2', {}],
  ['wsdl: { file: no.wsdl }', '7:15: wsdl.file: no.wsdl does not exist', {}],
  ['wsdl: { file: o.wsdl }', '7:15: wsdl.file: o.wsdl: neither a WSDL 1.1 nor a schema', { 'o.wsdl': '<a/>' }],
  ['wsdl: { file: o.wsdl }', '7:15: wsdl.file: o.wsdl: not a WSDL', { 'o.wsdl': SCHEMA }],
  [
    'wsdl: { file: o.wsdl }',
    '7:15: wsdl.file: o.wsdl: not XML that can be published: a document type declaration',
    { 'o.wsdl': `<!DOCTYPE a>${WSDL()}` },
  ],
  [
    'wsdl: { file: o.wsdl }',
    "7:15: wsdl.file: ..%2fgateway.yaml: a location that is outside of the file's folder",
    { 'o.wsdl': WSDL('..%2fgateway.yaml') },
  ],
  [
    'wsdl: { file: o.wsdl }',
    '7:15: wsdl.file: o.wsdl: an import of something that is not on the web',
    { 'o.wsdl': WSDL('file:///etc/passwd') },
  ],
])('%s: %s', (line, problem, files) => {
  expect(problemsOf(orders(`${line}\n`, files))).toEqual([expect.stringContaining(`orders.yaml:${problem}`)]);
});

test('every file that cannot be read is named', () => {
  const files = { 'o.wsdl': WSDL('a%20b.xsd').replace('<types>', '<import location="sub/b.wsdl"/><types>') };
  expect(problemsOf(orders('wsdl: { file: o.wsdl }\n', files))).toEqual([
    'orders.yaml:7:15: wsdl.file: sub/b.wsdl does not exist',
    'orders.yaml:7:15: wsdl.file: a b.xsd does not exist',
  ]);
});
