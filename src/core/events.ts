// The abstract event loop: everything asyncio's loops can do, each method saying so when a loop cannot. What has to do
// with connections and processes is in loopio.ts. The doc comments of the loops' methods stand here, and only here:
// whoever overrides a method inherits its comment.
import { describe, noRunningLoop } from './checks.ts';
import { RuntimeError } from './errors.ts';
import type { Executor, JobResult, LoopHandle, SendableArgs } from './executors.ts';
import type { Future } from './futures.ts';
import type { Callback, Handle, TimerHandle } from './handles.ts';
import { AbstractLoopIo, missing } from './loopio.ts';
import { activeLoop } from './runtime.ts';
import type { Task, TaskFactory, TaskOptions } from './tasks.ts';
import type { Awaitable, Body, NewBody } from './traps.ts';

/** What an exception handler is told. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: Future<unknown> | undefined;
  task?: Task<unknown> | undefined;
  handle?: Handle | undefined;
  protocol?: unknown;
  transport?: unknown;
  socket?: unknown;
  sourceTraceback?: readonly string[] | undefined;
  [key: string]: unknown;
}

/** Takes over the reporting of unhandled errors: `loop.setExceptionHandler(handler)`. */
export type ExceptionHandler = (loop: AbstractEventLoop, context: ExceptionContext) => void;

/** The methods of every event loop. A loop overrides what it can do; the rest throws `NotImplementedError`. */
export abstract class AbstractEventLoop extends AbstractLoopIo {
  /** In debug mode, a callback that takes at least this many seconds is told. */
  slowCallbackDuration = 0.1;

  /**
   * Runs until `stop()` is called. Gives a Promise where the loop lives inside the host's own.
   * @throws RuntimeError when the loop is closed or runs already
   */
  runForever(): Promise<void> | void {
    missing(this, 'runForever');
  }

  /**
   * Runs until `future` (or the task made of a coroutine or function) is done, and gives its result or throws its exception.
   * @throws RuntimeError when the loop is closed or runs already, or was stopped before
   */
  runUntilComplete<T>(future: Awaitable<T> | Body<T>): Promise<T> | T;
  runUntilComplete(): never {
    return missing(this, 'runUntilComplete');
  }

  /** Ends `runForever` after the current batch of callbacks. */
  stop(): void {
    missing(this, 'stop');
  }

  /** Whether it runs right now. */
  isRunning(): boolean {
    missing(this, 'isRunning');
  }

  /** Whether `close()` was called. */
  isClosed(): boolean {
    missing(this, 'isClosed');
  }

  /**
   * Forgets everything scheduled, and closes what is open at the host on its behalf. The loop cannot be used again;
   * of tasks that have not ended its exception handler is told.
   * @throws RuntimeError while the loop is running
   */
  close(): void {
    missing(this, 'close');
  }

  /** Python closes suspended async generators here; the host's collector does it, so this only awaits nothing. */
  shutdownAsyncgens(): Awaitable<void> {
    missing(this, 'shutdownAsyncgens');
  }

  /** Waits until the default executor has finished, if one was ever made; `timeout` in seconds, null: no limit. */
  shutdownDefaultExecutor(timeout?: number | null): Awaitable<void>;
  shutdownDefaultExecutor(): never {
    return missing(this, 'shutdownDefaultExecutor');
  }

  /**
   * Calls `callback(...args)` in the loop's next turn; first come, first served. The handle takes it back: `handle.cancel()`.
   * @throws TypeError unless `callback` is a plain function, RuntimeError when the loop is closed
   */
  callSoon<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle;
  callSoon(): never {
    return missing(this, 'callSoon');
  }

  /** `callSoon`, callable while another loop runs or from a callback of the host. */
  callSoonThreadsafe<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle;
  callSoonThreadsafe(): never {
    return missing(this, 'callSoonThreadsafe');
  }

  /**
   * Calls `callback(...args)` after `delay` seconds; at once, behind what is ready, when it is zero or less.
   * @throws TypeError for a delay that is no number, RangeError for NaN
   */
  callLater<A extends unknown[]>(delay: number, callback: Callback<A>, ...args: A): TimerHandle;
  callLater(): never {
    return missing(this, 'callLater');
  }

  /** Calls `callback(...args)` when the loop's `time()` reaches `when` (seconds). */
  callAt<A extends unknown[]>(when: number, callback: Callback<A>, ...args: A): TimerHandle;
  callAt(): never {
    return missing(this, 'callAt');
  }

  /** Seconds on this loop's own monotonic clock. */
  time(): number {
    missing(this, 'time');
  }

  /** A pending future of this loop. */
  createFuture<T>(): Future<T> {
    missing(this, 'createFuture');
  }

  /** A task of this loop that runs `body`; see the function `createTask`. */
  createTask<T>(body: NewBody<T>, options?: TaskOptions): Task<T>;
  createTask(): never {
    return missing(this, 'createTask');
  }

  /** Sets who makes this loop's tasks: `(loop, body, options) => Future`; null restores the default. */
  setTaskFactory(factory: TaskFactory | null): void;
  setTaskFactory(): never {
    return missing(this, 'setTaskFactory');
  }

  /** What `setTaskFactory` was given last; null: the default. */
  getTaskFactory(): TaskFactory | null {
    missing(this, 'getTaskFactory');
  }

