// StreamReader: bytes that a transport delivers, read by a coroutine.
//
// States: open (more may come), at its end (`feedEof`), or failed (`setException`); what is buffered is read first at
// the end, and not any more after a failure. One reading coroutine at a time. When more than twice the limit is
// buffered, the transport is told to pause, and to go on when a read has brought it down to the limit.
import {
  type AbstractEventLoop,
  type Coroutine,
  checkOptions,
  describe,
  fromGenerator,
  type Future,
  type GeneratorBody,
  getEventLoop,
  NotImplementedError,
  type ReadTransport,
  RuntimeError,
} from '../core/index.ts';
import { ByteBuffer } from './bytebuffer.ts';
import { checkBytes, joinBytes } from './bytes.ts';
import type { Lease } from './lease.ts';
import { type Incoming, NextLine, ReadExactly, ReadLine, ReadSome, ReadUntil } from './reading.ts';

/** Bytes that a reader holds back before it pauses the transport, halved; and how long a line may be. */
export const DEFAULT_LIMIT: number = 65_536;

const NEWLINE = new Uint8Array([10]);

/** What a reader needs of its transport. */
type Source = Pick<ReadTransport, 'pauseReading' | 'resumeReading'>;

/** @internal How a protocol feeds a reader. */
export interface Feed {
  setTransport(transport: Source): void;
  replaceTransport(transport: Source): void;
  feedData(data: Uint8Array): void;
  feedEof(): void;
  setException(exception: Error): void;
  /** All that was not read. */
  takeAll(): Uint8Array;
}

/**
 * Reads bytes from a connection, a child process, or whatever feeds it. Every reading method gives its bytes as a
 * Uint8Array and can be cancelled without losing any.
 *
 * @example
 * const [reader, writer] = await openConnection('example.org', 80);
 * for await (const line of reader) console.log(new TextDecoder().decode(line));
 */
export class StreamReader {
  readonly #loop: AbstractEventLoop;
  readonly #incoming: Buffered;
  /** @internal Shared with the writer of the connection. */
  _lease: Lease | null = null;

  /**
   * @param limit the longest line, in bytes; the transport is paused when twice as much is buffered
   * @throws RangeError when `limit` is not above zero
   */
  constructor(
    limit: number = DEFAULT_LIMIT,
    options: { loop?: AbstractEventLoop | null | undefined } = {},
  ) {
    if (typeof limit !== 'number') {
      throw new TypeError(
        `StreamReader expects a limit in bytes (a number), not ${describe(limit)}`,
      );
    }
    if (!(limit > 0)) {
      throw new RangeError(`StreamReader expects a limit above zero (bytes), not ${limit}`);
    }
    if (limit !== Infinity && !Number.isInteger(limit)) {
      throw new RangeError(`StreamReader expects a limit as a whole number of bytes, not ${limit}`);
    }
    checkOptions(options, 'StreamReader', ['loop']);
    this.#loop = options.loop ?? getEventLoop();
    this.#incoming = new Buffered(this.#loop, limit);
  }

  /** @internal */
  get _loop(): AbstractEventLoop {
    return this.#loop;
  }

  /** What it failed with, or null. */
  exception(): Error | null {
    return this.#incoming.exception;
  }

  /** From now on every read throws `exception`. */
  setException(exception: Error): void {
    this.#incoming.setException(exception);
  }

  /** Says what to pause while too much is buffered. @throws RuntimeError the second time */
  setTransport(transport: Source): void {
    this.#incoming.setTransport(transport);
  }

  /** @internal What a protocol feeds in place of the reader itself, so as not to hold it. A subclass is asked itself. */
  get _feed(): Feed {
    const incoming = this.#incoming;
    if (this.constructor === StreamReader) return incoming;
    return {
      setTransport: (transport) => this.setTransport(transport),
      replaceTransport: (transport) => incoming.replaceTransport(transport),
      feedData: (data) => this.feedData(data),
      feedEof: () => this.feedEof(),
      setException: (exception) => this.setException(exception),
      takeAll: () => incoming.takeAll(),
    };
  }

  /** Nothing more will come. */
  feedEof(): void {
    this.#incoming.feedEof();
  }

  /** Whether all is read and nothing more will come. */
  atEof(): boolean {
    return this.#incoming.eof && this.#incoming.buffer.length === 0;
  }

  /**
   * Puts bytes in. They are not copied; do not change them.
   * @throws RuntimeError after `feedEof()`
   */
  feedData(data: Uint8Array): void {
    this.#incoming.feedData(data);
  }

