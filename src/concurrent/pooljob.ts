// A job of a pool, and the errors that end jobs before they begin.
import { type CancelOptions, ConcurrentFuture, describe, isCancellation } from '../core/index.ts';
import type { Job, Lane } from './lane.ts';
import type { Reference } from './reference.ts';
import type { Transferable } from 'node:worker_threads';

/** What a job asks of its pool. */
export interface JobOwner {
  /** Ends the running job, or asks it to end; true when it has ended by this. */
  cancelJob(job: Job, terminate: boolean): boolean;
  /** Tells a job that was sent ahead whether it is begun: one that is not comes back. */
  lookAhead(job: Job): void;
  /** The job was cancelled while it waited. */
  forget(job: Job): void;
}

let lastJob = 0;

export class PoolJob implements Job {
  readonly id: number = ++lastJob % 0x7fffffff;
  readonly future: ConcurrentFuture<unknown> = new ConcurrentFuture<unknown>();
  readonly reference: Reference;
  args: unknown;
  transfer: readonly Transferable[];
  readonly chunk: boolean;
  lane: Lane | null = null;
  claim = 0;
  asked = false;
  readonly #pool: JobOwner;
  readonly #terminate: boolean;

  constructor(
    pool: JobOwner,
    terminate: boolean,
    reference: Reference,
    args: unknown,
    transfer: readonly Transferable[],
    chunk: boolean,
  ) {
    this.#pool = pool;
    this.#terminate = terminate;
    this.reference = reference;
    this.args = args;
    this.transfer = transfer;
    this.chunk = chunk;
    this.future._control = this;
  }

  _cancelRunning(terminate: CancelOptions['terminate']): boolean {
    return this.#pool.cancelJob(this, terminate ?? this.#terminate);
  }

  _look(): void {
    this.#pool.lookAhead(this);
  }

  _cancelWaiting(): void {
    this.#pool.forget(this);
  }
}

/** Whether something could not be cloned. */
export function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError';
}

/** Whether a job that was asked to end has ended by that. */
export function endsCancelled(error: unknown): boolean {
  return isCancellation(error) || (error instanceof Error && error.name === 'AbortError');
}

/** The error for arguments that cannot be sent. */
export function uncloneable(reference: Reference, error: unknown): TypeError {
  const reason = (error instanceof Error ? error.message : describe(error)).replace(/\.$/, '');
  return new TypeError(
    `The arguments of ${reference.name} cannot be sent to a worker: ${reason}. ` +
      `Arguments are copied: send plain data, buffers, maps, sets and dates`,
    { cause: error },
  );
}
