// sleep: the most frequent coroutine of all, so it is written as objects of its own instead of a generator.
//
// A Sleep is a Coroutine to everyone else. Awaited with a delay above zero, it makes way for a SleepFuture, which is
// future and timer in one: a sleeping task holds that one object. At zero and below it is its own iterator: it yields
// nothing once, which gives the loop one turn.
//
// A bare turn counts a Coroutine's states on, from BEGUN to YIELDED.
import {
  type AbstractEventLoop,
  type BaseEventLoop,
  BEGUN,
  captureSite,
  checkSeconds,
  Coroutine,
  Future,
  type GeneratorBody,
  getRunningLoop,
  type OnError,
  type OnResult,
  runtime,
  type Task,
  type TimerHandle,
  type Trap,
} from '../core/index.ts';

const YIELDED = BEGUN + 1;

// Shared, since they are read at once and never kept.
const TURN: IteratorYieldResult<undefined> = { value: undefined, done: false };
const NOTHING: IteratorReturnResult<undefined> = { value: undefined, done: true };

/**
 * Waits for `delay` seconds, and gives `result`. At zero and below it gives the loop one turn. A cancelled sleep ends at once
 * and leaves no timer behind. It does nothing until it is awaited.
 *
 * @param delay seconds; `Infinity` sleeps until it is cancelled
 * @throws TypeError at the call for a delay that is no number, RangeError for NaN
 *
 * @example
 * await sleep(0.5);
 */
export function sleep(delay: number): Coroutine<void>;
/** Waits for `delay` seconds, and gives `result`. A cancelled sleep ends at once and leaves no timer behind. */
export function sleep<T>(delay: number, result: T): Coroutine<T>;
export function sleep(delay: number, result?: unknown): Coroutine<unknown> {
  if (typeof delay !== 'number' || Number.isNaN(delay)) checkSeconds(delay, 'sleep()');
  return new Sleep(delay, result);
}

/** The future of a sleep, which is at the same time its entry in the loop's heap of timers. */
class SleepFuture extends Future<unknown> {
  /** @internal */ _when: number;
  /** @internal */ _scheduled = false;
  /** @internal */ _cancelled = false;

  constructor(loop: BaseEventLoop, delay: number, result: unknown) {
    super(loop as { loop?: AbstractEventLoop });
    this._when = loop.time() + delay;
    // Until the end, a future's value is free for its owner.
    this._value = result;
    loop._timers.push(this as unknown as TimerHandle);
    if (!loop._awake) loop._wake();
  }

  /** @internal Its value is taken. */
  override _waitsIn(): string {
    return 'sleep';
  }

  /** @internal The time has come. */
  _run(): void {
    if (!this.done()) this._finish(this._value);
  }

  /** @internal */
  override _cancelNow(message: unknown): void {
    if (this._scheduled && !this._cancelled) {
      this._cancelled = true;
      this._loop._timers.noteCancelled(this as unknown as TimerHandle);
    }
    super._cancelNow(message);
  }

  /** @internal Thrown in or closed by hand: the timer goes too. */
  override throw(error: unknown): IteratorResult<Trap, unknown> {
    this.cancel();
    throw error;
  }

  /** @internal */
  return(value: unknown): IteratorResult<Trap, unknown> {
    this.cancel();
    return { value, done: true };
  }
}

/** What `sleep` returns. */
class Sleep extends Coroutine<unknown> {
  readonly #delay: number;
  readonly #result: unknown;

  constructor(delay: number, result: unknown) {
    super();
    this.#delay = delay;
    this.#result = result;
  }

  override get name(): string {
    return 'sleep';
  }

  override get _function(): unknown {
    return sleep;
  }

  /** For whoever steps it, or has made a task of it. */
  override _start(): GeneratorBody<unknown> {
    this._begin();
    return sleepBody(this.#delay, this.#result);
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<unknown, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    const part = task._asyncPart();
    if (this.#delay <= 0) {
      const result = this.#result;
      const plain = result === undefined || typeof onResult !== 'function';
      return part.awaitTurn(plain ? onResult : () => onResult(result), onError);
    }
    const future = new SleepFuture(task._loop, this.#delay, this.#result);
    future._site = this._site;
    const wait = part.awaitFuture(future, onResult, onError);
    // A cancellation that had been waiting for the next await came in before the sleep.
    if (future._observers === null) future.cancel();
    return wait;
  }

  override [Symbol.iterator](): Iterator<Trap, unknown, unknown> {
    this._begin();
    if (this.#delay <= 0) return this as unknown as Iterator<Trap, unknown, unknown>;
    return new SleepFuture(getRunningLoop() as BaseEventLoop, this.#delay, this.#result);
  }

  /** The bare turn, as an iterator. */
  next(): IteratorResult<undefined, unknown> {
    if (this._state === BEGUN) {
      this._state = YIELDED;
      if (runtime.debug && runtime.task !== null)
        runtime.task._suspended = captureSite(captureSite);
      return TURN;
    }
    return this.#result === undefined ? NOTHING : { value: this.#result, done: true };
  }

  /** While it is its own iterator, the task throws at the place of the turn; else by hand, as a Coroutine's. */
  override throw(error: unknown): IteratorResult<Trap | undefined, unknown> {
    if (this._state === YIELDED) throw error;
    return super.throw(error);
  }
}

function* sleepBody(delay: number, result: unknown): GeneratorBody<unknown> {
  if (delay <= 0) {
    yield;
    return result;
  }
  return yield* new SleepFuture(getRunningLoop() as BaseEventLoop, delay, result);
}
