import { GatewayError } from '../errors.js';
import type { Store } from '../store/store.js';
import type { Revocations } from './revocation.js';
import { type Ending, parseEnding } from './revocation-entry.js';

/**
 * Tells the nodes of a farm what any of them, or an operator, has ended before its time. Each node reads what is new four times
 * a second, so that no message waits for it: another node may accept a cancelled token for half a second while the
 * store answers.
 */
export interface RevocationJournal {
  /** Milliseconds since all that the journal held was last known here; Infinity before the first time. */
  readonly age: number;
  /**
   * Applies it here, and tells the others. What the store does not take is told later.
   *
   * @throws GatewayError `store.unavailable` where the others do not know of it yet
   */
  publish(ending: Ending): Promise<void>;
  close(): void;
}

export interface JournalOptions {
  readonly store: Store;
  readonly revocations: Revocations;
  /** Milliseconds that the journal keeps an ending: the longest life of a conversation. */
  lifetime(): number;
  /** There was no room here for an ending (`full`), or an entry is none that is known here (`malformed`). */
  onIncomplete(reason: string): void;
}

const JOURNAL = 'revocations';
/** From one reading to the next. Milliseconds. */
const INTERVAL = 250;
/**
 * A master that takes over may lack its predecessor's last moments, and its clock be behind. So far back is read, and told, again.
 * Milliseconds.
 */
const OVERLAP = 60_000;
/** What there was no room for is read again after so long. Milliseconds. */
const REREAD = 10_000;
/** Endings kept to be told, or told again. */
const MAX_RECENT = 10_000;
/** Endings told in one turn. */
const MAX_TOLD = 200;

/**
 * Tells the nodes once, from outside.
 *
 * @param lifetime milliseconds that the journal keeps it
 * @throws GatewayError `store.unavailable`
 */
export function tellJournal(store: Pick<Store, 'append'>, ending: Ending, lifetime: number): Promise<void> {
  return store.append(JOURNAL, ending.text, lifetime);
}

export function createRevocationJournal(options: JournalOptions): RevocationJournal {
  const { store, revocations, lifetime, onIncomplete } = options;
  const recent = new Map<string, { readonly at: number; told: boolean }>();
  let position = '';
  let interruptions = store.interruptions;
  let complete = Number.NEGATIVE_INFINITY;
  /** Since when there is something that was read and not remembered. */
  let missing = Number.POSITIVE_INFINITY;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  /** @returns why it is not known here now */
  const apply = (text: string): 'malformed' | 'full' | undefined => {
    const ending = parseEnding(text);
    if (ending === undefined) return 'malformed';
    try {
      ending.apply(revocations);
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return 'full';
    }
  };

  const readAll = async (): Promise<void> => {
    const begun = performance.now();
    if (interruptions !== store.interruptions) {
      interruptions = store.interruptions;
      position = earlier(position);
      for (const [text, { at }] of recent) if (begun - at < OVERLAP) recent.set(text, { at, told: false });
    }
    if (begun - missing > REREAD) {
      position = '';
      missing = Number.POSITIVE_INFINITY;
    }
    const reasons = new Set<'malformed' | 'full'>();
    for (let more = true; more && !closed; ) {
      const page = await store.read(JOURNAL, position);
      for (const entry of page.entries) {
        const reason = apply(entry);
        if (reason !== undefined) reasons.add(reason);
      }
      ({ position, more } = page);
    }
    for (const reason of reasons) onIncomplete(reason);
    if (reasons.has('full')) missing = Math.min(missing, begun);
    if (missing === Number.POSITIVE_INFINITY) complete = begun;
  };

  const tell = async (text: string): Promise<void> => {
    await store.append(JOURNAL, text, lifetime());
    recent.set(text, { at: performance.now(), told: true });
  };

  const tellLate = async (): Promise<void> => {
    const old = performance.now() - OVERLAP;
    for (const [text, { at, told }] of recent) if (told && at < old) recent.delete(text);
    const late = [...recent].filter(([, { told }]) => !told).slice(0, MAX_TOLD);
    for (const [text] of late) await tell(text);
  };

  const turn = async (): Promise<void> => {
    try {
      if (store.up) {
        await readAll();
        await tellLate();
      }
    } catch (error) {
      if (!(error instanceof GatewayError)) onIncomplete(error instanceof Error ? error.message : 'unknown');
    }
    if (!closed) timer = setTimeout(() => void turn(), INTERVAL).unref();
  };

  void turn();
  return {
    get age() {
      return performance.now() - complete;
    },
    async publish(ending) {
      ending.apply(revocations);
      if (recent.size >= MAX_RECENT) recent.delete(recent.keys().next().value!);
      recent.set(ending.text, { at: performance.now(), told: false });
      await tell(ending.text);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** A position is a time of Redis', in milliseconds, and a number. */
function earlier(position: string): string {
  const time = Number(position.split('-', 1)[0]) - OVERLAP;
  return position !== '' && time > 0 ? `${time}-0` : '';
}
