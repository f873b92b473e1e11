import { loadKeyRing } from '../config/load.js';
import { hashPassword as hash } from '../credentials/hash.js';
import { sealPassword } from '../credentials/sealed.js';
import { parseUserFile } from '../credentials/user-file.js';
import { CONFIG_OPTION, type Command, text, UsageError } from './command.js';
import { readPassword } from './prompt.js';

export const hashPassword: Command = {
  summary: 'make a line of a users file',
  usage: '--user NAME [--groups A,B] [--reversible [--config FILE]]',
  help: `  -u, --user NAME     whose password it is
  -g, --groups A,B    groups of the user
      --reversible    seals the password under the farm's key in place of hashing it: what clients that send
                      PasswordDigest need. Whoever has this file and the farm's key has the password.
  -c, --config FILE   with --reversible: the configuration that names the farm's key ring

The password is asked for at a terminal; otherwise it is the first line of standard input.

Examples
  sct-gateway hash-password --user alice --groups sales,admins >> users.htpasswd
  sct-gateway hash-password --user alice --reversible --config gateway.yaml >> users.htpasswd
  pass farm/alice | sct-gateway hash-password --user alice >> users.htpasswd`,
  options: {
    ...CONFIG_OPTION,
    user: { type: 'string', short: 'u' },
    groups: { type: 'string', short: 'g' },
    reversible: { type: 'boolean' },
  },
  run: async (values, { stdin, out, prompt, environment, runtime }) => {
    const user = text(values, 'user');
    const groups = text(values, 'groups');
    if (user === undefined) throw new UsageError('--user is needed: the line begins with the name');
    if (/[:\r\n]|^#/.test(user)) throw new UsageError('a name must not begin with "#", nor hold ":" or a line end');
    if (groups !== undefined && /[:\r\n]/.test(groups)) throw new UsageError('a group must not hold ":" or a line end');
    // before the password is asked for: a wrong file should not cost typing it twice
    const ring =
      values.reversible === true ? loadKeyRing(text(values, 'config') ?? '', { environment, runtime }) : undefined;
    const line = (password: string): string => [user, password, ...(groups === undefined ? [] : [groups])].join(':');
    requireLine(line(SAMPLE));
    const password = await readPassword({ stdin, write: prompt }).catch((error: Error) => {
      throw new UsageError(error.message);
    });
    out(line(ring === undefined ? await hash(password, runtime) : await sealPassword(ring, user, password)));
    return 0;
  },
};

/** A password of the right form, so that a line is judged by its name and its groups. */
const SAMPLE = `scrypt$16384$8$1$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

function requireLine(line: string): void {
  const [problem] = parseUserFile(line, undefined).problems;
  if (problem !== undefined) throw new UsageError(problem.message);
}
