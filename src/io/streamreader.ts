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
  IncompleteReadError,
  LimitOverrunError,
  NotImplementedError,
  type ReadTransport,
  RuntimeError,
} from '../core/index.ts';
import { ByteBuffer } from './bytebuffer.ts';
import { checkBytes, EMPTY, joinBytes } from './bytes.ts';

/** Bytes that a reader holds back before it pauses the transport, halved; and how long a line may be. */
export const DEFAULT_LIMIT: number = 65_536;

const NEWLINE = new Uint8Array([10]);

/** What a reader needs of its transport. */
type Source = Pick<ReadTransport, 'pauseReading' | 'resumeReading'>;

/**
 * Reads bytes from a connection, a child process, or whatever feeds it. Every reading method gives its bytes as a
 * Uint8Array and can be cancelled without losing any.
 *
 * @example
 * const [reader, writer] = await openConnection('example.org', 80);
 * for await (const line of reader) console.log(new TextDecoder().decode(line));
 */
export class StreamReader {
  readonly #limit: number;
  readonly #loop: AbstractEventLoop;
  readonly #buffer = new ByteBuffer();
  #eof = false;
  #exception: Error | null = null;
  #waiter: Future<void> | null = null;
  #transport: Source | null = null;
  #paused = false;

  /**
   * @param limit the longest line, in bytes; the transport is paused when twice as much is buffered
   * @throws RangeError when `limit` is not above zero
   */
  constructor(limit: number = DEFAULT_LIMIT, options: { loop?: AbstractEventLoop | null } = {}) {
    if (typeof limit !== 'number') {
      throw new TypeError(
        `StreamReader expects a limit in bytes (a number), not ${describe(limit)}`,
      );
    }
    if (!(limit > 0)) {
      throw new RangeError(`StreamReader expects a limit above zero (bytes), not ${limit}`);
    }
    checkOptions(options, 'StreamReader');
    this.#limit = limit;
    this.#loop = options.loop ?? getEventLoop();
  }

  /** @internal */
  get _loop(): AbstractEventLoop {
    return this.#loop;
  }

  /** What it failed with, or null. */
  exception(): Error | null {
    return this.#exception;
  }

  /** From now on every read throws `exception`. */
  setException(exception: Error): void {
    this.#exception = exception;
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    if (!waiter.done()) waiter.setException(exception);
  }

