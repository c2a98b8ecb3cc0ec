// Node (and Bun, and Deno's Node face) as the host.
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { locate } from './locate.ts';
import { performance } from 'node:perf_hooks';
import type { Task } from '../core/index.ts';
import type { Host } from './host.ts';

// Node's timers take at most 2^31 - 1 milliseconds; the loop looks again after that.
const MAX_TIMER_MS = 2 ** 31 - 1;

const storage = new AsyncLocalStorage<Task<unknown>>();

// One listener serves all loops of the thread.
const whenIdle = new Set<() => void>();

function idle(): void {
  for (const callback of Array.from(whenIdle)) callback();
}

export const nodeHost: Host = {
  now(): number {
    return performance.now() / 1000;
  },
  immediate(callback: () => void): void {
    setImmediate(callback);
  },
  afterMicrotasks(callback: () => void): void {
    process.nextTick(callback);
  },
  setTimer(callback: () => void, delay: number): unknown {
    return setTimeout(callback, Math.min(Math.max(Math.ceil(delay * 1000), 1), MAX_TIMER_MS));
  },
  clearTimer(timer: unknown): void {
    clearTimeout(timer as NodeJS.Timeout);
  },
  onIdle(callback: () => void): () => void {
    if (whenIdle.size === 0) process.on('beforeExit', idle);
    whenIdle.add(callback);
    return () => {
      whenIdle.delete(callback);
      if (whenIdle.size === 0) process.off('beforeExit', idle);
    };
  },
  onExit(callback: () => void): void {
    process.on('exit', callback);
  },
  keepAlive(): () => void {
    const timer = setInterval(() => {}, MAX_TIMER_MS);
    return () => clearInterval(timer);
  },
  snapshot(): (callback: () => void) => void {
    const take = (): ((callback: () => void) => void) => AsyncLocalStorage.snapshot();
    return storage.getStore() === undefined ? take() : storage.exit(take);
  },
  taskStore: storage,
  countAbortListeners(signal: AbortSignal): number {
    return getEventListeners(signal, 'abort').length;
  },
  locate,
};
