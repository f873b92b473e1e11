import type { Runtime } from '../../src/runtime.js';
import type { StyleName } from './styles/index.js';
import { STYLES } from './styles/index.js';

export type IdKind =
  | 'header'
  | 'body'
  | 'timestamp'
  | 'encryptedKey'
  | 'derivedKey'
  | 'username'
  | 'certificate'
  | 'data'
  | 'signature'
  | 'keyInfo';

/** CXF's DOM stack names the kind before the UUID. */
const CXF_PREFIXES: Readonly<Record<IdKind, string>> = {
  header: '_',
  body: '_',
  timestamp: 'TS-',
  encryptedKey: 'EK-',
  derivedKey: 'DK-',
  username: 'UsernameToken-',
  certificate: 'X509-',
  data: 'ED-',
  signature: 'SIG-',
  keyInfo: 'KI-',
};

/** gSOAP's fixed Ids; where it has none of its own, a number follows. */
const FIXED: Readonly<Partial<Record<IdKind, string>>> = {
  timestamp: 'Time',
  username: 'User',
  body: 'Body',
  certificate: 'X509Token',
};

/** Gives the Ids of one message, as the style's client makes them. */
export function createIds(style: StyleName, runtime: Runtime): (kind: IdKind) => string {
  let count = 0;
  const kinds: Readonly<Record<(typeof STYLES)[StyleName]['ids'], (kind: IdKind) => string>> = {
    uuid: (kind) => `${style === 'cxf-stax' ? 'G' : CXF_PREFIXES[kind]}${runtime.randomUUID()}`,
    counter: (kind) =>
      kind === 'timestamp' || kind === 'username' ? `uuid-${runtime.randomUUID()}-${++count}` : `_${count++}`,
    repeated: () => `_${++count}`,
    fixed: (kind) => FIXED[kind] ?? `Id-${++count}`,
  };
  return kinds[STYLES[style].ids];
}
