// What is acquired and released, as a context manager: locks, semaphores and conditions are entered and left in one way.
import { callDirectly, fromGenerator } from '../core/index.ts';
import type { Coroutine, GeneratorBody } from '../core/index.ts';
import { LoopBound } from './loopbound.ts';

export abstract class Held extends LoopBound {
  abstract acquire(): Coroutine<true>;
  abstract release(): void;

  /** Entry of `asyncWith`: acquires. */
  enter(): Coroutine<void> {
    return fromGenerator(entering(this), `${this.constructor.name}.enter`);
  }

  /** Exit of `asyncWith`: releases. An error of the body goes on. */
  exit(): void {
    this.release();
  }

  /** `using held = lock`, after `await lock.acquire()`: releases at the end of the block. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** The same for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }
}

/** The entry as a generator, by way of `acquire()`, which a subclass may have replaced. */
export function* entering(held: Held): GeneratorBody<void> {
  yield* held.acquire();
}

callDirectly(Held.prototype.enter, Held.prototype.exit);