  /**
   * Reads up to `count` bytes, as soon as there is at least one; by default (-1) everything until the end. At the end:
   * an empty array.
   */
  read(count = -1): Coroutine<Uint8Array> {
    checkCount(count, 'read()');
    if (count < 0) return fromGenerator(this.#readAll(), 'StreamReader.read');
    return new ReadSome(this, this.#incoming, count);
  }

  /**
   * Reads a line with its `\n`; at the end of the stream what is left, possibly nothing.
   * @throws RangeError when the line is longer than the limit; the line (or all that is buffered) is gone then
   */
  readline(): Coroutine<Uint8Array> {
    return new ReadLine(this, this.#incoming);
  }

  /**
   * Reads exactly `count` bytes.
   * @throws IncompleteReadError at an earlier end; `partial` holds what there was. RangeError for a negative number
   */
  readexactly(count: number): Coroutine<Uint8Array> {
    checkCount(count, 'readexactly()');
    if (count < 0)
      throw new RangeError(`readexactly() expects a size of zero or more, not ${count}`);
    return new ReadExactly(this, this.#incoming, count);
  }

  /**
   * Reads up to and with the separator; of several (in an array), the one that ends first.
   * @throws IncompleteReadError at an earlier end; LimitOverrunError when it is not found within the limit, and then
   *   the data stays in the buffer
   */
  readuntil(separator: Uint8Array | readonly Uint8Array[] = NEWLINE): Coroutine<Uint8Array> {
    const separators = Array.isArray(separator) ? [...(separator as Uint8Array[])] : [separator];
    for (const one of separators) checkBytes(one, 'readuntil()');
    if (separators.length === 0) throw new RangeError('readuntil() expects at least one separator');
    const sorted = (separators as Uint8Array[]).sort((a, b) => a.length - b.length);
    if ((sorted[0] as Uint8Array).length === 0) {
      throw new RangeError('readuntil() expects separators of at least one byte');
    }
    return new ReadUntil(this, this.#incoming, sorted);
  }

  /** `for await (const line of reader)`: line by line until the end. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    const iterator = {
      next: () => new NextLine(this, this.#incoming),
      [Symbol.asyncIterator]: () => iterator,
    } as unknown as AsyncIterableIterator<Uint8Array>;
    return iterator;
  }

  toString(): string {
    const { buffer, eof, limit, exception, paused } = this.#incoming;
    const parts = ['StreamReader'];
    if (buffer.length > 0) parts.push(`${buffer.length} bytes`);
    if (eof) parts.push('eof');
    if (limit !== DEFAULT_LIMIT) parts.push(`limit=${limit}`);
    if (exception !== null) parts.push(`exception=${String(exception)}`);
    if (paused) parts.push('paused');
    return `<${parts.join(' ')}>`;
  }

  *#readAll(): GeneratorBody<Uint8Array> {
    const blocks: Uint8Array[] = [];
    const incoming = this.#incoming;
    try {
      for (;;) {
        const block = yield* new ReadSome(this, incoming, incoming.limit);
        if (block.length === 0) return joinBytes(blocks);
        blocks.push(block);
      }
    } catch (error) {
      if (blocks.length > 0) incoming.buffer.putBack(joinBytes(blocks));
      throw error;
    }
  }
}

// What has come and was not read yet, and who waits for more.
class Buffered implements Incoming, Feed {
  readonly limit: number;
  readonly buffer: ByteBuffer = new ByteBuffer();
  readonly #loop: AbstractEventLoop;
  eof = false;
  exception: Error | null = null;
  transport: Source | null = null;
  paused = false;
  #waiter: Future<void> | null = null;

  constructor(loop: AbstractEventLoop, limit: number) {
    this.#loop = loop;
    this.limit = limit;
  }

  setTransport(transport: Source): void {
    if (this.transport !== null) {
      throw new RuntimeError('The transport of this reader is set already');
    }
    this.transport = transport;
  }

  replaceTransport(transport: Source): void {
    this.transport = transport;
    if (this.paused) transport.pauseReading();
  }

  feedEof(): void {
    this.eof = true;
    this.wake();
  }

  feedData(data: Uint8Array): void {
    checkBytes(data, 'StreamReader.feedData()');
    if (this.eof) throw new RuntimeError('feedData() cannot come after feedEof()');
    if (data.length === 0) return;
    this.buffer.append(data);
    this.wake();
    if (this.buffer.length <= 2 * this.limit || this.transport === null || this.paused) return;
    try {
      this.transport.pauseReading();
      this.paused = true;
    } catch (error) {
      // A transport that cannot be paused: no flow control.
      if (!(error instanceof NotImplementedError)) throw error;
      this.transport = null;
    }
  }

  takeAll(): Uint8Array {
    this.paused = false;
    return this.buffer.take(Infinity);
  }

  setException(exception: Error): void {
    this.exception = exception;
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    if (!waiter.done()) waiter.setException(exception);
  }

  wake(): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    if (!waiter.done()) waiter.setResult();
  }

  take(count: number): Uint8Array {
    const data = this.buffer.take(count);
    if (this.paused) this.drained();
    return data;
  }

  drained(): void {
    if (!this.paused || this.buffer.length > this.limit) return;
    this.paused = false;
    this.transport?.resumeReading();
  }

  more(method: string): Future<void> {
    if (this.exception !== null) throw this.exception;
    if (this.#waiter !== null) {
      throw new RuntimeError(
        `${method}() called while another coroutine is already waiting for incoming data`,
      );
    }
    if (this.paused) {
      this.paused = false;
      this.transport?.resumeReading();
    }
    return (this.#waiter = this.#loop.createFuture<void>());
  }

  leave(waiter: Future<void>): void {
    if (this.#waiter === waiter) this.#waiter = null;
  }
}

function checkCount(count: unknown, where: string): void {
  if (Number.isInteger(count)) return;
  if (typeof count === 'number') {
    throw new RangeError(`${where} expects a whole number of bytes, not ${count}`);
  }
  throw new TypeError(`${where} expects a number of bytes, not ${describe(count)}`);
}
