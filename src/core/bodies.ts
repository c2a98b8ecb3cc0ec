// What a task can run, what can be awaited, and how a function of the program's is called inside the current task.
import { AsyncCall, callUnderTask } from './asynccall.ts';
import { isConcurrent } from './chain.ts';
import {
  describe,
  isAsyncFunction,
  isAsyncGeneratorFunction,
  isGenerator,
  isGeneratorFunction,
  isThenable,
} from './checks.ts';
import { Coroutine } from './coroutines.ts';
import { RuntimeError } from './errors.ts';
import { functionName } from './format.ts';
import { Future } from './futures.ts';
import { wrapPromise } from './promises.ts';
import { runtime } from './runtime.ts';
import type { Awaitable, GeneratorBody } from './traps.ts';

/** Whether `value` can be awaited in both kinds of coroutine. */
export function isAwaitable(value: unknown): value is Awaitable<unknown> {
  return isThenable(value) && Symbol.iterator in value;
}

/** Whether a task can be made of `value`. */
export function isBody(value: unknown): boolean {
  return (
    value instanceof Coroutine ||
    isGenerator(value) ||
    (typeof value === 'function' && !isAsyncGeneratorFunction(value)) ||
    // Futures of both kinds are under way already.
    (isAwaitable(value) && !(value instanceof Future) && !isConcurrent(value))
  );
}

/** @throws TypeError unless a task can be made of `value`; says what to write instead */
export function checkBody(value: unknown, where: string): void {
  if (isBody(value)) return;
  const wanted = 'a coroutine, a generator object or a function of no arguments';
  if (isAwaitable(value)) {
    throw new TypeError(
      `${where} expects ${wanted}, not ${describe(value)}, which is under way already; await it`,
    );
  }
  if (isThenable(value)) {
    throw new TypeError(
      `${where} expects ${wanted}, not ${describe(value)}: its function has started already, outside of the task, ` +
        `and could not be cancelled. Write ${where.replace('()', '')}(() => fn(…)), or mark fn with coroutine(); ` +
        `ensureFuture(promise) makes a future of a Promise`,
    );
  }
  throw new TypeError(`${where} expects ${wanted}, not ${describe(value)}`);
}

/** A body in a few words, for reprs. */
export function describeBody(body: unknown): string {
  if (body instanceof Coroutine) return `${body.name}()`;
  if (typeof body === 'function') return `${functionName(body)}()`;
  return isGenerator(body) ? '<generator>' : describe(body);
}

/** Awaits anything, inside a generator: one of ours, a generator, a Promise, or a plain value (which is the result). */
export function* awaitValue<T>(
  value: T | Awaitable<T> | PromiseLike<T> | GeneratorBody<T>,
): GeneratorBody<T> {
  if (typeof value !== 'object' || value === null) return value;
  if (isAwaitable(value)) return yield* value;
  if (isGenerator(value)) return yield* value;
  if (isThenable(value)) return yield* wrapPromise(value);
  return value;
}

/** Calls a function of any kind inside the current task, and gives its value: `yield* runInline(body, x)`. */
export function* runInline<A extends readonly unknown[], T>(
  fn: (...args: A) => GeneratorBody<T> | PromiseLike<T> | T,
  ...args: A
): GeneratorBody<T> {
  if (isGeneratorFunction(fn)) return yield* fn(...args) as GeneratorBody<T>;
  return yield* callInline(fn, args);
}

/** The same for a function of one argument, as steps: where a generator around it is one too many. */
export function inlineSteps<A, T>(
  fn: (argument: A) => GeneratorBody<T> | PromiseLike<T> | T,
  argument: A,
): Iterator<unknown, unknown, unknown> {
  if (isGeneratorFunction(fn)) return fn(argument) as GeneratorBody<T>;
  if (isAsyncFunction(fn)) return new AsyncCall(() => fn(argument));
  return callInline(fn, [argument]);
}

function* callInline<A extends readonly unknown[], T>(
  fn: (...args: A) => GeneratorBody<T> | PromiseLike<T> | T,
  args: A,
): GeneratorBody<T> {
  if (isAsyncFunction(fn)) return (yield* new AsyncCall(() => fn(...args))) as T;
  const { task } = runtime;
  if (task === null) throw new RuntimeError(`${functionName(fn)} has to be called inside a task`);
  const value: unknown = callUnderTask(task, () => fn(...args));
  if (isGenerator(value)) return yield* value as GeneratorBody<T>;
  if (isAwaitable(value)) return (yield* value) as T;
  // A promise here is that of an async function which runs as a part of this task, not one of the host's.
  return (isThenable(value) ? yield* new AsyncCall(() => value) : value) as T;
}
