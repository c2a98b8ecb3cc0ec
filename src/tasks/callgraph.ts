// Call graphs: who waits for whom, and where each of them stands.
//
// No links are kept for this. A future knows who observes it, and each observer leads on to a task: the task itself, an
// await of its async functions, or a Watch of gather, wait, shield, a task group, … The graph is read off on demand.
import {
  activeLoop,
  captureSite,
  currentTask,
  describe,
  type Future,
  isfuture,
  noRunningLoop,
  parseFrame,
  type StackFrame,
  Task,
  checkOptions,
} from '../core/index.ts';
import { Watch } from './watch.ts';

/** One place of a call stack. */
export interface FrameCallGraphEntry {
  readonly frame: StackFrame;
}

/** A future or task, where it stands (newest frame first), and who waits for it. */
export interface FutureCallGraph {
  readonly future: Future<unknown>;
  readonly callStack: readonly FrameCallGraphEntry[];
  readonly awaitedBy: readonly FutureCallGraph[];
}

/** The options of `captureCallGraph` and `formatCallGraph`. */
export interface CallGraphOptions {
  /** Where the stack of the current task begins: 1 (the default) is the caller, 2 the caller's caller. */
  depth?: number | undefined;
  /** At most so many frames of each stack, the newest; of the oldest when negative; 0: none. `null`: all. */
  limit?: number | null | undefined;
}

/** The options of `printCallGraph`. */
export interface PrintCallGraphOptions extends CallGraphOptions {
  /** Takes the text; by default it goes to the standard output. */
  write?: ((text: string) => void) | undefined;
}

function print(text: string): void {
  // oxlint-disable-next-line no-console -- to print is what the program asked for
  console.log(text);
}

// Links that programs add themselves, for what the library cannot see.
const added = new WeakMap<Future<unknown>, Set<Future<unknown>>>();

/**
 * The call graph of `future`, by default of the current task: where it stands, who waits for it, who waits for those, and so
 * on. `null` when called in a plain callback without a future.
 *
 * Of the current task every frame is known; of a waiting one the place where it waits, and in debug mode all
 * coroutines in between.
 *
 * @throws RuntimeError outside of a running loop without a future; TypeError for what is no future
 *
 * @example
 * const graph = captureCallGraph(task);
 * const waiting = graph?.awaitedBy.map((one) => String(one.future));
 */
export function captureCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): FutureCallGraph | null {
  checkOptions(options, 'captureCallGraph()', ['depth', 'limit', 'write']);
  const { depth = 1, limit = null } = options;
  const loop = activeLoop();
  const current = loop === null ? null : currentTask(loop);
  const wanted = future ?? current;
  if (wanted === null) {
    if (loop !== null) return null;
    throw noRunningLoop('captureCallGraph() without a future');
  }
  checkFuture(wanted, 'captureCallGraph()');
  const graph = build(wanted, limit, new Set());
  if (wanted !== current || limit === 0) return graph;
  // A running task's own stack is the one of this call.
  const frames = captureSite(captureCallGraph)
    .frames()
    .slice(depth - 1);
  return { ...graph, callStack: limited(frames.map(parseFrame), limit) };
}

/**
 * The call graph of `future` (by default of the current task) as text; empty where there is none.
 *
 * @throws RuntimeError outside of a running loop without a future; TypeError for what is no future
 *
 * @example
 * logger.warning(`Still waiting:\n${formatCallGraph(task)}`);
 */
export function formatCallGraph(
  future?: Future<unknown> | null,
  options: CallGraphOptions = {},
): string {
  // The library's own frames are left out of stacks: the caller is the first one here, too.
  const graph = captureCallGraph(future, options);
  return graph === null ? '' : render(graph, '').join('\n');
}

/**
 * Prints the call graph of `future`, by default of the current task.
 *
 * @throws RuntimeError outside of a running loop without a future; TypeError for what is no future
 *
 * @example
 * loop.addSignalHandler('SIGUSR2', () => allTasks(loop).forEach((task) => printCallGraph(task)));
 */
