import { z } from 'zod';
import { SUITES, type SuiteName } from '../crypto/suites.js';
import { count, fileName, headerName, map, qName, secretSource, urlPath } from './blocks.js';
import { duration, size } from './units.js';
import { wsdl } from './wsdl-schema.js';

/** One service: which messages are its own, how they must be protected, and where they go. */

const suiteName = z.enum(Object.keys(SUITES) as [SuiteName, ...SuiteName[]]).meta({ title: 'algorithm suite' });

const SUITE = "Algorithm suite of WS-SecurityPolicy (Basic256, Basic128Sha256, …), or one of CXF's with GCM.";

const protection = {
  algorithmSuite: suiteName.describe(`${SUITE} Default: that of the service's binding.`).optional(),
  allowInsecureAlgorithms: z
    .boolean()
    .default(false)
    .describe('Admits a suite with RSA 1.5 key transport or triple DES; see SECURITY.md for what that gives up.'),
  derivedKeys: z
    .boolean()
    .describe(
      "Messages are signed and encrypted with keys derived from the token's. Default: true, over transport false.",
    )
    .optional(),
  protectionOrder: z
    .enum(['sign-before-encrypt', 'encrypt-before-sign'])
    .describe('Which comes first. Default: sign-before-encrypt.')
    .optional(),
  encryptSignature: z.boolean().describe('The signature is encrypted too. Default: true.').optional(),
  signedParts: map({
    body: z.literal(true).default(true).describe('The Body; what is not signed is not forwarded, so always true.'),
    headers: z
      .union([z.enum(['addressing', 'none']), z.array(qName).max(32)], {
        error: 'must be addressing, none or a list of qualified names',
      })
      .prefault('addressing')
      .describe('Header blocks that must be signed where they are present: all of WS-Addressing, none, or these.'),
  })
    .describe('What every message must sign, besides its Timestamp.')
    .optional(),
  encryptedParts: map({
    body: z.boolean().default(true).describe("The Body's content."),
    headers: z
      .array(qName)
      .max(32)
      .prefault([])
      .describe('Header blocks that must be encrypted where they are present.'),
  })
    .describe('What every message must encrypt.')
    .optional(),
} as const;

const binding = map({
  kind: z
    .enum(['symmetric', 'transport'])
    .describe(
      "symmetric: messages are protected with the token's key. transport: TLS protects them, the token endorses.",
    ),
  ...protection,
  algorithmSuite: suiteName.describe(SUITE),
  allowInsecureUnsignedAddressing: z
    .boolean()
    .default(false)
    .describe('Admits `signedParts.headers: none`: a message can be sent again to another action of the service.'),
});

const bootstrap = map({
  binding: z
    .enum(['symmetric', 'asymmetric', 'transport'])
    .describe(
      "symmetric: a key encrypted for our certificate. asymmetric: both sides have a certificate. transport: TLS. Default: the kind of the service's binding.",
    )
    .optional(),
  credential: z
    .enum(['username', 'x509', 'anonymous'])
    .describe('What proves the client: a UsernameToken, a certificate, or nothing.'),
  users: map({ file: fileName.describe('Users file; see `sct-gateway hash-password`. Not readable by everyone.') })
    .describe('Who may have a token; for username.')
    .optional(),
  passwords: z
    .array(z.enum(['text', 'digest']))
    .min(1)
    .max(2)
    .default(['text'])
    .describe('Forms of password; digest needs users stored with `hash-password --reversible`.'),
  allowInsecurePlaintextPassword: z
    .boolean()
    .default(false)
    .describe('Takes a password as text that neither the message nor TLS hides.'),
  signatureConfirmation: z
    .boolean()
    .default(false)
    .describe(
      'The answer repeats the signatures of the request (wsse11:SignatureConfirmation); WCF demands it of its …ForCertificate bindings.',
    ),
  trust: map({
    file: fileName.describe('PEM: issuers whose certificates prove a client, or such certificates themselves.'),
    revocation: z
      .array(fileName)
      .max(64)
      .default([])
      .describe(
        'Revocation lists (CRL), PEM or DER. If any is named, each certificate on the way to a trusted issuer needs a current list of its issuer; without one it is refused.',
      ),
    name: z
      .enum(['subject', 'email', 'upn', 'issuer-serial'])
      .default('subject')
      .describe(
        "The client's name: its subject, the one e-mail address or user principal name of its subjectAltName, or its issuer, `#` and serial number.",
      ),
  })
    .describe('Whose certificates are believed; for x509.')
    .optional(),
  ...protection,
});

