// Event: a flag that tasks wait for.
import { LATER } from '../core/index.ts';
import type { Coroutine } from '../core/index.ts';
import { LoopBound } from './loopbound.ts';
import { type Operation, quick } from './quick.ts';
import { type Waiter, WaiterList } from './waiters.ts';

/**
 * A flag, unset at first. `set()` wakes every task that waits; those that come while it is set do
 * not wait at all; `clear()` unsets it for those that come later (who was woken stays woken).
 *
 * @example
 * const ready = new Event();
 * const task = createTask(async () => {
 *   await ready.wait();
 *   return 'go';
 * });
 * ready.set();
 * await task; // 'go'
 */
export class Event extends LoopBound {
  /** @internal What its waiters are said to wait in. */ _waitsIn = 'Event.wait';
  #set = false;
  readonly #waiters: WaiterList = new WaiterList();

  /** True while the flag is set. */
  isSet(): boolean {
    return this.#set;
  }

  /** Sets the flag and wakes all that wait, in the order of their coming. */
  set(): void {
    if (this.#set) return;
    this.#set = true;
    this.#waiters.wake(Infinity, true);
  }

  /** Unsets the flag. */
  clear(): void {
    this.#set = false;
  }

  /**
   * Waits until the flag is set; gives `true`, and at once if it is set already. A woken waiter
   * returns even if the flag was cleared before it ran. Cancelled while it waits: leaves nothing behind.
   *
   * @throws RuntimeError when it has to wait and the event is bound to a different loop
   */
  wait(): Coroutine<true> {
    return quick(Event.#WAIT, this, undefined);
  }

  override toString(): string {
    const waiters = this.#waiters.length;
    return `<Event [${this.#set ? 'set' : 'unset'}${waiters ? `, waiters:${waiters}` : ''}]>`;
  }

  static readonly #WAIT: Operation<Event, undefined, true> = {
    name: 'Event.wait',
    attempt: (event) => event.#set || LATER,
    enter: (event) => event._enter(),
    woken(event, _argument, place) {
      event._leave(place);
      return true;
    },
    leave: (event, place) => event._leave(place),
  };

  /** @internal Goes into the line of those who wait. */
  _enter(): Waiter {
    return this.#waiters.append(this.waiter(this._waitsIn));
  }

  /** @internal Leaves it. */
  _leave(place: Waiter): void {
    this.#waiters.remove(place);
  }
}
