// Connecting: one address after the other, or racing (RFC 8305); over TCP, TLS, Unix sockets.
import * as net from 'node:net';
import type * as tls from 'node:tls';
import {
  type BaseProtocol,
  type BufferedProtocol,
  ConnectionError,
  type ConnectionOptions,
  describe,
  ExceptionGroup,
  type GeneratorBody,
  isCancellation,
  type Protocol,
  RuntimeError,
  type SocketAddress,
  TimeoutError,
  type TlsConnectOptions,
  type TlsOptions,
  type Transport,
  type UnixConnectionOptions,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { sleep, staggeredRace } from '../../tasks/index.ts';
import {
  checkAccepted,
  checkConnect,
  checkStartTls,
  checkUnixConnect,
  clientTls,
  serverTls,
} from '../arguments.ts';
import { checkSocket, peername, sockname, SocketView } from './addresses.ts';
import { resolve } from './dns.ts';
import { checkFactory, madeBy } from './factories.ts';
import { hostCall } from './hostcall.ts';
import { connectWithInlet } from './inlet.ts';
import {
  checkCredentials,
  clientHandshake,
  HANDSHAKE_TIMEOUT,
  serverHandshake,
  SHUTDOWN_TIMEOUT,
  tlsExtra,
} from './tls.ts';
import { NodeTransport, type NodeTransportOptions } from './transport.ts';

type StreamProtocol = Protocol | BufferedProtocol;
type StartTlsOptions = Omit<TlsConnectOptions, 'ssl'> & { serverSide?: boolean };
type Found = { address: string; family: 4 | 6 };

/** @internal */
export function createConnection<P extends StreamProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  host: string | null,
  port: number | null,
  options: ConnectionOptions,
): GeneratorBody<[Transport, P]> {
  const where = 'createConnection()';
  checkFactory(factory, where);
  checkConnect(host, port, options, where);
  const ssl = prepared(options, where);
  const settings = { ...options, serverHostname: options.serverHostname ?? (ssl && host) };
  if (port === null) {
    const sock = checkSocket(options.sock, where);
    return establish(loop, sock, factory, ssl, settings, false, null);
  }
  return connecting(loop, factory, host, port, settings, ssl);
}

function* connecting<P extends StreamProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  host: string | null,
  port: number,
  options: ConnectionOptions,
  ssl: TlsOptions | null,
): GeneratorBody<[Transport, P]> {
  const socket = yield* connectToHost(loop, host, port, options, ssl === null);
  return yield* establish(loop, socket, factory, ssl, options, false, null);
}

/** @internal */
export function createUnixConnection<P extends StreamProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  path: string | null,
  options: UnixConnectionOptions,
): GeneratorBody<[Transport, P]> {
  const where = 'createUnixConnection()';
  checkFactory(factory, where);
  checkUnixConnect(path, options, where);
  const ssl = prepared(options, where);
  if (path === null) {
    return establish(loop, checkSocket(options.sock, where), factory, ssl, options, false, null);
  }
  return connectingUnix(loop, factory, path, options, ssl);
}

function* connectingUnix<P extends StreamProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  path: string,
  options: UnixConnectionOptions,
  ssl: TlsOptions | null,
): GeneratorBody<[Transport, P]> {
  const socket = yield* connectSocket(loop, { path }, ssl === null);
  return yield* establish(loop, socket, factory, ssl, options, false, path);
}

/** @internal */
export function connectAcceptedSocket<P extends StreamProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  sock: object,
  options: TlsConnectOptions,
): GeneratorBody<[Transport, P]> {
  const where = 'connectAcceptedSocket()';
  checkFactory(factory, where);
  checkAccepted(options, where);
  // A server's end, so that `true` does not do.
  const ssl = serverTls(options, where);
  if (ssl !== null) checkCredentials(ssl, where);
  return establish(loop, checkSocket(sock, where), factory, ssl, { ...options, sock }, true, null);
}

