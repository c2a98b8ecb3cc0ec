// Coroutines that mostly have nothing to wait for: a free lock, a queue with an item in it. Then neither a generator nor
// a wait is made for them, they are answered on the spot. Only otherwise do they become coroutines like any other.
import {
  Coroutine,
  type GeneratorBody,
  insideSite,
  type OnError,
  type OnResult,
  type Steps,
  type Task,
  type Trap,
} from '../core/index.ts';
import type { Waiter } from './waiters.ts';

/** `attempt` and `woken`: it has to wait. */
export const WAITS: unique symbol = Symbol('waits');

/** One method of a primitive, taken apart into what happens before, at the end of, and instead of a wait. */
export interface Operation<Owner, A, T> {
  readonly name: string;
  /** Does it and gives the value, if that needs no waiting; WAITS if it does, with nothing changed. */
  attempt(owner: Owner, argument: A): T | typeof WAITS;
  /** Goes into the line, for a wait on the future of the place there. Throws what speaks against waiting. */
  enter(owner: Owner): Waiter;
  /** The future has its result: does it and gives the value, or WAITS to go into the line again. */
  woken(owner: Owner, argument: A, place: Waiter): T | typeof WAITS;
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

class Quick extends Coroutine<unknown> {
  readonly #operation: AnyOperation;
  readonly #owner: unknown;
  /** The argument; afterwards the value. */
  #value: unknown;

  constructor(operation: AnyOperation, owner: unknown, argument: unknown) {
    super();
    this.#operation = operation;
    this.#owner = owner;
    this.#value = argument;
  }

  override get name(): string {
    return this.#operation.name;
  }

  override get _function(): unknown {
    return this.#operation.enter;
  }

  override _start(): GeneratorBody<unknown> {
    this._begin();
    return stepped(this.#operation, this.#owner, this.#value);
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<unknown, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    const part = task._asyncPart();
    // Cancelled while it awaited the host: this is the first place where it can be told.
    if (part.adrift && task._mustCancel()) throw task._takeCancel();
    const operation = this.#operation;
    const value = operation.attempt(this.#owner, this.#value);
    if (value !== WAITS) return settle(value, onResult) as PromiseLike<A | B>;
    const waiting = new Waiting(operation, this.#owner, this.#value);
    const body = this._site === null ? waiting : insideSite(task, this._site, waiting);
    return part.awaitGenerator(body, onResult, onError);
  }

  override [Symbol.iterator](): Iterator<Trap, unknown, unknown> {
    this._begin();
    const operation = this.#operation;
    const value = operation.attempt(this.#owner, this.#value);
    if (value === WAITS) return new Waiting(operation, this.#owner, this.#value);
    this.#value = value;
    return this as unknown as Iterator<Trap, unknown, unknown>;
  }

  /** What `yield*` asks of its iterator: the value is here. */
  next(): IteratorResult<Trap, unknown> {
    return { value: this.#value, done: true };
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
        place.future.next();
      } catch (error) {
        operation.leave(owner, place);
        throw error;
      }
      const value = operation.woken(owner, this.#argument, place);
      if (value !== WAITS) return { value, done: true };
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
    if (this.#place !== null) this.#operation.leave(this.#owner, this.#place);
    return { value, done: true };
  }
}

/** The same as a generator: for a task made of the coroutine, and for stepping by hand. */
function* stepped(
  operation: AnyOperation,
  owner: unknown,
  argument: unknown,
): GeneratorBody<unknown> {
  const value = operation.attempt(owner, argument);
  return value === WAITS ? yield* new Waiting(operation, owner, argument) : value;
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

/** Answers a `then` with a value that is here. `await` itself wants no promise in return. */
function settle(
  value: unknown,
  onResult?: ((value: unknown) => unknown) | null,
): PromiseLike<unknown> {
  if (typeof onResult !== 'function') return Promise.resolve(value);
  try {
    const result = onResult(value);
    return result === undefined ? NOTHING : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error);
  }
}
