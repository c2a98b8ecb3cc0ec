// What thread and process pools share: a queue of jobs, and lanes that take one at a time.
//
// Of each job: waiting (in the queue) -> running (in one lane) -> ended. Of the pool: open -> closing (shutdown: no more jobs) ->
// closed (every worker gone); or broken (no worker can be made: the initializer failed), which ends every job.
// (Above 400 lines: the life of a job and the life of a lane are one state machine, and half of it could not be checked alone.)
// A worker is made when a job finds none idle, up to the limit. Should one die, its job fails, and the next job gets a new one.
import {
  type BrokenExecutor,
  ConcurrentFuture,
  type JobResult,
  RuntimeError,
  type SendableArgs,
} from '../core/index.ts';
import { addSource, type Guarded, removeSource, type Source } from './blocking.ts';
import { Executor } from './executor.ts';
import { JobQueue } from './jobqueue.ts';
import type { Job, Lane, LaneOwner } from './lane.ts';
import { type MapArguments, MapResults, splitMapArguments } from './map.ts';
import { type Reference, referTo } from './reference.ts';
import { revive } from './revive.ts';
import type { Failure } from './wire.ts';
import { endsCancelled, isCloneError, type JobOwner, PoolJob, uncloneable } from './pooljob.ts';
import { workerState } from './workerstate.ts';
import type { Transferable } from 'node:worker_threads';

/** Any function: what a pool can be given, before it looks. */
export type AnyFunction = (...args: never[]) => unknown;

/** Arguments as a pool sends them. */
export interface Packed {
  readonly args: unknown;
  readonly transfer: readonly Transferable[];
}

export interface PoolLimits {
  readonly maxWorkers: number;
  /** Whether cancelling a running job ends its worker. */
  readonly terminate: boolean;
  /** How many jobs a worker runs before another takes its place; 0: no limit. */
  readonly maxTasks: number;
}

// The most jobs that are sent ahead.
const MAX_DEPTH = 32;

export abstract class PoolExecutor extends Executor implements Source, LaneOwner, JobOwner {
  readonly #limits: PoolLimits;
  readonly #queue = new JobQueue();
  readonly #lanes = new Set<Lane>();
  readonly #idle: Lane[] = [];
  // Ended, but not yet gone.
  readonly #leaving = new Set<Lane>();
  #closing = false;
  #finished = 0;
  #broken: Error | null = null;
  #closed: ConcurrentFuture<void> | null = null;

  /** @internal */
  protected constructor(limits: PoolLimits) {
    super();
    this.#limits = limits;
  }

  /** How many workers there may be. */
  get maxWorkers(): number {
    return this.#limits.maxWorkers;
  }

