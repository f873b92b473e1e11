import { createEncryptor } from './encrypt.js';
import { addReferenceList, encryptParts, encryptSignatures } from './encrypted-parts.js';
import { addCertificate, addTimestamp, addUsername } from './header-tokens.js';
import { addKeys } from './keys.js';
import type { Message } from './message.js';
import type { Overrides } from './overrides.js';
import type { Protection, ProtectionFacts } from './protection.js';
import { signEverything } from './signatures.js';
import type { LayoutName } from './styles/index.js';

/** Fills the Security header: tokens, signatures and encryption in the order of the policy, in the layout of the style. */
export function protect(message: Message, protection: Protection, overrides: Overrides): ProtectionFacts {
  const now = overrides.created ?? message.runtime.now();
  const timestamp = addTimestamp(message, now, overrides.expires ?? now + 300_000);
  const keys = addKeys(message, protection);
  const username = protection.username && addUsername(message, protection.username, protection.tokenId);
  const certificate = protection.client && addCertificate(message, protection.client.certificate, protection.tokenId);
  overrides.beforeSigning?.(message);
  const encryptor =
    keys.encrypting && !protection.transport
      ? createEncryptor(message, keys.encrypting, protection.algorithms.cipher)
      : undefined;
  const signatures: string[] = [];
  const signAll = () =>
    signatures.push(...signEverything(message, protection, keys, { timestamp, username, certificate }, overrides));
  const encryptAll = () => encryptParts(message, protection, encryptor, username);
  if (protection.protectionOrder === 'sign-before-encrypt' || protection.transport) {
    signAll();
    overrides.afterSigning?.(message);
    encryptAll();
  } else {
    encryptAll();
    signAll();
    overrides.afterSigning?.(message);
  }
  encryptSignatures(message, protection, encryptor);
  addReferenceList(message, protection, encryptor, keys);
  message.security.children = message.style.layouts[layoutOf(protection)].flatMap(
    (slot) => message.slots.get(slot) ?? [],
  );
  return { secret: keys.secret, encryptedKeySha1: keys.encryptedKeySha1, signatures };
}

function layoutOf(protection: Protection): LayoutName {
  if (protection.transport) return 'transport';
  if (protection.protectionOrder === 'encrypt-before-sign') return 'encryptBeforeSign';
  return protection.derivedKeys ? 'derived' : 'plain';
}
