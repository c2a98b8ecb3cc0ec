// A loop as other threads reach it: the loop's side.
import type { AbstractEventLoop, LoopHandle, RemoteEnd, Task } from '../core/index.ts';
import type { BroadcastChannel } from 'node:worker_threads';
import { workerThreads } from './builtins.ts';
import { type Loaded, loadFunction } from './load.ts';
import {
  CANCELLED,
  channelName,
  CLOSED,
  closedError,
  FAILURE,
  type Reply,
  type Request,
  RESULT,
  RUN,
  SOON,
  STATE,
  STOP,
  THREAD,
} from './remotewire.ts';
import { reviveArgs } from './serve.ts';
import { type FunctionSpec, packFailure, ring } from './wire.ts';

/** Opens a loop to other threads: the loop's side. */
export function openToThreads(loop: AbstractEventLoop): RemoteEnd {
  return new LoopEnd(loop);
}

// The loops of this thread that are open to others: they are told when it ends without having closed them.
const open = new Set<LoopEnd>();

function closeAll(): void {
  for (const end of open) end.close();
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
      state: new Int32Array(new SharedArrayBuffer(8)),
    };
    this.handle.state[THREAD] = workerThreads().threadId;
    const { BroadcastChannel } = workerThreads();
    this.#channel = new BroadcastChannel(this.handle.asyncioLoop);
    this.#channel.onmessage = (event: unknown): void => {
      this.#receive((event as { data: Request }).data);
    };
    this.#channel.unref();
    if (open.size === 0) process.on('exit', closeAll);
    open.add(this);
  }

  close(): void {
    Atomics.store(this.handle.state, STATE, CLOSED);
    open.delete(this);
    if (open.size === 0) process.off('exit', closeAll);
    // What was sent before that could be seen, and is not read yet.
    const { receiveMessageOnPort } = workerThreads();
    for (;;) {
      const next = receiveMessageOnPort(this.#channel as never);
      if (next === undefined) break;
      const request = next.message as Request;
      if (request[0] === RUN) this.#refuse(request, closedError());
    }
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
