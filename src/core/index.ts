// The core: loop, futures, tasks and coroutines, on no particular platform.
export {
  BrokenBarrierError,
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  CancelledError,
  cancellationOf,
  type CodedError,
  ConnectionError,
  type ErrorCondition,
  ExceptionGroup,
  IncompleteReadError,
  InvalidStateError,
  isCancellation,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  NotImplementedError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  SendfileNotAvailableError,
  TimeoutError,
} from './errors.ts';
export type {
  Awaitable,
  Body,
  BodyFunction,
  GeneratorBody,
  NewBody,
  Steps,
  Trap,
  Unstarted,
} from './traps.ts';
export type { Clock } from './clock.ts';
export { type Logger, logger } from './log.ts';
export { Context, ContextVar, copyContext, currentContext, Token } from './context.ts';
export { type Callback, Handle, TimerHandle } from './handles.ts';
export {
  AbstractEventLoop,
  type ExceptionContext,
  type ExceptionHandler,
  getEventLoop,
  getRunningLoop,
  newEventLoop,
  setEventLoop,
  setLoopMaker,
  setRunnerLoop,
  unsetRunnerLoop,
} from './events.ts';
export {
  checkAll,
  environmentOption,
  flagOption,
  type OptionCheck,
  type OptionTable,
  refuseOption,
  textOption,
} from './optiontables.ts';
export { BaseEventLoop, type Held } from './baseloop.ts';
export {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  SubprocessProtocol,
} from './protocols.ts';
export {
  BaseTransport,
  DatagramTransport,
  ReadTransport,
  SubprocessTransport,
  Transport,
  WriteTransport,
} from './transports.ts';
export type {
  AbstractServer,
  AddressFamily,
  AddressInfo,
  ConnectionOptions,
  DatagramOptions,
  ExtraInfo,
  InetAddress,
  Pem,
  SendableFile,
  ServerOptions,
  SocketAddress,
  SslObject,
  Stdio,
  SubprocessOptions,
  TlsConnectOptions,
  TlsOptions,
  TransportSocket,
  UnixConnectionOptions,
  UnixServerOptions,
} from './endpoints.ts';
export { anyLoop, defaultLoop, setDefaultLoopMaker } from './loopchoice.ts';
export { Future, isfuture, waiter, type Observer, type Receiver } from './futures.ts';
export { BEGUN, Coroutine, iscoroutine, type OnError, type OnResult } from './coroutines.ts';
export {
  coroutine,
  type CoroutineFunction,
  fromGenerator,
  iscoroutinefunction,
} from './coroutinefunctions.ts';
export { LATER, PromptCoroutine, SteppedCoroutine } from './stepped.ts';
export { parseFrame, type StackFrame } from './stacks.ts';
export { Task, type TaskFactory, type TaskOptions } from './tasks.ts';
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from './taskfactory.ts';
export { allTasks, createTask, currentTask, ensureFuture, type FutureLike } from './registry.ts';
export { callInTask } from './asynccall.ts';
export {
  awaitValue,
  checkBody,
  describeBody,
  inlineSteps,
  isAwaitable,
  isBody,
  runInline,
} from './bodies.ts';
export { wrapPromise } from './promises.ts';
export { type Blocker, blockUntil, setBlocker } from './blocking.ts';
export { type CancelOptions, ConcurrentFuture, type JobControl } from './concurrentfutures.ts';
export { chainToConcurrent, fromHost, wrapFuture, type Wrappable } from './chain.ts';
export {
  type Executor,
  type JobResult,
  type LoopHandle,
  type RemoteEnd,
  type Sendable,
  type SendableArgs,
  setConcurrency,
} from './executors.ts';
export { checkSignal, linkSignal, signal } from './signals.ts';
export {
  type AsyncContextManager,
  asyncWith,
  callDirectly,
  type MaybeAwaitable,
} from './contextmanagers.ts';
export { partial } from './partial.ts';
export type { Runnable } from './readyqueue.ts';
export { captureSite, errorLine, functionName, showAsText, Site, withoutStack } from './format.ts';
export { cleanStack, traceFrom } from './tracebacks.ts';
export { type Report, reportAll, reportOf, type Reportable, sweep, watch } from './reports.ts';
export { runtime, activeLoop, activeTask, asyncTask, type TaskStore } from './runtime.ts';
export {
  checkCallback,
  checkFlag,
  checkOptions,
  checkSeconds,
  checkTimeout,
  className,
  describe,
  isAsyncFunction,
  isAsyncGeneratorFunction,
  isGenerator,
  isGeneratorFunction,
  isPlainObject,
  isThenable,
  noRunningLoop,
} from './checks.ts';
