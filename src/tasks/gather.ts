// gather: several awaitables at once, their results in the order given.
//
// The future that gather returns ends when all children have ended, or with the first error. Cancelling it cancels
// the children, and it then ends only when they have: cancellation never leaves one running unseen.
import {
  type AbstractEventLoop,
  type Body,
  Future,
  anyLoop,
  checkSignal,
  Coroutine,
  describe,
  ensureFuture,
  isThenable,
  type FutureLike,
  isGenerator,
  isPlainObject,
  linkSignal,
} from '../core/index.ts';
import type { ResultOf } from './results.ts';
import { checkWork } from './arguments.ts';
import { type Watcher, watchFuture } from './watch.ts';

/** What may stand behind the awaitables of `gather`. */
export interface GatherOptions {
  /** True: errors are results too, and nothing that a child throws is thrown. */
  returnExceptions?: boolean | undefined;
  /** Its abort cancels the gather, and so every child. */
  signal?: AbortSignal | null | undefined;
}

type Works = readonly FutureLike<unknown>[];
type Results<W extends Works> = { -readonly [K in keyof W]: ResultOf<W[K]> };
type Outcomes<W extends Works> = { -readonly [K in keyof W]: ResultOf<W[K]> | Error };

/**
 * Waits for several awaitables at once; gives their results as a tuple, in the order of the arguments.
 *
 * Coroutines, generator objects and functions of no arguments become tasks; futures, tasks and Promises are waited for as they are. The
 * same object given twice is waited for once, and its result stands in both places.
 *
 * The first error is thrown as soon as it happens; the others then run on unwatched (a `TaskGroup` cancels them).
 * With `{returnExceptions: true}`, errors stand among the results. Cancelling the returned future (or the task
 * that awaits it) cancels every child; it ends with `CancelledError` when all of them have ended.
 *
 * @throws TypeError at the call for an argument that cannot be awaited
 *
 * @example
 * const outcomes = await gather(() => loadUser(id), () => loadPosts(id), { returnExceptions: true });
 */
export function gather<W extends Works>(
  ...args: [...works: W, options: GatherOptions & { returnExceptions: true }]
): Future<Outcomes<W>>;
export function gather<W extends Works>(
  ...args: [...works: W, options: GatherOptions & { returnExceptions?: false | undefined }]
): Future<Results<W>>;
/**
 * Waits for several awaitables at once; gives their results as a tuple, in the order of the arguments. The first error is thrown
 * as soon as it happens, and the others run on; cancelling the returned future, or the task that awaits it, cancels every one.
 *
 * @throws TypeError at the call for an argument that cannot be awaited
 *
 * @example
 * const [user, posts] = await gather(() => loadUser(id), () => loadPosts(id));
 */
export function gather<W extends Works>(...works: W): Future<Results<W>>;
export function gather<W extends Works>(
  ...args: [...works: W, options: GatherOptions]
): Future<Outcomes<W>>;
export function gather(...args: unknown[]): Future<unknown[]> {
  let count = args.length;
  let options: GatherOptions = NO_OPTIONS;
  if (count > 0 && isOptions(args[count - 1])) options = args[--count] as GatherOptions;
  const { returnExceptions = false, signal = null } = options;
  if (signal !== null) checkSignal(signal);
  if (count === 0) {
    const empty = new Future<unknown[]>({ loop: anyLoop() });
    empty.setResult([]);
    return empty;
  }
  for (let i = 0; i < count; i++) checkArgument(args[i]);
  const together = new GatheringFuture(args, count, Boolean(returnExceptions));
  if (signal !== null) linkSignal(together, signal);
  return together;
}

/** The future of a `gather`. */
class GatheringFuture extends Future<unknown[]> implements Watcher {
  readonly #children: Future<unknown>[];
  readonly #returnExceptions: boolean;
  #left = 0;
  #cancelRequested = false;

