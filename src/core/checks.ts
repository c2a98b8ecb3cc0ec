// Checks of arguments, and the words in which a wrong one is told. One wording for one fault.
import { RuntimeError } from './errors.ts';

const AsyncFunction = Object.getPrototypeOf(async function () {}) as object;
const GeneratorFunction = Object.getPrototypeOf(function* () {}) as object;
const AsyncGeneratorFunction = Object.getPrototypeOf(async function* () {}) as object;
const GeneratorPrototype = (GeneratorFunction as { prototype: object }).prototype;
const AsyncGeneratorPrototype = (AsyncGeneratorFunction as { prototype: object }).prototype;

/** Whether `value` is an `async function` (or async arrow function). */
export function isAsyncFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.getPrototypeOf(value) === AsyncFunction;
}

/** Whether `value` is a `function*`. */
export function isGeneratorFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.getPrototypeOf(value) === GeneratorFunction;
}

/** Whether `value` is an `async function*`. */
export function isAsyncGeneratorFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.getPrototypeOf(value) === AsyncGeneratorFunction;
}

/** Whether `value` is the object that a `function*` returns. */
export function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.isPrototypeOf.call(GeneratorPrototype, value)
  );
}

/** Whether `value` has a `then` method. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** What `value` is, in a few words, for an error message. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'function': {
      const kind = isAsyncFunction(value)
        ? 'the async function'
        : isGeneratorFunction(value)
          ? 'the generator function'
          : isAsyncGeneratorFunction(value)
            ? 'the async generator function'
            : 'the function';
      return value.name === '' ? `${kind} (anonymous)` : `${kind} ${value.name}`;
    }
    case 'string':
      return value.length > 40 ? `the string '${value.slice(0, 40)}…'` : `the string '${value}'`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return `the ${typeof value} ${String(value)}`;
    case 'symbol':
      return 'a symbol';
    default:
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (value instanceof Promise) return 'a Promise';
      if (isGenerator(value)) return 'a generator object';
      if (Object.prototype.isPrototypeOf.call(AsyncGeneratorPrototype, value)) {
        return 'an async generator';
      }
      if (isMarkedCoroutine(value)) return `the coroutine ${value.name}()`;
      return `an object of class ${className(value)}`;
  }
}

/** Whether `value` is a `Coroutine`. */
export function isMarkedCoroutine(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && COROUTINE in value;
}

/** The name of the class of an object. */
export function className(value: object): string {
  const constructor = (value as { constructor?: unknown }).constructor;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'Object';
}

/** @throws TypeError unless `callback` is a plain function, as `where` needs it */
export function checkCallback(callback: unknown, where: string): void {
  if (typeof callback !== 'function') {
    throw new TypeError(`${where} expects a function as callback, not ${describe(callback)}`);
  }
  const proto: unknown = Object.getPrototypeOf(callback);
  if (proto === AsyncFunction || proto === GeneratorFunction || proto === AsyncGeneratorFunction) {
    refuseCoroutineCallback(callback, where);
  }
  if (COROUTINE_FUNCTION in callback) refuseCoroutineCallback(callback, where);
  if (WRAPPED in callback) checkCallback(callback[WRAPPED], where);
}

/** The function inside `partial(fn, …)` and `context.bind(fn)`, or `fn` itself. */
export function unwrap(fn: unknown): unknown {
  let inner = fn;
  while (typeof inner === 'function' && WRAPPED in inner) inner = inner[WRAPPED];
  return inner;
}

/** Makes `wrapper` stand for `fn`: its name in reprs, and a coroutine function if it is one. */
export function standFor(wrapper: object, fn: { readonly name: string }): void {
  Object.defineProperties(wrapper, {
    name: { value: fn.name, configurable: true },
    [WRAPPED]: { value: fn },
  });
}

/** Marks coroutine objects; their class is defined on top of this file. */
export const COROUTINE: unique symbol = Symbol('asyncio.coroutine');

/** Marks what `coroutine()` returns; the value is the wrapped function. */
export const COROUTINE_FUNCTION: unique symbol = Symbol('asyncio.coroutineFunction');

/** Marks functions around another function; the value is that one. */
const WRAPPED: unique symbol = Symbol('asyncio.wrapped');

function refuseCoroutineCallback(callback: unknown, where: string): never {
  throw new TypeError(
    `${where} expects a plain function as callback, not ${describe(callback)}, which would never be awaited; ` +
      `write () => loop.createTask(…)`,
  );
}

/** @throws TypeError unless `value` is a number; RangeError for NaN. Units: seconds. */
export function checkSeconds(
  value: unknown,
  where: string,
  name = 'delay',
): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`${where} expects ${name} in seconds (a number), not ${describe(value)}`);
  }
  if (Number.isNaN(value)) {
    throw new RangeError(`${where} expects ${name} in seconds, not NaN (not a number)`);
  }
}

/** @throws TypeError unless `value` is seconds or null (no limit); undefined is taken for a forgotten argument */
export function checkTimeout(
  value: unknown,
  where: string,
  name = 'timeout',
): asserts value is number | null {
  if (value === null) return;
  if (typeof value !== 'number') {
    throw new TypeError(
      `${where} expects ${name} in seconds (a number) or null for no limit, not ${describe(value)}`,
    );
  }
  if (Number.isNaN(value)) {
    throw new RangeError(`${where} expects ${name} in seconds or null, not NaN (not a number)`);
  }
}

/**
 * @param known the names of the options; without it any name is taken
 * @throws TypeError unless `value` is an options object with known names; catches an option given as a positional argument, and a
 *   misspelt one
 */
export function checkOptions(value: unknown, where: string, known?: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${where} expects its options as an object, not ${describe(value)}`);
  }
  if (known === undefined) return;
  let any = false;
  for (const name in value) {
    any = true;
    if (known.includes(name)) continue;
    throw new TypeError(
      `${where} has no option '${name}'; it takes ${known.length === 1 ? `only '${known[0]}'` : known.map((one) => `'${one}'`).join(', ')}`,
    );
  }
  // A Promise or a coroutine has no name to show, and would pass for options with nothing in them.
  if (!any && !isPlainObject(value)) {
    throw new TypeError(`${where} expects its options as an object, not ${describe(value)}`);
  }
}

/** Whether `value` was written as `{…}`, in whichever realm, and is of no class. */
export function isPlainObject(value: object): boolean {
  const proto = Object.getPrototypeOf(value) as object | null;
  return proto === null || Object.getPrototypeOf(proto) === null;
}

/** @throws TypeError for an option that is neither left out nor true or false */
export function checkFlag(value: unknown, name: string, where: string): void {
  if (value === undefined || value === null || typeof value === 'boolean') return;
  throw new TypeError(`${where} expects {${name}} as true or false, not ${describe(value)}`);
}

/** The error for calling something that needs a running loop where none runs. */
export function noRunningLoop(where: string): RuntimeError {
  return new RuntimeError(
    `no running event loop: ${where} was called outside of any task or callback; start with run(main), ` +
      'or, in code that something else runs, await ensureFuture(f): f is then a task of the default loop',
  );
}
