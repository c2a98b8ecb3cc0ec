// Functions in other threads, and coroutines from other threads.
import {
  activeLoop,
  type AbstractEventLoop,
  AbstractEventLoop as LoopClass,
  type Body,
  chainToConcurrent,
  checkBody,
  ConcurrentFuture,
  type Coroutine,
  describe,
  ensureFuture,
  fromGenerator,
  type Future,
  type GeneratorBody,
  getRunningLoop,
  type JobResult,
  type SendableArgs,
} from '../core/index.ts';

/**
 * Runs `fn(...args)` in a thread of the loop's default executor and gives its result. What can be sent there is told in the
 * documentation of executors: a function given to `offload`, or one that uses nothing from outside of itself. Context
 * variables do not follow it: they are objects of this thread.
 *
 * When the caller is cancelled, a call that waits never starts, and one that runs has its `jobSignal()` aborted.
 *
 * @throws TypeError when `fn` or an argument cannot be sent; what `fn` throws; BrokenExecutor when its thread dies
 * @example
 * const digest = await toThread(hashFile, path);
 */
export function toThread<A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: SendableArgs<A>
): Coroutine<JobResult<R>> {
  if (typeof fn !== 'function') {
    throw new TypeError(`toThread() expects a function first, not ${describe(fn)}`);
  }
  // Looked at and copied here and now, where it is known who will run it.
  const loop = activeLoop();
  const start = loop?._inThread(fn, args) as Start<R> | undefined;
  return fromGenerator(
    callInThread(fn, args, (running) => (running === loop ? start : undefined)),
    'toThread',
  );
}

type Start<R> = () => Future<JobResult<R>>;

function* callInThread<A extends unknown[], R>(
  fn: (...args: A) => R,
  args: SendableArgs<A>,
  preparedFor: (loop: AbstractEventLoop) => Start<R> | undefined,
): GeneratorBody<JobResult<R>> {
  const loop = getRunningLoop();
  return yield* preparedFor(loop)?.() ?? loop.runInExecutor<A, R>(null, fn, ...args);
}

/**
 * Has `loop` run a coroutine, from outside of it; the concurrent future it gives can be waited for by blocking, by
 * callback, or by await. Cancelling it cancels the task. From another thread: `loop.remote()`.
 *
 * @param body a coroutine, a generator object, or a function of no arguments
 * @throws TypeError for anything else, and when `loop` is no event loop; RuntimeError when it is closed
 *
 * @example
 * const answer = runCoroutineThreadsafe(() => ask('status'), loop);
 * answer.addDoneCallback((done) => console.log(done.result()));
 */
export function runCoroutineThreadsafe<T>(
  body: Body<T>,
  loop: AbstractEventLoop,
): ConcurrentFuture<T> {
  checkBody(body, 'runCoroutineThreadsafe()');
  if (!(loop instanceof LoopClass)) {
    throw new TypeError(
      `runCoroutineThreadsafe() expects an event loop second, not ${describe(loop)}`,
    );
  }
  const future = new ConcurrentFuture<T>();
  loop.callSoonThreadsafe(() => {
    try {
      chainToConcurrent(ensureFuture<T>(body as Body<never>, { loop }), future);
    } catch (error) {
      if (future.setRunningOrNotifyCancel()) future.setException(error);
      throw error;
    }
  });
  return future;
}
