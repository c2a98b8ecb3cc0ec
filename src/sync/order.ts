// What comes before what: the order of a `PriorityQueue` that was given none.
import { describe } from '../core/index.ts';

/**
 * Python's `a < b`: numbers (bigints and booleans among them) by value, strings by their characters, arrays element by
 * element as tuples, and objects by their primitive value (a `Date`).
 *
 * @throws TypeError for anything else: a comparison that means nothing would put the items in no order in silence
 */
export function lessThan(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return compareAny(a, b);
}

function compareAny(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return arrayLess(a, b);
  const x = primitive(a);
  const y = primitive(b);
  if ((isNumeric(x) && isNumeric(y)) || (typeof x === 'string' && typeof y === 'string')) {
    return x < y;
  }
  throw new TypeError(
    `PriorityQueue cannot order ${describe(a)} and ${describe(b)}: it expects numbers, strings, dates, ` +
      'or arrays of these as items; for other items give {key} or {compare}',
  );
}

function arrayLess(a: readonly unknown[], b: readonly unknown[]): boolean {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (!equal(a[i], b[i])) return lessThan(a[i], b[i]);
  }
  return a.length < b.length;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  const x = primitive(a);
  const y = primitive(b);
  // oxlint-disable-next-line eslint/eqeqeq -- 1, 1n and true are the same number
  if (isNumeric(x) && isNumeric(y)) return x == y;
  return x === y;
}

function isNumeric(value: unknown): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

function primitive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { valueOf } = value as { valueOf?: unknown };
  return typeof valueOf === 'function' ? (valueOf.call(value) as unknown) : value;
}
