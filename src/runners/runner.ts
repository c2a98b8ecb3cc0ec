// Runner and run: a fresh loop, SIGINT, and an orderly end. The only code that picks a loop.
import {
  AbstractEventLoop,
  activeLoop,
  type BaseEventLoop,
  type Body,
  checkBody,
  checkOptions,
  cleanStack,
  type Context,
  currentContext,
  describe,
  Future,
  newEventLoop,
  reportAll,
  RuntimeError,
  setRunnerLoop,
  type Task,
  unsetRunnerLoop,
} from '../core/index.ts';
import { interruptible } from './interrupt.ts';

/** Options of `run` and `Runner`. */
export interface RunnerOptions {
  /** Debug mode of the loop; by default as `ASYNCIO_DEBUG` says. */
  debug?: boolean | null | undefined;
  /** Makes the loop, a function or a class of loops; by default the platform's `EventLoop`. */
  loopFactory?: LoopFactory | null | undefined;
}

/** What makes a loop: a function, or the class itself. */
type LoopFactory = (() => AbstractEventLoop) | (new () => AbstractEventLoop);

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
 * Runs several main coroutines one after another on one loop, with the same context variables. From its first use until it is
 * closed, its loop is what `getEventLoop()` gives outside of tasks, unless it was made by `loopFactory`.
 * States: created -> open (at the first use) -> closed.
 *
 * @example
 * const runner = new Runner();
 * try { await runner.run(first); await runner.run(second); } finally { await runner.close(); }
 */
export class Runner {
  readonly #debug: boolean | null;
  readonly #factory: LoopFactory | null;
  #state = CREATED;
  #loop: BaseEventLoop | null = null;
  #context: Context | null = null;

  constructor(options: RunnerOptions = {}) {
    checkOptions(options, 'Runner()', RUNNER_OPTIONS);
    const { debug, loopFactory } = options;
    if (loopFactory !== undefined && loopFactory !== null && typeof loopFactory !== 'function') {
      throw new TypeError(
        `Runner() expects a function or a class of loops as {loopFactory}, not ${describe(loopFactory)}`,
      );
    }
    this.#debug = debug ?? null;
    this.#factory = loopFactory ?? null;
  }

  /** The runner's loop, made at the first use. @throws RuntimeError when the runner is closed */
  getLoop(): AbstractEventLoop {
    return this.#open(true);
  }

  /**
   * Runs `main` as a task and returns its result. SIGINT (Ctrl-C) cancels the task, and the run then ends with a
   * KeyboardInterrupt; a second SIGINT ends the process with exit code 130.
   *
   * @param main a coroutine, a generator object, a function of no arguments, or a future of the runner's loop
   * @param options.context what the task runs with; by default the runner's own
   * @param options.signal its abort cancels the task
   * @throws TypeError for anything else; RuntimeError inside a running loop, while another main runs, or when the runner is closed
   */
  run<T>(
    main: Body<T>,
    options: { context?: Context | null | undefined; signal?: AbortSignal | null | undefined } = {},
  ): Promise<T> {
    checkOptions(options, 'Runner.run()', ['context', 'signal']);
    const body = checkMain(main);
    return this.#run(body, true, options.context, options.signal);
  }

  /** Cancels what is left, lets it finish, and closes the loop. A runner that was never used stays as it is. */
  async close(): Promise<void> {
    if (this.#state !== OPEN) return;
    const loop = this.#loop as BaseEventLoop;
    this.#state = CLOSED;
    try {
      await cancelAllTasks(loop);
      await loop.runUntilComplete(loop.shutdownAsyncgens());
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(EXECUTOR_TIMEOUT));
    } finally {
      if (this.#factory === null) unsetRunnerLoop(loop);
      loop.close();
      this.#loop = null;
      reportAll(loop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal For `run()`, whose loop nobody sees but the code in it: it does not become the current one. */
  _runAlone<T>(main: Body<T>, signal: AbortSignal | null | undefined): Promise<T> {
    return this.#run(main, false, null, signal);
  }

  #run<T>(
    main: Body<T>,
    sets: boolean,
    context: Context | null | undefined,
    signal: AbortSignal | null | undefined,
  ): Promise<T> {
    const loop = this.#open(sets);
    // Asked before there is a task: the body of a refused run must never begin.
    if (loop.isRunning()) {
      throw new RuntimeError('This Runner is running already: await the run() before');
    }
    const task = loop.createTask(main, { context: context ?? this.#context, signal });
    return interruptible(loop, task, () => loop.runUntilComplete<T>(task) as Promise<T>);
  }

  #open(sets: boolean): BaseEventLoop {
    if (this.#state === CLOSED) throw new RuntimeError('This Runner is closed; make a new one');
    if (this.#state === OPEN) return this.#loop as BaseEventLoop;
    const loop = (
      this.#factory === null ? newEventLoop() : makeLoop(this.#factory)
    ) as BaseEventLoop;
    if (this.#factory === null && sets) setRunnerLoop(loop);
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
  const body = checkMain(main);
  const { signal, ...rest } = options;
  const runner = new Runner(rest);
  return runner._runAlone(body, signal).then(
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

function checkMain<T>(main: Body<T>): Body<T> {
  const future: unknown = main;
  // A future is under way, and is awaited by a task; that it is one of another loop is told there.
  const body = future instanceof Future ? () => future as Future<T> : main;
  checkBody(body, 'run()');
  if (activeLoop() !== null) {
    throw new RuntimeError(
      'run() cannot be called from a running event loop: await the coroutine instead',
    );
  }
  return body;
}

function makeLoop(factory: LoopFactory): AbstractEventLoop {
  const loop: unknown = isLoopClass(factory) ? new factory() : (factory as () => unknown)();
  if (loop instanceof AbstractEventLoop) return loop;
  throw new TypeError(`{loopFactory} must return an event loop, not ${describe(loop)}`);
}

function isLoopClass(factory: LoopFactory): factory is new () => AbstractEventLoop {
  return factory.prototype instanceof AbstractEventLoop;
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
