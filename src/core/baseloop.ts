// The base event loop: a ready queue, a heap of timers, and turns, on no particular platform.
//
// One turn: prune cancelled timers; move due timers into the ready queue; run exactly the handles that were ready at
// that moment. A driver (layer `loops`) decides when a turn happens and what polling for I/O means in between.
//
// A handle that resumes an async function cannot know when that function has suspended again: the function runs in
// the host's microtasks. Such a handle counts in `runtime.busy`; the batch then pauses, `runBatch` answers false, and the
// driver goes on with the batch when the microtasks have shown what the function waits for.
// (Above 400 lines: the loop's methods with their contracts; what they do beyond turns, stands in files of its own.)
import { checkCallback, checkSeconds, checkTimeout, describe } from './checks.ts';
import type { Clock } from './clock.ts';
import { copyContext } from './context.ts';
import { RuntimeError } from './errors.ts';
import { AbstractEventLoop, type ExceptionContext, type ExceptionHandler } from './events.ts';
import { fromGenerator } from './coroutinefunctions.ts';
import type { Coroutine } from './coroutines.ts';
import {
  checkExecutor,
  type Executor,
  type JobResult,
  type LoopHandle,
  LoopThreads,
  type SendableArgs,
} from './executors.ts';
import { wrapFuture } from './chain.ts';
import { Future } from './futures.ts';
import { type Callback, Handle, TimerHandle } from './handles.ts';
import { callHandler, reportContext, tellPending } from './exceptionhandler.ts';
import { showAsText } from './format.ts';
import { logger } from './log.ts';
import { ReadyQueue, type Runnable } from './readyqueue.ts';
import { activeLoop, runtime } from './runtime.ts';
import { makeTask } from './taskfactory.ts';
import { NO_OPTIONS, type Task, type TaskFactory, type TaskOptions } from './tasks.ts';
import { TaskList } from './tasklist.ts';
import { TimerHeap } from './timers.ts';
import type { GeneratorBody, NewBody } from './traps.ts';

// A coroutine that has nothing to wait for.
function* nothing(): GeneratorBody<void> {}

// Timers that are due within so many seconds fire in one turn, as on CPython's clocks: 0.1 + 0.2 is due with 0.3.
const CLOCK_RESOLUTION = 1e-9;

type AnyCallback = (...args: unknown[]) => unknown;

/** Something open at the host that belongs to a loop: a socket, a process, a signal handler. */
export interface Held {
  /** @internal The loop is being closed: close it, and call nobody back. */
  _letGo(): void;
}

export abstract class BaseEventLoop extends AbstractEventLoop {
  /** @internal */ readonly _ready: ReadyQueue = new ReadyQueue();
  /** @internal */ readonly _timers: TimerHeap = new TimerHeap();
  /** @internal The unfinished tasks of this loop, oldest first. */
  readonly _tasks: TaskList = new TaskList();
  /** @internal */ _debug: boolean = runtime.beginsInDebug();
  /** @internal How many things are awaited that only the host can deliver (promises, mostly). */
  _outside = 0;
  /** @internal What is open at the host on this loop's behalf; let go when the loop is closed. */
  readonly _held: Set<Held> = new Set();
  /** @internal Signals of the process that this loop has handlers for. */
  readonly _caughtSignals: Set<string> = new Set();
  /** @internal A turn is under way or will follow by itself: nobody needs to wake the driver. */
  _awake = false;
  protected _running = false;
  protected _stopping = false;
  protected _closed = false;
  readonly #clock: Clock;
  #todo = 0;
  #exceptionHandler: ExceptionHandler | null = null;
  #taskFactory: TaskFactory | null = null;
  readonly #threads: LoopThreads = new LoopThreads();
  #slowItem: Runnable | null = null;
  #slowSince = 0;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  /** @internal Something was scheduled while the driver slept: see that a turn follows. */
  abstract _wake(): void;

  override time(): number {
    return this.#clock.now();
  }

  override isRunning(): boolean {
    return this._running;
  }

  override isClosed(): boolean {
    return this._closed;
  }

  override stop(): void {
    this._stopping = true;
    if (this._running && !this._awake) this._wake();
  }

  override close(): void {
    if (this._running) {
      throw new RuntimeError('Cannot close a running event loop: stop() it first and let it end');
    }
    if (this._closed) return;
    this._closed = true;
    for (const held of this._held) held._letGo();
    this._held.clear();
    this._ready.clear();
    this._timers.clear();
    this.#threads.close();
    tellPending(this);
  }

