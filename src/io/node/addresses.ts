// Sockets of Node's and their addresses, in asyncio's form.
import * as net from 'node:net';
import {
  describe,
  type InetAddress,
  type SocketAddress,
  type TransportSocket,
} from '../../core/index.ts';

/** @internal `[host, port]`, for IPv6 with flow info and scope id. */
export function inetAddress(host: string, port: number, family: string | number): InetAddress {
  if (family !== 'IPv6' && family !== 6) return [host, port];
  const percent = host.indexOf('%');
  return percent < 0 ? [host, port, 0, 0] : [host, port, 0, host.slice(percent + 1)];
}

// The connections of a server have their own end in common: they share what says so.
let lastOwn: InetAddress = inetAddress('', 0, 4);

/** @internal Our end of a socket. */
export function sockname(socket: net.Socket, path: string | null): SocketAddress | null {
  const { localAddress: host, localPort: port } = socket;
  if (host === undefined) return path;
  if (host === lastOwn[0] && port === lastOwn[1] && !lastOwn[3]) return lastOwn;
  lastOwn = inetAddress(host, port as number, socket.localFamily as string);
  Object.freeze(lastOwn);
  return lastOwn;
}

/** @internal The peer's end. */
export function peername(socket: net.Socket, path: string | null): SocketAddress | null {
  if (socket.remoteAddress === undefined) return path;
  return inetAddress(
    socket.remoteAddress,
    socket.remotePort as number,
    socket.remoteFamily as string,
  );
}

/** @internal A socket of Node's to look at; `addresses` are asked once, when it is made. */
export class SocketView implements TransportSocket {
  readonly #socket: object;
  readonly #sockname: SocketAddress | null;
  readonly #peername: SocketAddress | null;

  constructor(
    socket: object,
    ownAddress: SocketAddress | null,
    peerAddress: SocketAddress | null = null,
  ) {
    this.#socket = socket;
    this.#sockname = ownAddress;
    this.#peername = peerAddress;
  }

  get family(): TransportSocket['family'] {
    const address = this.#sockname ?? this.#peername;
    if (address === null) return 'unknown';
    if (typeof address === 'string') return 'unix';
    return address.length > 2 ? 6 : 4;
  }

  getsockname(): SocketAddress | null {
    return this.#sockname;
  }

  getpeername(): SocketAddress | null {
    return this.#peername;
  }

  fileno(): number {
    // Not in Node's types, and the only way to the file descriptor.
    return (this.#socket as { _handle?: { fd?: number } | null })._handle?.fd ?? -1;
  }

  toString(): string {
    return `<TransportSocket sockname=${String(this.#sockname)} peername=${String(this.#peername)}>`;
  }
}

/** @internal What `getExtraInfo` knows of any socket. */
export function viewExtra(view: SocketView): Record<string, unknown> {
  return { sockname: view.getsockname(), peername: view.getpeername(), socket: view };
}

/** @internal @throws TypeError for what is no socket of Node's */
export function checkSocket(sock: unknown, where: string): net.Socket {
  if (sock instanceof net.Socket) return sock;
  throw new TypeError(`${where} expects a connected net.Socket as socket, not ${describe(sock)}`);
}
