import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';

/**
 * A process of its own: http-proxy as an operator runs it, with kept connections to the service. Argument: the
 * service's origin. Sends its port to its parent, and ends with it.
 */
const [target = ''] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({ target, agent: new Agent({ keepAlive: true }), xfwd: true });
const server = createServer((request, response) => {
  proxy.web(request, response, undefined, () => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());
