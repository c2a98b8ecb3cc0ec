// The part of the abstract event loop that speaks with the world: connections, servers, processes, file descriptors.
//
// A method that takes arguments is written as a signature and a body without them: the names are for who reads the
// signature, and the body has no use for them.
import { NotImplementedError } from './errors.ts';
import type { Coroutine } from './coroutines.ts';
import type {
  AbstractServer,
  AddressFamily,
  AddressInfo,
  ConnectionOptions,
  DatagramOptions,
  InetAddress,
  SendableFile,
  ServerOptions,
  SocketAddress,
  SubprocessOptions,
  TlsConnectOptions,
  TlsOptions,
  UnixConnectionOptions,
  UnixServerOptions,
} from './endpoints.ts';
import type { Callback } from './handles.ts';
import type {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from './protocols.ts';
import type {
  DatagramTransport,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteTransport,
} from './transports.ts';
import type { Awaitable } from './traps.ts';

/** The answer of a loop that cannot do what `method` is for. */
export function missing(loop: object, method: string): never {
  throw new NotImplementedError(`${loop.constructor.name} does not implement ${method}()`);
}

/** What event loops do at the host. The layer io gives these methods to the loops of a platform. */
export abstract class AbstractLoopIo {
  /**
   * Connects to `host` and `port` over TCP (with `{ssl}` over TLS) and gives `[transport, protocol]`, once
   * `protocol.connectionMade` has been called. Cancelled, it leaves no socket behind.
   * @throws the host's error of the address that failed; of several, an Error with the messages of all (`allErrors`:
   *   an ExceptionGroup)
   */
  createConnection<P extends Protocol | BufferedProtocol>(
    factory: () => P,
    host?: string | null,
    port?: number | null,
    options?: ConnectionOptions,
  ): Coroutine<[Transport, P]>;
  createConnection(): never {
    return missing(this, 'createConnection');
  }

  /**
   * Listens on `port` of `host` (several in an array; null or '': every interface); port 0: one that is free. Each
   * connection gets a protocol of its own from `factory`.
   */
  createServer(
    factory: () => Protocol | BufferedProtocol,
    host?: string | readonly string[] | null,
    port?: number | null,
    options?: ServerOptions,
  ): Coroutine<AbstractServer>;
  createServer(): never {
    return missing(this, 'createServer');
  }

  /** `createConnection` to a Unix socket. */
  createUnixConnection<P extends Protocol | BufferedProtocol>(
    factory: () => P,
    path?: string | null,
    options?: UnixConnectionOptions,
  ): Coroutine<[Transport, P]>;
  createUnixConnection(): never {
    return missing(this, 'createUnixConnection');
  }

  /** `createServer` on a Unix socket. A socket left at `path` by a dead server is replaced. */
  createUnixServer(
    factory: () => Protocol | BufferedProtocol,
    path: string,
    options?: UnixServerOptions,
  ): Coroutine<AbstractServer>;
  createUnixServer(): never {
    return missing(this, 'createUnixServer');
  }

  /** Makes a transport of a connection that was accepted elsewhere (on Node a `net.Socket`). */
  connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
    factory: () => P,
    sock: object,
    options?: TlsConnectOptions,
  ): Coroutine<[Transport, P]>;
  connectAcceptedSocket(): never {
    return missing(this, 'connectAcceptedSocket');
  }

  /** A socket for datagrams, bound to `localAddr`, connected to `remoteAddr`, or both. */
  createDatagramEndpoint<P extends DatagramProtocol>(
    factory: () => P,
    localAddr?: InetAddress | null,
    remoteAddr?: InetAddress | null,
    options?: DatagramOptions,
  ): Coroutine<[DatagramTransport, P]>;
  createDatagramEndpoint(): never {
    return missing(this, 'createDatagramEndpoint');
  }

  /** Begins TLS on a connection that stands. Gives the transport to use from now on; the old one must not be used. */
  startTls(
    transport: Transport,
    protocol: BaseProtocol,
    sslcontext: TlsOptions | true,
    options?: Omit<TlsConnectOptions, 'ssl'> & { serverSide?: boolean | undefined },
  ): Coroutine<Transport>;
  startTls(): never {
    return missing(this, 'startTls');
  }

  /**
   * Sends `count` bytes (null: all) of a file from `offset`, in bounded memory, and gives how many were sent.
   * @throws SendfileNotAvailableError with `{fallback: false}` where the file would have to be copied through memory
   */
  sendfile(
    transport: WriteTransport,
    file: SendableFile,
    offset?: number,
    count?: number | null,
    options?: { fallback?: boolean | undefined },
  ): Coroutine<number>;
  sendfile(): never {
    return missing(this, 'sendfile');
  }

  /** Looks a name up: one entry for each address and kind of socket. */
  getaddrinfo(
    host: string | null,
    port: number | string | null,
    options?: {
      family?: AddressFamily | undefined;
      type?: 'stream' | 'dgram' | 0 | undefined;
      proto?: number | undefined;
      flags?: number | undefined;
    },
  ): Coroutine<AddressInfo[]>;
  getaddrinfo(): never {
    return missing(this, 'getaddrinfo');
  }

  /** The names of an address: `[host, service]`. */
  getnameinfo(address: InetAddress, flags?: number): Coroutine<[host: string, service: string]>;
  getnameinfo(): never {
    return missing(this, 'getnameinfo');
  }

  /** Reads from a pipe: a file descriptor, or a readable stream of the host's (`process.stdin`). */
  connectReadPipe<P extends Protocol | BufferedProtocol>(
    factory: () => P,
    pipe: number | object,
  ): Coroutine<[ReadTransport, P]>;
  connectReadPipe(): never {
    return missing(this, 'connectReadPipe');
  }

  /** Writes to a pipe: a file descriptor, or a writable stream of the host's (`process.stdout`). */
  connectWritePipe<P extends BaseProtocol>(
    factory: () => P,
    pipe: number | object,
  ): Coroutine<[WriteTransport, P]>;
  connectWritePipe(): never {
    return missing(this, 'connectWritePipe');
  }

  /** Starts a program. `createSubprocessExec` is the easier way. */
  subprocessExec<P extends SubprocessProtocol>(
    factory: () => P,
    program: string,
    args?: readonly string[],
    options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]>;
  subprocessExec(): never {
    return missing(this, 'subprocessExec');
  }

  /** Has the shell run a command line. `createSubprocessShell` is the easier way. */
  subprocessShell<P extends SubprocessProtocol>(
    factory: () => P,
    command: string,
    options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]>;
  subprocessShell(): never {
    return missing(this, 'subprocessShell');
  }

  // File descriptors and bare sockets, for loops with a selector of their own.

  /** Calls `callback(...args)` whenever the file descriptor `fd` can be read; replaces the one it had. */
  addReader<A extends unknown[]>(fd: number, callback: Callback<A>, ...args: A): void;
  addReader(): never {
    return missing(this, 'addReader');
  }

  /** Stops watching `fd` for reading. False: nobody did. */
  removeReader(fd: number): boolean;
  removeReader(): never {
    return missing(this, 'removeReader');
  }

  /** Calls `callback(...args)` whenever the file descriptor `fd` can be written; replaces the one it had. */
  addWriter<A extends unknown[]>(fd: number, callback: Callback<A>, ...args: A): void;
  addWriter(): never {
    return missing(this, 'addWriter');
  }

  /** Stops watching `fd` for writing. False: nobody did. */
  removeWriter(fd: number): boolean;
  removeWriter(): never {
    return missing(this, 'removeWriter');
  }

  /** Receives up to `count` bytes; none: the peer has ended. */
  sockRecv(sock: object, count: number): Awaitable<Uint8Array>;
  sockRecv(): never {
    return missing(this, 'sockRecv');
  }

  /** Receives into `buffer`, and gives how many bytes came. */
  sockRecvInto(sock: object, buffer: Uint8Array): Awaitable<number>;
  sockRecvInto(): never {
    return missing(this, 'sockRecvInto');
  }

  /** Receives one datagram of up to `count` bytes, and whom it is from. */
  sockRecvfrom(sock: object, count: number): Awaitable<[Uint8Array, SocketAddress]>;
  sockRecvfrom(): never {
    return missing(this, 'sockRecvfrom');
  }

  /** Receives one datagram into `buffer` (up to `count` bytes): how many came, and from whom. */
  sockRecvfromInto(
    sock: object,
    buffer: Uint8Array,
    count?: number,
  ): Awaitable<[number, SocketAddress]>;
  sockRecvfromInto(): never {
    return missing(this, 'sockRecvfromInto');
  }

  /** Sends all of `data`; after an error nobody knows how much was sent. */
  sockSendall(sock: object, data: Uint8Array): Awaitable<void>;
  sockSendall(): never {
    return missing(this, 'sockSendall');
  }

  /** Sends one datagram to `address`, and gives how many bytes went. */
  sockSendto(sock: object, data: Uint8Array, address: SocketAddress): Awaitable<number>;
  sockSendto(): never {
    return missing(this, 'sockSendto');
  }

  /** Connects to `address`. */
  sockConnect(sock: object, address: SocketAddress): Awaitable<void>;
  sockConnect(): never {
    return missing(this, 'sockConnect');
  }

  /** Accepts one connection: its socket, and the peer's address. */
  sockAccept(sock: object): Awaitable<[object, SocketAddress]>;
  sockAccept(): never {
    return missing(this, 'sockAccept');
  }

  /** `sendfile` to a bare socket. */
  sockSendfile(
    sock: object,
    file: SendableFile,
    offset?: number,
    count?: number | null,
    options?: { fallback?: boolean | undefined },
  ): Awaitable<number>;
  sockSendfile(): never {
    return missing(this, 'sockSendfile');
  }
}
