// The steps of a body between the entry and the exit of a Timeout: what a generator with a try around `yield*` would
// do, without a generator for each call.
import type { Steps } from '../core/index.ts';

/** What stands around the body: a `Timeout`. */
export interface Limit {
  enter(): unknown;
  exit(error?: unknown): unknown;
}

type Answer = IteratorResult<unknown, unknown>;

/** States: not entered (no inner steps yet) -> entered -> exited, when the inner steps have come to their end. */
export abstract class LimitedSteps implements Steps {
  readonly #limit: Limit;
  #inner: Iterator<unknown, unknown, unknown> | null = null;

  constructor(limit: Limit) {
    this.#limit = limit;
  }

  /** Begins the body, inside the limit. */
  protected abstract open(): Iterator<unknown, unknown, unknown>;

  [Symbol.iterator](): this {
    return this;
  }

  next(value?: unknown): Answer {
    let inner = this.#inner;
    if (inner === null) this.#limit.enter();
    let answer: Answer;
    try {
      if (inner === null) inner = this.#inner = this.open();
      answer = inner.next(value);
    } catch (error) {
      this.#limit.exit(error);
      throw error;
    }
    if (answer.done === true) this.#limit.exit();
    return answer;
  }

  throw(error: unknown): Answer {
    const inner = this.#inner;
    if (inner === null) throw error;
    return this.#end(() => {
      if (inner.throw === undefined) throw error;
      return inner.throw(error);
    });
  }

  return(value: unknown): Answer {
    const inner = this.#inner;
    if (inner === null) return { value, done: true };
    return this.#end(() => inner.return?.(value) ?? { value, done: true });
  }

  #end(step: () => Answer): Answer {
    let answer: Answer;
    try {
      answer = step();
    } catch (error) {
      this.#limit.exit(error);
      throw error;
    }
    if (answer.done === true) this.#limit.exit();
    return answer;
  }
}
