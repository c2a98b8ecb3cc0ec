// What comes out of waiting for several things at once, or for one with a limit.
import {
  FIRST_COMPLETED,
  type Coroutine,
  type Future,
  type Task,
  type TaskGroup,
  asCompleted,
  coroutine,
  createTask,
  gather,
  shield,
  sleep,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from 'asyncio-ts';
import { type Equal, holds } from './equal.ts';

const text = coroutine(async () => 'text');
const count = coroutine(function* () {
  yield;
  return 1;
});

export async function waiting(): Promise<void> {
  const all = gather(text(), count(), Promise.resolve(true), async () => null);
  holds<Equal<typeof all, Future<[string, number, boolean, null]>>>();
  const [first, second, third, fourth] = await all;
  holds<
    Equal<
      [typeof first, typeof second, typeof third, typeof fourth],
      [string, number, boolean, null]
    >
  >();

  const many = await gather(...[1, 2].map(() => count()));
  holds<Equal<typeof many, number[]>>();

  const outcomes = await gather(text(), count(), { returnExceptions: true });
  // What is an error at run time has to be looked at before it is a value.
  // @ts-expect-error it may be an error
  outcomes[0].length;

  const [done, pending] = await wait([createTask(text()), createTask(text())], {
    timeout: 1.5,
    returnWhen: FIRST_COMPLETED,
  });
  holds<Equal<typeof done, Set<Task<string>>>>();
  holds<Equal<typeof pending, Set<Task<string>>>>();

  const [mixed] = await wait([createTask(text()), Promise.resolve(1)]);
  holds<Equal<typeof mixed, Set<Future<string | number>>>>();

  const limited = waitFor(count(), 1);
  holds<Equal<typeof limited, Coroutine<number>>>();
  holds<Equal<Awaited<ReturnType<typeof unlimited>>, string>>();
  const unlimited = () => waitFor(text(), null);

  const shielded = shield(text());
  holds<Equal<typeof shielded, Future<string>>>();

  for (const next of asCompleted([text(), text()])) {
    const value = await next;
    holds<Equal<typeof value, string>>();
  }
  for await (const task of asCompleted([text(), count()])) {
    const value = task.result();
    holds<Equal<typeof value, string | number>>();
  }

  const grouped = await taskGroup(async (group) => {
    holds<Equal<typeof group, TaskGroup>>();
    const task = group.createTask(count(), { name: 'one' });
    holds<Equal<typeof task, Task<number>>>();
    return [await task];
  });
  holds<Equal<typeof grouped, number[]>>();

  const inTime = await timeout(1, function* () {
    yield* sleep(0.1);
    return 'in time';
  });
  holds<Equal<typeof inTime, string>>();
}

export function misuses(): void {
  // @ts-expect-error a single task in place of a collection
  void wait(createTask(text()));
  // @ts-expect-error a number has no place among futures
  void wait([1]);
  // @ts-expect-error nor has a coroutine
  void wait([text()]);
  // @ts-expect-error nor beside a task
  void wait([createTask(text()), text()]);
  // @ts-expect-error the limit is a number of seconds, or null
  void waitFor(text(), '1');
  // @ts-expect-error no such condition
  void wait([createTask(text())], { returnWhen: 'FIRST' });
}
