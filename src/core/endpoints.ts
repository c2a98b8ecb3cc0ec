// The words in which loops speak of addresses, TLS and the options of connections; types only, nothing of a platform.
import type { AsyncContextManager } from './contextmanagers.ts';
import type { Coroutine } from './coroutines.ts';
import type { AbstractEventLoop } from './events.ts';

/** An Internet address: `[host, port]`; for IPv6 `[host, port, flow info, scope id]`. */
export type InetAddress = readonly [
  host: string,
  port: number,
  flowInfo?: number,
  scopeId?: number | string,
];

/** What a socket is bound or connected to: an Internet address, or the path of a Unix socket. */
export type SocketAddress = InetAddress | string;

/** IPv4, IPv6, or 0: either. */
export type AddressFamily = 0 | 4 | 6;

/** One answer of `getaddrinfo`: family, kind of socket, protocol number, canonical name, address. */
export type AddressInfo = readonly [
  family: 4 | 6,
  type: 'stream' | 'dgram',
  proto: number,
  canonname: string,
  address: InetAddress,
];

/** The socket behind a transport or a server, to look at. */
export interface TransportSocket {
  readonly family: 4 | 6 | 'unix' | 'unknown';
  /** The socket's own address. */
  getsockname(): SocketAddress | null;
  /** The peer's address; null when there is none. */
  getpeername(): SocketAddress | null;
  /** The file descriptor, or -1 when there is none any more. */
  fileno(): number;
}

