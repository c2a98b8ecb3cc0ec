// LifoQueue: a queue that hands out the youngest item first.
import type { QueueStore } from './fifo.ts';
import { Queue } from './queue.ts';

class StackStore<T> implements QueueStore<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    return this.#items.pop() as T;
  }

  clear(): void {
    this.#items.length = 0;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }
}

/**
 * A `Queue` that works as a stack: last in, first out. Tasks that wait are still served in the
 * order of their coming.
 *
 * @example
 * const stack = new LifoQueue<number>();
 * stack.putNowait(1);
 * stack.putNowait(2);
 * stack.getNowait(); // 2
 */
export class LifoQueue<T = unknown> extends Queue<T> {
  /**
   * @param maxsize how many items it holds; 0 or less: any number
   * @throws TypeError when it is not a number, RangeError for NaN
   */
  constructor(maxsize: number = 0) {
    super(maxsize);
    this.store = new StackStore<T>();
  }
}
