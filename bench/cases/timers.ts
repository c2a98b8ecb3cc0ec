// callLater with random delays below 0.05 s: adding, cancelling, firing, and how the cost grows.

import type { Case, PeerId } from '../harness/types.ts';

const absent: Readonly<Partial<Record<PeerId, string>>> = {
  async: 'is the same as generator here: no coroutine takes part',
  effect: 'has no timers without a fiber; see memory',
  effection: 'has no timers without an operation; see memory',
};

function adding(id: string, n: number): Case {
  return {
    id,
    title: '{n} timers',
    operation: 'one callLater, fired when all are due',
    metrics: [
      { id: 'add', title: 'add', unit: 'ns' },
      { id: 'fire', title: 'fire', unit: 'ns' },
      { id: 'total', title: 'add + fire', unit: 'ns' },
    ],
    size: { full: n, quick: n },
    warmupSize: Math.min(n, 50_000),
    minWarmups: 4,
    heavy: n > 100_000,
    absent,
    targets: [],
  };
}

export const timers: readonly Case[] = [
  adding('timers-10k', 10_000),
  adding('timers-100k', 100_000),
  {
    ...adding('timers-1m', 1_000_000),
    targets: [
      { kind: 'times', peer: 'generator', against: 'uvloop', times: 3, metric: 'total' },
      {
        // log(1,000,000) / log(10,000)
        kind: 'growth',
        peer: 'generator',
        smallerCase: 'timers-10k',
        factor: 1.5,
        metric: 'total',
      },
      {
        // log(1,000,000) / log(100,000): both sizes are beyond the caches and the nursery of the heap.
        kind: 'growth',
        peer: 'generator',
        smallerCase: 'timers-100k',
        factor: 1.2,
        metric: 'total',
      },
    ],
  },
  {
    id: 'timers-cancel',
    title: '{n} timers, half cancelled',
    operation: 'one callLater; a random half is cancelled, the rest fires',
    metrics: [
      { id: 'add', title: 'add', unit: 'ns' },
      { id: 'cancel', title: 'cancel', unit: 'ns' },
      { id: 'fire', title: 'fire', unit: 'ns' },
      { id: 'total', title: 'all', unit: 'ns' },
    ],
    size: { full: 1_000_000, quick: 200_000 },
    warmupSize: 50_000,
    minWarmups: 4,
    heavy: true,
    absent,
    targets: [{ kind: 'times', peer: 'generator', against: 'uvloop', times: 3, metric: 'total' }],
  },
];
