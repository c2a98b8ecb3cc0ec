// Coroutines of the streams that often have nothing to wait for: a read with data in the buffer, a drain with room in
// it. They are answered on the spot, with neither a generator nor a wait made for them.
import {
  Coroutine,
  type GeneratorBody,
  insideSite,
  type OnError,
  type OnResult,
  type Task,
  type Trap,
} from '../core/index.ts';

/** `attempt` has nothing to give yet. */
export const LATER: unique symbol = Symbol('later');

type AnyIterator<T> = Iterator<Trap, T, unknown>;

/** One call of a method that waits only where it has to. */
export abstract class Call<T> extends Coroutine<T> {
  #value: T | undefined = undefined;

  /** Does it and gives the value, if that needs no waiting; LATER if it does, with nothing changed. */
  protected abstract attempt(): T | typeof LATER;

  /** Does it, waiting where it has to. */
  protected abstract wait(): GeneratorBody<T>;

  /** The same, as what a task steps; a subclass may be its own iterator. */
  protected suspended(): AnyIterator<T> {
    return this.wait() as AnyIterator<T>;
  }

  override get _function(): unknown {
    return this.wait;
  }

  override _start(): GeneratorBody<T> {
    this._begin();
    return this.wait();
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    const part = task._asyncPart();
    // Cancelled while it awaited the host: this is the first place where it can be told.
    if (part.adrift && task._mustCancel()) throw task._takeCancel();
    const value = this.attempt();
    if (value !== LATER) return settle(value, onResult);
    const body = this._site === null ? this.suspended() : insideSite(task, this._site, this.wait());
    return part.awaitGenerator(body as Generator<unknown, unknown, unknown>, onResult, onError);
  }

  override [Symbol.iterator](): AnyIterator<T> {
    this._begin();
    const value = this.attempt();
    if (value === LATER) return this.suspended();
    this.#value = value;
    return this as unknown as AnyIterator<T>;
  }

  /** What `yield*` asks of its iterator: the value is here. */
  next(): IteratorResult<Trap, T> {
    return { value: this.#value as T, done: true };
  }
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

/** Answers a `then` with a value that is here. `await` itself wants no promise in return. */
function settle<T, A>(value: T, onResult: OnResult<T, A>): PromiseLike<A> {
  if (typeof onResult !== 'function')
    return Promise.resolve(value) as PromiseLike<unknown> as PromiseLike<A>;
  try {
    const result: unknown = onResult(value);
    const promise: unknown = result === undefined ? NOTHING : Promise.resolve(result);
    return promise as PromiseLike<A>;
  } catch (error) {
    return Promise.reject(error);
  }
}
