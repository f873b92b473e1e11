import { VERSIONS, type VersionNames } from '../wss/names.js';

export type RequestKind = 'issue' | 'renew' | 'cancel';

/** What WS-Trust's values are made of, in one version (wire-facts of its clients; WS-Trust 1.3 §3, §5, §7). */
export interface TrustNames {
  /** Of RequestType, KeyType, ComputedKey, BinarySecret/@Type and wsa:Action; in 2004/04 it is not the namespace. */
  readonly uri: string;
  /** Local name of the element that holds Created and Expires. WSE 2 spells it with a capital T. */
  readonly lifetime: 'Lifetime' | 'LifeTime';
  /** What may be asked for: 2004/04 names neither CancelTarget nor RenewTarget. */
  readonly kinds: readonly RequestKind[];
  /** An answer stands in a RequestSecurityTokenResponseCollection (WS-Trust 1.3 §4.3). */
  readonly collection: boolean;
  /** 2004/04 has one RequestedTokenReference where later versions have an attached and an unattached one. */
  readonly references: 'one' | 'both';
  /** Entropy comes and goes in an EncryptedKey (WSE 2). */
  readonly encryptedEntropy: boolean;
}

const ALL: readonly RequestKind[] = ['issue', 'renew', 'cancel'];

const TRUST: Readonly<Record<VersionNames['version'], TrustNames>> = {
  '1.3': {
    uri: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    lifetime: 'Lifetime',
    kinds: ALL,
    collection: true,
    references: 'both',
    encryptedEntropy: false,
  },
  '2005-02': {
    uri: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    lifetime: 'Lifetime',
    kinds: ALL,
    collection: false,
    references: 'both',
    encryptedEntropy: false,
  },
  '2004-04': {
    uri: 'http://schemas.xmlsoap.org/ws/2004/04/security/trust',
    lifetime: 'LifeTime',
    kinds: ['issue'],
    collection: false,
    references: 'one',
    encryptedEntropy: true,
  },
};

export function trustNames(names: VersionNames): TrustNames {
  return TRUST[names.version];
}

export const VERSION_BY_TRUST: ReadonlyMap<string, VersionNames> = new Map(
  VERSIONS.map((names) => [names.trust, names]),
);

/** The last segment of RequestType, and what follows `/SCT` in the wsa:Action (WS-SecureConversation 1.3 §4, §5, §6). */
const KINDS: Readonly<Record<RequestKind, { readonly type: string; readonly action: string }>> = {
  issue: { type: 'Issue', action: '' },
  renew: { type: 'Renew', action: '/Renew' },
  cancel: { type: 'Cancel', action: '/Cancel' },
};

/** wsa:Action of a request or of its answer; the answer keeps `RSTR` also where it is a collection (wire-facts §0.6). */
export function actionOf(names: VersionNames, message: 'RST' | 'RSTR', kind: RequestKind): string {
  return `${trustNames(names).uri}/${message}/SCT${KINDS[kind].action}`;
}

/** The kind that a RequestType names, if this version has it. */
export function kindOf(names: VersionNames, requestType: string): RequestKind | undefined {
  const { uri, kinds } = trustNames(names);
  return kinds.find((kind) => requestType === `${uri}/${KINDS[kind].type}`);
}
