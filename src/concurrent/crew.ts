// The workers of a pool and the jobs that wait for them.
//
// Of each job: waiting (in the queue) -> running (in one lane, perhaps sent ahead before) -> ended. Of the crew: open -> closing (no more
// jobs) -> closed (every worker gone); or broken (no worker can be made: the initializer failed), which ends every job.
// A worker is made when a job finds none idle, up to the limit. Should one die, its job fails, and the next job gets a new one.
// (Above 400 lines: the life of a job and the life of a lane are one state machine, and half of it could not be checked alone.)
import { type BrokenExecutor, ConcurrentFuture } from '../core/index.ts';
import { addSource, type Guarded, removeSource, type Source } from './blocking.ts';
import { JobQueue } from './jobqueue.ts';
import type { Force, Job, Lane, LaneOwner } from './lane.ts';
import { endsCancelled, isCloneError, type JobOwner, PoolJob, uncloneable } from './pooljob.ts';
import type { Reference } from './reference.ts';
import { revive } from './revive.ts';
import type { Failure } from './wire.ts';
import type { Transferable } from 'node:worker_threads';

/** Arguments as a pool sends them. */
export interface Packed {
  readonly args: unknown;
  readonly transfer: readonly Transferable[];
}

/** What a kind of pool brings: its limits, its workers, and its way to send. */
export interface PoolKind {
  readonly maxWorkers: number;
  /** Whether cancelling a running job ends its worker. */
  readonly terminate: boolean;
  /** How many jobs a worker runs before another takes its place; 0: no limit. */
  readonly maxTasks: number;
  makeLane(owner: LaneOwner): Lane;
  /** Arguments as this kind of pool sends them; of a chunk, an array of them. @throws when they cannot be sent */
  pack(args: readonly unknown[], chunk: boolean): Packed;
  /** The same for a job that has to wait: changed arguments must not change the job. */
  keep(packed: Packed): Packed;
  brokenError(message: string, cause: unknown): BrokenExecutor;
}

// The most jobs that are sent ahead.
const MAX_DEPTH = 32;

export class Crew implements Source, LaneOwner, JobOwner {
  readonly #kind: PoolKind;
  readonly #queue = new JobQueue();
  readonly #lanes = new Set<Lane>();
  readonly #idle: Lane[] = [];
  // Ended, but not yet gone.
  readonly #leaving = new Set<Lane>();
  #closing = false;
  #finished = 0;
  #broken: Error | null = null;
  #closed: ConcurrentFuture<void> | null = null;

  constructor(kind: PoolKind) {
    this.#kind = kind;
  }

  /** Why no job can be taken any more, or null. */
  get broken(): Error | null {
    return this.#broken;
  }

  get closing(): boolean {
    return this.#closing;
  }

