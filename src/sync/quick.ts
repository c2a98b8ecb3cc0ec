// Coroutines that mostly have nothing to wait for: a free lock, a queue with an item in it. Then neither a generator nor
// a wait is made for them, they are answered on the spot. Only otherwise do they become coroutines like any other.
import { type Coroutine, LATER, PromptCoroutine, type Steps, type Trap } from '../core/index.ts';
import type { Waiter } from './waiters.ts';

/** One method of a primitive, taken apart into what happens before, at the end of, and instead of a wait. */
export interface Operation<Owner, A, T> {
  readonly name: string;
  /** Does it and gives the value, if that needs no waiting; LATER if it does, with nothing changed. */
  attempt(owner: Owner, argument: A): T | typeof LATER;
  /** Goes into the line, for a wait on the future of the place there. Throws what speaks against waiting. */
  enter(owner: Owner): Waiter;
  /** The future has its result: does it and gives the value, or LATER to go into the line again. */
  woken(owner: Owner, argument: A, place: Waiter): T | typeof LATER;
  /** The wait was broken off, nearly always by a cancellation: leaves the line, and hands on what it had been given. */
  leave(owner: Owner, place: Waiter): void;
}

type AnyOperation = Operation<unknown, unknown, unknown>;

/** Makes the coroutine of one call. */
export function quick<Owner, A, T>(
  operation: Operation<Owner, A, T>,
  owner: Owner,
  argument: A,
): Coroutine<T> {
  return new Quick(operation, owner, argument) as Coroutine<unknown> as Coroutine<T>;
}

class Quick extends PromptCoroutine<unknown> {
  readonly #operation: AnyOperation;
  readonly #owner: unknown;

  constructor(operation: AnyOperation, owner: unknown, argument: unknown) {
    super();
    this.#operation = operation;
    this.#owner = owner;
    this._answer = argument;
  }

  override get name(): string {
    return this.#operation.name;
  }

  protected override attempt(): unknown {
    return this.#operation.attempt(this.#owner, this._answer);
  }

  protected override _steps(): Steps {
    return new Waiting(this.#operation, this.#owner, this._answer);
  }
}

/** An operation that waits, step by step; a generator would do the same and costs more. */
class Waiting implements Steps {
  readonly #operation: AnyOperation;
  readonly #owner: unknown;
  readonly #argument: unknown;
  #place: Waiter | null = null;

  constructor(operation: AnyOperation, owner: unknown, argument: unknown) {
    this.#operation = operation;
    this.#owner = owner;
    this.#argument = argument;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Trap, unknown> {
    const operation = this.#operation;
    const owner = this.#owner;
    const place = this.#place;
    if (place !== null) {
      try {
        const answer = place.future.next();
        // Stepped by hand, too early: it waits on.
        if (answer.done !== true) return answer;
      } catch (error) {
        return this.throw(error);
      }
      const value = operation.woken(owner, this.#argument, place);
      if (value !== LATER) return { value, done: true };
    }
    const entered = operation.enter(owner);
    this.#place = entered;
    return entered.future.next();
  }

  throw(error: unknown): IteratorResult<Trap, unknown> {
    this.return(undefined);
    throw error;
  }

  return(value: unknown): IteratorResult<Trap, unknown> {
    const place = this.#place;
    if (place !== null) {
      this.#place = null;
      this.#operation.leave(this.#owner, place);
    }
    return { value, done: true };
  }
}
