// A loop as other threads reach it.
//
// Requests come through a broadcast channel with a name of its own, which is all that has to be known to send one:
// so a handle is plain data and can be sent anywhere in the process. Answers go to a channel of the asking thread.
import {
  type AbstractEventLoop,
  ConcurrentFuture,
  describe,
  isCancellation,
  type JobResult,
  type LoopHandle,
  RuntimeError,
  type RemoteEnd,
  type SendableArgs,
  type Task,
} from '../core/index.ts';
import type { BroadcastChannel } from 'node:worker_threads';
import { addSource, bell, type Guarded, removeSource, type Source } from './blocking.ts';
import { workerThreads } from './builtins.ts';
import { type Loaded, loadFunction } from './load.ts';
import { uncloneable } from './pooljob.ts';
import { referTo } from './reference.ts';
import { revive } from './revive.ts';
import { reviveArgs } from './serve.ts';
import { type Failure, type FunctionSpec, packFailure, ring } from './wire.ts';
import { workerState } from './workerstate.ts';

const SOON = 0;
const RUN = 1;
const STOP = 2;

type Request =
  | readonly [
      kind: typeof SOON | typeof RUN,
      id: number,
      replyTo: string,
      bell: Int32Array,
      spec: FunctionSpec,
      args: readonly unknown[],
    ]
  | readonly [kind: typeof STOP, id: number, replyTo: string];

const RESULT = 0;
const FAILURE = 1;
const CANCELLED = 2;

type Reply =
  | readonly [id: number, kind: typeof RESULT, value: unknown]
  | readonly [id: number, kind: typeof FAILURE, failure: Failure]
  | readonly [id: number, kind: typeof CANCELLED];

const OPEN = 0;
const CLOSED = 1;

function channelName(kind: string): string {
  return `asyncio-ts:${kind}:${workerThreads().threadId}:${++workerState.channels}`;
}

/** Opens a loop to other threads: the loop's side. */
export function openToThreads(loop: AbstractEventLoop): RemoteEnd {
  return new LoopEnd(loop);
}

class LoopEnd implements RemoteEnd {
  readonly handle: LoopHandle;
  readonly #loop: AbstractEventLoop;
  readonly #channel: BroadcastChannel;
  readonly #tasks = new Map<
    string,
    { task: Task<unknown> | null; bell: Int32Array; replyTo: string; id: number }
  >();
  // A function is being loaded: what comes meanwhile waits, so that the order stays.
  #queue: Request[] | null = null;

