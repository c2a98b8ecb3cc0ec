// A binary heap: the store of a `PriorityQueue`. It keeps to the steps of Python's heapq (a hole sinks to a leaf, then
// the last item climbs from there), so items that compare equal come out in the same order as there.
import type { QueueStore } from './fifo.ts';

/**
 * Every comparison is made before anything is moved: a comparison that throws leaves the heap as
 * it was, and the item that could not be compared outside. (In CPython it stays inside, uncounted.)
 */
export class HeapStore<T> implements QueueStore<T> {
  readonly #items: T[];
  readonly #less: (a: T, b: T) => boolean;

  constructor(less: (a: T, b: T) => boolean) {
    this.#items = [];
    this.#less = less;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    const less = this.#less;
    let place = items.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!less(item, items[parent] as T)) break;
      place = parent;
    }
    let hole = items.length;
    while (hole > place) {
      const parent = (hole - 1) >> 1;
      items[hole] = items[parent] as T;
      hole = parent;
    }
    items[place] = item;
  }

  take(): T {
    const items = this.#items;
    const end = items.length - 1;
    const last = items[end] as T;
    if (end === 0) {
      items.pop();
      return last;
    }
    let place = this.#restingPlace(last, end);
    items.pop();
    // From that place up to the root everything moves up by one level.
    let item = last;
    for (;;) {
      const above = items[place] as T;
      items[place] = item;
      if (place === 0) return above;
      item = above;
      place = (place - 1) >> 1;
    }
  }

  clear(): void {
    this.#items.length = 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  /** Where `last` goes once the root is taken: down along the smaller children, and up again from the leaf. */
  #restingPlace(last: T, end: number): number {
    const items = this.#items;
    const less = this.#less;
    let place = 0;
    for (let child = 1; child < end; child = 2 * place + 1) {
      const right = child + 1;
      place = right < end && !less(items[child] as T, items[right] as T) ? right : child;
    }
    while (place > 0 && less(last, items[place] as T)) place = (place - 1) >> 1;
    return place;
  }
}
