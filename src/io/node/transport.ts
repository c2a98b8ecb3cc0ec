// The transport over a stream of Node's: TCP, TLS and Unix sockets, and pipes.
//
// States: open -> closing (close, the peer's end, an error) -> lost, which is when `connectionLost` is scheduled. What
// Node tells arrives through the loop: each event becomes a handle that runs in the transport's context, straight from
// Node's callback when the loop is idle. While reading is paused, what was on its way in the ready queue is kept.
//
// Writing goes to Node's stream at once; it tries the system first and buffers the rest. A callback is asked for only
// by a write that takes the buffer over the high water mark, and by all while writing is paused, since only those can
// lead to a `resumeWriting`.
//
// (Above 400 lines: reading, writing and closing of one socket are one state machine.)
import type { Duplex } from 'node:stream';
import {
  type BaseProtocol,
  type BaseTransport,
  type BufferedProtocol,
  ConnectionError,
  type Context,
  copyContext,
  describe,
  type Future,
  Handle,
  type Held,
  KeyboardInterrupt,
  logger,
  NotImplementedError,
  type Protocol,
  type Runnable,
  runtime,
  RuntimeError,
  TimeoutError,
  Transport,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkBytes, checkChunks } from '../bytes.ts';
import { type SocketView, viewExtra } from './addresses.ts';
import { fillBuffer, isBuffered } from './buffered.ts';
import { checkProtocol } from './factories.ts';
import { type Inlet, inletOf, type Sink } from './inlet.ts';
import { type Listeners, listenersFor } from './listeners.ts';
import { type Kind, kindOf, type NodeTransportOptions, type Owner } from './transportkind.ts';
import { DEFAULT_HIGH, writeBufferLimits } from './watermarks.ts';

// Bytes in the ready queue above which Node's stream is paused until they are delivered.
const MOST_QUEUED = 262_144;
// Writes to a lost connection before the log is told.
const LOG_THRESHOLD = 5;

// A piece on its way through the ready queue.
class Arrival implements Runnable {
  readonly #transport: NodeTransport;
  readonly #context: Context;
  readonly #piece: Uint8Array;

  constructor(transport: NodeTransport, context: Context, piece: Uint8Array) {
    this.#transport = transport;
    this.#context = context;
    this.#piece = piece;
  }

  _run(): void {
    runtime.context = this.#context;
    try {
      this.#transport._deliver(this.#piece);
    } finally {
      runtime.context = null;
    }
  }

  toString(): string {
    return `<dataReceived of ${String(this.#transport)}>`;
  }
}

/** @internal */
export class NodeTransport extends Transport implements Held, Sink {
  readonly #loop: HostedEventLoop;
  readonly #context: Context;
  readonly #stream: Duplex;
  readonly #inlet: Inlet | null;
  #protocol: BaseProtocol;
  #buffered = false;
  readonly #owner: Owner | null;
  #waiter: Future<void> | null;
  // What the stream tells before the protocol and its maker know that the connection stands; null from then on.
  #early: Runnable[] | null = [];
  readonly #kind: Kind;
  readonly #view: SocketView | null;
  readonly #listeners: Listeners;
  #shutdownTimer: unknown = null;
  #closing = false;
  // By close() or abort(), not by the peer or an error.
  #closedByProgram = false;
  #lost = false;
  #eofSent = false;
  #readingPaused = false;
  #writingPaused = false;
  // Bytes on their way through the ready queue, while the loop is busy with other things.
  #queued = 0;
  #throttled = false;
  // Pieces kept while reading is paused; null for none.
  #held: Uint8Array[] | null = null;
  #endHeld = false;
  #high = DEFAULT_HIGH;
  #low = DEFAULT_HIGH / 4;
  #onWritten: ((error?: Error | null) => void) | null = null;
  #ignoredWrites = 0;
  #exclusive = false;
  #detached = false;

