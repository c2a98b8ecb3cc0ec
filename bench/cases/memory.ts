// What stays in memory: sleeping tasks, and what races and signals leave behind.

import type { Case } from '../harness/types.ts';

const none: Case['absent'] = {};

export const memory: readonly Case[] = [
  {
    id: 'memory',
    title: 'Memory of {n} sleeping tasks',
    operation: 'one task asleep for an hour',
    metrics: [
      { id: 'heap', title: 'heap', unit: 'bytes' },
      { id: 'rss', title: 'process', unit: 'bytes' },
    ],
    size: { full: 1_000_000, quick: 100_000 },
    sizeFor: { effection: { full: 50_000, quick: 10_000 } },
    warmupSize: 0,
    heavy: true,
    absent: none,
    targets: [{ kind: 'atMost', peer: 'generator', limit: 700, metric: 'heap' }],
  },
  {
    id: 'leak-race',
    title: '{n} × first of two, one lives long',
    operation:
      'one wait(FIRST_COMPLETED); native: Promise.race; effect: raceFirst; effection: race',
    metrics: [
      { id: 'time', title: 'time', unit: 'ns' },
      { id: 'heap', title: 'left behind', unit: 'bytes' },
    ],
    size: { full: 300_000, quick: 50_000 },
    sizeFor: { effection: { full: 5_000, quick: 1_000 } },
    warmupSize: 0,
    heavy: true,
    absent: none,
    targets: [
      { kind: 'atMost', peer: 'generator', limit: 1, metric: 'heap' },
      { kind: 'atMost', peer: 'async', limit: 1, metric: 'heap' },
    ],
  },
  {
    id: 'leak-abort',
    title: '{n} × under one long-lived signal',
    operation: 'one task with {signal}; native: AbortSignal.any; effect: runPromise with signal',
    metrics: [
      { id: 'time', title: 'time', unit: 'ns' },
      { id: 'heap', title: 'left behind', unit: 'bytes' },
    ],
    size: { full: 300_000, quick: 50_000 },
    warmupSize: 0,
    heavy: true,
    absent: {
      effection: 'takes no signal',
      asyncio: 'has no AbortSignal',
      uvloop: 'has no AbortSignal',
    },
    targets: [
      { kind: 'atMost', peer: 'generator', limit: 1, metric: 'heap' },
      { kind: 'atMost', peer: 'async', limit: 1, metric: 'heap' },
    ],
  },
];
