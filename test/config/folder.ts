import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { systemRuntime } from '../../src/runtime.js';

/** A folder with a configuration of its own. */
export interface Folder {
  readonly path: string;
  /** Of gateway.yaml. */
  readonly file: string;
  /** Writes a file into it; `mode` 0600 unless said otherwise. */
  write(name: string, text: string, mode?: number): string;
  remove(): void;
}

/** A gateway without TLS whose keys are there, and nothing else. */
export const GATEWAY = `listeners:
  - { address: 127.0.0.1, port: 0 }
admin: false
farmKeys: { fromFile: farm-keys.json }
trustedProxies: [127.0.0.1]
drain: { delay: 0s, timeout: 2s }
`;

/** A service that needs no other file; behind a proxy that terminates TLS. */
export function service(name: string, target = 'http://127.0.0.1:1'): string {
  return `service: ${name}
match: { path: /${name} }
upstream: { targets: ["${target}"] }
binding: { kind: transport, algorithmSuite: Basic256 }
bootstrap:
  - { credential: anonymous }
`;
}

/** @param files name → text; `gateway.yaml` and `farm-keys.json` are there without being named */
export function folder(files: Readonly<Record<string, string>> = {}): Folder {
  const path = mkdtempSync(join(tmpdir(), 'sct-gateway-'));
  const write = (name: string, text: string, mode = 0o600): string => {
    const file = join(path, name);
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode });
    return file;
  };
  const all = { 'gateway.yaml': GATEWAY, 'farm-keys.json': generateKeyRing(systemRuntime), ...files };
  for (const [name, text] of Object.entries(all)) write(name, text);
  return {
    path,
    file: join(path, 'gateway.yaml'),
    write,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
