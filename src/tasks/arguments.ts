// Checks of arguments that several functions of this layer share.
import {
  Coroutine,
  describe,
  isAsyncGeneratorFunction,
  isBody,
  iscoroutine,
  isfuture,
  isGenerator,
  isThenable,
} from '../core/index.ts';

/** @throws TypeError unless `value` can be waited for: a future, a Promise, a coroutine, a function of no arguments */
export function checkWork(value: unknown, where: string): void {
  if (isfuture(value) || isBody(value) || isThenable(value)) return;
  throw new TypeError(
    `${where} expects something awaitable (a future, a coroutine, a generator object, a function or a Promise), ` +
      `not ${describe(value)}`,
  );
}

/** @throws TypeError unless `value` is an iterable that is not itself an awaitable */
export function checkCollection(value: unknown, where: string, wanted: string): void {
  // Futures are iterable here (`yield*`), so a single one would pass for a collection.
  if (isfuture(value) || iscoroutine(value) || isThenable(value)) {
    // A generator may be meant as a collection, or as a coroutine.
    const instead = isGenerator(value) ? '[...x] of what it gives, or [x]' : '[x]';
    throw new TypeError(
      `${where} expects a collection of ${wanted}, not ${describe(value)}; put it into an array: ${instead}`,
    );
  }
  const iterable =
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
  if (!iterable) {
    throw new TypeError(`${where} expects a collection of ${wanted}, not ${describe(value)}`);
  }
}

/** @throws TypeError unless `value` is a function that can be called inside a task */
export function checkFunction(value: unknown, where: string): void {
  if (typeof value === 'function' && !isAsyncGeneratorFunction(value)) return;
  throw new TypeError(
    `${where} expects a function (async, generator or plain), not ${describe(value)}` +
      (iscoroutine(value) || isThenable(value) ? '; write () => … around the call' : ''),
  );
}

/** A body that was refused will never run: it is closed, so that nobody is told that it was never awaited. */
export function closeBody(body: unknown): void {
  if (body instanceof Coroutine) body.close();
  else if (isGenerator(body)) body.return(undefined);
}
