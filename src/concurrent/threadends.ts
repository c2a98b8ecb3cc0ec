// Which threads have ended: those that made them tell it to those that wait for their loops.
//
// A thread that is ended from outside says nothing itself. The thread that made it hears of it, at once or, when it is blocked, by its watcher
// (blocking.ts), and tells all threads by a broadcast.
import type { BroadcastChannel, Worker } from 'node:worker_threads';
import { workerThreads } from './builtins.ts';

const CHANNEL = 'asyncio-ts:ended';
// How many are remembered, for calls that come later.
const REMEMBERED = 1000;

/** Tells every thread of this process that one has ended. */
export function threadEnded(thread: number): void {
  const channel = new (workerThreads().BroadcastChannel)(CHANNEL);
  channel.postMessage(thread);
  channel.close();
}

/** From now on the ends of all threads that this one makes are told. */
export function watchThreads(): void {
  process.on('worker', (worker: Worker) => {
    const thread = worker.threadId;
    worker.once('exit', () => threadEnded(thread));
  });
}

/** What this thread has heard of. */
export class EndedThreads {
  readonly #channel: BroadcastChannel;
  readonly #ended = new Set<number>();
  readonly #told: (thread: number) => void;

  /** @param told called for each thread that has ended */
  constructor(told: (thread: number) => void) {
    this.#told = told;
    this.#channel = new (workerThreads().BroadcastChannel)(CHANNEL);
    this.#channel.onmessage = (event: unknown): void =>
      this.#take((event as { data: number }).data);
    this.#channel.unref();
  }

  has(thread: number): boolean {
    return this.#ended.has(thread);
  }

  /** Delivers what has arrived. */
  poll(): void {
    const { receiveMessageOnPort } = workerThreads();
    for (;;) {
      const next = receiveMessageOnPort(this.#channel as never);
      if (next === undefined) return;
      this.#take(next.message as number);
    }
  }

  #take(thread: number): void {
    if (this.#ended.has(thread)) return;
    for (const oldest of this.#ended) {
      if (this.#ended.size < REMEMBERED) break;
      this.#ended.delete(oldest);
    }
    this.#ended.add(thread);
    this.#told(thread);
  }
}
