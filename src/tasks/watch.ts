// Watch: how gather, wait, shield, task groups and the like learn that a future is done.
//
// The same object observes the future and, once that is done, stands in the ready queue: one allocation where a
// done callback needs a closure, a context and a handle. The order and the turn of the loop are those of a done
// callback. Call graphs follow a watch upwards: from a future to its owner, and on to who waits for that.
import type { Future, Observer } from '../core/index.ts';

/** Who is told of the ends of several futures. */
export interface Watcher {
  /** @internal One of the watched futures is done; called in a turn of its own. */
  _onDone(future: Future<unknown>, watch: Watch): void;
  /** @internal What goes on (future, or task) when this watcher has seen enough; for call graphs. */
  _awaiter(): Future<unknown> | null;
}

/** One future, watched by one watcher. */
export class Watch implements Observer {
  readonly watcher: Watcher;
  readonly future: Future<unknown>;

  constructor(watcher: Watcher, future: Future<unknown>) {
    this.watcher = watcher;
    this.future = future;
  }

  /** @internal */
  _notify(future: Future<unknown>): void {
    future._loop._enqueue(this);
  }

  /** @internal Its turn in the ready queue. */
  _run(): void {
    this.watcher._onDone(this.future, this);
  }
}

/** Starts watching; on a future that is done already, `_onDone` follows in the loop's next turn. */
export function watchFuture(watcher: Watcher, future: Future<unknown>): Watch {
  const watch = new Watch(watcher, future);
  future._observe(watch);
  return watch;
}

/** Ends a watch, so that nothing of it stays behind with the future. */
export function unwatch(watch: Watch): void {
  watch.future._unobserve(watch);
}