  constructor(loop: AbstractEventLoop) {
    this.#loop = loop;
    this.handle = {
      asyncioLoop: channelName('loop'),
      state: new Int32Array(new SharedArrayBuffer(4)),
    };
    const { BroadcastChannel } = workerThreads();
    this.#channel = new BroadcastChannel(this.handle.asyncioLoop);
    this.#channel.onmessage = (event: unknown): void => {
      this.#receive((event as { data: Request }).data);
    };
    this.#channel.unref();
  }

  close(): void {
    Atomics.store(this.handle.state, 0, CLOSED);
    this.#channel.close();
    for (const { replyTo, id, bell } of this.#tasks.values()) {
      reply(replyTo, bell, [id, FAILURE, packFailure(closedError())]);
    }
    this.#tasks.clear();
  }

  #receive(request: Request): void {
    if (this.#queue !== null && request[0] !== STOP) this.#queue.push(request);
    else this.#handle(request);
  }

  #handle(request: Request): void {
    if (request[0] === STOP) {
      this.#stop(request[1], request[2]);
      return;
    }
    const [, id, replyTo, bell, spec, args] = request;
    const key = `${replyTo}/${id}`;
    if (request[0] === RUN) this.#tasks.set(key, { task: null, bell, replyTo, id });
    this.#queue = [];
    void this.#call(request, spec, args).finally(() => this.#goOn());
  }

  async #call(request: Request, spec: FunctionSpec, args: readonly unknown[]): Promise<void> {
    try {
      const fn = await loadFunction(spec);
      const revived = await reviveArgs(args);
      if (request[0] === SOON) this.#loop.callSoonThreadsafe(fn, ...revived);
      else this.#run(request, fn, revived);
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #goOn(): void {
    const queue = this.#queue ?? [];
    this.#queue = null;
    for (const request of queue) this.#receive(request);
  }

  #run(request: Request, fn: Loaded, args: readonly unknown[]): void {
    const [, id, replyTo] = request;
    const key = `${replyTo}/${id}`;
    this.#loop.callSoonThreadsafe(() => {
      const entry = this.#tasks.get(key);
      // Cancelled before it began.
      if (entry === undefined) return;
      const task = this.#loop.createTask<unknown>(() => fn(...args));
      entry.task = task;
      task.addDoneCallback(() => {
        this.#tasks.delete(key);
        reply(replyTo, entry.bell, outcome(id, task));
      });
    });
  }

  #stop(id: number, replyTo: string): void {
    const key = `${replyTo}/${id}`;
    const entry = this.#tasks.get(key);
    if (entry === undefined) return;
    const { task } = entry;
    if (task === null) this.#tasks.delete(key);
    else this.#loop.callSoonThreadsafe(() => task.cancel());
  }

  #refuse(request: Request, error: unknown): void {
    if (request[0] === RUN) {
      const [, id, replyTo, bell] = request;
      this.#tasks.delete(`${replyTo}/${id}`);
      reply(replyTo, bell, [id, FAILURE, packFailure(error)]);
    } else if (!this.#loop.isClosed()) {
      this.#loop.callExceptionHandler({
        message: 'A call from another thread could not be made',
        exception: error,
      });
    }
  }
}

function outcome(id: number, task: Task<unknown>): Reply {
  if (task.cancelled()) return [id, CANCELLED];
  const exception = task.exception();
  return exception === null ? [id, RESULT, task.result()] : [id, FAILURE, packFailure(exception)];
}

function reply(name: string, bell: Int32Array, message: Reply): void {
  const { BroadcastChannel } = workerThreads();
  const channel = new BroadcastChannel(name);
  try {
    channel.postMessage(message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const failure = new TypeError(`The result of the coroutine cannot be sent back: ${reason}`);
    channel.postMessage([message[0], FAILURE, packFailure(failure)] satisfies Reply);
  }
  channel.close();
  ring(bell);
}

function closedError(): RuntimeError {
  return new RuntimeError('Event loop is closed');
}

/**
 * A loop of another thread. Made from what `loop.remote()` gave, sent to this thread in any way; jobs of executors that
 * get such a handle as an argument find it in this form.
 *
 * @example
 * // in the thread of the loop:     pool.submit(work, getRunningLoop().remote())
 * export const work = offload(import.meta, function work(loop: LoopRemote): string {
 *   loop.callSoonThreadsafe(report, 50);                            // an exported function, too
 *   return loop.runCoroutineThreadsafe(ask, 'name?').result(10);    // blocks this thread, not the loop's
 * });
 */
export class LoopRemote implements LoopHandle {
  readonly asyncioLoop: string;
  readonly state: Int32Array;

  private constructor(handle: LoopHandle) {
    this.asyncioLoop = handle.asyncioLoop;
    this.state = handle.state;
  }

  /** @throws TypeError for something that `loop.remote()` did not give */
  static from(handle: LoopHandle): LoopRemote {
    const given: unknown = handle;
    if (given instanceof LoopRemote) return given;
    if (typeof handle?.asyncioLoop !== 'string' || !(handle.state instanceof Int32Array)) {
      throw new TypeError(
        `LoopRemote.from() expects what loop.remote() gave, not ${describe(given)}`,
      );
    }
    return new LoopRemote(handle);
  }

  /** Has the loop call `fn(...args)`; both are sent as the jobs of executors are. @throws RuntimeError when it is closed */
  callSoonThreadsafe<A extends unknown[]>(
    fn: (...args: A) => unknown,
    ...args: SendableArgs<A>
  ): void {
    const { spec } = this.#prepare(fn, 'callSoonThreadsafe()');
    this.#send([SOON, 0, '', bell, spec, args], fn);
  }

  /**
   * Has the loop run `fn(...args)` as a task: an async function, a generator function or a plain one. The future it gives can be
   * waited for by blocking this thread, by callback, or by await; cancelling it cancels the task.
   * @throws RuntimeError when the loop is closed
   */
  runCoroutineThreadsafe<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): ConcurrentFuture<CoroutineResult<R>> {
    const { spec } = this.#prepare(fn, 'runCoroutineThreadsafe()');
    const future = new ConcurrentFuture<CoroutineResult<R>>();
    const inbox = (replies ??= new Replies());
    const id = inbox.expect(future);
    try {
      this.#send([RUN, id, inbox.name, bell, spec, args], fn);
    } catch (error) {
      inbox.forget(id);
      throw error;
    }
    future.addDoneCallback(() => {
      if (future.cancelled() && inbox.forget(id) && this.state[0] === OPEN) {
        this.#send([STOP, id, inbox.name], fn);
      }
    });
    // Closed just now: nobody will answer.
    if (Atomics.load(this.state, 0) === CLOSED && inbox.forget(id))
      future.setException(closedError());
    return future;
  }

  #prepare(fn: unknown, where: string): { spec: FunctionSpec } {
    const { spec } = referTo(fn, where, true);
    if (Atomics.load(this.state, 0) === CLOSED) throw closedError();
    return { spec };
  }

  #send(request: Request, fn: unknown): void {
    const { BroadcastChannel } = workerThreads();
    const channel = new BroadcastChannel(this.asyncioLoop);
    try {
      channel.postMessage(request);
    } catch (error) {
      throw uncloneable(referTo(fn, 'callSoonThreadsafe()', true), error);
    } finally {
      channel.close();
    }
  }
}

