// Handing over instead of copying.
import type { Transferable } from 'node:worker_threads';

const lists = new WeakMap<object, readonly Transferable[]>();

/**
 * Says that a value, as an argument of a job or as its result, is handed over and not copied: the buffers and
 * ports of `list` are unusable here afterwards. Gives the value back. Between processes it is copied all the same.
 *
 * @param list what to hand over; by default the value itself, or the buffer under it
 * @throws TypeError for a value that is no object, or a list that is none
 *
 * @example
 * const sum = await toThread(checksum, transfer(bytes));   // in the job: return transfer(pixels)
 */
export function transfer<T extends object>(
  value: T,
  list: readonly Transferable[] = [defaultFor(value)],
): T {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new TypeError(
      `transfer() expects an object, not ${value === null ? 'null' : typeof value}`,
    );
  }
  if (!Array.isArray(list)) {
    throw new TypeError(
      `transfer() expects an array of what to hand over second: transfer(value, [buffer]), not ${typeof list}`,
    );
  }
  lists.set(value, list);
  return value;
}

function defaultFor(value: object): Transferable {
  return (ArrayBuffer.isView(value) ? value.buffer : value) as Transferable;
}

const NONE: readonly Transferable[] = [];

/** What is to be handed over with `value`. */
export function transferOf(value: unknown): readonly Transferable[] {
  if (typeof value !== 'object' || value === null) return NONE;
  return lists.get(value) ?? NONE;
}

/** What is to be handed over with any of `values`. */
export function transferOfAll(values: readonly unknown[]): readonly Transferable[] {
  let all: readonly Transferable[] = NONE;
  for (const value of values) {
    const list = transferOf(value);
    if (list.length > 0) all = all.length === 0 ? list : [...all, ...list];
  }
  // A buffer under two arguments is handed over once.
  return all.length > 1 ? [...new Set(all)] : all;
}