  /** Says what to pause while too much is buffered. @throws RuntimeError the second time */
  setTransport(transport: Source): void {
    if (this.#transport !== null)
      throw new RuntimeError('The transport of this reader is set already');
    this.#transport = transport;
  }

  /** @internal The connection goes on over another transport (TLS). */
  _replaceTransport(transport: Source): void {
    this.#transport = transport;
    if (this.#paused) transport.pauseReading();
  }

  /** Nothing more will come. */
  feedEof(): void {
    this.#eof = true;
    this.#wake();
  }

  /** Whether all is read and nothing more will come. */
  atEof(): boolean {
    return this.#eof && this.#buffer.length === 0;
  }

  /**
   * Puts bytes in. They are not copied; do not change them.
   * @throws RuntimeError after `feedEof()`
   */
  feedData(data: Uint8Array): void {
    checkBytes(data, 'StreamReader.feedData()');
    if (this.#eof) throw new RuntimeError('feedData() cannot come after feedEof()');
    if (data.length === 0) return;
    this.#buffer.append(data);
    this.#wake();
    if (this.#transport === null || this.#paused || this.#buffer.length <= 2 * this.#limit) return;
    try {
      this.#transport.pauseReading();
      this.#paused = true;
    } catch (error) {
      // A transport that cannot be paused: no flow control.
      if (!(error instanceof NotImplementedError)) throw error;
      this.#transport = null;
    }
  }

  /**
   * Reads up to `count` bytes, as soon as there is at least one; by default (-1) everything until the end. At the end:
   * an empty array.
   */
  read(count = -1): Coroutine<Uint8Array> {
    checkCount(count, 'read()');
    return fromGenerator(this.#read(count), 'StreamReader.read');
  }

  /**
   * Reads a line with its `\n`; at the end of the stream what is left, possibly nothing.
   * @throws RangeError when the line is longer than the limit; the line (or all that is buffered) is gone then
   */
  readline(): Coroutine<Uint8Array> {
    return fromGenerator(this.#readline(), 'StreamReader.readline');
  }

  /**
   * Reads exactly `count` bytes.
   * @throws IncompleteReadError at an earlier end; `partial` holds what there was. RangeError for a negative number
   */
  readexactly(count: number): Coroutine<Uint8Array> {
    checkCount(count, 'readexactly()');
    if (count < 0)
      throw new RangeError(`readexactly() expects a size of zero or more, not ${count}`);
    return fromGenerator(this.#readexactly(count), 'StreamReader.readexactly');
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
    return fromGenerator(this.#readuntil(sorted), 'StreamReader.readuntil');
  }

  /** `for await (const line of reader)`: line by line until the end. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    const iterator = {
      next: () => fromGenerator(this.#nextLine(), 'StreamReader.next'),
      [Symbol.asyncIterator]: () => iterator,
    } as unknown as AsyncIterableIterator<Uint8Array>;
    return iterator;
  }

  toString(): string {
    const parts = ['StreamReader'];
    if (this.#buffer.length > 0) parts.push(`${this.#buffer.length} bytes`);
    if (this.#eof) parts.push('eof');
    if (this.#limit !== DEFAULT_LIMIT) parts.push(`limit=${this.#limit}`);
    if (this.#exception !== null) parts.push(`exception=${String(this.#exception)}`);
    if (this.#paused) parts.push('paused');
    return `<${parts.join(' ')}>`;
  }

  *#nextLine(): GeneratorBody<IteratorResult<Uint8Array, undefined>> {
    const line = yield* this.#readline();
    return line.length === 0 ? { value: undefined, done: true } : { value: line, done: false };
  }

  *#read(count: number): GeneratorBody<Uint8Array> {
    if (this.#exception !== null) throw this.#exception;
    if (count === 0) return EMPTY;
    if (count < 0) return yield* this.#readAll();
    if (this.#buffer.length === 0 && !this.#eof) yield* this.#wait('read');
    return this.#take(count);
  }

  *#readAll(): GeneratorBody<Uint8Array> {
    const blocks: Uint8Array[] = [];
    for (;;) {
      const block = yield* this.#read(this.#limit);
      if (block.length === 0) return joinBytes(blocks);
      blocks.push(block);
    }
  }

  *#readline(): GeneratorBody<Uint8Array> {
    try {
      return yield* this.#readuntil(NEWLINES);
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      if (this.#buffer.hasAt(NEWLINE, error.consumed)) this.#buffer.skip(error.consumed + 1);
      else this.#buffer.clear();
      this.#resumeIfDrained();
      throw new RangeError(error.message, { cause: error });
    }
  }

  *#readexactly(count: number): GeneratorBody<Uint8Array> {
    if (this.#exception !== null) throw this.#exception;
    if (count === 0) return EMPTY;
    while (this.#buffer.length < count) {
      if (this.#eof) throw new IncompleteReadError(this.#buffer.take(Infinity), count);
      yield* this.#wait('readexactly');
    }
    return this.#take(count);
  }

  *#readuntil(separators: readonly Uint8Array[]): GeneratorBody<Uint8Array> {
    if (this.#exception !== null) throw this.#exception;
    const buffer = this.#buffer;
    const shortest = (separators[0] as Uint8Array).length;
    const longest = (separators.at(-1) as Uint8Array).length;
    let offset = 0;
    let start = -1;
    let end = Infinity;
    for (;;) {
      if (buffer.length - offset >= shortest) {
        for (const separator of separators) {
          const at = buffer.find(separator, offset);
          if (at < 0 || at + separator.length >= end) continue;
          start = at;
          end = at + separator.length;
        }
        if (start >= 0) break;
        offset = Math.max(0, buffer.length + 1 - longest);
        if (offset > this.#limit) {
          throw new LimitOverrunError(
            `No separator within the limit of ${this.#limit} bytes: the data stays in the buffer`,
            offset,
          );
        }
      }
      if (this.#eof) throw new IncompleteReadError(buffer.take(Infinity), null);
      yield* this.#wait('readuntil');
    }
    if (start > this.#limit) {
      throw new LimitOverrunError(
        `The separator comes after ${start} bytes, more than the limit of ${this.#limit}: the data stays in the buffer`,
        start,
      );
    }
    return this.#take(end);
  }

  #take(count: number): Uint8Array {
    const data = this.#buffer.take(count);
    if (this.#paused) this.#resumeIfDrained();
    return data;
  }

  *#wait(method: string): GeneratorBody<void> {
    if (this.#waiter !== null) {
      throw new RuntimeError(
        `${method}() called while another coroutine is already waiting for incoming data`,
      );
    }
    if (this.#paused) {
      this.#paused = false;
      this.#transport?.resumeReading();
    }
    const waiter = this.#loop.createFuture<void>();
    this.#waiter = waiter;
    try {
      yield* waiter;
    } finally {
      this.#waiter = null;
    }
  }

  #wake(): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    if (!waiter.done()) waiter.setResult();
  }

  #resumeIfDrained(): void {
    if (!this.#paused || this.#buffer.length > this.#limit) return;
    this.#paused = false;
    this.#transport?.resumeReading();
  }
}

const NEWLINES = [NEWLINE];

function checkCount(count: unknown, where: string): void {
  if (Number.isInteger(count)) return;
  if (typeof count === 'number') {
    throw new RangeError(`${where} expects a whole number of bytes, not ${count}`);
  }
  throw new TypeError(`${where} expects a number of bytes, not ${describe(count)}`);
}
