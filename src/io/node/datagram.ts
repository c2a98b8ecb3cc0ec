// Datagrams over Node's dgram sockets.
import * as dgram from 'node:dgram';
import * as dns from 'node:dns';
import * as net from 'node:net';
import {
  type Context,
  copyContext,
  type DatagramOptions,
  type DatagramProtocol,
  DatagramTransport,
  describe,
  type Future,
  type GeneratorBody,
  Handle,
  type Held,
  KeyboardInterrupt,
  type InetAddress,
  RuntimeError,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkDatagram, checkHost, checkPort } from '../arguments.ts';
import { checkBytes } from '../bytes.ts';
import { inetAddress, SocketView } from './addresses.ts';
import { checkFactory, checkProtocol, madeBy } from './factories.ts';
import { resolve } from './dns.ts';
import { hostCall } from './hostcall.ts';
import { checkReusePort } from './listen.ts';
import { tellUnclosed } from './transport.ts';
import { writeBufferLimits } from './watermarks.ts';

type AnyFunction = (...args: unknown[]) => unknown;

// What a datagram counts for in the write buffer besides its bytes: an empty one takes room too.
const HEADER = 8;

type Arrived = [data: Uint8Array, from: dgram.RemoteInfo];

class NodeDatagramTransport extends DatagramTransport implements Held {
  readonly #loop: HostedEventLoop;
  readonly #context: Context;
  readonly #socket: dgram.Socket;
  readonly #remote: InetAddress | null;
  #protocol: DatagramProtocol;
  #closing = false;
  #lost = false;
  // What came before connectionMade.
  #early: Arrived[] | null;
  #pending = 0;
  #bytes = 0;
  #paused = false;
  #high: number;
  #low: number;

