import type { SoapHandler } from '../http/soap-request.js';
import type { PipelineOptions } from './context.js';
import { plainFault } from './fault.js';
import { serveMessage } from './message.js';
import { receive, type Sighted, trustAction } from './receive.js';
import { serveTrust } from './trust.js';

export type { PipelineOptions } from './context.js';
export { faultResponse } from './fault.js';

/** Answers every POST to a service's path: requests for tokens ourselves, messages by way of the upstream. */
export function createSoapHandler(options: PipelineOptions): SoapHandler {
  return async (request) => {
    const sighted: Sighted = {};
    try {
      const received = receive(request, options.config.limits, sighted);
      const trust = trustAction(received);
      return trust === undefined ? await serveMessage(options, received) : await serveTrust(options, received);
    } catch (error) {
      return plainFault(options, request, sighted, error);
    }
  };
}
