// The program of one child process: one peer, one case. Its peer alone is loaded, so that no library bends another's numbers.

import { takeSamples } from './sampler.ts';
import { answer } from './tools.ts';
import type { Order, Programs } from './types.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as Order;

async function load(): Promise<Programs> {
  switch (order.peer) {
    case 'generator':
      return (await import('../peers/generator.ts')).programs;
    case 'async':
      return (await import('../peers/async.ts')).programs;
    case 'native':
      return (await import('../peers/native.ts')).programs;
    case 'effect':
      return (await import('../peers/effect.ts')).programs;
    case 'effection':
      return (await import('../peers/effection.ts')).programs;
    default:
      throw new Error(`${order.peer} is no JavaScript peer.`);
  }
}

const program = (await load())[order.case];
if (program === undefined) throw new Error(`${order.peer} has no program for ${order.case}.`);
answer(await takeSamples(program, order));
