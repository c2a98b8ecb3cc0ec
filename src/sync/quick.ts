// Coroutines that mostly have nothing to wait for: a free lock, a queue with an item in it. Then neither a generator nor
// a wait is made for them, they are answered on the spot. Only otherwise do they become coroutines like any other.
import {
  Coroutine,
  type GeneratorBody,
  insideSite,
  type OnError,
  type OnResult,
  type Task,
  type Trap,
} from '../core/index.ts';

/** One method of a primitive, taken apart: `finish` at once where it is `ready`, otherwise `wait`. */
export interface Operation<Owner, A, T> {
  readonly name: string;
  /** Whether it would end without waiting, right now. Changes nothing, throws nothing. */
  ready(owner: Owner): boolean;
  /** Does it, once `ready` has said so. */
  finish(owner: Owner, argument: A): T;
  /** Does it in every case, waiting where it has to. */
  wait(owner: Owner, argument: A): GeneratorBody<T>;
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
    return this.#operation.wait;
  }

  override _start(): GeneratorBody<unknown> {
    this._begin();
    return this.#operation.wait(this.#owner, this.#value);
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<unknown, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    const operation = this.#operation;
    const owner = this.#owner;
    this._begin();
    // Cancelled while it awaited the host: this is the first place where it can be told.
    if (task._mustCancel() && task._asyncPart().adrift) throw task._takeCancel();
    if (!operation.ready(owner)) {
      const made = operation.wait(owner, this.#value);
      const body = this._site === null ? made : insideSite(task, this._site, made);
      return task._asyncPart().awaitGenerator(body, onResult, onError);
    }
    return settle(operation.finish(owner, this.#value), onResult) as PromiseLike<A | B>;
  }

  override [Symbol.iterator](): Iterator<Trap, unknown, unknown> {
    this._begin();
    if (!this.#operation.ready(this.#owner)) {
      return this.#operation.wait(this.#owner, this.#value) as Iterator<Trap, unknown, unknown>;
    }
    this.#value = this.#operation.finish(this.#owner, this.#value);
    return this as unknown as Iterator<Trap, unknown, unknown>;
  }

  /** What `yield*` asks of its iterator: the value is here. */
  next(): IteratorResult<Trap, unknown> {
    return { value: this.#value, done: true };
  }
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
