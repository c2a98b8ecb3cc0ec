// Joins a concurrent future to a future of a loop: results one way, cancellation both ways.
import type { BaseEventLoop } from './baseloop.ts';
import { describe } from './checks.ts';
import type { ConcurrentFuture } from './concurrentfutures.ts';
import type { AbstractEventLoop } from './events.ts';
import { Future, type Observer } from './futures.ts';
import { loopForFuture } from './loopchoice.ts';
import type { Runnable } from './readyqueue.ts';

/** What `wrapFuture` takes: a concurrent future, by its behaviour. */
export type Wrappable<T> = ConcurrentFuture<T> | Future<T>;

/**
 * A future of a loop that ends as the concurrent `future` does. Cancelling it cancels the concurrent one, and the other way
 * round. A future of a loop comes back as it is.
 *
 * @param options.loop the loop; by default the running one
 * @throws TypeError for anything else
 */
export function wrapFuture<T>(
  future: Wrappable<T>,
  options: { loop?: AbstractEventLoop | null | undefined } = {},
): Future<T> {
  if (future instanceof Future) return future;
  if (!isConcurrent(future)) {
    throw new TypeError(`wrapFuture() expects a concurrent future, not ${describe(future)}`);
  }
  const loop = loopForFuture(options);
  const wrapped = loop.createFuture<T>();
  loop._outside++;
  wrapped._observe(new Arrival(loop));
  wrapped.addDoneCallback(() => {
    if (wrapped.cancelled()) future.cancel();
  });
  future.addDoneCallback(() => {
    if (loop.isClosed()) return;
    const end = new End(future, wrapped);
    if (hostCalls) loop._arrive(end);
    else loop._enqueue(end);
  });
  return wrapped;
}

let hostCalls = false;

/** @internal Runs `deliver`, called by the host: the ends of futures that it brings reach their loops in a turn right now. */
export function fromHost(deliver: () => void): void {
  hostCalls = true;
  try {
    deliver();
  } finally {
    hostCalls = false;
  }
}

/** What the loop runs when the concurrent future has ended. */
class End implements Runnable {
  readonly #source: ConcurrentFuture<unknown>;
  readonly #target: Future<unknown>;
  constructor(source: ConcurrentFuture<unknown>, target: Future<unknown>) {
    this.#source = source;
    this.#target = target;
  }
  _run(): void {
    copyState(this.#source, this.#target);
  }
  toString(): string {
    return `<end of ${this.#source.toString()}>`;
  }
}

/** @internal The other way: `target` ends as the loop's `source` does; cancelling it cancels `source`, through the loop. */
export function chainToConcurrent<T>(source: Future<T>, target: ConcurrentFuture<T>): void {
  const loop = source.getLoop();
  target.addDoneCallback(() => {
    if (target.cancelled() && !loop.isClosed()) loop.callSoonThreadsafe(() => source.cancel());
  });
  source.addDoneCallback(() => {
    if (source.cancelled()) target.cancel();
    if (!target.setRunningOrNotifyCancel()) return;
    const exception = source.exception();
    if (exception === null) target.setResult(source.result());
    else target._fail(exception);
  });
}

class Arrival implements Observer {
  readonly #loop: BaseEventLoop;
  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
  }
  _notify(): void {
    this.#loop._outside--;
  }
}

function copyState(source: ConcurrentFuture<unknown>, target: Future<unknown>): void {
  if (target.done()) return;
  if (source.cancelled()) {
    target.cancel();
    return;
  }
  let value: unknown;
  try {
    value = source.result();
  } catch (error) {
    target._fail(error);
    return;
  }
  target._finish(value);
}

/** @internal */
export function isConcurrent(value: unknown): value is ConcurrentFuture<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { setRunningOrNotifyCancel?: unknown }).setRunningOrNotifyCancel === 'function'
  );
}
