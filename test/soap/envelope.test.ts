import { bodyElement, isFault, isForUs, mustUnderstand, readEnvelope } from '../../src/soap/envelope.js';
import { type Fault, writeFault } from '../../src/soap/fault.js';
import { SOAP } from '../../src/soap/names.js';
import { plainEnvelope } from '../../src/soap/reply.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { NONE } from '../../src/xml/tree.js';
import { codeOf } from '../crypto/code-of.js';
import { canonicalForms } from '../sts/oracles.js';

const read = (document: string) => readEnvelope(scan(document, DEFAULT_XML_LIMITS));
const envelope = (content: string, soap: string = SOAP['1.1']) =>
  `<s:Envelope xmlns:s="${soap}">${content}</s:Envelope>`;

describe('an envelope', () => {
  test.each(['1.1', '1.2'] as const)('of SOAP %s', (version) => {
    const found = read(
      envelope('\n<!-- c --><s:Header> <x:h xmlns:x="urn:x"/> </s:Header>\n<s:Body/> ', SOAP[version]),
    );
    expect([found.version, found.namespace, found.blocks.length]).toEqual([version, SOAP[version], 1]);
    expect(read(envelope('<s:Body/>', SOAP[version]))).toMatchObject({ header: NONE, blocks: [] });
  });

  test.each<readonly [string, string, string]>([
    ['nothing', envelope(''), 'soap.envelope'],
    ['no Body', envelope('<s:Header/>'), 'soap.envelope'],
    ['two Bodies', envelope('<s:Body/><s:Body/>'), 'soap.envelope'],
    ['two Headers', envelope('<s:Header/><s:Header/><s:Body/>'), 'soap.envelope'],
    ['the Header last', envelope('<s:Body/><s:Header/>'), 'soap.envelope'],
    ['an element after the Body', envelope('<s:Body/><x/>'), 'soap.envelope'],
    ['an element before the Body', envelope('<x/><s:Body/>'), 'soap.envelope'],
    ['a Body of no namespace', envelope('<Body/>'), 'soap.envelope'],
    ['a Body of the other version', envelope(`<s:Body xmlns:s="${SOAP['1.2']}"/>`), 'soap.envelope'],
    ['a Header of the other version', envelope(`<s:Header xmlns:s="${SOAP['1.2']}"/><s:Body/>`), 'soap.envelope'],
    ['text beside the Body', envelope('x<s:Body/>'), 'soap.envelope'],
    ['CDATA beside the Body', envelope('<![CDATA[x]]><s:Body/>'), 'soap.envelope'],
    ['text between header blocks', envelope('<s:Header>x</s:Header><s:Body/>'), 'soap.envelope'],
    ['another root', '<Fault/>', 'soap.envelope'],
    ['an Envelope of no namespace', '<Envelope><Body/></Envelope>', 'soap.version'],
    ['an Envelope of a version to come', envelope('<s:Body/>', 'http://www.w3.org/2030/soap-envelope'), 'soap.version'],
    ['a namespace in other letters', envelope('<s:Body/>', SOAP['1.1'].toUpperCase()), 'soap.version'],
  ])('refused: %s', (_, document, code) => {
    expect(codeOf(() => read(document))).toBe(code);
  });
});

describe('a header block', () => {
  const block = (attributes: string, soap: '1.1' | '1.2') => {
    const found = read(
      envelope(`<s:Header><x:h xmlns:x="urn:x" xmlns:t="urn:t" ${attributes}/></s:Header><s:Body/>`, SOAP[soap]),
    );
    return [isForUs(found, found.blocks[0]!), mustUnderstand(found, found.blocks[0]!)];
  };

  test.each<readonly ['1.1' | '1.2', string, boolean]>([
    ['1.1', '', true],
    ['1.1', 's:actor=""', true],
    ['1.1', 's:actor="http://schemas.xmlsoap.org/soap/actor/next"', true],
    ['1.1', 's:actor="urn:else"', false],
    ['1.1', 'actor="urn:else"', true],
    ['1.1', 's:role="urn:else"', true],
    ['1.1', 't:actor="urn:else"', true],
    ['1.2', 's:role="http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"', true],
    ['1.2', 's:role="http://www.w3.org/2003/05/soap-envelope/role/next"', true],
    ['1.2', 's:role="http://www.w3.org/2003/05/soap-envelope/role/none"', false],
    ['1.2', 's:role="urn:else"', false],
    ['1.2', 's:actor="urn:else"', true],
  ])('in SOAP %s with %j is ours: %s', (soap, attributes, expected) => {
    expect(block(attributes, soap)[0]).toBe(expected);
  });

  test.each<readonly [string, boolean]>([
    ['s:mustUnderstand="1"', true],
    ['s:mustUnderstand="true"', true],
    ['s:mustUnderstand=" 1 "', true],
    ['s:mustUnderstand="0"', false],
    ['s:mustUnderstand="false"', false],
    ['mustUnderstand="1"', false],
    ['', false],
  ])('with %j must be understood: %s', (attributes, expected) => {
    expect(block(attributes, '1.2')[1]).toBe(expected);
    expect(block(attributes, '1.1')[1]).toBe(expected);
  });
});

describe('a fault', () => {
  const FAULT: Fault = { role: 'Sender', subcode: { namespace: 'urn:c', local: 'Bad' }, reason: 'a < b & "c"' };

  test.each(['1.1', '1.2'] as const)('of SOAP %s is in canonical form, and known for a fault', (version) => {
    const written = writeFault(version, FAULT);
    const { own, libxml2, xmlCrypto } = canonicalForms(written);
    // Exclusive C14N leaves out the declaration of a prefix that stands in text alone.
    const canonical = written.replace(' xmlns:a="urn:c"', '');
    expect([own, libxml2, xmlCrypto]).toEqual([canonical, canonical, canonical]);
    expect(isFault(read(plainEnvelope(SOAP[version], written)))).toBe(true);
  });

  test('calls its codes as each version does', () => {
    expect(writeFault('1.1', FAULT)).toContain('<faultcode xmlns:a="urn:c">a:Bad</faultcode>');
    expect(writeFault('1.1', { role: 'Sender', reason: '' })).toContain('<faultcode>s:Client</faultcode>');
    expect(writeFault('1.1', { role: 'Receiver', reason: '' })).toContain('<faultcode>s:Server</faultcode>');
    expect(writeFault('1.1', { role: 'MustUnderstand', reason: '' })).toContain('s:MustUnderstand');
    expect(writeFault('1.2', FAULT)).toContain(
      '<s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:a="urn:c">a:Bad</s:Value></s:Subcode>',
    );
    expect(writeFault('1.2', { role: 'Receiver', reason: '' })).not.toContain('Subcode');
  });

  test('is not what only looks like one', () => {
    expect(isFault(read(envelope('<s:Body/>')))).toBe(false);
    expect(isFault(read(envelope('<s:Body><Fault/></s:Body>')))).toBe(false);
    expect(isFault(read(envelope(`<s:Body><s:Fault xmlns:s="${SOAP['1.2']}"/></s:Body>`)))).toBe(false);
    expect(isFault(read(envelope('<s:Body><x/><s:Fault/></s:Body>')))).toBe(false);
    expect(bodyElement(read(envelope('<s:Body>text</s:Body>')))).toBe(NONE);
  });
});
