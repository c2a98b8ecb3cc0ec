// Condition: wait, with a lock in hand, until another task says that something has changed.
import {
  callDirectly,
  CancelledError,
  describe,
  fromGenerator,
  isThenable,
  RuntimeError,
} from '../core/index.ts';
import type { Awaitable, Coroutine, GeneratorBody } from '../core/index.ts';
import { Held } from './held.ts';
import { Lock } from './lock.ts';
import { WaiterList } from './waiters.ts';

/** What a `Condition` asks of its lock: a `Lock`, or anything that behaves like one. */
export interface LockLike {
  acquire(): Awaitable<unknown>;
  release(): void;
  locked(): boolean;
}

/**
 * A condition variable: a lock together with a line of tasks that gave it up to wait for news.
 *
 * A waiter is first in the line of the condition, without the lock; `notify()` moves it into the
 * line of the lock; `wait()` returns once it holds the lock again. That last part happens in every
 * case, cancelled or not, so the lock is held whenever `wait()` is left. A notified waiter that was
 * cancelled hands its notification to the next one.
 *
 * An async context manager: `asyncWith(condition, body)` holds the lock while the body runs.
 *
 * @example
 * const changed = new Condition();
 * const consumer = createTask(() =>
 *   asyncWith(changed, async () => {
 *     await changed.waitFor(() => items.length > 0);
 *     return items.shift();
 *   }),
 * );
 */
export class Condition extends Held {
  /** @internal What its waiters are said to wait in. */ _waitsIn = 'Condition.wait';
  readonly #lock: LockLike;
  readonly #waiters: WaiterList = new WaiterList();

  /** @param lock shared with others if given; a new `Lock` otherwise. */
  constructor(lock: LockLike | null = null) {
    super();
    this.#lock = lock === null ? new Lock() : checkLock(lock);
  }

  /** True while a task holds the lock. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /** Takes the lock, as `Lock.acquire()`. */
  override acquire(): Coroutine<true> {
    const lock = this.#lock;
    return lock instanceof Lock
      ? lock.acquire()
      : fromGenerator(this.#acquire(), 'Condition.acquire');
  }

  /**
   * Gives the lock back, as `Lock.release()`.
   *
   * @throws RuntimeError when the lock is not locked
   */
  override release(): void {
    this.#lock.release();
  }

  /**
   * Gives the lock up, waits until notified, takes the lock again and gives `true`. It may return
   * without a notification of its own (one that was handed on), so look at the state again, or use
   * `waitFor`. Cancelled while it waits: takes the lock back first, however often it is cancelled
   * meanwhile, and then throws the last `CancelledError`.
   *
   * @throws RuntimeError when the lock is not locked, or the condition is bound to a different loop
   */
  wait(): Coroutine<true> {
    return fromGenerator(this.#wait(), 'Condition.wait');
  }

  /**
   * Waits until the predicate gives a truthy value, asking it at once and after each notification,
   * with the lock held; gives that value.
   *
   * @throws TypeError when the predicate is not a function, or is one that returns a promise or
   *   something else awaitable, which would always count as true.
   * @throws RuntimeError as `wait()`
   */
  waitFor<T>(predicate: () => T): Coroutine<T> {
    checkPredicate(predicate);
    return fromGenerator(this.#waitFor(predicate), 'Condition.waitFor');
  }

  /**
   * Notifies up to `n` waiters, the oldest first. They go on when they have the lock, so release it.
   *
   * @throws RuntimeError when the lock is not locked
   */
  notify(n: number = 1): void {
    if (typeof n !== 'number') {
      throw new TypeError(`Condition.notify expects a number of waiters, not ${describe(n)}`);
    }
    this.#checkLocked('notify');
    this.#waiters.wake(n, false);
  }

  /**
   * Notifies every waiter.
   *
   * @throws RuntimeError when the lock is not locked
   */
  notifyAll(): void {
    this.#checkLocked('notifyAll');
    this.#waiters.wake(Infinity, false);
  }

  /** Entry of `asyncWith`: acquires. */
  override enter(): Coroutine<void> {
    const lock = this.#lock;
    return lock instanceof Lock && this.acquire === Condition.prototype.acquire
      ? lock.enter()
      : super.enter();
  }

  override toString(): string {
    const waiters = this.#waiters.length;
    const state = this.locked() ? 'locked' : 'unlocked';
    return `<Condition [${state}${waiters ? `, waiters:${waiters}` : ''}]>`;
  }

  *#acquire(): GeneratorBody<true> {
    yield* this.#lock.acquire();
    return true;
  }

  *#wait(): GeneratorBody<true> {
    this.#checkLocked('wait');
    const future = this.waiter(this._waitsIn);
    this.release();
    try {
      try {
        const waiter = this.#waiters.append(future);
        try {
          yield* future;
          return true;
        } finally {
          this.#waiters.remove(waiter);
        }
      } finally {
        yield* this.#takeBack();
      }
    } catch (error) {
      // Whatever stopped us may have come after a notification that was ours: another has to get it.
      this.#waiters.wake(1, false);
      throw error;
    }
  }

  /** Takes the lock back although we are cancelled, once or many times; then throws the last of it. */
  *#takeBack(): GeneratorBody<void> {
    let cancelled: CancelledError | null = null;
    for (;;) {
      try {
        yield* this.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== null) throw cancelled;
  }

  *#waitFor<T>(predicate: () => T): GeneratorBody<T> {
    for (;;) {
      const value = predicate();
      if (value) return checkAnswer(value);
      yield* this.wait();
    }
  }

  #checkLocked(method: string): void {
    if (!this.locked()) {
      throw new RuntimeError(
        `Lock is not acquired: Condition.${method}() expects its caller to hold the lock; ` +
          'call it inside asyncWith(condition, body)',
      );
    }
  }
}

callDirectly(Condition.prototype.enter);

function checkLock(lock: LockLike): LockLike {
  if (
    typeof lock !== 'object' ||
    typeof lock.acquire !== 'function' ||
    typeof lock.release !== 'function' ||
    typeof lock.locked !== 'function'
  ) {
    throw new TypeError(
      `Condition expects a Lock (acquire, release, locked), not ${describe(lock)}`,
    );
  }
  return lock;
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate !== 'function') {
    throw new TypeError(
      `Condition.waitFor expects a function as predicate, not ${describe(predicate)}`,
    );
  }
}

function checkAnswer<T>(value: T): T {
  if (isThenable(value)) {
    throw new TypeError(
      `Condition.waitFor expects a predicate that answers at once, not one that returns ${describe(value)}, ` +
        'which counts as true whatever comes of it; write a plain function',
    );
  }
  return value;
}
