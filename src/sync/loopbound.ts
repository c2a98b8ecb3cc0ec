// What every primitive of this layer has in common: it belongs to one event loop, the one that was running when a task
// first had to wait on it. Making one, or using it without waiting, needs no loop.
import { getRunningLoop, RuntimeError, showAsText, waiter } from '../core/index.ts';
import type { AbstractEventLoop, Future } from '../core/index.ts';

export abstract class LoopBound {
  abstract toString(): string;

  #loop: AbstractEventLoop | null = null;

  /** The running loop; throws `RuntimeError` if an earlier wait was on a different one. */
  protected boundLoop(): AbstractEventLoop {
    const running = getRunningLoop();
    if (this.#loop === null) {
      this.#loop = running;
    } else if (this.#loop !== running) {
      throw new RuntimeError(
        `${String(this)} is bound to a different event loop, the one it was first waited on; ` +
          'make one object for each loop',
      );
    }
    return running;
  }

  /** A future for one wait in `where` (`Lock.acquire`), on the running loop; throws as `boundLoop` does. */
  protected waiter(where: string): Future<boolean> {
    return waiter<boolean>(this.boundLoop(), where);
  }
}

showAsText(LoopBound);