const actionKey = z
  .string()
  .regex(/^[^\s{}]+$/, 'must be an action (a URI), or "*"')
  .max(2048)
  .meta({ title: 'action' });

const health = map({
  active: map({
    path: urlPath.describe('Asked with GET.'),
    interval: duration({ min: '1s', max: '1h' }).prefault('30s').describe('From one question to the next.'),
    timeout: duration({ min: '100ms', max: '1m' }).prefault('5s').describe('For an answer.'),
    passes: count(1, 100).default(1).describe('Good answers in a row that bring a target back.'),
    fails: count(1, 100).default(1).describe('Bad answers in a row that take it out.'),
    expectStatus: count(100, 599).default(200).describe('Status of a good answer.'),
  })
    .describe('Asks each target whether it is well.')
    .optional(),
  passive: map({
    maxFails: count(0, 1000)
      .default(3)
      .describe('Broken connections within failDuration that take a target out; 0: never.'),
    failDuration: duration({ min: '1s', max: '1h' })
      .prefault('10s')
      .describe('How long they count, and how long it stays out.'),
  })
    .prefault({})
    .describe('Watches what becomes of messages.'),
});

const upstream = map({
  targets: z
    .array(z.string().max(2048).meta({ title: 'origin' }))
    .min(1)
    .max(256)
    .describe('Origins, http or https: http://10.0.0.11:8080. No paths, credentials, queries.'),
  path: urlPath.describe("Where messages are posted. Default: the service's own path.").optional(),
  balance: z
    .enum(['round_robin', 'least_requests'])
    .default('round_robin')
    .describe('Which target is next; nothing sticks.'),
  health: health.prefault({}).describe('When a target gets no messages.'),
  tls: map({
    trust: fileName.describe("PEM: issuers to believe in place of the system's.").optional(),
    certificate: fileName.describe("PEM: the gateway's certificate for upstreams that ask for one.").optional(),
    privateKey: secretSource.describe('Its key, PEM.').optional(),
    serverName: z.string().min(1).max(255).describe("Name to expect in the target's certificate.").optional(),
  })
    .describe('For https targets.')
    .optional(),
});

const jwt = map({
  header: headerName.default('X-Identity-Assertion').describe('Header that carries it.'),
  audience: z.string().min(1).max(255).describe('Claim aud. Default: the name of the service.').optional(),
  issuer: z.string().min(1).max(255).default('sct-gateway').describe('Claim iss.'),
  lifetime: duration({ min: '10s', max: '5m' }).prefault('60s').describe('From iat to exp.'),
  key: secretSource.describe(
    'PEM: EC P-256 or P-384, Ed25519, or RSA of at least 2048 bits; its type picks the algorithm.',
  ),
});

const identity = map({
  headers: z
    .record(headerName, z.string().max(1024).meta({ title: 'template' }))
    .default({})
    .describe(
      'Headers to set; values hold {name}, {groups}, {method}. What a client sends under these names is removed.',
    ),
  jwt: jwt.describe('A signed assertion of who calls.').optional(),
});

const conversation = map({
  versions: z
    .array(z.enum(['1.3', '2005-02', '2004-04']))
    .min(1)
    .default(['1.3', '2005-02'])
    .describe('Versions of WS-SecureConversation that are spoken; 1.3 is also 1.4, 2004-04 is that of WSE 2.'),
  state: z
    .enum(['cookie', 'memory', 'redis'])
    .default('cookie')
    .describe(
      'Where state is. cookie: in the token itself, so that any node serves it. memory: in this process alone, which needs one worker and a balancer that keeps each client on its node. redis: sealed in the shared store. In the last two the token holds no more than its Identifier; tokens with a cookie are accepted in all three.',
    ),
  placement: z
    .enum(['auto', 'extension', 'identifier'])
    .default('auto')
    .describe(
      'Where in the token the cookie is: an element of its extensibility area, or its Identifier (for clients that rebuild the token from that). auto: the Identifier for gSOAP, which announces itself, the element for all others.',
    ),
  lifetime: duration({ min: '1s', max: '7d' }).prefault('30m').describe('Of a token.'),
  renewUntil: duration({ min: '1s', max: '30d' }).prefault('10h').describe('Of a conversation, renewals included.'),
  cancel: z
    .boolean()
    .default(true)
    .describe(
      'The published policy lets clients cancel their tokens. false: it says MustNotSendCancel; a Cancel that comes all the same is obeyed.',
    ),
  allowInsecureAnonymousCancel: z
    .boolean()
    .default(false)
    .describe('Obeys a Cancel that an anonymous bootstrap sends: whoever has seen a token can end its conversation.'),
});

