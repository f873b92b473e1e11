import { parseArgs } from 'node:util';
import { type Farm, startFarm, USER } from '../farm/farm.js';
import { onParentGone } from '../farm/parent.js';
import { type Caller, openCaller, SERVICES, type Shown } from './conversation.js';
import { createScreen, type Screen } from './screen.js';

const USAGE = `npm run demo -- [options]
  --stay            leaves the farm running for a client of your own, until Ctrl-C
  --http PORT       of the balancer; by default a free one, with --stay 8080
  --https PORT      the same with TLS; with --stay 8443`;

const CALLS = 12;
/** After as many calls. */
const KILL = 4;
const REPLACE = 8;

/** What was seen, for the last lines. */
interface Seen {
  readonly nodes: Set<string>;
  readonly upstreams: Set<string>;
  calls: number;
  failures: number;
}

async function converse(farm: Farm, screen: Screen): Promise<Seen> {
  const seen: Seen = { nodes: new Set(), upstreams: new Set(), calls: 0, failures: 0 };
  screen.title(`${USER.name} proves a password once and gets a security context token`);
  const caller = await openCaller(farm);
  const { node, lifetime, identifier } = caller.token;
  screen.say(`issued by ${node}, valid ${lifetime / 60_000} min: ${identifier}`);
  screen.title('The same conversation goes on, every message to the next node');
  screen.head(['call', 'gateway', 'service', 'as', 'answer']);
  let killed = '';
  for (let call = 1; call <= CALLS; call++) {
    await show(call, seen, screen, () => caller.call(`order ${call}`));
    if (call === KILL) {
      killed = await farm.kill();
      screen.event(`${killed} is killed (SIGKILL); nothing was on it that is missed`);
    }
    if (call === REPLACE) screen.event(`${await farm.replace(killed)} starts; it has never seen this conversation`);
  }
  await refuse(caller, seen, screen);
  await caller.close();
  return seen;
}

async function show(call: number, seen: Seen, screen: Screen, ask: () => Promise<Shown>): Promise<void> {
  seen.calls++;
  try {
    const { node, upstream, user, text, good } = await ask();
    const right = good && user === USER.name;
    if (right) {
      seen.nodes.add(node);
      seen.upstreams.add(upstream);
    } else seen.failures++;
    screen.row([String(call), node, upstream, user, text], right);
  } catch (error) {
    seen.failures++;
    screen.row([String(call), (error as Error).message], false);
  }
}

async function refuse(caller: Caller, seen: Seen, screen: Screen): Promise<void> {
  screen.title('One octet of a message is changed on its way');
  const asked = await caller.callAltered('order 0');
  const unseen = asked.upstream === '';
  if (!asked.good || !unseen) seen.failures++;
  screen.row(['', asked.node, unseen ? '(not asked)' : asked.upstream, '', asked.text], asked.good && unseen);
}

function conclude(seen: Seen, screen: Screen): boolean {
  const good = seen.failures === 0 && seen.nodes.size === 4 && seen.upstreams.size === 2;
  const nodes = [...seen.nodes].sort().join(', ');
  screen.verdict(`${seen.calls} calls in one conversation, proven by ${seen.nodes.size} nodes (${nodes})`, good);
  screen.say('The nodes share a key and their policies, and keep no session: it is in the token, encrypted.');
  screen.say(`failures ${seen.failures}`);
  return good;
}

function tellAddresses({ http, https, pki }: Farm, screen: Screen): void {
  screen.title('The farm stays, for a client of your own');
  screen.say(`${http}/orders       SOAP message security; encrypt for ${pki.directory}/service.pem`);
  screen.say(`${https}/orders-tls  the same over TLS; trust ${pki.directory}/ca.pem`);
  screen.say(`user ${USER.name}, password ${USER.password}; Basic256; WS-SecureConversation 1.3 and February 2005`);
  screen.say('SOAP 1.1 or 1.2, action http://xmlsoap.org/Ping, a PingRequest as in test/upstream. Ctrl-C ends it.');
}

interface DemoOptions {
  readonly stay: boolean;
  readonly http: number;
  readonly https: number;
}

async function demo(options: DemoOptions, screen: Screen): Promise<number> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    onParentGone(resolve);
  });
  screen.title('Three gateway processes in front of two plain services, one balancer in front of them');
  const farm = await startFarm({
    http: options.http,
    https: options.https,
    versions: ['1.3', '2005-02'],
    suite: 'Basic256',
    scenarios: SERVICES,
    report: screen.say,
  });
  try {
    for (const { name, port, node } of farm.members) screen.say(`${name}  process ${node.pid}, port ${port}`);
    for (const { name, port } of farm.upstreams) screen.say(`${name}  port ${port}, knows nothing of WS-Security`);
    const seen = await Promise.race([converse(farm, screen), ended]);
    if (seen === undefined) return 1;
    const good = conclude(seen, screen);
    if (options.stay) {
      tellAddresses(farm, screen);
      await Promise.race([ended, farm.failed]);
    }
    return good ? 0 : 1;
  } finally {
    await farm.stop();
  }
}

/** @throws TypeError for what is no option, or no value of it */
function readOptions(argv: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { stay: { type: 'boolean', default: false }, http: { type: 'string' }, https: { type: 'string' } },
  });
  const port = (text: string | undefined, usual: number): number => {
    const value = Number(text ?? (values.stay ? usual : 0));
    if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new TypeError(`${text} is no port`);
    return value;
  };
  return { stay: values.stay, http: port(values.http, 8080), https: port(values.https, 8443) };
}

async function main(argv: readonly string[]): Promise<number> {
  const colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  let options: DemoOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const screen = createScreen((text) => process.stdout.write(text), colours);
  try {
    return await demo(options, screen);
  } catch (error) {
    screen.verdict((error as Error).message, false);
    return 1;
  }
}

// whoever read our lines may have gone
process.stdout.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
