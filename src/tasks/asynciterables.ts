// fromAsyncIterable: an async iterable of the host's (a stream, an async generator) whose waits can be cancelled.
import {
  type AbstractEventLoop,
  anyLoop,
  callInTask,
  type Coroutine,
  describe,
  type Future,
  fromGenerator,
  type GeneratorBody,
  isCancellation,
  isThenable,
  wrapPromise,
  type BaseEventLoop,
} from '../core/index.ts';
import { wait } from './wait.ts';

/** What `fromAsyncIterable` gives. */
export interface CancellableIterator<T> {
  /** The next item, `{done: false, value}`, or `{done: true}` at the end. Works in both kinds of coroutine. */
  next(): Coroutine<IteratorResult<T, undefined>>;
  /** Ends the source before its end, as leaving a `for await` loop does. */
  return(): Coroutine<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * An async iterable of the host's, with waits that belong to the calling task: cancelling the task gets it out of them at once.
 *
 * `for await (const item of fromAsyncIterable(stream))` in an async function closes the source when the loop is left,
 * by a cancellation too. By hand, in either kind of coroutine, a cancelled `next()` loses nothing: the item that it waited
 * for is the next one's.
 *
 * @param source a stream of Node's or of the web's, an async generator, any async iterable; a plain iterable, of promises too
 * @throws TypeError at the call for what cannot be iterated
 *
 * @example
 * const lines = fromAsyncIterable(readline);
 * for (let line = yield* lines.next(); !line.done; line = yield* lines.next()) handle(line.value);
 */
export function fromAsyncIterable<T>(
  source: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
): CancellableIterator<T> {
  return new HostIterator<T>(open<T>(source, 'fromAsyncIterable()'));
}

/** An iterator of the host's: what its methods give is a promise, or (of a plain iterable) has promises as values. */
interface HostSource<T> {
  next(): PromiseLike<IteratorResult<T>> | IteratorResult<T | PromiseLike<T>>;
  return?(): unknown;
  /** Closes it at once, in the middle of a `next()` too. Where it is missing, `return()` has to do. */
  destroy?(): unknown;
}

/** What an iterable of the host's may have. */
interface OpenSource<T> {
  [Symbol.asyncIterator]?: () => HostSource<T>;
  [Symbol.iterator]?: () => HostSource<T>;
  getReader?: () => StreamReaderLike<T>;
  destroy?: () => unknown;
}

function open<T>(source: unknown, where: string): HostSource<T> {
  const given: OpenSource<T> | null = typeof source === 'object' ? source : null;
  if (typeof given?.getReader === 'function') return fromReader(given.getReader());
  const iterate = given?.[Symbol.asyncIterator] ?? given?.[Symbol.iterator];
  if (given === null || typeof iterate !== 'function') {
    throw new TypeError(`${where} expects an async iterable, not ${describe(source)}`);
  }
  const iterator = iterate.call(given);
  const { destroy } = given;
  if (typeof destroy !== 'function') return iterator;
  // A stream of Node's: its iterator's return() would wait for the chunk that is being waited for.
  return {
    next: () => iterator.next(),
    return: () => iterator.return?.(),
    destroy: () => destroy.call(given),
  };
}

/** What is used of the reader of a web stream, whose iterator could not be left while it waits. */
interface StreamReaderLike<T> {
  read(): PromiseLike<{ done: boolean; value?: T | undefined }>;
  cancel(): PromiseLike<void>;
}

function fromReader<T>(reader: StreamReaderLike<T>): HostSource<T> {
  return {
    next: () => reader.read() as PromiseLike<IteratorResult<T>>,
    return: () => reader.cancel(),
  };
}

class HostIterator<T> implements CancellableIterator<T> {
  readonly #source: HostSource<T>;
  readonly #loop: BaseEventLoop = anyLoop();
  // What was asked of the source and has not been taken by anyone yet.
  #asked: Future<IteratorResult<T>> | null = null;

  constructor(source: HostSource<T>) {
    this.#source = source;
  }

  next(): Coroutine<IteratorResult<T, undefined>> {
    return fromGenerator(this.#next(), 'fromAsyncIterable.next');
  }

  return(): Coroutine<IteratorResult<T, undefined>> {
    return fromGenerator(this.#return(), 'fromAsyncIterable.return');
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const iterator = {
      next: () => fromGenerator(this.#nextOrClose(), 'fromAsyncIterable.next'),
      return: () => this.return(),
      [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterableIterator<T>,
    };
    return iterator as unknown as AsyncIterableIterator<T>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  *#next(): GeneratorBody<IteratorResult<T, undefined>> {
    this.#asked ??= wrapPromise(this.#ask(), this.#loop);
    const asked = this.#asked;
    // Not awaited itself: a cancellation ends only the wait, and what arrives later stays for the next one who asks.
    if (!asked.done()) yield* wait([asked]);
    // Two tasks may have waited for the same item: the first one takes it.
    if (this.#asked !== asked) return yield* this.#next();
    this.#asked = null;
    const answer = asked.result();
    return answer.done === true ? { value: undefined, done: true } : answer;
  }

  /** Asks the source; an async generator of the program's own runs as a part of the calling task. */
  #ask(): Promise<IteratorResult<T>> {
    return callInTask(() => settle(this.#source.next()));
  }

  *#nextOrClose(): GeneratorBody<IteratorResult<T, undefined>> {
    try {
      return yield* this.#next();
    } catch (error) {
      if (isCancellation(error)) this.#abandon();
      throw error;
    }
  }

  *#return(): GeneratorBody<IteratorResult<T, undefined>> {
    const closed = callInTask(() => this.#source.return?.());
    if (isThenable(closed)) yield* wrapPromise(closed, this.#loop);
    return { value: undefined, done: true };
  }

  /** Closes the source without waiting for it: the task that would wait is being cancelled. */
  #abandon(): void {
    // What it was asked for last will fail, most likely, because of being closed.
    this.#asked?.addDoneCallback((asked) => asked._retrieve());
    const closed = (this.#source.destroy ?? this.#source.return)?.call(this.#source);
    if (!isThenable(closed)) return;
    const loop: AbstractEventLoop = this.#loop;
    closed.then(undefined, (exception: unknown) => {
      loop.callExceptionHandler({
        message: 'An async iterable failed while it was closed after a cancellation',
        exception,
      });
    });
  }
}

/** A promise of an iterator's answer; of a plain iterator's answer with a promise in it, too. */
async function settle<T>(
  answer: PromiseLike<IteratorResult<T>> | IteratorResult<T | PromiseLike<T>>,
): Promise<IteratorResult<T>> {
  const given = await answer;
  if (given.done !== true && isThenable(given.value)) {
    return { value: (await given.value) as T, done: false };
  }
  return given as IteratorResult<T>;
}
