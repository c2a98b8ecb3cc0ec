// Asynchronous context managers: what stands before and after a body, whatever happens inside it.
import { AsyncCall, callInTask } from './asynccall.ts';
import { awaitValue, runInline } from './bodies.ts';
import { describe } from './checks.ts';
import { fromGenerator } from './coroutinefunctions.ts';
import type { Coroutine } from './coroutines.ts';
import { runtime } from './runtime.ts';
import type { Awaitable, GeneratorBody } from './traps.ts';

/** Something that may have to be awaited. */
export type MaybeAwaitable<T> = T | Awaitable<T> | PromiseLike<T> | GeneratorBody<T>;

/** What `asyncWith` takes: Python's `__aenter__` and `__aexit__`. */
export interface AsyncContextManager<T> {
  /** Begins; its value is given to the body. */
  enter(): MaybeAwaitable<T>;
  /** Ends; `error` is what the body threw, undefined when nothing. Returning true swallows the error. */
  exit(error: unknown): MaybeAwaitable<boolean | undefined | void>;
}

/**
 * Python's `async with manager as x: body`. The value of the body is the value of the whole.
 *
 * @example
 * await asyncWith(lock, async () => { counter += await read(); });
 */
export function asyncWith<T, R>(
  manager: AsyncContextManager<T>,
  body: (value: T) => GeneratorBody<R> | PromiseLike<R> | R,
): Coroutine<R> {
  const candidate = manager as Partial<AsyncContextManager<T>> | null | undefined;
  if (typeof candidate?.enter !== 'function' || typeof candidate.exit !== 'function') {
    throw new TypeError(
      `asyncWith() expects a context manager (with enter() and exit()) first, not ${describe(manager)}`,
    );
  }
  if (typeof body !== 'function') {
    throw new TypeError(`asyncWith() expects a function as body, not ${describe(body)}`);
  }
  return fromGenerator(withManager(manager, body), 'asyncWith');
}

function* withManager<T, R>(
  manager: AsyncContextManager<T>,
  body: (value: T) => GeneratorBody<R> | PromiseLike<R> | R,
): GeneratorBody<R> {
  const value = yield* DIRECT in manager.enter
    ? awaitValue<T>(manager.enter())
    : inTask<T>(() => manager.enter());
  let result: R;
  try {
    result = yield* runInline(body, value);
  } catch (error) {
    const swallowed = yield* leave(manager, error);
    if (swallowed === true) return undefined as R;
    throw error;
  }
  yield* leave(manager, undefined);
  return result;
}

type Swallowed = boolean | undefined | void;

function leave(manager: AsyncContextManager<unknown>, error: unknown): GeneratorBody<Swallowed> {
  return DIRECT in manager.exit
    ? awaitValue<Swallowed>(manager.exit(error))
    : inTask<Swallowed>(() => manager.exit(error));
}

/** A method of the program's may be an async function, or call one: what that awaits belongs to the current task. */
function* inTask<T>(call: () => MaybeAwaitable<T>): GeneratorBody<T> {
  const value = callInTask(call);
  if (runtime.task === null || !(value instanceof Promise)) return yield* awaitValue<T>(value);
  return (yield* new AsyncCall(() => value)) as T;
}

const DIRECT: unique symbol = Symbol('direct');

/** @internal Marks methods of the library's own managers: they call nothing of the program's, and are called as they are. */
export function callDirectly(...methods: object[]): void {
  for (const method of methods) Object.defineProperty(method, DIRECT, { value: true });
}
