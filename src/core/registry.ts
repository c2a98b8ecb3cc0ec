// Who runs, and who is still to end: the functions that look up and make tasks.
import { checkBody, isAwaitable, isBody } from './bodies.ts';
import { isConcurrent, wrapFuture } from './chain.ts';
import { checkOptions, describe, isThenable, noRunningLoop } from './checks.ts';
import type { AbstractEventLoop } from './events.ts';
import { Future } from './futures.ts';
import { anyLoop, checkLoop } from './loopchoice.ts';
import { wrapPromise } from './promises.ts';
import { activeLoop, activeTask } from './runtime.ts';
import { linkSignal } from './signals.ts';
import type { BaseEventLoop } from './baseloop.ts';
import { NO_OPTIONS, TASK_AND_LOOP_OPTIONS, type Task, type TaskOptions } from './tasks.ts';
import type { Awaitable, Body, BodyFunction, GeneratorBody, NewBody, Unstarted } from './traps.ts';

/** What a Promise given in place of a body becomes to the type system. */
export type NotAPromise<B> = B extends Promise<unknown> ? never : unknown;

/**
 * Runs `body` as a task of the running loop, beside the caller.
 *
 * @param body a coroutine, a generator object, or a function of no arguments
 * @throws RuntimeError without a running loop; TypeError for a Promise, whose function has started already
 * @example
 * const task = createTask(download(url), { name: 'download' });
 */
export function createTask<T>(body: GeneratorBody<T>, options?: TaskOptions): Task<T>;
export function createTask<T>(body: Unstarted<T>, options?: TaskOptions): Task<T>;
export function createTask<T>(body: BodyFunction<T>, options?: TaskOptions): Task<T>;
export function createTask<T>(body: NewBody<T>, options?: TaskOptions): Task<T>;
export function createTask<T>(body: Body<T>, options: TaskOptions = NO_OPTIONS): Task<T> {
  const loop = activeLoop();
  if (loop === null) {
    checkBody(body, 'createTask()');
    throw noRunningLoop('createTask()');
  }
  return loop.createTask(body, options);
}

/**
 * The task that the running code belongs to; `null` in a plain callback.
 * @throws RuntimeError without a running loop
 */
export function currentTask(loop?: AbstractEventLoop | null): Task<unknown> | null {
  const wanted = loop ?? activeLoop();
  if (wanted === null) throw noRunningLoop('currentTask()');
  const task = activeTask();
  return task !== null && task._loop === wanted ? task : null;
}

/** The unfinished tasks of `loop` (by default the running one), oldest first. @throws RuntimeError without one */
export function allTasks(loop?: AbstractEventLoop | null): Set<Task<unknown>> {
  const wanted = (loop ?? activeLoop()) as BaseEventLoop | null;
  if (wanted === null) throw noRunningLoop('allTasks()');
  return new Set(wanted._tasks as Iterable<unknown> as Iterable<Task<unknown>>);
}

/** What `ensureFuture` and everything built on it accepts. */
export type FutureLike<T> = Awaitable<T> | GeneratorBody<T> | BodyFunction<T> | PromiseLike<T>;

/**
 * A future comes back as it is; a coroutine, generator object or function becomes a task; a Promise and a concurrent future
 * are wrapped.
 *
 * @param options.loop the loop of the new task; by default the running one
 * @param options.signal its abort cancels what is returned
 * @throws TypeError for what cannot be awaited; RangeError for a future of another loop than the one given
 */
export function ensureFuture<T>(
  value: FutureLike<T>,
  options: TaskOptions & { loop?: AbstractEventLoop | null | undefined } = {},
): Future<T> {
  checkOptions(options, 'ensureFuture()', TASK_AND_LOOP_OPTIONS);
  const { loop, ...taskOptions } = options;
  const given: unknown = value;
  if (given instanceof Future) {
    if (loop !== undefined && loop !== null && given._loop !== loop) {
      throw new RangeError(
        `ensureFuture() was given a loop and a future of another loop: ${String(given)}`,
      );
    }
    if (options.signal) linkSignal(given, options.signal);
    return given as Future<T>;
  }
  if (loop !== undefined && loop !== null) checkLoop(loop);
  const target = (loop ?? anyLoop()) as BaseEventLoop;
  if (isThenable(given) && !isAwaitable(given)) {
    const future = wrapPromise(given as PromiseLike<T>, target);
    if (options.signal) linkSignal(future, options.signal);
    return future;
  }
  if (isConcurrent(given)) {
    const future = wrapFuture(given, { loop: target });
    if (options.signal) linkSignal(future, options.signal);
    return future as Future<T>;
  }
  if (!isBody(given)) {
    throw new TypeError(
      `ensureFuture() expects something awaitable (a future, coroutine, generator object, function or Promise), not ${describe(given)}`,
    );
  }
  return target.createTask(given as Body<T>, taskOptions);
}
