// Servers: they listen on one or more addresses, make a transport for every connection, and know those that stand.
//
// States: bound (listening, but what connects is kept waiting) -> serving -> closed. Node cannot bind without
// listening, so before `startServing()` a peer's connect succeeds here, where CPython's is refused.
import * as net from 'node:net';
import {
  type AbstractServer,
  type BufferedProtocol,
  CancelledError,
  type Context,
  copyContext,
  type Coroutine,
  fromGenerator,
  type Future,
  type GeneratorBody,
  Handle,
  type Held,
  KeyboardInterrupt,
  type Protocol,
  RuntimeError,
  type SocketAddress,
  type TlsOptions,
  type TransportSocket,
  type UnixServerOptions,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { sleep } from '../../tasks/index.ts';
import { inetAddress, SocketView } from './addresses.ts';
import { nodeTls } from './builtins.ts';
import { tlsTransportOptions, viewOf } from './extras.ts';
import { madeBy } from './factories.ts';
import { SocketFile } from './socketfile.ts';
import { hostCall } from './hostcall.ts';
import { withInlet } from './inlet.ts';
import { HANDSHAKE_TIMEOUT, keepError, serverOptions } from './tls.ts';
import { NodeTransport } from './transport.ts';
import type { Owner } from './transportkind.ts';

type StreamProtocol = Protocol | BufferedProtocol;

/** A server on Node; its public face is `Server`. */
export class NodeServer implements AbstractServer, Owner, Held {
  readonly #loop: HostedEventLoop;
  readonly #factory: () => StreamProtocol;
  readonly #context: Context;
  readonly #ssl: TlsOptions | null;
  readonly #options: UnixServerOptions;
  #listeners: net.Server[] | null = [];
  #views: TransportSocket[] = [];
  readonly #clients = new Set<NodeTransport>();
  #serving = false;
  #waiting: net.Socket[] = [];
  // Connections whose TLS handshake is under way.
  readonly #shaking = new Set<net.Socket>();
  #waiters: Future<void>[] | null = [];
  #forever: Future<void> | null = null;
  readonly #path: string | null;
  #file: SocketFile | null = null;

  constructor(
    loop: HostedEventLoop,
    factory: () => StreamProtocol,
    ssl: TlsOptions | null,
    options: UnixServerOptions,
    path: string | null,
  ) {
    this.#loop = loop;
    this.#factory = factory;
    this.#context = copyContext();
    this.#ssl = ssl;
    this.#options = options;
    this.#path = path;
    loop._hold(this);
  }

  /** Opens one listening socket. */
  *listen(where: net.ListenOptions, keepAlive: boolean): GeneratorBody<void> {
    const listener = this.#loop._detached(() => this.#makeListener(keepAlive));
    yield* hostCall<void>(this.#loop, (settle) => {
      listener.once('error', settle);
      listener.once('listening', () => {
        listener.off('error', settle);
        settle(null);
      });
      this.#loop._detached(() => listener.listen(where));
      return () => listener.close();
    });
    listener.on('error', (exception) => {
      this.#loop.callExceptionHandler({
        message: 'A server could not accept a connection',
        exception,
        socket: listener,
      });
    });
    if (this.#path !== null && !this.#path.startsWith('\0'))
      this.#file = new SocketFile(this.#path);
    this.#listeners?.push(listener);
    this.#views.push(new SocketView(listener, addressOf(listener)));
  }

  #makeListener(keepAlive: boolean): net.Server {
    const options: net.ServerOpts = { allowHalfOpen: true, noDelay: true, keepAlive };
    const accept = (accepted: net.Socket): void => {
      const socket = this.#ssl === null ? withInlet(accepted) : accepted;
      keepError(socket);
      this.#loop._arrive(
        new Handle(
          this.#accept as (...args: unknown[]) => unknown,
          [socket],
          this.#loop,
          this.#context,
        ),
      );
    };
    if (this.#ssl === null) return net.createServer({ ...options, pauseOnConnect: true }, accept);
    const timeout = this.#options.sslHandshakeTimeout ?? HANDSHAKE_TIMEOUT;
    const listener = nodeTls().createServer(
      { ...options, ...serverOptions(this.#ssl, timeout) },
      (socket) => {
        // Not in Node's types. On another host nobody is known, rather than the wrong ones.
        const { _parent: parent } = socket as { _parent?: net.Socket };
        if (parent === undefined || !this.#shaking.delete(parent)) this.#shaking.clear();
        socket.allowHalfOpen = true;
        accept(socket);
      },
    );
    listener.on('connection', (socket: net.Socket) => {
      this.#shaking.add(socket);
      socket.once('close', () => this.#shaking.delete(socket));
    });
    // Node leaves a connection whose handshake failed, or took too long, to whoever listens to this.
    listener.on('tlsClientError', (_error, socket) => socket.destroy());
    return listener;
  }

  readonly #accept = (socket: net.Socket): void => {
    if (this.#listeners === null) {
      socket.destroy();
      return;
    }
    if (!this.#serving) {
      this.#waiting.push(socket);
      return;
    }
    try {
      const protocol = madeBy(this.#factory);
      const view = viewOf(socket, this.#path, this.#path === null ? null : '');
      new NodeTransport(this.#loop, socket, protocol, {
        ...(this.#ssl === null
          ? { view }
          : tlsTransportOptions(socket, view, this.#ssl, this.#options, null)),
        owner: this,
      });
    } catch (exception) {
      socket.destroy();
      if (exception instanceof KeyboardInterrupt) throw exception;
      this.#loop.callExceptionHandler({
        message: 'Making a protocol for a new connection failed',
        exception,
        socket,
      });
    }
  };

  attach(transport: NodeTransport): void {
    this.#clients.add(transport);
  }

  detach(transport: NodeTransport): void {
    this.#clients.delete(transport);
    if (this.#clients.size === 0 && this.#listeners === null) this.#wakeUp();
  }

  get sockets(): readonly TransportSocket[] {
    return this.#listeners === null ? [] : [...this.#views];
  }

  getLoop(): HostedEventLoop {
    return this.#loop;
  }

  isServing(): boolean {
    return this.#serving;
  }

  close(): void {
    const listeners = this.#listeners;
    if (listeners === null) return;
    this.#listeners = null;
    this.#serving = false;
    this.#closeListeners(listeners);
    this.#dropUnserved();
    this.#loop._release(this);
    const forever = this.#forever;
    this.#forever = null;
    if (forever !== null && !forever.done()) forever.cancel();
    if (this.#clients.size === 0) this.#wakeUp();
  }

  closeClients(): void {
    for (const transport of this.#clients) transport._endByOwner(true);
  }

  abortClients(): void {
    for (const transport of this.#clients) transport._endByOwner(false);
  }

  startServing(): Coroutine<void> {
    return fromGenerator(this.#startServing(), 'Server.startServing');
  }

  serveForever(): Coroutine<never> {
    return fromGenerator(this.#serveForever(), 'Server.serveForever');
  }

  waitClosed(): Coroutine<void> {
    return fromGenerator(this.#waitClosed(), 'Server.waitClosed');
  }

  /** `asyncWith(server, body)`. */
  enter(): this {
    return this;
  }

  exit(): Coroutine<void> {
    this.close();
    return this.waitClosed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.waitClosed();
  }

  /** @internal */
  _letGo(): void {
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    this.#serving = false;
    this.#closeListeners(listeners);
    this.#dropUnserved();
  }

  // The host removes whatever stands at the path, by name: what is not ours any more, or is to stay, is put aside meanwhile.
  #closeListeners(listeners: readonly net.Server[]): void {
    const restore =
      this.#file === null || (this.#options.cleanupSocket !== false && this.#file.isOurs())
        ? null
        : this.#file.putAside();
    for (const listener of listeners) listener.close();
    restore?.();
  }

  #dropUnserved(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting = [];
    for (const socket of this.#shaking) socket.destroy();
    this.#shaking.clear();
  }

  toString(): string {
    const state = this.#listeners === null ? 'closed' : this.#serving ? 'serving' : 'bound';
    return `<Server ${state} sockets=[${this.sockets.map(String).join(', ')}]>`;
  }

  *#startServing(): GeneratorBody<void> {
    this.#serve();
    yield* sleep(0);
  }

  #serve(): void {
    if (this.#listeners === null)
      throw new RuntimeError(`This server is closed: ${this.toString()}`);
    if (this.#serving) return;
    this.#serving = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) this.#accept(socket);
  }

  *#serveForever(): GeneratorBody<never> {
    if (this.#forever !== null) {
      throw new RuntimeError(`serveForever() is being awaited already: ${this.toString()}`);
    }
    this.#serve();
    const forever = this.#loop.createFuture<void>();
    this.#forever = forever;
    try {
      yield* forever;
    } catch (error) {
      if (error instanceof CancelledError) {
        try {
          this.close();
          yield* this.#waitClosed();
        } catch {
          // The first cancellation is the one to be told.
        }
      }
      throw error;
    } finally {
      this.#forever = null;
    }
    throw new RuntimeError('serveForever() came to an end');
  }

  *#waitClosed(): GeneratorBody<void> {
    if (this.#waiters === null) return;
    const waiter = this.#loop.createFuture<void>();
    this.#waiters.push(waiter);
    yield* waiter;
  }

  #wakeUp(): void {
    const waiters = this.#waiters ?? [];
    this.#waiters = null;
    for (const waiter of waiters) if (!waiter.done()) waiter.setResult();
  }
}

function addressOf(listener: net.Server): SocketAddress | null {
  const address = listener.address();
  if (address === null || typeof address === 'string') return address;
  return inetAddress(address.address, address.port, address.family);
}
