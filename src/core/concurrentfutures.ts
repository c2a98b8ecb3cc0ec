// Concurrent futures: results that other threads and processes bring. They belong to no loop.
//
// States: PENDING -> RUNNING (setRunningOrNotifyCancel) -> FINISHED (setResult, setException);
//         PENDING -> CANCELLED (cancel) -> NOTIFIED (setRunningOrNotifyCancel).
// The executor moves it through RUNNING; whoever holds it may cancel while it is PENDING. A running job cannot be
// cancelled, as in Python, but it is asked to end, and an executor may end it by force: then RUNNING -> NOTIFIED.
import { blockUntil } from './blocking.ts';
import { wrapFuture } from './chain.ts';
import { checkFlag, checkOptions, className, describe } from './checks.ts';
import { CancelledError, InvalidStateError, RuntimeError, TimeoutError } from './errors.ts';
import { errorLine } from './format.ts';
import { logger } from './log.ts';
import type { Awaitable, Trap } from './traps.ts';

const PENDING = 'pending';
const RUNNING = 'running';
const CANCELLED = 'cancelled';
const NOTIFIED = 'cancelled and notified';
const FINISHED = 'finished';

type State = typeof PENDING | typeof RUNNING | typeof CANCELLED | typeof NOTIFIED | typeof FINISHED;

/** @internal What an executor can do about a job that runs. */
export interface JobControl {
  /** Asks the running job to end, or ends it by force; true when it has ended by this. */
  _cancelRunning(terminate: boolean | undefined): boolean;
  /** Before a waiting job is cancelled: whether it has begun unnoticed; it then runs. */
  _look(): void;
  /** A waiting job was cancelled: it need not be kept. */
  _cancelWaiting(): void;
}

/** How to cancel a job: see `ConcurrentFuture.cancel`. */
export interface CancelOptions {
  /** End the thread or process that runs the job; by default as its executor was told. */
  terminate?: boolean | undefined;
}

const CANCEL_OPTIONS = ['terminate'];

/**
 * The result of a job in another thread or process: Python's `concurrent.futures.Future`. It belongs to no loop. Wait for it by
 * blocking (`result(timeout)`), by callback, or by awaiting it in either kind of coroutine.
 *
 * @example
 * const job = pool.submit(render, 0, 64);
 * job.result(10);        // blocks this thread for at most ten seconds
 * await job;             // does not block
 */
export class ConcurrentFuture<T = unknown> implements Awaitable<T> {
  #state: State = PENDING;
  #failed = false;
  #value: unknown = undefined;
  #callbacks: ((future: never) => unknown)[] | null = null;
  /** @internal Set by the executor. */ _control: JobControl | null = null;

