import { type ErrorCode, GatewayError } from '../errors.js';

/**
 * @param offset UTF-16 code units from the start of the text that is scanned
 * @throws GatewayError always
 */
export function refuse(code: ErrorCode, message: string, offset: number): never {
  throw new GatewayError(code, message, { offset });
}

/** @throws GatewayError `xml.limit`, always */
export function refuseLimit(limit: string, allowed: number, offset: number): never {
  throw new GatewayError('xml.limit', `more than ${allowed}: ${limit}`, { limit, allowed, offset });
}
