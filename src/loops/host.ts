// What a hosted loop needs of its host (Node, a browser). The only door to timers and to the clock.
import type { Clock, TaskStore } from '../core/index.ts';

export interface Host extends Clock {
  /** Calls back after the host has polled its I/O once. */
  immediate(callback: () => void): void;
  /** Calls back when the microtask queue is empty; to be called from a microtask. */
  afterMicrotasks(callback: () => void): void;
  /** Calls back after `delay` seconds; the answer is for `clearTimer`. */
  setTimer(callback: () => void, delay: number): unknown;
  clearTimer(timer: unknown): void;
  /** Calls back when the host has nothing left to do; the answer takes it back. */
  onIdle(callback: () => void): () => void;
  /** Calls back when the program ends: nothing asynchronous happens any more. Keeps nothing alive. */
  onExit(callback: () => void): void;
  /** Keeps the host from ending while it has nothing left to do; the answer ends that. */
  keepAlive(): () => void;
  /** A function that calls in the asynchronous context of now, without any task of ours. */
  snapshot(): (callback: () => void) => void;
  /** Where async functions keep their task; null when the host has no such store. */
  readonly taskStore: TaskStore | null;
  /** How many listeners wait for the abort of a signal; null when the host cannot tell. */
  readonly countAbortListeners: ((signal: AbortSignal) => number) | null;
  /** Where a generator is suspended, or a function is defined; null when the host cannot tell. */
  readonly locate:
    ((value: object) => { file: string; line: number; column: number } | null) | null;
}