  /**
   * Cancels it. A job that waits never starts. A job that runs cannot be cancelled (false, as in Python): its `jobSignal()` is
   * aborted, and if it ends by that, the future ends as cancelled. With `{terminate: true}` its thread or process is
   * ended (true).
   * @throws TypeError for something else than options
   */
  cancel(options: CancelOptions = {}): boolean {
    checkOptions(options, 'cancel()', CANCEL_OPTIONS);
    checkFlag(options.terminate, 'terminate', 'cancel()');
    if (this.#state === PENDING) this._control?._look();
    switch (this.#state) {
      case FINISHED:
        return false;
      case RUNNING:
        return this._control?._cancelRunning(options.terminate) ?? false;
      case PENDING:
        this.#state = CANCELLED;
        this._control?._cancelWaiting();
        this.#ended();
        return true;
      default:
        return true;
    }
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === CANCELLED || this.#state === NOTIFIED;
  }

  /** Whether its job runs now. */
  running(): boolean {
    return this.#state === RUNNING;
  }

  /** Whether there is a result, an exception or a cancellation. */
  done(): boolean {
    return this.#state !== PENDING && this.#state !== RUNNING;
  }

  /**
   * The result; blocks this thread until it is there, for at most `timeout` seconds (null: no limit). Meanwhile no
   * loop of this thread runs: in a coroutine, await the future instead.
   * @throws CancelledError, TimeoutError, or the exception of the job; RuntimeError when it would block forever
   */
  result(timeout: number | null = null): T {
    this.#block(timeout, 'result()');
    if (this.#failed) throw this.#value;
    return this.#value as T;
  }

  /**
   * The exception, or `null` when it ended well; blocks as `result` does.
   * @throws CancelledError, TimeoutError
   */
  exception(timeout: number | null = null): unknown {
    this.#block(timeout, 'exception()');
    return this.#failed ? this.#value : null;
  }

  /**
   * Calls `fn(future)` when it is done, in the thread that holds it and outside of any loop; at once, when it is done already.
   * What `fn` throws is logged.
   */
  addDoneCallback(fn: (future: ConcurrentFuture<T>) => unknown): void {
    if (typeof fn !== 'function') {
      throw new TypeError(`addDoneCallback() expects a function as callback, not ${describe(fn)}`);
    }
    if (this.done()) this.#call(fn);
    else if (this.#callbacks === null) this.#callbacks = [fn];
    else this.#callbacks.push(fn);
  }

  /**
   * For executors: the job is about to run. False when it was cancelled and must not run.
   * @throws RuntimeError when it runs or has finished already
   */
  setRunningOrNotifyCancel(): boolean {
    switch (this.#state) {
      case PENDING:
        this.#state = RUNNING;
        return true;
      case CANCELLED:
        this.#state = NOTIFIED;
        return false;
      default:
        throw new RuntimeError(
          `setRunningOrNotifyCancel() expects a future that waits or was cancelled, not ${this.toString()}`,
        );
    }
  }

  /** For executors: ends it with a result. @throws InvalidStateError when it is done already */
  setResult(value: T): void {
    if (this.done()) this.#refuse('setResult');
    this.#value = value;
    this.#state = FINISHED;
    this.#ended();
  }

  /**
   * For executors: ends it with an exception.
   * @throws InvalidStateError when it is done already; TypeError for what is no Error
   */
  setException(exception: unknown): void {
    if (!(exception instanceof Error)) {
      throw new TypeError(`setException() expects an Error, not ${describe(exception)}`);
    }
    this._fail(exception);
  }

  /** @internal The same for what a job has thrown, whatever that is. */
  _fail(exception: unknown): void {
    if (this.done()) this.#refuse('setException');
    this.#value = exception;
    this.#failed = true;
    this.#state = FINISHED;
    this.#ended();
  }

  /** @internal Whether it has ended with an exception; that may be any value. */
  get _failed(): boolean {
    return this.#failed;
  }

  /** @internal The running job was ended: by force, or at its own wish. */
  _cancelRunning(): void {
    if (this.#state !== RUNNING) return;
    this.#state = NOTIFIED;
    this.#ended();
  }

  /** What `await` calls. */
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return wrapFuture<T>(this).then(onResult, onError);
  }

  /** What `yield*` calls. */
  [Symbol.iterator](): Iterator<Trap, T, unknown> {
    return wrapFuture<T>(this)[Symbol.iterator]();
  }

  toString(): string {
    const end =
      this.#state !== FINISHED
        ? ''
        : this.#failed
          ? ` raised ${errorLine(this.#value)}`
          : ` returned ${describe(this.#value)}`;
    return `<${className(this)} state=${this.#state}${end}>`;
  }

  #block(timeout: number | null, where: string): void {
    if (!this.done() && !blockUntil(() => this.done(), timeout, where)) {
      throw new TimeoutError(`The future is not done after ${timeout} seconds: ${this.toString()}`);
    }
    if (this.cancelled()) throw new CancelledError();
  }

  #ended(): void {
    this._control = null;
    const callbacks = this.#callbacks;
    if (callbacks === null) return;
    this.#callbacks = null;
    for (const fn of callbacks) this.#call(fn);
  }

  #call(fn: (future: never) => unknown): void {
    try {
      fn(this as never);
    } catch (error) {
      logger.error(`A callback of ${this.toString()} failed`, error);
    }
  }

  #refuse(method: string): never {
    throw new InvalidStateError(
      `${method}() needs a pending future, but this one is done: ${this.toString()}`,
    );
  }
}
