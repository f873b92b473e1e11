import { jwtAlgorithm, parsePrivateKey } from './certificates.js';
import { resolveBinding } from './resolve-binding.js';
import { resolveBootstrap, type UserFiles } from './resolve-bootstrap.js';
import { resolveUpstream } from './resolve-upstream.js';
import { resolveWsdl } from './resolve-wsdl.js';
import { attempt, type Resolving, readSecret } from './resolving.js';
import type { ServiceFile } from './service-schema.js';
import type { ConversationPolicy, IdentityJwt, IdentityPolicy, Limits, Passthrough, ServicePolicy } from './types.js';

export function resolveService(
  file: ServiceFile,
  limits: Pick<Limits, 'body' | 'response'> | undefined,
  userFiles: UserFiles,
  resolving: Resolving,
): ServicePolicy {
  const binding = resolveBinding(file.binding, resolving);
  return {
    name: file.service,
    match: file.match,
    upstream: resolveUpstream(file, resolving),
    conversation: resolveConversation(file.conversation, resolving),
    binding,
    bootstrap: file.bootstrap.map((entry, index) =>
      resolveBootstrap(
        entry,
        index,
        { binding, file: file.binding, versions: file.conversation.versions },
        userFiles,
        resolving,
      ),
    ),
    timestamp: { ...file.timestamp, required: true },
    identity: resolveIdentity(file, resolving),
    addressing: file.addressing,
    replyActions: resolveReplyActions(file, resolving),
    replay: resolveReplay(file, resolving),
    whenStoreIsAway: resolveStoreAway(file),
    unsignedHeaders: file.unsignedHeaders,
    passthrough: resolvePassthrough(file),
    wsdl: resolveWsdl(file, resolving),
    limits: {
      body: file.limits.body ?? limits?.body ?? 0,
      response: file.limits.response ?? limits?.response ?? 0,
    },
  };
}

function resolveConversation(file: ServiceFile['conversation'], resolving: Resolving): ConversationPolicy {
  const { versions, state, placement, lifetime, renewUntil, cancel, allowInsecureAnonymousCancel } = file;
  const report = (key: string, message: string) => resolving.report(['conversation', key], message);
  if (new Set(versions).size !== versions.length) report('versions', 'a version stands twice');
  if (renewUntil < lifetime) report('renewUntil', 'must not be shorter than lifetime');
  if (allowInsecureAnonymousCancel) {
    resolving.warn(
      ['conversation', 'allowInsecureAnonymousCancel'],
      'whoever has seen a token can end its conversation',
    );
  }
  return { versions, state, placement, lifetime, renewUntil, cancel, allowInsecureAnonymousCancel };
}

const OWN_ACTION = '{action}';

function resolveReplyActions({ replyActions }: ServiceFile, resolving: Resolving): ReadonlyMap<string, string> {
  for (const [request, reply] of Object.entries(replyActions)) {
    const path = ['replyActions', request];
    const plain = reply.replaceAll(OWN_ACTION, '');
    if (reply === '' || /[\s{}]/.test(plain))
      resolving.report(path, `must be an action (a URI), or hold ${OWN_ACTION}`);
  }
  return new Map([['*', `${OWN_ACTION}Response`], ...Object.entries(replyActions)]);
}

function resolveReplay({ replay }: ServiceFile, resolving: Resolving): ServicePolicy['replay'] {
  if (replay === 'off') resolving.warn(['replay'], 'a message can be sent again for as long as it is fresh');
  return replay;
}

function resolveStoreAway({ whenStoreIsAway, replay, conversation }: ServiceFile): ServicePolicy['whenStoreIsAway'] {
  return whenStoreIsAway ?? (replay === 'farm' || conversation.state === 'redis' ? 'closed' : 'open');
}

function resolvePassthrough({ passthrough, match }: ServiceFile): Passthrough {
  return passthrough === true ? { paths: [match.path], methods: ['GET', 'HEAD'] } : passthrough;
}

const PLACEHOLDERS: ReadonlySet<string> = new Set(['{name}', '{groups}', '{method}']);

function resolveIdentity(file: ServiceFile, resolving: Resolving): IdentityPolicy {
  const { headers, jwt } = file.identity;
  const seen = new Map<string, string>();
  const requireUnique = (name: string, path: readonly string[]): void => {
    // CGI and IIS make one variable of X-User and x_user.
    const key = name.toLowerCase().replaceAll('-', '_');
    const other = seen.get(key);
    if (other !== undefined) resolving.report(path, `is the same header as ${other} for many servers`);
    seen.set(key, name);
  };
  for (const [name, template] of Object.entries(headers)) {
    const path = ['identity', 'headers', name];
    requireUnique(name, path);
    const unknown = (template.match(/\{[^{}]*\}?|\}/g) ?? []).find((part) => !PLACEHOLDERS.has(part));
    if (unknown !== undefined) {
      resolving.report(path, `${JSON.stringify(unknown)} is not one of ${[...PLACEHOLDERS].join(', ')}`);
    }
    if (!/^[\x20-\x7e]*$/.test(template)) resolving.report(path, 'must be printable ASCII');
  }
  if (jwt !== undefined) requireUnique(jwt.header, ['identity', 'jwt', 'header']);
  const resolved = jwt === undefined ? undefined : resolveJwt(jwt, file.service, resolving);
  return { headers, ...(resolved === undefined ? {} : { jwt: resolved }) };
}

function resolveJwt(
  { key: source, audience, ...rest }: NonNullable<ServiceFile['identity']['jwt']>,
  service: string,
  resolving: Resolving,
): IdentityJwt | undefined {
  const path = ['identity', 'jwt', 'key'];
  const text = readSecret(resolving, path, source);
  return attempt(resolving, path, 'the key', () => {
    if (text === undefined) return undefined;
    const key = parsePrivateKey(text);
    return { ...rest, audience: audience ?? service, key, algorithm: jwtAlgorithm(key) };
  });
}
