// waitFor: one awaitable, with a time limit.
import {
  type Awaitable,
  type Coroutine,
  type Future,
  type FutureLike,
  type GeneratorBody,
  TimeoutError,
  checkTimeout,
  ensureFuture,
  getRunningLoop,
  isCancellation,
  isfuture,
  runInline,
  SteppedCoroutine,
  type Steps,
  waiter,
} from '../core/index.ts';
import { checkWork } from './arguments.ts';
import { LimitedSteps } from './limited.ts';
import type { ResultOf } from './results.ts';
import { Timeout } from './timeouts.ts';
import { Watch, type Watcher, unwatch } from './watch.ts';

/**
 * Waits for `work` for at most `timeout` seconds; then cancels it, waits until it has ended, and throws `TimeoutError`.
 * An inner that swallows the cancellation gives its value after all.
 *
 * With a positive timeout, or `null` for none, the work runs inside the calling task. At 0 and below, only what is done already
 * counts: a coroutine does not even start. When the caller is cancelled, so is `work`; `shield` protects it.
 *
 * @param timeout seconds, or `null` for no limit
 * @throws TypeError or RangeError at the call for something that cannot be awaited or a timeout that is no number
 * @throws TimeoutError when the time is up; its `cause` is the CancelledError
 *
 * @example
 * const reply = await waitFor(server.ask('status'), 2.5);
 */
export function waitFor<W extends FutureLike<unknown>>(
  work: W,
  timeout: number | null,
): Coroutine<ResultOf<W>>;
export function waitFor(work: FutureLike<unknown>, timeout: number | null): Coroutine<unknown> {
  checkWork(work, 'waitFor()');
  checkTimeout(timeout, 'waitFor()');
  return new WaitForCall(work, timeout);
}

class WaitForCall extends SteppedCoroutine<unknown> {
  readonly #work: FutureLike<unknown>;
  readonly #timeout: number | null;

  constructor(work: FutureLike<unknown>, timeout: number | null) {
    super();
    this.#work = work;
    this.#timeout = timeout;
  }

  override get name(): string {
    return 'waitFor';
  }

  override get _function(): unknown {
    return waitFor;
  }

  protected override _steps(): Steps {
    const timeout = this.#timeout;
    if (timeout === null) return inside(this.#work);
    if (timeout <= 0) return expireAtOnce(this.#work);
    return new WorkSteps(new Timeout(getRunningLoop().time() + timeout), this.#work);
  }
}

class WorkSteps extends LimitedSteps {
  readonly #work: FutureLike<unknown>;

  constructor(limit: Timeout, work: FutureLike<unknown>) {
    super(limit);
    this.#work = work;
  }

  protected override open(): Iterator<unknown, unknown, unknown> {
    const work = this.#work;
    return typeof work === 'object' && Symbol.iterator in work
      ? (work as Awaitable<unknown>)[Symbol.iterator]()
      : inside(work);
  }
}

/** Waits within the current task. */
function* inside(work: FutureLike<unknown>): GeneratorBody<unknown> {
  if (typeof work === 'function') return yield* runInline(work);
  if (isfuture(work)) return yield* work;
  if (Symbol.iterator in work) return yield* work as GeneratorBody<unknown>;
  // A Promise: through a future, so that the task can be cancelled meanwhile.
  return yield* ensureFuture(work);
}

function* expireAtOnce(work: FutureLike<unknown>): GeneratorBody<unknown> {
  const future = ensureFuture(work);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!isCancellation(error)) throw error;
    throw new TimeoutError('', { cause: error });
  }
}

/** Cancels a future or task and waits for its end, whatever that is. A cancellation meanwhile goes to the caller. */
export function* cancelAndWait(future: Future<unknown>): GeneratorBody<void> {
  const ending = new Ending(future);
  try {
    future.cancel();
    yield* ending.seen;
  } finally {
    unwatch(ending.watch);
  }
}

class Ending implements Watcher {
  readonly seen: Future<void>;
  readonly watch: Watch;

  constructor(future: Future<unknown>) {
    this.seen = waiter<void>(getRunningLoop(), 'waitFor');
    this.watch = new Watch(this, future);
    future._observe(this.watch);
  }

  /** @internal */
  _onDone(): void {
    if (!this.seen.done()) this.seen.setResult();
  }

  /** @internal */
  _awaiter(): Future<unknown> {
    return this.seen;
  }
}
