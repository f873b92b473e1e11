import { GatewayError } from '../../src/errors.js';
import { collectDocuments, type Octets } from '../../src/policy/publish/collect.js';
import { DOCUMENT_LIMITS } from '../../src/policy/publish/document.js';
import { collectFiles } from '../../src/policy/publish/sources.js';

const WSDL = 'xmlns="http://schemas.xmlsoap.org/wsdl/"';
const XSD = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"';
const definitions = (content = ''): string => `<definitions ${WSDL}>${content}</definitions>`;
const schema = (...locations: string[]): string =>
  `<xs:schema ${XSD}>${locations.map((each) => `<xs:include schemaLocation="${each}"/>`).join('')}</xs:schema>`;
const types = (...locations: string[]): string => definitions(`<types>${schema(...locations)}</types>`);
const service = (address: string): string =>
  `<service name="S"><port name="P" binding="B"><s:address xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" location="${address}"/></port></service>`;

const TARGET = 'http://10.0.0.11:8080';

/** Walks as the publisher does; what is not among the documents is an empty schema. */
function walk(
  documents: Readonly<Record<string, Octets['octets']>>,
  options: { readonly own?: readonly string[]; readonly charset?: string } = {},
): { asked: string[]; links: string[] } {
  const asked: string[] = [];
  const steps = collectDocuments({
    start: new URL(`${TARGET}/o.svc?wsdl`),
    own: options.own ?? [TARGET],
    portsAreOwn: true,
  });
  let step = steps.next({ octets: '' });
  while (step.done !== true) {
    asked.push(step.value);
    const octets = documents[step.value] ?? schema();
    step = steps.next({ octets, ...(options.charset === undefined ? {} : { charset: options.charset }) });
  }
  return { asked, links: step.value.flatMap(({ links }) => links.map(({ target }) => target)) };
}

function refusal(work: () => unknown): GatewayError {
  try {
    work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what belongs to the service', () => {
  test.each([
    ['relative', '?xsd=xsd0', '/o.svc?xsd=xsd0'],
    ['a path', '/schemas/a.xsd', '/schemas/a.xsd'],
    ['upwards', '../../a.xsd', '/a.xsd'],
    ['the target itself', `${TARGET}/a.xsd#fragment`, '/a.xsd'],
    ['another target of the service', 'http://10.0.0.12:8080/a.xsd', '/a.xsd'],
    ["the machine's own name, as its ports have it", 'http://srv-app01/a.xsd', '/a.xsd'],
    ['the default port written out', 'http://srv-app01:80/a.xsd', '/a.xsd'],
  ])('%s', (_name, location, target) => {
    const own = [TARGET, 'http://10.0.0.12:8080'];
    const wsdl = definitions(`<types>${schema(location)}</types>${service('http://srv-app01/o.svc')}`);
    expect(walk({ '/o.svc?wsdl': wsdl }, { own }).asked).toEqual(['/o.svc?wsdl', target]);
  });

  test.each([
    'http://evil.example/a.xsd',
    'https://10.0.0.11:8080/a.xsd',
    'http://10.0.0.11/a.xsd',
    'http://10.0.0.11:8081/a.xsd',
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost:8080/a.xsd',
    '//evil.example/a.xsd',
    'http://10.0.0.11:8080@evil.example/a.xsd',
    'http://10.0.0.11.evil.example:8080/a.xsd',
  ])('is not at %s, which is not followed', (location) => {
    expect(walk({ '/o.svc?wsdl': types(location) })).toEqual({ asked: ['/o.svc?wsdl'], links: [] });
  });

  test('the ports of an imported WSDL make no host the service’s own', () => {
    const documents = {
      '/o.svc?wsdl': definitions('<import namespace="urn:b" location="/b.wsdl"/>'),
      '/b.wsdl': definitions(`<types>${schema('http://evil.example/a.xsd')}</types>${service('http://evil.example/')}`),
    };
    expect(walk(documents).asked).toEqual(['/o.svc?wsdl', '/b.wsdl']);
  });

  test('a path that looks like a host stays a path', () => {
    const documents = {
      '/o.svc?wsdl': types(`${TARGET}//evil.example/a.xsd`),
      '//evil.example/a.xsd': schema('b.xsd'),
    };
    expect(walk(documents).asked).toEqual(['/o.svc?wsdl', '//evil.example/a.xsd', '//evil.example/b.xsd']);
  });

  test.each([
    'file:///etc/passwd',
    'ftp://10.0.0.11/a.xsd',
    'javascript:alert(1)',
    'urn:x',
    'data:text/xml,x',
    'http://[',
  ])('an import of %s is refused', (location) => {
    expect(refusal(() => walk({ '/o.svc?wsdl': types(location) }))).toMatchObject({
      code: 'upstream.answer',
      details: { location: '/o.svc?wsdl' },
    });
  });
});

