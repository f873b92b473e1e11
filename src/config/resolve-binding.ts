import { SUITES } from '../crypto/suites.js';
import { ADDRESSING_BY_NAMESPACE } from '../soap/names.js';
import type { Path } from './problems.js';
import type { Resolving } from './resolving.js';
import type { BootstrapFile, ServiceFile } from './service-schema.js';
import type { Binding, BindingKind } from './types.js';

type Protection = Pick<
  BootstrapFile,
  'algorithmSuite' | 'derivedKeys' | 'protectionOrder' | 'encryptSignature' | 'signedParts' | 'encryptedParts'
>;
type Defaults = Omit<Binding, 'kind' | 'suite'>;

const MESSAGE: Defaults = {
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
  signedParts: { body: true, headers: 'addressing' },
  encryptedParts: { body: true, headers: [] },
};

const DEFAULTS: Readonly<Record<BindingKind, Defaults>> = {
  symmetric: MESSAGE,
  asymmetric: { ...MESSAGE, derivedKeys: false },
  // WCF's TransportWithMessageCredential: the token's own key signs the Timestamp (wire-facts §3.1b).
  transport: {
    ...MESSAGE,
    derivedKeys: false,
    encryptSignature: false,
    signedParts: { body: false, headers: 'none' },
    encryptedParts: { body: false, headers: [] },
  },
};

const MESSAGE_KEYS = ['protectionOrder', 'encryptSignature', 'signedParts', 'encryptedParts'] as const;

export function resolveBinding(file: ServiceFile['binding'], resolving: Resolving): Binding {
  const path = ['binding'];
  const binding = protect(
    file.kind,
    file,
    { ...DEFAULTS[file.kind], suite: SUITES[file.algorithmSuite] },
    path,
    resolving,
  );
  requireNamed(binding, file.allowInsecureAlgorithms, [...path, 'algorithmSuite'], resolving);
  const unsigned = unsignedAction(file);
  if (unsigned !== undefined && !file.allowInsecureUnsignedAddressing) {
    const message = `${unsigned} needs allowInsecureUnsignedAddressing: true beside it`;
    resolving.report([...path, 'signedParts', 'headers'], message);
  }
  if (file.allowInsecureUnsignedAddressing) {
    resolving.warn(
      [...path, 'allowInsecureUnsignedAddressing'],
      'a message can be sent again to another action of the service',
    );
  }
  return binding;
}

/**
 * How an RST is protected. What it does not say it takes from the service's binding if that is of the same kind; of
 * another kind it takes the suite alone.
 */
export function resolveBootstrapBinding(
  file: BootstrapFile,
  path: Path,
  service: { readonly binding: Binding; readonly file: ServiceFile['binding'] },
  resolving: Resolving,
): Binding {
  const kind = file.binding ?? service.binding.kind;
  const inherited =
    kind === service.binding.kind ? service.binding : { ...DEFAULTS[kind], suite: service.binding.suite };
  const binding = protect(kind, file, inherited, path, resolving);
  // An inherited suite has been named, and complained of, where it stands.
  if (file.algorithmSuite !== undefined) {
    const named = file.allowInsecureAlgorithms || service.file.allowInsecureAlgorithms;
    requireNamed(binding, named, [...path, 'algorithmSuite'], resolving);
  }
  const unsigned = unsignedAction(file);
  if (unsigned !== undefined && !service.file.allowInsecureUnsignedAddressing) {
    const message = `${unsigned} needs allowInsecureUnsignedAddressing: true at the service's binding`;
    resolving.report([...path, 'signedParts', 'headers'], message);
  }
  return binding;
}

/** What the upstream is told to do is signed by the default, and by a list that has wsa:Action in it. */
function unsignedAction({ signedParts }: Protection): string | undefined {
  const { headers } = signedParts ?? {};
  if (headers === 'none') return 'none';
  if (headers === undefined || headers === 'addressing') return undefined;
  const signsAction = headers.some(
    ({ namespace, local }) => local === 'Action' && ADDRESSING_BY_NAMESPACE.has(namespace),
  );
  return signsAction ? undefined : 'a list without wsa:Action';
}

function protect(
  kind: BindingKind,
  file: Protection,
  inherited: Defaults & Pick<Binding, 'suite'>,
  path: Path,
  resolving: Resolving,
): Binding {
  if (kind === 'transport') {
    for (const key of MESSAGE_KEYS) {
      if (file[key] !== undefined)
        resolving.report([...path, key], 'has no meaning over transport: TLS protects the message');
    }
  }
  if (kind === 'asymmetric' && file.derivedKeys === true) {
    resolving.report([...path, 'derivedKeys'], 'has no meaning for asymmetric: there is no key to derive from');
  }
  return {
    kind,
    suite: file.algorithmSuite === undefined ? inherited.suite : SUITES[file.algorithmSuite],
    derivedKeys: file.derivedKeys ?? inherited.derivedKeys,
    protectionOrder: file.protectionOrder ?? inherited.protectionOrder,
    encryptSignature: file.encryptSignature ?? inherited.encryptSignature,
    signedParts: file.signedParts ?? inherited.signedParts,
    encryptedParts: file.encryptedParts ?? inherited.encryptedParts,
  };
}

function requireNamed({ suite }: Binding, named: boolean, path: Path, resolving: Resolving): void {
  if (suite.unsafe === undefined) return;
  if (named) resolving.warn(path, `${suite.name} is insecure: ${suite.unsafe}`);
  else resolving.report(path, `${suite.name} needs allowInsecureAlgorithms: true beside it: ${suite.unsafe}`);
}
