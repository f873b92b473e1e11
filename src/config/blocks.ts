import { BlockList } from 'node:net';
import { z } from 'zod';
import { unknownKey } from './spelling.js';

/** What the schemas of both kinds of file are made of. `title` is the type's name in the reference. */

/** A map with these keys and no others. One line of the message for each unknown key, in the issue's order. */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join('\n')
        : undefined,
  });
}

export const fileName = z.string().min(1, 'must name a file').max(4096).meta({ title: 'file' });

const SECRET_MISUSE = 'a secret is written { fromFile: … } or { fromEnv: … }, never inline';

const secretPlaces = {
  fromFile: fileName.describe('File that holds the secret; not readable by everyone.').optional(),
  fromEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
    .describe('Environment variable that holds the secret.')
    .optional(),
};

/** One of several places, and only one: where a secret is; never the secret. */
function placeOf<Shape extends z.core.$ZodLooseShape>(shape: Shape, title: string) {
  const names = Object.keys(shape);
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => unknownKey(key, names)).join('\n')
          : issue.input === undefined
            ? 'is required'
            : SECRET_MISUSE,
    })
    .refine((place) => Object.values(place).filter((value) => value !== undefined).length === 1, {
      error: `needs one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
      abort: true,
      when: ({ issues }) => issues.length === 0,
    })
    .meta({ title, minProperties: 1, maxProperties: 1 });
}

export const secretSource = placeOf(secretPlaces, 'secret');

/** The farm's key ring may also be a folder, as a mounted secret is. */
export const keyRingSource = placeOf(
  {
    ...secretPlaces,
    fromFolder: fileName
      .describe(
        'Folder whose files are the ring: each holds a JSON Web Key or a set of them. Names with a dot first do not count.',
      )
      .optional(),
  },
  'key ring',
);

export type SecretSource = z.output<typeof secretSource>;
export type KeyRingSource = z.output<typeof keyRingSource>;

const URL_PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/;

/** A path as it stands in a request line, without a query. */
export const urlPath = z
  .string()
  .max(1024)
  .regex(URL_PATH, { error: 'must be a path that begins with "/", without query or fragment', abort: true })
  .refine((path) => !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)), {
    error: 'must not have "." or ".." as a segment',
  })
  .meta({ title: 'path' });

const NC_NAME = /^[\p{L}_][\p{L}\p{N}._-]*$/u;

/** An expanded name in James Clark's notation. */
export const qName = z
  .string()
  .transform((text, context) => {
    const [, namespace = '', local = ''] = /^\{([^{}\s]*)\}(.*)$/s.exec(text) ?? [];
    if (namespace !== '' && NC_NAME.test(local)) return { namespace, local };
    context.addIssue({ code: 'custom', message: 'must be a qualified name: "{namespace}local"' });
    return z.NEVER;
  })
  .meta({ title: 'qualified name' });

const FRAMING =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|proxy-.*|content-.*|soapaction|mime-version|forwarded|x-forwarded-.*|via|x-request-id|traceparent|tracestate|date|authorization|cookie)$/;

/** An HTTP header that carries identity; those that frame, route or trace the request are taken. */
export const headerName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9!#$%&'*+.^_`|~-]*$/, { error: 'must be the name of an HTTP header', abort: true })
  .refine((name) => !FRAMING.test(name.toLowerCase().replaceAll('_', '-')), {
    error: 'is a header that the gateway or HTTP itself sets',
  })
  .meta({ title: 'header name' });

export const cidr = z
  .string()
  .refine(isCidr, { error: 'must be an address or a CIDR block such as 10.0.0.0/8 or fd00::/8' })
  .meta({ title: 'CIDR block' });

function isCidr(text: string): boolean {
  const [, address, prefix] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (address === undefined) return false;
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  try {
    new BlockList().addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
    return true;
  } catch {
    return false;
  }
}

/** `10.0.0.5:6379`, `redis.example:6379`, `[fd00::5]:6379`. */
export const hostPort = z
  .string()
  .transform((text, context) => {
    const [, six, name = six, digits] =
      /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9.-]{0,252})):(\d{1,5})$/.exec(text) ?? [];
    const number = Number(digits);
    if (name !== undefined && number >= 1 && number <= 65_535) return { host: name, port: number };
    context.addIssue({ code: 'custom', message: 'must be a host and a port: 10.0.0.5:6379' });
    return z.NEVER;
  })
  .meta({ title: 'address' });

export const port = z.int().min(0).max(65_535);

export function count(min: number, max: number) {
  return z.int().min(min).max(max);
}