// A protocol and a transport for a connected socket; comes back when connectionMade has been called.
function* establish<P extends StreamProtocol>(
  loop: HostedEventLoop,
  socket: net.Socket,
  factory: () => P,
  ssl: TlsOptions | null,
  options: TlsConnectOptions & { sock?: object | null | undefined },
  serverSide: boolean,
  path: string | null,
): GeneratorBody<[Transport, P]> {
  socket.allowHalfOpen = true;
  let protocol: P;
  try {
    protocol = madeBy(factory);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const stream = ssl === null ? socket : yield* handshake(loop, socket, ssl, options, serverSide);
  const waiter = loop.createFuture<void>();
  const serverHostname = options.serverHostname ?? null;
  const transport = new NodeTransport(loop, stream, protocol, {
    ...transportOptions(socket, path),
    ...(ssl === null
      ? {}
      : tlsTransportOptions(stream, socket, ssl, options, serverHostname, path)),
    foreign: socket === options.sock,
    waiter,
  });
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

/** @internal TLS on a transport that stands. */
export function startTls(
  loop: HostedEventLoop,
  transport: Transport,
  protocol: BaseProtocol,
  sslcontext: TlsOptions | true,
  options: StartTlsOptions,
): GeneratorBody<Transport> {
  const where = 'startTls()';
  if (!(transport instanceof NodeTransport)) {
    throw new TypeError(`${where} expects a transport of this loop's, not ${describe(transport)}`);
  }
  if (transport.isClosing())
    throw new RuntimeError(`${where} expects an open transport, not a closed one`);
  if (transport.getExtraInfo('sslcontext') !== null)
    throw new RuntimeError(`${where}: this connection speaks TLS already`);
  if (transport.getExtraInfo('socket') === null)
    throw new TypeError(`${where} expects the transport of a socket, not of a pipe`);
  const ssl = checkStartTls(sslcontext, options, where);
  checkCredentials(ssl, where);
  const namesAnybody = ssl.verify === false || ssl.checkHostname === false;
  if (options.serverSide !== true && !namesAnybody && (options.serverHostname ?? null) === null) {
    throw new RangeError(
      `${where} expects {serverHostname}, the name that the certificate has to be for ('' takes any)`,
    );
  }
  return startingTls(loop, transport, protocol, ssl, options);
}

function* startingTls(
  loop: HostedEventLoop,
  transport: NodeTransport,
  protocol: BaseProtocol,
  ssl: TlsOptions,
  options: StartTlsOptions,
): GeneratorBody<Transport> {
  if (transport.isClosing())
    throw new RuntimeError('startTls() expects an open transport, not a closed one');
  const serverSide = options.serverSide === true;
  const owner = transport._owner;
  transport.pauseReading();
  // What has arrived and was not read is the peer's part of the handshake, or else the handshake fails: nobody may have
  // put in, before it, what would pass for encrypted.
  try {
    while (transport._arriving()) yield* sleep(0);
  } catch (error) {
    transport.close();
    throw error;
  }
  if (transport.isClosing()) throw new ConnectionError('ECONNRESET', 'Connection lost');
  const unread = (protocol as { takeUnread?: () => Uint8Array }).takeUnread?.();
  const stream = transport._detach(unread ?? null) as net.Socket;
  let secured: tls.TLSSocket;
  try {
    if (stream.readableEnded) {
      stream.destroy();
      throw new ConnectionError('ECONNRESET', 'The peer has ended before the TLS handshake');
    }
    secured = yield* handshake(loop, stream, ssl, options, serverSide);
  } catch (error) {
    const reason = error instanceof Error && !isCancellation(error) ? error : null;
    loop.callSoon(() => {
      try {
        protocol.connectionLost(reason);
      } finally {
        owner?.detach(transport);
      }
    });
    throw error;
  }
  const waiter = loop.createFuture<void>();
  const path = typeof transport.getExtraInfo('sockname') === 'string' ? '' : null;
  const upgraded = new NodeTransport(loop, secured, protocol, {
    ...tlsTransportOptions(secured, stream, ssl, options, options.serverHostname ?? null, path),
    waiter,
    owner,
    silent: true,
  });
  owner?.detach(transport);
  try {
    yield* waiter;
  } catch (error) {
    upgraded.close();
    throw error;
  }
  return upgraded;
}

function handshake(
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

/** @internal What a transport over this socket knows. */
export function transportOptions(socket: net.Socket, path: string | null): NodeTransportOptions {
  const own = sockname(socket, path === null ? null : '');
  const peer = peername(socket, path);
  return { extra: socketExtra(socket, own, peer) };
}

/** @internal */
export function tlsTransportOptions(
  stream: net.Socket,
  socket: net.Socket,
  ssl: TlsOptions,
  options: TlsConnectOptions,
  serverHostname: string | null,
  path: string | null,
): NodeTransportOptions {
  return {
    extra: {
      ...transportOptions(socket, path).extra,
      ...tlsExtra(stream as tls.TLSSocket, ssl, serverHostname),
    },
    tls: true,
    shutdownTimeout: options.sslShutdownTimeout ?? SHUTDOWN_TIMEOUT,
  };
}

function socketExtra(
  socket: net.Socket,
  own: SocketAddress | null,
  peer: SocketAddress | null,
): Record<string, unknown> {
  return { sockname: own, peername: peer, socket: new SocketView(socket, own, peer) };
}

function* connectToHost(
  loop: HostedEventLoop,
  host: string | null,
  port: number,
  options: ConnectionOptions,
  plain: boolean,
): GeneratorBody<net.Socket> {
  const family = options.family ?? 0;
  let found = yield* resolve(loop, host, family);
  if (found.length === 0) throw new Error('getaddrinfo() found no address');
  const { localAddr = null, happyEyeballsDelay = null } = options;
  let local: Found[] | null = null;
  if (localAddr !== null) {
    local = yield* resolve(loop, localAddr[0], family);
  }
  const first = options.interleave ?? (happyEyeballsDelay === null ? 0 : 1);
  if (first > 0) found = interleave(found, first);
  const errors: Error[] = [];
  const connected: net.Socket[] = [];
  const one = function* (address: Found): GeneratorBody<net.Socket> {
    const from = local === null ? null : local.find((each) => each.family === address.family);
    try {
      if (from === undefined) {
        throw new Error(`No local address of the family of ${address.address} was found`);
      }
      const own =
        from === null ? {} : { localAddress: from.address, localPort: localAddr?.[1] ?? 0 };
      const { address: to, family: version } = address;
      const socket = yield* connectSocket(loop, { host: to, port, family: version, ...own }, plain);
      connected.push(socket);
      return socket;
    } catch (error) {
      if (!isCancellation(error)) errors.push(error as Error);
      throw error;
    }
  };
  if (happyEyeballsDelay === null) {
    for (const address of found) {
      try {
        return yield* one(address);
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
    }
  } else {
    const starts = found.map((address) => () => one(address));
    let winner: net.Socket | null = null;
    try {
      [winner] = yield* staggeredRace(starts, happyEyeballsDelay, { loop });
      if (winner !== null) return winner;
    } finally {
      // Whoever connected in the same turn as the winner.
      for (const socket of connected) if (socket !== winner) socket.destroy();
    }
  }
  throw connectError(errors, options.allErrors === true);
}

function connectError(errors: readonly Error[], all: boolean): Error {
  const [first] = errors;
  if (first === undefined) return new TimeoutError('createConnection() failed');
  if (all) return new ExceptionGroup('createConnection() failed', errors);
  if (errors.every(({ message }) => message === first.message)) return first;
  const messages = errors.map(({ message }) => message).join(', ');
  const combined: Error & { code?: unknown } = new Error(`Multiple exceptions: ${messages}`, {
    cause: errors,
  });
  // All for one reason (the usual case: every address refuses): the reason stands for the whole.
  const { code } = first as { code?: unknown };
  if (code !== undefined && errors.every((error) => (error as { code?: unknown }).code === code)) {
    combined.code = code;
  }
  return combined;
}

function interleave(found: readonly Found[], firstCount: number): Found[] {
  const lists = new Map<number, Found[]>();
  for (const address of found) {
    const list = lists.get(address.family);
    if (list === undefined) lists.set(address.family, [address]);
    else list.push(address);
  }
  const families = [...lists.values()];
  const result: Found[] = [];
  if (firstCount > 1) result.push(...(families[0] as Found[]).splice(0, firstCount - 1));
  for (let i = 0; families.some((list) => i < list.length); i++) {
    for (const list of families) if (i < list.length) result.push(list[i] as Found);
  }
  return result;
}

function* connectSocket(
  loop: HostedEventLoop,
  options: net.NetConnectOpts,
  plain: boolean,
): GeneratorBody<net.Socket> {
  return yield* hostCall<net.Socket>(loop, (settle) => {
    const settings = { ...options, allowHalfOpen: true, noDelay: true } as net.NetConnectOpts;
    const socket = loop._detached(() =>
      plain ? connectWithInlet(settings) : net.connect(settings),
    );
    socket.once('connect', () => settle(null, socket));
    // Stays: an error between here and the transport must not end the process.
    socket.on('error', (error) => settle(error));
    return () => socket.destroy();
  });
}

// The options of TLS, their certificates and keys already looked at.
function prepared(options: TlsConnectOptions, where: string): TlsOptions | null {
  const ssl = clientTls(options, where);
  if (ssl !== null) checkCredentials(ssl, where);
  return ssl;
}
