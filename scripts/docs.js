// Writes what is generated from the configuration's schemas; a test holds the files to them.
import { writeFileSync } from 'node:fs';
import { generatedFiles } from '../dist/config/reference.js';

for (const { name, text } of generatedFiles()) {
  writeFileSync(new URL(`../policies/${name}`, import.meta.url), text);
}
