/** An instance of each class that keeps public members in fields, where its prototype does not show them. */
import * as asyncio from '../../../src/index.ts';

export const instances: Readonly<Record<string, () => object>> = {
  IncompleteReadError: () => new asyncio.IncompleteReadError(new Uint8Array(), 1),
  LimitOverrunError: () => new asyncio.LimitOverrunError('', 0),
  BaseEventLoop: () => closed(),
  EventLoop: () => closed(),
  Token: () => new asyncio.ContextVar<number>('sample').set(1),
  ContextVar: () => new asyncio.ContextVar<number>('sample'),
  Queue: () => new asyncio.Queue<number>(),
  LifoQueue: () => new asyncio.LifoQueue<number>(),
  PriorityQueue: () => new asyncio.PriorityQueue<number>(),
  Barrier: () => new asyncio.Barrier(1),
};

function closed(): object {
  const loop = asyncio.newEventLoop();
  loop.close();
  return loop;
}
