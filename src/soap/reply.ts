import { escapeText } from '../xml/write.js';
import type { AddressingNames } from './names.js';

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

/** The addressing headers of an answer (WS-Addressing 1.0 Core §3.4, and the submissions before it). */
export interface ReplyAddressing {
  readonly names: AddressingNames;
  readonly action: string;
  readonly messageId: string;
  /** MessageID of the request; absent if it had none. */
  readonly relatesTo?: string | undefined;
}

/** A header block in exclusive canonical form, whole in itself. */
export interface HeaderBlock {
  readonly id: string;
  readonly xml: string;
}

/**
 * Writes Action, MessageID, To (the anonymous address: Metro demands it, the others bear it) and RelatesTo.
 *
 * @param nextId gives each block its wsu:Id; absent: the blocks have none
 */
export function writeAddressing(
  { names, action, messageId, relatesTo }: ReplyAddressing,
  nextId?: () => string,
): HeaderBlock[] {
  const block = (local: string, value: string): HeaderBlock => {
    const id = nextId?.();
    const attributes = id === undefined ? '' : ` xmlns:wsu="${WSU}" wsu:Id="${id}"`;
    return {
      id: id ?? '',
      xml: `<wsa:${local} xmlns:wsa="${names.namespace}"${attributes}>${escapeText(value)}</wsa:${local}>`,
    };
  };
  const blocks = [block('Action', action), block('MessageID', messageId), block('To', names.anonymous)];
  if (relatesTo !== undefined) blocks.push(block('RelatesTo', relatesTo));
  return blocks;
}

/** An envelope around a Body's content, without a Header. */
export function plainEnvelope(namespace: string, content: string): string {
  return `<s:Envelope xmlns:s="${namespace}"><s:Body>${content}</s:Body></s:Envelope>`;
}
