// Semaphore and BoundedSemaphore: at most so many tasks at a time, in the order of asking.
import { callDirectly, describe, LATER } from '../core/index.ts';
import type { Coroutine } from '../core/index.ts';
import { Held } from './held.ts';
import { type Operation, quick } from './quick.ts';
import { type Waiter, WaiterList } from './waiters.ts';

/**
 * A counter that `acquire()` takes one from and `release()` adds one to; it never falls below
 * zero, `acquire()` waits instead.
 *
 * A waiter that is woken has its unit already taken from the counter, although its task has not run
 * yet; cancelled at that moment it puts the unit back. As long as anybody uncancelled stands in
 * line the semaphore reads as locked, so nobody overtakes, even while the counter is above zero.
 *
 * An async context manager: `asyncWith(semaphore, body)`.
 *
 * @example
 * const limit = new Semaphore(10);
 * await asyncWith(limit, () => fetchPage(url)); // at most ten at a time
 */
export class Semaphore extends Held {
  #value: number;
  readonly #waiters: WaiterList = new WaiterList();

  /**
   * @param value how many can hold it at the same time: an integer of at least 0, or `Infinity`.
   * @throws TypeError when it is not a number, RangeError when it is not such a number
   */
  constructor(value: number = 1) {
    super();
    if (typeof value !== 'number') {
      throw new TypeError(
        `${new.target.name} expects its initial value to be a number, not ${describe(value)}`,
      );
    }
    if (!(value >= 0) || (value !== Infinity && !Number.isInteger(value))) {
      throw new RangeError(
        `${new.target.name} expects its initial value to be an integer >= 0, not ${value}`,
      );
    }
    this.#value = value;
  }

  /** How many units are free; for subclasses, as the counter itself is nobody's to change. */
  protected get value(): number {
    return this.#value;
  }

  /** True if `acquire()` would have to wait. */
  locked(): boolean {
    return this.#value === 0 || this.#waiters.firstNotCancelled() !== null;
  }

  /**
   * Takes one unit, waiting until there is one; always gives `true`. If one is free and nobody
   * stands in line, it is taken at once, without a turn of the loop. Cancelled while it waits:
   * leaves the line, and a unit that had been handed to it goes to the next.
   *
   * @throws RuntimeError when it has to wait and the semaphore is bound to a different loop
   */
  override acquire(): Coroutine<true> {
    return quick(Semaphore.#ACQUIRE, this, undefined);
  }

  /** Gives one unit back and wakes the first task in line. */
  override release(): void {
    this.#value++;
    this.#wakeNext();
  }

  /** Entry of `asyncWith`: acquires. */
  override enter(): Coroutine<void> {
    // A subclass that acquires in its own way is entered in that way.
    return this.acquire === Semaphore.prototype.acquire
      ? quick(Semaphore.#ENTER, this, undefined)
      : super.enter();
  }

  override toString(): string {
    const waiters = this.#waiters.length;
    const state = this.locked() ? 'locked' : `unlocked, value:${this.#value}`;
    return `<${this.constructor.name} [${state}${waiters ? `, waiters:${waiters}` : ''}]>`;
  }

  static readonly #ACQUIRE: Operation<Semaphore, undefined, true> = {
    name: 'Semaphore.acquire',
    attempt(semaphore) {
      if (semaphore.locked()) return LATER;
      semaphore.#value--;
      return true;
    },
    enter: (semaphore) => semaphore.#waiters.append(semaphore.waiter('Semaphore.acquire')),
    woken: (semaphore, _argument, place) => semaphore.#take(place),
    leave: (semaphore, place) => semaphore.#leave(place),
  };

  static readonly #ENTER: Operation<Semaphore, undefined, void> = {
    ...Semaphore.#ACQUIRE,
    name: 'Semaphore.enter',
    attempt: (semaphore) => (semaphore.locked() ? LATER : void semaphore.#value--),
    woken: (semaphore, _argument, place) => void semaphore.#take(place),
  };

  /** Woken, with a unit that was taken for us. */
  #take(place: Waiter): true {
    this.#waiters.remove(place);
    this.#wakeAll();
    return true;
  }

  #leave(place: Waiter): void {
    this.#waiters.remove(place);
    // Woken, but cancelled before we ran: the unit that was taken for us goes back.
    if (place.future.done() && !place.future.cancelled()) this.#value++;
    this.#wakeAll();
  }

  /** Newcomers had to stand in line behind us even if there was enough for all. */
  #wakeAll(): void {
    while (this.#value > 0 && this.#wakeNext());
  }

  #wakeNext(): boolean {
    const waiter = this.#waiters.firstPending();
    if (waiter === null) return false;
    this.#value--;
    waiter.future.setResult(true);
    return true;
  }
}

/**
 * A semaphore that refuses to be released more often than it was acquired: a `release()` too many
 * is an error in the program, and is told instead of raising the limit in silence.
 *
 * @example
 * const connections = new BoundedSemaphore(4);
 * await connections.acquire();
 * try { await query(); } finally { connections.release(); }
 */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  /**
   * @param value how many can hold it at the same time: an integer of at least 0, or `Infinity`.
   * @throws TypeError when it is not a number, RangeError when it is not such a number
   */
  constructor(value: number = 1) {
    super(value);
    this.#bound = value;
  }

  /**
   * Gives one unit back and wakes the first task in line.
   *
   * @throws RangeError when that would raise the value above the initial one
   */
  override release(): void {
    if (this.value >= this.#bound) {
      throw new RangeError(
        `BoundedSemaphore released too many times: expects one release() for each ` +
          `acquire(), the value is ${this.#bound} already, its initial value`,
      );
    }
    super.release();
  }
}

callDirectly(Semaphore.prototype.enter);
