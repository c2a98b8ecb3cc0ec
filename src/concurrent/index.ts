// `asyncio-ts/concurrent`: functions in other threads and processes, and what they give.
import '../platform.ts';
import './register.ts';

export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
} from '../tasks/index.ts';
export {
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  CancelledError,
  type CancelOptions,
  ConcurrentFuture as Future,
  InvalidStateError,
  type JobResult,
  type LoopHandle,
  type Sendable,
  type SendableArgs,
  TimeoutError,
} from '../core/index.ts';
export { ThreadPoolExecutor, type ThreadPoolOptions } from './threads.ts';
export { ProcessPoolExecutor, type ProcessPoolOptions } from './processes.ts';
export { Executor } from './executor.ts';
export { PoolExecutor } from './pool.ts';
export { type AnyFunction, type PoolOptions } from './pooloptions.ts';
export { type MapArguments, type MapOptions, MapResults } from './map.ts';
export {
  asCompleted,
  CompletedFutures,
  type DoneAndNotDone,
  type EndedJob,
  wait,
} from './waits.ts';
export { offload } from './offload.ts';
export { inWorker } from './workerstate.ts';
export { jobSignal } from './jobsignal.ts';
export { transfer } from './transfer.ts';
export { type CoroutineResult, LoopRemote } from './remote.ts';
