// Barrier: a number of tasks wait for each other and go on together.
import {
  BrokenBarrierError,
  callDirectly,
  describe,
  fromGenerator,
  showAsText,
} from '../core/index.ts';
import type { Coroutine, GeneratorBody } from '../core/index.ts';
import { Condition } from './condition.ts';

// The states, and what leads from one to the next:
//   filling    tasks come and wait; the last of them starts the draining
//   draining   the parties leave, newcomers have to wait outside; the last to leave: filling again
//   resetting  by reset() while tasks wait: they leave with an error; the last to leave: filling again
//   broken     by abort(): every wait fails, until reset()
type BarrierState = 'filling' | 'draining' | 'resetting' | 'broken';

/**
 * A meeting point for `parties` tasks: each waits until all are there, then all go on. It can be used
 * again and again.
 *
 * An async context manager: `asyncWith(barrier, (index) => …)` waits on entry, gives the index to the
 * body, and does nothing on exit.
 *
 * @example
 * const barrier = new Barrier(2);
 * const index = await barrier.wait(); // 0 for the first to come, 1 for the second
 */
export class Barrier {
  readonly #condition: Condition = new Condition();
  readonly #parties: number;
  #state: BarrierState = 'filling';
  #count = 0;

  /**
   * @param parties how many tasks meet: an integer of at least 1.
   * @throws TypeError when it is not a number, RangeError when it is not such a number
   */
  constructor(parties: number) {
    if (typeof parties !== 'number') {
      throw new TypeError(`Barrier expects parties to be a number, not ${describe(parties)}`);
    }
    if (!Number.isInteger(parties) || parties < 1) {
      throw new RangeError(`Barrier expects parties to be an integer >= 1, not ${parties}`);
    }
    this.#parties = parties;
    this.#condition._waitsIn = 'Barrier.wait';
  }

  /** How many tasks have to come. */
  get parties(): number {
    return this.#parties;
  }

  /** How many tasks wait for the others to come; 0 while they leave. */
  get nWaiting(): number {
    return this.#state === 'filling' ? this.#count : 0;
  }

  /** True after `abort()`, until `reset()`. */
  get broken(): boolean {
    return this.#state === 'broken';
  }

  /**
   * Waits until `parties` tasks wait here, and gives this one's place in the order of coming (from 0;
   * after a cancelled party a number can come twice). Cancelled while it waits: the party counts
   * as not having come. Comes a task while the others leave, it waits for the next round first.
   *
   * @throws BrokenBarrierError when the barrier is broken, or is aborted or reset meanwhile
   */
  wait(): Coroutine<number> {
    return fromGenerator(this.#wait(), 'Barrier.wait');
  }

  /** Back to empty and whole. Tasks that wait get a `BrokenBarrierError`. */
  reset(): Coroutine<void> {
    return fromGenerator(this.#reset(), 'Barrier.reset');
  }

  /** Breaks the barrier: who waits, and who comes later, gets a `BrokenBarrierError`, until `reset()`. */
  abort(): Coroutine<void> {
    return fromGenerator(this.#abort(), 'Barrier.abort');
  }

  /** Entry of `asyncWith`: waits, and gives the index. */
  enter(): Coroutine<number> {
    return this.wait();
  }

  /** Exit of `asyncWith`: nothing to do. */
  exit(): void {}

  toString(): string {
    const waiters = this.broken ? '' : `, waiters:${this.nWaiting}/${this.#parties}`;
    return `<Barrier [${this.#state}${waiters}]>`;
  }

  *#wait(): GeneratorBody<number> {
    const condition = this.#condition;
    yield* condition.acquire();
    try {
      yield* this.#untilOpen();
      try {
        const index = this.#count++;
        if (index + 1 === this.#parties) {
          this.#state = 'draining';
          condition.notifyAll();
        } else {
          yield* this.#untilFull();
        }
        return index;
      } finally {
        this.#count--;
        this.#leave();
      }
    } finally {
      condition.release();
    }
  }

  /** Waits outside while the ones before us leave. */
  *#untilOpen(): GeneratorBody<void> {
    yield* this.#condition.waitFor(() => this.#state !== 'draining' && this.#state !== 'resetting');
    if (this.#state === 'broken') {
      throw new BrokenBarrierError(
        'Barrier is broken: it was aborted; call reset() to use it again',
      );
    }
  }

  /** Waits inside for the others to come. */
  *#untilFull(): GeneratorBody<void> {
    yield* this.#condition.waitFor(() => this.#state !== 'filling');
    if (this.#state === 'broken' || this.#state === 'resetting') {
      throw new BrokenBarrierError(
        `Barrier was ${this.#state === 'broken' ? 'aborted' : 'reset'} while this task waited for the others`,
      );
    }
  }

  #leave(): void {
    if (this.#count !== 0) return;
    if (this.#state === 'resetting' || this.#state === 'draining') this.#state = 'filling';
    this.#condition.notifyAll();
  }

  *#reset(): GeneratorBody<void> {
    yield* this.#condition.acquire();
    try {
      this.#state = this.#count > 0 ? 'resetting' : 'filling';
      this.#condition.notifyAll();
    } finally {
      this.#condition.release();
    }
  }

  *#abort(): GeneratorBody<void> {
    yield* this.#condition.acquire();
    try {
      this.#state = 'broken';
      this.#condition.notifyAll();
    } finally {
      this.#condition.release();
    }
  }
}

showAsText(Barrier);
callDirectly(Barrier.prototype.enter, Barrier.prototype.exit);