  /**
   * Has an executor run `fn(...args)` in another thread or process; null stands for the loop's default executor, a thread pool
   * made at first use. Cancelling the future cancels the job.
   * @throws TypeError when the function or an argument cannot be sent, RuntimeError after the executor's shutdown
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): Future<JobResult<R>>;
  runInExecutor(): never {
    return missing(this, 'runInExecutor');
  }

  /** Sets what `runInExecutor(null, …)` and `toThread` use. */
  setDefaultExecutor(executor: Executor): void;
  setDefaultExecutor(): never {
    return missing(this, 'setDefaultExecutor');
  }

  /** A handle of this loop that can be sent to other threads: see `LoopRemote`. */
  remote(): LoopHandle {
    missing(this, 'remote');
  }

  /**
   * Calls `callback(...args)` in the loop when the process receives `signal` (`'SIGTERM'`); replaces the handler it had.
   * @throws RangeError for a name that no signal has; RuntimeError for one that cannot be caught, and in a worker thread
   */
  addSignalHandler<A extends unknown[]>(signal: string, callback: Callback<A>, ...args: A): void;
  addSignalHandler(): never {
    return missing(this, 'addSignalHandler');
  }

  /** Takes the handler of `signal` away. False: there was none. */
  removeSignalHandler(signal: string): boolean;
  removeSignalHandler(): never {
    return missing(this, 'removeSignalHandler');
  }

  /** Sets who is told of errors that nobody handles; null restores the default. */
  setExceptionHandler(handler: ExceptionHandler | null): void;
  setExceptionHandler(): never {
    return missing(this, 'setExceptionHandler');
  }

  /** What `setExceptionHandler` was given last; null: the default. */
  getExceptionHandler(): ExceptionHandler | null {
    missing(this, 'getExceptionHandler');
  }

  /** Writes the context to the log: what happens without a handler of one's own. */
  defaultExceptionHandler(context: ExceptionContext): void;
  defaultExceptionHandler(): never {
    return missing(this, 'defaultExceptionHandler');
  }

  /**
   * Tells the exception handler, or the default one, of an error that nobody handles. Never throws what a handler throws.
   * @throws TypeError when `context` is no object
   */
  callExceptionHandler(context: ExceptionContext): void;
  callExceptionHandler(): never {
    return missing(this, 'callExceptionHandler');
  }

  /** Whether debug mode is on. */
  getDebug(): boolean {
    missing(this, 'getDebug');
  }

  /** Debug mode: places of creation are kept, slow callbacks and swallowed cancellations are told. Also: `ASYNCIO_DEBUG=1`. */
  setDebug(enabled: boolean): void;
  setDebug(): never {
    return missing(this, 'setDebug');
  }
}

let current: AbstractEventLoop | null = null;
// The current loop is that of an open Runner: see `workLoop`.
let currentOfRunner = false;
let makeLoop: (() => AbstractEventLoop) | null = null;

/** @internal The loops layer tells core which loop is the platform's default. */
export function setLoopMaker(make: () => AbstractEventLoop): void {
  makeLoop = make;
}

/** A new event loop of the platform's default kind. Close it when done: `loop.close()`. */
export function newEventLoop(): AbstractEventLoop {
  if (makeLoop === null)
    throw new RuntimeError('No kind of event loop is registered for this platform');
  return makeLoop();
}

/** The loop that runs the calling task or callback. @throws RuntimeError outside of one */
export function getRunningLoop(): AbstractEventLoop {
  const loop = activeLoop();
  if (loop === null) throw noRunningLoop('getRunningLoop()');
  return loop;
}

/** The running loop, else the one that `setEventLoop` or a Runner has set. @throws RuntimeError when there is neither */
export function getEventLoop(): AbstractEventLoop {
  const loop = activeLoop() ?? current;
  if (loop === null) {
    throw new RuntimeError(
      'There is no current event loop in this thread: start one with run(main), or set one with setEventLoop(newEventLoop())',
    );
  }
  return loop;
}

/** Makes `loop` this thread's current one, for code that runs outside of it; `null` unsets it. */
export function setEventLoop(loop: AbstractEventLoop | null): void {
  if (loop !== null && !(loop instanceof AbstractEventLoop)) {
    throw new TypeError(`setEventLoop() expects an event loop or null, not ${describe(loop)}`);
  }
  current = loop;
  currentOfRunner = false;
}

/** @internal A Runner has made `loop`: the current one, until `unsetRunnerLoop` or another is set. */
export function setRunnerLoop(loop: AbstractEventLoop): void {
  setEventLoop(loop);
  currentOfRunner = true;
}

/** @internal The Runner of `loop` is being closed. What another Runner or the program has set meanwhile stays. */
export function unsetRunnerLoop(loop: AbstractEventLoop): void {
  if (current === loop) setEventLoop(null);
}

/** @internal The current loop as set, without the error. */
export function currentLoop(): AbstractEventLoop | null {
  return current;
}

/**
 * @internal The current loop for work that plain code starts, and may await at once. Not that of a Runner, which runs only while
 * its mains do: between two of them such an await would hang.
 */
export function currentWorkLoop(): AbstractEventLoop | null {
  return currentOfRunner ? null : current;
}
