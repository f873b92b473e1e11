import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Version } from '../conversation/context.js';
import type { KeyRing } from '../conversation/key-ring.js';
import type { CertificateName } from '../credentials/certificate-name.js';
import type { RevocationList } from '../credentials/revocation.js';
import type { UserStore } from '../credentials/users.js';
import type { Suite } from '../crypto/suites.js';
import type { XmlLimits } from '../xml/scan.js';

/**
 * The configuration as the gateway uses it: files read, defaults filled in, names resolved, deep-frozen. Durations are
 * milliseconds, sizes octets, unless said otherwise. What each key means stands in policies/REFERENCE.md.
 */
export interface Config {
  readonly listeners: readonly Listener[];
  readonly admin: Address | undefined;
  /** CIDR blocks whose X-Forwarded-… headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly keyRing: KeyRing;
  /** Open EncryptedKeys that were made for them; found by thumbprint, subject key identifier or issuer and serial. */
  readonly certificates: readonly ServiceCertificate[];
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly authentication: Authentication;
  readonly log: { readonly level: LogLevel };
  readonly workers: number;
  readonly cache: CacheSizes;
  /** The store that the nodes share, if they do. */
  readonly redis?: RedisPolicy;
  readonly drain: Drain;
  readonly services: readonly ServicePolicy[];
  /** What is accepted but should be known: insecure options by name, certificates that have expired. */
  readonly warnings: readonly string[];
  /** How often the files below are looked at; undefined: never. */
  readonly watch: { readonly interval: number } | undefined;
  /** Every file and folder that was read → what it held, for a watcher. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface Listener extends Address {
  readonly tls?: ListenerTls;
}

export interface ListenerTls {
  /** PEM: the certificate and what is between it and a root. */
  readonly certificate: Buffer;
  /** PEM; prints as `[secret]`. */
  readonly privateKey: Buffer;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly clientCertificate: 'none' | 'optional' | 'required';
  /** PEM: issuers of client certificates; there unless `clientCertificate` is `none`. */
  readonly clientTrust?: Buffer;
}

export interface ServiceCertificate {
  readonly certificate: X509Certificate;
  /** The rest of the file: issuers, in the file's order. */
  readonly chain: readonly X509Certificate[];
  readonly privateKey: KeyObject;
}

export interface Limits {
  /** Of a request. */
  readonly body: number;
  /** Of an upstream's answer. */
  readonly response: number;
  /** All header lines of a request together. */
  readonly headers: number;
  readonly headerCount: number;
  /** Requests in work at once, on one worker. */
  readonly inFlight: number;
  readonly xml: XmlLimits;
  readonly security: SecurityLimits;
}

export interface SecurityLimits {
  /** Of one signature. */
  readonly references: number;
  readonly signatures: number;
  readonly derivedKeys: number;
  readonly encryptedData: number;
  readonly tokens: number;
}

export interface Timeouts {
  readonly headers: number;
  readonly request: number;
  readonly idle: number;
  readonly connect: number;
  readonly response: number;
}

