/** Clean Debian roots, and what is done in them. Needs root and mmdebstrap. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @type {(command: string, args: string[], options?: object) => string} */
export const run = (command, args, options = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.slice(-2000)}`);
  return stdout;
};

/** A minimal Debian with this machine's Node where the image has it. */
export function debianRoot(work, name) {
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

export function addNode(root, path) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(process.execPath, join(root, path), { dereference: true });
}

/** npm as node's image has it, and how this machine reaches its registry: of the build alone. */
export function addNpm(root) {
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

export function inRoot(root, directory, command) {
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
