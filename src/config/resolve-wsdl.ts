import { basename, dirname, join } from 'node:path';
import { GatewayError } from '../errors.js';
import { publishedVersions, WSDL } from '../policy/publish/names.js';
import { collectFiles } from '../policy/publish/sources.js';
import { attempt, type Resolving } from './resolving.js';
import type { ServiceFile } from './service-schema.js';
import type { WsdlFile, WsdlPublication } from './types.js';

export function resolveWsdl({ wsdl, conversation }: ServiceFile, resolving: Resolving): WsdlPublication {
  if (wsdl === false) return false;
  if (publishedVersions(conversation.versions).length === 0) {
    resolving.report(['wsdl'], 'cannot be published: WS-SecurityPolicy has no words for 2004-04');
  }
  if (wsdl === true) return {};
  const { file: name, address, soap } = wsdl;
  if (address !== undefined && /[?#]/.test(address)) {
    resolving.report(['wsdl', 'address'], 'must not have a query or a fragment');
  }
  if (soap !== undefined && new Set(soap).size !== soap.length) {
    resolving.report(['wsdl', 'soap'], 'a version stands twice');
  }
  const file = name === undefined ? undefined : readWsdl(name, resolving);
  return {
    ...(file === undefined ? {} : { file }),
    ...(address === undefined ? {} : { address }),
    ...(soap === undefined ? {} : { soap }),
  };
}

/** In the place of a file that cannot be read, so that what else is wrong is found too. */
const NOTHING = `<definitions xmlns="${WSDL}"/>`;

/** Reads the file and what it imports, so that what is wrong with them stops the start and not a client. */
function readWsdl(name: string, resolving: Resolving): WsdlFile | undefined {
  const path = ['wsdl', 'file'];
  const { files } = resolving;
  const file = files.resolve(resolving.file, name);
  const documents = new Map<string, string>();
  const read = (each: string): string => {
    const imported = join(dirname(file), each);
    const text = attempt(resolving, path, imported, () => files.text(imported).replace(/^\ufeff/, ''));
    if (text !== undefined) documents.set(each, text);
    return text ?? NOTHING;
  };
  try {
    collectFiles(basename(file), read);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { location } = error.details;
    const where = typeof location === 'string' ? `${location.slice(1)}: ` : '';
    resolving.report(path, where + error.message);
    return undefined;
  }
  return { name: basename(file), documents };
}
