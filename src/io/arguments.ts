// Arguments at the door, before anything is opened: hosts, ports, paths, and how to speak TLS. What connects or listens
// says at the call what is wrong with them, whether it is a method of the loop or a function of the streams.
import {
  checkAll,
  type DatagramOptions,
  describe,
  type InetAddress,
  NotImplementedError,
  type TlsOptions,
} from '../core/index.ts';
import {
  CONNECT,
  DATAGRAM,
  SERVE,
  START_TLS,
  TLS,
  TLS_CONNECT,
  UNIX_CONNECT,
  UNIX_SERVE,
} from './options.ts';

/** @throws TypeError or RangeError for what is no port */
export function checkPort(port: unknown, where: string): asserts port is number {
  if (typeof port !== 'number') {
    throw new TypeError(`${where} expects a port (a number), not ${describe(port)}`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`${where} expects a port from 0 to 65535, not ${port}`);
  }
}

/** @throws TypeError for what is no host */
export function checkHost(host: unknown, where: string): asserts host is string {
  if (typeof host !== 'string') {
    throw new TypeError(`${where} expects a host (a string), not ${describe(host)}`);
  }
  if (host.includes('\0')) {
    throw new RangeError(`${where} expects a host without NUL characters, not ${describe(host)}`);
  }
  if (host.includes('/')) {
    throw new RangeError(
      `${where} expects a host alone ('example.org', '192.0.2.1'), not ${describe(host)}: no URL, no path`,
    );
  }
}

/** @throws TypeError for what is no path */
export function checkPath(path: unknown, where: string): asserts path is string {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`${where} expects the path of a socket (a string), not ${describe(path)}`);
  }
  // The kernel's limit. Node 20 and 22 cut what is longer, and would reach another socket.
  const { length } = new TextEncoder().encode(path);
  if (length > MAX_PATH) {
    throw new RangeError(
      `${where} expects the path of a socket in at most ${MAX_PATH} bytes, not ${length}: ${describe(path)}`,
    );
  }
}

const MAX_PATH = 107;

/** @throws TypeError or RangeError for what is no `[host, port]` */
export function checkAddress(address: unknown, where: string): asserts address is InetAddress {
  if (!Array.isArray(address)) {
    throw new TypeError(`${where} expects an address [host, port], not ${describe(address)}`);
  }
  checkHost(address[0], where);
  checkPort(address[1], where);
}

const DEFAULTS: TlsOptions = {};

/** The options meant by `ssl`, else null. @throws TypeError for what is neither true nor an object */
export function tlsOptions(ssl: unknown, where: string): TlsOptions | null {
  if (ssl === undefined || ssl === null || ssl === false) return null;
  if (ssl === true) return DEFAULTS;
  if (typeof ssl === 'object' && !Array.isArray(ssl)) {
    checkAll(ssl, `${where} in {ssl}`, TLS);
    return ssl;
  }
  throw new TypeError(`${where} expects true or the options of TLS as {ssl}, not ${describe(ssl)}`);
}

interface TlsSettings {
  ssl?: unknown;
  serverHostname?: string | null | undefined;
  sslHandshakeTimeout?: number | null | undefined;
  sslShutdownTimeout?: number | null | undefined;
}

const ONLY_WITH_TLS = ['serverHostname', 'sslHandshakeTimeout', 'sslShutdownTimeout'] as const;

function checkTlsSettings(options: TlsSettings, ssl: TlsOptions | null, where: string): void {
  for (const name of ONLY_WITH_TLS) {
    const value = options[name];
    if (value === undefined || value === null) continue;
    if (ssl === null) throw new RangeError(`${where}: {${name}} means something with {ssl} only`);
    if (name === 'serverHostname') {
      if (typeof value === 'string') continue;
      throw new TypeError(`${where} expects {serverHostname} as a string, not ${describe(value)}`);
    }
    if (typeof value !== 'number') {
      throw new TypeError(`${where} expects {${name}} in seconds, not ${describe(value)}`);
    }
    if (!(value > 0)) {
      throw new RangeError(`${where} expects {${name}} above zero (seconds), not ${value}`);
    }
  }
}

