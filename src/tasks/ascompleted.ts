// asCompleted: several awaitables, in the order of their ends.
//
// States of the iterator: open (some futures are still to be handed out), drained (all have been), expired (the time
// ran out: whoever still waits gets a TimeoutError), closed (the loop over it was left: nothing is watched any more).
import {
  type AbstractEventLoop,
  type Coroutine,
  type Future,
  type FutureLike,
  type GeneratorBody,
  type TimerHandle,
  TimeoutError,
  anyLoop,
  checkOptions,
  checkSignal,
  checkTimeout,
  ensureFuture,
  fromGenerator,
  isfuture,
  waiter,
} from '../core/index.ts';
import { checkCollection, checkWork } from './arguments.ts';
import type { ResultOf } from './results.ts';
import { Watch, type Watcher, unwatch } from './watch.ts';

/**
 * A future that has ended, as `for await` gives it: ask its `result()`. It is the whole Future; only, its type has no
 * `then`, since TypeScript would otherwise take the variable of a `for await` loop for the awaited result.
 */
export type EndedFuture<T> = Omit<Future<T>, 'then'>;

/** What `asCompleted` gives: to be iterated with `for`, or with `for await`. */
export interface AsCompleted<T> extends IterableIterator<Coroutine<T>> {
  [Symbol.asyncIterator](): AsyncIterableIterator<EndedFuture<T>>;
}

/**
 * Runs awaitables side by side and gives them in the order in which they end.
 *
 * `for await (const task of asCompleted(works))` gives the ended futures: those that were given (so that one knows which it is), or
 * the tasks made of coroutines. `for (const next of asCompleted(works))` gives as many coroutines, and each, when awaited,
 * gives the next result or throws the next error; this form serves generator coroutines too. Leaving the loop early
 * leaves the rest running, and so does a cancellation of the task that waits in it.
 *
 * @param options.timeout seconds for the whole; then `TimeoutError` is thrown where the next one is awaited. Nothing is cancelled
 * @param options.signal its abort cancels the tasks that were made here
 * @throws TypeError at the call for a single future in place of a collection, or a member that cannot be awaited
 *
 * @example
 * for (const next of asCompleted(urls.map(download))) show(yield* next);
 */
export function asCompleted<W extends FutureLike<unknown>>(
  works: Iterable<W>,
  options: { timeout?: number | null | undefined; signal?: AbortSignal | null | undefined } = {},
): AsCompleted<ResultOf<W>> {
  checkCollection(works, 'asCompleted()', 'awaitables');
  checkOptions(options, 'asCompleted()', ['timeout', 'signal']);
  const { timeout = null, signal = null } = options;
  if (signal !== null) checkSignal(signal);
  checkTimeout(timeout, 'asCompleted()');
  const distinct = [...new Set(works)];
  for (const work of distinct) checkWork(work, 'asCompleted()');
  const loop = anyLoop();
  const futures = distinct.map((work) =>
    isfuture(work) ? work : ensureFuture(work, { loop, signal }),
  );
  return new Completions(loop, futures, timeout) as AsCompleted<ResultOf<W>>;
}

class Completions implements Watcher, IterableIterator<Coroutine<unknown>> {
  readonly #loop: AbstractEventLoop;
  readonly #watches = new Map<Future<unknown>, Watch>();
  /** Those that have ended, in that order; from `#head` on not handed out. Null stands for "the time is up". */
  readonly #ended: (Future<unknown> | null)[] = [];
  #head = 0;
  /** Who waits for the next end, first come, first served. */
  readonly #getters = new Set<Future<void>>();
  #timer: TimerHandle | null = null;
  #left: number;
  #handedOut = 0;
  #closed = false;

  constructor(
    loop: AbstractEventLoop,
    futures: readonly Future<unknown>[],
    timeout: number | null,
  ) {
    this.#loop = loop;
    this.#left = futures.length;
    for (const future of futures) {
      const watch = new Watch(this, future);
      this.#watches.set(future, watch);
      future._observe(watch);
    }
    if (futures.length > 0 && timeout !== null) {
      this.#timer = loop.callLater(timeout, Completions.#expire, this);
    }
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** The plain protocol: a coroutine that waits for the next end, and gives its result. */
  next(): IteratorResult<Coroutine<unknown>, undefined> {
    if (!this.#take()) return { value: undefined, done: true };
    return { value: fromGenerator(this.#nextResult(), 'asCompleted'), done: false };
  }

  /** The loop over it was left. Coroutines handed out before still get what they wait for. */
  return(): IteratorResult<Coroutine<unknown>, undefined> {
    this.#close();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Future<unknown>> {
    const iterator = {
      next: (): PromiseLike<IteratorResult<Future<unknown>, undefined>> =>
        this.#take()
          ? fromGenerator(this.#nextStep(), 'asCompleted')
          : Promise.resolve({ value: undefined, done: true }),
      return: (): Promise<IteratorResult<Future<unknown>, undefined>> => {
        this.#close();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]: () => iterator as AsyncIterableIterator<Future<unknown>>,
    };
    return iterator as AsyncIterableIterator<Future<unknown>>;
  }

  /** @internal */
  _onDone(future: Future<unknown>): void {
    // Not there any more: the time ran out, or the loop was left.
    if (!this.#watches.delete(future)) return;
    this.#ended.push(future);
    this.#wakeNext();
    if (this.#watches.size === 0) this.#timer?.cancel();
  }

  /** @internal */
  _awaiter(): Future<unknown> | null {
    for (const getter of this.#getters) return getter;
    return null;
  }

  #take(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    this.#handedOut++;
    return true;
  }

  *#nextResult(): GeneratorBody<unknown> {
    return (yield* this.#nextEnded()).result();
  }

  *#nextStep(): GeneratorBody<IteratorResult<Future<unknown>, undefined>> {
    return { value: yield* this.#nextEnded(), done: false };
  }

  *#nextEnded(): GeneratorBody<Future<unknown>> {
    try {
      while (this.#head === this.#ended.length) yield* this.#getterTurn();
      const ended = this.#ended[this.#head] as Future<unknown> | null;
      this.#ended[this.#head++] = null;
      if (ended === null) throw new TimeoutError('The time given to asCompleted() has passed');
      return ended;
    } finally {
      this.#handedOut--;
      if (this.#closed && this.#handedOut === 0) this.#unwatchAll();
    }
  }

  *#getterTurn(): GeneratorBody<void> {
    const getter = waiter<void>(this.#loop, 'asCompleted');
    this.#getters.add(getter);
    try {
      yield* getter;
    } catch (error) {
      // Woken and cancelled in one turn: what there is to get is for the next one.
      this.#getters.delete(getter);
      const woken = getter.done() && !getter.cancelled();
      if (woken && this.#head < this.#ended.length) this.#wakeNext();
      throw error;
    }
  }

  #wakeNext(): void {
    for (const getter of this.#getters) {
      this.#getters.delete(getter);
      if (getter.done()) continue;
      getter.setResult();
      return;
    }
  }

  #close(): void {
    this.#closed = true;
    this.#left = 0;
    if (this.#handedOut === 0) this.#unwatchAll();
  }

  #unwatchAll(): void {
    this.#timer?.cancel();
    for (const watch of this.#watches.values()) unwatch(watch);
    this.#watches.clear();
  }

  static #expire(this: void, completions: Completions): void {
    let late = completions.#watches.size;
    completions.#unwatchAll();
    for (; late > 0; late--) {
      completions.#ended.push(null);
      completions.#wakeNext();
    }
  }
}
