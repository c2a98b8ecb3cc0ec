// Runner and run: a fresh loop, SIGINT, and an orderly end. The only code that picks a loop.
import {
  type AbstractEventLoop,
  activeLoop,
  type BaseEventLoop,
  type Body,
  checkBody,
  checkOptions,
  cleanStack,
  type Context,
  currentContext,
  describe,
  type Future,
  newEventLoop,
  reportAll,
  RuntimeError,
  setEventLoop,
  type Task,
} from '../core/index.ts';
import { interruptible } from './interrupt.ts';

/** Options of `run` and `Runner`. */
export interface RunnerOptions {
  /** Debug mode of the loop; by default as `ASYNCIO_DEBUG` says. */
  debug?: boolean | null | undefined;
  /** Makes the loop; by default the platform's `EventLoop`. */
  loopFactory?: (() => AbstractEventLoop) | null | undefined;
}

/** Options of `run`: those of `Runner`, and the signal of its one main task. */
export interface RunOptions extends RunnerOptions {
  /** Its abort cancels the main task. */
  signal?: AbortSignal | null | undefined;
}

const RUNNER_OPTIONS = ['debug', 'loopFactory'];

// Seconds that the default executor gets to finish at the end.
const EXECUTOR_TIMEOUT = 300;

const CREATED = 0;
const OPEN = 1;
const CLOSED = 2;

/**
 * Runs several main coroutines one after another on one loop, with the same context variables.
 * States: created -> open (at the first use) -> closed.
 *
 * @example
 * const runner = new Runner();
 * try { await runner.run(first); await runner.run(second); } finally { await runner.close(); }
 */
export class Runner {
  readonly #debug: boolean | null;
  readonly #factory: () => AbstractEventLoop;
  #state = CREATED;
  #loop: BaseEventLoop | null = null;
  #context: Context | null = null;

  constructor(options: RunnerOptions = {}) {
    checkOptions(options, 'Runner()', RUNNER_OPTIONS);
    const { debug, loopFactory } = options;
    if (loopFactory !== undefined && loopFactory !== null && typeof loopFactory !== 'function') {
      throw new TypeError(
        `Runner() expects a function as {loopFactory}, not ${describe(loopFactory)}`,
      );
    }
    this.#debug = debug ?? null;
    this.#factory = loopFactory ?? newEventLoop;
  }

  /** The runner's loop, made at the first use. @throws RuntimeError when the runner is closed */
  getLoop(): AbstractEventLoop {
    return this.#open();
  }

  /**
   * Runs `main` as a task and returns its result. SIGINT (Ctrl-C) cancels the task, and the run then ends with a
   * KeyboardInterrupt; a second SIGINT ends the process with exit code 130.
   *
   * @param main a coroutine, a generator object, or a function of no arguments
   * @param options.context what the task runs with; by default the runner's own
   * @param options.signal its abort cancels the task
   * @throws TypeError for anything else; RuntimeError inside a running loop, or when the runner is closed
   */
  run<T>(
    main: Body<T>,
    options: { context?: Context | null; signal?: AbortSignal | null | undefined } = {},
  ): Promise<T> {
    checkOptions(options, 'Runner.run()', ['context', 'signal']);
    checkBody(main, 'run()');
    if (activeLoop() !== null) {
      throw new RuntimeError(
        'run() cannot be called from a running event loop: await the coroutine instead',
      );
    }
    const loop = this.#open();
    const context = options.context ?? this.#context;
    const task = loop.createTask(main, { context, signal: options.signal });
    return interruptible(loop, task, () => loop.runUntilComplete<T>(task) as Promise<T>);
  }

  /** Cancels what is left, lets it finish, and closes the loop. */
  async close(): Promise<void> {
    if (this.#state !== OPEN) {
      this.#state = CLOSED;
      return;
    }
    const loop = this.#loop as BaseEventLoop;
    this.#state = CLOSED;
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(loop.shutdownAsyncgens());
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIMEOUT));
    } finally {
      setEventLoop(null);
      loop.close();
      this.#loop = null;
      reportAll(loop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): BaseEventLoop {
    if (this.#state === CLOSED) throw new RuntimeError('This Runner is closed; make a new one');
    if (this.#state === OPEN) return this.#loop as BaseEventLoop;
    const loop = this.#factory() as BaseEventLoop;
    if (this.#debug !== null) loop.setDebug(this.#debug);
    this.#loop = loop;
    this.#context = currentContext().copy();
    this.#state = OPEN;
    return loop;
  }
}

/**
 * Runs `main` on a fresh loop and returns its result; at the end, what is left is cancelled and awaited.
 *
 * @param main a coroutine, a generator object, or a function of no arguments
 * @throws TypeError for anything else (a Promise has started already); RuntimeError inside a running loop
 * @example
 * await run(async () => { await sleep(1); console.log('done'); });
 */
export function run<T>(main: Body<T>, options: RunOptions = {}): Promise<T> {
  checkOptions(options, 'run()', [...RUNNER_OPTIONS, 'signal']);
  checkBody(main, 'run()');
  if (activeLoop() !== null) {
    throw new RuntimeError(
      'run() cannot be called from a running event loop: await the coroutine instead',
    );
  }
  const { signal, ...rest } = options;
  const runner = new Runner(rest);
  const result = runner.run(main, { signal });
  return result.then(
    async (value) => {
      await runner.close();
      return value;
    },
    async (error: unknown) => {
      await runner.close();
      cleanStack(error);
      throw error;
    },
  );
}

async function cancelAllTasks(loop: BaseEventLoop): Promise<void> {
  const tasks = [...(loop._tasks as Iterable<unknown>)] as Task<unknown>[];
  if (tasks.length === 0) return;
  for (const task of tasks) task.cancel();
  await loop.runUntilComplete(allDone(loop, tasks));
  for (const task of tasks) {
    if (!task._threw()) continue;
    loop.callExceptionHandler({
      message: 'Unhandled exception during the shutdown of run()',
      exception: task.exception(),
      task,
    });
  }
}

function allDone(loop: BaseEventLoop, tasks: readonly Task<unknown>[]): Future<void> {
  const all = loop.createFuture<void>();
  let left = tasks.length;
  const one = (): void => {
    if (--left === 0 && !all.done()) all.setResult(undefined);
  };
  for (const task of tasks) task.addDoneCallback(one);
  return all;
}
