import { startUpstream } from '../upstream/index.js';

/** A process of its own: the plain Ping service. Sends its port to its parent, and ends with it. */
const upstream = await startUpstream({ name: 'bench', remember: 0 });
process.send?.(upstream.port);
process.once('disconnect', () => process.exit());
