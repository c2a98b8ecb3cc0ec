// Coroutines: a call that has been written down but not begun; it runs inside the task that awaits it.
//
// What all of them have in common is here: states, reports, stepping by hand. What is written down, and how it is run
// on being awaited, is a subclass's: a function or a generator (coroutinefunctions.ts), a sleep, an operation of a lock
// or a queue.
//
// States: CREATED -> BEGUN (awaited, started by its task, stepped by hand; or closed, without ever running). In between
// lie ADOPTED, when a task has been made of it, and REGISTERED, for the report at its collection. It is awaited once; one
// that is collected while nobody had adopted or begun it is reported.
import { COROUTINE, describe, isGenerator } from './checks.ts';
import { RuntimeError } from './errors.ts';
import { captureSite, showAsText, type Site } from './format.ts';
import { logger } from './log.ts';
import { defaultLoop } from './loopchoice.ts';
import { claim, forget, type Report, type Reportable, watchNewest } from './reports.ts';
import { activeLoop, awaitingTask, runtime } from './runtime.ts';
import type { Task } from './tasks.ts';
import { isTraceable, rejectTraced } from './tracebacks.ts';
import type { Awaitable, GeneratorBody, Trap } from './traps.ts';

type AnyGenerator = Generator<unknown, unknown, unknown>;

/** What `await` hands to `then`. */
export type OnResult<T, A> = ((value: T) => A | PromiseLike<A>) | null | undefined;
/** What `await` hands to `then`, for a failure. */
export type OnError<B> = ((error: unknown) => B | PromiseLike<B>) | null | undefined;

const CREATED = 0;
const ADOPTED = 1;
const REGISTERED = 2;
/** @internal The first state that subclasses may count on from. */
export const BEGUN = 3;

/**
 * What a coroutine function returns: lazy and single-use. Await it, or give it to `createTask`.
 *
 * @example
 * const greet = coroutine(async (name: string) => { await sleep(1); return `hello ${name}`; });
 * const text = await greet('ada');          // in an async function
 * const same = yield* greet('ada');         // in a generator function
 */
export abstract class Coroutine<T = unknown> implements Awaitable<T>, Reportable {
  /** @internal */ _state: number = CREATED;
  /** @internal The generator that was started, for who steps or closes it by hand. */
  declare _running: AnyGenerator | null;
  /** @internal Where it was made; in debug mode only. */ declare _site: Site | null;

  /** @internal Made by what `coroutine()` returns, by `fromGenerator()`, and by functions of the library. */
  constructor() {
    if (runtime.debug) this._site = captureSite(new.target);
    watchNewest(this);
  }

  /** The name of the function it came from. */
  abstract get name(): string;

  /** What `yield*` calls: runs it in the current task. */
  abstract [Symbol.iterator](): Iterator<Trap, T, unknown>;

  /** @internal Begins it: the generator object, or what the function returned. @throws RuntimeError when begun before */
  abstract _start(): unknown;

  /** @internal `await` on it in an async function of `task`: begins it there. */
  abstract _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B>;

  /** @internal The function or generator object that it runs. */
  abstract get _function(): unknown;

  /** @internal Whether its start may leave work to the host's microtasks. */
  get _isAsync(): boolean {
    return false;
  }

