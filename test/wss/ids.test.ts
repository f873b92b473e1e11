import { indexIds } from '../../src/wss/ids.js';
import { DS, versionNames, WSU, XENC } from '../../src/wss/names.js';
import { parentOf, root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { codeOf } from '../crypto/code-of.js';

const { trust, conversation } = versionNames('1.3');
const index = (content: string) =>
  indexIds(
    scan(
      `<r xmlns:u="${WSU}" xmlns:d="${DS}" xmlns:x="${XENC}" xmlns:t="${trust}" xmlns:c="${conversation}">${content}</r>`,
      DEFAULT_XML_LIMITS,
    ),
  );
const token = '<c:SecurityContextToken u:Id="sct"><c:Identifier>urn:uuid:1</c:Identifier></c:SecurityContextToken>';

test('takes wsu:Id anywhere, xml:id, and Id on ds and xenc elements alone', () => {
  const { nodes } = index(
    '<a u:Id="1"/><b xml:id="2"/><d:Signature Id="3"/><x:EncryptedData Id="4"/><c Id="5"/><e d:Id="6"/>',
  );
  expect([...nodes.keys()]).toEqual(['1', '2', '3', '4']);
});

test.each([
  ['<a u:Id="1"/><b u:Id="1"/>'],
  ['<a u:Id="1"/><d:Signature Id="1"/>'],
  ['<a xml:id="1"/><x:EncryptedData Id="1"/>'],
  [`${token}${token}`],
  [`<t:Renew>${token}</t:Renew>${token}`],
  [`<CancelTarget>${token}</CancelTarget>${token}`],
  [`<t:CancelTarget>${token}</t:CancelTarget><a u:Id="sct"/><b u:Id="sct"/>`],
])('%s has one Id twice', (content) => {
  expect(codeOf(() => index(content))).toBe('wss.id');
});

test('one element may say its Id in two ways, as Metro does', () => {
  expect(index('<d:Signature Id="1" u:Id="1"/>').nodes.size).toBe(1);
});

test.each(['CancelTarget', 'RenewTarget'])(
  'a token in a %s is spoken of, and no reference resolves to it (Mono)',
  (target) => {
    const { tree, nodes } = index(`${token}<t:${target}>${token}</t:${target}>`);
    expect([...nodes.keys()]).toEqual(['sct']);
    expect(parentOf(tree, nodes.get('sct') as number)).toBe(root(tree));
  },
);
