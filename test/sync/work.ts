// Counts work instead of measuring time: looks at futures, and the elements that array methods have to walk over or
// move. What is linear in the number of waiters or items shows as a small multiple of it, what is quadratic does not.
import { Future } from '../../src/index.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods of arrays that touch every element behind the first, or look for one. */
const WALKING = [
  'shift',
  'unshift',
  'splice',
  'indexOf',
  'lastIndexOf',
  'includes',
  'find',
  'findIndex',
  'filter',
] as const;

/** What a piece of code did. */
export interface Work {
  /** Calls of `done()` and `cancelled()` of futures and tasks. */
  looks: number;
  /** Elements that array methods walked over. */
  steps: number;
}

/** Counts from now on; stop with `stop()`. */
export class WorkCounter implements Work {
  looks = 0;
  steps = 0;
  readonly #restore: (() => void)[] = [];

  constructor() {
    this.#replace(Future.prototype, 'done', () => this.looks++);
    this.#replace(Future.prototype, 'cancelled', () => this.looks++);
    for (const name of WALKING) {
      this.#replace(Array.prototype, name, (array) => (this.steps += (array as unknown[]).length));
    }
  }

  stop(): Work {
    for (const restore of this.#restore) restore();
    return { looks: this.looks, steps: this.steps };
  }

  #replace(prototype: object, name: string, count: (self: unknown) => void): void {
    const methods = prototype as Record<string, Method>;
    const original = methods[name] as Method;
    methods[name] = function (...args) {
      count(this);
      return original.apply(this, args);
    };
    this.#restore.push(() => {
      methods[name] = original;
    });
  }
}
