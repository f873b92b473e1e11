import { writeFileSync } from 'node:fs';
import { generateJwk, generateKeyRing } from '../conversation/key-ring.js';
import { certificateKey, PAIR_HELP, PAIR_OPTIONS } from './certificate-pair.js';
import { type Command, text } from './command.js';
import { fileError } from './file-error.js';

export const keysGenerate: Command = {
  summary: "make the farm's key ring",
  usage: '[--out FILE] [--certificate FILE --private-key FILE]',
  help: `  -o, --out FILE      a new file that only you can read; default: standard output
${PAIR_HELP}

Every node of a farm gets the same ring. \`keys rotate\` adds a key to it, \`keys retire\` takes one out.

Examples
  sct-gateway keys generate --out farm-keys.json
  sct-gateway keys generate --certificate farm.crt --private-key farm.key --out farm-keys.json
  sct-gateway keys generate | kubectl create secret generic farm-keys --from-file=farm-keys.json=/dev/stdin`,
  options: { out: { type: 'string', short: 'o' }, ...PAIR_OPTIONS },
  run: async (values, { out, tell, runtime }) => {
    const file = text(values, 'out');
    const ring = generateKeyRing(runtime, certificateKey(values) ?? generateJwk(runtime));
    if (file === undefined) {
      out(ring.trimEnd());
      return 0;
    }
    try {
      // wx: a ring that is overwritten ends every conversation under it
      writeFileSync(file, ring, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw fileError(file, error);
    }
    tell(`wrote ${file}; every node of the farm needs this file`);
    return 0;
  },
};