/** What a task of `fn` gives. */
export type CoroutineResult<R> = R extends Generator<unknown, infer T, unknown> ? T : JobResult<R>;

let replies: Replies | null = null;

/** The answers to this thread. */
class Replies implements Source {
  readonly name: string = channelName('reply');
  readonly #channel: BroadcastChannel;
  readonly #pending = new Map<number, ConcurrentFuture<unknown>>();
  #last = 0;

  constructor() {
    const { BroadcastChannel } = workerThreads();
    this.#channel = new BroadcastChannel(this.name);
    this.#channel.onmessage = (event: unknown): void => {
      this.#take((event as { data: Reply }).data);
    };
    this.#channel.unref();
  }

  expect(future: ConcurrentFuture<unknown>): number {
    const id = ++this.#last;
    if (this.#pending.size === 0) {
      this.#channel.ref();
      addSource(this);
    }
    this.#pending.set(id, future);
    return id;
  }

  forget(id: number): boolean {
    const found = this.#pending.delete(id);
    if (found && this.#pending.size === 0) {
      this.#channel.unref();
      removeSource(this);
    }
    return found;
  }

  poll(): void {
    const { receiveMessageOnPort } = workerThreads();
    for (;;) {
      const next = receiveMessageOnPort(this.#channel as never);
      if (next === undefined) return;
      this.#take(next.message as Reply);
    }
  }

  expecting(): boolean {
    return this.#pending.size > 0;
  }

  guarded(): Iterable<Guarded> {
    return [];
  }

  #take(message: Reply): void {
    const [id, kind] = message;
    const future = this.#pending.get(id);
    if (future === undefined || !this.forget(id)) return;
    if (kind === CANCELLED) {
      future.cancel();
      return;
    }
    if (!future.setRunningOrNotifyCancel()) return;
    if (kind === RESULT) future.setResult(message[2]);
    else {
      const error = revive(message[2]);
      if (isCancellation(error)) future._cancelRunning();
      else future.setException(error);
    }
  }
}
