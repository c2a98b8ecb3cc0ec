// Options by name: which there are, of what connects, listens and starts children, and of what kind each has to be. A name that is
// not among them is misspelt, or is one of Python's that this package does not have: it is refused, not dropped.
import {
  describe,
  environmentOption,
  flagOption,
  type OptionCheck,
  type OptionTable,
  refuseOption,
  textOption,
} from '../core/index.ts';

const whole: OptionCheck = (value, name, where) => {
  if (typeof value !== 'number') refuseOption('a whole number', value, name, where);
  if (!Number.isInteger(value) || value < 0) {
    throw new RangeError(`${where} expects {${name}} as a whole number from 0, not ${value}`);
  }
};

const family: OptionCheck = (value, name, where) => {
  if (value === 0 || value === 4 || value === 6) return;
  throw new RangeError(`${where} expects {${name}} as 0, 4 or 6, not ${describe(value)}`);
};

const kind: OptionCheck = (value, name, where) => {
  if (value === 0 || value === 'stream' || value === 'dgram') return;
  throw new RangeError(`${where} expects {${name}} as 'stream' or 'dgram', not ${describe(value)}`);
};

const socket: OptionCheck = (value, name, where) => {
  if (typeof value !== 'object') refuseOption('a connected socket of the host', value, name, where);
};

const environment: OptionCheck = (value, name, where) => {
  environmentOption(value, name, where);
  for (const [key, one] of Object.entries(value as Record<string, string | undefined>)) {
    if (one === undefined) continue;
    // Windows keeps the folders of its drives under such names as '=C:'.
    if (key.includes('=', 1) || key.includes('\0') || one.includes('\0')) {
      throw new RangeError(
        `${where} expects {${name}} with names without '=' and nothing with NUL characters, not ${describe(`${key}=${one}`)}`,
      );
    }
  }
};

const folder: OptionCheck = (value, name, where) => {
  textOption(value, name, where);
  if (value !== '' && !(value as string).includes('\0')) return;
  throw new RangeError(
    `${where} expects {${name}} as the path of a folder, not ${describe(value)}`,
  );
};

function isPem(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}

const pem: OptionCheck = (value, name, where) => {
  if (isPem(value) || (Array.isArray(value) && value.every(isPem))) return;
  refuseOption('PEM (a string, a Uint8Array, or several in an array)', value, name, where);
};

const protocols: OptionCheck = (value, name, where) => {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && one !== '')) {
    refuseOption("names of protocols in an array (['h2'])", value, name, where);
  }
};

const callback: OptionCheck = (value, name, where) => {
  if (typeof value !== 'function') refuseOption('a function', value, name, where);
};

const TLS_TIMES: OptionTable = { sslHandshakeTimeout: null, sslShutdownTimeout: null };

export const TLS_CONNECT: OptionTable = { ssl: null, serverHostname: null, ...TLS_TIMES };

export const START_TLS: OptionTable = {
  serverHostname: null,
  ...TLS_TIMES,
  serverSide: flagOption,
};

export const UNIX_CONNECT: OptionTable = { ...TLS_CONNECT, sock: socket };

export const CONNECT: OptionTable = {
  ...UNIX_CONNECT,
  family,
  localAddr: null,
  happyEyeballsDelay: null,
  interleave: whole,
  allErrors: flagOption,
};

const ANY_SERVE: OptionTable = {
  ssl: null,
  ...TLS_TIMES,
  backlog: whole,
  startServing: flagOption,
};

export const UNIX_SERVE: OptionTable = { ...ANY_SERVE, cleanupSocket: flagOption };

export const SERVE: OptionTable = {
  ...ANY_SERVE,
  family,
  reuseAddress: flagOption,
  reusePort: flagOption,
  keepAlive: flagOption,
};

export const DATAGRAM: OptionTable = { family, reusePort: flagOption, allowBroadcast: flagOption };

export const CHILD: OptionTable = {
  stdin: null,
  stdout: null,
  stderr: null,
  cwd: folder,
  env: environment,
  executable: textOption,
  startNewSession: flagOption,
  uid: whole,
  gid: whole,
};

export const LOOKUP: OptionTable = { family, type: kind, proto: whole, flags: null };

/** How to speak TLS: `{ssl: {…}}`. */
export const TLS: OptionTable = {
  ca: pem,
  cert: pem,
  key: pem,
  passphrase: textOption,
  verify: flagOption,
  checkHostname: flagOption,
  alpnProtocols: protocols,
  sni: callback,
  ciphers: textOption,
  minVersion: textOption,
  maxVersion: textOption,
};
