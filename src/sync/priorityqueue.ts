// PriorityQueue: a queue that hands out the smallest item first.
import { checkOptions, describe } from '../core/index.ts';
import type { QueueStore } from './fifo.ts';
import { HeapStore } from './heap.ts';
import { lessThan } from './order.ts';
import { Queue } from './queue.ts';

/** How a `PriorityQueue` orders its items; by the items themselves when neither is given. */
export interface PriorityQueueOptions<T> {
  /** What to order an item by: a number, string, date, or an array of these. Asked once for each item, by `put`. */
  key?: ((item: T) => unknown) | undefined;
  /** Negative when `a` comes out before `b`, zero when it does not matter, positive otherwise. */
  compare?: ((a: T, b: T) => number) | undefined;
}

/** Keeps each item with its key. */
class KeyedStore<T> implements QueueStore<T> {
  readonly #heap: HeapStore<{ key: unknown; item: T }>;
  readonly #key: (item: T) => unknown;

  constructor(key: (item: T) => unknown) {
    this.#heap = new HeapStore((a, b) => lessThan(a.key, b.key));
    this.#key = key;
  }

  get size(): number {
    return this.#heap.size;
  }

  push(item: T): void {
    const key = this.#key;
    this.#heap.push({ key: key(item), item });
  }

  take(): T {
    return this.#heap.take().item;
  }

  clear(): void {
    this.#heap.clear();
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { item } of this.#heap) yield item;
  }
}

/**
 * A `Queue` whose `get()` gives the smallest item. Items are numbers, strings, dates, or arrays of
 * these, which compare element by element as Python's tuples: `[priority, data]`. For other items
 * say what to order them by (`key`) or how (`compare`). Which of two equal items comes first is
 * not defined; make it so with a counter: `[priority, count, data]`. An operation costs O(log n).
 *
 * @throws TypeError from `put` and `get` when two items cannot be compared; the queue is then as it was before
 *
 * @example
 * const jobs = new PriorityQueue<Job>(0, { key: (job) => job.deadline });
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  /**
   * @param maxsize how many items it holds; 0 or less: any number
   * @param options `key` or `compare`, for items that have no order of their own
   * @throws TypeError when `maxsize` is not a number, `key` or `compare` not a function, or both are given; RangeError for NaN
   */
  constructor(maxsize: number = 0, options: PriorityQueueOptions<T> = {}) {
    super(maxsize);
    checkOptions(options, 'PriorityQueue', ['key', 'compare']);
    const { key, compare } = options;
    if (key !== undefined && compare !== undefined) {
      throw new TypeError('PriorityQueue expects either key or compare, not both');
    }
    if (key !== undefined) {
      checkFunction(key, 'key');
      this.store = new KeyedStore(key);
    } else if (compare !== undefined) {
      checkFunction(compare, 'compare');
      this.store = new HeapStore((a, b) => checkComparison(compare(a, b)) < 0);
    } else {
      this.store = new HeapStore<T>(lessThan);
    }
  }
}

function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') {
    throw new TypeError(`PriorityQueue expects ${name} to be a function, not ${describe(value)}`);
  }
}

function checkComparison(result: unknown): number {
  // A boolean, above all: (a, b) => a < b would be taken for "equal or greater" every time.
  if (typeof result !== 'number') {
    throw new TypeError(
      `PriorityQueue expects compare to return a number (negative, zero or positive), not ${describe(result)}; ` +
        'write (a, b) => a.priority - b.priority',
    );
  }
  return result;
}