  /** What `await` calls: runs it in the current task, outside of any task as a task of the default loop. */
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const task = awaitingTask();
    if (task === null) {
      const loop = activeLoop() ?? defaultLoop();
      return loop.createTask<T>(this)._toPromise().then(onResult, onError);
    }
    if (this._site !== null) task._suspended = this._site;
    try {
      return this._awaitIn(task, onResult, onError);
    } catch (error) {
      // Thrown by ourselves, in a microtask of the host's: the frames of who awaited are still to be added.
      return isTraceable(error) && typeof onError === 'function'
        ? (rejectTraced(error, null, onResult, onError) as Promise<A | B>)
        : Promise.reject(error as Error).then(onResult, onError);
    }
  }

  /**
   * Steps the body by hand, as a scheduler does; answers with an iterator result.
   * @throws RuntimeError when it has ended, or for the body of an async function, which only the host can step
   */
  send(value: unknown): IteratorResult<Trap | undefined, T> {
    if (this._state < BEGUN && value !== undefined && value !== null && !this._isAsync) {
      throw new TypeError(
        `Cannot send ${describe(value)} to a coroutine that has just been started; send null first`,
      );
    }
    const body = stepwise(this, 'send');
    return stepOf(this, () => body.next(value));
  }

  /** Throws `error` into the body at the place where it is suspended; answers with an iterator result. */
  throw(error: unknown): IteratorResult<Trap | undefined, T> {
    const body = stepwise(this, 'throw');
    return stepOf(this, () => body.throw(error));
  }

  /** Ends it: unstarted, it never runs; suspended, its `finally` blocks run now, and must not wait. */
  close(): void {
    if (this._state < BEGUN) {
      this._begin();
      return;
    }
    if (this._running === null) return;
    const answer = this._running.return(undefined);
    if (answer.done !== true) {
      throw new RuntimeError(
        `The coroutine ${this.name} went on waiting in a finally block when it was closed`,
      );
    }
    this._running = null;
  }

  toString(): string {
    const where = this._site === null ? '' : ` created at ${this._site.place()}`;
    return `<coroutine ${this.name}${where}>`;
  }

  /** @internal It is being awaited, started or closed. @throws RuntimeError when it was before */
  _begin(): void {
    const state = this._state;
    if (state >= BEGUN) {
      throw new RuntimeError(
        `Cannot reuse the already awaited coroutine ${this.name}; call the function again for a new one`,
      );
    }
    this._state = BEGUN;
    if (state === REGISTERED) claim(this);
    else forget(this);
  }

  /** @internal It has an owner now (a task), who starts or closes it: no report when it is collected unawaited. */
  _adopt(): void {
    if (this._state >= BEGUN) return;
    if (this._state === REGISTERED) claim(this);
    else forget(this);
    this._state = ADOPTED;
  }

  /** @internal */
  _unclaimed(): boolean {
    return this._state === CREATED;
  }

  /** @internal */
  _report(maker: object | null): Report {
    this._state = REGISTERED;
    const { name } = this;
    const site = this._site;
    return {
      owner: maker,
      emit(): void {
        const where = site === null ? '' : `\nCoroutine created at:\n${site.frames().join('\n')}`;
        logger.warning(`RuntimeWarning: coroutine '${name}' was never awaited${where}`);
      },
    };
  }
}

// Null for every one that has none of its own: a coroutine is made for each await, and each field costs.
Coroutine.prototype._running = null;
Coroutine.prototype._site = null;
showAsText(Coroutine);

// How `describe` knows one.
Object.defineProperty(Coroutine.prototype, COROUTINE, { value: true });

// Functions instead of private methods, which V8 would mark on each new coroutine.
function stepwise(coroutine: Coroutine, method: string): AnyGenerator {
  if (coroutine._running !== null) return coroutine._running;
  const started = coroutine._isAsync ? null : coroutine._start();
  if (!isGenerator(started)) {
    throw new RuntimeError(
      `Coroutine.${method}() cannot step the async function ${coroutine.name}; await it, or write it as a generator function`,
    );
  }
  return (coroutine._running = started);
}

function stepOf<T>(
  coroutine: Coroutine<T>,
  step: () => IteratorResult<unknown, unknown>,
): IteratorResult<Trap | undefined, T> {
  try {
    const answer = step();
    if (answer.done === true) coroutine._running = null;
    return answer as IteratorResult<Trap | undefined, T>;
  } catch (error) {
    coroutine._running = null;
    throw error;
  }
}

/** Whether `value` is a coroutine: a `Coroutine`, or the object that a generator function returned. */
export function iscoroutine(value: unknown): value is Coroutine<unknown> | GeneratorBody<unknown> {
  return value instanceof Coroutine || isGenerator(value);
}
