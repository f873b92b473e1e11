/**
 * A WS-SecureConversation client of our own, written from the protocol's facts: it opens a conversation and calls through
 * it in the handwriting of every client family, judges answers as strictly as the strictest of them, loads, and misbehaves
 * on purpose. It shares neither cryptography nor canonicalization with the gateway; only its `fast` judge reads with the
 * gateway's scanner.
 */
export { type Answer, type Judge, readAnswer } from './answer.js';
export { type CallOptions, type Conversation, type ConversationOptions, openConversation } from './conversation.js';
export { AnswerError } from './document.js';
export { parseElement } from './dom-document.js';
export { type Element, element, find, withAttribute } from './element.js';
export { RefusedError, type Reply } from './exchange.js';
export type { Expectation } from './expectation.js';
export type { Fault } from './fault.js';
export { createTransport, type HttpAnswer, type HttpRequest, type Transport, type TransportOptions } from './http.js';
export { type LoadOptions, type LoadResult, loadConversations } from './load.js';
export type { Message } from './message.js';
export type { Addressing, Version } from './names.js';
export type { Overrides } from './overrides.js';
export { type Party, party } from './party.js';
export type { Protection } from './protection.js';
export { type Request, type WrittenRequest, writeRequest } from './request.js';
export { type Bootstrap, DEFAULT_SHAPE, type Shape } from './shape.js';
export { STYLES, type Style, type StyleName } from './styles/index.js';
export { type Algorithms, algorithmsOf, type SuiteName } from './suites.js';
export { flipBit, flipIn, stranger, TAMPERING } from './tampering.js';
export type { ContextToken } from './token.js';
export { STRUCTURES, WRAPPINGS } from './wrapping.js';
