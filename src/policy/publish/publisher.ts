import type { ServicePolicy, WsdlFile } from '../../config/types.js';
import { GatewayError } from '../../errors.js';
import type { Runtime } from '../../runtime.js';
import { escapeAttribute } from '../../xml/escape.js';
import { collectDocuments, type Octets, type Origin, type SourceDocument } from './collect.js';
import { DOCUMENT_LIMITS, type DocumentKind, unpublishable } from './document.js';
import { documentQuery, fill, type RewrittenService, rewriteDocuments, type Templates } from './rewrite.js';

/** Reads a document of the service's upstream with GET. `path` is path and query, `limit` octets. */
export type ReadUpstream = (
  service: ServicePolicy,
  request: { readonly path: string; readonly limit: number; readonly requestId: string },
) => Promise<{ readonly status: number; readonly contentType: string | undefined; readonly body: Buffer }>;

export interface PublisherOptions {
  readonly read: ReadUpstream;
  readonly runtime: Pick<Runtime, 'now'>;
}

export interface PublicationRequest {
  readonly kind: DocumentKind;
  /** Empty: the service's own WSDL. */
  readonly name: string;
  /** URL under which the client knows the service: scheme, host, path. */
  readonly url: string;
  readonly requestId: string;
}

/**
 * Gives a document of a service as it is published.
 *
 * @returns undefined where the service has no such document
 * @throws GatewayError `upstream.*` where the upstream's documents cannot be had or not be published
 */
export type Publish = (service: ServicePolicy, request: PublicationRequest) => Promise<string | undefined>;

/** For all documents of a service together. Milliseconds. */
const DEADLINE = 30_000;

/** How long the upstream's documents are taken for what they are, and how long for broken. Milliseconds. */
const FRESH = 60_000;
const FRESH_FAILURE = 2_000;

type Publication = { readonly templates: Promise<Templates>; until: number };

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

async function collect(origin: Origin, read: (location: string) => Promise<Octets>): Promise<SourceDocument[]> {
  const walk = collectDocuments(origin);
  let step = walk.next({ octets: '' });
  while (step.done !== true) step = walk.next(await read(step.value));
  return step.value;
}

const CHARSET = /;\s*charset\s*=\s*"?([A-Za-z0-9._-]+)"?/i;

async function collectUpstream(
  service: ServicePolicy,
  requestId: string,
  { read, runtime }: PublisherOptions,
): Promise<SourceDocument[]> {
  const deadline = runtime.now() + DEADLINE;
  const { targets, path } = service.upstream;
  const own = targets.map(({ origin }) => origin);
  const origin = { start: new URL(`${own[0] ?? ''}${path}?wsdl`), own, portsAreOwn: true };
  return collect(origin, async (location) => {
    if (runtime.now() > deadline) throw new GatewayError('upstream.timeout', 'the upstream is too slow', { location });
    const answer = await read(service, { path: location, limit: DOCUMENT_LIMITS.document, requestId });
    if (answer.status !== 200) {
      throw unpublishable('the upstream does not give the document', { location, upstream_status: answer.status });
    }
    const charset = CHARSET.exec(answer.contentType ?? '')?.[1];
    return { octets: answer.body, ...(charset === undefined ? {} : { charset }) };
  });
}

function fileDocuments({ name, documents }: WsdlFile): SourceDocument[] {
  return collectFiles(name, (location) => documents.get(location) ?? '');
}

/** The address for a service's ports: over a transport binding an http address could not be used (WCF refuses it). */
function portAddress({ wsdl, binding }: RewrittenService, url: string): string {
  return wsdl.address ?? (binding.kind === 'transport' ? url.replace(/^http:/, 'https:') : url);
}

/**
 * Publishes the documents of services. An upstream is asked once a minute at most, however many ask for its WSDL at
 * once, and every two seconds while it fails; nobody has to prove anything to ask.
 */
export function createPublisher(options: PublisherOptions): Publish {
  const { runtime } = options;
  const publications = new Map<string, Publication>();

  async function build(service: RewrittenService & ServicePolicy, requestId: string): Promise<Templates> {
    const { file } = service.wsdl;
    const documents = file === undefined ? await collectUpstream(service, requestId, options) : fileDocuments(file);
    return rewriteDocuments(documents, service);
  }

  function publication(service: RewrittenService & ServicePolicy, requestId: string): Promise<Templates> {
    const known = publications.get(service.name);
    if (known !== undefined && runtime.now() < known.until) return known.templates;
    const made: Publication = { templates: build(service, requestId), until: Number.POSITIVE_INFINITY };
    publications.set(service.name, made);
    made.templates.then(
      () => {
        if (service.wsdl.file === undefined) made.until = runtime.now() + FRESH;
      },
      () => {
        made.until = runtime.now() + FRESH_FAILURE;
      },
    );
    return made.templates;
  }

  return async (service, { kind, name, url, requestId }) => {
    const { wsdl } = service;
    if (wsdl === false) return undefined;
    const published = { ...service, wsdl };
    const template = (await publication(published, requestId)).get(documentQuery(kind, name));
    return template === undefined
      ? undefined
      : fill(template, escapeAttribute(portAddress(published, url)), escapeAttribute(url));
  };
}
