// TLS over a connected socket, in either role: Node's TLSSocket, its certificate checks, and the time a handshake may take.
import * as net from 'node:net';
import type * as tls from 'node:tls';
import {
  ConnectionError,
  type GeneratorBody,
  type SslObject,
  type TlsConnectOptions,
  type TlsOptions,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { nodeTls } from './builtins.ts';
import { hostCall } from './hostcall.ts';

/** @internal Seconds. */
export const HANDSHAKE_TIMEOUT = 60;
/** @internal Seconds. */
export const SHUTDOWN_TIMEOUT = 30;

const contexts = new WeakMap<TlsOptions, tls.SecureContext>();

type NodePem = string | Buffer | (string | Buffer)[];

function contextOptions(options: TlsOptions): tls.SecureContextOptions {
  const result: tls.SecureContextOptions = {};
  if (options.ca) result.ca = pem(options.ca);
  if (options.cert) result.cert = pem(options.cert);
  if (options.key) result.key = pem(options.key);
  if (options.passphrase) result.passphrase = options.passphrase;
  if (options.ciphers) result.ciphers = options.ciphers;
  if (options.minVersion) result.minVersion = options.minVersion;
  if (options.maxVersion) result.maxVersion = options.maxVersion;
  return result;
}

// Making a context parses certificates, which takes milliseconds: one per options object.
function secureContext(options: TlsOptions): tls.SecureContext {
  let context = contexts.get(options);
  if (context === undefined) {
    context = nodeTls().createSecureContext(contextOptions(options));
    contexts.set(options, context);
  }
  return context;
}

function pem(value: NonNullable<TlsOptions['ca']>): NodePem {
  const one = (part: string | Uint8Array): string | Buffer =>
    typeof part === 'string' ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  return typeof value === 'string' || value instanceof Uint8Array ? one(value) : value.map(one);
}

/** @internal @throws Node's error for a certificate, a key or another option that it cannot use, and says where it stood */
export function checkCredentials(options: TlsOptions, where: string): void {
  try {
    secureContext(options);
  } catch (error) {
    if (error instanceof Error) error.message = `${where} cannot use {ssl}: ${error.message}`;
    throw error;
  }
}

/** @internal What `tls.createServer` takes. */
export function serverOptions(options: TlsOptions, handshakeTimeout: number): tls.TlsOptions {
  const result: tls.TlsOptions = {
    // tls.Server makes its own context, whatever it is given.
    ...contextOptions(options),
    handshakeTimeout: Math.ceil(handshakeTimeout * 1000),
    requestCert: options.verify === true,
    rejectUnauthorized: options.verify === true,
    // Until the handshake is done: a peer that ends before has ended it.
    allowHalfOpen: false,
  };
  if (options.alpnProtocols) result.ALPNProtocols = [...options.alpnProtocols];
  const { sni } = options;
  if (sni) {
    result.SNICallback = (name, answer): void => {
      try {
        answer(null, secureContext(sni(name) ?? options));
      } catch (error) {
        answer(error as Error);
      }
    };
  }
  return result;
}

/** @internal The handshake of one side. Failed or cancelled, it leaves the socket destroyed. */
export function handshake(
  loop: HostedEventLoop,
  socket: net.Socket,
  ssl: TlsOptions,
  options: TlsConnectOptions,
  serverSide: boolean,
): GeneratorBody<tls.TLSSocket> {
  const timeout = options.sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT;
  return serverSide
    ? serverHandshake(loop, socket, ssl, timeout)
    : clientHandshake(loop, socket, ssl, options.serverHostname ?? '', timeout);
}

// The client's.
function* clientHandshake(
  loop: HostedEventLoop,
  socket: net.Socket,
  options: TlsOptions,
  serverHostname: string,
  timeout: number,
): GeneratorBody<tls.TLSSocket> {
  const verify = options.verify !== false;
  const nameless = serverHostname === '' || options.checkHostname === false;
  const settings: tls.ConnectionOptions = {
    socket,
    host: serverHostname,
    servername: net.isIP(serverHostname) === 0 ? serverHostname : '',
    secureContext: secureContext(options),
    rejectUnauthorized: verify,
    allowHalfOpen: true,
  } as tls.ConnectionOptions;
  if (nameless) settings.checkServerIdentity = () => undefined;
  if (options.alpnProtocols) settings.ALPNProtocols = [...options.alpnProtocols];
  return yield* hostCall<tls.TLSSocket>(loop, (settle) => {
    const secured = loop._detached(() => nodeTls().connect(settings));
    const finish = (error: Error | null): void => {
      loop._clearHostTimer(timer);
      secured.off('error', finish).off('close', onClose).off('secureConnect', onSecure);
      keepError(secured);
      if (error !== null) {
        secured.destroy();
        socket.destroy();
      }
      settle(error, secured);
    };
    const onClose = (): void => finish(closedError());
    const onSecure = (): void => finish(null);
    const timer = loop._hostTimer(() => finish(timeoutError(timeout)), timeout);
    secured.on('error', finish).on('close', onClose).on('secureConnect', onSecure);
    return () => finish(closedError());
  });
}

// The server's, on a socket that stands.
function* serverHandshake(
  loop: HostedEventLoop,
  socket: net.Socket,
  options: TlsOptions,
  timeout: number,
): GeneratorBody<tls.TLSSocket> {
  return yield* hostCall<tls.TLSSocket>(loop, (settle) => {
    // Node does a server's part (client certificates, SNI, ALPN) in tls.Server; this one never listens.
    const server = nodeTls().createServer(serverOptions(options, timeout));
    const fail = (error: Error): void => {
      socket.destroy();
      settle(error);
    };
    const onClose = (): void => fail(closedError());
    socket.once('close', onClose);
    server.once('tlsClientError', fail);
    server.once('secureConnection', (secured: tls.TLSSocket) => {
      socket.off('close', onClose);
      secured.allowHalfOpen = true;
      keepError(secured);
      settle(null, secured);
    });
    // A peer that ends in mid-handshake has ended it.
    socket.allowHalfOpen = false;
    loop._detached(() => server.emit('connection', socket));
    return () => socket.destroy();
  });
}

/**
 * @internal Listens for errors until a transport does, and makes them last until then: Node tells of what goes wrong behind
 * the handshake without destroying the socket.
 */
export function keepError(socket: net.Socket): void {
  socket.on('error', destroyThis);
}

function destroyThis(this: net.Socket, error: Error): void {
  this.destroy(error);
}

function closedError(): Error {
  return new ConnectionError('ECONNRESET', 'The connection was closed during the TLS handshake');
}

function timeoutError(timeout: number): Error {
  return new ConnectionError(
    'ECONNABORTED',
    `The TLS handshake took longer than ${timeout} seconds: the connection is aborted`,
  );
}

/** @internal */
export class NodeSslObject implements SslObject {
  readonly #socket: tls.TLSSocket;
  readonly serverHostname: string | null;

  constructor(socket: tls.TLSSocket, serverHostname: string | null) {
    this.#socket = socket;
    // A server learns it from the client; not in Node's types.
    const asked = (socket as { servername?: string | false }).servername;
    this.serverHostname = serverHostname ?? (typeof asked === 'string' ? asked : null);
  }

  selectedAlpnProtocol(): string | null {
    const protocol = this.#socket.alpnProtocol;
    return typeof protocol === 'string' ? protocol : null;
  }

  getpeercert(): unknown {
    const certificate: unknown = this.#socket.getPeerCertificate();
    const empty =
      typeof certificate !== 'object' ||
      certificate === null ||
      Object.keys(certificate).length === 0;
    return empty ? null : certificate;
  }

  cipher(): readonly [name: string, version: string, bits: number | null] | null {
    // Null, or undefined, on a connection that is gone.
    const cipher = this.#socket.getCipher() as tls.CipherNameAndProtocol | undefined | null;
    return cipher ? [cipher.name, cipher.version, null] : null;
  }

  version(): string | null {
    return this.#socket.getProtocol();
  }
}

/** @internal What `getExtraInfo` knows of a TLS connection. */
export function tlsExtra(
  socket: tls.TLSSocket,
  options: TlsOptions,
  serverHostname: string | null,
): Record<string, unknown> {
  const sslObject = new NodeSslObject(socket, serverHostname);
  return {
    sslcontext: options,
    sslObject,
    peercert: sslObject.getpeercert(),
    cipher: sslObject.cipher(),
  };
}
