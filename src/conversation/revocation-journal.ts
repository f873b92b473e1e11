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
  /** The journal has an ending that is not remembered here, or what is no ending. */
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
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  /** @returns whether it is known here now */
  const apply = (text: string): boolean => {
    const ending = parseEnding(text);
    if (ending === undefined) {
      onIncomplete('an entry that is no ending');
      return true;
    }
    try {
      ending.apply(revocations);
      return true;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      onIncomplete(error.message);
      return false;
    }
  };

  const readAll = async (): Promise<void> => {
    const begun = performance.now();
    if (interruptions !== store.interruptions) {
      interruptions = store.interruptions;
      position = earlier(position);
      for (const [text, { at }] of recent) if (begun - at < OVERLAP) recent.set(text, { at, told: false });
    }
    let known = true;
    for (let more = true; more && !closed; ) {
      const page = await store.read(JOURNAL, position);
      for (const entry of page.entries) known = apply(entry) && known;
      ({ position, more } = page);
    }
    if (known) complete = begun;
    else position = '';
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