  constructor(
    loop: HostedEventLoop,
    stream: Duplex,
    protocol: BaseProtocol,
    options: NodeTransportOptions,
  ) {
    super(options.extra ?? null);
    this.#loop = loop;
    this.#context = copyContext();
    this.#stream = stream;
    this.#inlet = inletOf(stream);
    this.#protocol = protocol;
    this.#buffered = isBuffered(protocol);
    this.#owner = options.owner ?? null;
    this.#waiter = options.waiter ?? null;
    this.#kind = kindOf(options);
    this.#view = options.view ?? null;
    const listeners = listenersFor(stream, this);
    this.#listeners = listeners;
    stream.on('error', listeners.error);
    stream.on('close', listeners.close);
    loop._hold(this);
    this.#owner?.attach(this);
    this.#enqueue(options.silent === true ? () => this.#start() : () => this.#begin());
    if (!this.#kind.readable) return;
    // At once: Node lets go of what nobody listens for (of a child that has ended, most of all).
    stream.on('end', listeners.end);
    if (listeners.data !== null) stream.on('data', listeners.data);
    this.#inlet?.open(this);
    if (stream.isPaused()) stream.resume();
    if (stream.readableEnded) this.#arrive(() => this.#deliverEnd());
  }

  // Receiving

  override isReading(): boolean {
    return this.#kind.readable && !this.#closing && !this.#readingPaused;
  }

  override pauseReading(): void {
    if (!this.isReading()) return;
    this.#readingPaused = true;
    this.#stream.pause();
  }

  override resumeReading(): void {
    if (this.#closing || !this.#readingPaused) return;
    this.#readingPaused = false;
    if (this.#held !== null || this.#endHeld) this.#enqueue(() => this.#deliverHeld());
    else this.#stream.resume();
  }

  /** @internal */
  _received(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#queued += chunk.length;
    if (this.#queued > MOST_QUEUED && !this.#throttled) {
      this.#throttled = true;
      this.#stream.pause();
    }
    this.#take(new Arrival(this, this.#context, chunk));
  }

  /** @internal */
  _ended(): void {
    if (!this.#closing) this.#arrive(() => this.#deliverEnd());
  }

  /** @internal */
  _deliver(chunk: Uint8Array): void {
    this.#queued -= chunk.length;
    if (this.#closing) return;
    if (this.#throttled && this.#queued === 0) {
      this.#throttled = false;
      if (!this.#readingPaused) this.#stream.resume();
    }
    if (this.#readingPaused || this.#held !== null) {
      (this.#held ??= []).push(chunk);
      // Node itself resumes the pipes of a child that has ended; and a socket that is paused before it has begun to read, it
      // lets begin all the same.
      if (this.#readingPaused) this.#stream.pause();
      return;
    }
    this.#receive(chunk);
  }

  #deliverHeld(): void {
    while (this.#held !== null) {
      if (this.#readingPaused || this.#closing) return;
      const chunk = this.#held.shift() as Uint8Array;
      if (this.#held.length === 0) this.#held = null;
      this.#receive(chunk);
    }
    if (this.#readingPaused || this.#closing) return;
    if (this.#endHeld) {
      this.#endHeld = false;
      this.#deliverEnd();
    } else this.#stream.resume();
  }

  #deliverEnd(): void {
    if (this.#closing) return;
    if (this.#readingPaused || this.#held !== null) {
      this.#endHeld = true;
      return;
    }
    let keepOpen: unknown = false;
    try {
      keepOpen = (this.#protocol as Protocol).eofReceived();
    } catch (error) {
      this.#fatal(error, 'protocol.eofReceived() failed');
      return;
    }
    if (keepOpen === true && !this.#kind.tls && this.#kind.writable) return;
    this.#close();
  }

  #receive(chunk: Uint8Array): void {
    try {
      if (this.#buffered) this.#fill(chunk);
      else (this.#protocol as Protocol).dataReceived(chunk);
    } catch (error) {
      this.#fatal(error, `protocol.${this.#buffered ? 'bufferUpdated' : 'dataReceived'}() failed`);
    }
  }

  // A buffer of the protocol's takes a part; in between it may pause, close, or hand the connection over.
  #fill(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#closing) {
      if (this.#readingPaused) {
        (this.#held ??= []).unshift(rest);
        return;
      }
      if (!this.#buffered) {
        this.#receive(rest);
        return;
      }
      const count = fillBuffer(this.#protocol as BufferedProtocol, rest);
      rest = rest.subarray(count);
    }
  }

  // Sending

  override write(data: Uint8Array): void {
    checkBytes(data, 'write()');
    if (!this.#mayWrite('write()') || data.length === 0) return;
    const stream = this.#stream;
    const tell = this.#mustTell(data);
    const room = tell ? stream.write(data, this.#written) : stream.write(data);
    // Refused by the system at once: connectionLost comes before a drain() that begins now has ended.
    if (!room && stream.errored !== null) this.#lose(stream.errored);
    else if (stream.writableLength > this.#high) this.#pauseWriting();
  }

  override writelines(chunks: Iterable<Uint8Array>): void {
    const all = checkChunks(chunks, 'writelines()');
    if (!this.#mayWrite('writelines()')) return;
    const stream = this.#stream;
    stream.cork();
    for (const chunk of all) {
      if (chunk.length === 0) continue;
      if (this.#mustTell(chunk)) stream.write(chunk, this.#written);
      else stream.write(chunk);
    }
    stream.uncork();
    if (stream.errored !== null) this.#lose(stream.errored);
    else if (stream.writableLength > this.#high) this.#pauseWriting();
  }

  override writeEof(): void {
    if (!this.canWriteEof()) {
      throw new NotImplementedError(
        'TLS has no half-closed connections: close() the transport instead',
      );
    }
    if (this.#closing || this.#eofSent) return;
    this.#checkExclusive('writeEof()');
    this.#eofSent = true;
    // What only writes has nothing left to do.
    if (this.#kind.readable) this.#stream.end();
    else this.#close();
  }

  override canWriteEof(): boolean {
    return !this.#kind.tls && this.#kind.writable;
  }

  override getWriteBufferSize(): number {
    return this.#lost || !this.#kind.writable ? 0 : this.#stream.writableLength;
  }

  override getWriteBufferLimits(): readonly [low: number, high: number] {
    return [this.#low, this.#high];
  }

  override setWriteBufferLimits(
    limits: { high?: number | null | undefined; low?: number | null | undefined } = {},
  ): void {
    [this.#low, this.#high] = writeBufferLimits(limits);
    if (this.getWriteBufferSize() > this.#high) {
      // The writes under way asked for no callback: an empty one comes behind them, or the end that is there already.
      const stream = this.#stream;
      if (stream.writableEnded) stream.once('finish', this.#written);
      else stream.write(NOTHING, this.#written);
      this.#pauseWriting();
    }
  }

  /** @internal Nobody but the caller may write from now on, until the answer is called. */
  _takeExclusive(): () => void {
    this.#checkExclusive('sendfile()');
    this.#exclusive = true;
    return () => {
      this.#exclusive = false;
    };
  }

  /** @internal `write`, for the one who took the transport. */
  _writeExclusive(data: Uint8Array): void {
    this.#exclusive = false;
    this.write(data);
    this.#exclusive = true;
  }

  #mayWrite(method: string): boolean {
    if (this.#eofSent) throw new RuntimeError(`${method} cannot come after writeEof()`);
    if (this.#closedByProgram) {
      throw new RuntimeError(
        `${method} on a closed transport: close() or abort() was called before`,
      );
    }
    if (!this.#kind.writable) throw new NotImplementedError(`${method}: this transport only reads`);
    this.#checkExclusive(method);
    if (!this.#closing) return true;
    // The peer has gone, which the program may not know yet: connectionLost tells it, and drain() throws.
    this.#ignoredWrites++;
    if (this.#ignoredWrites === LOG_THRESHOLD) {
      logger.warning(`${String(this)}: ${method} after the connection was lost, again and again`);
    }
    return false;
  }

  // Whether the end of this write may be what `resumeWriting` waits for.
  #mustTell(data: Uint8Array): boolean {
    return this.#writingPaused || this.#stream.writableLength + data.length > this.#high;
  }

  #checkExclusive(method: string): void {
    if (!this.#exclusive) return;
    throw new RuntimeError(`${method} has to wait: sendfile() is in progress on this transport`);
  }

  #pauseWriting(): void {
    if (this.#writingPaused) return;
    this.#writingPaused = true;
    try {
      this.#protocol.pauseWriting();
    } catch (error) {
      this.#tell(error, 'protocol.pauseWriting() failed');
    }
  }

  // Made when it is first needed, which for most connections is never.
  get #written(): (error?: Error | null) => void {
    return (this.#onWritten ??= (error) => this.#afterWrite(error));
  }

  #afterWrite(error: Error | null | undefined): void {
    // What failed has not gone out: connectionLost is on its way.
    if (error || !this.#writingPaused || this.#lost) return;
    if (this.#stream.writableLength > this.#low) return;
    this.#arrive(() => this.#resumeWriting());
  }

  #resumeWriting(): void {
    if (!this.#writingPaused || this.#lost || this.#stream.writableLength > this.#low) return;
    this.#writingPaused = false;
    try {
      this.#protocol.resumeWriting();
    } catch (error) {
      this.#tell(error, 'protocol.resumeWriting() failed');
    }
  }

  // Beginning and end

  protected override _makeExtra(): Readonly<Record<string, unknown>> | null {
    return this.#view === null ? null : viewExtra(this.#view);
  }

  override setProtocol(protocol: BaseProtocol): void {
    checkProtocol(protocol);
    this.#protocol = protocol;
    this.#buffered = isBuffered(protocol);
  }

  override getProtocol(): BaseProtocol {
    return this.#protocol;
  }

  override isClosing(): boolean {
    return this.#closing;
  }

  override close(): void {
    this.#closedByProgram = true;
    this.#close();
  }

  override abort(): void {
    this.#closedByProgram = true;
    this.#lose(null);
  }

  /** @internal Its server or its process ends it. Whoever writes to it now has done nothing wrong: `drain()` tells them. */
  _endByOwner(flush: boolean): void {
    if (this.#detached) this.#stream.destroy();
    else if (flush) this.#close();
    else this.#lose(null);
  }

  /** @internal */
  _letGo(): void {
    if (!this.#closing) tellUnclosed(this, this.#loop);
    this.#closing = true;
    this.#lost = true;
    this.#endShutdown();
    this.#inlet?.close();
    this.#stream.destroy();
  }

  /** @internal The reader at the other end is gone, which a pipe does not show by itself. */
  _breakPipe(): void {
    const error =
      this.getWriteBufferSize() > 0
        ? new ConnectionError('EPIPE', 'The reader of the pipe has ended before all was sent')
        : null;
    this.#lose(error);
  }

  /** @internal Whether something is still on its way through the ready queue. */
  _arriving(): boolean {
    return this.#queued > 0;
  }

  /**
   * @internal Gives the stream away, for TLS: this transport is no more, and its protocol is not told. Its server still
   * counts it until another has taken its place.
   * @param unread what was delivered, and is to be read again before everything else
   */
  _detach(unread: Uint8Array | null): Duplex {
    const stream = this.#stream;
    this.#stopReading();
    stream.off('error', this.#listeners.error);
    stream.off('close', this.#listeners.close);
    for (const chunk of this.#held?.reverse() ?? []) stream.unshift(chunk);
    if (unread !== null && unread.length > 0) stream.unshift(unread);
    this.#held = null;
    this.#closing = true;
    this.#lost = true;
    this.#closedByProgram = true;
    this.#detached = true;
    this.#loop._release(this);
    return stream;
  }

  /** @internal The server that this belongs to. */
  get _owner(): Owner | null {
    return this.#owner;
  }

  /** @internal Whether the protocol was told to pause writing. */
  get _writingPaused(): boolean {
    return this.#writingPaused;
  }

  override toString(): string {
    const state = this.#lost ? 'closed' : this.#closing ? 'closing' : 'open';
    const reading = this.#kind.readable && !this.#closing ? ` reading=${this.isReading()}` : '';
    return `<${this.#kind.tls ? 'TLS transport' : 'Transport'} ${state}${reading} buffered=${this.getWriteBufferSize()}>`;
  }

  // Also when it is lost already, so that no protocol is told of an end without a beginning.
  #begin(): void {
    try {
      (this.#protocol as Protocol).connectionMade(this);
    } catch (error) {
      this.#tell(error, 'protocol.connectionMade() failed');
    } finally {
      this.#start();
    }
  }

  #start(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    if (waiter !== null && !waiter.done()) waiter.setResult();
    // Whoever has made the connection goes on before anything arrives on it.
    const early = this.#early ?? [];
    this.#early = null;
    for (const item of early) this.#loop._enqueue(item);
    // What had happened before there was anybody to be told; behind what it had delivered.
    const { closed, errored, readableEnded } = this.#stream;
    if (closed && (errored !== null || !readableEnded)) this.#enqueue(() => this.#lose(errored));
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopReading();
    const stream = this.#stream;
    const flushed = !this.#kind.tls && !this.#kind.foreign && stream.writableLength === 0;
    if (!this.#kind.writable || stream.destroyed || flushed) {
      this.#lose(null);
      return;
    }
    // What is written goes out first; TLS says good-bye besides.
    if (stream.writableFinished) this.#lose(null);
    // Behind a resumption that is due.
    else stream.once('finish', () => this.#arrive(() => this.#lose(null)));
    stream.end();
    if (this.#kind.tls) {
      const seconds = this.#kind.shutdownTimeout;
      const message = `The peer did not take the rest within ${seconds} seconds of close(): it is lost`;
      const timeout = (): void => this.#lose(new TimeoutError(message));
      this.#shutdownTimer = this.#loop._hostTimer(timeout, seconds);
    }
  }

  #stopReading(): void {
    if (!this.#kind.readable) return;
    const stream = this.#stream;
    const { data, end } = this.#listeners;
    if (data !== null) stream.off('data', data);
    this.#inlet?.close();
    stream.off('end', end);
    stream.pause();
  }

  /** @internal */
  _failed(error: Error): void {
    if (this.#lost) return;
    // In its turn: what arrived before the error is delivered before it.
    this.#arrive(() => this.#lose(error));
  }

  /** @internal */
  _closed(): void {
    const stream = this.#stream;
    if (this.#lost || stream.errored !== null) return;
    // Node closes by itself what both sides have ended; for asyncio it is open until close().
    const ended = stream.readableEnded && (this.#eofSent || !this.#kind.writable);
    if (!this.#closing && ended) return;
    this.#arrive(() => this.#lose(null));
  }

  #lose(error: Error | null): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#closing = true;
    this.#held = null;
    this.#endHeld = false;
    this.#endShutdown();
    this.#inlet?.close();
    // A stream of the program's that has ended in order may have another half, with somebody who reads it.
    const ended = this.#kind.foreign && !this.#kind.readable && this.#stream.writableFinished;
    if (!ended) this.#stream.destroy();
    if (!this.#loop.isClosed()) this.#enqueue(() => this.#connectionLost(error));
  }

  #connectionLost(error: Error | null): void {
    try {
      this.#protocol.connectionLost(error);
    } catch (thrown) {
      this.#tell(thrown, 'protocol.connectionLost() failed');
    } finally {
      const waiter = this.#waiter;
      if (waiter !== null && !waiter.done()) waiter.cancel();
      this.#loop._release(this);
      this.#owner?.detach(this);
    }
  }

  #endShutdown(): void {
    if (this.#shutdownTimer === null) return;
    this.#loop._clearHostTimer(this.#shutdownTimer);
    this.#shutdownTimer = null;
  }

  // An error of the program's own, in a callback that cannot go on without it.
  #fatal(error: unknown, message: string): void {
    this.#tell(error, message);
    this.#lose(error instanceof Error ? error : new RuntimeError(describe(error)));
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

  #arrive(callback: () => void): void {
    this.#take(new Handle(callback, [], this.#loop, this.#context));
  }

  // Something comes from the stream: straight into a turn, where the host calls in the loop's own context.
  #take(item: Runnable): void {
    if (this.#early !== null) this.#early.push(item);
    else if (this.#kind.foreign) this.#loop._enqueue(item);
    else this.#loop._arrive(item);
  }

  #enqueue(callback: () => void): void {
    this.#loop._enqueue(new Handle(callback, [], this.#loop, this.#context));
  }
}

/** @internal In debug mode: the loop is being closed, and this is still open. */
export function tellUnclosed(transport: BaseTransport, loop: HostedEventLoop): void {
  if (loop.getDebug()) logger.warning(`ResourceWarning: unclosed transport ${String(transport)}`);
}

const NOTHING = new Uint8Array(0);
