// Structured concurrency, locks and queues.

import type { Case, Metric, Target } from '../harness/types.ts';

const time: readonly Metric[] = [{ id: 'time', title: '', unit: 'ns' }];

const targets: readonly Target[] = [
  { kind: 'times', peer: 'generator', against: 'uvloop', times: 8 },
  { kind: 'times', peer: 'async', against: 'uvloop', times: 1.5, nodes: [24] },
];

export const sync: readonly Case[] = [
  {
    id: 'lock',
    title: 'Lock hand-over, 10 tasks',
    operation: 'one acquire that waited for a release',
    metrics: time,
    size: { full: 20_000, quick: 10_000 },
    absent: {
      native: 'has no lock',
      effection: 'has no lock',
    },
    targets,
  },
  ...[1, 100].map((maxsize): Case => ({
    id: `queue-${maxsize}`,
    title: `Queue put and get, room for ${maxsize}`,
    operation: 'one item from one task to another',
    metrics: time,
    size: { full: 20_000, quick: 10_000 },
    absent: {
      native: 'has no queue',
      effection: 'has no queue with a bound',
    },
    targets,
  })),
  {
    id: 'task-group',
    title: 'Task group of 1,000',
    operation: 'one trivial child made, run and awaited by its group',
    metrics: time,
    size: { full: 10_000, quick: 5_000 },
    sizeFor: { effection: { full: 1_000, quick: 1_000 } },
    absent: { native: 'has no groups; see gather' },
    targets,
  },
  {
    id: 'timeout',
    title: 'Timeout around a ready await',
    operation: 'one timeout(10) entered and left',
    metrics: time,
    size: { full: 10_000, quick: 5_000 },
    sizeFor: { effection: { full: 300, quick: 200 } },
    absent: {},
    targets,
  },
];
