// The abstract event loop: everything asyncio's loops can do, each method saying so when a loop cannot.
import { NotImplementedError, RuntimeError } from './errors.ts';
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
import type { Executor, JobResult, LoopHandle, SendableArgs } from './executors.ts';
import type { Future } from './futures.ts';
import type { Callback, Handle, TimerHandle } from './handles.ts';
import type {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from './protocols.ts';
import type { Task, TaskFactory, TaskOptions } from './tasks.ts';
import type {
  DatagramTransport,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteTransport,
} from './transports.ts';
import type { Awaitable, Body } from './traps.ts';
import { activeLoop } from './runtime.ts';
import { describe, noRunningLoop } from './checks.ts';

/** What an exception handler is told. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: Future<unknown>;
  task?: Task<unknown>;
  handle?: Handle;
  protocol?: unknown;
  transport?: unknown;
  socket?: unknown;
  sourceTraceback?: readonly string[];
  [key: string]: unknown;
}

/** Takes over the reporting of unhandled errors: `loop.setExceptionHandler(handler)`. */
export type ExceptionHandler = (loop: AbstractEventLoop, context: ExceptionContext) => void;

/** The methods of every event loop. A loop overrides what it can do; the rest throws `NotImplementedError`. */
export abstract class AbstractEventLoop {
  #missing(method: string): never {
    throw new NotImplementedError(`${this.constructor.name} does not implement ${method}()`);
  }

  runForever(): Promise<void> | void {
    this.#missing('runForever');
  }
  runUntilComplete<T>(_future: Awaitable<T> | Body<T>): Promise<T> | T {
    this.#missing('runUntilComplete');
  }
  stop(): void {
    this.#missing('stop');
  }
  isRunning(): boolean {
    this.#missing('isRunning');
  }
  isClosed(): boolean {
    this.#missing('isClosed');
  }
  close(): void {
    this.#missing('close');
  }
  shutdownAsyncgens(): Awaitable<void> {
    this.#missing('shutdownAsyncgens');
  }
  shutdownDefaultExecutor(_timeout?: number | null): Awaitable<void> {
    this.#missing('shutdownDefaultExecutor');
  }
  callSoon<A extends unknown[]>(_callback: Callback<A>, ..._args: A): Handle {
    this.#missing('callSoon');
  }
  callSoonThreadsafe<A extends unknown[]>(_callback: Callback<A>, ..._args: A): Handle {
    this.#missing('callSoonThreadsafe');
  }
  callLater<A extends unknown[]>(_delay: number, _callback: Callback<A>, ..._args: A): TimerHandle {
    this.#missing('callLater');
  }
  callAt<A extends unknown[]>(_when: number, _callback: Callback<A>, ..._args: A): TimerHandle {
    this.#missing('callAt');
  }
  time(): number {
    this.#missing('time');
  }
  createFuture<T>(): Future<T> {
    this.#missing('createFuture');
  }
  createTask<T>(_body: Body<T>, _options?: TaskOptions): Task<T> {
    this.#missing('createTask');
  }
  setTaskFactory(_factory: TaskFactory | null): void {
    this.#missing('setTaskFactory');
  }
  getTaskFactory(): TaskFactory | null {
    this.#missing('getTaskFactory');
  }
  runInExecutor<A extends unknown[], R>(
    _executor: Executor | null,
    _fn: (...args: A) => R,
    ..._args: SendableArgs<A>
  ): Future<JobResult<R>> {
    this.#missing('runInExecutor');
  }
  setDefaultExecutor(_executor: Executor): void {
    this.#missing('setDefaultExecutor');
  }
  remote(): LoopHandle {
    this.#missing('remote');
  }
  addSignalHandler<A extends unknown[]>(
    _signal: string,
    _callback: Callback<A>,
    ..._args: A
  ): void {
    this.#missing('addSignalHandler');
  }
  removeSignalHandler(_signal: string): boolean {
    this.#missing('removeSignalHandler');
  }
  // Connections, servers, processes. The layer io gives them to the loops of a platform.

  /**
   * Connects to `host` and `port` over TCP (with `{ssl}` over TLS) and gives `[transport, protocol]`, once
   * `protocol.connectionMade` has been called. Cancelled, it leaves no socket behind.
   * @throws the host's error of the address that failed; of several, an Error with the messages of all (`allErrors`:
   *   an ExceptionGroup)
   */
  createConnection<P extends Protocol | BufferedProtocol>(
    _factory: () => P,
    _host?: string | null,
    _port?: number | null,
    _options?: ConnectionOptions,
  ): Coroutine<[Transport, P]> {
    this.#missing('createConnection');
  }
  /**
   * Listens on `port` of `host` (several in an array; null or '': every interface); port 0: one that is free. Each
   * connection gets a protocol of its own from `factory`.
   */
  createServer(
    _factory: () => Protocol | BufferedProtocol,
    _host?: string | readonly string[] | null,
    _port?: number | null,
    _options?: ServerOptions,
  ): Coroutine<AbstractServer> {
    this.#missing('createServer');
  }
  /** `createConnection` to a Unix socket. */
  createUnixConnection<P extends Protocol | BufferedProtocol>(
    _factory: () => P,
    _path?: string | null,
    _options?: UnixConnectionOptions,
  ): Coroutine<[Transport, P]> {
    this.#missing('createUnixConnection');
  }
  /** `createServer` on a Unix socket. A socket left at `path` by a dead server is replaced. */
  createUnixServer(
    _factory: () => Protocol | BufferedProtocol,
    _path: string,
    _options?: UnixServerOptions,
  ): Coroutine<AbstractServer> {
    this.#missing('createUnixServer');
  }
  /** Makes a transport of a connection that was accepted elsewhere (on Node a `net.Socket`). */
  connectAcceptedSocket<P extends Protocol | BufferedProtocol>(
    _factory: () => P,
    _sock: object,
    _options?: TlsConnectOptions,
  ): Coroutine<[Transport, P]> {
    this.#missing('connectAcceptedSocket');
  }
  /** A socket for datagrams, bound to `localAddr`, connected to `remoteAddr`, or both. */
  createDatagramEndpoint<P extends DatagramProtocol>(
    _factory: () => P,
    _localAddr?: InetAddress | null,
    _remoteAddr?: InetAddress | null,
    _options?: DatagramOptions,
  ): Coroutine<[DatagramTransport, P]> {
    this.#missing('createDatagramEndpoint');
  }
  /** Begins TLS on a connection that stands. Gives the transport to use from now on; the old one must not be used. */
  startTls(
    _transport: Transport,
    _protocol: BaseProtocol,
    _sslcontext: TlsOptions | true,
    _options?: Omit<TlsConnectOptions, 'ssl'> & { serverSide?: boolean },
  ): Coroutine<Transport> {
    this.#missing('startTls');
  }
  /**
   * Sends `count` bytes (null: all) of a file from `offset`, in bounded memory, and gives how many were sent.
   * @throws SendfileNotAvailableError with `{fallback: false}` where the file would have to be copied through memory
   */
  sendfile(
    _transport: WriteTransport,
    _file: SendableFile,
    _offset?: number,
    _count?: number | null,
    _options?: { fallback?: boolean },
  ): Coroutine<number> {
    this.#missing('sendfile');
  }
  /** Looks a name up: one entry for each address and kind of socket. */
  getaddrinfo(
    _host: string | null,
    _port: number | string | null,
    _options?: {
      family?: AddressFamily;
      type?: 'stream' | 'dgram' | 0;
      proto?: number;
      flags?: number;
    },
  ): Coroutine<AddressInfo[]> {
    this.#missing('getaddrinfo');
  }
  /** The names of an address: `[host, service]`. */
  getnameinfo(_address: InetAddress, _flags?: number): Coroutine<[host: string, service: string]> {
    this.#missing('getnameinfo');
  }
  /** Reads from a pipe: a file descriptor, or a readable stream of the host's (`process.stdin`). */
  connectReadPipe<P extends Protocol | BufferedProtocol>(
    _factory: () => P,
    _pipe: number | object,
  ): Coroutine<[ReadTransport, P]> {
    this.#missing('connectReadPipe');
  }
  /** Writes to a pipe: a file descriptor, or a writable stream of the host's (`process.stdout`). */
  connectWritePipe<P extends BaseProtocol>(
    _factory: () => P,
    _pipe: number | object,
  ): Coroutine<[WriteTransport, P]> {
    this.#missing('connectWritePipe');
  }
  /** Starts a program. `createSubprocessExec` is the easier way. */
  subprocessExec<P extends SubprocessProtocol>(
    _factory: () => P,
    _program: string,
    _args?: readonly string[],
    _options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]> {
    this.#missing('subprocessExec');
  }
  /** Has the shell run a command line. `createSubprocessShell` is the easier way. */
  subprocessShell<P extends SubprocessProtocol>(
    _factory: () => P,
    _command: string,
    _options?: SubprocessOptions,
  ): Coroutine<[SubprocessTransport, P]> {
    this.#missing('subprocessShell');
  }
  // File descriptors and bare sockets, for loops with a selector of their own.

  addReader<A extends unknown[]>(_fd: number, _callback: Callback<A>, ..._args: A): void {
    this.#missing('addReader');
  }
  removeReader(_fd: number): boolean {
    this.#missing('removeReader');
  }
  addWriter<A extends unknown[]>(_fd: number, _callback: Callback<A>, ..._args: A): void {
    this.#missing('addWriter');
  }
  removeWriter(_fd: number): boolean {
    this.#missing('removeWriter');
  }
  sockRecv(_sock: object, _count: number): Awaitable<Uint8Array> {
    this.#missing('sockRecv');
  }
  sockRecvInto(_sock: object, _buffer: Uint8Array): Awaitable<number> {
    this.#missing('sockRecvInto');
  }
  sockRecvfrom(_sock: object, _count: number): Awaitable<[Uint8Array, SocketAddress]> {
    this.#missing('sockRecvfrom');
  }
  sockRecvfromInto(
    _sock: object,
    _buffer: Uint8Array,
    _count?: number,
  ): Awaitable<[number, SocketAddress]> {
    this.#missing('sockRecvfromInto');
  }
  sockSendall(_sock: object, _data: Uint8Array): Awaitable<void> {
    this.#missing('sockSendall');
  }
  sockSendto(_sock: object, _data: Uint8Array, _address: SocketAddress): Awaitable<number> {
    this.#missing('sockSendto');
  }
  sockConnect(_sock: object, _address: SocketAddress): Awaitable<void> {
    this.#missing('sockConnect');
  }
  sockAccept(_sock: object): Awaitable<[object, SocketAddress]> {
    this.#missing('sockAccept');
  }
  sockSendfile(
    _sock: object,
    _file: SendableFile,
    _offset?: number,
    _count?: number | null,
    _options?: { fallback?: boolean },
  ): Awaitable<number> {
    this.#missing('sockSendfile');
  }

  setExceptionHandler(_handler: ExceptionHandler | null): void {
    this.#missing('setExceptionHandler');
  }
  getExceptionHandler(): ExceptionHandler | null {
    this.#missing('getExceptionHandler');
  }
  defaultExceptionHandler(_context: ExceptionContext): void {
    this.#missing('defaultExceptionHandler');
  }
  callExceptionHandler(_context: ExceptionContext): void {
    this.#missing('callExceptionHandler');
  }
  getDebug(): boolean {
    this.#missing('getDebug');
  }
  setDebug(_enabled: boolean): void {
    this.#missing('setDebug');
  }
}

