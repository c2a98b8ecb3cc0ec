// One call of a reading method of StreamReader: tries to take its bytes from the buffer, and waits for more as often as
// there are not enough. Awaited in a generator it is its own iterator, so that a read makes no other object than itself
// and, where it has to wait, a future.
import {
  type Future,
  type GeneratorBody,
  IncompleteReadError,
  LATER,
  LimitOverrunError,
  PromptCoroutine,
  type Steps,
  type Trap,
} from '../core/index.ts';
import type { ByteBuffer } from './bytebuffer.ts';
import { EMPTY } from './bytes.ts';

const NEWLINE = new Uint8Array([10]);
const NEWLINES = [NEWLINE];

/** The reader; only held, for as long as it is read. */
type Owner = object;

/** What a reader lets its calls see. */
export interface Incoming {
  readonly limit: number;
  readonly buffer: ByteBuffer;
  eof: boolean;
  exception: Error | null;
  take(count: number): Uint8Array;
  /** The buffer has become shorter: the transport may go on. */
  drained(): void;
  /** A future that is done when there is more. @throws RuntimeError while somebody else waits, or the exception */
  more(method: string): Future<void>;
  /** It is not waited for any more. */
  leave(waiter: Future<void>): void;
}

abstract class Reading<T> extends PromptCoroutine<T> {
  readonly incoming: Incoming;
  /** Not collected before this call has ended. */
  readonly owner: Owner;
  #waiter: Future<void> | null = null;
  #waited = false;

  constructor(owner: Owner, incoming: Incoming) {
    super();
    this.owner = owner;
    this.incoming = incoming;
  }

  protected abstract get method(): string;

  /** What is asked for, if all of it is there. */
  protected abstract get(): T | typeof LATER;

  override get name(): string {
    return `StreamReader.${this.method}`;
  }

