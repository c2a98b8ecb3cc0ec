// Promises of the host's as futures.
import type { BaseEventLoop } from './baseloop.ts';
import type { Future, Observer } from './futures.ts';
import { anyLoop } from './loopchoice.ts';

class PromiseLink implements Observer {
  readonly #future: Future<unknown>;
  readonly #loop: BaseEventLoop;
  constructor(future: Future<unknown>, loop: BaseEventLoop) {
    this.#future = future;
    this.#loop = loop;
  }
  /** The future is done, by its promise or by a cancellation: the loop waits for the host no longer. */
  _notify(): void {
    this.#loop._outside--;
  }
  settle(failed: boolean, value: unknown): void {
    if (this.#future.done()) return;
    if (failed) this.#future._fail(value);
    else this.#future._finish(value);
  }
}

/** A future that ends as the promise does. Cancelling it stops the waiting; the promise itself cannot be cancelled. */
export function wrapPromise<T>(
  promise: PromiseLike<T>,
  loop: BaseEventLoop = anyLoop(),
): Future<T> {
  const future = loop.createFuture<T>();
  const link = new PromiseLink(future, loop);
  loop._outside++;
  future._observe(link);
  promise.then(
    (value) => link.settle(false, value),
    (error: unknown) => link.settle(true, error),
  );
  return future;
}
