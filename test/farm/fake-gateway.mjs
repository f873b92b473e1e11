/**
 * In place of the gateway's program in tests of what runs it: logs as the gateway does, answers its process id.
 * The folder of `--config` may hold `fail` (it ends at once, with what stands there) or `deaf` (no SIGTERM ends it).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';

const directory = dirname(process.argv[process.argv.indexOf('--config') + 1]);
const log = (event, fields) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);

if (existsSync(join(directory, 'fail'))) {
  process.stderr.write(readFileSync(join(directory, 'fail')));
  process.exit(3);
}
process.on('SIGTERM', () => {
  if (!existsSync(join(directory, 'deaf'))) process.exit(0);
});
const server = createServer((_request, response) => response.end(String(process.pid)));
server.listen(0, '127.0.0.1', () => {
  log('listener.open', { port: server.address().port });
  log('process.ready');
});
