import type { Binding, Bootstrap, ServicePolicy } from '../../src/config/types.js';
import { SUITES, type SuiteName } from '../../src/crypto/suites.js';
import { WSA } from './names.js';

const MINUTE = 60_000;

/** WSHttpBinding's choices; a test names what differs. */
export function bindingOf(changes: Partial<Omit<Binding, 'suite'>> & { suite?: SuiteName } = {}): Binding {
  const { suite = 'Basic256', ...others } = changes;
  return {
    kind: 'symmetric',
    derivedKeys: true,
    protectionOrder: 'sign-before-encrypt',
    encryptSignature: false,
    signedParts: { body: true, headers: 'addressing' },
    encryptedParts: { body: true, headers: [] },
    ...others,
    suite: SUITES[suite],
  };
}

export function transportBinding(changes: Partial<Omit<Binding, 'suite'>> & { suite?: SuiteName } = {}): Binding {
  return bindingOf({
    kind: 'transport',
    derivedKeys: false,
    signedParts: { body: false, headers: 'none' },
    encryptedParts: { body: false, headers: [] },
    ...changes,
  });
}

export function bootstrapOf(binding: Binding, changes: Partial<Bootstrap> = {}): Bootstrap {
  return {
    ...binding,
    credential: 'anonymous',
    passwords: ['text'],
    allowInsecurePlaintextPassword: false,
    signatureConfirmation: false,
    trust: [],
    revocation: [],
    certificateName: 'subject',
    ...changes,
  };
}

/** As much of a service's policy as proving and forwarding look at. */
export function serviceOf(binding: Binding, changes: Partial<ServicePolicy> = {}): ServicePolicy {
  return {
    name: 'orders',
    match: { path: '/orders' },
    conversation: {
      versions: ['1.3', '2005-02', '2004-04'],
      state: 'cookie',
      placement: 'extension',
      lifetime: 30 * MINUTE,
      renewUntil: 600 * MINUTE,
      allowInsecureAnonymousCancel: false,
    },
    binding,
    bootstrap: [],
    timestamp: { ttl: 5 * MINUTE, skew: MINUTE, required: true },
    identity: { headers: {} },
    addressing: 'strip',
    replyActions: new Map([['*', '{action}Response']]),
    replay: 'node',
    unsignedHeaders: [],
    passthrough: false,
    limits: { body: 1 << 20, response: 1 << 24 },
    ...changes,
  } as ServicePolicy;
}

export const wsaName = (local: string) => ({ namespace: WSA, local });
