import * as uri from './uris.js';

/**
 * The algorithm suites of WS-SecurityPolicy 1.3 §6.1 with WCF's reading of them (SecurityAlgorithmSuite.cs:533-640),
 * and AES-GCM, for which WS-SecurityPolicy has no suite: Basic*GCM as Apache CXF defines them
 * (DefaultAlgorithmSuiteLoader), Basic*GCMSha256 as the AS4 gateways over CXF add them.
 */
type Size = 'Basic256' | 'Basic192' | 'Basic128' | 'TripleDes';
type Variant = '' | 'Sha256' | 'Rsa15' | 'Sha256Rsa15';
type GcmSize = 'Basic128GCM' | 'Basic192GCM' | 'Basic256GCM';

export type SuiteName = `${Size}${Variant}` | `${GcmSize}${'' | 'Sha256'}`;

export interface Suite {
  readonly name: SuiteName;
  readonly digest: string;
  readonly mac: string;
  /** Of an asymmetric key. */
  readonly signature: string;
  readonly cipher: string;
  readonly keyWrap: string;
  readonly keyTransport: string;
  /** Octets of a derived key that encrypts. */
  readonly encryptionKeyLength: number;
  /** Octets of a derived key that signs. */
  readonly signatureKeyLength: number;
  /** Octets of the key of an SCT whose request names no KeySize. */
  readonly tokenKeyLength: number;
  /** What a message under this suite may use; what we write is the suite's own above. */
  readonly accepts: {
    readonly digests: ReadonlySet<string>;
    readonly macs: ReadonlySet<string>;
    readonly signatures: ReadonlySet<string>;
    readonly ciphers: ReadonlySet<string>;
    readonly keyTransports: ReadonlySet<string>;
    readonly keyWraps: ReadonlySet<string>;
  };
  /** What the suite gives up; the configuration demands that the operator names it. */
  readonly unsafe?: string;
}

interface SizeRow {
  readonly cipher: string;
  readonly keyWrap: string;
  readonly encryption: number;
  readonly signature: number;
  readonly token: number;
  readonly unsafe?: string;
}

// WCF's lengths in octets. Basic256 signs with 24: P_SHA1_L192 is the [Sig KD] of WS-SecurityPolicy's row.
const SIZES: Readonly<Record<Size | GcmSize, SizeRow>> = {
  Basic256: { cipher: uri.AES256_CBC, keyWrap: uri.KW_AES256, encryption: 32, signature: 24, token: 32 },
  Basic192: { cipher: uri.AES192_CBC, keyWrap: uri.KW_AES192, encryption: 24, signature: 24, token: 24 },
  Basic128: { cipher: uri.AES128_CBC, keyWrap: uri.KW_AES128, encryption: 16, signature: 16, token: 16 },
  TripleDes: {
    cipher: uri.TRIPLEDES_CBC,
    keyWrap: uri.KW_TRIPLEDES,
    encryption: 24,
    signature: 24,
    token: 24,
    unsafe: 'Triple DES: 64-bit blocks collide after some 32 GiB under one key (Sweet32)',
  },
  Basic256GCM: { cipher: uri.AES256_GCM, keyWrap: uri.KW_AES256, encryption: 32, signature: 24, token: 32 },
  Basic192GCM: { cipher: uri.AES192_GCM, keyWrap: uri.KW_AES192, encryption: 24, signature: 24, token: 24 },
  Basic128GCM: { cipher: uri.AES128_GCM, keyWrap: uri.KW_AES128, encryption: 16, signature: 16, token: 16 },
};

const SIZE_VARIANTS: readonly Variant[] = ['', 'Sha256', 'Rsa15', 'Sha256Rsa15'];
const UNSAFE_RSA15 =
  'RSA 1.5 key transport: open to padding oracles (Bleichenbacher) wherever an answer or its time differs';

function suite(size: Size | GcmSize, variant: Variant): Suite {
  const row = SIZES[size];
  const sha256 = variant.startsWith('Sha256');
  const rsa15 = variant.endsWith('Rsa15');
  const keyTransport = rsa15 ? uri.RSA_1_5 : uri.RSA_OAEP_MGF1P;
  const digest = sha256 ? uri.SHA256 : uri.SHA1;
  const unsafe = [row.unsafe, rsa15 ? UNSAFE_RSA15 : undefined].filter((reason) => reason !== undefined).join('; ');
  return Object.freeze({
    name: `${size}${variant}` as SuiteName,
    digest,
    mac: sha256 ? uri.HMAC_SHA256 : uri.HMAC_SHA1,
    signature: sha256 ? uri.RSA_SHA256 : uri.RSA_SHA1,
    cipher: row.cipher,
    keyWrap: row.keyWrap,
    keyTransport,
    encryptionKeyLength: row.encryption,
    signatureKeyLength: row.signature,
    tokenKeyLength: row.token,
    accepts: Object.freeze({
      digests: new Set([digest]),
      // WS-SecurityPolicy §6.1 has one [Sym Sig], HmacSha1, and one [Asym Sig], RsaSha1, for all suites, and CXF and
      // Metro obey it: under Basic256Sha256 they write sha256 digests with hmac-sha1 and rsa-sha1, and CXF refuses
      // hmac-sha256. Only WCF reads Sha256 as hmac-sha256 and rsa-sha256.
      macs: new Set(sha256 ? [uri.HMAC_SHA256, uri.HMAC_SHA1] : [uri.HMAC_SHA1]),
      // Mono endorses with rsa-sha256 whatever the suite.
      signatures: new Set([uri.RSA_SHA256, uri.RSA_SHA1]),
      ciphers: new Set([row.cipher]),
      keyTransports: new Set([keyTransport]),
      keyWraps: new Set([row.keyWrap]),
    }),
    ...(unsafe === '' ? {} : { unsafe }),
  });
}

const ALL: readonly Suite[] = [
  ...(['Basic256', 'Basic192', 'Basic128', 'TripleDes'] as const).flatMap((size) =>
    SIZE_VARIANTS.map((variant) => suite(size, variant)),
  ),
  ...(['Basic256GCM', 'Basic192GCM', 'Basic128GCM'] as const).flatMap((size) =>
    (['', 'Sha256'] as const).map((variant) => suite(size, variant)),
  ),
];

/** Every suite by its name. Has no prototype: a name from a policy file may be `constructor`. */
export const SUITES: Readonly<Record<SuiteName, Suite>> = Object.freeze(
  Object.assign(Object.create(null), Object.fromEntries(ALL.map((row) => [row.name, row]))),
);

export function isSuiteName(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}
