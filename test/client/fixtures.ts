import { randomBytes, randomUUID } from 'node:crypto';
import type { Runtime } from '../../src/runtime.js';
import { parseElement } from './dom-document.js';
import { attributeOf } from './element.js';
import { VERSIONS, WSU } from './names.js';
import type { Overrides } from './overrides.js';
import type { Protection } from './protection.js';
import { type WrittenRequest, writeRequest } from './request.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles/index.js';
import { algorithmsOf } from './suites.js';
import type { ContextToken } from './token.js';

export const NOW = Date.UTC(2026, 10, 25, 12, 0, 0, 123);

/** The clock stands still, all else is as it is. */
export function runtimeAt(now: number): Runtime {
  return { now: () => now, randomBytes, randomUUID };
}

export const IDENTIFIER = 'urn:uuid:5f2ab1c6-8a54-4b0f-9d4c-0d7a4b0f1c11';
export const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');

/** A context with a cookie, as a gateway issues it. */
export function contextToken(shape: Shape): ContextToken {
  const { conversation } = VERSIONS[shape.version];
  const element = parseElement(
    `<c:SecurityContextToken u:Id="uuid-1" xmlns:c="${conversation}" xmlns:u="${WSU}"><c:Identifier>${IDENTIFIER}</c:Identifier>` +
      '<g:Cookie xmlns:g="urn:example:cookie">eyJhbGciOiJBMjU2S1ci.AAAA</g:Cookie></c:SecurityContextToken>',
  );
  return {
    element,
    id: attributeOf(element, WSU, 'Id'),
    identifier: IDENTIFIER,
    instance: undefined,
    key: KEY,
    created: NOW,
    expires: NOW + 1_800_000,
    constantKeys: [4, 5].map((n) => ({ id: `uuid-2-${n}`, nonce: Buffer.alloc(16, n) })),
  };
}

export const PING =
  '<w:PingRequest xmlns:w="http://WSSec/wssc"><text xmlns="http://xmlsoap.org/Ping">a &lt; b &amp; c</text></w:PingRequest>';
export const PING_ACTION = 'http://xmlsoap.org/Ping';

/** What protects an application message of the shape. */
export function conversationProtection(shape: Shape, token: ContextToken): Protection {
  return {
    primary: { kind: 'context', token },
    derivedKeys: shape.derivedKeys,
    protectionOrder: shape.protectionOrder,
    encryptSignature: shape.encryptSignature,
    encryptBody: shape.encryptBody,
    transport: shape.bootstrap.kind === 'transport',
    username: undefined,
    client: undefined,
    service: undefined,
    tokenId: undefined,
    endorsing: undefined,
    algorithms: algorithmsOf(shape.suite, STYLES[shape.style].sha256Macs),
  };
}

/** An application message under the fixture's context. */
export function writePing(
  shape: Shape,
  overrides: Overrides = {},
  token: ContextToken = contextToken(shape),
): WrittenRequest {
  const content = [parseElement(PING)];
  const protection = conversationProtection(shape, token);
  const request = { to: 'http://localhost/ping', action: PING_ACTION, content, protection };
  return writeRequest(shape, request, runtimeAt(NOW), overrides);
}
