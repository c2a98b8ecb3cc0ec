// Options by name: which there are, of what connects, listens and starts children, and of what kind each has to be. A name that is
// not among them is misspelt, or is one of Python's that this package does not have: it is refused, not dropped.
import { checkOptions, describe } from '../core/index.ts';

type Check = (value: unknown, name: string, where: string) => void;

/** Options by name; null: whoever reads it looks at it. An option may always be left out, undefined or null. */
export type Options = Readonly<Record<string, Check | null>>;

/** @throws TypeError for an option that is not in the table, or of another kind; RangeError for a value that cannot be */
export function checkAll(options: object, where: string, table: Options): void {
  checkOptions(options, where, Object.keys(table));
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null) table[name]?.(value, name, where);
  }
}

function refuse(wanted: string, value: unknown, name: string, where: string): never {
  throw new TypeError(`${where} expects {${name}} as ${wanted}, not ${describe(value)}`);
}

const flag: Check = (value, name, where) => {
  if (typeof value !== 'boolean') refuse('true or false', value, name, where);
};

const text: Check = (value, name, where) => {
  if (typeof value !== 'string') refuse('a string', value, name, where);
};

const whole: Check = (value, name, where) => {
  if (typeof value !== 'number') refuse('a whole number', value, name, where);
  if (!Number.isInteger(value) || value < 0) {
    throw new RangeError(`${where} expects {${name}} as a whole number from 0, not ${value}`);
  }
};

const family: Check = (value, name, where) => {
  if (value === 0 || value === 4 || value === 6) return;
  throw new RangeError(`${where} expects {${name}} as 0, 4 or 6, not ${describe(value)}`);
};

const kind: Check = (value, name, where) => {
  if (value === 0 || value === 'stream' || value === 'dgram') return;
  throw new RangeError(`${where} expects {${name}} as 'stream' or 'dgram', not ${describe(value)}`);
};

const socket: Check = (value, name, where) => {
  if (typeof value !== 'object') refuse('a connected socket of the host', value, name, where);
};

const environment: Check = (value, name, where) => {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
    refuse('an object of strings', value, name, where);
  }
  for (const [key, one] of Object.entries(value)) {
    if (one === undefined) continue;
    if (typeof one !== 'string') refuse('a string', one, `${name}.${key}`, where);
    // Windows keeps the folders of its drives under such names as '=C:'.
    if (key.includes('=', 1) || key.includes('\0') || one.includes('\0')) {
      throw new RangeError(
        `${where} expects {${name}} with names without '=' and nothing with NUL characters, not ${describe(`${key}=${one}`)}`,
      );
    }
  }
};

const folder: Check = (value, name, where) => {
  text(value, name, where);
  if (value !== '' && !(value as string).includes('\0')) return;
  throw new RangeError(
    `${where} expects {${name}} as the path of a folder, not ${describe(value)}`,
  );
};

function isPem(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}

const pem: Check = (value, name, where) => {
  if (isPem(value) || (Array.isArray(value) && value.every(isPem))) return;
  refuse('PEM (a string, a Uint8Array, or several in an array)', value, name, where);
};

const protocols: Check = (value, name, where) => {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && one !== '')) {
    refuse("names of protocols in an array (['h2'])", value, name, where);
  }
};

const callback: Check = (value, name, where) => {
  if (typeof value !== 'function') refuse('a function', value, name, where);
};

const TLS_TIMES: Options = { sslHandshakeTimeout: null, sslShutdownTimeout: null };

export const TLS_CONNECT: Options = { ssl: null, serverHostname: null, ...TLS_TIMES };

export const START_TLS: Options = { serverHostname: null, ...TLS_TIMES, serverSide: flag };

export const UNIX_CONNECT: Options = { ...TLS_CONNECT, sock: socket };

export const CONNECT: Options = {
  ...UNIX_CONNECT,
  family,
  localAddr: null,
  happyEyeballsDelay: null,
  interleave: whole,
  allErrors: flag,
};

const ANY_SERVE: Options = { ssl: null, ...TLS_TIMES, backlog: whole, startServing: flag };

export const UNIX_SERVE: Options = { ...ANY_SERVE, cleanupSocket: flag };

export const SERVE: Options = {
  ...ANY_SERVE,
  family,
  reuseAddress: flag,
  reusePort: flag,
  keepAlive: flag,
};

export const DATAGRAM: Options = { family, reusePort: flag, allowBroadcast: flag };

export const CHILD: Options = {
  stdin: null,
  stdout: null,
  stderr: null,
  cwd: folder,
  env: environment,
  executable: text,
  startNewSession: flag,
  uid: whole,
  gid: whole,
};

export const LOOKUP: Options = { family, type: kind, proto: whole, flags: null };

/** How to speak TLS: `{ssl: {…}}`. */
export const TLS: Options = {
  ca: pem,
  cert: pem,
  key: pem,
  passphrase: text,
  verify: flag,
  checkHostname: flag,
  alpnProtocols: protocols,
  sni: callback,
  ciphers: text,
  minVersion: text,
  maxVersion: text,
};
