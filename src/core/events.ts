// The abstract event loop: everything asyncio's loops can do, each method saying so when a loop cannot.
import { NotImplementedError, RuntimeError } from './errors.ts';
import type { Future } from './futures.ts';
import type { Callback, Handle, TimerHandle } from './handles.ts';
import type { Task, TaskFactory, TaskOptions } from './tasks.ts';
import type { Awaitable, Body } from './traps.ts';
import { activeLoop } from './runtime.ts';
import { describe, noRunningLoop } from './checks.ts';

/** What an exception handler is told. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: Future<unknown>;
  task?: Task<unknown>;
  handle?: Handle;
  protocol?: unknown;
  transport?: unknown;
  socket?: unknown;
  sourceTraceback?: readonly string[];
  [key: string]: unknown;
}

/** Takes over the reporting of unhandled errors: `loop.setExceptionHandler(handler)`. */
export type ExceptionHandler = (loop: AbstractEventLoop, context: ExceptionContext) => void;

/** The methods of every event loop. A loop overrides what it can do; the rest throws `NotImplementedError`. */
export abstract class AbstractEventLoop {
  #missing(method: string): never {
    throw new NotImplementedError(`${this.constructor.name} does not implement ${method}()`);
  }

  runForever(): Promise<void> | void {
    this.#missing('runForever');
  }
  runUntilComplete<T>(_future: Awaitable<T> | Body<T>): Promise<T> | T {
    this.#missing('runUntilComplete');
  }
  stop(): void {
    this.#missing('stop');
  }
  isRunning(): boolean {
    this.#missing('isRunning');
  }
  isClosed(): boolean {
    this.#missing('isClosed');
  }
  close(): void {
    this.#missing('close');
  }
  shutdownAsyncgens(): Awaitable<void> {
    this.#missing('shutdownAsyncgens');
  }
  shutdownDefaultExecutor(_timeout?: number | null): Awaitable<void> {
    this.#missing('shutdownDefaultExecutor');
  }
  callSoon<A extends unknown[]>(_callback: Callback<A>, ..._args: A): Handle {
    this.#missing('callSoon');
  }
  callSoonThreadsafe<A extends unknown[]>(_callback: Callback<A>, ..._args: A): Handle {
    this.#missing('callSoonThreadsafe');
  }
  callLater<A extends unknown[]>(_delay: number, _callback: Callback<A>, ..._args: A): TimerHandle {
    this.#missing('callLater');
  }
  callAt<A extends unknown[]>(_when: number, _callback: Callback<A>, ..._args: A): TimerHandle {
    this.#missing('callAt');
  }
  time(): number {
    this.#missing('time');
  }
  createFuture<T>(): Future<T> {
    this.#missing('createFuture');
  }
  createTask<T>(_body: Body<T>, _options?: TaskOptions): Task<T> {
    this.#missing('createTask');
  }
  setTaskFactory(_factory: TaskFactory | null): void {
    this.#missing('setTaskFactory');
  }
  getTaskFactory(): TaskFactory | null {
    this.#missing('getTaskFactory');
  }
  runInExecutor<A extends unknown[], R>(
    _executor: unknown,
    _fn: (...args: A) => R | PromiseLike<R>,
    ..._args: A
  ): Awaitable<R> {
    this.#missing('runInExecutor');
  }
  setDefaultExecutor(_executor: unknown): void {
    this.#missing('setDefaultExecutor');
  }
  addSignalHandler<A extends unknown[]>(
    _signal: string,
    _callback: Callback<A>,
    ..._args: A
  ): void {
    this.#missing('addSignalHandler');
  }
  removeSignalHandler(_signal: string): boolean {
    this.#missing('removeSignalHandler');
  }
  setExceptionHandler(_handler: ExceptionHandler | null): void {
    this.#missing('setExceptionHandler');
  }
  getExceptionHandler(): ExceptionHandler | null {
    this.#missing('getExceptionHandler');
  }
  defaultExceptionHandler(_context: ExceptionContext): void {
    this.#missing('defaultExceptionHandler');
  }
  callExceptionHandler(_context: ExceptionContext): void {
    this.#missing('callExceptionHandler');
  }
  getDebug(): boolean {
    this.#missing('getDebug');
  }
  setDebug(_enabled: boolean): void {
    this.#missing('setDebug');
  }
}

let current: AbstractEventLoop | null = null;
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

/** The running loop, else the one given to `setEventLoop`. @throws RuntimeError when there is neither */
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
}

/** @internal The current loop as set, without the error. */
export function currentLoop(): AbstractEventLoop | null {
  return current;
}
