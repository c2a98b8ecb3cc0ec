// The loop itself: switching, creating, waking, calling.

import type { Case, Metric, Target } from '../harness/types.ts';

const time: readonly Metric[] = [{ id: 'time', title: '', unit: 'ns' }];

/** Generator tasks on every Node; async-function tasks against their own measure, by version of Node. */
const switchTargets: readonly Target[] = [
  { kind: 'times', peer: 'generator', against: 'uvloop', times: 10 },
  { kind: 'times', peer: 'async', against: 'uvloop', times: 2, nodes: [24, 26] },
  { kind: 'times', peer: 'async', against: 'uvloop', times: 0.6, nodes: [20, 22] },
];

const eightTimes: readonly Target[] = [
  { kind: 'times', peer: 'generator', against: 'uvloop', times: 8 },
];

export const scheduling: readonly Case[] = [
  {
    id: 'switch-1',
    title: 'Task switch, 1 task',
    operation: 'one sleep(0)',
    metrics: time,
    size: { full: 20_000, quick: 10_000 },
    absent: {},
    targets: switchTargets,
  },
  {
    id: 'switch-100',
    title: 'Task switch, 100 tasks',
    operation: 'one sleep(0)',
    metrics: time,
    size: { full: 20_000, quick: 10_000 },
    absent: {},
    targets: switchTargets,
  },
  {
    id: 'gather',
    title: 'gather of 1,000 trivial coroutines',
    operation: 'one coroutine made, run and gathered',
    metrics: time,
    size: { full: 10_000, quick: 5_000 },
    sizeFor: { effection: { full: 1_000, quick: 1_000 } },
    absent: {},
    targets: eightTimes,
  },
  {
    id: 'future',
    title: 'Future set by callSoon and awaited',
    operation: 'one future',
    metrics: time,
    size: { full: 20_000, quick: 10_000 },
    absent: {},
    targets: eightTimes,
  },
  ...[1, 10, 100].map((depth): Case => ({
    id: `nested-${depth}`,
    title: `Nested awaits, ${depth} deep`,
    operation: `one call through ${depth} coroutine${depth > 1 ? 's' : ''} to a sleep(0)`,
    metrics: time,
    size: { full: 20_000 / depth, quick: 10_000 / depth },
    absent: {},
    targets: [],
  })),
  {
    id: 'call-soon',
    title: 'callSoon alone',
    operation: 'one callback, in batches of 1,000',
    metrics: time,
    size: { full: 50_000, quick: 20_000 },
    absent: {
      async: 'is the same as generator here: no coroutine takes part',
      effection: 'has no callbacks of its own',
    },
    targets: [],
  },
  {
    id: 'cancel',
    title: 'Cancel of {n} waiting tasks',
    operation: 'one task cancelled and ended',
    metrics: time,
    size: { full: 100_000, quick: 20_000 },
    sizeFor: { effection: { full: 5_000, quick: 2_000 } },
    warmupSize: 10_000,
    heavy: true,
    absent: {},
    targets: [],
  },
];
