// What runs at this moment in this thread: the loop, the task and the context variables.
//
// Two ways to know the current task:
//   * while a loop runs a handle synchronously (`runtime.stepping`), plain fields tell it;
//   * inside an async function, between handles, the host's store (AsyncLocalStorage on Node) tells it. The store is
//     entered once per async function that the library starts, never per step.
// Without a store (a host that has none) the task whose async function was resumed last stands in for it.
import type { Context } from './context.ts';
import type { AsyncPart } from './asyncpart.ts';
import type { BaseEventLoop } from './baseloop.ts';
import type { Task } from './tasks.ts';

/** The host's way to attach a value to everything that an async function goes on to do. */
export interface TaskStore {
  run<R>(task: Task<unknown>, fn: () => R): R;
  getStore(): Task<unknown> | undefined;
}

class Runtime {
  /** A loop is inside a handle right now, synchronously: the three fields below are then exact. */
  stepping = false;
  loop: BaseEventLoop | null = null;
  task: Task<unknown> | null = null;
  /** The context that a handle or `Context.run` has entered; null between handles. */
  context: Context | null = null;
  /** The task one of whose async functions is being called right now: until its first `await` it runs inside a step. */
  calling: Task<unknown> | null = null;
  /** How many tasks have async functions that were resumed and have not shown yet what they wait for. */
  busy = 0;
  /** Those tasks; one that has shown it stays here until none is left. */
  readonly resumed: AsyncPart[] = [];
  /** Some loop is in debug mode: places of creation are captured. */
  debug = false;
  /** Whether new loops begin in debug mode: set by the loops layer when the host can tell. */
  debugWanted: (() => boolean) | null = null;
  /** Set by the loops layer when the host offers one. */
  store: TaskStore | null = null;
  /** How many abort listeners a signal has: set by the loops layer when the host can tell. */
  countAbortListeners: ((signal: AbortSignal) => number) | null = null;
  /** Where a generator is suspended, or a function stands in the source: set when the host can tell. */
  locate: ((value: object) => { file: string; line: number; column: number } | null) | null = null;

  /** Whether a new loop, of whichever kind, is in debug mode from the start. */
  beginsInDebug(): boolean {
    const wanted = this.debugWanted !== null && this.debugWanted();
    if (wanted) this.debug = true;
    return wanted;
  }
}

/** The one instance for this thread. */
export const runtime: Runtime = new Runtime();

function lastResumed(): Task<unknown> | undefined {
  return runtime.busy === 0 ? undefined : runtime.resumed.at(-1)?.task;
}

/** The task that an async function belongs to, seen from inside one; null outside of any unfinished task. */
export function asyncTask(): Task<unknown> | null {
  const task = runtime.store === null ? lastResumed() : runtime.store.getStore();
  return task === undefined || task === null || task.done() ? null : task;
}

/**
 * The task that a `then` which is called here waits in; null where it only asks for a promise: in a generator's step, in a
 * callback, outside.
 */
export function awaitingTask(): Task<unknown> | null {
  const { stepping, task, calling } = runtime;
  if (!stepping) return asyncTask();
  return task !== null && task === calling && !task.done() ? task : null;
}

/** The task that the running code belongs to, in both kinds of coroutine; null outside. */
export function activeTask(): Task<unknown> | null {
  return runtime.stepping ? runtime.task : asyncTask();
}

/** The loop that the running code belongs to; null outside of any running loop. */
export function activeLoop(): BaseEventLoop | null {
  if (runtime.stepping) return runtime.loop;
  const task = runtime.store === null ? lastResumed() : runtime.store.getStore();
  if (task === undefined || task === null) return null;
  const loop = task._loop;
  return loop.isRunning() ? loop : null;
}
