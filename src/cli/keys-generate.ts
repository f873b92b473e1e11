import { writeFileSync } from 'node:fs';
import { generateKeyRing } from '../conversation/key-ring.js';
import { type Command, text } from './command.js';
import { fileError } from './file-error.js';

export const keysGenerate: Command = {
  summary: "make the farm's key ring",
  usage: '[--out FILE]',
  help: `  -o, --out FILE      a new file that only you can read; default: standard output

Every node of a farm gets the same ring. To rotate, add a new key with key_ops ["unwrapKey"] on every node, then move
"wrapKey" to it, then remove the old one when its last token has ended.

Examples
  sct-gateway keys generate --out farm-keys.json
  sct-gateway keys generate | kubectl create secret generic farm-keys --from-file=farm-keys.json=/dev/stdin`,
  options: { out: { type: 'string', short: 'o' } },
  run: async (values, { out, tell, runtime }) => {
    const file = text(values, 'out');
    const ring = generateKeyRing(runtime);
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
