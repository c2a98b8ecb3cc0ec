// What a loop needs of an executor, and the default one that it makes at first use.
import type { BaseEventLoop } from './baseloop.ts';
import { describe } from './checks.ts';
import type { ConcurrentFuture } from './concurrentfutures.ts';
import { NotImplementedError, RuntimeError } from './errors.ts';
import { wrapFuture } from './chain.ts';
import { logger } from './log.ts';
import { wrapPromise } from './promises.ts';
import type { AbstractEventLoop } from './events.ts';
import type { Future } from './futures.ts';
import type { GeneratorBody } from './traps.ts';

/**
 * What can be sent to another thread or process as an argument: functions, symbols, promises and weak references cannot.
 * What only a look at the value can tell (a function deep inside an object) is refused when it is sent.
 */
export type Sendable<T> = T extends ((...args: never[]) => unknown) | symbol | PromiseLike<unknown>
  ? never
  : T extends WeakMap<WeakKey, unknown> | WeakSet<WeakKey> | WeakRef<WeakKey>
    ? never
    : T;

/** `Sendable`, for each argument of a function. A handle of `loop.remote()` is what a function gets as a `LoopRemote`. */
export type SendableArgs<A extends readonly unknown[]> = {
  [K in keyof A]: Sendable<A[K]> | (A[K] extends LoopHandle ? LoopHandle : never);
};

/** The result of a job, as it arrives. */
export type JobResult<R> = Sendable<Awaited<R>>;

/** Runs functions elsewhere: `ThreadPoolExecutor`, `ProcessPoolExecutor`, or one of your own. */
export interface Executor {
  /** Has `fn(...args)` run; see `ThreadPoolExecutor`. */
  submit<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): ConcurrentFuture<JobResult<R>>;
  /** @internal Looks at a job now, and sends it when the answer is called; without it, or with null, `submit` does both. */
  _prepare?(
    fn: unknown,
    args: readonly unknown[],
    where: string,
  ): (() => ConcurrentFuture<unknown>) | null;
  /** Takes no more jobs; what it returns is done when all of them are. */
  shutdown(
    wait?: boolean,
    options?: { cancelFutures?: boolean | undefined },
  ): ConcurrentFuture<void>;
}

/** A loop as other threads see it: plain data that can be sent anywhere inside the process. See `loop.remote()`. */
export interface LoopHandle {
  readonly asyncioLoop: string;
  readonly state: Int32Array;
}

/** The loop's end of its remote handles. */
export interface RemoteEnd {
  readonly handle: LoopHandle;
  /** The loop is closed: nothing is taken any more. */
  close(): void;
}

interface Makers {
  /** Makes a default executor. */
  executor(): Executor;
  /** Makes the handle that other threads reach a loop by. */
  remote(loop: AbstractEventLoop): RemoteEnd;
}

let makers: Makers | null = null;

/** @internal The layer concurrent tells how executors and remote handles are made. */
export function setConcurrency(value: Makers): void {
  makers = value;
}

/** @internal */
export function concurrency(where: string): Makers {
  if (makers !== null) return makers;
  throw new NotImplementedError(
    `${where} needs threads, and none are registered for this platform: import 'asyncio-ts' or 'asyncio-ts/concurrent'`,
  );
}

/** @internal @throws TypeError unless `value` has the methods of an executor */
export function checkExecutor(value: unknown, where: string): asserts value is Executor {
  const given = value as Partial<Record<keyof Executor, unknown>> | null;
  if (
    typeof given === 'object' &&
    given !== null &&
    typeof given.submit === 'function' &&
    typeof given.shutdown === 'function'
  ) {
    return;
  }
  throw new TypeError(
    `${where} expects an executor (with submit() and shutdown()), not ${describe(value)}`,
  );
}

/**
 * @internal The default executor of one loop, and its end towards other threads.
 * States of the executor: none -> made (at first use, or set) -> shut down, after which nothing is taken.
 */
export class LoopThreads {
  #executor: Executor | null = null;
  #remote: RemoteEnd | null = null;
  #shutDown = false;

  /** @throws RuntimeError when it was shut down */
  use(): Executor {
    if (this.#shutDown) {
      throw new RuntimeError('The default executor was shut down: it takes no more functions');
    }
    this.#executor ??= concurrency('The default executor').executor();
    return this.#executor;
  }

  set(executor: unknown): void {
    if (this.#shutDown) {
      throw new RuntimeError('The default executor was shut down: it takes no more functions');
    }
    checkExecutor(executor, 'setDefaultExecutor()');
    this.#executor = executor;
  }

  /** Waits for its jobs and closes it; after `timeout` seconds it says so and goes on without them. */
  *shutdown(loop: BaseEventLoop, timeout: number | null): GeneratorBody<void> {
    this.#shutDown = true;
    const executor = this.#executor;
    if (executor === null) return;
    // An executor written as in Python gives nothing back, one written as in JavaScript perhaps a promise.
    const closed: unknown = executor.shutdown(true);
    if (closed === undefined || closed === null) return;
    const ended: Future<unknown> =
      closed instanceof Promise
        ? wrapPromise(closed, loop)
        : wrapFuture(closed as ConcurrentFuture, { loop });
    if (timeout === null) {
      yield* ended;
      return;
    }
    let late = false;
    // In real time: a virtual clock would be there at once.
    const timer = loop._hostTimer(() => {
      late = ended.cancel();
    }, timeout);
    try {
      yield* ended;
    } catch (error) {
      if (!late) throw error;
      logger.warning(
        `RuntimeWarning: The executor did not finish its jobs within ${timeout} seconds`,
      );
      executor.shutdown(false);
    } finally {
      loop._clearHostTimer(timer);
    }
  }

  remote(loop: AbstractEventLoop): LoopHandle {
    this.#remote ??= concurrency('remote()').remote(loop);
    return this.#remote.handle;
  }

  /** The loop is closed: without waiting. */
  close(): void {
    this.#shutDown = true;
    this.#remote?.close();
    const executor = this.#executor;
    this.#executor = null;
    executor?.shutdown(false);
  }
}