/** How guessing is slowed, and what an authenticator remembers; all of one worker. */
export interface Authentication {
  /** Failures that a user may have in a row; one is forgiven each `refill`. */
  readonly userFailures: number;
  /** Failures that a client address (IPv6: a /64) may have in a row. */
  readonly addressFailures: number;
  readonly refill: number;
  /** Passwords proven at once; each takes a thread of libuv's pool and 32 MiB. */
  readonly concurrency: number;
  /** Proofs that may wait for their turn; more are refused with `auth.unavailable`. */
  readonly queue: number;
  /** Nonces of UsernameTokens remembered; when full, tokens with a nonce are refused with `auth.unavailable`. */
  readonly nonces: number;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Entries, of one worker. */
export interface CacheSizes {
  readonly conversations: number;
  /** Of one conversation. */
  readonly derivedKeys: number;
  /** Messages remembered so that a second one is refused. */
  readonly replay: number;
  /** Conversations and tokens remembered because they were ended before their time. */
  readonly revocations: number;
}

export interface RedisPolicy {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  /** One in mode `single`; otherwise those that are asked first. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Name by which Sentinel knows the master; there in mode `sentinel`. */
  readonly master?: string;
  readonly username?: string;
  /** Prints as `[secret]`, as does `sentinelPassword`. */
  readonly password?: Buffer;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: Buffer;
  readonly database: number;
  readonly tls?: UpstreamTls;
  /** For a reply. */
  readonly timeout: number;
  readonly connectTimeout: number;
  /** Before every key. */
  readonly prefix: string;
}

export interface Drain {
  /** From "not ready" to "no new connections". */
  readonly delay: number;
  /** For what is in work. */
  readonly timeout: number;
}

export interface ServicePolicy {
  readonly name: string;
  readonly match: { readonly path: string };
  readonly upstream: Upstream;
  readonly conversation: ConversationPolicy;
  readonly binding: Binding;
  /** How a client may prove itself when it asks for a token; at least one. */
  readonly bootstrap: readonly Bootstrap[];
  readonly timestamp: TimestampPolicy;
  readonly identity: IdentityPolicy;
  /** What the upstream sees of WS-Addressing headers. */
  readonly addressing: 'strip' | 'forward';
  /** wsa:Action of a request → of the plain answer to it; `*` is there always, and where `{action}` may stand. */
  readonly replyActions: ReadonlyMap<string, string>;
  /** Who remembers messages so that none is accepted twice: this worker, or with it all nodes of the farm. */
  readonly replay: 'off' | 'node' | 'farm';
  /** What becomes of messages while the shared store cannot be asked: refused, or accepted by what this worker knows. */
  readonly whenStoreIsAway: 'open' | 'closed';
  /** Header blocks that are forwarded though no signature covers them. */
  readonly unsignedHeaders: readonly QName[];
  /** Requests that are no SOAP messages for us and go to the upstream as they are. */
  readonly passthrough: Passthrough;
  readonly wsdl: WsdlPublication;
  /** The gateway's own limits where the service names none. */
  readonly limits: { readonly body: number; readonly response: number };
}

export interface QName {
  readonly namespace: string;
  readonly local: string;
}

/** `false`: none. `paths`: exact, or everything below one that ends in `/*`; `true` in the file is the service's own path. */
export type Passthrough = false | { readonly paths: readonly string[]; readonly methods: readonly PassthroughMethod[] };
/** `false`: the service's WSDL is not published. */
export type WsdlPublication =
  | false
  | {
      /** In place of the upstream's. */
      readonly file?: WsdlFile;
      /** URL of the service for all clients; otherwise it is that under which the WSDL was asked for. */
      readonly address?: string;
      /** Versions of SOAP that get a binding; otherwise those that the WSDL has. */
      readonly soap?: readonly ('1.1' | '1.2')[];
    };

/** A WSDL and what it imports, by file name relative to the WSDL's folder, with `/`. */
export interface WsdlFile {
  readonly name: string;
  readonly documents: ReadonlyMap<string, string>;
}

export type PassthroughMethod = 'GET' | 'HEAD' | 'POST';

export interface Upstream {
  /** Origins: scheme, host, port. */
  readonly targets: readonly URL[];
  /** Where SOAP is posted; the service's own path where the file names none. */
  readonly path: string;
  readonly balance: 'round_robin' | 'least_requests';
  readonly health: Health;
  readonly tls?: UpstreamTls;
}

export interface Health {
  readonly active?: ActiveHealth;
  readonly passive: PassiveHealth;
}

export interface ActiveHealth {
  readonly path: string;
  readonly interval: number;
  readonly timeout: number;
  /** Good answers in a row that bring a target back. */
  readonly passes: number;
  /** Bad answers in a row that take it out. */
  readonly fails: number;
  readonly expectStatus: number;
}

export interface PassiveHealth {
  /** Refused or broken connections within `failDuration` that take a target out for as long; 0: never. */
  readonly maxFails: number;
  readonly failDuration: number;
}

export interface UpstreamTls {
  /** PEM: issuers to trust in place of the system's. */
  readonly trust?: Buffer;
  /** PEM: the gateway's own certificate. */
  readonly certificate?: Buffer;
  /** PEM; prints as `[secret]`. */
  readonly privateKey?: Buffer;
  readonly serverName?: string;
}

export interface ConversationPolicy {
  readonly versions: readonly Version[];
  /** Where state is: in the token, in this process, or in the shared store. */
  readonly state: 'cookie' | 'memory' | 'redis';
  /** `auto`: in the Identifier for clients that are known to rebuild the token from it, else in the extensibility area. */
  readonly placement: 'auto' | 'extension' | 'identifier';
  readonly lifetime: number;
  /** From the first issue: no renewal goes past it. */
  readonly renewUntil: number;
  /** The published policy lets clients cancel. */
  readonly cancel: boolean;
  /** A Cancel under a bootstrap that proves nobody is obeyed: whoever saw a token may end its conversation. */
  readonly allowInsecureAnonymousCancel: boolean;
}

/** `asymmetric` is for bootstraps alone: both sides have a certificate (WSS 1.0 mutual X.509). */
export type BindingKind = 'symmetric' | 'asymmetric' | 'transport';

/** How messages are protected: the properties of WS-SecurityPolicy 1.3 §6. Over `transport` the message parts mean nothing. */
export interface Binding {
  readonly kind: BindingKind;
  readonly suite: Suite;
  readonly derivedKeys: boolean;
  readonly protectionOrder: 'sign-before-encrypt' | 'encrypt-before-sign';
  readonly encryptSignature: boolean;
  readonly signedParts: { readonly body: boolean; readonly headers: SignedHeaders };
  readonly encryptedParts: { readonly body: boolean; readonly headers: readonly QName[] };
}

/** `addressing`: every WS-Addressing header block of the message. */
export type SignedHeaders = 'addressing' | 'none' | readonly QName[];

export interface Bootstrap extends Binding {
  readonly credential: 'username' | 'anonymous' | 'x509';
  /** There if `credential` is `username`. */
  readonly users?: UserStore;
  /** What a UsernameToken may hold. */
  readonly passwords: readonly PasswordType[];
  /** A password as text is taken though neither the message nor the transport hides it. */
  readonly allowInsecurePlaintextPassword: boolean;
  /** The answer confirms the request's signatures (WSS 1.1 §8.5). */
  readonly signatureConfirmation: boolean;
  /** Issuers of the clients' certificates; empty unless `credential` is `x509`. */
  readonly trust: readonly X509Certificate[];
  /** If there are any, each certificate but the last of a path must be vouched for by a current one. */
  readonly revocation: readonly RevocationList[];
  /** What of a certificate is its holder's name. */
  readonly certificateName: CertificateName;
}

export type PasswordType = 'text' | 'digest';

/** wsu:Timestamp: `ttl` is counted from Created, `skew` is how far clocks may differ, either way. */
export interface TimestampPolicy {
  readonly ttl: number;
  readonly skew: number;
  readonly required: true;
}

/** How the upstream learns who calls. Templates hold `{name}`, `{groups}` and `{method}`. */
export interface IdentityPolicy {
  readonly headers: Readonly<Record<string, string>>;
  readonly jwt?: IdentityJwt;
}

export interface IdentityJwt {
  readonly header: string;
  readonly audience: string;
  readonly issuer: string;
  readonly lifetime: number;
  readonly key: KeyObject;
  /** What the key's type signs with (RFC 7518 §3.1, RFC 8037). */
  readonly algorithm: 'ES256' | 'ES384' | 'EdDSA' | 'RS256';
}
