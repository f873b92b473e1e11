import type { KeyRing } from '../conversation/key-ring.js';
import { type Runtime, systemRuntime } from '../runtime.js';
import { type CheckedService, crossCheck } from './cross-check.js';
import { readDocument, type SourceFile } from './document.js';
import { type Files, openFiles, Unusable } from './files.js';
import { deepFreeze } from './freeze.js';
import { type GatewayFile, gatewaySchema } from './gateway-schema.js';
import type { Environment } from './interpolate.js';
import { listPolicies, policyFolder } from './policy-files.js';
import { formatProblem, invalidConfig, type Problem } from './problems.js';
import { openUserFiles } from './resolve-bootstrap.js';
import { type GatewayParts, resolveGateway } from './resolve-gateway.js';
import { resolveKeyRing } from './resolve-key-ring.js';
import { resolveService } from './resolve-service.js';
import { attempt, type Resolving } from './resolving.js';
import { serviceSchema } from './service-schema.js';
import type { Config, ServicePolicy } from './types.js';
import { type Validated, validate } from './validate.js';

export interface LoadOptions {
  readonly environment?: Environment;
  readonly runtime?: Runtime;
  /** In place of the file's `workers`. */
  readonly workers?: number | undefined;
  /** In place of the ring that the file names. */
  readonly keyRing?: KeyRing;
}

/** What is gathered while the files are read. */
interface Loading {
  readonly files: Files;
  readonly environment: Environment;
  readonly runtime: Runtime;
  readonly problems: Problem[];
  readonly workers: number | undefined;
  readonly warnings: string[];
}

/**
 * Reads gateway.yaml, the services' policies, and every file that they name.
 *
 * @param file path of gateway.yaml; problems name files relative to the working directory as this does
 * @throws GatewayError `config.invalid` with *all* problems of all files in details.problems
 */
export function loadConfig(file: string, options: LoadOptions = {}): Config {
  const loading = beginLoading(options);
  const source = readSource(file, loading);
  const gateway = source && validate(gatewaySchema, source, loading.problems);
  const resolved = source && gateway && resolveGateway(gateway.value, resolvingOf(source, gateway, loading));
  const keyRing = options.keyRing ?? resolved?.keyRing;
  const parts = resolved && { ...resolved, keyRing };
  const services = loadServices(file, source, gateway, parts, loading);
  if (loading.problems.length > 0 || parts === undefined || keyRing === undefined)
    throw invalidConfig(loading.problems, loading.files.read);
  return deepFreeze({
    ...parts,
    keyRing,
    workers: options.workers ?? parts.workers,
    services,
    warnings: loading.warnings,
    files: loading.files.read,
  });
}

/**
 * Reads the farm's key ring alone, for what can be done before the rest of the configuration is there.
 *
 * @throws GatewayError `config.invalid`, with the problems of gateway.yaml itself
 */
export function loadKeyRing(file: string, options: Omit<LoadOptions, 'workers'> = {}): KeyRing {
  const loading = beginLoading(options);
  const source = readSource(file, loading);
  const gateway = source && validate(gatewaySchema, source, loading.problems);
  const ring = source && gateway && resolveKeyRing(gateway.value.farmKeys, resolvingOf(source, gateway, loading));
  if (loading.problems.length > 0 || ring === undefined) throw invalidConfig(loading.problems);
  return ring;
}

/**
 * Where the farm's key ring is: the path of a file, or of a folder, or neither where it is in the environment.
 *
 * @throws GatewayError `config.invalid`, with the problems of gateway.yaml itself
 */
export function locateKeyRing(
  file: string,
  options: Pick<LoadOptions, 'environment'> = {},
): { readonly file?: string; readonly folder?: string } {
  const loading = beginLoading(options);
  const source = readSource(file, loading);
  const gateway = source && validate(gatewaySchema, source, loading.problems);
  if (gateway === undefined || loading.problems.length > 0) throw invalidConfig(loading.problems);
  const { fromFile, fromFolder } = gateway.value.farmKeys;
  const { resolve } = loading.files;
  if (fromFile !== undefined) return { file: resolve(file, fromFile) };
  return fromFolder === undefined ? {} : { folder: resolve(file, fromFolder) };
}

function beginLoading({ environment = process.env, runtime = systemRuntime, workers }: LoadOptions): Loading {
  return { files: openFiles(environment), environment, runtime, workers, problems: [], warnings: [] };
}

function loadServices(
  gatewayFile: string,
  source: SourceFile | undefined,
  gateway: Validated<GatewayFile> | undefined,
  parts: GatewayParts | undefined,
  loading: Loading,
): readonly ServicePolicy[] {
  const userFiles = openUserFiles(parts?.keyRing, loading.runtime, loading.problems);
  const policies: ServicePolicy[] = [];
  const checked: CheckedService[] = [];
  for (const name of policyFiles(gatewayFile, source, gateway, loading)) {
    const document = readSource(name, loading);
    const service = document && validate(serviceSchema, document, loading.problems);
    if (document === undefined || service === undefined) continue;
    policies.push(resolveService(service.value, parts?.limits, userFiles, resolvingOf(document, service, loading)));
    checked.push({ name, file: service.value, report: service.report });
  }
  crossCheck(gateway?.complete === true ? gateway.value : undefined, checked, loading.workers);
  return policies;
}

/** The policies are looked for even if gateway.yaml is wrong elsewhere. */
function policyFiles(
  gatewayFile: string,
  source: SourceFile | undefined,
  gateway: Validated<GatewayFile> | undefined,
  { files, runtime, problems }: Loading,
): readonly string[] {
  if (source === undefined) return [];
  const places = gateway?.value.policies ?? '.';
  const report = gateway?.report ?? (() => undefined);
  const resolving: Resolving = {
    file: gatewayFile,
    files,
    now: runtime.now(),
    clock: runtime.now,
    report,
    warn: () => undefined,
  };
  const found = [places].flat().flatMap((place, index) => {
    const path = Array.isArray(places) ? ['policies', index] : ['policies'];
    const resolved = files.resolve(gatewayFile, place);
    const folder = policyFolder(resolved);
    if (folder !== undefined) files.noteFolder(folder);
    return attempt(resolving, path, resolved, () => listPolicies(resolved, gatewayFile)) ?? [];
  });
  const twice = found.find((name, index) => found.indexOf(name) !== index);
  if (twice !== undefined) problems.push(source.problem(['policies'], `${twice} is meant twice`));
  return [...new Set(found)];
}

function readSource(name: string, { files, environment, problems }: Loading): SourceFile | undefined {
  try {
    return readDocument(name, files.text(name), environment, problems);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    problems.push({ file: name, line: 1, column: 1, path: '', message: error.message });
    return undefined;
  }
}

function resolvingOf(
  source: SourceFile,
  { report }: Validated<unknown>,
  { files, runtime, warnings }: Loading,
): Resolving {
  return {
    file: source.name,
    files,
    now: runtime.now(),
    clock: runtime.now,
    report,
    warn: (path, message) => {
      warnings.push(formatProblem(source.problem(path, message)));
    },
  };
}
