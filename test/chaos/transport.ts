import { createTransport, type Transport, type TransportOptions } from '../client/http.js';

/** The balancer itself answered, for lack of a node or because the node's connection ended. */
export class HtmlAnswer extends Error {
  /** Whom the balancer had given the request to. */
  readonly node: string;

  constructor(status: number, node: string) {
    super(`the balancer answered ${status} for ${node}`);
    this.node = node;
  }
}

/** A client's connections, on which an answer that is no SOAP is an error that names the node. */
export function createTellingTransport(options: TransportOptions): Transport {
  const transport = createTransport(options);
  return {
    ...transport,
    post: async (url, request) => {
      const answer = await transport.post(url, request);
      const type = String(answer.headers['content-type'] ?? '');
      if (/soap\+xml|text\/xml/.test(type)) return answer;
      throw new HtmlAnswer(answer.status, String(answer.headers['x-served-by'] ?? ''));
    },
  };
}