describe('bounds', () => {
  const many = (count: number): string => types(...Array.from({ length: count }, (_, i) => `/${i}.xsd`));
  const chain = (length: number): Record<string, string> => ({
    '/o.svc?wsdl': types('/1.xsd'),
    ...Object.fromEntries(Array.from({ length: length - 1 }, (_, i) => [`/${i + 1}.xsd`, schema(`/${i + 2}.xsd`)])),
  });
  const padded = (octets: number): string =>
    definitions(`<!--${'x'.repeat(octets - definitions('<!---->').length)}-->`);

  test('so many documents, and one more', () => {
    expect(walk({ '/o.svc?wsdl': many(DOCUMENT_LIMITS.count - 1) }).asked).toHaveLength(DOCUMENT_LIMITS.count);
    expect(refusal(() => walk({ '/o.svc?wsdl': many(DOCUMENT_LIMITS.count) }))).toMatchObject({
      code: 'upstream.answer',
      message: 'too many documents',
    });
  });

  test('so deep, and one deeper', () => {
    expect(walk(chain(DOCUMENT_LIMITS.depth)).asked).toHaveLength(DOCUMENT_LIMITS.depth + 1);
    expect(refusal(() => walk(chain(DOCUMENT_LIMITS.depth + 1))).message).toBe('imports are nested too deep');
  });

  test('so large, and one octet larger', () => {
    expect(walk({ '/o.svc?wsdl': padded(DOCUMENT_LIMITS.document) }).asked).toHaveLength(1);
    const large = refusal(() => walk({ '/o.svc?wsdl': padded(DOCUMENT_LIMITS.document + 1) }));
    expect(large).toMatchObject({ code: 'upstream.answer', message: 'the documents of the service are too large' });
  });

  test('so large all together', () => {
    const large = `<xs:schema ${XSD}><!--${'x'.repeat(DOCUMENT_LIMITS.document - 200)}--></xs:schema>`;
    const documents = {
      '/o.svc?wsdl': types('/1.xsd', '/2.xsd', '/3.xsd'),
      '/1.xsd': large,
      '/2.xsd': large,
      '/3.xsd': large,
    };
    expect(refusal(() => walk(documents)).details).toEqual({ location: '/2.xsd' });
  });

  test('loops end', () => {
    const documents = {
      '/o.svc?wsdl': types('/1.xsd', '/1.xsd'),
      '/1.xsd': schema('/2.xsd', '/1.xsd'),
      '/2.xsd': schema('/1.xsd'),
    };
    expect(walk(documents).asked).toEqual(['/o.svc?wsdl', '/1.xsd', '/2.xsd']);
  });
});

describe('hostile documents', () => {
  const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('');
  test.each([
    ['a document type', `<!DOCTYPE d SYSTEM "http://evil.example/d.dtd">${definitions()}`],
    [
      'a billion laughs',
      `<!DOCTYPE d [<!ENTITY e0 "ha">${entities}]>${definitions('<documentation>&e30;</documentation>')}`,
    ],
    [
      'an external entity',
      `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${definitions('<documentation>&x;</documentation>')}`,
    ],
    ['an entity that is not declared', definitions('<documentation>&x;</documentation>')],
    ['a processing instruction', `<?xml-stylesheet href="http://evil.example/"?>${definitions()}`],
    ['elements that do not end', definitions('<a>'.repeat(100))],
    ['depth', definitions(`${'<a>'.repeat(200)}${'</a>'.repeat(200)}`)],
    ['elements without number', definitions('<a/>'.repeat(250_000))],
    ['no XML', '<html><body><br>404</body></html>'],
    ['nothing', ''],
    ['HTML that is XML', '<html xmlns="http://www.w3.org/1999/xhtml"/>'],
    ['WSDL 2.0', '<description xmlns="http://www.w3.org/ns/wsdl"/>'],
    ['a schema in the place of the WSDL', schema()],
    ['a prefix that is not bound', '<wsdl:definitions/>'],
    ['octets that are not UTF-8', Buffer.from(definitions('<documentation>\u00e9</documentation>'), 'latin1')],
  ])('%s', (_name, octets) => {
    expect(refusal(() => walk({ '/o.svc?wsdl': octets })).code).toBe('upstream.answer');
  });

  test('an encoding other than the octets’ is refused, by label and by declaration', () => {
    const accented = Buffer.from(definitions('<documentation>\u00e9</documentation>'));
    expect(walk({ '/o.svc?wsdl': accented }, { charset: 'UTF-8' }).asked).toHaveLength(1);
    expect(refusal(() => walk({ '/o.svc?wsdl': accented }, { charset: 'iso-8859-1' })).code).toBe('upstream.answer');
    const declared = Buffer.concat([Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?>'), accented]);
    expect(refusal(() => walk({ '/o.svc?wsdl': declared })).code).toBe('upstream.answer');
    const utf16 = Buffer.from(`\ufeff<?xml version="1.0" encoding="utf-16"?>${definitions()}`, 'utf16le');
    expect(walk({ '/o.svc?wsdl': utf16 }).asked).toHaveLength(1);
  });

  test('ten megabytes are refused unread', () => {
    const large = definitions(`<documentation>${'<a b="c">d</a>'.repeat(700_000)}</documentation>`);
    expect(refusal(() => walk({ '/o.svc?wsdl': large })).message).toBe('the documents of the service are too large');
  });
});

describe('files', () => {
  test.each(['..%2fsecret.xsd', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'a/..%5c..%5csecret.xsd', '%2fetc%2fpasswd', '%zz'])(
    'a location that hides a way out is refused: %s',
    (location) => {
      const read: string[] = [];
      const collect = () =>
        collectFiles('o.wsdl', (name) => {
          read.push(name);
          return types(location);
        });
      expect(refusal(collect).message).toBe("a location that is outside of the file's folder");
      expect(read).toEqual(['o.wsdl']);
    },
  );

  test('dots that do not hide end at the folder', () => {
    const read: string[] = [];
    collectFiles('o.wsdl', (name) => {
      read.push(name);
      return name === 'o.wsdl' ? types('../../secret.xsd', 'a/b.xsd') : schema();
    });
    expect(read).toEqual(['o.wsdl', 'secret.xsd', 'a/b.xsd']);
  });
});
