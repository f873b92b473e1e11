import { z } from 'zod';
import { fileName, map } from './blocks.js';

/** What is published of a service at ?wsdl. */
export const wsdl = z
  .union(
    [
      z.boolean(),
      map({
        file: fileName
          .describe("WSDL 1.1 in place of the upstream's, for one that has none; what it imports is below its folder.")
          .optional(),
        address: z
          .url({ protocol: /^https?$/, error: 'must be a URL: https://api.example.com/orders' })
          .max(2048)
          .meta({ title: 'URL' })
          .describe(
            "The service's URL for all clients. Default: the one under which the WSDL was asked for; https over a transport binding.",
          )
          .optional(),
        soap: z
          .array(z.enum(['1.1', '1.2']))
          .min(1)
          .max(2)
          .describe(
            'Versions of SOAP that get a binding. Default: those of the WSDL; the upstream must understand what is added, for messages keep their version.',
          )
          .optional(),
      }),
    ],
    { error: 'must be true, false or a map' },
  )
  .default(false)
  .describe(
    "GET of the service's path with ?wsdl gives everyone the upstream's WSDL and schemas with the gateway's addresses and the service's policy as WS-SecurityPolicy. Such requests are then never passed through.",
  );