  constructor(
    loop: HostedEventLoop,
    socket: dgram.Socket,
    protocol: DatagramProtocol,
    remote: InetAddress | null,
    early: readonly Arrived[],
    waiter: Future<void>,
  ) {
    const own = socket.address();
    const sockname = inetAddress(own.address, own.port, own.family);
    super({ sockname, peername: remote, socket: new SocketView(socket, sockname, remote) });
    this.#loop = loop;
    this.#context = copyContext();
    this.#socket = socket;
    this.#protocol = protocol;
    this.#remote = remote;
    [this.#low, this.#high] = writeBufferLimits({});
    loop._hold(this);
    this.#early = [...early];
    socket.on('message', this.#onMessage);
    loop.callSoon(() => this.#begin(waiter));
  }

  #begin(waiter: Future<void>): void {
    try {
      this.#protocol.connectionMade(this);
    } catch (error) {
      this.#tell(error, 'protocol.connectionMade() failed');
    } finally {
      this.#start(waiter);
    }
  }

  #start(waiter: Future<void>): void {
    this.#socket.on('error', this.#onError);
    if (!waiter.done()) waiter.setResult();
    // Whoever has made the endpoint goes on before anything arrives at it.
    const early = this.#early ?? [];
    this.#early = null;
    for (const [data, from] of early) this.#onMessage(data, from);
  }

  override sendto(data: Uint8Array, address: InetAddress | null = null): void {
    checkBytes(data, 'sendto()');
    const to = this.#checkAddress(address);
    if (this.#closing) {
      throw new RuntimeError(
        'sendto() on a closed transport: close() or abort() was called before',
      );
    }
    this.#pending++;
    this.#bytes += data.length + HEADER;
    const sent = (error: Error | null): void => this.#onSent(error, data.length + HEADER);
    try {
      if (to === null) this.#socket.send(data, sent);
      else this.#socket.send(data, to[1], to[0], sent);
    } catch (error) {
      this.#onSent(error as Error, data.length + HEADER);
    }
    if (this.#bytes > this.#high) this.#pauseWriting();
  }

  override getWriteBufferSize(): number {
    return this.#bytes;
  }

  override getWriteBufferLimits(): readonly [low: number, high: number] {
    return [this.#low, this.#high];
  }

  override setWriteBufferLimits(
    limits: { high?: number | null | undefined; low?: number | null | undefined } = {},
  ): void {
    [this.#low, this.#high] = writeBufferLimits(limits);
    if (this.#bytes > this.#high) this.#pauseWriting();
  }

  override isClosing(): boolean {
    return this.#closing;
  }

  override close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.off('message', this.#onMessage);
    if (this.#pending === 0) this.#lose(null);
  }

  override abort(): void {
    this.#lose(null);
  }

  override setProtocol(protocol: DatagramProtocol): void {
    checkProtocol(protocol);
    this.#protocol = protocol;
  }

  override getProtocol(): DatagramProtocol {
    return this.#protocol;
  }

  /** @internal */
  _letGo(): void {
    if (!this.#closing) tellUnclosed(this, this.#loop);
    this.#closing = true;
    // It may be closed already, with connectionLost on its way.
    if (!this.#lost) this.#socket.close();
    this.#lost = true;
  }

  override toString(): string {
    return `<Datagram transport ${this.#closing ? 'closed' : 'open'} buffered=${this.#bytes}>`;
  }

  #checkAddress(address: unknown): InetAddress | null {
    const remote = this.#remote;
    if (address === null) {
      if (remote === null)
        throw new TypeError('sendto() expects an address [host, port]: this endpoint has no peer');
      return null;
    }
    if (!Array.isArray(address)) {
      throw new TypeError(`sendto() expects an address [host, port], not ${describe(address)}`);
    }
    const [host, port] = address as [unknown, unknown];
    checkHost(host, 'sendto()');
    checkPort(port, 'sendto()');
    if (remote === null) return [host, port];
    if (host !== remote[0] || port !== remote[1]) {
      throw new RangeError(
        `sendto() expects the connected address ${String(remote)} or none, not ${host},${port}`,
      );
    }
    return null;
  }

  readonly #onMessage = (data: Uint8Array, from: dgram.RemoteInfo): void => {
    if (this.#early !== null) {
      this.#early.push([data, from]);
      return;
    }
    const address = inetAddress(from.address, from.port, from.family);
    this.#arrive(this.#deliver as AnyFunction, [data, address]);
  };

  readonly #deliver = (data: Uint8Array, address: InetAddress): void => {
    // One that fails is told by the handle, and the endpoint goes on.
    if (!this.#closing) this.#protocol.datagramReceived(data, address);
  };

  readonly #onError = (error: Error): void => {
    this.#arrive(this.#deliverError as AnyFunction, [error]);
  };

  readonly #deliverError = (error: Error): void => {
    if (!this.#lost) this.#protocol.errorReceived(error);
  };

  #onSent(error: Error | null, size: number): void {
    this.#pending--;
    this.#bytes -= size;
    if (this.#lost) return;
    if (error !== null) this.#onError(error);
    if (this.#paused && this.#bytes <= this.#low) this.#arrive(this.#resumeWriting, []);
    if (this.#closing && this.#pending === 0) this.#lose(null);
  }

  #pauseWriting(): void {
    if (this.#paused) return;
    this.#paused = true;
    try {
      this.#protocol.pauseWriting();
    } catch (error) {
      this.#tell(error, 'protocol.pauseWriting() failed');
    }
  }

  readonly #resumeWriting = (): void => {
    if (!this.#paused || this.#lost || this.#bytes > this.#low) return;
    this.#paused = false;
    this.#protocol.resumeWriting();
  };

  #lose(error: Error | null): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#socket.close();
    const lost = (): void => {
      this.#loop._release(this);
      this.#protocol.connectionLost(error);
    };
    if (!this.#loop.isClosed()) {
      this.#loop._enqueue(new Handle(lost, [], this.#loop, this.#context));
    }
  }

  #tell(exception: unknown, message: string): void {
    if (exception instanceof KeyboardInterrupt) throw exception;
    this.#loop.callExceptionHandler({
      message,
      exception,
      transport: this,
      protocol: this.#protocol,
    });
  }

  #arrive(callback: AnyFunction, args: unknown[]): void {
    this.#loop._arrive(new Handle(callback, args, this.#loop, this.#context));
  }
}

// Node resolves the address of every datagram; one that is a literal needs no turn of the resolver.
function lookup(
  host: string,
  options: dns.LookupOneOptions | number | undefined,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = net.isIP(host);
  if (family !== 0) callback(null, host, family);
  else
    dns.lookup(host, typeof options === 'number' ? { family: options } : (options ?? {}), callback);
}

/** @internal */
export function createDatagramEndpoint<P extends DatagramProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  localAddr: InetAddress | null,
  remoteAddr: InetAddress | null,
  options: DatagramOptions,
): GeneratorBody<[DatagramTransport, P]> {
  const where = 'createDatagramEndpoint()';
  checkFactory(factory, where);
  checkDatagram(localAddr, remoteAddr, options, where);
  if (options.reusePort === true) checkReusePort(where);
  return opening(loop, factory, localAddr, remoteAddr, options);
}

function* opening<P extends DatagramProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  localAddr: InetAddress | null,
  remoteAddr: InetAddress | null,
  options: DatagramOptions,
): GeneratorBody<[DatagramTransport, P]> {
  let protocol: P;
  let family = options.family ?? 0;
  let remote: { address: string; family: 4 | 6 } | null = null;
  if (remoteAddr !== null) {
    [remote = null] = yield* resolve(loop, remoteAddr[0], family);
    family = remote?.family ?? family;
  }
  let local: { address: string; family: 4 | 6 } | null = null;
  if (localAddr !== null) {
    [local = null] = yield* resolve(loop, localAddr[0], family, true);
    family = local?.family ?? family;
  }
  const socket = loop._detached(() =>
    dgram.createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup,
      ...(options.reusePort === true ? { reusePort: true } : {}),
    } as dgram.SocketOptions),
  );
  // The socket may be known to others already, and receives from now on.
  const early: Arrived[] = [];
  const keep = (data: Uint8Array, from: dgram.RemoteInfo): void => void early.push([data, from]);
  if (remote === null) socket.on('message', keep);
  try {
    yield* hostCall<void>(loop, (settle) => {
      socket.once('error', settle);
      socket.bind(
        { port: localAddr?.[1] ?? 0, ...(local === null ? {} : { address: local.address }) },
        () => settle(null),
      );
    });
    if (remote !== null && remoteAddr !== null) {
      const { address } = remote;
      yield* hostCall<void>(loop, (settle) => {
        socket.connect(remoteAddr[1], address, ((error?: Error) => {
          socket.on('message', keep);
          settle(error ?? null);
        }) as () => void);
      });
    }
    if (options.allowBroadcast === true) socket.setBroadcast(true);
    protocol = madeBy(factory);
  } catch (error) {
    socket.on('error', ignore);
    socket.close();
    throw error;
  }
  socket.removeAllListeners('error');
  // An error before connectionMade is nobody's yet.
  socket.on('error', ignore);
  const peer =
    remote === null || remoteAddr === null
      ? null
      : inetAddress(remote.address, remoteAddr[1], remote.family);
  const waiter = loop.createFuture<void>();
  socket.off('message', keep);
  const transport = new NodeDatagramTransport(loop, socket, protocol, peer, early, waiter);
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

function ignore(): void {}
