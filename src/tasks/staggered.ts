// staggeredRace: start one after the other, until the first one succeeds (as in RFC 8305, "Happy Eyeballs").
//
// Every runner is a task of its own. It waits for its predecessor to fail, at most the delay; takes the next function;
// makes its successor; and runs the function. The first that succeeds cancels all others.
import {
  type AbstractEventLoop,
  type BodyFunction,
  isCancellation,
  type Coroutine,
  ExceptionGroup,
  type Future,
  type GeneratorBody,
  KeyboardInterrupt,
  TimeoutError,
  checkSignal,
  checkTimeout,
  currentTask,
  describe,
  fromGenerator,
  getRunningLoop,
  linkSignal,
  runInline,
  waiter,
  checkOptions,
} from '../core/index.ts';
import { checkFunction } from './arguments.ts';
import { waitFor } from './waitfor.ts';
import { type Watcher, watchFuture } from './watch.ts';

/**
 * Runs functions until the first one succeeds. The second starts when the first has failed or `delay` seconds after it, whichever
 * comes first, and so on. When one succeeds, the others are cancelled, and have ended when this comes back.
 *
 * Gives the result of the winner, its index, and an array with the error (else `null`) of each function that was started. When none
 * succeeds, winner and index are `null`; nothing is thrown.
 *
 * @param fns async, generator or plain functions of no arguments; taken from the iterable as they are needed
 * @param delay seconds between the starts; `null`: only a failure starts the next one
 * @param options.signal its abort cancels the race, as a cancellation from outside does
 * @throws TypeError at the call for what is no function, or a delay that is no number; CancelledError when cancelled
 *   from outside, after all have ended
 *
 * @example
 * const [socket, index] = await staggeredRace(addresses.map((a) => () => connect(a)), 0.25);
 */
export function staggeredRace<T>(
  fns: Iterable<BodyFunction<T>>,
  delay: number | null,
  options: {
    loop?: AbstractEventLoop | null | undefined;
    signal?: AbortSignal | null | undefined;
  } = {},
): Coroutine<[winner: T | null, winnerIndex: number | null, errors: unknown[]]> {
  if (typeof fns !== 'object' || fns === null || !(Symbol.iterator in fns)) {
    throw new TypeError(
      `staggeredRace() expects an iterable of functions first, not ${describe(fns)}`,
    );
  }
  checkTimeout(delay, 'staggeredRace()', 'delay');
  checkOptions(options, 'staggeredRace()', ['loop', 'signal']);
  const { loop = null, signal = null } = options;
  if (signal !== null) checkSignal(signal);
  if (Array.isArray(fns)) for (const fn of fns) checkFunction(fn, 'staggeredRace()');
  return fromGenerator(race(fns, delay, loop, signal), 'staggeredRace');
}

function* race<T>(
  fns: Iterable<BodyFunction<T>>,
  delay: number | null,
  loop: AbstractEventLoop | null,
  signal: AbortSignal | null,
): GeneratorBody<[T | null, number | null, unknown[]]> {
  const state = new Race<T>(fns, delay, loop ?? getRunningLoop());
  state.launch(null);
  let cancelled: Error | null = null;
  // Once it has been cancelled, the race is over: a later abort has nothing left to do.
  let abort = signal;
  while (state.running.size > 0) {
    const allDone = state.allDone();
    if (abort !== null) linkSignal(allDone, abort);
    abort = null;
    try {
      yield* allDone;
    } catch (error) {
      if (!isCancellation(error)) throw error;
      cancelled = error as Error;
      const message = cancelled.message === '' ? null : cancelled.message;
      for (const task of state.running) task.cancel(message);
    }
  }
  if (state.unforeseen.length > 0) {
    throw new ExceptionGroup('staggered race failed', state.unforeseen);
  }
  if (cancelled !== null) throw cancelled;
  return [state.winner, state.winnerIndex, state.errors];
}

class Race<T> implements Watcher {
  /** Unfinished runners, in the order of their making. */
  readonly running = new Set<Future<unknown>>();
  readonly errors: unknown[] = [];
  /** What went wrong in a runner outside of its function: the iterable of functions threw, most likely. */
  readonly unforeseen: unknown[] = [];
  winner: T | null = null;
  winnerIndex: number | null = null;
  readonly #loop: AbstractEventLoop;
  readonly #delay: number | null;
  readonly #parent: Future<unknown> | null;
  readonly #fns: Iterator<BodyFunction<T>>;
  #allDone: Future<void> | null = null;

  constructor(fns: Iterable<BodyFunction<T>>, delay: number | null, loop: AbstractEventLoop) {
    this.#fns = fns[Symbol.iterator]();
    this.#delay = delay;
    this.#loop = loop;
    this.#parent = currentTask(loop);
  }

  /** A future that is done when no runner is left. */
  allDone(): Future<void> {
    return (this.#allDone = waiter<void>(this.#loop, 'staggeredRace'));
  }

  /** Makes the task of the next runner; `failed` is set when the one before it fails. */
  launch(failed: Future<void> | null): void {
    // An eager task waits here until it is known to be running; any other one finds this done.
    const known = this.#loop.createFuture<void>();
    const task = this.#loop.createTask(this.#run(known, failed));
    this.running.add(task);
    watchFuture(this, task);
    known.setResult();
  }

  /** @internal */
  _onDone(task: Future<unknown>): void {
    this.running.delete(task);
    const allDone = this.#allDone;
    if (this.running.size === 0 && allDone !== null && !allDone.done()) allDone.setResult();
    if (task._threw()) this.unforeseen.push(task.exception());
  }

  /** @internal */
  _awaiter(): Future<unknown> | null {
    return this.#parent;
  }

  *#run(known: Future<void>, failed: Future<void> | null): GeneratorBody<void> {
    yield* known;
    if (failed !== null) yield* this.#patience(failed);
    const next = this.#fns.next();
    if (next.done === true) return;
    const index = this.errors.length;
    this.errors.push(null);
    const thisFailed = this.#loop.createFuture<void>();
    this.launch(thisFailed);
    let result: T;
    try {
      result = yield* runInline(next.value);
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this.errors[index] = error;
      // The successor may have waited long enough, and so have left this future cancelled.
      if (!thisFailed.done()) thisFailed.setResult();
      return;
    }
    this.#win(index, result);
  }

  // waitFor, not wait: at a delay of zero its turns of the loop are part of the order of the starts.
  *#patience(failed: Future<void>): GeneratorBody<void> {
    try {
      yield* waitFor(untilDone(failed), this.#delay);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }

  #win(index: number, result: T): void {
    // A loser that does not let itself be cancelled comes too late.
    if (this.winnerIndex !== null) return;
    this.winnerIndex = index;
    this.winner = result;
    const own = currentTask(this.#loop);
    for (const task of this.running) if (task !== own) task.cancel();
  }
}

function* untilDone(failed: Future<void>): GeneratorBody<void> {
  yield* failed;
}
