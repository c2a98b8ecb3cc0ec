// The worker's side of a pool: runs one job after another. Threads and processes bring their own way to send.
import { entry } from './entry.ts';
import { type Loaded, loadJob } from './load.ts';
import type { LoopHandle } from '../core/index.ts';
import { transferOf } from './transfer.ts';
import {
  CANCEL,
  CLOSE,
  type Failure,
  type FunctionSpec,
  packFailure,
  type ToWorker,
} from './wire.ts';
import { type RunningJob, workerState } from './workerstate.ts';
import type { Transferable } from 'node:worker_threads';

/** How answers get out of this worker. */
export interface Outlet {
  /** @throws when the value cannot be cloned */
  done(id: number, value: unknown, transfer: readonly Transferable[]): void;
  fail(id: number, failure: Failure): void;
  /** A job has ended that had not ended at once: look for the next one. */
  next(): void;
}

export class Server {
  readonly #outlet: Outlet;
  readonly #functions = new Map<number, Loaded>();
  readonly #specs = new Map<number, FunctionSpec>();

  constructor(outlet: Outlet) {
    workerState.worker = true;
    this.#outlet = outlet;
  }

  /** Runs a job; one at a time. */
  run(
    id: number,
    number: number,
    spec: FunctionSpec | null,
    args: readonly unknown[],
    chunk: boolean,
    asked: () => boolean,
  ): void {
    const job: RunningJob = { id, asked, cancelled: false, abort: null, signal: null };
    workerState.job = job;
    let value: unknown;
    let later: PromiseLike<unknown> | null;
    try {
      const fn = this.#functions.get(number) ?? this.#learn(number, spec);
      if (typeof fn === 'function' && !withHandles(args, chunk)) value = call(fn, args, chunk);
      else value = callLater(fn, args, chunk);
      later = isThenable(value) ? awaitable(value) : null;
    } catch (error) {
      workerState.job = null;
      this.#outlet.fail(id, packFailure(error));
      return;
    }
    if (later === null) {
      workerState.job = null;
      this.#done(id, value);
      return;
    }
    later.then(
      (result) => {
        workerState.job = null;
        this.#done(id, result);
        this.#outlet.next();
      },
      (error: unknown) => {
        workerState.job = null;
        this.#outlet.fail(id, packFailure(error));
        this.#outlet.next();
      },
    );
  }

  /** What a function is that came with a job that was taken back. */
  remember(number: number, spec: FunctionSpec | null): void {
    if (spec !== null) this.#specs.set(number, spec);
  }

  /** What is no job: the pool asks the running one to end, or this worker. */
  control(message: ToWorker): void {
    if (message[0] === CANCEL) this.#cancel(message[1]);
    else if (message[0] === CLOSE) process.exit(0);
  }

  #cancel(id: number): void {
    const { job } = workerState;
    if (job?.id !== id) return;
    // For a job that takes its signal only later, too.
    job.cancelled = true;
    job.abort?.();
  }

  #learn(number: number, given: FunctionSpec | null): Loaded | Promise<Loaded> {
    const spec = given ?? this.#specs.get(number);
    if (spec === undefined)
      throw new TypeError(`This worker was never told what function ${number} is`);
    const fn = loadJob(spec);
    if (typeof fn === 'function') {
      this.#functions.set(number, fn);
      return fn;
    }
    return fn.then((loaded) => {
      this.#functions.set(number, loaded);
      return loaded;
    });
  }

  #done(id: number, value: unknown): void {
    try {
      this.#outlet.done(id, value, transferOf(value));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#outlet.fail(
        id,
        packFailure(new TypeError(`The result of the job cannot be sent back: ${reason}`)),
      );
    }
  }
}

async function callLater(
  fn: Loaded | Promise<Loaded>,
  args: readonly unknown[],
  chunk: boolean,
): Promise<unknown> {
  const revived = chunk
    ? await Promise.all((args as unknown[][]).map(reviveInWorker))
    : await reviveInWorker(args);
  return call(await fn, revived, chunk);
}

function withHandles(args: readonly unknown[], chunk: boolean): boolean {
  return chunk
    ? (args as unknown[][]).some((tuple) => tuple.some(isLoopHandle))
    : args.some(isLoopHandle);
}

/** `reviveArgs`, in a worker: its function may be all that this thread has of the program, and waiting for an answer needs loops. */
export async function reviveInWorker(args: readonly unknown[]): Promise<readonly unknown[]> {
  // A computed name, as the package also loads this file.
  if (args.some(isLoopHandle)) await import(entry('index').href);
  return reviveArgs(args);
}

/** Arguments as the function is to see them: handles of loops with their methods. */
export async function reviveArgs(args: readonly unknown[]): Promise<readonly unknown[]> {
  if (!args.some(isLoopHandle)) return args;
  const { LoopRemote } = await import('./remote.ts');
  return args.map((arg) => (isLoopHandle(arg) ? LoopRemote.from(arg) : arg));
}

function isLoopHandle(value: unknown): value is LoopHandle {
  return typeof value === 'object' && value !== null && 'asyncioLoop' in value;
}

function call(fn: Loaded, args: readonly unknown[], chunk: boolean): unknown {
  return chunk ? callEach(fn, args as readonly (readonly unknown[])[]) : fn(...args);
}

function callEach(fn: Loaded, tuples: readonly (readonly unknown[])[]): unknown {
  const results: unknown[] = [];
  for (let i = 0; i < tuples.length; i++) {
    const value = fn(...(tuples[i] as readonly unknown[]));
    if (isThenable(value)) return awaitRest(fn, tuples, results, value, i);
    results.push(value);
  }
  return results;
}

async function awaitRest(
  fn: Loaded,
  tuples: readonly (readonly unknown[])[],
  results: unknown[],
  pending: PromiseLike<unknown>,
  at: number,
): Promise<unknown[]> {
  results.push(await pending);
  for (const tuple of tuples.slice(at + 1)) results.push(await fn(...tuple));
  return results;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

// What is no promise may call back twice, at once, or with another thenable: a promise around it does not.
function awaitable(value: PromiseLike<unknown>): PromiseLike<unknown> {
  return value instanceof Promise ? value : Promise.resolve(value);
}
