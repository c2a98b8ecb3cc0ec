// Making connections: over TCP, TLS, Unix sockets, and sockets that somebody else has made.
import type * as net from 'node:net';
import type {
  BufferedProtocol,
  ConnectionOptions,
  GeneratorBody,
  Protocol,
  TlsConnectOptions,
  TlsOptions,
  Transport,
  UnixConnectionOptions,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import {
  checkAccepted,
  checkConnect,
  checkUnixConnect,
  clientTls,
  serverTls,
} from '../arguments.ts';
import { checkSocket } from './addresses.ts';
import { connectSocket, connectToHost } from './dial.ts';
import { tlsTransportOptions, viewOf } from './extras.ts';
import { checkFactory, madeBy } from './factories.ts';
import { checkCredentials, handshake } from './tls.ts';
import { NodeTransport } from './transport.ts';

type StreamProtocol = Protocol | BufferedProtocol;

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
  const view = viewOf(socket, path === null ? null : '', path);
  const transport = new NodeTransport(loop, stream, protocol, {
    ...(ssl === null ? { view } : tlsTransportOptions(stream, view, ssl, options, serverHostname)),
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

// The options of TLS, their certificates and keys already looked at.
function prepared(options: TlsConnectOptions, where: string): TlsOptions | null {
  const ssl = clientTls(options, where);
  if (ssl !== null) checkCredentials(ssl, where);
  return ssl;
}
