import { XmlC14NMode } from 'libxml2-wasm';
import { fill, type RewrittenService, rewriteDocuments } from '../../src/policy/publish/rewrite.js';
import { collectFiles } from '../../src/policy/publish/sources.js';
import { children, withRoot } from './outline.js';
import { binding, bootstrap, service } from './services.js';

const ADDRESS = 'https://api.example.com/orders';

/** What is published of these files; the first is the service's own WSDL. */
function publish(files: Readonly<Record<string, string>>, policy: RewrittenService = service()): Map<string, string> {
  const [start = ''] = Object.keys(files);
  const templates = rewriteDocuments(
    collectFiles(start, (name) => files[name] ?? ''),
    policy,
  );
  return new Map([...templates].map(([query, text]) => [query, fill(text, ADDRESS, `${ADDRESS}/documents`)]));
}

const SOAP = 'http://schemas.xmlsoap.org/wsdl/soap/';
const SOAP12 = 'http://schemas.xmlsoap.org/wsdl/soap12/';
const HEAD = `xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="${SOAP}" xmlns:tns="urn:o" targetNamespace="urn:o"`;

const bindingOf = (name: string, prefix = 'soap', more = ''): string =>
  `<binding name="${name}" type="tns:Orders">${more}<${prefix}:binding transport="http://schemas.xmlsoap.org/soap/http"/>` +
  `<operation name="Get"><${prefix}:operation soapAction="urn:o:Get"/><input><${prefix}:body use="literal"/></input>` +
  `<output><${prefix}:body use="literal"/></output></operation></binding>`;
const portOf = (name: string, bindingName: string, location: string, prefix = 'soap'): string =>
  `<port name="${name}" binding="tns:${bindingName}"><${prefix}:address location="${location}"/></port>`;
const wsdlOf = (...content: string[]): string =>
  `<definitions ${HEAD} xmlns:soap12="${SOAP12}">${content.join('')}</definitions>`;
const serviceOf = (...ports: string[]): string => `<service name="Orders">${ports.join('')}</service>`;
const INTERNAL = 'http://srv-app01.corp.local/legacy/Orders.asmx';

/** The names of the published bindings and ports, each with the SOAP namespace in it and what a port refers to. */
function partsOf(text: string): string[] {
  return withRoot(text, (root) =>
    children(root)
      .flatMap((element) => (element.name === 'service' ? children(element) : [element]))
      .filter(({ name }) => name === 'binding' || name === 'port')
      .map((element) => {
        const attribute = (name: string) => element.attrs.find((each) => each.name === name)?.value ?? '';
        const soap = children(element).find(({ namespaceUri }) => namespaceUri === SOAP || namespaceUri === SOAP12);
        const version = soap?.namespaceUri === SOAP ? '1.1' : '1.2';
        const address = soap?.attrs.find(({ name }) => name === 'location')?.value;
        return [
          element.name,
          attribute('name'),
          version,
          ...(address === undefined ? [] : [attribute('binding'), address]),
        ].join(' ');
      }),
  );
}

test('a small WSDL, octet for octet', () => {
  const policy = service({
    binding: binding({ kind: 'transport', derivedKeys: false }),
    bootstrap: [bootstrap({ kind: 'transport', derivedKeys: false })],
  });
  const text =
    publish(
      { 'o.wsdl': wsdlOf(bindingOf('OrdersSoap'), serviceOf(portOf('OrdersSoap', 'OrdersSoap', INTERNAL))) },
      policy,
    ).get('wsdl') ?? '';
  const [before = '', rest = ''] = text.split(/(?=<wsp:Policy )/, 2);
  const after = text.slice(text.lastIndexOf('</wsp:Policy>') + '</wsp:Policy>'.length);
  expect(before).toBe(`<?xml version="1.0" encoding="utf-8"?>\n<definitions ${HEAD} xmlns:soap12="${SOAP12}">`);
  expect(rest).toMatch(
    /^<wsp:Policy xmlns:wsp="http:\/\/schemas.xmlsoap.org\/ws\/2004\/09\/policy" [^>]* wsu:Id="OrdersSoap_policy"><wsp:ExactlyOne><wsp:All><sp:TransportBinding>/,
  );
  expect(after).toBe(
    '<binding name="OrdersSoap" type="tns:Orders"><wsp:PolicyReference URI="#OrdersSoap_policy" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"/>' +
      '<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Get"><soap:operation soapAction="urn:o:Get"/>' +
      '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>' +
      `<service name="Orders"><port name="OrdersSoap" binding="tns:OrdersSoap"><soap:address location="${ADDRESS}"/></port></service></definitions>\n`,
  );
});

