// What a worker does at this moment; in a thread that is no worker it stays idle. On the global object, so that the
// functions of a second copy of this package see it too.

export interface WorkerState {
  /** This is a thread or process of a pool. */
  worker: boolean;
  /** The job that runs; null between jobs. */
  job: RunningJob | null;
  /** How many modules of jobs are being loaded: whoever submits jobs then would do so for ever. */
  loading: number;
  /** How many channels this thread has named. */
  channels: number;
}

export interface RunningJob {
  readonly id: number;
  /** The request to end it has come. */
  cancelled: boolean;
  /** Whether the job is to be cancelled, as far as can be told without going back to the event loop. */
  readonly asked: () => boolean;
  /** Set by `jobSignal()`: aborts what it gave out. */
  abort: (() => void) | null;
  signal: AbortSignal | null;
}

const KEY: unique symbol = Symbol.for('asyncio-ts.workerState') as never;

const holder = globalThis as { [KEY]?: WorkerState };

export const workerState: WorkerState = (holder[KEY] ??= {
  worker: false,
  job: null,
  loading: 0,
  channels: 0,
});

/**
 * Whether this code runs in a worker of a pool, a thread or a process: a module with functions for workers starts the
 * program only where this is false.
 *
 * @example
 * export const work = offload(import.meta, (x: number): number => x * x, 'work');
 * if (!inWorker()) await run(main);
 */
export function inWorker(): boolean {
  return workerState.worker;
}
