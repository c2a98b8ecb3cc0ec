// What a protocol does so that `drain()` can wait: it remembers whether writing is paused, and wakes those who wait.
import {
  type AbstractEventLoop,
  ConnectionError,
  type Future,
  type GeneratorBody,
} from '../core/index.ts';

export class FlowControl {
  readonly #loop: AbstractEventLoop;
  #paused = false;
  #lost = false;
  // Made for the first that waits, which for most connections nobody ever does.
  #waiters: Set<Future<void>> | null = null;

  constructor(loop: AbstractEventLoop) {
    this.#loop = loop;
  }

  /** Whether `drain` would go on at once. */
  get open(): boolean {
    return !this.#paused && !this.#lost;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const waiter of this.#waiters ?? []) if (!waiter.done()) waiter.setResult();
  }

  lose(error: Error | null): void {
    this.#lost = true;
    if (!this.#paused) return;
    for (const waiter of this.#waiters ?? []) {
      if (waiter.done()) continue;
      if (error === null) waiter.setResult();
      else waiter.setException(error);
    }
  }

  /** Waits until the buffer has drained. @throws the error that the connection was lost with */
  *drain(): GeneratorBody<void> {
    if (this.#lost) throw new ConnectionError('ECONNRESET', 'Connection lost');
    if (!this.#paused) return;
    const waiter = this.#loop.createFuture<void>();
    const waiters = (this.#waiters ??= new Set());
    waiters.add(waiter);
    try {
      yield* waiter;
    } finally {
      waiters.delete(waiter);
    }
  }
}
