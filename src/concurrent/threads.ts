// Thread pools.
import {
  type BrokenExecutor,
  BrokenThreadPool,
  environmentOption,
  type OptionTable,
  refuseOption,
  textOption,
} from '../core/index.ts';
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import type { Packed, PoolKind } from './crew.ts';
import { argvForThreads } from './execargv.ts';
import type { Lane, LaneOwner } from './lane.ts';
import { PoolExecutor } from './pool.ts';
import {
  type AnyFunction,
  checkMaxWorkers,
  POOL_OPTIONS,
  type PoolOptions,
  readOptions,
  type Start,
  startOf,
} from './pooloptions.ts';
import { ThreadLane } from './threadlane.ts';
import { transferOfAll } from './transfer.ts';

/** Options of a `ThreadPoolExecutor`. */
export interface ThreadPoolOptions extends PoolOptions {
  /** What the threads are called (`name-0`, `name-1`, …) in debuggers. */
  readonly threadNamePrefix?: string | undefined;
  /** Limits of memory (in MB) of each thread. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** The environment the threads see; by default a copy of this one. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

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
  constructor(maxWorkers?: number | null, options?: ThreadPoolOptions);
  constructor(
    maxWorkers: number | null | undefined,
    initializer: AnyFunction | null,
    options?: ThreadPoolOptions,
  );
  constructor(
    maxWorkers?: number | null,
    second: AnyFunction | ThreadPoolOptions | null = null,
    third?: ThreadPoolOptions,
  ) {
    const where = 'ThreadPoolExecutor()';
    super(new ThreadKind(maxWorkers, readOptions(second, third, where, OPTIONS), where));
  }
}

const OPTIONS: OptionTable = {
  ...POOL_OPTIONS,
  threadNamePrefix: textOption,
  resourceLimits(value, name, where) {
    if (typeof value !== 'object')
      refuseOption('an object ({ maxOldGenerationSizeMb: 64 })', value, name, where);
  },
  env: environmentOption,
};

let pools = 0;

class ThreadKind implements PoolKind {
  readonly maxWorkers: number;
  readonly terminate: boolean;
  readonly maxTasks: number = 0;
  readonly #start: Start<readonly unknown[]>;
  readonly #options: WorkerOptions;
  readonly #name: string;
  #made = 0;

  constructor(maxWorkers: unknown, options: ThreadPoolOptions, where: string) {
    this.maxWorkers = checkMaxWorkers(maxWorkers, where);
    this.terminate = options.terminate ?? false;
    this.#start = startOf(options, where, (args) => structuredClone(args));
    this.#name = options.threadNamePrefix ?? `ThreadPoolExecutor-${pools++}`;
    const execArgv = options.execArgv ?? argvForThreads();
    this.#options = {
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(execArgv === null ? {} : { execArgv: [...execArgv] }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
    };
  }

  makeLane(owner: LaneOwner): Lane {
    const name = `${this.#name}-${this.#made++}`;
    return new ThreadLane(owner, this.#start, { ...this.#options, name });
  }

  pack(args: readonly unknown[], chunk: boolean): Packed {
    return { args, transfer: transferOfAll(chunk ? (args as unknown[][]).flat() : args) };
  }

  keep(packed: Packed): Packed {
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

  brokenError(message: string, cause: unknown): BrokenExecutor {
    return new BrokenThreadPool(message, cause === undefined ? undefined : { cause });
  }
}

function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== 'object' && type !== 'function' && type !== 'symbol');
}