  override callSoon<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    this._checkClosed();
    checkCallback(callback, 'callSoon()');
    if (this._debug) this.#checkLoop('callSoon()');
    const handle = new Handle(callback as AnyCallback, args, this, copyContext());
    this._enqueue(handle);
    return handle;
  }

  override callSoonThreadsafe<A extends unknown[]>(callback: Callback<A>, ...args: A): Handle {
    this._checkClosed();
    checkCallback(callback, 'callSoonThreadsafe()');
    const handle = new Handle(callback as AnyCallback, args, this, copyContext());
    this._enqueue(handle);
    return handle;
  }

  override callLater<A extends unknown[]>(
    delay: number,
    callback: Callback<A>,
    ...args: A
  ): TimerHandle {
    checkSeconds(delay, 'callLater()');
    return this.#schedule(this.time() + delay, callback as AnyCallback, args, 'callLater()');
  }

  override callAt<A extends unknown[]>(
    when: number,
    callback: Callback<A>,
    ...args: A
  ): TimerHandle {
    checkSeconds(when, 'callAt()', 'when');
    return this.#schedule(when, callback as AnyCallback, args, 'callAt()');
  }

  override createFuture<T>(): Future<T> {
    return new Future<T>(this as { loop?: AbstractEventLoop });
  }

  override createTask<T>(body: NewBody<T>, options: TaskOptions = NO_OPTIONS): Task<T> {
    this._checkClosed();
    return makeTask(this, this.#taskFactory, body, options);
  }

  override setTaskFactory(factory: TaskFactory | null): void {
    if (factory !== null && typeof factory !== 'function') {
      throw new TypeError(`setTaskFactory() expects a function or null, not ${describe(factory)}`);
    }
    this.#taskFactory = factory;
  }

  override getTaskFactory(): TaskFactory | null {
    return this.#taskFactory;
  }

  override getDebug(): boolean {
    return this._debug;
  }

  override setDebug(enabled: boolean): void {
    this._debug = Boolean(enabled);
    if (this._debug) runtime.debug = true;
  }

  override setExceptionHandler(handler: ExceptionHandler | null): void {
    if (handler !== null && typeof handler !== 'function') {
      throw new TypeError(
        `setExceptionHandler() expects a function or null, not ${describe(handler)}`,
      );
    }
    this.#exceptionHandler = handler;
  }

  override getExceptionHandler(): ExceptionHandler | null {
    return this.#exceptionHandler;
  }

  override defaultExceptionHandler(context: ExceptionContext): void {
    reportContext(context);
  }

  override callExceptionHandler(context: ExceptionContext): void {
    callHandler(this, this.#exceptionHandler, context);
  }

  override shutdownAsyncgens(): Coroutine<void> {
    return fromGenerator(nothing(), 'shutdownAsyncgens');
  }

  override shutdownDefaultExecutor(timeout: number | null = null): Coroutine<void> {
    checkTimeout(timeout, 'shutdownDefaultExecutor()');
    return fromGenerator(this.#threads.shutdown(this, timeout), 'shutdownDefaultExecutor');
  }

  override runInExecutor<A extends unknown[], R>(
    executor: Executor | null,
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): Future<JobResult<R>> {
    this._checkClosed();
    if (executor !== null) checkExecutor(executor, 'runInExecutor()');
    if (typeof fn !== 'function') {
      throw new TypeError(`runInExecutor() expects a function second, not ${describe(fn)}`);
    }
    const target = executor ?? this.#threads.use();
    return wrapFuture(target.submit<A, R>(fn, ...args), { loop: this });
  }

  /**
   * @internal What `toThread` does later: the function and its arguments are looked at now, where the default executor can.
   * @throws TypeError when it cannot be sent
   */
  _inThread(fn: (...args: never[]) => unknown, args: readonly unknown[]): () => Future<unknown> {
    const looked = this.#threads.use();
    const send = looked._prepare?.(fn, args, 'toThread()') ?? null;
    return () => {
      // The program may have set another one since.
      const executor = this.#threads.use();
      const prepared = executor === looked && send !== null ? send() : null;
      return wrapFuture(prepared ?? executor.submit(fn, ...(args as never[])), { loop: this });
    };
  }

  override setDefaultExecutor(executor: Executor): void {
    this.#threads.set(executor);
  }

  override remote(): LoopHandle {
    this._checkClosed();
    return this.#threads.remote(this);
  }

  /** @internal Puts a handle or task at the end of the ready queue. */
  _enqueue(item: Runnable): void {
    this._ready.push(item);
    if (!this._awake) this._wake();
  }

  /** @internal A timer in the host's own time, where it differs from the loop's; the answer is for `_clearHostTimer`. */
  _hostTimer(callback: () => void, delay: number): unknown {
    return this.callLater(delay, callback);
  }

  /** @internal */
  _clearHostTimer(timer: unknown): void {
    (timer as TimerHandle).cancel();
  }

  /** @internal `held` is open from now on: something may come from outside. */
  _hold(held: Held): void {
    this._checkClosed();
    this._held.add(held);
    this._outside++;
  }

  /** @internal `held` is closed: nothing comes from it any more. */
  _release(held: Held): void {
    if (this._held.delete(held)) this._outside--;
  }

  /** @internal The host calls back, by itself: `item` runs in a turn right now, or in the one under way. */
  _arrive(item: Runnable): void {
    this._enqueue(item);
  }

  /** @internal A task ended with `error`, which is not for the loop to keep: it leaves the loop, in a step by being thrown. */
  _interrupt(error: unknown): void {
    throw error;
  }

  /** @internal */
  _checkClosed(): void {
    if (this._closed) throw new RuntimeError('Event loop is closed');
  }

  /** Starts a turn: what is ready now, and the timers that are due, will run in `runBatch`. */
  protected beginTurn(): void {
    const timers = this._timers;
    if (timers.size > 0) {
      timers.prune();
      if (timers.size > 0) {
        const now = this.time();
        // At large times the resolution is lost in rounding, so the moment itself counts too.
        const end = now + CLOCK_RESOLUTION;
        while (timers.size > 0 && (timers.earliest < end || timers.earliest <= now)) {
          this._ready.push(timers.pop());
        }
      }
    }
    this.#todo = this._ready.size;
  }

  /** Runs the batch of this turn, or what a pause left of it. False: paused, an async function was resumed. */
  protected runBatch(): boolean {
    if (this._debug) return this.#runBatchTimed();
    const ready = this._ready;
    const rt = runtime;
    rt.loop = this;
    rt.stepping = true;
    try {
      while (this.#todo > 0) {
        this.#todo--;
        ready.shift()._run();
        if (rt.busy !== 0) return false;
      }
      return true;
    } finally {
      rt.stepping = false;
      rt.loop = null;
    }
  }

  #runBatchTimed(): boolean {
    this.#tellIfSlow();
    runtime.loop = this;
    runtime.stepping = true;
    try {
      while (this.#todo > 0) {
        this.#todo--;
        this.#slowItem = this._ready.shift();
        this.#slowSince = this.#clock.now();
        this.#slowItem._run();
        if (runtime.busy !== 0) return false;
        this.#tellIfSlow();
      }
      return true;
    } finally {
      runtime.stepping = false;
      runtime.loop = null;
    }
  }

  #tellIfSlow(): void {
    const item = this.#slowItem;
    if (item === null) return;
    this.#slowItem = null;
    const took = this.#clock.now() - this.#slowSince;
    if (took < this.slowCallbackDuration) return;
    logger.warning(`Executing ${item.toString()} took ${took.toFixed(3)} seconds`);
  }

  #schedule(
    when: number,
    callback: AnyCallback,
    args: readonly unknown[],
    where: string,
  ): TimerHandle {
    this._checkClosed();
    checkCallback(callback, where);
    if (this._debug) this.#checkLoop(where);
    const timer = new TimerHandle(when, callback, args, this, copyContext());
    this._timers.push(timer);
    if (!this._awake) this._wake();
    return timer;
  }

  #checkLoop(where: string): void {
    const other = activeLoop();
    if (other !== null && other !== this && this._running) {
      throw new RuntimeError(
        `Non-thread-safe operation: ${where} on an event loop other than the running one; use callSoonThreadsafe()`,
      );
    }
  }

  override toString(): string {
    const { name } = this.constructor;
    return `<${name} running=${this._running} closed=${this._closed} debug=${this._debug}>`;
  }
}

showAsText(BaseEventLoop);
