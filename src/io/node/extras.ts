// What a transport over a socket knows besides its bytes (`getExtraInfo`), and how it closes.
import type * as net from 'node:net';
import type * as tls from 'node:tls';
import type { TlsConnectOptions, TlsOptions } from '../../core/index.ts';
import { peername, sockname, SocketView, viewExtra } from './addresses.ts';
import { SHUTDOWN_TIMEOUT, tlsExtra } from './tls.ts';
import type { NodeTransportOptions } from './transportkind.ts';

/** @internal */
export function tlsTransportOptions(
  stream: net.Socket,
  view: SocketView,
  ssl: TlsOptions,
  options: TlsConnectOptions,
  serverHostname: string | null,
): NodeTransportOptions {
  return {
    extra: { ...viewExtra(view), ...tlsExtra(stream as tls.TLSSocket, ssl, serverHostname) },
    tls: true,
    shutdownTimeout: options.sslShutdownTimeout ?? SHUTDOWN_TIMEOUT,
  };
}

/** @internal The socket and its addresses: for one of the Unix family, `own` and `peer`. */
export function viewOf(socket: net.Socket, own: string | null, peer: string | null): SocketView {
  return new SocketView(socket, sockname(socket, own), peername(socket, peer));
}