/** Keys and certificates in PEM (text or bytes). */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** How to speak TLS: what Python's `SSLContext` holds. Certificates are checked unless `verify` says no. */
export interface TlsOptions {
  /** The authorities to trust; by default those that come with the host. */
  ca?: Pem | undefined;
  /** Our own certificate (with its chain), and its key. A server needs them. */
  cert?: Pem | undefined;
  key?: Pem | undefined;
  /** Opens an encrypted key. */
  passphrase?: string | undefined;
  /** Client: whether the server's certificate has to be valid (default true). Server: whether clients must show one (default false). */
  verify?: boolean | undefined;
  /** Client: whether the certificate has to be that of `serverHostname` (default: as `verify`). */
  checkHostname?: boolean | undefined;
  /** Application protocols, the preferred one first. */
  alpnProtocols?: readonly string[] | undefined;
  /** Server: other options by the name that the client asked for; null for these. */
  sni?: ((serverName: string) => TlsOptions | null) | undefined;
  /** OpenSSL's list of ciphers. */
  ciphers?: string | undefined;
  minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What is known of a TLS connection after its handshake: `transport.getExtraInfo('sslObject')`. */
export interface SslObject {
  /** The application protocol that both sides agreed on; null when none. */
  selectedAlpnProtocol(): string | null;
  /** The peer's certificate as the host shows it; null when it gave none. */
  getpeercert(): unknown;
  /** Name, protocol and secret bits of the cipher. */
  cipher(): readonly [name: string, version: string, bits: number | null] | null;
  /** `TLSv1.3` and the like. */
  version(): string | null;
  /** The name that the client asked for; null when none. */
  readonly serverHostname: string | null;
}

/** What `transport.getExtraInfo` knows, by name. */
export interface ExtraInfo {
  peername: SocketAddress;
  sockname: SocketAddress;
  socket: TransportSocket;
  sslcontext: TlsOptions;
  sslObject: SslObject;
  peercert: unknown;
  cipher: readonly [name: string, version: string, bits: number | null];
  pipe: unknown;
  subprocess: unknown;
}

/** Options that have to do with TLS, of everything that connects. */
export interface TlsConnectOptions {
  /** true: TLS with the defaults; or how to speak it. */
  ssl?: boolean | TlsOptions | null | undefined;
  /** The name to check the certificate for (and to ask for); by default the host. `''` checks no name. */
  serverHostname?: string | null | undefined;
  /** Seconds until a handshake that does not end is given up; default 60. */
  sslHandshakeTimeout?: number | null | undefined;
  /** Seconds until a TLS connection that the peer does not close is closed anyway; default 30. */
  sslShutdownTimeout?: number | null | undefined;
}

/** Options of `createConnection`. */
export interface ConnectionOptions extends TlsConnectOptions {
  family?: AddressFamily | undefined;
  /** Our own end: `[host, port]`. */
  localAddr?: InetAddress | null | undefined;
  /** A connected socket of the host's (on Node a `net.Socket`), in place of host and port. */
  sock?: object | null | undefined;
  /** Seconds after which the next address is tried beside the one under way (RFC 8305); null: one after the other. */
  happyEyeballsDelay?: number | null | undefined;
  /** How many addresses of the first family come before families alternate; default 1 with happy eyeballs. */
  interleave?: number | null | undefined;
  /** On failure an ExceptionGroup with the error of every address, in place of one error. */
  allErrors?: boolean | undefined;
}

/** Options of `createUnixConnection`. */
export interface UnixConnectionOptions extends TlsConnectOptions {
  sock?: object | null | undefined;
}

/** Options of everything that listens. */
export interface ListenOptions {
  ssl?: TlsOptions | null | undefined;
  sslHandshakeTimeout?: number | null | undefined;
  sslShutdownTimeout?: number | null | undefined;
  /** How many connections may wait to be accepted; default 100. */
  backlog?: number | undefined;
  /** false: accept only after `startServing()`. */
  startServing?: boolean | undefined;
}

/** Options of `createUnixServer`. */
export interface UnixServerOptions extends ListenOptions {
  /** Whether closing the server removes its socket from the file system (the default), unless another has taken its place. */
  cleanupSocket?: boolean | undefined;
}

/** Options of `createServer`. */
export interface ServerOptions extends ListenOptions {
  family?: AddressFamily | undefined;
  /** A port that was in use a moment ago may be taken again: always so; false is refused. */
  reuseAddress?: boolean | undefined;
  /** Several processes may listen on the port (where host and kernel can). */
  reusePort?: boolean | undefined;
  /** The kernel looks after silent connections. */
  keepAlive?: boolean | undefined;
}

/** Options of `createDatagramEndpoint`. */
export interface DatagramOptions {
  family?: AddressFamily | undefined;
  reusePort?: boolean | undefined;
  allowBroadcast?: boolean | undefined;
}

/** What a child's standard stream is: PIPE, STDOUT, DEVNULL, a file descriptor; null: the parent's own. */
export type Stdio = number | null;

/** Options of `subprocessExec` and `subprocessShell`. */
export interface SubprocessOptions {
  /** Default of the loop's methods: PIPE. */
  stdin?: Stdio | undefined;
  stdout?: Stdio | undefined;
  stderr?: Stdio | undefined;
  /** Where the child starts. */
  cwd?: string | undefined;
  /** The child's environment; by default the parent's. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The program, where `argv[0]` is to read otherwise; the shell, for a command line. */
  executable?: string | undefined;
  /** The child leads a session (and process group) of its own. */
  startNewSession?: boolean | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
}

/** A file to send: Node's `FileHandle` is one. */
export interface SendableFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): PromiseLike<{ bytesRead: number }>;
}

/**
 * What `startServer`, `loop.createServer` and their kin give: it listens, and knows the connections it has accepted.
 * `asyncWith(server, body)` and `await using` close it at the end and wait until it is closed.
 */
export interface AbstractServer extends AsyncContextManager<AbstractServer> {
  /** Stops listening. Connections that stand, stay. */
  close(): void;
  /** Closes all connections that this server has accepted; what is written is flushed. */
  closeClients(): void;
  /** Closes all of them at once; what is not sent yet is lost. */
  abortClients(): void;
  /** Whether it accepts connections. */
  isServing(): boolean;
  /** Accepts connections from now on. */
  startServing(): Coroutine<void>;
  /** Serves until it is cancelled or closed; then closes and waits until all connections are gone. */
  serveForever(): Coroutine<never>;
  /** Waits until it is closed and its last connection is gone. */
  waitClosed(): Coroutine<void>;
  getLoop(): AbstractEventLoop;
  /** Where it listens; empty once closed. */
  readonly sockets: readonly TransportSocket[];
  /** `await using server = await startServer(…)`: closes it, and waits as `waitClosed()` does. */
  [Symbol.asyncDispose](): Promise<void>;
}
