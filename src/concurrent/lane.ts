// A lane: one worker with the port to it, as its crew sees it. A lane runs one job at a time.
//
// States: starting -> idle <-> busy -> closing -> ended; from each one straight to ended when the worker dies or is killed.
import type { ConcurrentFuture, JobControl } from '../core/index.ts';
import type { Reference } from './reference.ts';
import type { Failure } from './wire.ts';
import type { Guarded } from './blocking.ts';
import type { Transferable } from 'node:worker_threads';

/** A function call that was submitted. */
export interface Job extends JobControl {
  readonly id: number;
  readonly future: ConcurrentFuture<unknown>;
  readonly reference: Reference;
  /** The arguments; of a chunk, an array of them. As the kind of lane sends them. */
  args: unknown;
  transfer: readonly Transferable[];
  readonly chunk: boolean;
  lane: Lane | null;
  /** The number of its claim, when it was sent ahead. */
  claim: number;
  /** It was asked to end. */
  asked: boolean;
}

/** How a worker is ended: `kill` leaves a process no way out. Threads have none either way. */
export type Force = 'terminate' | 'kill';

/** What a lane tells its crew. */
export interface LaneOwner {
  laneDone(lane: Lane, id: number, value: unknown): void;
  laneFailed(lane: Lane, id: number, failure: Failure): void;
  /** The initializer failed there. */
  laneUnusable(failure: Failure): void;
  /** It has ended: `why` in words, and the error that ended it, if one did. */
  laneEnded(lane: Lane, why: string, cause: unknown): void;
  /** The thread or process is gone for good, its ending included. */
  laneGone(lane: Lane): void;
}

export interface Lane extends Guarded {
  job: Job | null;
  /** Jobs that were sent ahead, oldest first, to follow at once; each can be taken back until the worker begins it. */
  readonly ahead: readonly Job[];
  /** How many may be sent ahead. */
  depth: number;
  /** When it was sent, in jobs that the pool had finished. */
  aheadSince: number;
  ready: boolean;
  ended: boolean;
  /** How many jobs it was given. */
  served: number;
  /** Gives it a job. @throws DataCloneError when the arguments cannot be sent; the job is then not begun */
  give(job: Job): void;
  /** Sends it a job ahead; false when there is no room. */
  giveAhead(job: Job): boolean;
  /** After jobs were sent ahead: they are to be seen. */
  wake(): void;
  /** Takes a job back that was sent ahead; false when the worker has begun it. */
  recall(job: Job): boolean;
  /** Takes all back that it has not begun, oldest first. */
  recallAll(): Job[];
  /** The job before has ended: the first that was sent ahead is the job now. */
  promote(): Job | null;
  /** Asks the job to end. */
  ask(id: number): void;
  /** Lets it end when it is idle. */
  close(): void;
  /** Ends it now. */
  kill(force: Force): void;
  /** Delivers what has arrived. */
  poll(): void;
  /** Whether it keeps the program running. */
  hold(on: boolean): void;
}
