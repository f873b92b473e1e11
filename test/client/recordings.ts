import { constants, privateDecrypt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedFolder } from '../crypto/shared.js';
import { DEFAULT_SHAPE, type Shape } from './shape.js';

/** One recorded exchange between Apache CXF's own client and service. */
export interface Recording {
  readonly name: string;
  readonly shape: Shape;
  readonly identifier: string;
  readonly key: Buffer;
  /** Of the bootstrap's EncryptedKey; undefined over TLS, and where the private key is the client's. */
  readonly secret: Buffer | undefined;
  read(file: '1-rst' | '2-rstr' | '3-request' | '4-answer'): string;
}

const HERE = fileURLToPath(new URL('recordings', import.meta.url));

/** The recordings of this folder, and all of CXF's where they are at hand. */
export function recordings(): Recording[] {
  const shared = sharedFolder('protocol/samples/cxf');
  const sets =
    shared === undefined ? [] : ['dom', 'stax', 'dom-1.3-soap11-Basic256Sha256'].map((set) => join(shared, set));
  const serviceKey = shared === undefined ? undefined : readFileSync(join(shared, 'certs', 'service.key'), 'utf8');
  return [...folder(HERE, 'dom', undefined), ...sets.flatMap((set) => folder(set, set.split('/').at(-1)!, serviceKey))];
}

function folder(directory: string, set: string, serviceKey: string | undefined): Recording[] {
  const lines = readFileSync(join(directory, 'keys.txt'), 'utf8').trim().split('\n');
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }): Recording => {
      const [, identifier = '', key = '', secret] = lines.find((line) => line.startsWith(`${name} `))!.split(' ');
      const read = (file: string): string => readFileSync(join(directory, name, `${file}.xml`), 'utf8');
      return {
        name: `${set}/${name}`,
        shape: shapeOf(name, set),
        identifier,
        key: Buffer.from(key, 'base64'),
        secret:
          secret === undefined
            ? unwrapped(read('1-rst'), serviceKey)
            : secret === '-'
              ? undefined
              : Buffer.from(secret, 'base64'),
        read,
      };
    });
}

function unwrapped(text: string, key: string | undefined): Buffer | undefined {
  const value = /<xenc:EncryptedKey.*?<xenc:CipherValue>([^<]*)</.exec(text)?.[1];
  if (value === undefined || key === undefined) return undefined;
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(value, 'base64'));
}

/** By the scenario's name: A, U, X who; D derived keys; ES, SEES order and encryption of the signature. */
function shapeOf(name: string, set: string): Shape {
  const later = set.startsWith('dom-1.3');
  const mutual = name.includes('MutualCertificate10');
  const encryptSignature = name.includes('SEES') || mutual;
  const kind = name.includes('OverTransport') ? 'transport' : name === '_X10' ? 'asymmetric' : 'symmetric';
  const credential = mutual || /^_?X/.test(name) ? 'x509' : /^_?A/.test(name) ? 'anonymous' : 'username';
  return {
    ...DEFAULT_SHAPE,
    style: set === 'stax' ? 'cxf-stax' : 'cxf',
    version: later ? '1.3' : '2005-02',
    soap: later ? '1.1' : '1.2',
    addressing: later ? '2005-08' : '2004-08',
    suite: later ? 'Basic256Sha256' : 'Basic128',
    derivedKeys: mutual || (kind === 'symmetric' && name.includes('D')),
    encryptSignature,
    protectionOrder: /-ES$/.test(name) ? 'encrypt-before-sign' : 'sign-before-encrypt',
    bootstrap: { kind, credential, encryptSignature: encryptSignature && !mutual },
  };
}
