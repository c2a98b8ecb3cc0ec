// Takes samples of one program inside a child process: warm-up, then a time box. peers/python_peer.py does the same.

import { clock } from './tools.ts';
import type { Order, Program, Sample } from './types.ts';

/** Milliseconds by the clock that is measured with: a starved process must not call itself warm. */
const now = (): number => clock() / 1e6;

/** The median of the samples, metric by metric. */
export async function takeSamples(program: Program, order: Order): Promise<Sample> {
  if (order.warmupSize > 0) {
    const warm = now() + order.warmupMs;
    let calls = 0;
    do await program(order.warmupSize);
    while (++calls < order.minWarmups || now() < warm);
  }
  const samples: Sample[] = [];
  const end = now() + order.budgetMs;
  do samples.push(await program(order.size));
  while (now() < end || samples.length < order.minSamples);
  const result: Record<string, number> = {};
  for (const metric of Object.keys(samples[0]!)) {
    result[metric] = middle(samples.map((sample) => sample[metric]!));
  }
  return result;
}

/** The median; of an even number of values the mean of the middle two. */
export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
