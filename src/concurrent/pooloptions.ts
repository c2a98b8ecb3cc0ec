// The arguments of pools: how many workers there may be, and what each one is started with.
import { checkFlag, checkOptions, describe } from '../core/index.ts';
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

/** The names of these. */
export const POOL_OPTIONS: readonly string[] = ['initializer', 'initargs', 'terminate', 'execArgv'];

/** An initializer as workers get it. */
export type Start<A> = { readonly spec: FunctionSpec; readonly args: A } | null;

type Check = (value: unknown, name: string, where: string) => void;

function refuse(wanted: string, value: unknown, name: string, where: string): never {
  throw new TypeError(`${where} expects {${name}} as ${wanted}, not ${describe(value)}`);
}

// What is not here, its reader looks at.
const KINDS: Readonly<Record<string, Check>> = {
  terminate: (value, name, where) => checkFlag(value, name, where),
  execArgv(value, name, where) {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return;
    refuse("an array of Node's options (['--expose-gc'])", value, name, where);
  },
  threadNamePrefix(value, name, where) {
    if (typeof value !== 'string') refuse('a string', value, name, where);
  },
  resourceLimits(value, name, where) {
    if (typeof value !== 'object')
      refuse('an object ({ maxOldGenerationSizeMb: 64 })', value, name, where);
  },
  env(value, name, where) {
    if (typeof value !== 'object' || Symbol.iterator in (value as object))
      refuse('an object of strings', value, name, where);
    for (const [key, one] of Object.entries(value as object)) {
      if (one !== undefined && typeof one !== 'string')
        refuse('a string', one, `${name}.${key}`, where);
    }
  },
};

/** How many jobs can compute at the same time here. */
export function cores(): number {
  return os().availableParallelism();
}

/**
 * The options out of `(maxWorkers, options)` or `(maxWorkers, initializer, options)`.
 * @param known the names of all options
 * @throws TypeError for options that are none
 */
export function readOptions<O extends PoolOptions>(
  second: AnyFunction | O | null,
  third: O | undefined,
  where: string,
  known: readonly string[],
): O {
  const given = (typeof second === 'function' || second === null ? third : second) ?? ({} as O);
  checkOptions(given, where, known);
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== null) KINDS[name]?.(value, name, where);
  }
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
