// Runs before every test file.
import { expect } from 'vitest';

/** What can be awaited here can be iterated as well, and a pending future without end. */
function isAwaitable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && Symbol.iterator in value;
}

// Futures, tasks and coroutines are equal when they are the same. Without this, `toEqual` would
// compare two of them as collections, by iterating them.
expect.addEqualityTesters([
  (a, b) => (isAwaitable(a) || isAwaitable(b) ? Object.is(a, b) : undefined),
]);
