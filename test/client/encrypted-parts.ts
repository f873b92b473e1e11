import { type Element, enter } from './element.js';
import { type Encryptor, encryptContent, encryptElement, referenceList } from './encrypt.js';
import type { Keys } from './keys.js';
import { type Message, put } from './message.js';
import type { Protection } from './protection.js';

/** Encrypts the Body's content and a UsernameToken. */
export function encryptParts(
  message: Message,
  { encryptBody }: Protection,
  encryptor: Encryptor | undefined,
  username: Element | undefined,
): void {
  if (encryptor === undefined) return;
  // Signing comes later with encrypt-before-sign, and must not change what the content leans on.
  if (encryptBody) encryptContent(message, encryptor, message.body, enter(message.scopes.envelope, message.body));
  if (username !== undefined)
    message.slots.set('UT', [encryptElement(message, encryptor, username, message.scopes.security)]);
}

/** Encrypts every signature, where the policy wants that. */
export function encryptSignatures(message: Message, protection: Protection, encryptor: Encryptor | undefined): void {
  if (encryptor === undefined || !protection.encryptSignature) return;
  for (const slot of ['SIG', 'END'] as const) {
    const signatures = message.slots.get(slot);
    if (signatures === undefined) continue;
    message.slots.set(
      slot,
      signatures.map((one) => encryptElement(message, encryptor, one, message.scopes.security)),
    );
  }
}

/** Lists what was encrypted, in the place that the binding has for it. */
export function addReferenceList(
  message: Message,
  protection: Protection,
  encryptor: Encryptor | undefined,
  keys: Keys,
): void {
  if (encryptor === undefined || encryptor.ids.length === 0) return;
  const list = referenceList(message, encryptor);
  // CXF's asymmetric binding puts the list into the EncryptedKey (CXF's recording of _X10).
  if (protection.primary.kind === 'asymmetric') keys.encryptedKey!.children.push(list);
  else put(message, 'RL', list);
}
