import type { Element } from './element.js';
import type { Keys } from './keys.js';
import type { Message } from './message.js';
import type { Overrides } from './overrides.js';
import type { Protection } from './protection.js';
import { referenceTo } from './references.js';
import { type SignedPart, type Signer, signatureOver } from './sign.js';
import { signedParts, type Tokens, transportParts } from './signed-parts.js';
import { endorsingSigner, hmacSigner, x509Signer } from './signers.js';

/** Writes the primary signature and those that endorse it; returns their values, primary first. */
export function signEverything(
  message: Message,
  protection: Protection,
  keys: Keys,
  tokens: Tokens,
  overrides: Overrides,
): string[] {
  const { algorithms, client } = protection;
  const written: string[] = [];
  const add = (slot: 'SIG' | 'END', parts: readonly SignedPart[], signer: Signer): Element => {
    const signature = signatureOver(message, parts, signer);
    message.slots.set(slot, [...(message.slots.get(slot) ?? []), signature]);
    written.push((signature.children[1] as Element).children[0] as string);
    return signature;
  };
  const inSecurity = (target: Element): SignedPart => ({ target, scope: message.scopes.security });
  let main: Element | undefined;
  if (keys.signing !== undefined) {
    const use = protection.transport ? 'transport' : 'signature';
    const signer = hmacSigner(algorithms, keys.signing.secret, referenceTo(message, keys.signing.source, use));
    main = add('SIG', signedParts(message, protection, tokens, overrides), signer);
  } else if (protection.primary.kind === 'asymmetric' && client !== undefined) {
    main = add(
      'SIG',
      signedParts(message, protection, tokens, overrides),
      x509Signer(message, algorithms, client, tokens.certificate!, 'direct'),
    );
  }
  const endorsed = main === undefined ? transportParts(message, protection, tokens) : [inSecurity(main)];
  if (client !== undefined && protection.primary.kind !== 'asymmetric') {
    add(
      'END',
      endorsed,
      x509Signer(message, algorithms, client, tokens.certificate!, message.style.certificateReference),
    );
  }
  if (protection.endorsing !== undefined)
    add('END', endorsed, endorsingSigner(message, protection, protection.endorsing));
  return written;
}
