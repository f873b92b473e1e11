/**
 * Loaded before the gateway (`node --import`) in each node's process: ends it when whoever started it is gone, which
 * the open end of file descriptor 3 tells even after a SIGKILL. Workers end with their primary by themselves.
 */
import cluster from 'node:cluster';
import { Socket } from 'node:net';

if (cluster.isPrimary) {
  const leash = new Socket({ fd: 3, readable: true, writable: false });
  leash.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL'));
  leash.resume().unref();
}
