import { z } from 'zod';
import { cidr, count, fileName, hostPort, keyRingSource, map, port, secretSource } from './blocks.js';
import { duration, size } from './units.js';

/** gateway.yaml: what is the node's, not a service's. */

const tls = map({
  certificate: fileName.describe('PEM: the certificate, followed by its issuers up to a root.'),
  privateKey: secretSource.describe('PEM, PKCS #8 or PKCS #1, without a passphrase.'),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest version of TLS that is spoken.'),
  clientCertificate: z
    .enum(['none', 'optional', 'required'])
    .default('none')
    .describe('Whether clients are asked for a certificate in the handshake.'),
  clientTrust: fileName
    .describe('PEM: issuers of client certificates; needed unless clientCertificate is none.')
    .optional(),
});

const listener = map({
  address: z
    .string()
    .min(1)
    .max(255)
    .default('0.0.0.0')
    .describe('Address to listen on; "::" is every address, IPv6 too.'),
  port: port.describe('TCP port; 0 takes a free one.'),
  tls: tls.describe('Makes it HTTPS.').optional(),
});

const admin = map({
  address: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('Address; the admin listener has no authentication.'),
  port: port.default(9090).describe('TCP port.'),
});

const certificate = map({
  certificate: fileName.describe('PEM: the certificate whose public key clients encrypt for, RSA; issuers may follow.'),
  privateKey: secretSource.describe('PEM, PKCS #8 or PKCS #1, without a passphrase.'),
});

const limits = map({
  body: size({ min: '1KiB', max: '256MiB' }).prefault('1MiB').describe('Body of a request.'),
  response: size({ min: '1KiB', max: '1GiB' }).prefault('8MiB').describe("Body of an upstream's answer."),
  headers: size({ min: '1KiB', max: '1MiB' }).prefault('32KiB').describe('All header lines of a request together.'),
  headerCount: count(10, 1000).default(100).describe('Header lines of a request.'),
  inFlight: count(1, 100_000).default(1000).describe('Requests in work at once, on one worker; more get 503.'),
  xml: map({
    depth: count(8, 256).default(64).describe('Elements inside each other.'),
    elements: count(100, 1_000_000).default(20_000).describe('Elements of a message, decrypted ones included.'),
    attributes: count(8, 1024).default(64).describe('Attributes of one element, namespace declarations included.'),
    namespaces: count(16, 65_536).default(1024).describe('Namespace declarations of a message.'),
    name: count(32, 4096).default(256).describe('Characters of a name.'),
    attributeValue: count(256, 16_777_216).default(65_536).describe('Characters of the value of an attribute.'),
  })
    .prefault({})
    .describe('What the XML of a message may cost.'),
  security: map({
    references: count(1, 64).default(16).describe('References of one signature.'),
    signatures: count(1, 8).default(3).describe('Signatures of a message.'),
    derivedKeys: count(0, 32).default(6).describe('DerivedKeyTokens of a message.'),
    encryptedData: count(0, 200).default(20).describe('EncryptedData of a message.'),
    tokens: count(1, 32).default(4).describe('Other tokens of a message.'),
  })
    .prefault({})
    .describe('What the Security header of a message may hold.'),
});

const timeouts = map({
  headers: duration({ min: '1s', max: '10m' }).prefault('10s').describe('For the head of a request to arrive.'),
  request: duration({ min: '1s', max: '1h' }).prefault('60s').describe('For a whole request to arrive.'),
  idle: duration({ min: '1s', max: '1h' })
    .prefault('75s')
    .describe('An idle connection is kept for; longer than the load balancer in front keeps its own.'),
  connect: duration({ min: '100ms', max: '1m' }).prefault('3s').describe('For a connection to an upstream.'),
  response: duration({ min: '1s', max: '1h' }).prefault('60s').describe("For an upstream's whole answer."),
});

const authentication = map({
  userFailures: count(1, 10_000).default(10).describe('Failed proofs that a user may have in a row.'),
  addressFailures: count(1, 100_000)
    .default(50)
    .describe('Failed proofs that a client address (IPv6: its /64) may have in a row.'),
  refill: duration({ min: '1s', max: '1d' })
    .prefault('30s')
    .describe('One failure is forgiven each time this has passed.'),
  concurrency: count(1, 64)
    .default(2)
    .describe("Passwords proven at once; each takes a thread of libuv's pool and 32 MiB."),
  queue: count(0, 10_000).default(64).describe('Proofs that wait for their turn; more are refused as unavailable.'),
  nonces: count(1000, 10_000_000)
    .default(100_000)
    .describe(
      'Nonces of UsernameTokens remembered, on one worker; when full, tokens with a nonce are refused as unavailable.',
    ),
});

