// What the programs of all JavaScript peers use: the clock, the heap, random delays, the answer to the parent.

import { writeSync } from 'node:fs';

import { CLOCK_VARIABLE } from './types.ts';
import type { Sample } from './types.ts';

const CPU = process.env[CLOCK_VARIABLE] === 'cpu';

/** Nanoseconds from a start that means nothing: of the clock on the wall, or with --cpu of this process's work. */
export function clock(): number {
  if (!CPU) return performance.now() * 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds per operation since `start`. */
export function perOperation(start: number, operations: number): Sample {
  return { time: (clock() - start) / operations };
}

/** Bytes of live objects and of the process, after a full collection. */
export function memory(): { heap: number; rss: number } {
  if (globalThis.gc === undefined) throw new Error('Start the child with --expose-gc.');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** Growth per operation between two states of the memory. */
export function growth(
  before: { heap: number; rss: number },
  after: { heap: number; rss: number },
  operations: number,
): { heap: number; rss: number } {
  return {
    heap: (after.heap - before.heap) / operations,
    rss: (after.rss - before.rss) / operations,
  };
}

/** All delays lie below this, so that every timer is soon due. Seconds. */
export const LONGEST_DELAY = 0.05;

/** The same pseudo-random delays in every peer (also in python_peer.py). Seconds. */
export function randomDelays(n: number): Float64Array {
  const delays = new Float64Array(n);
  let state = 42;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    delays[i] = (state / 2 ** 32) * LONGEST_DELAY;
  }
  return delays;
}

/** Which of `n` timers are cancelled: a random half, the same in every peer. */
export function randomHalf(n: number): Uint8Array {
  const half = new Uint8Array(n);
  let state = 7;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    half[i] = state >>> 31;
  }
  return half;
}

/** Holds the thread until every timer made before now is due: waiting must not count as work. */
export function untilAllDue(): void {
  const end = performance.now() + (LONGEST_DELAY + 0.005) * 1000;
  while (performance.now() < end);
}

/** Rounds (or `n`, if fewer) before the heap is first looked at: compiled code is not left behind. */
export const LEAK_WARMUP = 10_000;

/** Marks the line of a child's output that is meant for the parent. */
export const ANSWER = '@@bench ';

/** Gives the parent its answer and ends the process, whatever still waits in it. */
export function answer(sample: Sample): never {
  writeSync(1, `${ANSWER}${JSON.stringify(sample)}\n`);
  process.exit(0);
}