/** What to speak, on the side of a client. @throws TypeError or RangeError for options that do not fit */
export function clientTls(options: TlsSettings, where: string): TlsOptions | null {
  const ssl = tlsOptions(options.ssl, where);
  checkTlsSettings(options, ssl, where);
  return ssl;
}

/** What to speak, on the side of a server. @throws TypeError for one without a certificate */
export function serverTls(options: TlsSettings, where: string): TlsOptions | null {
  if (options.ssl === true) {
    throw new TypeError(
      `${where} expects the options of TLS as {ssl} (a server needs cert and key), not true`,
    );
  }
  const ssl = tlsOptions(options.ssl, where);
  checkTlsSettings(options, ssl, where);
  if (ssl === null) return null;
  if ((!ssl.cert || !ssl.key) && !ssl.sni) {
    throw new TypeError(`${where} expects a certificate and its key as {ssl: {cert, key}}`);
  }
  return ssl;
}

/**
 * What to speak from now on, on the side that `serverSide` names.
 * @throws TypeError for what is no TLS, RangeError for options that do not fit
 */
export function checkStartTls(
  sslcontext: unknown,
  options: TlsSettings & { serverSide?: boolean | undefined },
  where: string,
): TlsOptions {
  if (sslcontext !== true && (typeof sslcontext !== 'object' || sslcontext === null)) {
    throw new TypeError(`${where} expects true or the options of TLS, not ${describe(sslcontext)}`);
  }
  checkAll(options, where, START_TLS);
  const settings = { ...options, ssl: sslcontext };
  const ssl = options.serverSide === true ? serverTls(settings, where) : clientTls(settings, where);
  return ssl as TlsOptions;
}

interface ConnectSettings extends TlsSettings {
  sock?: object | null | undefined;
  localAddr?: InetAddress | null | undefined;
  happyEyeballsDelay?: number | null | undefined;
}

/** The arguments of what connects over TCP. */
export function checkConnect(
  host: unknown,
  port: unknown,
  options: ConnectSettings,
  where: string,
): void {
  checkAll(options, where, CONNECT);
  const ssl = clientTls(options, where);
  const { sock, localAddr, happyEyeballsDelay } = options;
  const nowhere = absent(host) && absent(port);
  if (nowhere && !sock) {
    throw new RangeError(`${where} expects a host and a port, or a connected socket as {sock}`);
  }
  if (!nowhere && sock) throw new RangeError(`${where} expects host and port or {sock}, not both`);
  if (!absent(host)) checkHost(host, where);
  if (!nowhere) checkPort(port, where);
  if (ssl !== null && absent(options.serverHostname) && (absent(host) || host === '')) {
    throw new RangeError(`${where} expects {serverHostname} when TLS is to be used without a host`);
  }
  if (!absent(localAddr)) checkAddress(localAddr, `${where} in {localAddr}`);
  if (absent(happyEyeballsDelay)) return;
  if (typeof happyEyeballsDelay !== 'number') {
    throw new TypeError(
      `${where} expects {happyEyeballsDelay} in seconds, not ${describe(happyEyeballsDelay)}`,
    );
  }
  if (!(happyEyeballsDelay >= 0)) {
    throw new RangeError(
      `${where} expects {happyEyeballsDelay} of zero or more (seconds), not ${happyEyeballsDelay}`,
    );
  }
}

/** The arguments of what connects to a Unix socket. */
export function checkUnixConnect(path: unknown, options: ConnectSettings, where: string): void {
  checkAll(options, where, UNIX_CONNECT);
  const ssl = clientTls(options, where);
  if (ssl !== null && absent(options.serverHostname)) {
    throw new RangeError(`${where} expects {serverHostname} when TLS is to be used`);
  }
  if (absent(path)) {
    if (!options.sock)
      throw new RangeError(`${where} expects a path, or a connected socket as {sock}`);
    return;
  }
  if (options.sock) throw new RangeError(`${where} expects a path or {sock}, not both`);
  checkPath(path, where);
}

