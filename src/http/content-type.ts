const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const TYPE = new RegExp(`^(${TOKEN}/${TOKEN})[ \\t]*(?=;|$)`);
/** RFC 9110 §5.6.6: `OWS ";" OWS [ name "=" ( token / quoted-string ) ]`. Controls are not allowed in the quotes. */
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\\\x00-\\x1f\\x7f]|\\\\[\\x20-\\x7e])*)"))?`,
  'y',
);
const REST = /^[ \t]*$/;

export interface ContentType {
  /** `type/subtype` in lower case. */
  readonly type: string;
  /** By lower-cased name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads a Content-Type strictly (RFC 9110 §8.3.1).
 *
 * @returns undefined for anything else, such as two types in one header or a parameter that is given twice: two
 * readers could take different ones (security.md H6)
 */
export function parseContentType(value: string): ContentType | undefined {
  const type = TYPE.exec(value);
  if (type?.[1] === undefined) return undefined;
  const parameters = new Map<string, string>();
  let at = type[0].length;
  while (at < value.length) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(value);
    if (match === null) {
      if (REST.test(value.slice(at))) break;
      return undefined;
    }
    at = PARAMETER.lastIndex;
    if (match[1] === undefined) continue;
    const name = match[1].toLowerCase();
    if (parameters.has(name)) return undefined;
    parameters.set(name, match[2] ?? (match[3] ?? '').replace(/\\(.)/g, '$1'));
  }
  return { type: type[1].toLowerCase(), parameters };
}
