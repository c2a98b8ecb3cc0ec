// Queue: items handed from tasks that put to tasks that get, first in, first out.
import { describe, LATER, QueueEmpty, QueueFull, QueueShutDown } from '../core/index.ts';
import type { Coroutine } from '../core/index.ts';
import { Event } from './event.ts';
import { FifoStore } from './fifo.ts';
import type { QueueStore } from './fifo.ts';
import { LoopBound } from './loopbound.ts';
import { type Operation, quick } from './quick.ts';
import { type Waiter, WaiterList } from './waiters.ts';

/**
 * A queue between tasks of one event loop. Once it holds `maxsize` items, `put()` waits until one is
 * taken; while it holds none, `get()` waits until one is put. Getters and putters are served in
 * the order of their coming. Every operation is O(1), however many items and waiters there are.
 *
 * It counts the items that were put and not yet reported by `taskDone()`; `join()` waits until that
 * count is zero. States: open, and after `shutdown()` shut down for good.
 *
 * @example
 * const queue = new Queue<string>(100);
 * await queue.put('https://example.org/');
 * const url = await queue.get();
 * queue.taskDone();
 * await queue.join();
 */
export class Queue<T = unknown> extends LoopBound {
  /** Where the items are; a subclass may put another one in its place before anything is put. */
  protected store: QueueStore<T>;
  readonly #maxsize: number;
  readonly #getters: WaiterList;
  readonly #putters: WaiterList;
  readonly #finished: Event;
  #unfinished: number;
  #shutdown: boolean;

  /**
   * @param maxsize how many items it holds; 0 or less: any number
   * @throws TypeError when it is not a number, RangeError for NaN
   */
  constructor(maxsize: number = 0) {
    super();
    if (typeof maxsize !== 'number') {
      throw new TypeError(
        `${new.target.name} expects maxsize to be a number of items, not ${describe(maxsize)}`,
      );
    }
    if (Number.isNaN(maxsize)) {
      throw new RangeError(`${new.target.name} expects maxsize to be a number of items, not NaN`);
    }
    this.store = new FifoStore<T>();
    this.#maxsize = maxsize;
    this.#getters = new WaiterList();
    this.#putters = new WaiterList();
    this.#finished = new Event();
    this.#finished._waitsIn = 'Queue.join';
    this.#finished.set();
    this.#unfinished = 0;
    this.#shutdown = false;
  }

  /** How many items the queue may hold, as given to the constructor; 0 or less: any number. */
  get maxsize(): number {
    return this.#maxsize;
  }

  /** How many items it holds. */
  qsize(): number {
    return this.store.size;
  }

  /** True while it holds no item. */
  empty(): boolean {
    return this.store.size === 0;
  }

  /** True while it holds `maxsize` items; never, when it may hold any number. */
  full(): boolean {
    return this.#maxsize > 0 && this.qsize() >= this.#maxsize;
  }

