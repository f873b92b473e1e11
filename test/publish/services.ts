import type { Binding, Bootstrap } from '../../src/config/types.js';
import { SUITES, type SuiteName } from '../../src/crypto/suites.js';
import type { RewrittenService } from '../../src/policy/publish/rewrite.js';

/** Services as the publication sees them. */

export function binding(parts: Partial<Binding> = {}, suite: SuiteName = 'Basic256'): Binding {
  return {
    kind: 'symmetric',
    suite: SUITES[suite],
    derivedKeys: true,
    protectionOrder: 'sign-before-encrypt',
    encryptSignature: true,
    signedParts: { body: true, headers: 'addressing' },
    encryptedParts: { body: true, headers: [] },
    ...parts,
  };
}

export function bootstrap(parts: Partial<Bootstrap> = {}, suite: SuiteName = 'Basic256'): Bootstrap {
  return {
    ...binding(parts, suite),
    credential: 'anonymous',
    passwords: ['text'],
    allowInsecurePlaintextPassword: false,
    signatureConfirmation: false,
    trust: [],
    ...parts,
  } as Bootstrap;
}

export interface ServiceParts {
  readonly binding?: Binding;
  readonly bootstrap?: readonly Bootstrap[];
  readonly cancel?: boolean;
  readonly versions?: RewrittenService['conversation']['versions'];
  readonly wsdl?: RewrittenService['wsdl'];
  readonly upstreamPath?: string;
}

export function service(parts: ServiceParts = {}): RewrittenService {
  return {
    match: { path: '/orders' },
    upstream: { path: parts.upstreamPath ?? '/legacy/Orders.asmx' },
    conversation: { cancel: parts.cancel ?? true, versions: parts.versions ?? ['1.3'] },
    binding: parts.binding ?? binding(),
    bootstrap: parts.bootstrap ?? [bootstrap()],
    wsdl: parts.wsdl ?? {},
  };
}
