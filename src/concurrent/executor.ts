// The base of executors: what all of them share once they can run one function. Extend it for one of your own.
import { ConcurrentFuture, NotImplementedError } from '../core/index.ts';
import type { Executor as ExecutorMethods, JobResult, SendableArgs } from '../core/index.ts';
import { type MapArguments, MapResults, splitMapArguments } from './map.ts';

/** A future that is done. */
export function doneNow(): ConcurrentFuture<void> {
  const done = new ConcurrentFuture<void>();
  done.setResult(undefined);
  return done;
}

/**
 * Python's `concurrent.futures.Executor`: a subclass writes `submit`, and has `map` and the context manager by that.
 *
 * @example
 * class Inline extends Executor {
 *   override submit(fn, ...args) {
 *     const future = new Future();
 *     future.setResult(fn(...args));
 *     return future;
 *   }
 * }
 */
export abstract class Executor implements ExecutorMethods {
  /**
   * Has `fn(...args)` run; the future gives its result.
   * @throws NotImplementedError unless a subclass has written it
   */
  submit<A extends unknown[], R>(
    _fn: (...args: A) => R,
    ..._args: SendableArgs<A>
  ): ConcurrentFuture<JobResult<R>> {
    throw new NotImplementedError(`${this.constructor.name} does not implement submit()`);
  }

  /**
   * Has `fn` run for each element of the iterables, and gives the results in order: by blocking (`for … of`), or without
   * (`for await … of`). The last argument may be `{timeout, buffersize}`; `chunksize` has no effect here.
   */
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: MapArguments<A>
  ): MapResults<JobResult<R>> {
    const { lists, options } = splitMapArguments(iterables, 'map()');
    const submit = (args: readonly unknown[]): ConcurrentFuture<unknown> =>
      this.submit(fn, ...(args as SendableArgs<A>));
    return new MapResults<JobResult<R>>(lists, { ...options, chunksize: 1 }, submit);
  }

  /** Takes no more jobs; what it returns is done when all of them are. Here, where nothing is held, at once. */
  shutdown(
    _wait = true,
    _options: { cancelFutures?: boolean | undefined } = {},
  ): ConcurrentFuture<void> {
    return doneNow();
  }

  /** `asyncWith(executor, body)`: shuts it down at the end and waits for its jobs. */
  enter(): this {
    return this;
  }

  exit(): ConcurrentFuture<void> {
    return this.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Blocks until every job has ended, as Python's `with` does. */
  [Symbol.dispose](): void {
    this.shutdown().result();
  }
}
