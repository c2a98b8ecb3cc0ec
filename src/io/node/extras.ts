// What a transport over a socket knows besides its bytes (`getExtraInfo`), and how it closes.
import type * as net from 'node:net';
import type * as tls from 'node:tls';
import type { SocketAddress, TlsConnectOptions, TlsOptions } from '../../core/index.ts';
import { peername, sockname, SocketView } from './addresses.ts';
import { SHUTDOWN_TIMEOUT, tlsExtra } from './tls.ts';
import type { NodeTransportOptions } from './transport.ts';

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
