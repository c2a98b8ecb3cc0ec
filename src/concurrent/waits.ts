// Waiting for several concurrent futures by blocking; in coroutines, `wait` and `asCompleted` of asyncio do it.
import {
  blockUntil,
  checkOptions,
  checkTimeout,
  ConcurrentFuture,
  type Coroutine,
  defaultLoop,
  describe,
  fromGenerator,
  type GeneratorBody,
  TimeoutError,
  wrapFuture,
} from '../core/index.ts';
import {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  wait as waitOnLoop,
} from '../tasks/index.ts';
import { Line } from './line.ts';

type Futures<T> = Iterable<ConcurrentFuture<T>>;

/** What `wait` gives, by position and by name: Python's named tuple. */
export type DoneAndNotDone<T> = [
  done: Set<ConcurrentFuture<T>>,
  notDone: Set<ConcurrentFuture<T>>,
] & { readonly done: Set<ConcurrentFuture<T>>; readonly notDone: Set<ConcurrentFuture<T>> };

/**
 * Blocks this thread until the futures are done, or the first of them (`returnWhen`), or `timeout` seconds have passed.
 *
 * @returns the futures that are done, and those that are not
 * @throws TypeError for something else; RuntimeError when it would block forever
 * @example
 * const [done, notDone] = wait(jobs, { timeout: 10, returnWhen: FIRST_EXCEPTION });
 */
export function wait<T>(
  futures: Futures<T>,
  options: { timeout?: number | null | undefined; returnWhen?: ReturnWhen | undefined } = {},
): DoneAndNotDone<T> {
  checkOptions(options, 'wait()', ['timeout', 'returnWhen']);
  const { timeout = null, returnWhen = ALL_COMPLETED } = options;
  const all = collect<T>(futures, 'wait()');
  const enough = enoughFor(returnWhen, all);
  blockUntil(enough, timeout, 'wait()');
  const done = new Set<ConcurrentFuture<T>>();
  const notDone = new Set<ConcurrentFuture<T>>();
  for (const future of all) (future.done() ? done : notDone).add(future);
  // The names are no elements: neither loops nor spreading see them.
  return Object.defineProperties([done, notDone], {
    done: { value: done },
    notDone: { value: notDone },
  }) as DoneAndNotDone<T>;
}

function enoughFor(
  returnWhen: ReturnWhen,
  all: ReadonlySet<ConcurrentFuture<unknown>>,
): () => boolean {
  const futures = [...all];
  switch (returnWhen) {
    case ALL_COMPLETED:
      return () => futures.every((one) => one.done());
    case FIRST_COMPLETED:
      return () => futures.length === 0 || futures.some((one) => one.done());
    case FIRST_EXCEPTION:
      return () => futures.some(failed) || futures.every((one) => one.done());
    default:
      throw new RangeError(
        `wait() expects returnWhen to be ALL_COMPLETED, FIRST_COMPLETED or FIRST_EXCEPTION, not ${describe(returnWhen)}`,
      );
  }
}

function failed(future: ConcurrentFuture<unknown>): boolean {
  return future._failed;
}

/**
 * The futures as they become done: by blocking (`for … of`), or without (`for await … of`). Those done already come first. A future given
 * twice comes once.
 *
 * @param options.timeout seconds from this call; null: no limit
 * @throws TimeoutError from the iteration, when it is over
 */
export function asCompleted<T>(
  futures: Futures<T>,
  options: { timeout?: number | null | undefined } = {},
): CompletedFutures<T> {
  checkOptions(options, 'asCompleted()', ['timeout']);
  const { timeout = null } = options;
  checkTimeout(timeout, 'asCompleted()');
  return new CompletedFutures(collect<T>(futures, 'asCompleted()'), timeout);
}

/** A future as `for await` gives it. The type leaves out `then`: TypeScript would take the variable for the awaited result. */
export type EndedJob<T> = Omit<ConcurrentFuture<T>, 'then'>;

/** What `asCompleted` gives. */
export class CompletedFutures<T>
  implements Iterable<ConcurrentFuture<T>>, AsyncIterable<EndedJob<T>>
{
  readonly #total: number;
  readonly #timeout: number | null;
  readonly #end: number | null;
  readonly #pending: Set<ConcurrentFuture<T>>;
  readonly #ready = new Line<ConcurrentFuture<T>>();
  // Done with the next of them: what `for await` waits for.
  #waiting: ConcurrentFuture<void> | null = null;

  /** @internal */
  constructor(futures: Set<ConcurrentFuture<T>>, timeout: number | null) {
    this.#total = futures.size;
    this.#timeout = timeout;
    this.#end = timeout === null ? null : defaultLoop().time() + timeout;
    this.#pending = futures;
    for (const future of Array.from(futures)) {
      future.addDoneCallback(() => {
        this.#pending.delete(future);
        this.#ready.push(future);
        const waiting = this.#waiting;
        this.#waiting = null;
        waiting?.setResult(undefined);
      });
    }
  }

  *[Symbol.iterator](): Generator<ConcurrentFuture<T>, void, undefined> {
    while (this.#ready.size > 0 || this.#pending.size > 0) {
      const left = this.#left();
      if (!blockUntil(() => this.#ready.size > 0, left, 'asCompleted()')) throw this.#tooLate();
      yield this.#ready.shift() as ConcurrentFuture<T>;
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<EndedJob<T>, void, undefined> {
    return { next: () => this.#next() as unknown as Promise<IteratorResult<EndedJob<T>, void>> };
  }

  #next(): Coroutine<IteratorResult<EndedJob<T>, void>> {
    return fromGenerator(this.#step(), 'CompletedFutures.next');
  }

  *#step(): GeneratorBody<IteratorResult<EndedJob<T>, void>> {
    if (this.#ready.size === 0) {
      if (this.#pending.size === 0) return { value: undefined, done: true };
      // Waited for by a future that nobody but this holds: that the caller is cancelled cancels no job.
      this.#waiting ??= new ConcurrentFuture<void>();
      yield* waitOnLoop([wrapFuture(this.#waiting)], { timeout: this.#left() });
      if (this.#ready.size === 0) throw this.#tooLate();
    }
    return { value: this.#ready.shift() as EndedJob<T>, done: false };
  }

  #left(): number | null {
    return this.#end === null ? null : this.#end - defaultLoop().time();
  }

  #tooLate(): TimeoutError {
    const left = this.#pending.size;
    return new TimeoutError(
      `${left} of ${this.#total} futures are not done after ${this.#timeout} seconds`,
    );
  }
}

function collect<T>(futures: unknown, where: string): Set<ConcurrentFuture<T>> {
  if (
    typeof futures !== 'object' ||
    futures === null ||
    futures instanceof ConcurrentFuture ||
    !(Symbol.iterator in futures)
  ) {
    throw new TypeError(
      `${where} expects concurrent futures in a collection, not ${describe(futures)}`,
    );
  }
  const all = new Set<ConcurrentFuture<T>>();
  for (const future of futures as Iterable<unknown>) {
    if (!(future instanceof ConcurrentFuture)) {
      throw new TypeError(
        `${where} expects concurrent futures (what submit() gives), not ${describe(future)}; in a coroutine, use wait() and asCompleted() of 'asyncio-ts'`,
      );
    }
    all.add(future as ConcurrentFuture<T>);
  }
  return all;
}
