import { Agent, request } from 'node:http';

/** Posts the same octets again and again over kept connections, and demands 200 and the answer's end. */
export interface PlainClient {
  post(): Promise<void>;
  close(): void;
}

export function plainClient(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  concurrency: number,
): PlainClient {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const options = { agent, method: 'POST', headers: { ...headers, 'Content-Length': body.length } };
  return {
    post: () =>
      new Promise((resolve, reject) => {
        const outbound = request(url, options, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`${url.href} answered ${answer.statusCode}`));
          answer.on('end', resolve).on('error', reject).resume();
        });
        outbound.on('error', reject);
        outbound.end(body);
      }),
    close: () => agent.destroy(),
  };
}
