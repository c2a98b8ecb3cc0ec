// The arguments of pools: how many workers there may be, and what each one is started with.
import { checkAll, describe, flagOption, type OptionTable, refuseOption } from '../core/index.ts';
import { os } from './builtins.ts';
import { uncloneable } from './pooljob.ts';
import { referTo } from './reference.ts';
import type { FunctionSpec } from './wire.ts';

/** Any function: what a pool can be given, before it looks. */
export type AnyFunction = (...args: never[]) => unknown;

/** What all pools take. */
export interface PoolOptions {
  /** Run in each worker before its first job; when it throws, the pool is broken. */
  readonly initializer?: AnyFunction | null | undefined;
  /** The arguments of the initializer. */
  readonly initargs?: readonly unknown[] | undefined;
  /** Cancelling a running job ends its worker; otherwise its `jobSignal()` is aborted. */
  readonly terminate?: boolean | undefined;
  /** Options of Node for the workers; by default those of this program. */
  readonly execArgv?: readonly string[] | undefined;
}

/** An initializer as workers get it. */
export type Start<A> = { readonly spec: FunctionSpec; readonly args: A } | null;

/** Of what kind each of these is. */
export const POOL_OPTIONS: OptionTable = {
  initializer: null,
  initargs: null,
  terminate: flagOption,
  execArgv(value, name, where) {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return;
    refuseOption("an array of Node's options (['--expose-gc'])", value, name, where);
  },
};

/** How many jobs can compute at the same time here. */
export function cores(): number {
  return os().availableParallelism();
}

/**
 * The options out of `(maxWorkers, options)` or `(maxWorkers, initializer, options)`.
 * @param known all options
 * @throws TypeError for options that are none
 */
export function readOptions<O extends PoolOptions>(
  second: AnyFunction | O | null,
  third: O | undefined,
  where: string,
  known: OptionTable,
): O {
  const given = (typeof second === 'function' || second === null ? third : second) ?? ({} as O);
  checkAll(given, where, known);
  return typeof second === 'function' ? { ...given, initializer: second } : given;
}

/** @throws TypeError or RangeError for anything but a count, null or undefined */
export function checkMaxWorkers(value: unknown, where: string): number {
  if (value === undefined || value === null) return cores();
  if (typeof value === 'object') {
    throw new TypeError(
      `${where} expects maxWorkers first, a number or null for one a core, and options after it: (2, { … })`,
    );
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(
      `${where} expects maxWorkers as a whole number, or null for one a core, not ${describe(value)}`,
    );
  }
  if (value < 1) throw new RangeError(`${where} expects maxWorkers from 1 on, not ${value}`);
  return value;
}

/**
 * @param pack copies the arguments, as this kind of pool sends them
 * @throws TypeError for an initializer that cannot be sent, or arguments of it
 */
export function startOf<A>(
  { initializer = null, initargs = [] }: PoolOptions,
  where: string,
  pack: (args: readonly unknown[]) => A,
): Start<A> {
  if (initializer === null) return null;
  if (typeof initializer !== 'function') {
    throw new TypeError(
      `${where} expects initializer as a function or null, not ${describe(initializer)}`,
    );
  }
  if (!Array.isArray(initargs)) {
    throw new TypeError(`${where} expects initargs as an array, not ${describe(initargs)}`);
  }
  const reference = referTo(initializer, where);
  try {
    return { spec: reference.spec, args: pack(initargs) };
  } catch (error) {
    throw uncloneable(reference, error);
  }
}