const redis = map({
  mode: z
    .enum(['single', 'sentinel', 'cluster'])
    .default('single')
    .describe('One Redis; the master that Sentinel names; a Redis Cluster.'),
  addresses: z
    .array(hostPort)
    .min(1)
    .max(32)
    .describe('The Redis; in the other modes Sentinels, or nodes of the cluster, of which one that answers is enough.'),
  master: z.string().min(1).max(255).describe('Name that Sentinel knows the master by; for mode sentinel.').optional(),
  username: z.string().min(1).max(255).describe('User of an ACL. Default: the default user.').optional(),
  password: secretSource.describe('Password of the user.').optional(),
  sentinelUsername: z.string().min(1).max(255).describe('User for the Sentinels themselves.').optional(),
  sentinelPassword: secretSource.describe('Password for the Sentinels themselves.').optional(),
  database: count(0, 1023).default(0).describe('Number of the database; a cluster has one.'),
  tls: map({
    trust: fileName.describe("PEM: issuers to believe in place of the system's.").optional(),
    certificate: fileName.describe("PEM: the gateway's certificate, where Redis asks for one.").optional(),
    privateKey: secretSource.describe('Its key, PEM.').optional(),
    serverName: z.string().min(1).max(255).describe("Name to expect in Redis' certificate.").optional(),
  })
    .describe('Makes it TLS, to Sentinels too; {} is enough.')
    .optional(),
  timeout: duration({ min: '10ms', max: '5s' })
    .prefault('250ms')
    .describe('For a reply; no message waits longer. After three without one, none is asked for until Redis is back.'),
  connectTimeout: duration({ min: '50ms', max: '30s' }).prefault('2s').describe('For a connection.'),
  prefix: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9:._-]*$/, 'must be of A-Z a-z 0-9 : . _ -')
    .default('sct-gateway:')
    .describe('Before every key; another farm on the same Redis needs another.'),
});

const watch = map({
  interval: duration({ min: '1s', max: '1h' })
    .prefault('5s')
    .describe(
      'From one look at the files to the next. A change is taken over at the second look that finds it the same.',
    ),
});

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const gatewaySchema = map({
  listeners: z.array(listener).min(1).max(64).describe('Where clients connect.'),
  admin: z
    .union([z.literal(false), admin], { error: 'must be false or a map with address and port' })
    .prefault({})
    .describe('Where health, metrics and version are served; false: nowhere.'),
  trustedProxies: z
    .array(cidr)
    .default([])
    .describe('Load balancers whose X-Forwarded-For and X-Forwarded-Proto are believed.'),
  farmKeys: keyRingSource.describe(
    'The key ring that every node of the farm shares: a JSON Web Key Set, made with `sct-gateway keys generate` and changed with `sct-gateway keys rotate` and `retire`.',
  ),
  certificates: z
    .array(certificate)
    .max(64)
    .default([])
    .describe('Certificates that clients encrypt for when they ask for a token without TLS.'),
  policies: z
    .union([fileName, z.array(fileName).min(1)], { error: 'must be a folder, a file or a list of them' })
    .default('.')
    .describe(
      'Service policies: folders (each *.yaml but this file), files, or patterns with "*" in the last segment.',
    ),
  limits: limits.prefault({}).describe('What a request may cost.'),
  timeouts: timeouts.prefault({}).describe('How long anything is waited for.'),
  authentication: authentication.prefault({}).describe('How guessing is slowed; all per worker.'),
  log: map({ level: z.enum(LEVELS).default('info').describe('Least severity that is written.') })
    .prefault({})
    .describe('One JSON object a line, on standard output.'),
  workers: count(1, 256).default(1).describe('Processes that share the listeners; another number needs a restart.'),
  cache: map({
    conversations: count(1, 10_000_000)
      .default(10_000)
      .describe('Opened tokens kept, on one worker; of `state: memory` so many there can be at once.'),
    derivedKeys: count(1, 1024).default(8).describe('Derived keys kept for each of them.'),
    replay: count(1000, 16_000_000)
      .default(2_000_000)
      .describe('Messages remembered so that none is accepted twice, on one worker; when full, messages are refused.'),
    revocations: count(1000, 50_000_000)
      .default(1_000_000)
      .describe(
        'Conversations remembered because they were cancelled or revoked, and as many tokens because they were renewed, on one worker.',
      ),
  })
    .prefault({})
    .describe('What is kept in memory; nothing in it is needed to serve a conversation, but for `state: memory`.'),
  redis: redis
    .describe('The store that the nodes share, for `state: redis`, `replay: farm`, and revocation on every node.')
    .optional(),
  watch: z
    .union([z.literal(false), watch], { error: 'must be false or a map with interval' })
    .prefault({})
    .describe('Whether a change of any file of the configuration, keys and certificates too, is taken over by itself.'),
  drain: map({
    delay: duration({ min: '0s', max: '10m' })
      .prefault('5s')
      .describe('From "not ready" to no new connections: what the load balancer needs to notice.'),
    timeout: duration({ min: '0s', max: '1h' }).prefault('30s').describe('For requests in work to finish.'),
  })
    .prefault({})
    .describe('How the gateway stops.'),
});

export type GatewayFile = z.output<typeof gatewaySchema>;
