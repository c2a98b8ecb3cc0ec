// `functools.partial`: arguments bound now, the call later, the name kept for debug output.
import { describe, standFor } from './checks.ts';

/**
 * A function that calls `fn` with `bound` first; it keeps the name of `fn` in reprs and debug output.
 *
 * @throws TypeError unless `fn` is a function
 * @example
 * loop.callSoon(partial(socket.write, chunk));
 */
export function partial<B extends unknown[], A extends unknown[], R>(
  fn: (...args: [...B, ...A]) => R,
  ...bound: B
): (...args: A) => R {
  if (typeof fn !== 'function') {
    throw new TypeError(`partial() expects a function first, not ${describe(fn)}`);
  }
  const bond = function (this: unknown, ...args: A): R {
    return fn.call(this, ...bound, ...args);
  };
  standFor(bond, fn);
  return bond;
}
