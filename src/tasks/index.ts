// The tasks layer: what is done with futures and tasks, several at a time or against the clock.
export { sleep } from './sleep.ts';
export { gather, type GatherOptions } from './gather.ts';
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  wait,
  type WaitOptions,
} from './wait.ts';
export { waitFor } from './waitfor.ts';
export { type AsCompleted, asCompleted, type EndedFuture } from './ascompleted.ts';
export { shield } from './shield.ts';
export { Timeout, timeout, timeoutAt } from './timeouts.ts';
export { TaskGroup, taskGroup } from './taskgroups.ts';
export { staggeredRace } from './staggered.ts';
export {
  type CallGraphOptions,
  captureCallGraph,
  formatCallGraph,
  type FrameCallGraphEntry,
  futureAddToAwaitedBy,
  type FutureCallGraph,
  futureDiscardFromAwaitedBy,
  printCallGraph,
  type PrintCallGraphOptions,
} from './callgraph.ts';
export {
  type EmitterLike,
  type EventTargetLike,
  fromCallback,
  type NodeCallback,
  once,
} from './host.ts';
export { type CancellableIterator, fromAsyncIterable } from './asynciterables.ts';
export type { ResultOf } from './results.ts';
export { runCoroutineThreadsafe, toThread } from './threads.ts';
