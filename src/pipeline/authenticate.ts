import type { X509Certificate } from 'node:crypto';
import type { Bootstrap } from '../config/types.js';
import type { Principal } from '../conversation/context.js';
import { authenticateCertificate } from '../credentials/x509.js';
import { GatewayError } from '../errors.js';
import type { SoapRequest } from '../http/soap-request.js';
import type { Verified } from '../policy/verified.js';
import { parseCertificate } from '../wss/certificates.js';
import type { VerifiedSignature } from '../wss/verify.js';
import type { PipelineOptions } from './context.js';
import { rememberOnFarm } from './farm.js';

type Authenticator = (
  options: PipelineOptions,
  request: SoapRequest,
  verified: Verified<Bootstrap>,
) => Promise<Principal> | Principal;

/** Who sends a password must have hidden it: in the ciphertext, in TLS, or in a digest (security.md T9). */
function requireHidden({ secureTransport }: SoapRequest, { policy, header, isEncrypted }: Verified<Bootstrap>): void {
  const [token] = header.usernameTokens;
  if (token === undefined || token.type === 'digest' || secureTransport || policy.allowInsecurePlaintextPassword)
    return;
  if (!isEncrypted(token.node)) throw new GatewayError('wss.parts', 'a password in clear');
}

const username: Authenticator = (options, request, verified) => {
  const [token] = verified.header.usernameTokens;
  const { policy } = verified;
  if (token === undefined || policy.users === undefined) throw new GatewayError('auth.failed', 'no UsernameToken');
  if (!verified.covers(token.node)) throw new GatewayError('wss.parts', 'the UsernameToken is not signed');
  requireHidden(request, verified);
  const { ttl, skew } = request.service.timestamp;
  return options.state.authenticateUsername(token, {
    users: policy.users,
    passwords: policy.passwords,
    clientAddress: request.clientAddress,
    ttl,
    skew,
    rememberOnFarm: (key, until) => rememberOnFarm(options, request.service, 'nonce', key, until),
  });
};

function certificateOf(signature: VerifiedSignature | undefined): X509Certificate | undefined {
  return signature?.key.kind === 'certificate' ? signature.key.certificate : undefined;
}

/** The certificate that signed: the whole message, the primary signature, or over TLS the Timestamp. */
export function signingCertificate({
  primary,
  endorsing,
}: Pick<Verified, 'primary' | 'endorsing'>): X509Certificate | undefined {
  return certificateOf(primary) ?? endorsing.map(certificateOf).find((certificate) => certificate !== undefined);
}

const x509: Authenticator = (options, request, verified) => {
  const certificate = signingCertificate(verified);
  // Over TLS the handshake may have proven it.
  const proven = certificate ?? (verified.policy.kind === 'transport' ? request.clientCertificate : undefined);
  if (proven === undefined) throw new GatewayError('auth.failed', 'no certificate signed the request');
  // What else the message carries may be the way from the client's certificate to an issuer that is trusted.
  const presented = verified.header.binaryTokens.map(({ octets }) => parseCertificate(octets));
  return authenticateCertificate(proven, verified.policy, options.runtime.now(), presented);
};

const ANONYMOUS: Principal = Object.freeze({
  name: 'anonymous',
  method: 'anonymous',
  groups: Object.freeze([]),
  claims: Object.freeze({}),
});

const AUTHENTICATORS: Readonly<Record<Bootstrap['credential'], Authenticator>> = {
  username,
  x509,
  anonymous: () => ANONYMOUS,
};

/**
 * Who asks for a token, by the credential of the bootstrap that the request fulfilled.
 *
 * @throws GatewayError `auth.*`, `wss.parts` for a credential that is not signed, or a password that is not hidden
 */
export async function authenticate(
  options: PipelineOptions,
  request: SoapRequest,
  verified: Verified<Bootstrap>,
): Promise<Principal> {
  return AUTHENTICATORS[verified.policy.credential](options, request, verified);
}