  /** @internal */
  protected abstract _makeLane(): Lane;
  /** @internal Arguments as this kind of pool sends them. @throws when they cannot be sent */
  protected abstract _pack(args: readonly unknown[]): Packed;
  /** @internal The same for a job that has to wait: changed arguments must not change the job. */
  protected abstract _keep(packed: Packed): Packed;
  /** @internal */
  protected abstract _brokenError(message: string, cause: unknown): BrokenExecutor;

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
    return this.#submit(referTo(fn, 'submit()'), args, false) as ConcurrentFuture<JobResult<R>>;
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
    return new MapResults<JobResult<R>>(lists, options, (args, chunk) =>
      this.#submit(reference, args, chunk),
    );
  }

  /**
   * Takes no more jobs. The future it gives is done when every job has ended and every worker is gone (at once with `wait` false):
   * `await pool.shutdown()`, or by blocking `pool.shutdown().result()`.
   * @param options.cancelFutures also cancel the jobs that wait
   */
  override shutdown(
    wait = true,
    options: { cancelFutures?: boolean } = {},
  ): ConcurrentFuture<void> {
    this.#closing = true;
    if (options.cancelFutures === true) {
      for (;;) {
        const job = this.#queue.take();
        if (job === null) break;
        job.future.cancel();
      }
      for (const lane of this.#lanes) {
        for (const job of lane.ahead.slice()) job.future.cancel();
      }
    }
    for (const lane of this.#idle.splice(0)) this.#dismiss(lane);
    this.#closed ??= new ConcurrentFuture<void>();
    this.#settle();
    if (wait) return this.#closed;
    const now = new ConcurrentFuture<void>();
    now.setResult(undefined);
    return now;
  }

  /** Ends every worker now, and with them the jobs that run and those that wait: they are cancelled. */
  terminateWorkers(): void {
    this.#closing = true;
    this.shutdown(false, { cancelFutures: true });
    for (const lane of this.#lanes) {
      const { job } = lane;
      for (const follower of lane.ahead.slice()) follower.future.cancel();
      this.#kill(lane);
      job?.future._cancelRunning();
    }
    this.#settle();
  }

  override toString(): string {
    const state = this.#broken !== null ? 'broken' : this.#closing ? 'shut down' : 'open';
    return `<${this.constructor.name} ${state} workers=${this.#lanes.size}/${this.maxWorkers} waiting=${this.#queue.size}>`;
  }

  #checkOpen(): void {
    if (this.#broken !== null) {
      throw this._brokenError(this.#broken.message, this.#broken.cause);
    }
    if (this.#closing) {
      throw new RuntimeError('Cannot submit a job after shutdown(): make another executor');
    }
    if (workerState.loading > 0) {
      throw new RuntimeError(
        'A worker that loads the module of a job must not submit jobs by that: start the program only in the main ' +
          'module (if (isMainThread) …), or move the functions to a module of their own',
      );
    }
  }

  #submit(
    reference: Reference,
    args: readonly unknown[],
    chunk: boolean,
  ): ConcurrentFuture<unknown> {
    this.#checkOpen();
    let lane: Lane | null = null;
    try {
      const packed = this.#pack(reference, args);
      lane = this.#idle.pop() ?? (this.#lanes.size < this.maxWorkers ? this.#hire() : null);
      const { args: sent, transfer } = lane === null ? this._keep(packed) : packed;
      const job = new PoolJob(this, this.#limits.terminate, reference, sent, transfer, chunk);
      if (lane === null) this.#queue.add(job);
      else {
        lane.give(job);
        job.future.setRunningOrNotifyCancel();
      }
      return job.future;
    } catch (error) {
      if (lane !== null) this.#idle.push(lane);
      throw isCloneError(error) ? uncloneable(reference, error) : error;
    }
  }

  #pack(reference: Reference, args: readonly unknown[]): Packed {
    try {
      return this._pack(args);
    } catch (error) {
      throw uncloneable(reference, error);
    }
  }

  #hire(): Lane {
    const lane = this._makeLane();
    if (this.#lanes.size === 0 && this.#leaving.size === 0) addSource(this);
    this.#lanes.add(lane);
    return lane;
  }

  // The lane has nothing to do: the next job, or rest, or the end.
  #next(lane: Lane): void {
    lane.job = null;
    this.#finished++;
    const follower = lane.promote();
    if (follower !== null) {
      if (!follower.future.running()) follower.future.setRunningOrNotifyCancel();
      this.#sendAhead(lane);
      return;
    }
    const worn = this.#limits.maxTasks > 0 && lane.served >= this.#limits.maxTasks;
    if (worn && !this.#closing) {
      this.#dismiss(lane);
      this.#replace();
      return;
    }
    this.#takeBack();
    if (this.#giveNext(lane)) {
      this.#sendAhead(lane);
      return;
    }
    lane.hold(false);
    if (this.#closing) this.#dismiss(lane);
    else this.#idle.push(lane);
  }

  // Gives the lane the job that has waited longest; false when none does.
  #giveNext(lane: Lane): boolean {
    for (;;) {
      const job = this.#queue.take();
      if (job === null) return false;
      if (!job.future.setRunningOrNotifyCancel()) continue;
      try {
        lane.give(job);
        return true;
      } catch (error) {
        job.future.setException(uncloneable(job.reference, error));
      }
    }
  }

  // While many wait, a lane gets some jobs ahead, so that its worker need not sleep and be woken between two. How many is found
  // out: more each time the worker had nothing left, one again when some had to be taken back.
  #sendAhead(lane: Lane): void {
    if (!lane.takesAhead || lane.ahead.length > lane.depth / 2) return;
    if (lane.ahead.length === 0 && lane.depth < MAX_DEPTH) lane.depth *= 2;
    while (lane.ahead.length < lane.depth && this.#queue.size >= this.#lanes.size) {
      const job = this.#queue.peek();
      // What is handed over cannot come back.
      if (job === null || job.transfer.length > 0 || !lane.giveAhead(job)) break;
      this.#queue.remove(job);
      lane.aheadSince = this.#finished;
    }
    lane.wake();
  }

  // Takes back what was sent ahead and is stuck behind a long job: at once when nothing else waits.
  #takeBack(): void {
    const patience = this.#queue.size === 0 ? 0 : 4 * MAX_DEPTH;
    for (const lane of this.#lanes) {
      if (lane.ahead.length === 0 || this.#finished - lane.aheadSince < patience) continue;
      lane.depth = 1;
      for (const job of lane.recallAll()) this.#queue.putBack(job);
    }
  }

  // A worker is missing: makes another, if a job waits for one.
  #replace(): void {
    while (this.#queue.size > 0 && this.#lanes.size < this.maxWorkers && this.#broken === null) {
      let lane: Lane;
      try {
        lane = this.#hire();
      } catch (error) {
        this.#break('No worker can be started', error);
        return;
      }
      if (!this.#giveNext(lane)) this.#next(lane);
    }
  }

  #dismiss(lane: Lane): void {
    this.#lanes.delete(lane);
    this.#leaving.add(lane);
    lane.close();
  }

  #kill(lane: Lane): void {
    lane.job = null;
    this.#retire(lane);
    lane.kill();
  }

  #retire(lane: Lane): void {
    if (this.#lanes.delete(lane)) this.#leaving.add(lane);
    const at = this.#idle.indexOf(lane);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  // No worker will do any more: every job ends.
  #break(message: string, cause: unknown): void {
    this.#broken = this._brokenError(message, cause);
    for (const lane of this.#lanes) {
      const { job } = lane;
      for (const follower of lane.recallAll()) this.#queue.putBack(follower);
      this.#kill(lane);
      job?.future.setException(this._brokenError(message, cause));
    }
    for (;;) {
      const job = this.#queue.take();
      if (job === null) break;
      if (job.future.setRunningOrNotifyCancel()) {
        job.future.setException(this._brokenError(message, cause));
      }
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#lanes.size > 0 || this.#leaving.size > 0) return;
    removeSource(this);
    if (this.#closing && this.#queue.size === 0 && this.#closed?.done() === false) {
      this.#closed.setResult(undefined);
    }
  }

  /** @internal */
  _cancelJob(job: Job, terminate: boolean): boolean {
    const { lane } = job;
    // A job that was sent ahead and has begun: the end of the one before it is on its way.
    if (lane !== null && lane.ahead.length > 0) lane.poll();
    if (lane === null || lane.job !== job) return false;
    if (!terminate) {
      if (!job.asked) lane.ask(job.id);
      job.asked = true;
      return false;
    }
    for (const follower of lane.recallAll()) this.#queue.putBack(follower);
    if (lane.ahead.length > 0) {
      // The follower has begun: the job has ended in this very moment.
      lane.poll();
      return false;
    }
    this.#kill(lane);
    job.future._cancelRunning();
    this.#replace();
    return true;
  }

  /** @internal */
  _lookAhead(job: Job): void {
    const { lane } = job;
    if (lane === null || !lane.ahead.includes(job)) return;
    if (lane.recall(job)) this.#queue.putBack(job);
    else job.future.setRunningOrNotifyCancel();
  }

  /** @internal */
  _forget(job: Job): void {
    this.#queue.remove(job);
    if (this.#closing) this.#settle();
  }

  /** @internal */
  poll(): void {
    for (const lane of this.#lanes) lane.poll();
    for (const lane of this.#leaving) lane.poll();
  }

  /** @internal */
  expecting(): boolean {
    for (const lane of this.#lanes) if (lane.job !== null) return true;
    return this.#leaving.size > 0;
  }

  /** @internal */
  guarded(): Iterable<Guarded> {
    return [...this.#lanes, ...this.#leaving];
  }

  /** @internal */
  laneReady(_lane: Lane): void {}

  /** @internal */
  laneDone(lane: Lane, id: number, value: unknown): void {
    const { job } = lane;
    if (job === null || job.id !== id) return;
    this.#next(lane);
    job.future.setResult(value);
  }

  /** @internal */
  laneFailed(lane: Lane, id: number, failure: Failure): void {
    const { job } = lane;
    if (job === null || job.id !== id) return;
    this.#next(lane);
    const error = revive(failure);
    if (job.asked && endsCancelled(error)) job.future._cancelRunning();
    else job.future.setException(error);
  }

  /** @internal */
  laneUnusable(_lane: Lane, failure: Failure): void {
    this.#break(
      'The initializer of a worker failed: the pool is not usable anymore',
      revive(failure),
    );
  }

  /** @internal */
  laneEnded(lane: Lane, why: string, cause: unknown): void {
    const { job, ready } = lane;
    lane.job = null;
    const expected = this.#leaving.has(lane);
    for (const follower of lane.recallAll()) this.#queue.putBack(follower);
    this.#retire(lane);
    if (!ready && !expected) {
      job?.future.setException(
        this._brokenError(`A worker ended ${why} before it was ready`, cause),
      );
      this.#break(`A worker ended ${why} before it was ready`, cause);
      return;
    }
    this.#replace();
    if (job === null) return;
    const name = job.reference.name;
    job.future.setException(
      this._brokenError(`The worker that ran ${name} ended ${why}, and the job with it`, cause),
    );
  }

  /** @internal */
  laneGone(lane: Lane): void {
    this.#leaving.delete(lane);
    this.#settle();
  }
}