  // A failure goes before what is in the buffer, but not before what has been waited for and came.
  protected override attempt(): T | typeof LATER {
    if (!this.#waited && this.incoming.exception !== null) throw this.incoming.exception;
    return this.get();
  }

  // By hand, where `throw` is the coroutine's own and not that of its iterator.
  protected override *_body(): GeneratorBody<T> {
    for (;;) {
      const value = this.attempt();
      if (value !== LATER) return value;
      const waiter = this.#more();
      try {
        yield* waiter;
      } finally {
        this.incoming.leave(waiter);
      }
    }
  }

  protected override _steps(): Steps {
    this.#waiter = this.#more();
    return this;
  }

  override next(): IteratorResult<Trap, T> {
    const waiter = this.#waiter;
    if (waiter === null) return super.next();
    let answer: IteratorResult<Trap, void>;
    try {
      // Suspends while it is pending; throws what it failed with.
      answer = waiter.next();
    } catch (error) {
      this.incoming.leave(waiter);
      throw error;
    }
    if (answer.done !== true) return answer;
    const value = this.attempt();
    if (value !== LATER) return { value, done: true };
    this.#waiter = this.#more();
    return this.next();
  }

  override throw(error: unknown): IteratorResult<Trap | undefined, T> {
    if (this.#waiter === null) return super.throw(error);
    this.incoming.leave(this.#waiter);
    throw error;
  }

  return(value: T): IteratorResult<Trap, T> {
    if (this.#waiter !== null) this.incoming.leave(this.#waiter);
    return { value, done: true };
  }

  #more(): Future<void> {
    this.#waited = true;
    return this.incoming.more(this.method);
  }
}

/** `read(count)`, with a count of zero or more. */
export class ReadSome extends Reading<Uint8Array> {
  readonly #count: number;

  constructor(owner: Owner, incoming: Incoming, count: number) {
    super(owner, incoming);
    this.#count = count;
  }

  protected override get method(): string {
    return 'read';
  }

  protected override get(): Uint8Array | typeof LATER {
    const { incoming } = this;
    if (this.#count === 0) return EMPTY;
    if (incoming.buffer.length === 0 && !incoming.eof) return LATER;
    return incoming.take(this.#count);
  }
}

/** `readexactly(count)`. */
export class ReadExactly extends Reading<Uint8Array> {
  readonly #count: number;

  constructor(owner: Owner, incoming: Incoming, count: number) {
    super(owner, incoming);
    this.#count = count;
  }

  protected override get method(): string {
    return 'readexactly';
  }

  protected override get(): Uint8Array | typeof LATER {
    const { incoming } = this;
    const count = this.#count;
    if (count === 0) return EMPTY;
    if (incoming.buffer.length >= count) return incoming.take(count);
    if (!incoming.eof) return LATER;
    throw new IncompleteReadError(incoming.take(Infinity), count);
  }
}

abstract class Until<T> extends Reading<T> {
  readonly #separators: readonly Uint8Array[];
  // Up to where the buffer holds no separator.
  #offset = 0;

  /** @param separators the shortest first */
  constructor(owner: Owner, incoming: Incoming, separators: readonly Uint8Array[]) {
    super(owner, incoming);
    this.#separators = separators;
  }

  protected find(): Uint8Array | typeof LATER {
    const { buffer, limit, eof } = this.incoming;
    const separators = this.#separators;
    const shortest = (separators[0] as Uint8Array).length;
    if (buffer.length - this.#offset >= shortest) {
      let start = -1;
      let end = Infinity;
      for (const separator of separators) {
        const at = buffer.find(separator, this.#offset);
        if (at < 0 || at + separator.length >= end) continue;
        start = at;
        end = at + separator.length;
      }
      if (start > limit) {
        throw new LimitOverrunError(
          `The separator comes after ${start} bytes, more than the limit of ${limit}: the data stays in the buffer`,
          start,
        );
      }
      if (start >= 0) return this.incoming.take(end);
      const longest = (separators.at(-1) as Uint8Array).length;
      this.#offset = Math.max(0, buffer.length + 1 - longest);
      if (this.#offset > limit) {
        throw new LimitOverrunError(
          `No separator within the limit of ${limit} bytes: the data stays in the buffer`,
          this.#offset,
        );
      }
    }
    if (!eof) return LATER;
    throw new IncompleteReadError(this.incoming.take(Infinity), null);
  }

  /** A line; what is left at the end; nothing behind it. */
  protected line(): Uint8Array | typeof LATER {
    try {
      return this.find();
    } catch (error) {
      if (error instanceof IncompleteReadError) return error.partial;
      if (!(error instanceof LimitOverrunError)) throw error;
      throw new RangeError(this.#drop(error.consumed), { cause: error });
    }
  }

  // Too long a line leaves the buffer, as in CPython: who reads lines could not go on otherwise. What became of it.
  #drop(consumed: number): string {
    const { buffer, limit } = this.incoming;
    const all = buffer.length;
    const whole = buffer.hasAt(NEWLINE, consumed);
    if (whole) buffer.skip(consumed + 1);
    else buffer.clear();
    this.incoming.drained();
    return (
      (whole
        ? `A line of ${consumed} bytes is longer than the limit of ${limit}: it is dropped, and the next read begins behind it. `
        : `No end of the line within the limit of ${limit} bytes: the ${all} bytes that had come are dropped, and the next read begins within that line. `) +
      'For longer lines raise {limit}; readuntil() would leave the data in the buffer'
    );
  }
}

/** `readuntil(separators)`. */
export class ReadUntil extends Until<Uint8Array> {
  protected override get method(): string {
    return 'readuntil';
  }

  protected override get(): Uint8Array | typeof LATER {
    return this.find();
  }
}

/** `readline()`. */
export class ReadLine extends Until<Uint8Array> {
  constructor(owner: Owner, incoming: Incoming) {
    super(owner, incoming, NEWLINES);
  }

  protected override get method(): string {
    return 'readline';
  }

  protected override get(): Uint8Array | typeof LATER {
    return this.line();
  }
}

/** A turn of `for await`. */
export class NextLine extends Until<IteratorResult<Uint8Array, undefined>> {
  constructor(owner: Owner, incoming: Incoming) {
    super(owner, incoming, NEWLINES);
  }

  protected override get method(): string {
    return 'next';
  }

  protected override get(): IteratorResult<Uint8Array, undefined> | typeof LATER {
    const line = this.line();
    if (line === LATER) return LATER;
    return line.length === 0 ? { value: undefined, done: true } : { value: line, done: false };
  }
}
