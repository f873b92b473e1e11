import type { SecurityContext } from '../conversation/context.js';
import { type Placement, placeInIdentifier } from '../conversation/placement.js';
import { COOKIE, COOKIE_NAMESPACE, DS, type VersionNames, versionNames, WSSE, WSU, XENC } from '../wss/names.js';
import { escapeAttribute, escapeText } from '../xml/write.js';
import type { EncryptedEntropy, ProofKey } from './entropy.js';
import { trustNames } from './names.js';

/**
 * The answers' XML, in exclusive canonical form: each prefix is declared where it is first used, so that the text may be
 * signed as it stands in any Body that does not itself use these prefixes.
 */

/** What an answer tells of a token. */
export interface IssuedToken {
  readonly context: SecurityContext;
  /** Undefined where the token carries no state: then it is its Identifier, and the Instance after a renewal. */
  readonly cookie: string | undefined;
  readonly placement: Placement;
  /** wsu:Id of the SecurityContextToken; WCF and CXF repeat it in every message. */
  readonly id: string;
  readonly proof: ProofKey;
}

/**
 * The Body's content that answers an Issue or a Renew, in the order in which WCF writes it (wire-facts §3.1). An
 * AppliesTo of the request is not repeated: the token has the scope that was asked for, and no client reads it.
 *
 * @param context RST/@Context
 */
export function writeTokenResponse(token: IssuedToken, context: string | undefined): string {
  const names = versionNames(token.context.version);
  return writeResponse(
    names,
    context,
    `<wst:TokenType>${names.sct}</wst:TokenType>` +
      `<wst:RequestedSecurityToken>${writeContextToken(names, token)}</wst:RequestedSecurityToken>` +
      writeReferences(names, token) +
      writeProof(names, token.proof) +
      writeLifetime(names, token.context) +
      `<wst:KeySize>${token.proof.key.length * 8}</wst:KeySize>`,
  );
}

/** A RequestSecurityTokenResponse with this content; in 1.3 the only one of a collection (WCF refuses a second). */
export function writeResponse(names: VersionNames, context: string | undefined, content: string): string {
  const declaration = ` xmlns:wst="${names.trust}"`;
  const { collection } = trustNames(names);
  const written = context === undefined ? '' : ` Context="${escapeAttribute(context)}"`;
  const response =
    `<wst:RequestSecurityTokenResponse${collection ? '' : declaration}${written}>${content}` +
    '</wst:RequestSecurityTokenResponse>';
  if (!collection) return response;
  return `<wst:RequestSecurityTokenResponseCollection${declaration}>${response}</wst:RequestSecurityTokenResponseCollection>`;
}

function writtenIdentifier({ context, cookie, placement }: IssuedToken): string {
  const placed = placement === 'identifier' && cookie !== undefined;
  return placed ? placeInIdentifier(context.identifier, cookie) : context.identifier;
}

/** CXF takes the Identifier only as the first child; Metro keeps an unknown element, never an attribute. */
function writeContextToken(names: VersionNames, token: IssuedToken): string {
  const { context, cookie, placement, id } = token;
  const instance = context.instance === undefined ? '' : `<wsc:Instance>${escapeText(context.instance)}</wsc:Instance>`;
  const extension =
    placement === 'identifier' || cookie === undefined
      ? ''
      : `<g:${COOKIE} xmlns:g="${COOKIE_NAMESPACE}">${cookie}</g:${COOKIE}>`;
  return (
    `<wsc:SecurityContextToken xmlns:wsc="${names.conversation}" xmlns:wsu="${WSU}" wsu:Id="${id}">` +
    `<wsc:Identifier>${escapeText(writtenIdentifier(token))}</wsc:Identifier>${instance}${extension}` +
    '</wsc:SecurityContextToken>'
  );
}

/**
 * Rampart needs the attached reference to begin with `#`; Metro needs the unattached one. After a renewal that one names
 * the Instance (WCF). The attached one has no ValueType: WCF writes none, and reads one as a demand on the token's class.
 */
function writeReferences(names: VersionNames, token: IssuedToken): string {
  const { id } = token;
  const { instance } = token.context;
  const declaration = instance === undefined ? '' : ` xmlns:wsc="${names.conversation}"`;
  const qualifier = instance === undefined ? '' : ` wsc:Instance="${escapeAttribute(instance)}"`;
  const unattached = writeReference(
    `${declaration} URI="${escapeAttribute(writtenIdentifier(token))}" ValueType="${names.sct}"${qualifier}`,
  );
  if (trustNames(names).references === 'one') {
    return `<wst:RequestedTokenReference>${unattached}</wst:RequestedTokenReference>`;
  }
  return (
    `<wst:RequestedAttachedReference>${writeReference(` URI="#${id}"`)}</wst:RequestedAttachedReference>` +
    `<wst:RequestedUnattachedReference>${unattached}</wst:RequestedUnattachedReference>`
  );
}

function writeReference(attributes: string): string {
  return (
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference${attributes}></wsse:Reference>` +
    '</wsse:SecurityTokenReference>'
  );
}

/** WCF refuses anything but a ComputedKey where it sent entropy (wire-facts §0.4); it, CXF and Metro read no wrapped entropy. */
function writeProof(names: VersionNames, { key, proof }: ProofKey): string {
  const { uri } = trustNames(names);
  const secret = (type: string, octets: Buffer) =>
    `<wst:BinarySecret Type="${uri}/${type}">${octets.toString('base64')}</wst:BinarySecret>`;
  if (proof.kind === 'key') return `<wst:RequestedProofToken>${secret('SymmetricKey', key)}</wst:RequestedProofToken>`;
  const entropy = proof.kind === 'entropy' ? secret('Nonce', proof.octets) : writeEncryptedEntropy(proof);
  return (
    `<wst:RequestedProofToken><wst:ComputedKey>${uri}/CK/PSHA1</wst:ComputedKey></wst:RequestedProofToken>` +
    `<wst:Entropy>${entropy}</wst:Entropy>`
  );
}

/** As WSE 2 answers: the KeyName is the CarriedKeyName of the client's own entropy. */
function writeEncryptedEntropy({ algorithm, keyName, octets }: EncryptedEntropy): string {
  const keyInfo =
    keyName === undefined
      ? ''
      : `<ds:KeyInfo xmlns:ds="${DS}"><ds:KeyName>${escapeText(keyName)}</ds:KeyName></ds:KeyInfo>`;
  return (
    `<xenc:EncryptedKey xmlns:xenc="${XENC}"><xenc:EncryptionMethod Algorithm="${algorithm}"></xenc:EncryptionMethod>` +
    `${keyInfo}<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData>` +
    '</xenc:EncryptedKey>'
  );
}

function writeLifetime(names: VersionNames, { created, expires }: SecurityContext): string {
  const { lifetime } = trustNames(names);
  const instant = (local: string, time: number) =>
    `<wsu:${local} xmlns:wsu="${WSU}">${new Date(time).toISOString()}</wsu:${local}>`;
  return `<wst:${lifetime}>${instant('Created', created)}${instant('Expires', expires)}</wst:${lifetime}>`;
}
