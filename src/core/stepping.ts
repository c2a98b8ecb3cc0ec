// Entering and leaving a task for the time of a synchronous step.
import type { BaseEventLoop } from './baseloop.ts';
import type { Context } from './context.ts';
import { runtime } from './runtime.ts';
import type { Task } from './tasks.ts';

/** What ran before, to go back to. */
export interface Outer {
  readonly stepping: boolean;
  readonly loop: BaseEventLoop | null;
  readonly task: Task<unknown> | null;
  readonly context: Context | null;
}

/** The usual case, a step straight from the loop, allocates nothing. */
const FROM_LOOP: Outer = { stepping: true, loop: null, task: null, context: null };

/** Makes `task` the current one; give the answer to `leaveTask`. Its context is found through it: `currentContext`. */
export function enterTask(task: Task<unknown>): Outer {
  const rt = runtime;
  const loop = task._loop;
  if (rt.stepping && rt.task === null && rt.context === null && rt.loop === loop) {
    rt.task = task;
    return FROM_LOOP;
  }
  const outer = { stepping: rt.stepping, loop: rt.loop, task: rt.task, context: rt.context };
  rt.stepping = true;
  rt.loop = loop;
  rt.task = task;
  rt.context = null;
  return outer;
}

export function leaveTask(outer: Outer): void {
  const rt = runtime;
  rt.task = outer.task;
  if (outer === FROM_LOOP) return;
  rt.context = outer.context;
  rt.stepping = outer.stepping;
  rt.loop = outer.loop;
}
