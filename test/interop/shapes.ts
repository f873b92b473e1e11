import type { Shape } from '../client/index.js';
import type { Scenario } from '../farm/scenarios.js';

/** A client that cannot be run here, written by our own as the facts establish, and the service that it needs. */
export interface JudgedShape {
  readonly client: string;
  readonly scenario: Scenario;
  readonly shape: Shape;
  readonly cancels: boolean;
}

type Credential = Scenario['credential'];

const MESSAGE = {
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
} as const;

/** WCF's UserName-, Anonymous- and MutualCertificate (WSS 1.1) ForCertificate; the latter two want their signatures confirmed. */
function symmetric(
  client: string,
  credential: Credential,
  dialect: Pick<Shape, 'version' | 'soap' | 'addressing'> & {
    readonly suite: 'Basic256' | 'Basic256Sha256' | 'Basic128';
  },
  cancels: boolean,
): JudgedShape {
  const confirms = credential !== 'username';
  const { version, suite } = dialect;
  return {
    client,
    cancels,
    scenario: {
      name: `${client.replaceAll(/[^A-Za-z0-9]/g, '')}-${credential}-${version}-${suite}`,
      binding: 'symmetric',
      credential,
      ...MESSAGE,
      ...(confirms ? { bootstrap: { signatureConfirmation: true } } : {}),
      dialect: { versions: [version], suite },
    },
    shape: {
      ...dialect,
      ...MESSAGE,
      encryptBody: true,
      bootstrap: { kind: 'symmetric', credential, ...(confirms ? { signatureConfirmation: true } : {}) },
      style: 'wcf',
    },
  };
}

const CREDENTIALS: readonly Credential[] = ['username', 'anonymous', 'x509'];

const WCF = CREDENTIALS.flatMap((credential) =>
  (['2005-02', '1.3'] as const).flatMap((version) =>
    (['Basic256', 'Basic256Sha256', 'Basic128'] as const).map((suite) =>
      symmetric('WCF message security', credential, { version, soap: '1.2', addressing: '2005-08', suite }, true),
    ),
  ),
);

/** WSE 3 is, by its makers' word, WCF with the August 2004 version of WS-Addressing and SOAP 1.1; it sends no Cancel. */
const WSE_3 = CREDENTIALS.map((credential) =>
  symmetric('WSE 3', credential, { version: '2005-02', soap: '1.1', addressing: '2004-08', suite: 'Basic256' }, false),
);

const WCF_OVER_TLS = (['username', 'x509'] as const).flatMap((credential) =>
  (['2005-02', '1.3'] as const).map((version): JudgedShape => {
    const protection = { derivedKeys: false, protectionOrder: 'sign-before-encrypt', encryptSignature: false } as const;
    return {
      client: 'WCF TransportWithMessageCredential',
      cancels: true,
      scenario: {
        name: `WCFTLS-${credential}-${version}`,
        binding: 'transport',
        credential,
        ...protection,
        dialect: { versions: [version], suite: 'Basic256' },
      },
      shape: {
        version,
        soap: '1.2',
        addressing: '2005-08',
        suite: 'Basic256',
        ...protection,
        encryptBody: false,
        bootstrap: { kind: 'transport', credential },
        style: 'wcf',
      },
    };
  }),
);

const VINTAGE = { ...MESSAGE, encryptSignature: false } as const;

/** WSE 2, with the suite that its traces show. */
const WSE_2: readonly JudgedShape[] = [
  {
    client: 'WSE 2',
    cancels: false,
    scenario: {
      name: 'WSE2-username',
      binding: 'symmetric',
      credential: 'username',
      ...VINTAGE,
      dialect: { versions: ['2004-04'], suite: 'Basic128Rsa15' },
    },
    shape: {
      version: '2004-04',
      soap: '1.1',
      addressing: '2004-03',
      suite: 'Basic128Rsa15',
      ...VINTAGE,
      encryptBody: true,
      bootstrap: { kind: 'symmetric', credential: 'username' },
      style: 'wse2',
    },
  },
];

export const JUDGED_SHAPES: readonly JudgedShape[] = [...WCF, ...WSE_3, ...WCF_OVER_TLS, ...WSE_2];
