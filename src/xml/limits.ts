/** What a document may hold, spliced content counted with it (security.md P4, P5). */
export interface XmlLimits {
  /** Open elements. */
  readonly depth: number;
  /** Elements, comments and CDATA sections together: each becomes a node. */
  readonly elements: number;
  /** Attributes of one element, namespace declarations counted. */
  readonly attributes: number;
  /** Namespace declarations. */
  readonly namespaces: number;
  /** UTF-16 code units of a qualified name. */
  readonly name: number;
  /** UTF-16 code units of an attribute value as written. */
  readonly attributeValue: number;
}

/** WCF's and CXF's quotas are above these for every message that they write by default. */
export const DEFAULT_XML_LIMITS: XmlLimits = Object.freeze({
  depth: 64,
  elements: 20_000,
  attributes: 64,
  namespaces: 1024,
  name: 256,
  attributeValue: 65_536,
});
