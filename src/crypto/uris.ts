/** Algorithm URIs by the names that the specifications give them. Sources: XML Signature, XML Encryption 1.0 and 1.1, RFC 6931. */

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const XMLDSIG_MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';

export const SHA1 = `${XMLDSIG}sha1`;
export const SHA256 = `${XMLENC}sha256`;
export const SHA384 = `${XMLDSIG_MORE}sha384`;
export const SHA512 = `${XMLENC}sha512`;

export const HMAC_SHA1 = `${XMLDSIG}hmac-sha1`;
export const HMAC_SHA256 = `${XMLDSIG_MORE}hmac-sha256`;
export const HMAC_SHA384 = `${XMLDSIG_MORE}hmac-sha384`;
export const HMAC_SHA512 = `${XMLDSIG_MORE}hmac-sha512`;

export const RSA_SHA1 = `${XMLDSIG}rsa-sha1`;
export const RSA_SHA256 = `${XMLDSIG_MORE}rsa-sha256`;
export const RSA_SHA384 = `${XMLDSIG_MORE}rsa-sha384`;
export const RSA_SHA512 = `${XMLDSIG_MORE}rsa-sha512`;
export const ECDSA_SHA256 = `${XMLDSIG_MORE}ecdsa-sha256`;
export const ECDSA_SHA384 = `${XMLDSIG_MORE}ecdsa-sha384`;
export const ECDSA_SHA512 = `${XMLDSIG_MORE}ecdsa-sha512`;

export const AES128_CBC = `${XMLENC}aes128-cbc`;
export const AES192_CBC = `${XMLENC}aes192-cbc`;
export const AES256_CBC = `${XMLENC}aes256-cbc`;
export const TRIPLEDES_CBC = `${XMLENC}tripledes-cbc`;
export const AES128_GCM = `${XMLENC11}aes128-gcm`;
export const AES192_GCM = `${XMLENC11}aes192-gcm`;
export const AES256_GCM = `${XMLENC11}aes256-gcm`;

export const RSA_OAEP_MGF1P = `${XMLENC}rsa-oaep-mgf1p`;
export const RSA_OAEP = `${XMLENC11}rsa-oaep`;
export const RSA_1_5 = `${XMLENC}rsa-1_5`;

export const MGF1_SHA1 = `${XMLENC11}mgf1sha1`;
export const MGF1_SHA256 = `${XMLENC11}mgf1sha256`;
export const MGF1_SHA384 = `${XMLENC11}mgf1sha384`;
export const MGF1_SHA512 = `${XMLENC11}mgf1sha512`;

export const KW_AES128 = `${XMLENC}kw-aes128`;
export const KW_AES192 = `${XMLENC}kw-aes192`;
export const KW_AES256 = `${XMLENC}kw-aes256`;
export const KW_TRIPLEDES = `${XMLENC}kw-tripledes`;
