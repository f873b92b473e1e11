import { Agent } from 'undici';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly octets: Buffer;
}

export interface Transport {
  post(url: string, request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly octets: Buffer;
}

export interface TransportOptions {
  /** PEM of the authority that the service's TLS certificate comes from. */
  readonly ca?: string;
  /** Connections to one origin. */
  readonly connections?: number;
}

/** Kept-alive connections to any number of origins; the request's URL chooses, so that each message may go to another node. */
export function createTransport(options: TransportOptions = {}): Transport {
  const agent = new Agent({
    connections: options.connections ?? 16,
    ...(options.ca === undefined ? {} : { connect: { ca: options.ca } }),
  });
  return {
    post: async (url, { contentType, headers, octets }) => {
      const { origin, pathname, search } = new URL(url);
      const answer = await agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: { 'content-type': contentType, ...headers },
        body: octets,
      });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        octets: Buffer.from(await answer.body.arrayBuffer()),
      };
    },
    close: () => agent.close(),
  };
}
