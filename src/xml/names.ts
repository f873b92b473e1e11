import { CLASS, isHighSurrogate, isLowSurrogate, NAME_CHAR, NAME_PART, NAME_START, WHITE_SPACE } from './characters.js';
import type { XmlLimits } from './limits.js';
import { refuse, refuseLimit } from './refuse.js';
import type { Units } from './units.js';

const COLON = 0x3a;
/** Names reach to #xEFFFF (production 4); the planes after it begin with this unit. */
const LAST_HIGH_SURROGATE = 0xdb7f;

/**
 * Checks that a QName (Namespaces in XML 1.0 §4) stands at `from` … `to`.
 *
 * @returns the colon's offset, or -1
 * @throws GatewayError `xml.malformed` for a character that no name has, `xml.namespace` for a colon out of place
 */
export function checkName(units: Units, from: number, to: number): number {
  const classes = CLASS;
  const start = NAME_START;
  const part = NAME_CHAR;
  let colon = -1;
  let first = true;
  for (let i = from; i < to; i++) {
    const unit = units[i]!;
    if ((classes[unit]! & (first ? start : part)) !== 0) {
      first = false;
    } else if (unit === COLON) {
      if (first || colon >= 0) refuse('xml.namespace', 'a name is not a QName', i);
      colon = i;
      first = true;
    } else if (isHighSurrogate(unit) && unit <= LAST_HIGH_SURROGATE && i + 1 < to && isLowSurrogate(units[i + 1]!)) {
      first = false;
      i++;
    } else {
      refuse('xml.malformed', 'a character that cannot stand there in a name', i);
    }
  }
  if (first) refuse(colon < 0 ? 'xml.malformed' : 'xml.namespace', 'a name is missing', to);
  return colon;
}

/**
 * Offset after the name at `from`, whose characters `checkName` judges.
 *
 * @throws GatewayError `xml.malformed`, `xml.limit`
 */
export function nameEnd(units: Units, limits: XmlLimits, from: number): number {
  const classes = CLASS;
  const part = NAME_PART;
  let at = from;
  while ((classes[units[at]!]! & part) !== 0) at++;
  if (at === from) refuse('xml.malformed', 'a name is missing', from);
  if (at - from > limits.name) refuseLimit('name', limits.name, from);
  return at;
}

/** Offset after the white space at `from`, if there is any. */
export function skipSpace(units: Units, from: number): number {
  const classes = CLASS;
  const space = WHITE_SPACE;
  let at = from;
  while ((classes[units[at]!]! & space) !== 0) at++;
  return at;
}