  get size(): number {
    return this.#lanes.size;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes a job. @throws TypeError when its arguments cannot be sent */
  submit(
    reference: Reference,
    args: readonly unknown[],
    chunk: boolean,
  ): ConcurrentFuture<unknown> {
    return this.#send(reference, this.#pack(reference, args, chunk), chunk, false);
  }

  /** Takes the arguments as they are now, for a job that is sent when the answer is called. */
  prepare(reference: Reference, args: readonly unknown[]): () => ConcurrentFuture<unknown> {
    const packed = this.#pack(reference, args, false);
    let kept: Packed;
    try {
      kept = this.#kind.keep(packed);
    } catch (error) {
      throw isCloneError(error) ? uncloneable(reference, error) : error;
    }
    return () => this.#send(reference, kept, false, true);
  }

  #send(
    reference: Reference,
    packed: Packed,
    chunk: boolean,
    isKept: boolean,
  ): ConcurrentFuture<unknown> {
    let lane: Lane | null = null;
    try {
      lane = this.#idle.pop() ?? (this.#lanes.size < this.#kind.maxWorkers ? this.#hire() : null);
      const { args, transfer } = lane !== null || isKept ? packed : this.#kind.keep(packed);
      const job = new PoolJob(this, this.#kind.terminate, reference, args, transfer, chunk);
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

  /** No more jobs; what it gives is done when every worker is gone. */
  close(cancelFutures: boolean): ConcurrentFuture<void> {
    this.#closing = true;
    if (cancelFutures) this.#cancelWaiting();
    for (const lane of this.#idle.splice(0)) this.#dismiss(lane);
    if (this.#closed === null) {
      this.#closed = new ConcurrentFuture<void>();
      // All who wait for the end have this one: that one of them gives up must not cancel it for the others.
      this.#closed.setRunningOrNotifyCancel();
    }
    this.#settle();
    return this.#closed;
  }

  /** Ends every worker now; the jobs that run and those that wait are cancelled. */
  end(force: Force): void {
    this.close(true);
    // Those that were asked to end before, and have not, too.
    for (const lane of this.#leaving) lane.kill(force);
    for (const lane of this.#lanes) {
      const begun = this.#begun(lane);
      this.#kill(lane, force);
      for (const { future } of begun) future._cancelRunning();
    }
    this.#settle();
  }

  // Cancels what no worker has begun.
  #cancelWaiting(): void {
    for (const lane of this.#lanes) this.#recall(lane);
    for (;;) {
      const job = this.#queue.take();
      if (job === null) return;
      job.future.cancel();
    }
  }

  #pack(reference: Reference, args: readonly unknown[], chunk: boolean): Packed {
    try {
      return this.#kind.pack(args, chunk);
    } catch (error) {
      throw uncloneable(reference, error);
    }
  }

  // The job of the lane, and what was sent ahead and could not be taken back: it has begun since, and the news of that will
  // not be heard any more. All of them end with the worker.
  #begun(lane: Lane): Job[] {
    const ahead = [...lane.ahead];
    for (const { future } of ahead) if (!future.running()) future.setRunningOrNotifyCancel();
    return lane.job === null ? ahead : [lane.job, ...ahead];
  }

  #hire(): Lane {
    const lane = this.#kind.makeLane(this);
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
    const { maxTasks } = this.#kind;
    if (maxTasks > 0 && lane.served >= maxTasks) {
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
    if (this.#kind.maxTasks > 0 || lane.ahead.length > lane.depth / 2) return;
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
      this.#recall(lane);
    }
  }

  // Into the queue with what the lane's worker has not begun.
  #recall(lane: Lane): void {
    for (const job of lane.recallAll()) this.#queue.putBack(job);
  }

  // A worker is missing: makes another, if a job waits for one.
  #replace(): void {
    while (
      this.#queue.size > 0 &&
      this.#lanes.size < this.#kind.maxWorkers &&
      this.#broken === null
    ) {
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

  #kill(lane: Lane, force: Force): void {
    lane.job = null;
    this.#retire(lane);
    lane.kill(force);
  }

  #retire(lane: Lane): void {
    if (this.#lanes.delete(lane)) this.#leaving.add(lane);
    const at = this.#idle.indexOf(lane);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  // No worker will do any more: every job ends.
  #break(message: string, cause: unknown): void {
    this.#broken = this.#kind.brokenError(message, cause);
    for (const lane of this.#lanes) {
      this.#recall(lane);
      const begun = this.#begun(lane);
      this.#kill(lane, 'kill');
      for (const { future } of begun) future.setException(this.#kind.brokenError(message, cause));
    }
    for (;;) {
      const job = this.#queue.take();
      if (job === null) break;
      if (job.future.setRunningOrNotifyCancel()) {
        job.future.setException(this.#kind.brokenError(message, cause));
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

  cancelJob(job: Job, terminate: boolean): boolean {
    const { lane } = job;
    // A job that was sent ahead and has begun: the end of the one before it is on its way.
    if (lane !== null && lane.ahead.length > 0) lane.poll();
    if (lane === null || lane.job !== job) return false;
    if (!terminate) {
      if (!job.asked) lane.ask(job.id);
      job.asked = true;
      return false;
    }
    this.#recall(lane);
    if (lane.ahead.length > 0) {
      // The follower has begun: the job has ended in this very moment.
      lane.poll();
      return false;
    }
    this.#kill(lane, 'kill');
    job.future._cancelRunning();
    this.#replace();
    return true;
  }

  lookAhead(job: Job): void {
    const { lane } = job;
    if (lane === null || !lane.ahead.includes(job)) return;
    if (lane.recall(job)) this.#queue.putBack(job);
    else job.future.setRunningOrNotifyCancel();
  }

  forget(job: Job): void {
    this.#queue.remove(job);
    job.args = null;
    job.transfer = [];
    if (this.#closing) this.#settle();
  }

  poll(): void {
    for (const lane of this.#lanes) lane.poll();
    for (const lane of this.#leaving) lane.poll();
  }

  expecting(): boolean {
    for (const lane of this.#lanes) if (lane.job !== null) return true;
    return this.#leaving.size > 0;
  }

  guarded(): Iterable<Guarded> {
    return [...this.#lanes, ...this.#leaving];
  }

  laneDone(lane: Lane, id: number, value: unknown): void {
    const { job } = lane;
    if (job === null || job.id !== id) return;
    this.#next(lane);
    job.future.setResult(value);
  }

  laneFailed(lane: Lane, id: number, failure: Failure): void {
    const { job } = lane;
    if (job === null || job.id !== id) return;
    this.#next(lane);
    const error = revive(failure);
    if (job.asked && endsCancelled(error)) job.future._cancelRunning();
    else job.future._fail(error);
  }

  laneUnusable(failure: Failure): void {
    this.#break(
      'The initializer of a worker failed: the pool is not usable anymore',
      revive(failure),
    );
  }

  laneEnded(lane: Lane, why: string, cause: unknown): void {
    const expected = this.#leaving.has(lane);
    this.#recall(lane);
    const begun = this.#begun(lane);
    lane.job = null;
    this.#retire(lane);
    if (!lane.ready && !expected) {
      const message = `A worker ended ${why} before it was ready`;
      for (const { future } of begun) future.setException(this.#kind.brokenError(message, cause));
      this.#break(message, cause);
      return;
    }
    this.#replace();
    for (const { future, reference } of begun) {
      const message = `The worker that ran ${reference.name} ended ${why}, and the job with it`;
      future.setException(this.#kind.brokenError(message, cause));
    }
  }

  laneGone(lane: Lane): void {
    this.#leaving.delete(lane);
    this.#settle();
  }
}
