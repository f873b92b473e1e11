/** Namespaces and algorithms, typed here again so that a mistake in the gateway's own tables shows. */
export const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
export const WSA = 'http://www.w3.org/2005/08/addressing';
export const WSA0408 = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSSE11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';
export const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const SC13 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
export const SC05 = 'http://schemas.xmlsoap.org/ws/2005/02/sc';
export const SC04 = 'http://schemas.xmlsoap.org/ws/2004/04/sc';
export const COOKIE = 'urn:sct-gateway:cookie';

export const HMAC_SHA1 = `${DS}hmac-sha1`;
export const HMAC_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256';
export const RSA_SHA1 = `${DS}rsa-sha1`;
export const SHA1 = `${DS}sha1`;
export const SHA256 = `${XENC}sha256`;
export const AES256_CBC = `${XENC}aes256-cbc`;
export const AES128_CBC = `${XENC}aes128-cbc`;
export const AES256_GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
export const RSA_OAEP = `${XENC}rsa-oaep-mgf1p`;
export const ENCRYPTED_KEY_SHA1 = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKeySHA1';
export const THUMBPRINT_SHA1 = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1';
