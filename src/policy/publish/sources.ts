import { createHash } from 'node:crypto';
import type { ServicePolicy } from '../../config/types.js';
import { GatewayError } from '../../errors.js';
import type { Runtime } from '../../runtime.js';
import { collectDocuments, type Octets, type SourceDocument } from './collect.js';
import { DOCUMENT_LIMITS, unpublishable } from './document.js';

/** Where a service's documents come from: a file and what it imports, or the upstream. */

/** Reads a document of the service's upstream with GET. `path` is path and query, `limit` octets. */
export type ReadUpstream = (
  service: ServicePolicy,
  request: { readonly path: string; readonly limit: number; readonly requestId: string },
) => Promise<{ readonly status: number; readonly contentType: string | undefined; readonly body: Buffer }>;

export interface SourceOptions {
  readonly read: ReadUpstream;
  readonly runtime: Pick<Runtime, 'now'>;
}

/** For all documents of a service together. Milliseconds. */
const DEADLINE = 30_000;

/** A file's documents stand below a root of their own: nothing outside the WSDL's folder has a location there. */
const FILE_ORIGIN = 'http://wsdl-file.invalid';

/** @throws GatewayError `upstream.answer` for what cannot be published; whatever `read` throws */
export function collectFiles(start: string, read: (location: string) => string): SourceDocument[] {
  const origin = { start: new URL(`/${encodeURIComponent(start)}`, FILE_ORIGIN), own: [], portsAreOwn: false };
  const walk = collectDocuments(origin);
  let step = walk.next({ octets: '' });
  while (step.done !== true) step = walk.next({ octets: read(fileName(step.value)) });
  return step.value;
}

/** @param location path of a URL, which {@link URL} has freed of dot segments; those that hide in it are refused */
function fileName(location: string): string {
  let name: string | undefined;
  try {
    name = decodeURIComponent(location.slice(1));
  } catch {
    // a stray percent sign
  }
  if (name === undefined || name.split(/[/\\]/).includes('..') || /^[/\\]/.test(name)) {
    throw unpublishable("a location that is outside of the file's folder", { location });
  }
  return name;
}

/** Path and query → digest of what stood there. */
export type Digests = ReadonlyMap<string, string>;

export type Read = (location: string) => Promise<Octets & { readonly digest: string }>;

const CHARSET = /;\s*charset\s*=\s*"?([A-Za-z0-9._-]+)"?/i;

/** Reads a service's documents from its upstream, for as long as one publication may take. */
export function upstreamReader(service: ServicePolicy, requestId: string, { read, runtime }: SourceOptions): Read {
  const deadline = runtime.now() + DEADLINE;
  return async (location) => {
    if (runtime.now() > deadline) throw new GatewayError('upstream.timeout', 'the upstream is too slow', { location });
    const answer = await read(service, { path: location, limit: DOCUMENT_LIMITS.document, requestId });
    if (answer.status !== 200) {
      throw unpublishable('the upstream does not give the document', { location, upstream_status: answer.status });
    }
    const octets = answer.body;
    const charset = CHARSET.exec(answer.contentType ?? '')?.[1];
    const digest = createHash('sha256').update(octets).digest('base64');
    return { octets, digest, ...(charset === undefined ? {} : { charset }) };
  };
}

export async function collectUpstream({ upstream }: ServicePolicy, read: Read): Promise<[SourceDocument[], Digests]> {
  const own = upstream.targets.map(({ origin }) => origin);
  const digests = new Map<string, string>();
  const walk = collectDocuments({ start: new URL(`${own[0] ?? ''}${upstream.path}?wsdl`), own, portsAreOwn: true });
  let step = walk.next({ octets: '' });
  while (step.done !== true) {
    const answer = await read(step.value);
    digests.set(step.value, answer.digest);
    step = walk.next(answer);
  }
  return [step.value, digests];
}

/** Reading is cheap, parsing is not: a megabyte keeps a worker's other messages waiting. */
export async function isUnchanged(digests: Digests, read: Read): Promise<boolean> {
  for (const [location, digest] of digests) if ((await read(location)).digest !== digest) return false;
  return digests.size > 0;
}
