import type { ServicePolicy } from '../../config/types.js';
import { escapeAttribute } from '../../xml/escape.js';
import type { DocumentKind } from './document.js';
import { documentQuery, fill, type RewrittenService, rewriteDocuments, type Templates } from './rewrite.js';
import {
  collectFiles,
  collectUpstream,
  type Digests,
  isUnchanged,
  type SourceOptions,
  upstreamReader,
} from './sources.js';

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

/** How long the upstream's documents are taken for what they are, and how long for broken. Milliseconds. */
const FRESH = 60_000;
const FRESH_FAILURE = 2_000;

interface Made {
  readonly templates: Templates;
  /** Empty where the documents are files. */
  readonly digests: Digests;
}

interface Publication {
  readonly made: Promise<Made>;
  /** Milliseconds since the epoch. */
  until: number;
}

/** The address for a service's ports: over a transport binding an http address could not be used (WCF refuses it). */
function portAddress({ wsdl, binding }: RewrittenService, url: string): string {
  return wsdl.address ?? (binding.kind === 'transport' ? url.replace(/^http:/, 'https:') : url);
}

/**
 * Publishes the documents of services. An upstream is asked once a minute at most, however many ask for its WSDL at
 * once, and every two seconds while it fails; nobody has to prove anything to ask.
 */
export function createPublisher(options: SourceOptions): Publish {
  const { runtime } = options;
  const publications = new Map<string, Publication>();

  async function make(service: RewrittenService & ServicePolicy, requestId: string, last?: Made): Promise<Made> {
    const { file } = service.wsdl;
    if (file !== undefined) {
      const documents = collectFiles(file.name, (name) => file.documents.get(name) ?? '');
      return { templates: rewriteDocuments(documents, service), digests: new Map() };
    }
    const read = upstreamReader(service, requestId, options);
    if (last !== undefined && (await isUnchanged(last.digests, read))) return last;
    const [documents, digests] = await collectUpstream(service, read);
    return { templates: rewriteDocuments(documents, service), digests };
  }

  async function publication(service: RewrittenService & ServicePolicy, requestId: string): Promise<Made> {
    const known = publications.get(service.name);
    if (known !== undefined && runtime.now() < known.until) return known.made;
    const last = known?.made.catch(() => undefined);
    const made = Promise.resolve(last).then((before) => make(service, requestId, before));
    const current: Publication = { made, until: Number.POSITIVE_INFINITY };
    publications.set(service.name, current);
    made.then(
      () => {
        if (service.wsdl.file === undefined) current.until = runtime.now() + FRESH;
      },
      () => {
        current.until = runtime.now() + FRESH_FAILURE;
      },
    );
    return made;
  }

  return async (service, { kind, name, url, requestId }) => {
    const { wsdl } = service;
    if (wsdl === false) return undefined;
    const published = { ...service, wsdl };
    const { templates } = await publication(published, requestId);
    const template = templates.get(documentQuery(kind, name));
    return template === undefined
      ? undefined
      : fill(template, escapeAttribute(portAddress(published, url)), escapeAttribute(url));
  };
}