  /**
   * Puts an item in, waiting for a free place if there is none; with a free place it does not
   * suspend. Cancelled while it waits: the item is not put, and a place that had been offered
   * goes to the next putter.
   *
   * @throws QueueShutDown when the queue is shut down, before or meanwhile
   * @throws RuntimeError when it has to wait and the queue is bound to a different loop
   */
  put(item: T): Coroutine<void> {
    return quick(Queue.#PUT, this, item);
  }

  /**
   * Takes the next item out, waiting for one if there is none; with an item there it does not
   * suspend. Cancelled while it waits: no item is lost, the next getter gets it.
   *
   * @throws QueueShutDown when the queue is shut down and empty, before or meanwhile
   * @throws RuntimeError when it has to wait and the queue is bound to a different loop
   */
  get(): Coroutine<T> {
    return quick(Queue.#GET, this, undefined) as Coroutine<T>;
  }

  /**
   * Puts an item in at once.
   *
   * @throws QueueFull when there is no free place, QueueShutDown when the queue is shut down
   */
  putNowait(item: T): void {
    if (this.#shutdown) throw shutDown('put');
    if (this.full()) {
      throw new QueueFull(
        `The queue holds its ${this.store.size} items (maxsize ${this.#maxsize}); put() would wait for a place`,
      );
    }
    this.store.push(item);
    if (this.#unfinished++ === 0) this.#finished.clear();
    this.#getters.shiftAndWake();
  }

  /**
   * Takes the next item out at once.
   *
   * @throws QueueEmpty when there is none, QueueShutDown when the queue is shut down as well
   */
  getNowait(): T {
    if (this.empty()) {
      if (this.#shutdown) throw shutDown('get');
      throw new QueueEmpty('The queue is empty; get() would wait for an item');
    }
    const item = this.store.take();
    this.#putters.shiftAndWake();
    return item;
  }

  /**
   * Reports that the work on an item is finished; once for each item that was taken out.
   *
   * @throws RangeError when it is called more often than items were put
   */
  taskDone(): void {
    if (this.#unfinished <= 0) {
      throw new RangeError(
        'taskDone() called too many times: expects one call for each item that was put into the queue',
      );
    }
    if (--this.#unfinished === 0) this.#finished.set();
  }

  /**
   * Waits until `taskDone()` was called for every item that was put; returns at once when nothing
   * is unfinished. Any number of tasks may wait.
   *
   * @throws RuntimeError when it has to wait and the queue is bound to a different loop
   */
  join(): Coroutine<void> {
    return quick(Queue.#JOIN, this, undefined);
  }

  /**
   * Shuts the queue down for good: putting throws `QueueShutDown` from now on, and so does getting
   * once the queue is empty. All that wait in `put()` and `get()` are woken to find that out.
   *
   * @param immediate true: what the queue still holds is dropped, and counted as finished for
   *   `join()`; items already taken out still want their `taskDone()`
   */
  shutdown(immediate: boolean = false): void {
    if (typeof immediate !== 'boolean') {
      throw new TypeError(
        `Queue.shutdown expects immediate to be true or false, not ${describe(immediate)}`,
      );
    }
    this.#shutdown = true;
    if (immediate) {
      this.#unfinished = Math.max(0, this.#unfinished - this.store.size);
      this.store.clear();
      if (this.#unfinished === 0) this.#finished.set();
    }
    while (this.#getters.shiftAndWake());
    while (this.#putters.shiftAndWake());
  }

  override toString(): string {
    const parts = [`maxsize=${this.#maxsize}`];
    if (this.store.size > 0) parts.push(`_queue=${formatItems(this.store)}`);
    if (this.#getters.length > 0) parts.push(`_getters[${this.#getters.length}]`);
    if (this.#putters.length > 0) parts.push(`_putters[${this.#putters.length}]`);
    if (this.#unfinished > 0) parts.push(`tasks=${this.#unfinished}`);
    if (this.#shutdown) parts.push('shutdown');
    return `<${this.constructor.name} ${parts.join(' ')}>`;
  }

  static readonly #PUT: Operation<Queue, unknown, void> = {
    name: 'Queue.put',
    attempt: (queue, item) => (queue.full() ? LATER : queue.putNowait(item)),
    enter(queue) {
      if (queue.#shutdown) throw shutDown('put');
      return queue.#putters.append(queue.waiter('Queue.put'));
    },
    woken: (queue, item) => (queue.full() ? LATER : queue.putNowait(item)),
    leave(queue, place) {
      if (handsOn(place, queue.#putters) && !queue.full()) queue.#putters.shiftAndWake();
    },
  };

  static readonly #GET: Operation<Queue, undefined, unknown> = {
    name: 'Queue.get',
    attempt: (queue) => (queue.empty() ? LATER : queue.getNowait()),
    enter(queue) {
      if (queue.#shutdown) throw shutDown('get');
      return queue.#getters.append(queue.waiter('Queue.get'));
    },
    woken: (queue) => (queue.empty() ? LATER : queue.getNowait()),
    leave(queue, place) {
      if (handsOn(place, queue.#getters) && !queue.empty()) queue.#getters.shiftAndWake();
    },
  };

  static readonly #JOIN: Operation<Queue, undefined, void> = {
    name: 'Queue.join',
    attempt: (queue) => (queue.#unfinished > 0 ? LATER : undefined),
    enter: (queue) => queue.#finished._enter(),
    woken: (queue, _argument, place) => queue.#finished._leave(place),
    leave: (queue, place) => queue.#finished._leave(place),
  };
}

/** Takes a place out of its line; whether it had been woken, and so another has to be. */
function handsOn(place: Waiter, line: WaiterList): boolean {
  // The future may be pending still (its task was hit by something else than its cancellation).
  place.future.cancel();
  line.remove(place);
  return !place.future.cancelled();
}

function shutDown(verb: 'put' | 'get'): QueueShutDown {
  return new QueueShutDown(
    verb === 'put'
      ? 'The queue is shut down: nothing can be put into it any more'
      : 'The queue is shut down and empty: nothing is left to get',
  );
}

/** The first items of a queue, for its `toString()`. */
function formatItems(items: Iterable<unknown>, depth = 0): string {
  const shown: string[] = [];
  for (const item of items) {
    if (shown.length === 10) {
      shown.push('…');
      break;
    }
    shown.push(formatItem(item, depth));
  }
  return `[${shown.join(', ')}]`;
}

function formatItem(item: unknown, depth: number): string {
  if (typeof item === 'string') return `'${item}'`;
  if (Array.isArray(item) && depth < 2) return formatItems(item, depth + 1);
  return (typeof item === 'object' && item !== null) || typeof item === 'function'
    ? describe(item)
    : String(item);
}