export function printCallGraph(
  future?: Future<unknown> | null,
  options: PrintCallGraphOptions = {},
): void {
  const { write = print } = options;
  write(formatCallGraph(future, options));
}

/**
 * Notes that `waiter` waits for `future`, for call graphs: needed only where the waiting goes through something that the
 * library cannot see, such as a done callback.
 *
 * @throws TypeError unless both are futures or tasks
 *
 * @example
 * futureAddToAwaitedBy(download, currentTask()!);
 * download.addDoneCallback(next);
 */
export function futureAddToAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  checkFuture(future, 'futureAddToAwaitedBy()');
  checkFuture(waiter, 'futureAddToAwaitedBy()');
  const waiters = added.get(future);
  if (waiters === undefined) added.set(future, new Set([waiter]));
  else waiters.add(waiter);
}

/** Takes back what `futureAddToAwaitedBy` noted; without it, nothing happens. @throws TypeError for what is no future */
export function futureDiscardFromAwaitedBy(future: Future<unknown>, waiter: Future<unknown>): void {
  checkFuture(future, 'futureDiscardFromAwaitedBy()');
  checkFuture(waiter, 'futureDiscardFromAwaitedBy()');
  added.get(future)?.delete(waiter);
}

/** Who waits for `future`, directly or through a gather, a shield and the like; first come, first listed. */
export function awaitersOf(future: Future<unknown>): Set<Future<unknown>> {
  const awaiters = new Set<Future<unknown>>(added.get(future));
  collect(future, awaiters, new Set());
  return awaiters;
}

function collect(
  future: Future<unknown>,
  awaiters: Set<Future<unknown>>,
  seen: Set<Future<unknown>>,
): void {
  seen.add(future);
  for (const observer of future._observerList()) {
    if (observer instanceof Task) awaiters.add(observer);
    else if (observer instanceof Watch) {
      const next = observer.watcher._awaiter();
      if (next instanceof Task) awaiters.add(next);
      else if (next !== null && !seen.has(next)) collect(next, awaiters, seen);
    } else {
      const task = (observer as { part?: { task?: unknown } }).part?.task;
      if (task instanceof Task) awaiters.add(task);
    }
  }
}

function build(
  future: Future<unknown>,
  limit: number | null,
  below: ReadonlySet<Future<unknown>>,
): FutureCallGraph {
  const frames = future instanceof Task && limit !== 0 ? future.getStack().reverse() : [];
  const path = new Set(below).add(future);
  const awaitedBy: FutureCallGraph[] = [];
  // Tasks that wait for each other in a ring: the ring is drawn once.
  for (const one of awaitersOf(future)) if (!path.has(one)) awaitedBy.push(build(one, limit, path));
  return { future, callStack: limited(frames, limit), awaitedBy };
}

function limited(frames: StackFrame[], limit: number | null): FrameCallGraphEntry[] {
  const kept = limit === null ? frames : limit < 0 ? frames.slice(limit) : frames.slice(0, limit);
  return kept.map((frame) => ({ frame }));
}

function render(graph: FutureCallGraph, indent: string): string[] {
  const { future, callStack, awaitedBy } = graph;
  const title =
    future instanceof Task ? `Task(name='${future.getName()}')` : String(future.constructor.name);
  const lines = [`${indent}* ${title}`];
  if (callStack.length > 0) lines.push(`${indent}  + Call stack:`);
  for (const { frame } of callStack) lines.push(`${indent}  |   ${place(frame)}`);
  if (awaitedBy.length > 0) lines.push(`${indent}  + Awaited by:`);
  for (const one of awaitedBy) lines.push(...render(one, `${indent}     `));
  return lines;
}

function place(frame: StackFrame): string {
  return frame.file === ''
    ? `${frame.name}()`
    : `${frame.name}() at ${frame.file}:${frame.line}:${frame.column}`;
}

function checkFuture(value: unknown, where: string): void {
  if (!isfuture(value)) {
    throw new TypeError(`${where} expects a future or task, not ${describe(value)}`);
  }
}
