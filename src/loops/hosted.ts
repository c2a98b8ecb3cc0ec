// The driver of loops that live inside the host's own event loop.
//
// Turns follow each other directly while there is work, for a short time; then the host gets a chance to poll its I/O.
// When a batch pauses for an async function, the driver looks from microtasks whether the function has shown what it
// waits for; only when it has not after a few looks, it lets the microtasks run dry.
//
// States: idle (asleep until `_wake` or the host's timer), planned (an immediate is on its way), turning (`_awake` is
// true in the last two). `runForever` opens the loop, `stop` closes it again after the batch.
import {
  activeLoop,
  type Awaitable,
  BaseEventLoop,
  type Body,
  copyContext,
  describe,
  ensureFuture,
  Handle,
  isBody,
  isfuture,
  isThenable,
  KeyboardInterrupt,
  type Observer,
  type Runnable,
  RuntimeError,
  runtime,
  Task,
} from '../core/index.ts';
import type { Host } from './host.ts';
import { describeDeadlock } from './deadlock.ts';

// Seconds of turns before the host is given a chance.
const BUDGET = 0.001;
// The clock is asked every so many turns when turns are quick.
const MAX_CHECK_INTERVAL = 32;
// Looks from microtasks before they are let run dry.
const MAX_LOOKS = 12;
// The budget of turns that began in a callback of the host: not fixed yet.
const UNKNOWN = -1;

