/**
 * Carries out deploy/Dockerfile without a container engine: each stage in a clean Debian root (mmdebstrap), what RUN says
 * in a chroot, what COPY says from what the .dockerignore leaves of the project. Then the service is started in the last
 * root as its USER, with the root file system mounted read-only, asked by the HEALTHCHECK, and stopped. Needs root.
 *
 * Both base images are stood in for by the same Debian release and this machine's Node; the second also loses its shell.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './container.js';
import { addNode, addNpm, debianRoot, inRoot, run } from './debian-root.js';
import { readDockerfile } from './dockerfile.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'sct-gateway-image-'));
const mounted = [];
let failed = 0;

/** @type {(what: string, holds: boolean, why?: unknown) => void} */
const check = (what, holds, why = '') => {
  if (!holds) failed++;
  console.log(holds ? `ok image: ${what}` : `FAILED image: ${what} ${why}`);
};

/** The context of a build: the project, less what its ignore file leaves out. */
function buildContext() {
  const kept = readFileSync(join(project, 'deploy/Dockerfile.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const context = join(work, 'context');
  for (const name of kept) cpSync(join(project, name), join(context, name), { recursive: true });
  rmSync(join(context, 'policies/keys'), { recursive: true, force: true });
  return context;
}

/** @returns what a stage says of the image besides its files */
function carryOut({ instructions }, root, context, roots) {
  const said = { directory: '/', environment: {} };
  for (const { name, value } of instructions) {
    if (name === 'WORKDIR') {
      said.directory = resolve(said.directory, value);
      mkdirSync(join(root, said.directory), { recursive: true });
    } else if (name === 'COPY') {
      const [, from, rest = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(value) ?? [];
      const parts = rest.split(/\s+/);
      const to = parts.pop() ?? '';
      const source = from === undefined ? context : roots.get(from);
      for (const part of parts) {
        const target = resolve(said.directory, to, ...(to.endsWith('/') ? [basename(part)] : []));
        cpSync(join(source, part), join(root, target), { recursive: true });
      }
    } else if (name === 'RUN') inRoot(root, said.directory, value);
    else if (name === 'ENV') Object.assign(said.environment, Object.fromEntries([value.split('=')]));
    else said[name.toLowerCase()] = value;
  }
  return said;
}

try {
  const context = buildContext();
  const roots = new Map();
  const [build, image] = readDockerfile(readFileSync(join(project, 'deploy/Dockerfile'), 'utf8'));
  const first = debianRoot(work, 'build');
  addNode(first, 'usr/bin/node');
  addNpm(first);
  carryOut(build, first, context, roots);
  roots.set(build.name, first);
  const last = debianRoot(work, 'image');
  addNode(last, 'nodejs/bin/node');
  const said = carryOut(image, last, context, roots);
  for (const shell of ['bin/sh', 'bin/dash', 'bin/bash']) rmSync(join(last, shell), { force: true });
  check('nothing of the build is left', !existsSync(join(last, 'app/node_modules/typescript')));
  check('and no source map', run('find', [join(last, 'app/dist'), '-name', '*.map']) === '');
  const size = Number(run('du', ['-sm', join(last, 'app')]).split('\t')[0]);
  check(`/app has ${size} MB`, size < 100);
  await serve({ work, root: last, said, check, mounted });
} catch (error) {
  check('is built and started', false, error);
} finally {
  for (const target of [...mounted].reverse()) spawnSync('umount', [target]);
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
