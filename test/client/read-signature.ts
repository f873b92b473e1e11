import { timingSafeEqual } from 'node:crypto';
import { digest, mac, verifyRsa } from './ciphers.js';
import { demand, only, type ReceivedDocument } from './document.js';
import type { Expectation } from './expectation.js';
import { DS, EXC_C14N, SUBJECT_KEY_IDENTIFIER, WSU, XENC } from './names.js';
import { resolveKey } from './read-keys.js';
import type { SecurityHeader } from './read-security.js';

/** Every element that a reference could mean, by its id; two of one id are refused. */
function identified<N>(document: ReceivedDocument<N>): Map<string, N> {
  const found = new Map<string, N>();
  const waiting: N[] = [document.root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const { namespace } = document.name(node);
    const own = namespace === DS || namespace === XENC ? document.attribute(node, '', 'Id') : undefined;
    for (const id of [document.attribute(node, WSU, 'Id'), own]) {
      if (id === undefined) continue;
      demand(!found.has(id), 'duplicate-id', id);
      found.set(id, node);
    }
    waiting.push(...document.elements(node));
  }
  return found;
}

/**
 * Proves a signature with the suite's algorithms and a key of ours; returns the elements that it covers.
 *
 * @param signature ds:Signature, decrypted
 */
export function verifySignature<N>(
  document: ReceivedDocument<N>,
  signature: N,
  header: SecurityHeader<N>,
  expected: Expectation,
): ReadonlySet<N> {
  const signedInfo = only(document, signature, DS, 'SignedInfo');
  const method = document.attribute(only(document, signedInfo, DS, 'SignatureMethod'), '', 'Algorithm') ?? '';
  const prefixList = prefixListOf(document, only(document, signedInfo, DS, 'CanonicalizationMethod'));
  const octets = document.canonicalize(signedInfo, prefixList);
  const value = Buffer.from(document.text(only(document, signature, DS, 'SignatureValue')), 'base64');
  const keyReference = document.elements(only(document, signature, DS, 'KeyInfo'))[0]!;
  if (expected.encryptedKey === undefined && expected.service !== undefined && expected.tokens.length === 0) {
    verifyCertificate(document, keyReference, method, octets, value, expected);
  } else {
    const key = resolveKey(document, keyReference, header.declared, expected);
    demand(key.derived || !expected.derivedKeys, 'derived-key', 'signed without a derived key');
    demand(method === expected.algorithms.mac, 'algorithm', `signed with ${method}`);
    const mine = mac(method, key.secret, octets);
    demand(mine.length === value.length && timingSafeEqual(mine, value), 'signature', 'the signature is not true');
  }
  const ids = identified(document);
  const covered = new Set<N>();
  for (const reference of document.elements(signedInfo).slice(2)) {
    covered.add(verifyReference(document, reference, ids, expected));
  }
  return covered;
}

function verifyCertificate<N>(
  document: ReceivedDocument<N>,
  reference: N,
  method: string,
  octets: string,
  value: Buffer,
  { service, algorithms }: Expectation,
): void {
  const identifier = document.elements(reference)[0]!;
  if (document.attribute(identifier, '', 'ValueType') === SUBJECT_KEY_IDENTIFIER) {
    demand(
      document.text(identifier) === service!.subjectKeyIdentifier,
      'signature',
      "not by the service's certificate",
    );
  }
  demand(method === algorithms.signature, 'algorithm', `signed with ${method}`);
  demand(verifyRsa(method, service!.certificate.publicKey, octets, value), 'signature', 'the signature is not true');
}

function verifyReference<N>(
  document: ReceivedDocument<N>,
  reference: N,
  ids: Map<string, N>,
  expected: Expectation,
): N {
  const uri = document.attribute(reference, '', 'URI') ?? '';
  const target = ids.get(uri.slice(1));
  demand(uri.startsWith('#') && target !== undefined, 'signature', `reference ${uri} leads nowhere`);
  const transforms = document.elements(only(document, reference, DS, 'Transforms'));
  demand(transforms.length === 1, 'algorithm', `${transforms.length} transforms`);
  const method = document.attribute(only(document, reference, DS, 'DigestMethod'), '', 'Algorithm') ?? '';
  demand(method === expected.algorithms.digest, 'algorithm', `digest ${method}`);
  const mine = digest(method, document.canonicalize(target, prefixListOf(document, transforms[0]!)));
  const theirs = document.text(only(document, reference, DS, 'DigestValue')).trim();
  demand(mine.toString('base64') === theirs, 'digest', `of ${document.name(target).local}`);
  return target;
}

/** Of a CanonicalizationMethod or Transform, which must be exclusive C14N. */
function prefixListOf<N>(document: ReceivedDocument<N>, method: N): readonly string[] {
  demand(document.attribute(method, '', 'Algorithm') === EXC_C14N, 'algorithm', 'not exclusive C14N');
  const [inclusive] = document.elements(method);
  const list = inclusive === undefined ? '' : (document.attribute(inclusive, '', 'PrefixList') ?? '');
  return list.split(/\s+/).filter((prefix) => prefix !== '');
}
