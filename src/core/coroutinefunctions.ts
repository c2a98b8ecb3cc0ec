// Coroutines of functions and generators: what `coroutine()` and `fromGenerator()` make.
import { AsyncCall, callInTask } from './asynccall.ts';
import {
  COROUTINE_FUNCTION,
  describe,
  isAsyncFunction,
  isAsyncGeneratorFunction,
  isGenerator,
  isGeneratorFunction,
  isThenable,
  unwrap,
} from './checks.ts';
import { insideSite, openSite } from './opensites.ts';
import { Coroutine, type OnError, type OnResult } from './coroutines.ts';
import type { Task } from './tasks.ts';
import type { Awaitable, GeneratorBody, Trap } from './traps.ts';

type AnyFunction = (this: unknown, ...args: never[]) => unknown;
type AnyGenerator = Generator<unknown, unknown, unknown>;

const GENERATOR_OBJECT = 0;
const GENERATOR = 1;
const ASYNC = 2;
const PLAIN = 3;

const NO_ARGS: readonly unknown[] = [];

class FunctionCoroutine<T> extends Coroutine<T> {
  /** @internal Most of these get one. */
  override _running: AnyGenerator | null = null;
  readonly #body: AnyFunction | AnyGenerator;
  readonly #args: readonly unknown[];
  readonly #self: unknown;
  readonly #kind: number;
  readonly #name: string;

  constructor(
    body: AnyFunction | AnyGenerator,
    kind: number,
    name: string,
    args: readonly unknown[],
    self: unknown,
  ) {
    super();
    this.#body = body;
    this.#kind = kind;
    this.#name = name;
    this.#args = args;
    this.#self = self;
  }

  override get name(): string {
    return this.#name;
  }

  override get _function(): AnyFunction | AnyGenerator {
    return this.#body;
  }

  override get _isAsync(): boolean {
    return this.#kind >= ASYNC;
  }

  override _start(): unknown {
    this._begin();
    if (this.#kind === GENERATOR_OBJECT) return (this._running = this.#body as AnyGenerator);
    const started = this._call();
    if (this.#kind === GENERATOR) this._running = started as AnyGenerator;
    return started;
  }

  override _awaitIn<A, B>(
    task: Task<unknown>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    const site = this._site;
    const close = site === null || this.#kind <= GENERATOR ? null : openSite(task, site);
    let started: unknown;
    try {
      started = this._start();
    } catch (error) {
      close?.();
      throw error;
    }
    if (this.#kind !== ASYNC && isGenerator(started)) {
      close?.();
      const body = site === null ? started : insideSite(task, site, started);
      return task._asyncPart().awaitGenerator(body, onResult, onError);
    }
    if (close !== null) void Promise.resolve(started).then(close, close);
    // The host's own functions, passed on as they are: its stack traces follow them across this await.
    if (isThenable(started)) return (started as PromiseLike<T>).then(onResult, onError);
    return Promise.resolve(started as T).then(onResult, onError);
  }

  override [Symbol.iterator](): Iterator<Trap, T, unknown> {
    if (this.#kind <= GENERATOR) return this._start() as Iterator<Trap, T, unknown>;
    this._begin();
    if (this.#kind === PLAIN) return this._iteratePlain() as Iterator<Trap, T, unknown>;
    return new AsyncCall(() => this._call()) as Iterator<Trap, unknown, unknown> as Iterator<
      Trap,
      T,
      unknown
    >;
  }

  /** @internal */
  _call(): unknown {
    return (this.#body as AnyFunction).apply(this.#self, this.#args as never[]);
  }

  /** @internal */
  *_iteratePlain(): GeneratorBody<unknown> {
    const value = callInTask(() => this._call());
    if (isGenerator(value)) return yield* value as GeneratorBody<unknown>;
    if (!isThenable(value)) return value;
    if (Symbol.iterator in value) return yield* value as Awaitable<unknown>;
    return yield* new AsyncCall(() => value);
  }
}

/** Turns a generator object into a coroutine object; the way the library's own coroutines are made. */
export function fromGenerator<T>(body: GeneratorBody<T>, name: string): Coroutine<T> {
  return new FunctionCoroutine<T>(body, GENERATOR_OBJECT, name, NO_ARGS, undefined);
}

/**
 * A function marked by `coroutine()`. To the compiler it is the function and nothing else: of a generic function, it would not
 * keep the type parameters otherwise.
 */
export type CoroutineFunction<This, A extends readonly unknown[], T> = (
  this: This,
  ...args: A
) => Coroutine<T>;

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
export function coroutine<This, A extends unknown[], R>(
  method: (this: This, ...args: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: A) => R>,
): (this: This, ...args: A) => R;
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => GeneratorBody<T>,
): CoroutineFunction<This, A, T>;
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => PromiseLike<T>,
): CoroutineFunction<This, A, T>;
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
    return new FunctionCoroutine<unknown>(fn as AnyFunction, kind, name, args, this);
  };
  Object.defineProperties(wrapped, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    [COROUTINE_FUNCTION]: { value: fn },
  });
  return wrapped;
}

/**
 * Whether a call of `value` gives a coroutine: it came from `coroutine()`, is a generator function, or one of these inside
 * `partial()` or `context.bind()`. A bare async function is none: its call starts at once and gives a Promise.
 */
export function iscoroutinefunction(
  value: unknown,
): value is (...args: never[]) => Coroutine<unknown> | GeneratorBody<unknown> {
  const fn = unwrap(value);
  return typeof fn === 'function' && (COROUTINE_FUNCTION in fn || isGeneratorFunction(fn));
}
