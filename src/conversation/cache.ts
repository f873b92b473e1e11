import { LRUCache } from 'lru-cache';
import { type DerivedKeyParameters, deriveKey } from '../crypto/psha1.js';
import { secret } from '../crypto/secret.js';
import { type OuterToken, requireBinding, type SecurityContext } from './context.js';

/** A context as this node knows it. */
export interface Conversation {
  readonly context: SecurityContext;
  /** Id of the farm key that sealed it; undefined for one that never left this process. */
  readonly kid: string | undefined;
  /** The key of a DerivedKeyToken, remembered while it is among the last used. @throws GatewayError `crypto.derive` */
  derivedKey(parameters: DerivedKeyParameters): Buffer;
  /** Messages of this Identifier that failed their proof on this node; at 20 the caller refuses unread (security.md C4). */
  readonly failures: number;
  recordFailure(): void;
}

/** A cookie under a symmetric key opens at once, one under a certificate's key later. */
export type OpenCookie = (cookie: string, outer: OuterToken) => SecurityContext | Promise<SecurityContext>;

export interface CacheSizes {
  /** Opened contexts. */
  readonly entries: number;
  /** Derived keys of each. WCF repeats two for a whole session, CXF takes two new ones for each message. */
  readonly derivedKeys: number;
}

/**
 * Failures outlive the context's entry, or an attacker could wash them away with other conversations: now he needs as many
 * that fail too. Never fewer than this are counted.
 */
const MIN_FAILURES = 1024;
/** WCF's quotas for Nonce and Label; longer ones are derived without being remembered. */
const MAX_REMEMBERED = 128;

/**
 * Opened cookies by their exact text (design.md §2.7), never by Identifier: a hit proves no more than that this text was
 * opened before, and the outer token is compared again.
 */
export class ConversationCache {
  readonly #open: OpenCookie;
  readonly #derivedKeys: number;
  readonly #now: () => number;
  readonly #byCookie: LRUCache<string, Conversation>;
  readonly #byInstance = new Map<string, string>();
  readonly #failures: LRUCache<string, number>;
  /** Changes with each `retain`. */
  #epoch = 0;