  constructor(args: readonly unknown[], count: number, returnExceptions: boolean) {
    const first = ensureFuture(args[0] as FutureLike<unknown>);
    super({ loop: first.getLoop() });
    this.#children = new Array<Future<unknown>>(count);
    this.#children[0] = first;
    this.#returnExceptions = returnExceptions;
    // Whether a child has ended is asked at its turn: a later one that starts eagerly may end an earlier one meanwhile.
    const ended: Future<unknown>[] = [];
    this._watch(first, ended);
    if (count > 1) this._watchRest(args, ended);
    // Children that have ended count at once: when all of them have, so has the gather.
    for (const child of ended) this._onDone(child);
  }

  /** Cancels every child; the gather itself ends when they have. False when there was nothing left to cancel. */
  override cancel(message?: string | null): boolean {
    if (this.done()) return false;
    let any = false;
    for (const child of this.#children) any = child.cancel(message) || any;
    if (any) this.#cancelRequested = true;
    return any;
  }

  /** @internal */
  _onDone(child: Future<unknown>): void {
    this.#left--;
    if (this.done()) {
      child._retrieve();
      return;
    }
    if (!this.#returnExceptions) {
      if (child.cancelled()) {
        this._fail(child._makeCancelledError());
        return;
      }
      if (child._threw()) {
        this._fail(child.exception());
        return;
      }
    }
    if (this.#left === 0) this._conclude();
  }

  /** @internal */
  _awaiter(): Future<unknown> {
    return this;
  }

  /** @internal */
  _watch(child: Future<unknown>, ended: Future<unknown>[]): void {
    this.#left++;
    if (child.done()) ended.push(child);
    else watchFuture(this, child);
  }

  /** @internal */
  _watchRest(args: readonly unknown[], ended: Future<unknown>[]): void {
    const children = this.#children;
    const loop = this.getLoop();
    const seen = new Set<unknown>().add(args[0]);
    let expected = 1;
    try {
      for (let i = 1; i < children.length; i++) {
        const arg = args[i];
        // A function given twice is called twice: only what can be awaited once is waited for once.
        if (typeof arg !== 'function') {
          seen.add(arg);
          if (seen.size === expected) {
            children[i] = children[args.indexOf(arg)] as Future<unknown>;
            continue;
          }
          expected++;
        }
        const child = toFuture(arg, loop);
        children[i] = child;
        this._watch(child, ended);
      }
    } catch (error) {
      // Nobody gets to see this future; the children watched so far report to a closed door.
      super.cancel();
      throw error;
    }
  }

  /** @internal */
  _conclude(): void {
    const children = this.#children;
    const results = new Array<unknown>(children.length);
    for (let i = 0; i < children.length; i++) {
      results[i] = outcome(children[i] as Future<unknown>);
    }
    if (this.#cancelRequested) {
      // A cancelled gather is told so even where errors count as results; the last child has the message.
      const last = children[children.length - 1] as Future<unknown>;
      this._fail(last._makeCancelledError());
    } else this.setResult(results);
  }
}

function outcome(child: Future<unknown>): unknown {
  // Among the results stands an error of its own; the one that was thrown is left to who looks at the child.
  if (child.cancelled()) return Future.prototype._makeCancelledError.call(child);
  return child._threw() ? child.exception() : child.result();
}

/** `ensureFuture`, with a short way for what most children are. */
function toFuture(arg: unknown, loop: AbstractEventLoop): Future<unknown> {
  if (arg instanceof Coroutine || isGenerator(arg)) return loop.createTask(arg as Body<unknown>);
  return ensureFuture(arg as FutureLike<unknown>, { loop });
}

const NO_OPTIONS: GatherOptions = {};

function checkArgument(value: unknown): void {
  if (Array.isArray(value)) {
    throw new TypeError(
      `gather() expects its awaitables one by one, not ${describe(value)}; write gather(...array)`,
    );
  }
  checkWork(value, 'gather()');
}

function isOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return false;
  if (isThenable(value) || Symbol.iterator in value) return false;
  const keys = Object.keys(value);
  const unknownKey = keys.find((key) => key !== 'returnExceptions' && key !== 'signal');
  if (unknownKey !== undefined) {
    throw new TypeError(
      `gather() expects awaitables and then options ({returnExceptions, signal}), not ${describe(value)} with '${unknownKey}'`,
    );
  }
  return true;
}
