// Locks and queues, as the compiler sees them.
import {
  Condition,
  Event,
  Lock,
  LifoQueue,
  PriorityQueue,
  Queue,
  Semaphore,
  asyncWith,
} from 'asyncio-ts';
import { type Equal, holds } from './equal.ts';

export async function sync(): Promise<void> {
  const queue = new Queue<{ id: number }>(10);
  const item = await queue.get();
  holds<Equal<typeof item, { id: number }>>();
  holds<Equal<ReturnType<typeof queue.getNowait>, { id: number }>>();
  // @ts-expect-error the queue holds something else
  await queue.put('text');

  const byKey = new PriorityQueue<{ id: number }>(0, { key: (entry) => entry.id });
  const least = await byKey.get();
  holds<Equal<typeof least, { id: number }>>();
  const stacked = await new LifoQueue<string>().get();
  holds<Equal<typeof stacked, string>>();

  const sum = await asyncWith(new Lock(), async () => 1 + 1);
  holds<Equal<typeof sum, number>>();
  await asyncWith(new Semaphore(2), function* () {
    const waited = yield* new Event().wait();
    holds<Equal<typeof waited, true>>();
  });
  const condition = new Condition();
  const seen = await asyncWith(condition, () => condition.waitFor(() => sum > 1));
  holds<Equal<typeof seen, boolean>>();
}
