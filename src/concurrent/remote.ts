// A loop as other threads reach it: the side of the asking thread.
import {
  BrokenExecutor,
  ConcurrentFuture,
  describe,
  isCancellation,
  type JobResult,
  type LoopHandle,
  type SendableArgs,
} from '../core/index.ts';
import type { BroadcastChannel } from 'node:worker_threads';
import { addSource, bell, type Guarded, removeSource, type Source } from './blocking.ts';
import { workerThreads } from './builtins.ts';
import { uncloneable } from './pooljob.ts';
import { referTo } from './reference.ts';
import {
  CANCELLED,
  channelName,
  CLOSED,
  ENDED,
  closedError,
  OPEN,
  type Reply,
  type Request,
  RESULT,
  RUN,
  SOON,
  STATE,
  STOP,
  THREAD,
} from './remotewire.ts';
import { revive } from './revive.ts';
import { EndedThreads } from './threadends.ts';
import type { FunctionSpec } from './wire.ts';

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
    // From now on, so that no end of its thread is missed.
    const inbox = answers();
    if (given instanceof LoopRemote) return given;
    if (typeof handle?.asyncioLoop !== 'string' || !(handle.state instanceof Int32Array)) {
      throw new TypeError(
        `LoopRemote.from() expects what loop.remote() gave, not ${describe(given)}`,
      );
    }
    inbox.know(handle.state);
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
   * @throws RuntimeError when the loop is closed, BrokenExecutor when its thread has ended; the future fails so, if that comes later
   */
  runCoroutineThreadsafe<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...args: SendableArgs<A>
  ): ConcurrentFuture<CoroutineResult<R>> {
    const { spec } = this.#prepare(fn, 'runCoroutineThreadsafe()');
    const future = new ConcurrentFuture<CoroutineResult<R>>();
    const inbox = answers();
    const id = inbox.expect(future, this.state[THREAD] as number);
    try {
      this.#send([RUN, id, inbox.name, bell, spec, args], fn);
    } catch (error) {
      inbox.forget(id);
      throw error;
    }
    future.addDoneCallback(() => {
      if (future.cancelled() && inbox.forget(id) && this.state[STATE] === OPEN) {
        this.#send([STOP, id, inbox.name], fn);
      }
    });
    // Closed just now: nobody will answer.
    const state = Atomics.load(this.state, STATE);
    if (state !== OPEN && inbox.forget(id)) {
      future.setException(state === CLOSED ? closedError() : endedError());
    }
    return future;
  }

  #prepare(fn: unknown, where: string): { spec: FunctionSpec } {
    const { spec } = referTo(fn, where, true);
    const state = Atomics.load(this.state, STATE);
    if (state === CLOSED) throw closedError();
    if (state === ENDED || answers().hasEnded(this.state[THREAD] as number)) throw endedError();
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

function answers(): Replies {
  return (replies ??= new Replies());
}

function endedError(): BrokenExecutor {
  return new BrokenExecutor('The thread of the loop has ended without closing it');
}

interface Pending {
  readonly future: ConcurrentFuture<unknown>;
  /** The thread that the answer comes from. */
  readonly thread: number;
}

/** The answers to this thread. */
class Replies implements Source {
  readonly name: string = channelName('reply');
  readonly #channel: BroadcastChannel;
  readonly #pending = new Map<number, Pending>();
  readonly #ended = new EndedThreads((thread) => this.#threadEnded(thread));
  readonly #thread: number = workerThreads().threadId;
  // The shared states of the loops that this thread knows, by their threads.
  readonly #known = new Map<number, WeakRef<Int32Array>[]>();
  #last = 0;

  constructor() {
    const { BroadcastChannel } = workerThreads();
    this.#channel = new BroadcastChannel(this.name);
    this.#channel.onmessage = (event: unknown): void => {
      this.#take((event as { data: Reply }).data);
    };
    this.#channel.unref();
  }

  hasEnded(thread: number): boolean {
    return this.#ended.has(thread);
  }

  /** A loop that this thread can call: at the end of its thread, those who learn of it later find it in the shared state. */
  know(state: Int32Array): void {
    const thread = state[THREAD] as number;
    const live = (this.#known.get(thread) ?? []).filter((one) => one.deref() !== undefined);
    this.#known.set(thread, [...live, new WeakRef(state)]);
  }

  expect(future: ConcurrentFuture<unknown>, thread: number): number {
    const id = ++this.#last;
    if (this.#pending.size === 0) {
      this.#channel.ref();
      addSource(this);
    }
    this.#pending.set(id, { future, thread });
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
      if (next === undefined) break;
      this.#take(next.message as Reply);
    }
    this.#ended.poll();
  }

  expecting(): boolean {
    // Its own loops stand still while it is blocked.
    for (const { thread } of this.#pending.values()) if (thread !== this.#thread) return true;
    return false;
  }

  guarded(): Iterable<Guarded> {
    return [];
  }

  #threadEnded(thread: number): void {
    for (const state of this.#known.get(thread) ?? []) {
      const found = state.deref();
      if (found !== undefined) Atomics.compareExchange(found, STATE, OPEN, ENDED);
    }
    this.#known.delete(thread);
    for (const [id, pending] of this.#pending) {
      if (pending.thread !== thread) continue;
      this.forget(id);
      if (pending.future.setRunningOrNotifyCancel()) pending.future.setException(endedError());
    }
  }

  #take(message: Reply): void {
    const [id, kind] = message;
    const future = this.#pending.get(id)?.future;
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
      else future._fail(error);
    }
  }
}
