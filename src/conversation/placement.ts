/**
 * Where a token carries its cookie. In an element of the extensibility area it comes back from every client that keeps
 * the token as it got it. gSOAP does not: it rebuilds the token from the Identifier, and so do clients that send a mere
 * reference. For them the cookie is a part of the Identifier, which is a URI that everybody echoes.
 */
export type Placement = 'extension' | 'identifier';

/** What an Identifier says: the context's own name, and the cookie where it holds one. */
export interface PlacedIdentifier {
  readonly identifier: string;
  readonly cookie: string | undefined;
}

const UUID = 'urn:uuid:';
/** A UUID and a compact JWE, all of whose characters may stand in a URN (RFC 8141 §2). */
const PLACED = /^urn:sct-gateway:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9_.-]+)$/;

/** The Identifier to write for a context whose own is `urn:uuid:…`. */
export function placeInIdentifier(identifier: string, cookie: string): string {
  return `urn:sct-gateway:${identifier.slice(UUID.length)}:${cookie}`;
}

/** Reads an Identifier as a message has it. */
export function readPlaced(written: string): PlacedIdentifier {
  const [, uuid, cookie] = PLACED.exec(written) ?? [];
  return uuid === undefined ? { identifier: written, cookie: undefined } : { identifier: `${UUID}${uuid}`, cookie };
}
