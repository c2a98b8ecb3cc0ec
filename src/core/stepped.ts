// Coroutines of the library that are stepped through an object of their own: what a generator would do in one more
// frame at every step of the body inside, and with a generator made for each call.
import { Coroutine, type OnError, type OnResult } from './coroutines.ts';
import { insideSite } from './opensites.ts';
import type { Task } from './tasks.ts';
import type { GeneratorBody, Steps, Trap } from './traps.ts';

export abstract class SteppedCoroutine<T> extends Coroutine<T> {
  /** @internal What the task steps; asked for once. */
  protected abstract _steps(): Steps;

  override _start(): GeneratorBody<T> {
    this._begin();
    return asGenerator(this._steps()) as GeneratorBody<T>;
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    this._begin();
    const steps = this._steps();
    const body = this._site === null ? steps : insideSite(task, this._site, steps);
    return task._asyncPart().awaitGenerator(body, onResult, onError);
  }

  override [Symbol.iterator](): Iterator<Trap, T, unknown> {
    this._begin();
    return this._steps() as Iterator<Trap, T, unknown>;
  }
}

/** The same steps as a generator: for a task made of them, and for stepping by hand. */
export function* asGenerator(steps: Steps): GeneratorBody<unknown> {
  return yield* steps as GeneratorBody<unknown>;
}
