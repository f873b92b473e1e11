import type { Bootstrap, ServicePolicy } from '../../config/types.js';
import { WSU } from '../../wss/names.js';
import { bindingProperties, element, messageParts, nested, where } from './assertions.js';
import { bootstrapPolicy, endorsedTo, inclusion, transportBinding, trust, wss } from './bootstrap.js';
import { POLICY_NAMES, type PolicyNames, type PublishedVersion, WSP } from './names.js';

/** Of a service, what its published policy says. */
export type PublishedService = Pick<ServicePolicy, 'binding' | 'bootstrap'> & {
  readonly conversation: Pick<ServicePolicy['conversation'], 'cancel'>;
};

function policy(id: string, names: PolicyNames, alternatives: readonly (readonly string[])[]): string {
  return element(
    'wsp:Policy',
    [
      element(
        'wsp:ExactlyOne',
        alternatives.map((each) => element('wsp:All', each)),
      ),
    ],
    {
      'xmlns:wsp': WSP,
      'xmlns:sp': names.sp,
      'xmlns:wsu': WSU,
      'wsu:Id': id,
    },
  );
}

function contextToken(service: PublishedService, bootstrap: Bootstrap, names: PolicyNames): string {
  return nested(
    'sp:SecureConversationToken',
    [
      ...where(
        [service.binding.derivedKeys, '<sp:RequireDerivedKeys/>'],
        [!service.conversation.cancel, names.mustNotSendCancel],
      ),
      bootstrapPolicy(bootstrap, names),
    ],
    inclusion(names, 'AlwaysToRecipient'),
  );
}

function alternative(service: PublishedService, bootstrap: Bootstrap, names: PolicyNames): readonly string[] {
  const { binding } = service;
  const token = contextToken(service, bootstrap, names);
  const properties = bindingProperties(binding);
  const protection =
    binding.kind === 'transport'
      ? [transportBinding(names, properties), nested('sp:EndorsingSupportingTokens', [token, endorsedTo(names)])]
      : [nested('sp:SymmetricBinding', [nested('sp:ProtectionToken', [token]), ...properties])];
  // messages under a token confirm nothing: only the bootstrap does
  return [...protection, wss(bootstrap, false), trust(names), names.usesAddressing];
}

/**
 * The policy of a service's endpoints: one alternative for each way in which a client may prove itself, in the order of
 * the service's policy, for tools take the first that they can fulfil.
 *
 * @param id wsu:Id of the policy, an NCName
 * @returns a wsp:Policy (WS-Policy 1.2) with assertions of WS-SecurityPolicy 1.1 for 2005/02, 1.2 for 1.3
 */
export function endpointPolicy(service: PublishedService, version: PublishedVersion, id: string): string {
  const names = POLICY_NAMES[version];
  return policy(
    id,
    names,
    service.bootstrap.map((bootstrap) => alternative(service, bootstrap, names)),
  );
}

/**
 * The policy of each message of the service: its signed and encrypted parts. They are attached to messages, not to the
 * endpoint, because WCF's importer reads them nowhere else.
 *
 * @returns undefined over transport, where TLS protects the message
 */
export function messagePolicy(service: PublishedService, version: PublishedVersion, id: string): string | undefined {
  const names = POLICY_NAMES[version];
  return service.binding.kind === 'transport' ? undefined : policy(id, names, [messageParts(service.binding, names)]);
}
