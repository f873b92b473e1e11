import { actionOf } from './names.js';
import { writeResponse } from './response.js';
import type { TokenRequest } from './rst.js';

/**
 * The answer to a Cancel (WS-Trust 1.3 §7): WCF and Metro fail in close() if it says anything else. Who may cancel, and
 * that the token then counts no more, is the caller's affair.
 */
export function cancelAnswer(request: TokenRequest): { readonly body: string; readonly action: string } {
  const { names, context } = request;
  return {
    body: writeResponse(names, context, '<wst:RequestedTokenCancelled></wst:RequestedTokenCancelled>'),
    action: actionOf(names, 'RSTR', 'cancel'),
  };
}
