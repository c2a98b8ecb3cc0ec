// wait: until some or all of several futures are done; who is done, and who is not.
import {
  type Future,
  type GeneratorBody,
  type Coroutine,
  type TimerHandle,
  type AbstractEventLoop,
  checkOptions,
  checkTimeout,
  describe,
  ensureFuture,
  fromGenerator,
  getRunningLoop,
  iscoroutine,
  isThenable,
  isfuture,
  waiter,
} from '../core/index.ts';
import { checkCollection } from './arguments.ts';
import { Watch, type Watcher, unwatch } from './watch.ts';

/** For `wait`: come back as soon as one of the futures is done. */
export const FIRST_COMPLETED = 'FIRST_COMPLETED';
/** For `wait`: come back when one has failed, or all are done. */
export const FIRST_EXCEPTION = 'FIRST_EXCEPTION';
/** For `wait`: come back when all are done. */
export const ALL_COMPLETED = 'ALL_COMPLETED';

/** When `wait` comes back. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** A promise of the host's: what is awaitable and none of ours, so that a coroutine is refused. */
export type HostPromise = PromiseLike<unknown> & { readonly [Symbol.iterator]?: never };

/** The options of `wait`. */
export interface WaitOptions {
  /** Come back after so many seconds in any case; `null` (as without it): no limit. Nothing is cancelled. */
  timeout?: number | null | undefined;
  /** By default `ALL_COMPLETED`. */
  returnWhen?: ReturnWhen | undefined;
}

/**
 * Waits for futures and tasks; gives the set of those that are done and the set of those that are not, each in the
 * order given. It never throws what they throw, and never cancels them: neither when the time is up, nor when it is itself
 * cancelled. It leaves nothing behind with a future that outlives it.
 *
 * Promises are wrapped: the sets then hold the futures that stand for them. A coroutine is refused, as one could not tell which
 * of the results is its; make a task of it.
 *
 * @throws TypeError at the call for a single future in place of a collection, and for a coroutine or anything else that is no
 *   future in it; RangeError for an empty collection or an unknown `returnWhen`
 *
 * @example
 * const [done, pending] = await wait([a, b], { timeout: 5, returnWhen: FIRST_COMPLETED });
 */
export function wait<F extends Future<unknown>>(
  fs: Iterable<F>,
  options?: WaitOptions,
): Coroutine<[done: Set<F>, pending: Set<F>]>;
/** As above; the sets hold the futures that stand for the promises. */
export function wait<P extends Future<unknown> | HostPromise>(
  fs: Iterable<P>,
  options?: WaitOptions,
): Coroutine<[done: Set<Future<Awaited<P>>>, pending: Set<Future<Awaited<P>>>]>;
/** As above, with the type of the results said: `wait<unknown>(…)`. */
export function wait<T>(
  fs: Iterable<Future<T> | (HostPromise & PromiseLike<T>)>,
  options?: WaitOptions,
): Coroutine<[done: Set<Future<T>>, pending: Set<Future<T>>]>;
export function wait(
  fs: Iterable<PromiseLike<unknown>>,
  options: WaitOptions = {},
): Coroutine<[Set<Future<unknown>>, Set<Future<unknown>>]> {
  checkCollection(fs, 'wait()', 'futures or tasks');
  checkOptions(options, 'wait()', ['timeout', 'returnWhen']);
  const { timeout = null, returnWhen = ALL_COMPLETED } = options;
  checkTimeout(timeout, 'wait()');
  if (
    returnWhen !== ALL_COMPLETED &&
    returnWhen !== FIRST_COMPLETED &&
    returnWhen !== FIRST_EXCEPTION
  ) {
    throw new RangeError(
      `wait() expects FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED as returnWhen, not ${describe(returnWhen)}`,
    );
  }
  const given = new Set<PromiseLike<unknown>>(fs);
  if (given.size === 0) {
    throw new RangeError('wait() expects at least one future or task, not an empty collection');
  }
  for (const one of given) checkMember(one);
  return fromGenerator(waitFutures(given, timeout, returnWhen), 'wait');
}

function checkMember(one: unknown): void {
  if (isfuture(one)) return;
  if (iscoroutine(one) || typeof one === 'function') {
    throw new TypeError(
      `wait() expects futures or tasks, not ${describe(one)}; write createTask(…) around it`,
    );
  }
  if (!isThenable(one)) {
    throw new TypeError(`wait() expects futures, tasks or Promises, not ${describe(one)}`);
  }
}

function* waitFutures(
  given: Set<PromiseLike<unknown>>,
  timeout: number | null,
  returnWhen: ReturnWhen,
): GeneratorBody<[Set<Future<unknown>>, Set<Future<unknown>>]> {
  const loop = getRunningLoop();
  const futures: Future<unknown>[] = [];
  for (const one of given) futures.push(isfuture(one) ? one : ensureFuture(one, { loop }));
  const waiting = new Waiting(loop, futures, timeout, returnWhen);
  try {
    yield* waiting.enough;
  } finally {
    waiting.end();
  }
  const done = new Set<Future<unknown>>();
  const pending = new Set<Future<unknown>>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return [done, pending];
}

/** One `wait` under way. */
class Waiting implements Watcher {
  /** Done when the wait has seen enough, or the time is up. */
  readonly enough: Future<void>;
  readonly #returnWhen: ReturnWhen;
  readonly #watches: Watch[] = [];
  #timer: TimerHandle | null = null;
  #left: number;

  constructor(
    loop: AbstractEventLoop,
    futures: readonly Future<unknown>[],
    timeout: number | null,
    returnWhen: ReturnWhen,
  ) {
    this.enough = waiter<void>(loop, 'wait');
    this.#returnWhen = returnWhen;
    this.#left = futures.length;
    if (timeout !== null) this.#timer = loop.callLater(timeout, release, this.enough);
    for (const future of futures) {
      const watch = new Watch(this, future);
      this.#watches.push(watch);
      future._observe(watch);
    }
  }

  /** @internal */
  _onDone(future: Future<unknown>): void {
    this.#left--;
    if (this.#left > 0 && !this.#decides(future)) return;
    this.#timer?.cancel();
    release(this.enough);
  }

  /** @internal */
  _awaiter(): Future<unknown> {
    return this.enough;
  }

  /** Whether this one ends the wait before all are done. */
  #decides(future: Future<unknown>): boolean {
    if (this.#returnWhen !== FIRST_EXCEPTION) return this.#returnWhen === FIRST_COMPLETED;
    // It has been looked at: no report that nobody did.
    if (future._threw()) future._retrieve();
    return future._threw();
  }

  /** Leaves nothing behind. */
  end(): void {
    this.#timer?.cancel();
    for (const watch of this.#watches) unwatch(watch);
  }
}

function release(future: Future<void>): void {
  if (!future.done()) future.setResult();
}
