// How many workers a pool may have, and what its options may say.
import { describe } from '../core/index.ts';
import { os } from './builtins.ts';

/** How many jobs can compute at the same time here. */
export function cores(): number {
  return os().availableParallelism();
}

/** @throws TypeError or RangeError for anything but a count, null or undefined */
export function checkMaxWorkers(value: unknown, where: string): number {
  if (value === undefined || value === null) return cores();
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(
      `${where} expects maxWorkers as a whole number, or null for one a core, not ${describe(value)}`,
    );
  }
  if (value < 1) throw new RangeError(`${where} expects maxWorkers from 1 on, not ${value}`);
  return value;
}
