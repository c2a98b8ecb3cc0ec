// What thread and process pools share: the executor that a program sees. What goes on behind it is in crew.ts.
import {
  checkFlag,
  checkOptions,
  type ConcurrentFuture,
  describe,
  type JobResult,
  RuntimeError,
  type SendableArgs,
} from '../core/index.ts';
import { Crew, type PoolKind } from './crew.ts';
import { doneNow, Executor } from './executor.ts';
import { type MapArguments, MapResults, splitMapArguments } from './map.ts';
import { referTo } from './reference.ts';
import { workerState } from './workerstate.ts';

// A pool that nobody holds any more gets no more jobs: its workers end, after what they have. (The crew itself is held by what it waits for.)
const forgotten = new FinalizationRegistry<Crew>((crew) => void crew.close(false));

/** What `ThreadPoolExecutor` and `ProcessPoolExecutor` have in common. */
export abstract class PoolExecutor extends Executor {
  readonly #kind: PoolKind;
  readonly #crew: Crew;

  /** @internal */
  protected constructor(kind: PoolKind) {
    super();
    this.#kind = kind;
    this.#crew = new Crew(kind);
    forgotten.register(this, this.#crew);
  }

  /** How many workers there may be. */
  get maxWorkers(): number {
    return this.#kind.maxWorkers;
  }

  /**
   * Has `fn(...args)` run in a worker; the future gives its result.
   *
   * @param fn a function given to `offload`, or one that uses only its arguments and the globals
   * @param args copied (structured clone), or handed over with `transfer`
   * @throws TypeError when `fn` or an argument cannot be sent; RuntimeError after `shutdown`; BrokenExecutor when the pool is of no use any more
   */
  override submit<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): ConcurrentFuture<JobResult<R>> {
    const reference = referTo(fn, 'submit()');
    this.#checkOpen();
    return this.#crew.submit(reference, args, false) as ConcurrentFuture<JobResult<R>>;
  }

  /** @internal Looks at a job and copies its arguments now, and sends it later. @throws TypeError when it cannot be sent */
  _prepare(
    fn: unknown,
    args: readonly unknown[],
    where: string,
  ): (() => ConcurrentFuture<unknown>) | null {
    // A subclass with a submit() of its own is asked itself.
    if (this.submit !== PoolExecutor.prototype.submit) return null;
    const send = this.#crew.prepare(referTo(fn, where), args);
    return () => {
      this.#checkOpen();
      return send();
    };
  }

  /**
   * Has `fn` run for each element of the iterables, side by side, and gives the results in order: by blocking
   * (`for … of`), or without (`for await … of`). All are submitted at once, or at most `buffersize` at a time.
   *
   * The last argument may be `{timeout, chunksize, buffersize}`: seconds from this call until the last result has to be there
   * (`TimeoutError`; null: no limit), how many elements make one job, and how many are submitted ahead. When the first error comes,
   * or the loop over the results is left, what waits is cancelled.
   *
   * @example
   * for await (const digest of pool.map(hashFile, paths, { chunksize: 16 })) console.log(digest);
   */
  override map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: MapArguments<A>
  ): MapResults<JobResult<R>> {
    const { lists, options } = splitMapArguments(iterables, 'map()');
    const reference = referTo(fn, 'map()');
    this.#checkOpen();
    return new MapResults<JobResult<R>>(lists, options, (args, chunk) => {
      this.#checkOpen();
      return this.#crew.submit(reference, args, chunk);
    });
  }

  /**
   * Takes no more jobs. The future it gives is done when every job has ended and every worker is gone (at once with `wait` false):
   * `await pool.shutdown()`, or by blocking `pool.shutdown().result()`.
   * @param options.cancelFutures also cancel the jobs that no worker has begun
   * @throws TypeError for something else
   */
  override shutdown(
    wait = true,
    options: { cancelFutures?: boolean | undefined } = {},
  ): ConcurrentFuture<void> {
    if (typeof wait !== 'boolean') {
      throw new TypeError(
        `shutdown() expects wait as true or false first, not ${describe(wait)}: shutdown(true, { cancelFutures: true })`,
      );
    }
    checkOptions(options, 'shutdown()', ['cancelFutures']);
    checkFlag(options.cancelFutures, 'cancelFutures', 'shutdown()');
    const closed = this.#crew.close(options.cancelFutures === true);
    return wait ? closed : doneNow();
  }

  /**
   * Ends every worker now, and with them the jobs that run and those that wait: they are cancelled. Processes are sent `SIGTERM`: code
   * that handles this signal lives on, until `killWorkers`. `await pool.shutdown()` afterwards waits until they are gone.
   */
  terminateWorkers(): void {
    this.#crew.end('terminate');
  }

  /** As `terminateWorkers`, and with no way out: processes are sent `SIGKILL`. */
  killWorkers(): void {
    this.#crew.end('kill');
  }

  override toString(): string {
    const { broken, closing, size, waiting } = this.#crew;
    const state = broken !== null ? 'broken' : closing ? 'shut down' : 'open';
    return `<${this.constructor.name} ${state} workers=${size}/${this.maxWorkers} waiting=${waiting}>`;
  }

  #checkOpen(): void {
    const { broken, closing } = this.#crew;
    if (broken !== null) throw this.#kind.brokenError(broken.message, broken.cause);
    if (closing) {
      throw new RuntimeError('Cannot submit a job after shutdown(): make another executor');
    }
    if (workerState.loading > 0) {
      throw new RuntimeError(
        'A worker that loads the module of a job must not submit jobs by that: begin what starts the program with ' +
          'if (!inWorker()), of asyncio-ts/concurrent, or move the functions to a module of their own',
      );
    }
  }
}
