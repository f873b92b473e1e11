/**
 * Carries out deploy/Dockerfile without a container engine: each stage in a clean Debian root (mmdebstrap), what RUN says
 * in a chroot, what COPY says from what the .dockerignore leaves of the project. Then the service is started in the last
 * root as its USER, with the root file system mounted read-only, asked by the HEALTHCHECK, and stopped. Needs root.
 *
 * Both base images are stood in for by the same Debian release and this machine's Node; the second also loses its shell.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execForm, readDockerfile } from './dockerfile.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'sct-gateway-image-'));
const mounted = [];
let failed = 0;

/** @type {(what: string, holds: boolean, why?: unknown) => void} */
const check = (what, holds, why = '') => {
  if (!holds) failed++;
  console.log(holds ? `ok image: ${what}` : `FAILED image: ${what} ${why}`);
};

/** @type {(command: string, args: string[], options?: object) => string} */
const run = (command, args, options = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.slice(-2000)}`);
  return stdout;
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

/** A minimal Debian with this machine's Node where the image has it. */
function debianRoot(name) {
  const tar = join(work, 'debian.tar');
  if (!existsSync(tar)) {
    run('mmdebstrap', ['--variant=essential', '--include=ca-certificates,libstdc++6', 'bookworm', tar], {
      timeout: 600_000,
    });
  }
  const root = join(work, name);
  mkdirSync(root);
  run('tar', ['-xf', tar, '-C', root]);
  return root;
}

function addNode(root, path) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(process.execPath, join(root, path), { dereference: true });
}

/** npm as node's image has it, and how this machine reaches its registry: of the build alone. */
function addNpm(root) {
  const npm = dirname(dirname(run('readlink', ['-f', run('which', ['npm']).trim()]).trim()));
  cpSync(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/npm'), '#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n', {
    mode: 0o755,
  });
  const files = [
    [run('npm', ['config', 'get', 'userconfig']).trim(), 'root/.npmrc'],
    ['/etc/resolv.conf', 'etc/resolv.conf'],
    ['/etc/hosts', 'etc/hosts'],
  ];
  const bundle = process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(bundle)) files.push([bundle, 'etc/ssl/certs/ca-certificates.crt']);
  for (const [from, to] of files) {
    if (!existsSync(from)) continue;
    rmSync(join(root, to), { force: true });
    cpSync(from, join(root, to), { dereference: true });
  }
}

function inRoot(root, directory, command) {
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: '/root',
    NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
  };
  run('mount', ['--bind', '/dev', join(root, 'dev')]);
  run('mount', ['--bind', '/proc', join(root, 'proc')]);
  try {
    run('/usr/sbin/chroot', [root, '/bin/sh', '-c', `cd ${directory} && ${command}`], {
      env: environment,
      timeout: 600_000,
    });
  } finally {
    run('umount', [join(root, 'dev'), join(root, 'proc')]);
  }
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

/** What a container has from outside: the configuration. */
function configure(root, owner) {
  const etc = join(work, 'configuration');
  mkdirSync(etc);
  const cli = join(project, 'dist/cli.js');
  run(process.execPath, [cli, 'keys', 'generate', '--out', join(etc, 'farm-keys.json')]);
  const files = {
    'gateway.yaml':
      'listeners: [{ port: 18081 }]\nadmin: { port: 9090 }\nfarmKeys: { fromFile: farm-keys.json }\ncertificates: [{ certificate: service.pem, privateKey: { fromFile: service.key } }]\npolicies: .\ndrain: { delay: 0s, timeout: 5s }\n',
    'orders.yaml':
      'service: orders\nmatch: { path: /orders }\nupstream: { targets: [http://127.0.0.1:1] }\nbinding: { kind: symmetric, algorithmSuite: Basic256 }\nbootstrap: [{ binding: symmetric, credential: anonymous }]\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
  const [key, certificate] = ['service.key', 'service.pem'].map((name) => join(etc, name));
  run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    '-subj',
    '/CN=x',
    '-days',
    '2',
  ]);
  run('chown', ['-R', owner, etc]);
  mkdirSync(join(root, 'etc/sct-gateway'));
}

function mount(...args) {
  run('mount', args);
  if (args[0] === '--bind') mounted.push(args.at(-1));
}

async function serve(root, said) {
  configure(root, said.user);
  mount('--bind', root, root);
  mount('-o', 'remount,bind,ro', root);
  mount('--bind', join(work, 'configuration'), join(root, 'etc/sct-gateway'));
  mount('--bind', '/dev', join(root, 'dev'));
  const [user = ''] = said.user.split(':');
  const command = (words) => [
    ['/usr/sbin/chroot', `--userspec=${said.user}`, root, ...words],
    { env: { ...said.environment, PATH: '/nodejs/bin' }, encoding: 'utf8' },
  ];
  const [start, options] = command([...execForm(said.entrypoint), ...execForm(said.cmd)]);
  const child = spawn(start[0], start.slice(1), { ...options, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (log += part));
  const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)));
  for (let tries = 0; tries < 300 && !log.includes('process.ready') && child.exitCode === null; tries++)
    await wait(100);
  check('the service starts', log.includes('process.ready'), log);
  const probe = /CMD (\[.*\])$/.exec(said.healthcheck)?.[1] ?? '[]';
  const ask = () => {
    const [words, its] = command(execForm(probe));
    return spawnSync(words[0], words.slice(1), { ...its, cwd: root }).status;
  };
  check('HEALTHCHECK says healthy', ask() === 0);
  const fault = await fetch('http://127.0.0.1:18081/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/soap+xml' },
    body: '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
  });
  check(
    'a message without security meets a SOAP fault',
    fault.status === 500 && (await fault.text()).includes('Fault'),
  );
  const [uid, effective] = ownerOf(child.pid);
  check('it runs as the user of the image', uid === user && effective === '0000000000000000', `${uid} ${effective}`);
  const [writer, its] = command(['/nodejs/bin/node', '-e', "require('fs').writeFileSync('/app/x', '')"]);
  const refused = spawnSync(writer[0], writer.slice(1), { ...its, cwd: root });
  check('nothing in it can be written', /EROFS/.test(refused.stderr), refused.stderr);
  child.kill('SIGTERM');
  check('it drains and ends with 0 on SIGTERM', (await ended) === 0, log);
  check('HEALTHCHECK says it is gone', ask() === 1);
}

/** User id and effective capabilities of a process. */
function ownerOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return [/^Uid:\t(\d+)/m.exec(status)?.[1], /^CapEff:\t(\S+)/m.exec(status)?.[1]];
}

try {
  const context = buildContext();
  const roots = new Map();
  const [build, image] = readDockerfile(readFileSync(join(project, 'deploy/Dockerfile'), 'utf8'));
  const first = debianRoot('build');
  addNode(first, 'usr/bin/node');
  addNpm(first);
  carryOut(build, first, context, roots);
  roots.set(build.name, first);
  const last = debianRoot('image');
  addNode(last, 'nodejs/bin/node');
  const said = carryOut(image, last, context, roots);
  for (const shell of ['bin/sh', 'bin/dash', 'bin/bash']) rmSync(join(last, shell), { force: true });
  check('nothing of the build is left', !existsSync(join(last, 'app/node_modules/typescript')));
  check('and no source map', run('find', [join(last, 'app/dist'), '-name', '*.map']) === '');
  const size = Number(run('du', ['-sm', join(last, 'app')]).split('\t')[0]);
  check(`/app has ${size} MB`, size < 100);
  await serve(last, said);
} catch (error) {
  check('is built and started', false, error);
} finally {
  for (const target of [...mounted].reverse()) spawnSync('umount', [target]);
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
