/** Attribute types that clients call differently: .NET writes E and S, Java the OID of an e-mail address (RFC 2253 §2.3). */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['e', 'emailaddress'],
  ['1.2.840.113549.1.9.1', 'emailaddress'],
  ['oid.1.2.840.113549.1.9.1', 'emailaddress'],
  ['s', 'st'],
]);

const SEPARATORS: ReadonlySet<string> = new Set([',', ';', '+', '\n']);
const HEX_PAIRS = /\\((?:[0-9a-f]{2}\\)*[0-9a-f]{2})/giy;
/** BER of a string in hexadecimal (RFC 2253 §2.4): tag, a length of one octet, the value. */
const HEX_VALUE = /^#[0-9a-f]{4}((?:[0-9a-f]{2})*)$/i;

/** The `type=value` parts of a name, without quotes and escapes. */
function partsOf(name: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (let at = 0; at < name.length; at++) {
    const character = name[at] as string;
    if (character === '\\') {
      HEX_PAIRS.lastIndex = at;
      const pairs = HEX_PAIRS.exec(name);
      part += pairs === null ? (name[at + 1] ?? '') : Buffer.from(pairs[1]!.replaceAll('\\', ''), 'hex').toString();
      at += pairs === null ? 1 : pairs[0].length - 1;
    } else if (character === '"') {
      isQuoted = !isQuoted;
    } else if (!isQuoted && SEPARATORS.has(character)) {
      parts.push(part);
      part = '';
    } else {
      part += character;
    }
  }
  return [...parts, part].filter((written) => written.trim() !== '');
}

function normalize(part: string): string {
  const equals = part.indexOf('=');
  const type = part.slice(0, equals).trim().toLowerCase();
  const written = part.slice(equals + 1).trim();
  const hex = HEX_VALUE.exec(written)?.[1];
  const value = hex === undefined ? written : Buffer.from(hex, 'hex').toString();
  return `${TYPES.get(type) ?? type}=${value.toLowerCase().replace(/\s+/g, ' ')}`;
}

/**
 * A distinguished name as a key to compare by: clients write it in either order, with different spacing, escapes, quotes
 * and names of types. Two names with one key are told apart by the serial number beside them and by the proof.
 */
export function nameKey(name: string): string {
  return partsOf(name).map(normalize).sort().join('\n');
}
