// Process pools.
import {
  type BrokenExecutor,
  BrokenProcessPool,
  describe,
  environmentOption,
  type OptionTable,
} from '../core/index.ts';
import { toBytes } from './bytes.ts';
import type { Initializer } from './child.ts';
import type { Packed, PoolKind } from './crew.ts';
import { argvForProcesses } from './execargv.ts';
import type { Lane, LaneOwner } from './lane.ts';
import { PoolExecutor } from './pool.ts';
import {
  type AnyFunction,
  checkMaxWorkers,
  POOL_OPTIONS,
  type PoolOptions,
  readOptions,
  startOf,
} from './pooloptions.ts';
import { ProcessLane } from './processlane.ts';
import type { Transferable } from 'node:worker_threads';

/** Options of a `ProcessPoolExecutor`. */
export interface ProcessPoolOptions extends PoolOptions {
  /** How many jobs a process runs before a fresh one takes its place; null: no limit. */
  readonly maxTasksPerChild?: number | null | undefined;
  /** The environment of the processes; by default that of this one. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

// Above so many bytes, arguments are handed to the keeper rather than copied once more.
const HAND_OVER = 65_536;

/**
 * Runs functions in child processes, at most `maxWorkers` (by default one a core): for code that may crash, that must not share
 * a process, or that has to be ended for certain. Arguments and results are copied; nothing can be shared or handed
 * over. A process that dies fails its own job, and the pool goes on with another one (Python's would be broken).
 *
 * @throws TypeError or RangeError for arguments of the wrong kind, or an initializer that cannot be sent
 *
 * @example
 * const pool = new ProcessPoolExecutor(2, { maxTasksPerChild: 100 });
 * const text = await pool.submit(convert, document);
 * await pool.shutdown();
 */
export class ProcessPoolExecutor extends PoolExecutor {
  constructor(maxWorkers?: number | null, options?: ProcessPoolOptions);
  constructor(
    maxWorkers: number | null | undefined,
    initializer: AnyFunction | null,
    options?: ProcessPoolOptions,
  );
  constructor(
    maxWorkers?: number | null,
    second: AnyFunction | ProcessPoolOptions | null = null,
    third?: ProcessPoolOptions,
  ) {
    const where = 'ProcessPoolExecutor()';
    super(new ProcessKind(maxWorkers, readOptions(second, third, where, OPTIONS), where));
  }
}

const OPTIONS: OptionTable = { ...POOL_OPTIONS, maxTasksPerChild: null, env: environmentOption };

class ProcessKind implements PoolKind {
  readonly maxWorkers: number;
  readonly terminate: boolean;
  readonly maxTasks: number;
  readonly #initializer: Initializer;
  readonly #execArgv: readonly string[];
  readonly #env: Readonly<Record<string, string>> | null;

  constructor(maxWorkers: unknown, options: ProcessPoolOptions, where: string) {
    this.maxWorkers = checkMaxWorkers(maxWorkers, where);
    this.terminate = options.terminate ?? false;
    this.maxTasks = checkMaxTasks(options.maxTasksPerChild ?? null, where);
    this.#initializer = startOf(options, where, argsToBytes);
    this.#execArgv = options.execArgv ?? argvForProcesses();
    this.#env = options.env ?? null;
  }

  makeLane(owner: LaneOwner): Lane {
    return new ProcessLane(owner, {
      initializer: this.#initializer,
      execArgv: this.#execArgv,
      env: this.#env,
    });
  }

  pack(args: readonly unknown[], chunk: boolean): Packed {
    const bytes = argsToBytes(args, chunk);
    const whole = bytes.byteLength === bytes.buffer.byteLength;
    return {
      args: bytes,
      transfer: whole && bytes.byteLength > HAND_OVER ? [bytes.buffer as Transferable] : [],
    };
  }

  keep(packed: Packed): Packed {
    return packed;
  }

  brokenError(message: string, cause: unknown): BrokenExecutor {
    return new BrokenProcessPool(message, cause === undefined ? undefined : { cause });
  }
}

function argsToBytes(args: readonly unknown[], chunk = false): Buffer {
  for (const arg of chunk ? (args as unknown[][]).flat() : args) checkNotShared(arg);
  return toBytes(args);
}

// What would lose its meaning if it were copied, in the words of the one who passed it; deeper in an argument, shared memory shows it.
function checkNotShared(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof SharedArrayBuffer) {
    throw new TypeError('shared memory reaches only threads of this process');
  }
  if ('asyncioLoop' in value) {
    throw new TypeError('the handle of a loop reaches only threads of this process');
  }
}

function checkMaxTasks(value: unknown, where: string): number {
  if (value === null) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(
      `${where} expects maxTasksPerChild as a whole number or null, not ${describe(value)}`,
    );
  }
  if (value < 1) throw new RangeError(`${where} expects maxTasksPerChild from 1 on, not ${value}`);
  return value;
}