export const serviceSchema = map({
  service: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first')
    .describe('Name; stands in tokens, logs and metrics.'),
  match: map({ path: urlPath.describe("SOAP posted to this path, exactly, is the service's.") }).describe(
    'Which requests.',
  ),
  upstream: upstream.describe('Where proven messages go.'),
  conversation: conversation.prefault({}).describe('Tokens.'),
  binding: binding.describe('How messages under a token are protected.'),
  bootstrap: z.array(bootstrap).min(1).max(16).describe('How a client may prove itself when it asks for a token.'),
  timestamp: map({
    ttl: duration({ min: '1s', max: '1h' })
      .prefault('300s')
      .describe('How old a message may be, counted from Created.'),
    skew: duration({ min: '0s', max: '1h' })
      .prefault('300s')
      .describe('How far clocks may differ; WCF allows as much.'),
  })
    .prefault({})
    .describe('Freshness.'),
  identity: identity.prefault({}).describe('How the upstream learns who calls.'),
  addressing: z
    .enum(['strip', 'forward'])
    .default('strip')
    .describe('What the upstream sees of WS-Addressing headers.'),
  replyActions: z
    .record(actionKey, z.string().max(2048).meta({ title: 'action' }))
    .default({})
    .describe(
      'wsa:Action of the answer for the wsa:Action of a request; "*" is the rule for all others, where {action} is the request\'s. Default of "*": {action}Response, as WCF and ASMX have it.',
    ),
  replay: z
    .enum(['node', 'farm', 'off'])
    .default('node')
    .describe(
      'Who remembers messages, and nonces of UsernameTokens, so that none is accepted twice: this worker, all nodes by way of the shared store, or nobody (of nonces this worker).',
    ),
  whenStoreIsAway: z
    .enum(['open', 'closed'])
    .describe(
      'While the shared store cannot be asked: open accepts what this worker by itself would, closed refuses every message within seconds. Default: closed with `state: redis` or `replay: farm`, else open.',
    )
    .optional(),
  unsignedHeaders: z
    .array(qName)
    .max(64)
    .prefault([])
    .describe('Header blocks that are forwarded though not signed; anyone on the way can write them.'),
  passthrough: z
    .union(
      [
        z.boolean(),
        map({
          paths: z
            .array(
              z
                .string()
                .max(1024)
                .regex(/^\/[^?#\s]*$/, 'must be a path that begins with "/"')
                .meta({ title: 'path' }),
            )
            .min(1)
            .max(256)
            .describe('Paths; one that ends in "/*" is everything below.'),
          methods: z
            .array(z.enum(['GET', 'HEAD', 'POST']))
            .min(1)
            .default(['GET', 'HEAD'])
            .describe('Methods. A POST that passes through is not proven by anyone.'),
        }),
      ],
      { error: 'must be true, false or a map with paths' },
    )
    .default(false)
    .describe("Requests that go to the upstream as they are; true: GET and HEAD of the service's own path."),
  wsdl,
  limits: map({
    body: size({ min: '1KiB', max: '256MiB' }).describe('Body of a request.').optional(),
    response: size({ min: '1KiB', max: '1GiB' }).describe("Body of the upstream's answer.").optional(),
  })
    .prefault({})
    .describe("In place of the gateway's own."),
});

export type ServiceFile = z.output<typeof serviceSchema>;
export type BootstrapFile = ServiceFile['bootstrap'][number];
