// Coroutines: a call that has been written down but not begun; it runs inside the task that awaits it.
//
// States: CREATED -> STARTED (awaited, given to a task, or sent to) or CLOSED. A coroutine is awaited once. One that
// is collected while still CREATED is reported.
import { AsyncCall } from './asynccall.ts';
import {
  COROUTINE_FUNCTION,
  describe,
  isAsyncFunction,
  isAsyncGeneratorFunction,
  isGenerator,
  isGeneratorFunction,
  isThenable,
} from './checks.ts';
import { RuntimeError } from './errors.ts';
import { captureSite, type Site } from './format.ts';
import { logger } from './log.ts';
import { defaultLoop } from './loopchoice.ts';
import { claim, type Report, type Reportable, watch } from './reports.ts';
import { activeLoop, asyncTask, runtime } from './runtime.ts';
import type { Awaitable, GeneratorBody, Trap } from './traps.ts';

type AnyFunction = (this: unknown, ...args: never[]) => unknown;
type AnyGenerator = Generator<unknown, unknown, unknown>;

const CREATED = 0;
const REGISTERED = 1; // created, and registered for the report at its collection
const STARTED = 2;
const CLOSED = 3;

const GENERATOR_OBJECT = 0;
const GENERATOR = 1;
const ASYNC = 2;
const PLAIN = 3;

const NO_ARGS: readonly unknown[] = [];

/**
 * What a coroutine function returns: lazy and single-use. Await it, or give it to `createTask`.
 *
 * @example
 * const greet = coroutine(async (name: string) => { await sleep(1); return `hello ${name}`; });
 * const text = await greet('ada');          // in an async function
 * const same = yield* greet('ada');         // in a generator function
 */
export class Coroutine<T = unknown> implements Awaitable<T>, Reportable {
  readonly #body: AnyFunction | AnyGenerator;
  readonly #args: readonly unknown[];
  readonly #self: unknown;
  readonly #kind: number;
  readonly #name: string;
  #state = CREATED;
  #running: AnyGenerator | null = null;
  #adopted = false;
  readonly #site: Site | null;

  /** @internal Made by what `coroutine()` returns and by `fromGenerator()`. */
  constructor(
    body: AnyFunction | AnyGenerator,
    kind: number,
    name: string,
    args: readonly unknown[],
    self: unknown,
  ) {
    this.#body = body;
    this.#kind = kind;
    this.#name = name;
    this.#args = args;
    this.#self = self;
    this.#site = runtime.debug ? captureSite(Coroutine) : null;
    watch(this);
  }

  /** The name of the function it came from. */
  get name(): string {
    return this.#name;
  }

  /** What `await` calls: runs it in the current task, outside of any task as a task of the default loop. */
  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is the point
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const task = runtime.stepping ? null : asyncTask();
    if (task === null) {
      const loop = activeLoop() ?? defaultLoop();
      return loop.createTask<T>(this)._toPromise().then(onResult, onError);
    }
    if (this.#site !== null) task._suspended = this.#site;
    let started: unknown;
    try {
      started = this._start();
    } catch (error) {
      return Promise.reject(error).then(onResult as never, onError);
    }
    if (this.#kind !== ASYNC && isGenerator(started)) {
      return task._asyncPart().awaitGenerator(started, onResult as never, onError);
    }
    // The host's own functions, passed on as they are: its stack traces follow them across this await.
    if (isThenable(started)) return (started as PromiseLike<T>).then(onResult, onError);
    return Promise.resolve(started as T).then(onResult, onError);
  }

