import { demand, type ReceivedDocument } from './document.js';
import type { Expectation } from './expectation.js';
import { ADDRESSINGS } from './names.js';

/** The addressing headers of the request's version, by local name; each at most once. */
export function readAddressing<N>(
  document: ReceivedDocument<N>,
  headers: readonly N[],
  { shape }: Expectation,
): Map<string, N> {
  const found = new Map<string, N>();
  const { namespace } = ADDRESSINGS[shape.addressing];
  for (const node of headers) {
    const name = document.name(node);
    if (namespace === '' || name.namespace !== namespace) continue;
    demand(!found.has(name.local), 'addressing', `two ${name.local}`);
    found.set(name.local, node);
  }
  return found;
}

/** RelatesTo is the request's MessageID, To absent or anonymous, Action what was expected unless it is a fault. */
export function checkAddressing<N>(
  document: ReceivedDocument<N>,
  headers: ReadonlyMap<string, N>,
  expected: Expectation,
  fault: boolean,
): void {
  if (expected.shape.addressing === 'none') return;
  const said = (name: string): string | undefined => {
    const node = headers.get(name);
    return node === undefined ? undefined : document.text(node).trim();
  };
  // The fault of what could not be read relates to nothing; perhaps no addressing version is known for it either.
  if (fault && headers.size === 0) return;
  const unread = fault && said('RelatesTo') === undefined;
  demand(unread || said('RelatesTo') === expected.messageId, 'relates-to', `${said('RelatesTo')}`);
  demand(said('Action') !== undefined, 'action', 'no Action');
  if (!fault && expected.action !== undefined)
    demand(said('Action') === expected.action, 'action', `${said('Action')}`);
  demand(
    [undefined, ADDRESSINGS[expected.shape.addressing].anonymous].includes(said('To')),
    'addressing',
    `To ${said('To')}`,
  );
}
