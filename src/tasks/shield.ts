// shield: a future that can be cancelled without cancelling what it stands for.
import {
  type Future,
  type FutureLike,
  className,
  ensureFuture,
  type AbstractEventLoop,
} from '../core/index.ts';
import { checkWork } from './arguments.ts';
import type { ResultOf } from './results.ts';
import { Watch, type Watcher, unwatch } from './watch.ts';

/**
 * Protects an awaitable from the cancellation of whoever awaits it: `await shield(aw)` is like `await aw`, but when
 * the awaiting task is cancelled, only the await ends (with `CancelledError`) and `aw` runs on. When `aw` itself is cancelled, the
 * await ends cancelled too.
 *
 * Keep a reference to the task if it matters how it ends: an error that comes after the cancellation is
 * reported to the loop's exception handler.
 *
 * @throws TypeError at the call for an argument that cannot be awaited
 *
 * @example
 * const saving = createTask(() => save(document));
 * await shield(saving); // cancelled or not, the document is saved
 */
export function shield<W extends FutureLike<unknown>>(work: W): Future<ResultOf<W>>;
export function shield(work: FutureLike<unknown>): Future<unknown> {
  checkWork(work, 'shield()');
  const inner = ensureFuture(work);
  if (inner.done()) return inner;
  const outer = inner.getLoop().createFuture<unknown>();
  new Shield(inner, outer);
  return outer;
}

/** Joins the two futures: the end of one reaches the other, but never a cancellation of the outer the inner. */
class Shield implements Watcher {
  readonly #inner: Future<unknown>;
  readonly #outer: Future<unknown>;
  readonly #innerWatch: Watch;

  constructor(inner: Future<unknown>, outer: Future<unknown>) {
    this.#inner = inner;
    this.#outer = outer;
    this.#innerWatch = new Watch(this, inner);
    inner._observe(this.#innerWatch);
    outer._observe(new Watch(this, outer));
  }

  /** @internal */
  _onDone(future: Future<unknown>): void {
    if (future === this.#outer) this.#outerDone();
    else if (!this.#outer.done()) this.#innerDone();
  }

  /** @internal */
  _awaiter(): Future<unknown> {
    return this.#outer;
  }

  #innerDone(): void {
    const inner = this.#inner;
    const outer = this.#outer;
    if (inner.cancelled()) outer.cancel();
    else if (inner._threw()) outer._fail(inner.exception());
    else outer.setResult(inner.result());
  }

  #outerDone(): void {
    const inner = this.#inner;
    if (inner.done()) return;
    unwatch(this.#innerWatch);
    // Many shields around one future, one report.
    inner.removeDoneCallback(reportError);
    inner.addDoneCallback(reportError);
  }
}

function reportError(future: Future<unknown>): void {
  if (!future._threw()) return;
  const error = future.exception();
  const loop: AbstractEventLoop = future.getLoop();
  loop.callExceptionHandler({
    message: `${error instanceof Error ? className(error) : 'Exception'} in shielded future, after its shield was cancelled`,
    exception: error,
    future,
    ...(future._site === null ? {} : { sourceTraceback: future._site.frames() }),
  });
}
