// Thread pools.
import { BrokenThreadPool, checkOptions, describe, type BrokenExecutor } from '../core/index.ts';
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import { argvForThreads } from './execargv.ts';
import type { Lane } from './lane.ts';
import { type AnyFunction, type Packed, PoolExecutor } from './pool.ts';
import { checkMaxWorkers } from './poolsize.ts';
import { referTo } from './reference.ts';
import { ThreadLane } from './threadlane.ts';
import { transferOfAll } from './transfer.ts';
import type { FunctionSpec } from './wire.ts';

/** Options of a `ThreadPoolExecutor`. */
export interface ThreadPoolOptions {
  /** Run in each worker before its first job; when it throws, the pool is broken. */
  readonly initializer?: AnyFunction | null;
  /** The arguments of the initializer. */
  readonly initargs?: readonly unknown[];
  /** What the threads are called (`name-0`, `name-1`, …) in debuggers. */
  readonly threadNamePrefix?: string;
  /** Cancelling a running job ends its thread; otherwise its `jobSignal()` is aborted. */
  readonly terminate?: boolean;
  /** Limits of memory (in MB) of each thread. */
  readonly resourceLimits?: ResourceLimits;
  /** Options of Node for the threads; by default those of this thread. */
  readonly execArgv?: readonly string[];
  /** The environment the threads see; by default a copy of this one. */
  readonly env?: Readonly<Record<string, string>>;
}

let pools = 0;

/**
 * Runs functions in worker threads: `submit`, `map`, and `loop.runInExecutor(pool, fn, ...args)`. Threads are made
 * when they are needed, up to `maxWorkers` (by default one a core), and kept; idle ones do not keep the program running.
 * Each has globals and modules of its own: nothing is shared but `SharedArrayBuffer`s.
 *
 * @throws TypeError or RangeError for arguments of the wrong kind, or an initializer that cannot be sent
 *
 * @example
 * const pool = new ThreadPoolExecutor(4);
 * const area = await pool.submit((w: number, h: number) => w * h, 6, 7);
 * await pool.shutdown();
 */
export class ThreadPoolExecutor extends PoolExecutor {
  readonly #start: { readonly spec: FunctionSpec; readonly args: unknown } | null;
  readonly #options: WorkerOptions;
  readonly #name: string;
  #made = 0;

  constructor(maxWorkers?: number | null, options?: ThreadPoolOptions);
  constructor(
    maxWorkers: number | null | undefined,
    initializer: AnyFunction | null,
    options?: ThreadPoolOptions,
  );
  constructor(
    maxWorkers?: number | null,
    second: AnyFunction | ThreadPoolOptions | null = null,
    third: ThreadPoolOptions = {},
  ) {
    const where = 'ThreadPoolExecutor()';
    const given = typeof second === 'function' || second === null ? third : second;
    checkOptions(given, where);
    const options = typeof second === 'function' ? { ...given, initializer: second } : given;
    super({
      maxWorkers: checkMaxWorkers(maxWorkers, where),
      terminate: options.terminate ?? false,
      maxTasks: 0,
    });
    this.#start = startOf(options, where);
    this.#name = options.threadNamePrefix ?? `ThreadPoolExecutor-${pools++}`;
    const execArgv = options.execArgv ?? argvForThreads();
    this.#options = {
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(execArgv === null ? {} : { execArgv: [...execArgv] }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
    };
  }

  /** @internal */
  protected override _makeLane(): Lane {
    const name = `${this.#name}-${this.#made++}`;
    return new ThreadLane(this, this.#start, { ...this.#options, name });
  }

  /** @internal */
  protected override _pack(args: readonly unknown[]): Packed {
    return { args, transfer: transferOfAll(args) };
  }

  /** @internal */
  protected override _keep(packed: Packed): Packed {
    const { args, transfer } = packed;
    if (transfer.length === 0) {
      if ((args as readonly unknown[]).every(isPrimitive)) return packed;
      return { args: structuredClone(args), transfer };
    }
    // Cloned together, so that the new list names the new buffers.
    const [kept, list] = structuredClone([args, transfer] as const, {
      transfer: [...transfer] as never,
    });
    return { args: kept, transfer: list };
  }

  /** @internal */
  protected override _brokenError(message: string, cause: unknown): BrokenExecutor {
    return new BrokenThreadPool(message, cause === undefined ? undefined : { cause });
  }
}

function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== 'object' && type !== 'function' && type !== 'symbol');
}

/** @throws TypeError for an initializer that cannot be sent */
export function startOf(
  options: { readonly initializer?: AnyFunction | null; readonly initargs?: readonly unknown[] },
  where: string,
): { readonly spec: FunctionSpec; readonly args: unknown } | null {
  const { initializer = null, initargs = [] } = options;
  if (initializer === null) return null;
  if (!Array.isArray(initargs)) {
    throw new TypeError(`${where} expects initargs as an array, not ${describe(initargs)}`);
  }
  return { spec: referTo(initializer, where).spec, args: initargs };
}
