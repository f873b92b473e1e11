import type { Binding, ServicePolicy } from '../../src/config/types.js';
import { GatewayError } from '../../src/errors.js';
import { type ForgeOptions, forge, IDENTIFIER, KEY, NOW } from './forge.js';
import { bindingOf, serviceOf } from './policies.js';
import { contextOf, createStation, type Station, type Told } from './station.js';

/** The policy that a forged message of these options fulfils. */
export function policyFor(options: ForgeOptions = {}): Binding {
  return bindingOf({
    derivedKeys: options.derived ?? true,
    protectionOrder: options.order ?? 'sign-before-encrypt',
    encryptSignature: options.encryptSignature ?? false,
    encryptedParts: { body: options.encryptBody ?? true, headers: [] },
  });
}

/** A gateway that knows the conversation of forged messages, and another one. */
export function stationFor(options: ForgeOptions = {}, changes: Partial<ServicePolicy> = {}): Station {
  return createStation({
    service: serviceOf(changes.binding ?? policyFor(options), changes),
    now: NOW,
    contexts: [
      contextOf({ identifier: IDENTIFIER, key: KEY }, NOW),
      contextOf({ identifier: OTHER_IDENTIFIER, key: OTHER_KEY, principal: MALLORY }, NOW),
    ],
  });
}

export const OTHER_IDENTIFIER = 'urn:uuid:00000000-0000-4000-8000-000000000002';
export const OTHER_KEY = Buffer.alloc(32, 0x77);
const MALLORY = { name: 'mallory', method: 'username', groups: [], claims: {} } as const;

/** `accepted`, or the code of the refusal; any other error is thrown on. */
export function verdict(station: Station, message: string | Buffer, told?: Told): string {
  try {
    station.message(message, told);
    return 'accepted';
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

/** The verdict on a forged message by a gateway whose policy its honest form would fulfil. */
export function judge(options: ForgeOptions, told?: Told, changes?: Partial<ServicePolicy>): string {
  return verdict(stationFor(options, changes), forge(options), told);
}
