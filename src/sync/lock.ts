// Lock: one task at a time, in the order of asking.
import { callDirectly, LATER, RuntimeError } from '../core/index.ts';
import type { Coroutine } from '../core/index.ts';
import { Held } from './held.ts';
import { type Operation, quick } from './quick.ts';
import { type Waiter, WaiterList } from './waiters.ts';

/**
 * A mutual exclusion lock for tasks of one event loop. It is not owned by a task and not re-entrant.
 *
 * States: unlocked, locked. `acquire()` locks it or waits; `release()` unlocks it and wakes the
 * first waiter, which locks it again when it runs. Between the two it reads as unlocked, and yet
 * nobody can overtake that waiter: a newcomer takes a lock only when no uncancelled waiter stands
 * before it.
 *
 * An async context manager: `asyncWith(lock, body)` holds it while the body runs. Where it was
 * acquired by hand, `using held = lock` releases it at the end of the block.
 *
 * @example
 * const lock = new Lock();
 * await asyncWith(lock, async () => {
 *   await changeSharedState();
 * });
 */
export class Lock extends Held {
  #locked = false;
  readonly #waiters: WaiterList = new WaiterList();

  /** True while a task holds the lock. */
  locked(): boolean {
    return this.#locked;
  }

  /**
   * Takes the lock, waiting until it is free; always gives `true`. A free lock is taken at once,
   * without a turn of the loop. Cancelled while it waits: leaves the line, and if the lock had
   * been handed to it, passes it on.
   *
   * @throws RuntimeError when it has to wait and the lock is bound to a different loop
   */
  override acquire(): Coroutine<true> {
    return quick(Lock.#ACQUIRE, this, undefined);
  }

  /**
   * Gives the lock back and wakes the first task in line.
   *
   * @throws RuntimeError when the lock is not locked
   */
  override release(): void {
    if (!this.#locked) {
      throw new RuntimeError(
        'Lock is not acquired: release() expects a locked lock; call it once for each acquire()',
      );
    }
    this.#locked = false;
    this.#wakeFirst();
  }

  /** Entry of `asyncWith`: acquires. */
  override enter(): Coroutine<void> {
    // A subclass that acquires in its own way is entered in that way.
    return this.acquire === Lock.prototype.acquire
      ? quick(Lock.#ENTER, this, undefined)
      : super.enter();
  }

  override toString(): string {
    const waiters = this.#waiters.length;
    return `<Lock [${this.#locked ? 'locked' : 'unlocked'}${waiters ? `, waiters:${waiters}` : ''}]>`;
  }

  static readonly #ACQUIRE: Operation<Lock, undefined, true> = {
    name: 'Lock.acquire',
    attempt: (lock) => (lock.#free() ? (lock.#locked = true) : LATER),
    enter: (lock) => lock.#waiters.append(lock.waiter('Lock.acquire')),
    woken: (lock, _argument, place) => lock.#take(place),
    leave: (lock, place) => lock.#leave(place),
  };

  static readonly #ENTER: Operation<Lock, undefined, void> = {
    ...Lock.#ACQUIRE,
    name: 'Lock.enter',
    attempt: (lock) => (lock.#free() ? void (lock.#locked = true) : LATER),
    woken: (lock, _argument, place) => void lock.#take(place),
  };

  /** Whether it can be taken without overtaking anybody. */
  #free(): boolean {
    return !this.#locked && this.#waiters.firstNotCancelled() === null;
  }

  /** Woken, with the lock meant for us. */
  #take(place: Waiter): true {
    this.#waiters.remove(place);
    return (this.#locked = true);
  }

  #leave(place: Waiter): void {
    this.#waiters.remove(place);
    // The lock may have been meant for us: with nobody holding it, the next in line has to run.
    if (!this.#locked) this.#wakeFirst();
  }

  #wakeFirst(): void {
    // Only the head of the line: if it is done already, its task will run, and take the lock or pass it on.
    const first = this.#waiters.first;
    if (first !== null && !first.future.done()) first.future.setResult(true);
  }
}

callDirectly(Lock.prototype.enter);
