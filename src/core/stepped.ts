// Coroutines of the library that are stepped through an object of their own: what a generator would do in one more
// frame at every step of the body inside, and with a generator made for each call.
import { Coroutine, type OnError, type OnResult } from './coroutines.ts';
import { insideSite } from './opensites.ts';
import type { Task } from './tasks.ts';
import type { GeneratorBody, Steps, Trap } from './traps.ts';

export abstract class SteppedCoroutine<T> extends Coroutine<T> {
  /** @internal What the task steps; asked for once. */
  protected abstract _steps(): Steps;

  /** @internal The same as a generator: for a task made of it, and for stepping by hand. */
  protected *_body(): GeneratorBody<T> {
    return (yield* this._steps() as GeneratorBody<unknown>) as T;
  }

  override _start(): GeneratorBody<T> {
    this._begin();
    return this._body();
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    return this._awaitSteps(task, onResult, onError);
  }

  /** @internal */
  _awaitSteps<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    const site = this._site;
    const body = site === null ? this._steps() : insideSite(task, site, this._body());
    return task._asyncPart().awaitGenerator(body, onResult, onError);
  }

  override [Symbol.iterator](): Iterator<Trap, T, unknown> {
    this._begin();
    return this._steps() as Iterator<Trap, T, unknown>;
  }
}

/** `attempt` has nothing to give: it has to wait. */
export const LATER: unique symbol = Symbol('later');

/**
 * One that often has nothing to wait for (a free lock, a read with data in the buffer): it is answered on the spot then,
 * with no steps made for it.
 */
export abstract class PromptCoroutine<T> extends SteppedCoroutine<T> {
  /** @internal The value, once `attempt` has given it; before, free for a subclass. */
  declare protected _answer: unknown;

  /** Does it and gives the value, if that needs no waiting; LATER if it does, with nothing changed. */
  protected abstract attempt(): T | typeof LATER;

  override get _function(): unknown {
    return this.attempt;
  }

  protected override *_body(): GeneratorBody<T> {
    const value = this.attempt();
    return value === LATER ? yield* super._body() : value;
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    // Cancelled while it awaited the host: this is the first place where it can be told.
    if (task._mustCancel() && task._asyncPart().adrift) throw task._takeCancel();
    const value = this.attempt();
    if (value !== LATER) return settle(value, onResult);
    return this._awaitSteps(task, onResult, onError);
  }

  override [Symbol.iterator](): Iterator<Trap, T, unknown> {
    this._begin();
    const value = this.attempt();
    if (value === LATER) return this._steps() as Iterator<Trap, T, unknown>;
    this._answer = value;
    return this as unknown as Iterator<Trap, T, unknown>;
  }

  /** What `yield*` asks of its iterator: the value is here. */
  next(): IteratorResult<Trap, T> {
    return { value: this._answer as T, done: true };
  }
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

/** Answers a `then` with a value that is here. `await` itself wants no promise in return. */
function settle<T, A>(value: T, onResult: OnResult<T, A>): PromiseLike<A> {
  if (typeof onResult !== 'function') {
    return Promise.resolve(value) as PromiseLike<unknown> as PromiseLike<A>;
  }
  try {
    const result: unknown = onResult(value);
    const promise: unknown = result === undefined ? NOTHING : Promise.resolve(result);
    return promise as PromiseLike<A>;
  } catch (error) {
    return Promise.reject(error);
  }
}