let current: AbstractEventLoop | null = null;
// The current loop is that of an open Runner: see `workLoop`.
let currentOfRunner = false;
let makeLoop: (() => AbstractEventLoop) | null = null;

/** @internal The loops layer tells core which loop is the platform's default. */
export function setLoopMaker(make: () => AbstractEventLoop): void {
  makeLoop = make;
}

/** A new event loop of the platform's default kind. Close it when done: `loop.close()`. */
export function newEventLoop(): AbstractEventLoop {
  if (makeLoop === null)
    throw new RuntimeError('No kind of event loop is registered for this platform');
  return makeLoop();
}

/** The loop that runs the calling task or callback. @throws RuntimeError outside of one */
export function getRunningLoop(): AbstractEventLoop {
  const loop = activeLoop();
  if (loop === null) throw noRunningLoop('getRunningLoop()');
  return loop;
}

/** The running loop, else the one that `setEventLoop` or a Runner has set. @throws RuntimeError when there is neither */
export function getEventLoop(): AbstractEventLoop {
  const loop = activeLoop() ?? current;
  if (loop === null) {
    throw new RuntimeError(
      'There is no current event loop in this thread: start one with run(main), or set one with setEventLoop(newEventLoop())',
    );
  }
  return loop;
}

/** Makes `loop` this thread's current one, for code that runs outside of it; `null` unsets it. */
export function setEventLoop(loop: AbstractEventLoop | null): void {
  if (loop !== null && !(loop instanceof AbstractEventLoop)) {
    throw new TypeError(`setEventLoop() expects an event loop or null, not ${describe(loop)}`);
  }
  current = loop;
  currentOfRunner = false;
}

/** @internal A Runner has made `loop`: the current one, until `unsetRunnerLoop` or another is set. */
export function setRunnerLoop(loop: AbstractEventLoop): void {
  setEventLoop(loop);
  currentOfRunner = true;
}

/** @internal The Runner of `loop` is being closed. What another Runner or the program has set meanwhile stays. */
export function unsetRunnerLoop(loop: AbstractEventLoop): void {
  if (current === loop) setEventLoop(null);
}

/** @internal The current loop as set, without the error. */
export function currentLoop(): AbstractEventLoop | null {
  return current;
}

/**
 * @internal The current loop for work that plain code starts, and may await at once. Not that of a Runner, which runs only while
 * its mains do: between two of them such an await would hang.
 */
export function currentWorkLoop(): AbstractEventLoop | null {
  return currentOfRunner ? null : current;
}
