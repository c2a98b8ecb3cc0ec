// Blocking a thread until other threads have delivered something. The layer concurrent brings the means; core only asks.
import { describe } from './checks.ts';
import { RuntimeError } from './errors.ts';
import { defaultLoop } from './loopchoice.ts';

/** How this thread can wait, blocked, for what other threads send it. */
export interface Blocker {
  /** Delivers what has arrived. */
  poll(): void;
  /** Whether anything may still arrive. */
  expecting(): boolean;
  /** Blocks for at most `seconds` (null: no limit) until something arrives, and delivers it. */
  wait(seconds: number | null): void;
}

let blocker: Blocker | null = null;

/** @internal The layer concurrent tells how to block, once something can arrive from another thread. */
export function setBlocker(value: Blocker): void {
  blocker = value;
}

/**
 * @internal Blocks this thread until `done()`; false when `timeout` seconds have passed before.
 * @throws RuntimeError when it would block forever: nothing is under way in any other thread
 */
export function blockUntil(done: () => boolean, timeout: number | null, where: string): boolean {
  checkBlockingTimeout(timeout, where);
  if (done()) return true;
  blocker?.poll();
  if (done()) return true;
  if (timeout !== null && timeout <= 0) return false;
  const clock = defaultLoop();
  const end = timeout === null || timeout === Infinity ? null : clock.time() + timeout;
  for (;;) {
    const left = end === null ? null : end - clock.time();
    if (left !== null && left <= 0) return false;
    if (blocker?.expecting() === true) blocker.wait(left);
    else if (left === null) {
      throw new RuntimeError(
        `${where} would block forever: it waits for something that only this thread can bring, and this thread is blocked; await it instead`,
      );
    } else pause(left);
    if (done()) return true;
  }
}

function checkBlockingTimeout(timeout: unknown, where: string): void {
  if (timeout === null || (typeof timeout === 'number' && !Number.isNaN(timeout))) return;
  throw new TypeError(
    `${where} expects timeout in seconds (a number) or null for no limit, not ${describe(timeout)}`,
  );
}

function pause(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}
