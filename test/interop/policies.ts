import type { SuiteName } from '../../src/crypto/suites.js';
import type { Scenario } from '../farm/scenarios.js';

/** What Apache CXF is asked to do with every port of a service, in the words of its program (cxf/, Asked.java). */
export type Asked = 'calls' | 'cancel' | 'no-cancel' | 'renew' | 'expired' | 'unknown';

/** A policy of our own suite, and what is asked of it. */
export interface InteropPolicy extends Scenario {
  readonly asked: readonly Asked[];
}

const VERSIONS = ['1.3', '2005-02'] as const;
const SUITES = ['Basic128', 'Basic256', 'Basic256Sha256'] as const;
const CREDENTIALS = ['username', 'x509', 'anonymous'] as const;

/** How signing and encryption follow each other, by the short name that stands in services' names. */
const ORDERS = {
  se: { protectionOrder: 'sign-before-encrypt', encryptSignature: false },
  ses: { protectionOrder: 'sign-before-encrypt', encryptSignature: true },
  es: { protectionOrder: 'encrypt-before-sign', encryptSignature: false },
} as const;
type Order = keyof typeof ORDERS;

interface Choice {
  readonly binding: 'symmetric' | 'asymmetric' | 'transport';
  readonly credential: Scenario['credential'];
  readonly suite: SuiteName;
  readonly derivedKeys: boolean;
  readonly order: Order;
}

function policy(choice: Choice, asked: readonly Asked[], conversation: Scenario['conversation'] = {}): InteropPolicy {
  const { binding, credential, suite, derivedKeys, order } = choice;
  const words = [binding, credential, ...(derivedKeys ? ['derived'] : []), ...(binding === 'transport' ? [] : [order])];
  return {
    name: [...words, suite, ...Object.values(conversation).filter((value) => typeof value === 'string')].join('-'),
    binding: binding === 'transport' ? 'transport' : 'symmetric',
    derivedKeys,
    ...ORDERS[order],
    credential,
    ...(binding === 'asymmetric' ? { bootstrap: { binding } } : {}),
    dialect: { versions: VERSIONS, suite },
    conversation: { cancel: asked.includes('cancel') || asked.includes('no-cancel'), ...conversation },
    asked,
  };
}

/** Every combination where the messages themselves are protected; a Cancel for each that differs in the protection. */
function symmetric(): InteropPolicy[] {
  return SUITES.flatMap((suite) =>
    CREDENTIALS.flatMap((credential) =>
      [true, false].flatMap((derivedKeys) =>
        (Object.keys(ORDERS) as Order[]).map((order) => {
          const end = credential === 'anonymous' ? 'no-cancel' : 'cancel';
          const asked: readonly Asked[] = suite === 'Basic256' ? ['calls', end] : ['calls'];
          return policy({ binding: 'symmetric', credential, suite, derivedKeys, order }, asked);
        }),
      ),
    ),
  );
}

function asymmetric(): InteropPolicy[] {
  return SUITES.flatMap((suite) =>
    (Object.keys(ORDERS) as Order[]).map((order) =>
      policy({ binding: 'asymmetric', credential: 'x509', suite, derivedKeys: order !== 'es', order }, [
        'calls',
        'cancel',
      ]),
    ),
  );
}

/**
 * Two things that CXF cannot do over TLS are not asked of it: with derived keys it digests with SHA-1 whatever the
 * suite, and a Cancel of an X.509 client comes without that client's signature now and then.
 */
function transport(): InteropPolicy[] {
  return SUITES.flatMap((suite) =>
    (['username', 'x509'] as const).flatMap((credential) =>
      (suite.endsWith('Sha256') ? [false] : [true, false]).map((derivedKeys) =>
        policy(
          { binding: 'transport', credential, suite, derivedKeys, order: 'se' },
          credential === 'x509' ? ['calls'] : ['calls', 'cancel'],
        ),
      ),
    ),
  );
}

/** Tokens of a few seconds: what CXF does when they end, and what it sees when it does not know that they have. */
function lifecycle(): InteropPolicy[] {
  const common = { suite: 'Basic256', order: 'ses' } as const;
  const short = { lifetime: '2s' };
  return [
    policy({ ...common, binding: 'symmetric', credential: 'username', derivedKeys: true }, ['renew', 'expired'], short),
    policy({ ...common, binding: 'symmetric', credential: 'x509', derivedKeys: false }, ['renew'], short),
    policy(
      { ...common, binding: 'transport', credential: 'username', derivedKeys: false },
      ['renew', 'expired'],
      short,
    ),
  ];
}

/** A token that another farm sealed, or nobody; and the state in the Identifier, where it is for clients like gSOAP. */
function states(): InteropPolicy[] {
  const common = { credential: 'username', suite: 'Basic256', order: 'ses', derivedKeys: true } as const;
  const inIdentifier = { placement: 'identifier' };
  return (['symmetric', 'transport'] as const).flatMap((binding) => [
    policy({ ...common, binding }, ['unknown'], { placement: 'extension' }),
    policy({ ...common, binding }, ['calls', 'cancel'], inIdentifier),
  ]);
}

/** The gateway's own policies as Apache CXF meets them: 1.3 and 2005/02, SOAP 1.1 and 1.2, four ports each. */
export const INTEROP_POLICIES: readonly InteropPolicy[] = [
  ...symmetric(),
  ...asymmetric(),
  ...transport(),
  ...lifecycle(),
  ...states(),
];

/** Version and SOAP of a port, from what the publisher has added to its name. */
export function dialectOf(port: string): { readonly version: string; readonly soap: string } {
  const [first, second] = VERSIONS;
  return { version: port.endsWith(`_${second}`) ? second : first, soap: port.includes('_soap11') ? '1.1' : '1.2' };
}