  /** What `yield*` calls: runs it in the current task. */
  [Symbol.iterator](): Iterator<Trap, T, unknown> {
    if (this.#kind <= GENERATOR) return this._start() as Iterator<Trap, T, unknown>;
    this.#begin();
    if (this.#kind === PLAIN) return this.#iteratePlain() as Iterator<Trap, T, unknown>;
    return new AsyncCall(() => this.#call()) as Iterator<Trap, unknown, unknown> as Iterator<
      Trap,
      T,
      unknown
    >;
  }

  /**
   * Steps the body by hand, as a scheduler does; answers with an iterator result.
   * @throws RuntimeError when it has ended, or for the body of an async function, which only the host can step
   */
  send(value: unknown): IteratorResult<Trap | undefined, T> {
    const first = this.#running === null;
    const body = this.#stepwise('send');
    if (first && value !== undefined && value !== null) {
      throw new TypeError(
        `Cannot send ${describe(value)} to a coroutine that has just been started; send null first`,
      );
    }
    return this.#step(() => body.next(value));
  }

  /** Throws `error` into the body at the place where it is suspended; answers with an iterator result. */
  throw(error: unknown): IteratorResult<Trap | undefined, T> {
    const body = this.#stepwise('throw');
    return this.#step(() => body.throw(error));
  }

  /** Ends it: unstarted, it never runs; suspended, its `finally` blocks run now, and must not wait. */
  close(): void {
    if (this.#state <= REGISTERED) {
      this.#begin();
      this.#state = CLOSED;
      return;
    }
    if (this.#running === null) return;
    const answer = this.#running.return(undefined);
    if (answer.done !== true) {
      throw new RuntimeError(
        `The coroutine ${this.#name} went on waiting in a finally block when it was closed`,
      );
    }
    this.#running = null;
    this.#state = CLOSED;
  }

  /** @internal Begins it: the generator object, or what the function returned. @throws RuntimeError when begun before */
  _start(): unknown {
    this.#begin();
    if (this.#kind === GENERATOR_OBJECT) return (this.#running = this.#body as AnyGenerator);
    const started = this.#call();
    if (this.#kind === GENERATOR) this.#running = started as AnyGenerator;
    return started;
  }

  /** @internal It has an owner now (a task): no report when it is collected unawaited. */
  _adopt(): void {
    if (this.#state === REGISTERED) claim(this);
    if (this.#state <= REGISTERED) this.#adopted = true;
  }
  /** @internal The function or generator object that it runs. */
  get _function(): AnyFunction | AnyGenerator {
    return this.#body;
  }

  /** @internal Whether its start may leave work to the host's microtasks. */
  get _isAsync(): boolean {
    return this.#kind >= ASYNC;
  }

  /** @internal */
  _unclaimed(): boolean {
    return this.#state === CREATED && !this.#adopted;
  }

  /** @internal */
  _report(): Report {
    this.#state = REGISTERED;
    const name = this.#name;
    const site = this.#site;
    return {
      owner: null,
      emit(): void {
        const where = site === null ? '' : `\nCoroutine created at:\n${site.frames().join('\n')}`;
        logger.warning(`RuntimeWarning: coroutine '${name}' was never awaited${where}`);
      },
    };
  }

  toString(): string {
    const where = this.#site === null ? '' : ` created at ${this.#site.place()}`;
    return `<coroutine ${this.#name}${where}>`;
  }

  #begin(): void {
    if (this.#state >= STARTED) {
      throw new RuntimeError(
        `Cannot reuse the already awaited coroutine ${this.#name}; call the function again for a new one`,
      );
    }
    if (this.#state === REGISTERED) claim(this);
    this.#state = STARTED;
  }

  #call(): unknown {
    return (this.#body as AnyFunction).apply(this.#self, this.#args as never[]);
  }

  *#iteratePlain(): GeneratorBody<unknown> {
    const value = this.#call();
    if (isGenerator(value)) return yield* value as GeneratorBody<unknown>;
    if (!isThenable(value)) return value;
    if (Symbol.iterator in value) return yield* value as Awaitable<unknown>;
    return yield* new AsyncCall(() => value);
  }

  #stepwise(method: string): AnyGenerator {
    if (this.#kind >= ASYNC) {
      throw new RuntimeError(
        `Coroutine.${method}() cannot step the async function ${this.#name}; await it, or write it as a generator function`,
      );
    }
    if (this.#running === null) this._start();
    return this.#running as unknown as AnyGenerator;
  }

  #step(step: () => IteratorResult<unknown, unknown>): IteratorResult<Trap | undefined, T> {
    try {
      const answer = step();
      if (answer.done === true) this.#running = null;
      return answer as IteratorResult<Trap | undefined, T>;
    } catch (error) {
      this.#running = null;
      throw error;
    }
  }
}

/** Turns a generator object into a coroutine object; the way the library's own coroutines are made. */
export function fromGenerator<T>(body: GeneratorBody<T>, name: string): Coroutine<T> {
  return new Coroutine<T>(body as AnyGenerator, GENERATOR_OBJECT, name, NO_ARGS, undefined);
}

/** A function marked by `coroutine()`. */
export interface CoroutineFunction<This, A extends readonly unknown[], T> {
  (this: This, ...args: A): Coroutine<T>;
  readonly [COROUTINE_FUNCTION]: AnyFunction;
}

/**
 * Marks a function as a coroutine function: a call returns a lazy `Coroutine` instead of running. Takes async
 * functions, generator functions, and serves as a decorator of methods (`@coroutine`, standard and legacy).
 *
 * @throws TypeError when given something that is no function, or an async generator function
 * @example
 * const fetchAll = coroutine(function* (n: number) {
 *   yield* sleep(0.1);
 *   return n * 2;
 * });
 */
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => GeneratorBody<T>,
): CoroutineFunction<This, A, T>;
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => PromiseLike<T>,
): CoroutineFunction<This, A, T>;
export function coroutine<F extends (...args: never[]) => unknown>(
  method: F,
  context: ClassMethodDecoratorContext,
): F;
export function coroutine(
  target: object,
  key: string | symbol,
  descriptor: PropertyDescriptor,
): void;
export function coroutine(target: unknown, _key?: unknown, descriptor?: unknown): unknown {
  if (isMethodDescriptor(descriptor)) {
    // A legacy decorator: the target is the prototype (of a static method, the class).
    descriptor.value = wrap(descriptor.value);
    return undefined;
  }
  return wrap(target);
}

function isMethodDescriptor(value: unknown): value is { value: unknown } {
  return typeof value === 'object' && value !== null && 'value' in value;
}

function wrap(fn: unknown): unknown {
  if (typeof fn !== 'function' || isAsyncGeneratorFunction(fn)) {
    throw new TypeError(
      `coroutine() expects an async function or a generator function, not ${describe(fn)}`,
    );
  }
  if (COROUTINE_FUNCTION in fn) return fn;
  const kind = isGeneratorFunction(fn) ? GENERATOR : isAsyncFunction(fn) ? ASYNC : PLAIN;
  const name = fn.name === '' ? '<anonymous>' : fn.name;
  const wrapped = function (this: unknown, ...args: unknown[]): Coroutine<unknown> {
    return new Coroutine<unknown>(fn as AnyFunction, kind, name, args, this);
  };
  Object.defineProperties(wrapped, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    [COROUTINE_FUNCTION]: { value: fn },
  });
  return wrapped;
}

/**
 * Whether a call of `value` gives a coroutine: it came from `coroutine()`, or is a generator function. A bare async
 * function is none: its call starts at once and gives a Promise.
 */
export function iscoroutinefunction(value: unknown): boolean {
  return typeof value === 'function' && (COROUTINE_FUNCTION in value || isGeneratorFunction(value));
}

/** Whether `value` is a coroutine: a `Coroutine`, or the object that a generator function returned. */
export function iscoroutine(value: unknown): boolean {
  return value instanceof Coroutine || isGenerator(value);
}
