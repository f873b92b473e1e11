import type { KeyRing } from '../conversation/key-ring.js';
import { parseUserFile, type User } from '../credentials/user-file.js';
import { createUserStore, mixesCosts, type UserStore } from '../credentials/users.js';
import type { Runtime } from '../runtime.js';
import type { Path, Problem } from './problems.js';
import { resolveBootstrapBinding } from './resolve-binding.js';
import { attempt, type Resolving, readCertificates, readRevocationLists } from './resolving.js';
import type { BootstrapFile, ServiceFile } from './service-schema.js';
import type { Binding, Bootstrap } from './types.js';

/** Users files, each read once however many services name it. */
export interface UserFiles {
  /** Reports at `path` if the file cannot be read, and in the file itself what is wrong with a line. */
  open(
    name: string,
    path: Path,
    resolving: Resolving,
  ): { readonly store: UserStore; readonly users: readonly User[] } | undefined;
}

export function openUserFiles(ring: KeyRing | undefined, runtime: Runtime, problems: Problem[]): UserFiles {
  const opened = new Map<string, { store: UserStore; users: readonly User[] }>();
  return {
    open: (name, path, resolving) => {
      const file = resolving.files.resolve(resolving.file, name);
      const known = opened.get(file);
      if (known !== undefined) return known;
      const text = attempt(resolving, path, file, () => resolving.files.secretText(file));
      if (text === undefined) return undefined;
      const { users, problems: lines } = parseUserFile(text, ring);
      problems.push(...lines.map(({ line, message }) => ({ file, line, column: 1, path: '', message })));
      if (lines.length === 0 && users.length === 0) resolving.report(path, `${file} holds no user`);
      if (mixesCosts(users))
        resolving.warn(path, `${file}: not all hashes have the same cost, so time tells which names exist`);
      const result = { store: createUserStore(users, runtime), users };
      opened.set(file, result);
      return result;
    },
  };
}

export function resolveBootstrap(
  file: BootstrapFile,
  index: number,
  service: {
    readonly binding: Binding;
    readonly file: ServiceFile['binding'];
    readonly versions: ServiceFile['conversation']['versions'];
  },
  userFiles: UserFiles,
  resolving: Resolving,
): Bootstrap {
  const path = ['bootstrap', index] as const;
  const binding = resolveBootstrapBinding(file, path, service, resolving);
  requireFit(
    file,
    binding,
    service.versions.every((version) => version === '2004-04'),
    path,
    resolving,
  );
  const users = resolveUsers(file, path, userFiles, resolving);
  return {
    ...binding,
    credential: file.credential,
    passwords: file.passwords,
    allowInsecurePlaintextPassword: file.allowInsecurePlaintextPassword,
    signatureConfirmation: file.signatureConfirmation,
    ...resolveTrust(file, path, resolving),
    ...(users === undefined ? {} : { users }),
  };
}

function resolveTrust(
  { trust }: BootstrapFile,
  path: Path,
  resolving: Resolving,
): Pick<Bootstrap, 'trust' | 'revocation' | 'certificateName'> {
  if (trust === undefined) return { trust: [], revocation: [], certificateName: 'subject' };
  return {
    trust: readCertificates(resolving, [...path, 'trust', 'file'], trust.file) ?? [],
    revocation: trust.revocation.flatMap((name, index) =>
      readRevocationLists(resolving, [...path, 'trust', 'revocation', index], name),
    ),
    certificateName: trust.name,
  };
}

function requireFit(
  file: BootstrapFile,
  binding: Binding,
  wrapsEntropy: boolean,
  path: Path,
  resolving: Resolving,
): void {
  const { credential } = file;
  const needs = { users: credential === 'username', trust: credential === 'x509' };
  for (const key of ['users', 'trust'] as const) {
    if (needs[key] && file[key] === undefined) resolving.report(path, `credential ${credential} needs ${key}`);
    if (!needs[key] && file[key] !== undefined) {
      resolving.report([...path, key], `has no meaning for credential ${credential}`);
    }
  }
  // WSE 2 encrypts what the key is made of by itself.
  if (binding.kind !== 'transport' && !binding.encryptedParts.body && !wrapsEntropy) {
    resolving.report(
      [...path, 'encryptedParts', 'body'],
      "must be true: the token's key is made of what the request and its answer hold",
    );
  }
  if (binding.kind === 'asymmetric' && credential !== 'x509') {
    resolving.report([...path, 'credential'], 'must be x509: over asymmetric the client signs with its certificate');
  }
  if (file.allowInsecurePlaintextPassword) {
    const at = [...path, 'allowInsecurePlaintextPassword'];
    if (credential === 'username') resolving.warn(at, 'passwords may cross the network in clear');
    else resolving.report(at, `has no meaning for credential ${credential}`);
  }
}

function resolveUsers(
  file: BootstrapFile,
  path: Path,
  userFiles: UserFiles,
  resolving: Resolving,
): UserStore | undefined {
  if (file.users === undefined || file.credential !== 'username') return undefined;
  const opened = userFiles.open(file.users.file, [...path, 'users', 'file'], resolving);
  const reversible = opened?.users.some(({ sealed }) => sealed !== undefined) ?? true;
  if (file.passwords.includes('digest') && !reversible) {
    resolving.warn([...path, 'passwords'], 'no user of the file has a reversible password, so no digest can be proven');
  }
  return opened?.store;
}
