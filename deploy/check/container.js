/** Starts a root as a container engine would: read-only, as its user, with the configuration from outside. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from './debian-root.js';
import { execForm } from './dockerfile.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What a container has from outside: the configuration. */
function configure(work, root, owner) {
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

/**
 * @param said USER, ENTRYPOINT, CMD, HEALTHCHECK and the environment of the image
 * @param mounted takes what is to be unmounted
 */
export async function serve({ work, root, said, check, mounted }) {
  configure(work, root, said.user);
  const mount = (...args) => {
    run('mount', args);
    if (args[0] === '--bind') mounted.push(args.at(-1));
  };
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
