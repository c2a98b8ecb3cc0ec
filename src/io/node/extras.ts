// What a transport over a socket knows besides its bytes (`getExtraInfo`), and how it closes.
import type * as net from 'node:net';
import type * as tls from 'node:tls';
import type { TlsConnectOptions, TlsOptions } from '../../core/index.ts';
import { peername, sockname, SocketView, viewExtra } from './addresses.ts';
import { SHUTDOWN_TIMEOUT, tlsExtra } from './tls.ts';
import type { NodeTransportOptions } from './transport.ts';

/** @internal What a transport over this socket knows. */
export function transportOptions(socket: net.Socket, path: string | null): NodeTransportOptions {
  return { view: viewOf(socket, path) };
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
      ...viewExtra(viewOf(socket, path)),
      ...tlsExtra(stream as tls.TLSSocket, ssl, serverHostname),
    },
    tls: true,
    shutdownTimeout: options.sslShutdownTimeout ?? SHUTDOWN_TIMEOUT,
  };
}

function viewOf(socket: net.Socket, path: string | null): SocketView {
  return new SocketView(
    socket,
    sockname(socket, path === null ? null : ''),
    peername(socket, path),
  );
}
