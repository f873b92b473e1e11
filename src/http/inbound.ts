import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { endToEndHeaders, type HiddenNames } from '../forward/headers.js';
import type { Runtime } from '../runtime.js';

/** Who sent a request, by what way, and the headers of it that may go on. */
export interface Inbound {
  readonly id: string;
  readonly clientAddress: string;
  readonly secureTransport: boolean;
  readonly host: string;
  /** From a valid `traceparent`. */
  readonly traceId?: string;
  readonly tlsVersion?: string;
  readonly clientCertificate?: X509Certificate;
  /** End-to-end headers by lower-cased name, with our X-Forwarded-*. */
  readonly headers: Record<string, string>;
}

/** What is known of a connection; worked out once for all of its requests. */
interface Peer {
  readonly address: string;
  readonly trusted: boolean;
  readonly secure: boolean;
  readonly tlsVersion?: string;
  readonly clientCertificate?: X509Certificate;
}

/** `hidden`: what is not taken over from the client's headers. */
export type InboundReader = (request: IncomingMessage, hidden: HiddenNames) => Inbound;

export interface InboundOptions {
  /** CIDR blocks, or single addresses, whose X-Forwarded-* and X-Request-Id are believed. */
  readonly trustedProxies: readonly string[];
  readonly runtime: Runtime;
}

const REQUEST_ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/;
/** W3C Trace Context §3.2; all-zero ids and version ff are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const FORWARDED_HOST = /^[A-Za-z0-9_.:[\]-]{1,255}$/;

/** `::ffff:192.0.2.1` → `192.0.2.1`: a dual-stack socket shows IPv4 clients so, and CIDR blocks do not match it. */
function plainAddress(address: string): string {
  const match = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return match?.[1] ?? address;
}

/** An entry of X-Forwarded-For: an address, perhaps with a port or in brackets (IIS ARR writes `192.0.2.1:50012`). */
function forwardedAddress(entry: string): string | undefined {
  const trimmed = entry.trim();
  const match = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed) ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed);
  const address = plainAddress(match?.[1] ?? trimmed);
  return isIP(address) === 0 ? undefined : address;
}

/** @throws TypeError for what is no CIDR block or address */
export function proxyList(blocks: readonly string[]): (address: string) => boolean {
  if (blocks.length === 0) return () => false;
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', prefix] = block.split('/');
    const version = isIP(network);
    if (version === 0) throw new TypeError(`not a CIDR block: ${block}`);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(prefix), family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}

function readPeer(socket: Socket, isProxy: (address: string) => boolean): Peer {
  const address = plainAddress(socket.remoteAddress ?? '');
  const peer = { address, trusted: isProxy(address), secure: false };
  if (!(socket instanceof TLSSocket)) return peer;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return {
    ...peer,
    secure: true,
    tlsVersion: socket.getProtocol() ?? 'unknown',
    ...(certificate === undefined ? {} : { clientCertificate: certificate }),
  };
}

/**
 * The client in front of the proxies that we trust: X-Forwarded-For from right to left, for each entry is the word of
 * the hop to its right. An entry that is no address ends the walk.
 */
function clientAddress(peer: Peer, forwardedFor: string | undefined, isProxy: (address: string) => boolean): string {
  if (!peer.trusted || forwardedFor === undefined) return peer.address;
  let client = peer.address;
  for (const entry of forwardedFor.split(',').reverse()) {
    const address = forwardedAddress(entry);
    if (address === undefined) break;
    client = address;
    if (!isProxy(address)) break;
  }
  return client;
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Makes the reader of inbound requests; what it learns of a connection it keeps for as long as the connection lives. */
export function createInboundReader(options: InboundOptions): InboundReader {
  const { runtime } = options;
  const isProxy = proxyList(options.trustedProxies);
  const peers = new WeakMap<Socket, Peer>();

  const peerOf = (socket: Socket): Peer => {
    let peer = peers.get(socket);
    if (peer === undefined) {
      peer = readPeer(socket, isProxy);
      peers.set(socket, peer);
    }
    return peer;
  };

  return (request, hidden) => {
    const received = request.headers;
    const peer = peerOf(request.socket);
    const forwardedFor = peer.trusted ? single(received['x-forwarded-for']) : undefined;
    const givenId = peer.trusted ? single(received['x-request-id']) : undefined;
    const givenHost = peer.trusted ? single(received['x-forwarded-host']) : undefined;
    const secureTransport = peer.secure || (peer.trusted && single(received['x-forwarded-proto']) === 'https');
    const host = givenHost !== undefined && FORWARDED_HOST.test(givenHost) ? givenHost : (received.host ?? '');
    const client = clientAddress(peer, forwardedFor, isProxy);
    const headers = endToEndHeaders(request.rawHeaders, hidden, received.connection);
    headers['x-forwarded-for'] = client === peer.address ? client : `${client}, ${peer.address}`;
    headers['x-forwarded-proto'] = secureTransport ? 'https' : 'http';
    if (host !== '') headers['x-forwarded-host'] = host;
    const trace = headers.traceparent === undefined ? undefined : TRACEPARENT.exec(headers.traceparent)?.[1];
    if (trace === undefined) {
      // W3C Trace Context §3.3: a tracestate without a valid traceparent means nothing
      delete headers.traceparent;
      delete headers.tracestate;
    }
    return {
      id: givenId !== undefined && REQUEST_ID.test(givenId) ? givenId : runtime.randomUUID(),
      clientAddress: client,
      secureTransport,
      host,
      headers,
      ...(trace === undefined ? {} : { traceId: trace }),
      ...(peer.tlsVersion === undefined ? {} : { tlsVersion: peer.tlsVersion }),
      ...(peer.clientCertificate === undefined ? {} : { clientCertificate: peer.clientCertificate }),
    };
  };
}
