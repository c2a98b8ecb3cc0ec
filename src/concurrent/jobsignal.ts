// The signal of the job that runs in this worker.
import { CancelledError } from '../core/index.ts';
import { type RunningJob, workerState } from './workerstate.ts';

/**
 * The signal of the running job: aborted, with a `CancelledError`, when the future of the job is cancelled. In a thread
 * its `aborted` and `throwIfAborted()` tell so even to a job that computes without ever awaiting; a job in a process hears of it
 * when it awaits. Outside of any job it is a signal that is never aborted.
 *
 * @example
 * export const search = offload(import.meta, function search(from: number, to: number): number | null {
 *   const signal = jobSignal();
 *   for (let n = from; n < to; n++) {
 *     signal.throwIfAborted();
 *     if (fits(n)) return n;
 *   }
 *   return null;
 * });
 */
export function jobSignal(): AbortSignal {
  const { job } = workerState;
  if (job === null) return new AbortController().signal;
  job.signal ??= makeSignal(job);
  return job.signal;
}

function makeSignal(job: RunningJob): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  let aborted = false;
  job.abort = (): void => {
    if (aborted) return;
    aborted = true;
    controller.abort(new CancelledError('The job was cancelled'));
  };
  const look = (): boolean => {
    if (!aborted && (job.cancelled || job.asked())) job.abort?.();
    return aborted;
  };
  Object.defineProperty(signal, 'aborted', { get: look, configurable: true });
  Object.defineProperty(signal, 'throwIfAborted', {
    value(): void {
      if (look()) throw signal.reason;
    },
    configurable: true,
  });
  look();
  return signal;
}
