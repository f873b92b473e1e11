import { packageVersion } from '../gateway/version.js';
import type { Command } from './command.js';

export const version: Command = {
  summary: 'say which version this is',
  usage: '',
  help: `Examples
  sct-gateway version`,
  options: {},
  run: async (_, { out }) => {
    out(`sct-gateway ${packageVersion()} (Node ${process.version})`);
    return 0;
  },
};
