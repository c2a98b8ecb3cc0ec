// Results of `Executor.map`: in order, by blocking or without, submitted all at once or a few ahead.
import {
  blockUntil,
  checkOptions,
  checkTimeout,
  type ConcurrentFuture,
  type Coroutine,
  defaultLoop,
  describe,
  fromGenerator,
  type GeneratorBody,
  type SendableArgs,
  TimeoutError,
  wrapFuture,
} from '../core/index.ts';
import { waitFor } from '../tasks/index.ts';
import { Line } from './line.ts';

/** How `map` goes about it. */
export interface MapOptions {
  /** Seconds from the call of `map` until every result has to be there; null: no limit. */
  readonly timeout?: number | null | undefined;
  /** How many elements make one job; by default 1. */
  readonly chunksize?: number | undefined;
  /** How many elements are submitted ahead of the results taken; null: all of them at once. */
  readonly buffersize?: number | null | undefined;
}

type Iterables<A extends readonly unknown[]> = {
  [K in keyof A]: Iterable<SendableArgs<[A[K]]>[0]>;
};

/** One iterable for each parameter of the function, then perhaps the options. */
export type MapArguments<A extends readonly unknown[]> =
  Iterables<A> | [...Iterables<A>, MapOptions];

/** The options with their defaults. */
interface MapSettings {
  readonly timeout: number | null;
  readonly chunksize: number;
  readonly buffersize: number | null;
}

interface Split {
  readonly lists: readonly Iterable<unknown>[];
  readonly options: MapSettings;
}

/** @throws TypeError or RangeError for anything but iterables and options */
export function splitMapArguments(given: readonly unknown[], where: string): Split {
  const last = given.at(-1);
  const plain = given.length > 0 && !isIterable(last);
  const lists = plain ? given.slice(0, -1) : given;
  if (plain && (typeof last !== 'object' || last === null)) {
    throw new TypeError(
      `${where} expects iterables after the function, and perhaps an object of options last, not ${describe(last)}`,
    );
  }
  if (plain) checkOptions(last, where, ['timeout', 'chunksize', 'buffersize']);
  const { timeout = null, chunksize = 1, buffersize = null } = (plain ? last : {}) as MapOptions;
  for (const list of lists) {
    if (!isIterable(list)) {
      throw new TypeError(`${where} expects iterables after the function, not ${describe(list)}`);
    }
  }
  if (lists.length === 0) {
    throw new TypeError(`${where} expects at least one iterable after the function`);
  }
  checkTimeout(timeout, where);
  checkCount(chunksize, 'chunksize', where);
  if (buffersize !== null) checkCount(buffersize, 'buffersize', where);
  return { lists: lists as Iterable<unknown>[], options: { timeout, chunksize, buffersize } };
}

function isIterable(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function checkCount(value: unknown, name: string, where: string): void {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`${where} expects ${name} as a whole number, not ${describe(value)}`);
  }
  if (value < 1) throw new RangeError(`${where} expects ${name} from 1 on, not ${value}`);
}

type Submit = (args: readonly unknown[], chunk: boolean) => ConcurrentFuture<unknown>;

/**
 * What `map` gives: iterate it once, with `for … of` (blocks this thread for each result, as in Python) or with `for await … of`
 * (does not). Leaving the loop early cancels what has not started.
 */
export class MapResults<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #submit: Submit;
  readonly #tuples: Iterator<readonly unknown[]>;
  readonly #chunksize: number;
  readonly #ahead: number;
  readonly #end: number | null;
  readonly #timeout: number | null;
  // Jobs under way, in order, and results that came in one chunk.
  readonly #jobs = new Line<ConcurrentFuture<unknown>>();
  readonly #results = new Line<unknown>();
  #exhausted = false;

  /** @internal */
  constructor(lists: readonly Iterable<unknown>[], options: MapSettings, submit: Submit) {
    this.#submit = submit;
    this.#tuples = zip(lists);
    this.#chunksize = options.chunksize;
    this.#timeout = options.timeout;
    this.#end = options.timeout === null ? null : defaultLoop().time() + options.timeout;
    this.#ahead =
      options.buffersize === null ? Infinity : Math.ceil(options.buffersize / options.chunksize);
    this.#fill();
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    try {
      for (;;) {
        if (this.#results.size > 0) yield this.#results.shift() as T;
        else {
          const job = this.#jobs.shift();
          if (job === undefined) return;
          this.#fill();
          if (!blockUntil(() => job.done(), this.#left(), 'map()')) {
            job.cancel();
            throw this.#tooLate();
          }
          this.#take(job.result());
        }
      }
    } finally {
      this.cancel();
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<T, void, undefined> {
    return {
      next: () => this.#next() as unknown as Promise<IteratorResult<T, void>>,
      return: () => {
        this.cancel();
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  /** Cancels what has not started; nothing more comes. */
  cancel(): void {
    this.#exhausted = true;
    for (const job of this.#jobs.drain()) job.cancel();
    this.#results.drain();
    this.#tuples.return?.();
  }

  #next(): Coroutine<IteratorResult<T, void>> {
    return fromGenerator(this.#step(), 'MapResults.next');
  }

  *#step(): GeneratorBody<IteratorResult<T, void>> {
    while (this.#results.size === 0) {
      const job = this.#jobs.shift();
      if (job === undefined) return { value: undefined, done: true };
      try {
        this.#fill();
        this.#take(yield* waitFor(wrapFuture(job), this.#left()));
      } catch (error) {
        const late = error instanceof TimeoutError && (!job.done() || job.cancelled());
        job.cancel();
        this.cancel();
        throw late ? this.#tooLate() : error;
      }
    }
    return { value: this.#results.shift() as T, done: false };
  }

  #take(result: unknown): void {
    if (this.#chunksize === 1) this.#results.push(result);
    else for (const one of result as unknown[]) this.#results.push(one);
  }

  // Submits as many as may be under way.
  #fill(): void {
    while (!this.#exhausted && this.#jobs.size < this.#ahead) {
      const chunk: (readonly unknown[])[] = [];
      while (chunk.length < this.#chunksize) {
        const next = this.#tuples.next();
        if (next.done === true) {
          this.#exhausted = true;
          break;
        }
        chunk.push(next.value);
      }
      if (chunk.length === 0) return;
      const single = this.#chunksize === 1;
      this.#jobs.push(this.#submit(single ? (chunk[0] as readonly unknown[]) : chunk, !single));
    }
  }

  #left(): number | null {
    return this.#end === null ? null : this.#end - defaultLoop().time();
  }

  #tooLate(): TimeoutError {
    return new TimeoutError(`The results of map() were not there within ${this.#timeout} seconds`);
  }
}

// One element of each, until one of them ends.
function* zip(lists: readonly Iterable<unknown>[]): Generator<readonly unknown[], void, undefined> {
  const iterators = lists.map((list) => list[Symbol.iterator]());
  try {
    for (;;) {
      const tuple: unknown[] = [];
      for (const iterator of iterators) {
        const next = iterator.next();
        if (next.done === true) return;
        tuple.push(next.value);
      }
      yield tuple;
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
}
