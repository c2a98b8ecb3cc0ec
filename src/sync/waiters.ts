// The line in which tasks stand before a lock, an event or a queue: first come, first served, and a waiter can leave
// from the middle (it was cancelled) in constant time.
import type { Future } from '../core/index.ts';

/** One place in the line. It belongs to a single wait and is never used again. */
export class Waiter {
  readonly future: Future<boolean>;
  previous: Waiter | null;
  next: Waiter | null;
  listed: boolean;

  constructor(future: Future<boolean>) {
    this.future = future;
    this.previous = null;
    this.next = null;
    this.listed = true;
  }
}

/**
 * A doubly linked list of waiters, oldest first.
 *
 * A waiter's future only ever goes from pending to done (with a result, or cancelled), but the
 * waiter stays in line until its task has run again. So "the first that is not cancelled" and
 * "the first that is still pending" would mean walking over all the others again and again; two
 * marks remember how far the walk has come. They point at the last waiter known to be passed
 * over (`null`: none is), and step back when that one leaves.
 */
export class WaiterList {
  /** How many stand in line, those already woken or cancelled included. */
  length: number;
  first: Waiter | null;
  #last: Waiter | null;
  #cancelledUpTo: Waiter | null;
  #doneUpTo: Waiter | null;

  constructor() {
    this.length = 0;
    this.first = null;
    this.#last = null;
    this.#cancelledUpTo = null;
    this.#doneUpTo = null;
  }

  /** Goes to the end of the line. */
  append(future: Future<boolean>): Waiter {
    const waiter = new Waiter(future);
    const last = this.#last;
    if (last === null) {
      this.first = waiter;
    } else {
      waiter.previous = last;
      last.next = waiter;
    }
    this.#last = waiter;
    this.length++;
    return waiter;
  }

  /** Leaves the line, from wherever it stands; does nothing if it has left already. */
  remove(waiter: Waiter): void {
    if (!waiter.listed) return;
    waiter.listed = false;
    this.length--;
    const { previous, next } = waiter;
    if (this.#cancelledUpTo === waiter) this.#cancelledUpTo = previous;
    if (this.#doneUpTo === waiter) this.#doneUpTo = previous;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    // A waiter that left must not keep its neighbours alive.
    waiter.previous = null;
    waiter.next = null;
  }

  /** Takes the oldest out of the line. */
  shift(): Waiter | null {
    const waiter = this.first;
    if (waiter !== null) this.remove(waiter);
    return waiter;
  }

  /** The oldest that is not cancelled (it may have been woken and not have run yet). */
  firstNotCancelled(): Waiter | null {
    let passed = this.#cancelledUpTo;
    let waiter = passed === null ? this.first : passed.next;
    while (waiter !== null && waiter.future.cancelled()) {
      passed = waiter;
      waiter = waiter.next;
    }
    this.#cancelledUpTo = passed;
    return waiter;
  }

  /** The oldest that nobody has woken or cancelled. */
  firstPending(): Waiter | null {
    let passed = this.#doneUpTo;
    let waiter = passed === null ? this.first : passed.next;
    while (waiter !== null && waiter.future.done()) {
      passed = waiter;
      waiter = waiter.next;
    }
    this.#doneUpTo = passed;
    return waiter;
  }

  /** Wakes up to `limit` pending waiters, oldest first; returns how many it woke. */
  wake(limit: number, value: boolean): number {
    let woken = 0;
    while (woken < limit) {
      const waiter = this.firstPending();
      if (waiter === null) break;
      waiter.future.setResult(value);
      woken++;
    }
    return woken;
  }

  /** Takes waiters out of the line until it has woken one, or the line is empty. */
  shiftAndWake(): boolean {
    for (let waiter = this.shift(); waiter !== null; waiter = this.shift()) {
      if (!waiter.future.done()) {
        waiter.future.setResult(true);
        return true;
      }
    }
    return false;
  }
}
