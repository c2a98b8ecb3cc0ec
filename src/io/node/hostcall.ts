// Waiting for one callback of Node's, inside a generator.
import type { BaseEventLoop, GeneratorBody } from '../../core/index.ts';

/** Tells how it ended: an error, or null and the value. Only the first call counts. */
export type Settle<T> = (error: Error | null, value?: T) => void;

/**
 * @internal Starts something and waits until it has settled. Cancelled before that, or failed, it calls what `start`
 * returned. While it waits the loop counts it as something that comes from outside.
 */
export function* hostCall<T>(
  loop: BaseEventLoop,
  start: (settle: Settle<T>) => (() => void) | void,
): GeneratorBody<T> {
  const future = loop.createFuture<T>();
  loop._outside++;
  let undo: (() => void) | void = undefined;
  let done = false;
  try {
    undo = start((error, value) => {
      if (future.done()) return;
      // Not the public methods: the host is not the one to be told that the loop is closed by now.
      if (error === null) future._finish(value);
      else future._fail(error);
    });
    const value = yield* future;
    done = true;
    return value;
  } finally {
    loop._outside--;
    if (!done && typeof undo === 'function') undo();
  }
}
