// Locks and queues, as the compiler sees them.
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  LifoQueue,
  PriorityQueue,
  Queue,
  Semaphore,
  asyncWith,
  type GeneratorBody,
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

  const index = await asyncWith(new Barrier(2), (place) => place);
  holds<Equal<typeof index, number>>();
  const acquired = await new BoundedSemaphore(1).acquire();
  holds<Equal<typeof acquired, true>>();
  const found = await condition.waitFor(() => least.id);
  holds<Equal<typeof found, number>>();
  const own = new Condition(new Lock());
  own.notify(2);
  // @ts-expect-error a condition needs something with acquire, release and locked
  new Condition(new Event());
  // @ts-expect-error how many items, not as text
  new Queue('10');
  // @ts-expect-error a comparison answers with a number
  new PriorityQueue<number>(0, { compare: (a, b) => a < b });
  // @ts-expect-error the argument of shutdown is true or false
  queue.shutdown({ immediate: true });
}

export function* generators(): GeneratorBody<void> {
  const queue = new Queue<{ id: number }>();
  const item = yield* queue.get();
  holds<Equal<typeof item, { id: number }>>();
  const put = yield* queue.put({ id: 1 });
  holds<Equal<typeof put, void>>();
  const place = yield* new Barrier(1).wait();
  holds<Equal<typeof place, number>>();
  yield* asyncWith(new Lock(), function* (given) {
    holds<Equal<typeof given, void>>();
    yield* queue.join();
  });
  const { size } = yield* asyncWith(new Semaphore(), async () => new Map<string, number>());
  holds<Equal<typeof size, number>>();
}
