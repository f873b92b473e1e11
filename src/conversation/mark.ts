import { createHmac } from 'node:crypto';
import { equal } from '../crypto/mac.js';
import type { Runtime } from '../runtime.js';

/**
 * The mark of our own answers (security.md W25). An answer is signed with the keys of the conversation that its request was, so
 * that it would prove itself as a request. Its Timestamp's wsu:Id, which is signed, says under a key of the conversation that
 * we wrote it; any node that has the context recognises it. No client makes such an Id by chance.
 */
const LABEL = 'sct-gateway/own-answer/v1';
const MARKED = /^TS-([0-9a-f]{32})-([0-9a-f]{16})$/;

/** An Id for an answer's Timestamp: an NCName, unique, and recognisable to `isMarked`. @param key the context's key */
export function markId(key: Buffer, runtime: Pick<Runtime, 'randomBytes'>): string {
  const random = runtime.randomBytes(16).toString('hex');
  return `TS-${random}-${proof(key, random).toString('hex')}`;
}

/** Whether `id` was made by `markId` with this key, on any node. */
export function isMarked(key: Buffer, id: string): boolean {
  const match = MARKED.exec(id);
  return match !== null && equal(proof(key, match[1]!), Buffer.from(match[2]!, 'hex'));
}

/** The label tells this use of the key from all others: nothing else that is signed with it begins so. */
function proof(key: Buffer, random: string): Buffer {
  return createHmac('sha256', key).update(LABEL).update(random).digest().subarray(0, 8);
}
