import type { KeyRing } from '../conversation/key-ring.js';
import { type PasswordHash, parseHash } from './hash.js';
import { hasControl, nameProblem } from './names.js';
import { parseSealed, type SealedPassword } from './sealed.js';

/** One user as the file has him: either form of the password, never both. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly hash?: PasswordHash;
  readonly sealed?: SealedPassword;
}

export interface UserFile {
  readonly users: readonly User[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

const MAX_GROUPS = 64;
const MAX_GROUP = 64;

/**
 * Reads a users file: a line `name:password[:group,group]` each, where `password` is `scrypt$…` or `sealed$…`. Empty
 * lines and lines that begin with `#` say nothing.
 */
export function parseUserFile(text: string, ring: KeyRing | undefined): UserFile {
  const users = new Map<string, User>();
  const problems: { line: number; message: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const user = parseLine(line, ring);
    const message =
      typeof user === 'string' ? user : users.has(user.name) ? 'this name stands here a second time' : undefined;
    if (message !== undefined) problems.push({ line: index + 1, message });
    else if (typeof user !== 'string') users.set(user.name, user);
  }
  return { users: [...users.values()], problems };
}

/** @returns the user, or what is wrong with the line; never a part of the password */
function parseLine(line: string, ring: KeyRing | undefined): User | string {
  const fields = line.split(':');
  if (fields.length < 2 || fields.length > 3) return 'must be name:password or name:password:group,group';
  const [name = '', password = '', groupList] = fields;
  const groups = groupList === undefined || groupList === '' ? [] : groupList.split(',');
  const problem = nameProblem(name) ?? groupProblem(groups);
  if (problem !== undefined) return problem;
  if (password.startsWith('scrypt$')) {
    const hash = parseHash(password);
    return typeof hash === 'string' ? hash : { name, groups, hash };
  }
  if (!password.startsWith('sealed$')) {
    return 'the password must begin with scrypt$ or sealed$, as `sct-gateway hash-password` writes it';
  }
  // Without a ring nothing can be said of the line; that the ring is missing is said elsewhere.
  if (ring === undefined) return { name, groups };
  const sealed = parseSealed(password, name, ring);
  return typeof sealed === 'string' ? sealed : { name, groups, sealed };
}

function groupProblem(groups: readonly string[]): string | undefined {
  if (groups.length > MAX_GROUPS) return `more than ${MAX_GROUPS} groups`;
  if (new Set(groups).size !== groups.length) return 'a group stands twice';
  const wrong = groups.some(
    (group) => group === '' || group.length > MAX_GROUP || hasControl(group) || group.trim() !== group,
  );
  return wrong
    ? `a group must have 1 to ${MAX_GROUP} characters, no controls and no white space at its ends`
    : undefined;
}