const settled = Promise.resolve();

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export abstract class HostedEventLoop extends BaseEventLoop {
  protected readonly host: Host;
  #waiter: Waiter | null = null;
  #inContext: (callback: () => void) => void;
  #releaseIdle: (() => void) | null = null;
  #budgetEnd = 0;
  #checkInterval = 1;
  #untilCheck = 1;
  #lastCheck = 0;
  #looks = 0;
  #interruption: { error: unknown } | null = null;

  constructor(host: Host, clock: { now(): number }) {
    super(clock);
    this.host = host;
    this.#inContext = host.snapshot();
  }

  /**
   * Runs until `stop()` is called.
   * @throws RuntimeError when the loop is closed or runs already, or from inside another running loop
   */
  override runForever(): Promise<void> {
    this._checkStart();
    return new Promise<void>((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this._open();
      // stop() came before: one whole poll of I/O lies between two immediates.
      if (this._stopping) this.host.immediate(() => this.#plan());
      else this.#plan();
    });
  }

  /**
   * Runs until the future is done, and returns its result or throws its exception.
   * @param body a future, or something a task can be made of
   * @throws RuntimeError when the loop was stopped before
   */
  override runUntilComplete<T>(body: Awaitable<T> | Body<T>): Promise<T> {
    this._checkStart();
    if (!isfuture(body) && !isBody(body) && !isThenable(body)) {
      throw new TypeError(
        `runUntilComplete() expects a future, or a coroutine, generator object or function to make a task of, not ${describe(body)}`,
      );
    }
    const future = ensureFuture<T>(body, { loop: this });
    const made = future !== (body as unknown);
    if (made && future instanceof Task) future._markForRun();
    // An observer of our own, and no callback: it is nothing that a repr should show.
    const stop = new Handle(
      () => {
        // An interrupt has ended the run already; this one may be the next.
        if (future.cancelled() || !(future.exception() instanceof KeyboardInterrupt)) this.stop();
      },
      [],
      this,
      copyContext(),
    );
    const stopper: Observer = { _notify: () => this._enqueue(stop) };
    future._observe(stopper);
    return this.runForever().then(
      () => {
        future._unobserve(stopper);
        if (!future.done()) {
          throw new RuntimeError(
            `The event loop stopped before the future completed: ${String(future)}`,
          );
        }
        return future.result();
      },
      (error: unknown) => {
        future._unobserve(stopper);
        if (made && future.done() && !future.cancelled()) future.exception();
        throw error;
      },
    );
  }

  /** @internal */
  override _wake(): void {
    if (!this._running || this._awake) return;
    if (this._ready.size > 0 || this._stopping) this.#plan();
    else if (this.rest()) this.#plan();
  }

  /**
   * @internal The host is calling back: the turn begins here, with no detour. Only for callbacks of what was made in
   * `_detached`, which come in the loop's own asynchronous context.
   */
  override _arrive(item: Runnable): void {
    this._ready.push(item);
    if (this._awake || !this._running) return;
    // Inside another loop's handle: that one first.
    if (runtime.stepping) {
      this.#plan();
      return;
    }
    this._awake = true;
    // Most of the time one turn is all there is to it: the clock is asked after a few.
    this.#budgetEnd = UNKNOWN;
    this.#untilCheck = this.#checkInterval;
    this.#turns();
  }

  /** @internal Calls `fn` outside of any task: what the host makes in there does not keep the current task alive. */
  _detached<T>(fn: () => T): T {
    let value: T | undefined;
    this.#inContext(() => {
      value = fn();
    });
    return value as T;
  }

  /** @internal A timer in the host's own time, whatever the loop's clock says: for the time-outs of real I/O. */
  override _hostTimer(callback: () => void, delay: number): unknown {
    return this.host.setTimer(callback, delay);
  }

  /** @internal */
  override _clearHostTimer(timer: unknown): void {
    this.host.clearTimer(timer);
  }

  /** @internal Keeps the host from ending; the answer ends that. */
  _keepAlive(): () => void {
    return this.host.keepAlive();
  }

  /** @internal The end of an async function comes from the host: nobody is there to catch it, and the run ends with it. */
  override _interrupt(error: unknown): void {
    if (runtime.stepping || this.#waiter === null) throw error;
    this.#interruption = { error };
    // A batch that paused for the function ends before its next handle.
    if (!this._awake) this.#interrupted(error);
  }

  /** Nothing is ready: what to do until something is. True when a turn should follow at once. */
  protected abstract rest(): boolean;

  /** Begins to be running, without a waiter for its end. */
  protected _open(): void {
    this._running = true;
    this.#inContext = this.host.snapshot();
    this.#releaseIdle = this.host.onIdle(this.#hostIdle);
  }

  /** Ends `runForever` with an error: the loop cannot go on. */
  protected fail(error: unknown): void {
    const waiter = this.#close();
    waiter?.reject(error);
  }

  protected _checkStart(): void {
    this._checkClosed();
    if (this._running) throw new RuntimeError('This event loop is already running');
    if (activeLoop() !== null) {
      throw new RuntimeError(
        'Cannot run the event loop while another loop is running: await instead',
      );
    }
  }

  /** The host calls: time for turns. */
  protected readonly pump = (): void => {
    if (!this._running) return;
    this._awake = true;
    this.#lastCheck = this.host.now();
    this.#budgetEnd = this.#lastCheck + BUDGET;
    this.#untilCheck = this.#checkInterval;
    this.#inContext(this.#turns);
  };

  #plan(): void {
    this._awake = true;
    this.host.immediate(this.pump);
  }

  readonly #turns = (): void => {
    if (this.#interruption !== null) {
      this.#interrupted(this.#interruption.error);
      return;
    }
    try {
      do {
        this.beginTurn();
        if (!this.runBatch()) {
          this.#pause();
          return;
        }
      } while (this.#goOn());
    } catch (error) {
      this.#interrupted(error);
    }
  };

  // Whether another turn follows directly.
  #goOn(): boolean {
    if (this._stopping) {
      this.#close()?.resolve();
      return false;
    }
    if (this._ready.size === 0 && !this.#rests()) return false;
    if (--this.#untilCheck > 0) return true;
    const now = this.host.now();
    if (this.#budgetEnd === UNKNOWN) {
      this.#budgetEnd = now + BUDGET;
      this.#lastCheck = now;
      this.#untilCheck = this.#checkInterval;
      return true;
    }
    const took = now - this.#lastCheck;
    this.#lastCheck = now;
    if (took > BUDGET / 4) this.#checkInterval = 1;
    else if (this.#checkInterval < MAX_CHECK_INTERVAL) this.#checkInterval *= 2;
    this.#untilCheck = this.#checkInterval;
    if (now < this.#budgetEnd) return true;
    this.#plan();
    return false;
  }

  #rests(): boolean {
    this._awake = false;
    if (!this.rest()) return false;
    this._awake = true;
    return true;
  }

  #pause(): void {
    this.#looks = 0;
    void settled.then(this.#look);
  }

  readonly #look = (): void => {
    if (runtime.busy === 0) this.#resume();
    else if (++this.#looks < MAX_LOOKS) void settled.then(this.#look);
    else this.host.afterMicrotasks(this.#dry);
  };

  // The microtasks ran dry, and the function has not shown what it waits for: it waits for the host.
  readonly #dry = (): void => {
    settleResumed();
    this.#resume();
  };

  #resume(): void {
    if (this.#interruption !== null) {
      this.#interrupted(this.#interruption.error);
      return;
    }
    try {
      if (!this.runBatch()) {
        this.#pause();
        return;
      }
      if (!this.#goOn()) return;
    } catch (error) {
      this.#interrupted(error);
      return;
    }
    this.#turns();
  }

  #interrupted(error: unknown): void {
    this.#interruption = null;
    settleResumed();
    this.fail(error);
  }

  #close(): Waiter | null {
    const waiter = this.#waiter;
    this._stopping = false;
    this._awake = false;
    // The default loop of a thread has no waiter, and is never closed.
    if (waiter === null) return null;
    this.#waiter = null;
    this._running = false;
    this.#releaseIdle?.();
    this.#releaseIdle = null;
    return waiter;
  }

  readonly #hostIdle = (): void => {
    if (this._awake || this.#waiter === null) return;
    this.fail(new RuntimeError(describeDeadlock(this)));
  };
}

// What has not shown what it waits for by now waits for the host.
function settleResumed(): void {
  runtime.busy = 0;
  for (const part of runtime.resumed.splice(0)) part.driftIfRunning();
}