interface ListenSettings extends TlsSettings {
  reuseAddress?: boolean | undefined;
}

/** The arguments of what listens on TCP. */
export function checkServe(
  host: unknown,
  port: unknown,
  options: ListenSettings,
  where: string,
): void {
  checkAll(options, where, SERVE);
  serverTls(options, where);
  if (options.reuseAddress === false) {
    throw new NotImplementedError(
      `${where}: the host always listens with {reuseAddress: true}, as is Python's default`,
    );
  }
  for (const one of Array.isArray(host) ? host : [host]) {
    if (absent(one)) continue;
    if (typeof one !== 'string') {
      throw new TypeError(
        `${where} expects a host (a string, several, or null), not ${describe(one)}`,
      );
    }
    checkHost(one, where);
  }
  if (Array.isArray(host) && host.length === 0) {
    throw new RangeError(`${where} expects at least one host, not an empty array`);
  }
  if (!absent(port)) checkPort(port, where);
  else if (absent(host)) {
    throw new RangeError(`${where} expects a host or a port; port 0 is one that is free`);
  }
}

/** The arguments of what listens on a Unix socket. */
export function checkUnixServe(path: unknown, options: ListenSettings, where: string): void {
  checkAll(options, where, UNIX_SERVE);
  serverTls(options, where);
  checkPath(path, where);
}

/** The options of what takes over a socket that somebody else has accepted. */
export function checkAccepted(options: TlsSettings, where: string): void {
  checkAll(options, where, TLS_CONNECT);
}

/** The arguments of a datagram endpoint. */
export function checkDatagram(
  localAddr: unknown,
  remoteAddr: unknown,
  options: DatagramOptions,
  where: string,
): void {
  checkAll(options, where, DATAGRAM);
  for (const address of [localAddr, remoteAddr]) {
    if (absent(address)) continue;
    if (!Array.isArray(address)) {
      throw new TypeError(`${where} expects addresses as [host, port], not ${describe(address)}`);
    }
    const [host, port] = address as unknown[];
    if (host !== null) checkHost(host, where);
    checkPort(port, where);
  }
  if (absent(localAddr) && absent(remoteAddr) && !options.family) {
    throw new RangeError(
      `${where} expects a local or a remote address, or {family: 4} or {family: 6}`,
    );
  }
}

/** @throws TypeError or RangeError for what cannot be a pipe */
export function checkPipe(pipe: unknown, kind: 'readable' | 'writable', where: string): void {
  // A stream of the host's, or of the web.
  const methods =
    kind === 'readable' ? (['read', 'getReader'] as const) : (['write', 'getWriter'] as const);
  const isStream = methods.some(
    (name) => typeof (pipe as Record<string, unknown> | null)?.[name] === 'function',
  );
  if (isStream) return;
  if (typeof pipe !== 'number') {
    throw new TypeError(
      `${where} expects a file descriptor or a ${kind} stream, not ${describe(pipe)}`,
    );
  }
  if (!Number.isInteger(pipe) || pipe < 0) {
    throw new RangeError(`${where} expects a file descriptor of zero or more, not ${pipe}`);
  }
}

/** The limit of a stream. @throws TypeError or RangeError for what is none */
export function checkLimit(limit: unknown, where: string): void {
  if (absent(limit)) return;
  if (typeof limit !== 'number') {
    throw new TypeError(`${where} expects {limit} in bytes (a number), not ${describe(limit)}`);
  }
  if (!(limit > 0))
    throw new RangeError(`${where} expects {limit} above zero (bytes), not ${limit}`);
  if (limit !== Infinity && !Number.isInteger(limit))
    throw new RangeError(`${where} expects {limit} as a whole number of bytes, not ${limit}`);
}

function absent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