  /** @param now milliseconds since the epoch: an entry ends when its context does */
  constructor(open: OpenCookie, sizes: CacheSizes, now: () => number = Date.now) {
    this.#open = open;
    this.#derivedKeys = sizes.derivedKeys;
    this.#now = now;
    this.#byCookie = new LRUCache({
      max: sizes.entries,
      dispose: (conversation, cookie) => this.#forget(conversation.context, cookie),
    });
    this.#failures = new LRUCache({ max: Math.max(sizes.entries, MIN_FAILURES) });
  }

  get size(): number {
    return this.#byCookie.size;
  }

  /**
   * The conversation of a cookie. An expired one is opened and returned, not kept: whether it may be renewed is the caller's question.
   *
   * @returns a promise only where the cookie is not known and does not open at once
   * @throws GatewayError whatever opening throws; `token.binding`
   */
  resolve(cookie: string, outer: OuterToken): Conversation | Promise<Conversation> {
    const known = this.#byCookie.get(cookie);
    if (known !== undefined) {
      requireBinding(known.context, outer);
      if (known.context.expires <= this.#now()) this.#byCookie.delete(cookie);
      return known;
    }
    const opened = this.#open(cookie, outer);
    return opened instanceof Promise ? this.#openLater(cookie, opened) : this.#keep(cookie, opened);
  }

  /** The kept conversation of a reference without a token. Its service and version are the caller's to compare. */
  byIdentifier(identifier: string, instance?: string): Conversation | undefined {
    const cookie = this.#byInstance.get(instanceKey(identifier, instance));
    const conversation = cookie === undefined ? undefined : this.#byCookie.get(cookie);
    return conversation !== undefined && conversation.context.expires > this.#now() ? conversation : undefined;
  }

  /** Forgets every context whose cookie is not to be accepted any more, and keeps none that is being opened meanwhile. */
  retain(accepts: (cookie: string) => boolean): void {
    this.#epoch++;
    for (const cookie of [...this.#byCookie.keys()]) if (!accepts(cookie)) this.#byCookie.delete(cookie);
  }

  /** Forgets a context; its failures stay. */
  delete(identifier: string, instance?: string): void {
    const cookie = this.#byInstance.get(instanceKey(identifier, instance));
    if (cookie !== undefined) this.#byCookie.delete(cookie);
  }

  async #openLater(cookie: string, opening: Promise<SecurityContext>): Promise<Conversation> {
    const epoch = this.#epoch;
    const context = await opening;
    // Another message of the conversation may have been opened in the meantime.
    const known = this.#byCookie.get(cookie);
    if (known !== undefined) return known;
    return epoch === this.#epoch ? this.#keep(cookie, context) : this.conversationOf(context, cookie);
  }

  #keep(cookie: string, context: SecurityContext): Conversation {
    // A copy: the text is a slice of the message, and as a key it would keep the whole message in memory.
    const text = Buffer.from(cookie, 'latin1').toString('latin1');
    const conversation = this.conversationOf(context, text);
    if (context.expires > this.#now()) {
      this.#byCookie.set(text, conversation);
      this.#byInstance.set(instanceKey(context.identifier, context.instance), text);
    }
    return conversation;
  }

  #forget(context: SecurityContext, cookie: string): void {
    const key = instanceKey(context.identifier, context.instance);
    // Two cookies may stand for one instance; only the one that the index names takes its entry along.
    if (this.#byInstance.get(key) === cookie) this.#byInstance.delete(key);
  }

  /** A conversation that this cache does not keep; its failures are counted with all others. */
  conversationOf(context: SecurityContext, cookie?: string): Conversation {
    const failures = this.#failures;
    const { identifier } = context;
    return {
      context,
      get kid() {
        return cookie === undefined ? undefined : kidOf(cookie);
      },
      derivedKey: rememberKeys(context.key, this.#derivedKeys),
      get failures() {
        return failures.get(identifier) ?? 0;
      },
      recordFailure() {
        failures.set(identifier, (failures.get(identifier) ?? 0) + 1);
      },
    };
  }
}

/** Of a cookie that has been opened: what its header says is proven. */
function kidOf(cookie: string): string | undefined {
  const header: unknown = JSON.parse(Buffer.from(cookie.slice(0, cookie.indexOf('.')), 'base64url').toString('utf8'));
  const kid: unknown = typeof header === 'object' && header !== null ? Reflect.get(header, 'kid') : undefined;
  return typeof kid === 'string' ? kid : undefined;
}

/** A Map in order of use: an LRUCache for each conversation would cost 5 µs and 2 KB before it holds anything. */
function rememberKeys(key: Buffer, max: number): (parameters: DerivedKeyParameters) => Buffer {
  const remembered = new Map<string, Buffer>();
  return (parameters) => {
    const { label, nonce, offset, length } = parameters;
    if (nonce.length > MAX_REMEMBERED || (label?.length ?? 0) > MAX_REMEMBERED) return deriveKey(key, parameters);
    // The nonce's length stands before it, so that no label can pass for a part of a nonce.
    const id = `${offset}.${length}.${nonce.length}.${nonce.toString('latin1')}${label === undefined ? '' : `=${label}`}`;
    const known = remembered.get(id);
    const derived = known ?? secret(deriveKey(key, parameters));
    if (known !== undefined) remembered.delete(id);
    else if (remembered.size >= max) remembered.delete(remembered.keys().next().value!);
    remembered.set(id, derived);
    return derived;
  };
}

/** An Identifier is a URI: it holds no white space. */
export function instanceKey(identifier: string, instance: string | undefined): string {
  return instance === undefined ? identifier : `${identifier} ${instance}`;
}
