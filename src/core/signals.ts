// AbortSignals: out of a task (`signal()`, for the host's own APIs) and into a task (the option `signal`).
import { describe } from './checks.ts';
import { cancelledError, RuntimeError } from './errors.ts';
import type { Future, Observer } from './futures.ts';
import { activeTask, runtime } from './runtime.ts';
import type { Task } from './tasks.ts';

const controllers = new WeakMap<Task<unknown>, AbortController>();

/**
 * The current task's AbortSignal: aborted, with the `CancelledError` as its reason, when the task is cancelled. Give it
 * to what the host does for the task. After a cancellation that the task survived, the next call gives a fresh one.
 *
 * @throws RuntimeError outside of a task
 * @example
 * const page = await fetch(url, { signal: signal() });
 */
export function signal(): AbortSignal {
  const task = activeTask();
  if (task === null) {
    throw new RuntimeError(
      'signal() gives the signal of the current task, but no task is running here',
    );
  }
  let controller = controllers.get(task);
  if (controller === undefined) {
    controller = new AbortController();
    controllers.set(task, controller);
    task._markSignal();
    if (task._mustCancel()) controller.abort(cancelledError(task._value));
  }
  return controller.signal;
}

/** Aborts the task's signal; whether something was listening, which will now throw the reason into the task. */
export function abortTaskSignal(task: Task<unknown>, message: unknown): boolean {
  const controller = controllers.get(task);
  if (controller === undefined) return false;
  controllers.delete(task);
  const { countAbortListeners } = runtime;
  const heard = countAbortListeners === null || countAbortListeners(controller.signal) > 0;
  controller.abort(cancelledError(message));
  return heard;
}

class AbortLink implements Observer {
  readonly #future: Future<unknown>;
  readonly #signal: AbortSignal;
  constructor(future: Future<unknown>, source: AbortSignal) {
    this.#future = future;
    this.#signal = source;
  }
  /** The future is done: the signal need not know it any longer. */
  _notify(): void {
    this.#signal.removeEventListener('abort', this);
  }
  handleEvent(): void {
    try {
      this.#future.cancel(abortMessage(this.#signal));
    } catch (error) {
      // Who aborts is not the one to be told that a task was left behind on a closed loop.
      if (!this.#future._loop.isClosed()) throw error;
    }
  }
}

function abortMessage(source: AbortSignal): string | null {
  const reason: unknown = source.reason;
  if (reason instanceof Error) return reason.message === '' ? null : reason.message;
  return typeof reason === 'string' ? reason : reason === undefined ? null : describe(reason);
}

/** From now until it is done, an abort of `source` cancels `future`; at once, when it is aborted already. */
export function linkSignal(future: Future<unknown>, source: AbortSignal): void {
  checkSignal(source);
  if (source.aborted) {
    future.cancel(abortMessage(source));
    return;
  }
  const link = new AbortLink(future, source);
  source.addEventListener('abort', link);
  future._observe(link);
}

/** @throws TypeError unless `value` is an AbortSignal */
export function checkSignal(value: unknown): void {
  const object = value as { aborted?: unknown; addEventListener?: unknown } | null;
  if (
    typeof object !== 'object' ||
    object === null ||
    typeof object.aborted !== 'boolean' ||
    typeof object.addEventListener !== 'function'
  ) {
    throw new TypeError(`Expected an AbortSignal as {signal}, not ${describe(value)}`);
  }
}