test('policies stand after the documentation, and on every message of every operation', () => {
  const documented = bindingOf('B', 'soap', '<documentation>d</documentation>').replace(
    '</operation>',
    '<fault name="F"><soap:fault name="F" use="literal"/></fault></operation>',
  );
  const text = publish({ 'o.wsdl': wsdlOf('<documentation>top</documentation>', documented) }).get('wsdl') ?? '';
  expect(text).toMatch(/<documentation>top<\/documentation><wsp:Policy /);
  expect(text).toMatch(/<documentation>d<\/documentation><wsp:PolicyReference URI="#B_policy"[^>]*\/><soap:binding/);
  for (const part of ['input', 'output', 'fault name="F"']) {
    expect(text).toMatch(new RegExp(`<${part}><wsp:PolicyReference URI="#B_message_policy"[^>]*/><soap:`));
  }
  const ids = [...text.matchAll(/wsu:Id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.sort()).toEqual(['B_message_policy', 'B_policy']);
});

test('what the upstream says of policies and of addressing is its own affair', () => {
  const upstream = wsdlOf(
    '<wsp:UsingPolicy xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" required="true"/>',
    '<wsp:Policy xmlns:wsp="http://www.w3.org/ns/ws-policy" Name="theirs"><wsp:ExactlyOne/></wsp:Policy>',
    bindingOf(
      'B',
      'soap',
      '<p:PolicyReference xmlns:p="http://www.w3.org/ns/ws-policy" URI="#theirs"/><w:UsingAddressing xmlns:w="http://www.w3.org/2006/05/addressing/wsdl"/>',
    ),
    '<portType name="Orders" p:PolicyURIs="#theirs" xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"><operation name="Get"><input message="tns:G" w:Action="urn:o:Get" xmlns:w="http://www.w3.org/2006/05/addressing/wsdl"/></operation></portType>',
  );
  const text = publish({ 'o.wsdl': upstream }).get('wsdl') ?? '';
  for (const gone of ['theirs', 'UsingPolicy', 'UsingAddressing', 'PolicyURIs']) expect(text).not.toContain(gone);
  expect(text).toContain('w:Action="urn:o:Get"');
});

test('what is not SOAP is not published', () => {
  const http =
    '<binding name="OrdersHttpGet" type="tns:Orders"><h:binding xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" verb="GET"/></binding>';
  const port =
    '<port name="OrdersHttpGet" binding="tns:OrdersHttpGet"><h:address xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" location="http://srv-app01.corp.local/x"/></port>';
  const text =
    publish({ 'o.wsdl': wsdlOf(bindingOf('B'), http, serviceOf(portOf('B', 'B', INTERNAL), port)) }).get('wsdl') ?? '';
  expect(partsOf(text)).toEqual(['binding B 1.1', `port B 1.1 tns:B ${ADDRESS}`]);
  expect(text).not.toContain('corp.local');
  expect(() => publish({ 'o.wsdl': wsdlOf(http) })).toThrow(expect.objectContaining({ code: 'upstream.answer' }));
});

test('of several endpoints the one at the service path is published; without one, all', () => {
  const ports = serviceOf(
    portOf('A', 'B', `${INTERNAL}/basic`),
    portOf('O', 'B', INTERNAL.toUpperCase()),
    portOf('W', 'B', `${INTERNAL}/ws`),
  );
  const one = publish({ 'o.wsdl': wsdlOf(bindingOf('B'), ports) }).get('wsdl') ?? '';
  expect(partsOf(one)).toEqual(['binding B 1.1', `port O 1.1 tns:B ${ADDRESS}`]);
  const all =
    publish({ 'o.wsdl': wsdlOf(bindingOf('B'), ports) }, service({ upstreamPath: '/elsewhere' })).get('wsdl') ?? '';
  expect(partsOf(all).filter((line) => line.startsWith('port'))).toHaveLength(3);
});

test("WCF's endpoint references go: they name the machine and its account", () => {
  const reference =
    '<a:EndpointReference xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address>http://srv-app01.corp.local/</a:Address><Identity xmlns="http://schemas.xmlsoap.org/ws/2006/02/addressingidentity"><Upn>svc@corp.local</Upn></Identity></a:EndpointReference></port>';
  const port = portOf('B', 'B', INTERNAL).replace('</port>', reference);
  const text = publish({ 'o.wsdl': wsdlOf(bindingOf('B'), serviceOf(port)) }).get('wsdl') ?? '';
  expect(text).not.toMatch(/corp\.local|EndpointReference/);
});

describe('SOAP versions', () => {
  const one = wsdlOf(bindingOf('B'), serviceOf(portOf('P', 'B', INTERNAL)));
  const both = wsdlOf(
    bindingOf('B'),
    bindingOf('B12', 'soap12'),
    serviceOf(portOf('P', 'B', INTERNAL), portOf('P12', 'B12', INTERNAL, 'soap12')),
  );
  const B = 'binding B 1.1';
  const P = `port P 1.1 tns:B ${ADDRESS}`;
  test.each<[string, string, readonly ('1.1' | '1.2')[] | undefined, string[]]>([
    ['as they are', one, undefined, [B, P]],
    ['as they are', both, undefined, [B, 'binding B12 1.2', P, `port P12 1.2 tns:B12 ${ADDRESS}`]],
    ['that are wanted already', both, ['1.1', '1.2'], [B, 'binding B12 1.2', P, `port P12 1.2 tns:B12 ${ADDRESS}`]],
    [
      'beside the other',
      one,
      ['1.1', '1.2'],
      [B, 'binding B_soap12 1.2', P, `port P_soap12 1.2 tns:B_soap12 ${ADDRESS}`],
    ],
    ['of which one goes', both, ['1.2'], ['binding B12 1.2', `port P12 1.2 tns:B12 ${ADDRESS}`]],
    ['in the place of the other', one, ['1.2'], ['binding B 1.2', `port P 1.2 tns:B ${ADDRESS}`]],
  ])('%s: %#', (_name, wsdl, soap, expected) => {
    const text = publish({ 'o.wsdl': wsdl }, service({ wsdl: soap === undefined ? {} : { soap } })).get('wsdl') ?? '';
    expect(partsOf(text)).toEqual(expected);
    // every extension of a binding speaks its version
    for (const [, body = ''] of text.matchAll(/<binding (.*?)<\/binding>/g)) {
      expect(new Set([...body.matchAll(/<(soap(?:12)?):/g)].map(([, prefix]) => prefix)).size).toBe(1);
    }
    expect([...text.matchAll(/wsu:Id="/g)]).toHaveLength(
      2 * expected.filter((line) => line.startsWith('binding')).length,
    );
  });
});

test('each further version of WS-SecureConversation has ports of its own', () => {
  const wsdl = wsdlOf(bindingOf('B'), serviceOf(portOf('P', 'B', INTERNAL)));
  const text = publish({ 'o.wsdl': wsdl }, service({ versions: ['1.3', '2004-04', '2005-02'] })).get('wsdl') ?? '';
  expect(partsOf(text)).toEqual([
    'binding B 1.1',
    'binding B_2005-02 1.1',
    `port P 1.1 tns:B ${ADDRESS}`,
    `port P_2005-02 1.1 tns:B_2005-02 ${ADDRESS}`,
  ]);
  const policyOf = (id: string): string =>
    new RegExp(`wsu:Id="${id}">.*?(?=<wsp:Policy [^>]*wsu:Id|<binding)`).exec(text)?.[0] ?? '';
  expect(policyOf('B_policy')).toContain('<sp:Trust13>');
  expect(policyOf('B_2005-02_policy')).toContain('<sp:Trust10>');
  const copied = /<binding name="B_2005-02".*?<\/binding>/.exec(text)?.[0] ?? '';
  expect([...copied.matchAll(/URI="#([^"]*)"/g)].map(([, id]) => id)).toEqual([
    'B_2005-02_policy',
    'B_2005-02_message_policy',
    'B_2005-02_message_policy',
  ]);
});

describe('imports', () => {
  const schema = (content: string): string =>
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">${content}</xs:schema>`;
  const files = {
    'Orders.wsdl': wsdlOf(
      '<import namespace="urn:b" location="bindings/b.wsdl"/>',
      `<types>${schema('<xs:import namespace="urn:t" schemaLocation="types.xsd"/><xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/><xs:import namespace="urn:none"/>')}</types>`,
      serviceOf(portOf('P', 'B', INTERNAL)),
    ),
    'bindings/b.wsdl': wsdlOf('<import namespace="urn:o" location="../Orders.wsdl"/>', bindingOf('B')),
    'types.xsd': schema('<xs:include schemaLocation="./common%20types.xsd"/><xs:redefine schemaLocation="types.xsd"/>'),
    'common types.xsd': schema('<!-- the last -->'),
  };

  test('of whatever kind, in loops too, lead to documents that are published', () => {
    const published = publish(files);
    const queries = [...published.keys()];
    expect(queries).toEqual([
      'wsdl',
      expect.stringMatching(/^wsdl=b\.wsdl-[0-9a-f]{12}$/),
      expect.stringMatching(/^xsd=types\.xsd-[0-9a-f]{12}$/),
      expect.stringMatching(/^xsd=common_20types\.xsd-[0-9a-f]{12}$/),
    ]);
    const links = [...published.values()].flatMap((text) =>
      [...text.matchAll(/(?:schemaLocation|<import [^>]*location)="([^"]*)"/g)].map(([, location]) => location),
    );
    const at = (index: number): string => `${ADDRESS}/documents?${queries[index]}`;
    expect(links).toEqual([at(1), at(2), 'http://www.w3.org/2001/xml.xsd', at(0), at(3), at(2)]);
    // the policy is where the binding is
    expect(published.get('wsdl')).not.toContain('wsp:Policy');
    expect(published.get(queries[1] ?? '')).toContain('wsu:Id="B_policy"');
  });

  test('have the same names wherever they are published', () => {
    expect([...publish(files).keys()]).toEqual([...publish(files).keys()]);
  });
});

test('all else stays what it was: libxml2 reads the same canonical form', () => {
  const schema = `<?xml version="1.0" encoding="UTF-8"?>
<!-- before --><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns='urn:t' targetNamespace="urn:t" elementFormDefault="qualified">
  <!-- a & b < c -->
  <xs:annotation><xs:documentation xml:lang="de"><![CDATA[<b>fett</b> & so]]> Grüße 𝄞 &lt;&amp;&gt;&quot; ]]&gt;</xs:documentation></xs:annotation>
  <xs:simpleType name="Ä"><xs:restriction base="xs:string"><xs:pattern value="[&lt;&quot;&#9;&#10;\\s]'+"/><xs:enumeration value="tns:a"/></xs:restriction></xs:simpleType>
  <xs:element name="e" type="tns:Ä" xmlns:tns="urn:t" default=" two  spaces "/><x:any xmlns:x="urn:x" xmlns="urn:y"><z xmlns="" x:a="1" a='2'/></x:any>
</xs:schema>
<!-- after -->`;
  const wsdl = wsdlOf(`<types><s xmlns="urn:s"/></types>`, bindingOf('B')).replace(
    '<s xmlns="urn:s"/>',
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="a.xsd"/></xs:schema>',
  );
  const published = [...publish({ 'o.wsdl': wsdl, 'a.xsd': schema }).values()][1] ?? '';
  const canonical = (text: string): string =>
    withRoot(text, (root) => root.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_1_0, withComments: true }));
  expect(canonical(published)).toBe(canonical(schema));
});
