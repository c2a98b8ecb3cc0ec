// A deadlock in words: every task that waits, where it was made, and what it waits for.
import type { BaseEventLoop, Task } from '../core/index.ts';

/** The message of the RuntimeError that ends a run in which nothing can happen any more. */
export function describeDeadlock(loop: BaseEventLoop): string {
  const tasks = [...(loop._tasks as Iterable<unknown>)] as Task<unknown>[];
  if (tasks.length === 0) {
    return 'Deadlock: the loop runs, but nothing is scheduled and no task is left; call stop(), or end what run() waits for';
  }
  const lines = tasks.map((task) => `  ${task.toString()}`);
  const hint = loop.getDebug() ? '' : '\n(run with {debug: true} to see where each was made)';
  return `Deadlock: nothing is left that could wake any of the ${tasks.length} waiting task(s):\n${lines.join('\n')}${hint}`;
}
