// The types of the layer of waits, in generator coroutines and at the edges that waiting.ts leaves out.
import {
  asCompleted,
  captureCallGraph,
  type Coroutine,
  coroutine,
  createTask,
  type EndedFuture,
  ensureFuture,
  fromAsyncIterable,
  fromCallback,
  type Future,
  type FutureCallGraph,
  gather,
  type GeneratorBody,
  once,
  type ResultOf,
  shield,
  sleep,
  staggeredRace,
  type Task,
  TaskGroup,
  taskGroup,
  type Timeout,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from 'asyncio-ts';
import { type Equal, holds } from './equal.ts';

const text = coroutine(async () => 'text');
const count = coroutine(function* () {
  yield;
  return 1;
});
function* bare(): GeneratorBody<boolean> {
  yield;
  return true;
}

export function* generators(): GeneratorBody<void> {
  const slept = yield* sleep(1);
  holds<Equal<typeof slept, void>>();
  const result = yield* sleep(1, 'result' as const);
  holds<Equal<typeof result, 'result'>>();

  const tuple = yield* gather(text(), count(), bare(), bare, async () => null, createTask(count()));
  holds<Equal<typeof tuple, [string, number, boolean, boolean, null, number]>>();
  const outcomes = yield* gather(text(), bare(), { returnExceptions: true });
  holds<Equal<typeof outcomes, [string | Error, boolean | Error]>>();
  const plain = yield* gather(text(), bare(), { signal: new AbortController().signal });
  holds<Equal<typeof plain, [string, boolean]>>();
  const nothing = yield* gather();
  holds<Equal<typeof nothing, []>>();

  const [done, pending] = yield* wait([createTask(text())], { timeout: null });
  holds<Equal<typeof done, Set<Task<string>>>>();
  holds<Equal<typeof pending, Set<Task<string>>>>();
  const [wrapped] = yield* wait([Promise.resolve(1)]);
  holds<Equal<typeof wrapped, Set<Future<number>>>>();

  const limited = yield* waitFor(bare, 1);
  holds<Equal<typeof limited, boolean>>();
  const shielded = yield* shield(bare());
  holds<Equal<typeof shielded, boolean>>();

  for (const next of asCompleted([text(), count()])) {
    holds<Equal<typeof next, Coroutine<string | number>>>();
    const value = yield* next;
    holds<Equal<typeof value, string | number>>();
  }

  const [winner, index, errors] = yield* staggeredRace([() => sleep(1, 'a'), async () => 'b'], 1);
  holds<Equal<typeof winner, string | null>>();
  holds<Equal<typeof index, number | null>>();
  holds<Equal<typeof errors, unknown[]>>();
}

export function* bodies(): GeneratorBody<void> {
  const ofAsync = yield* taskGroup(async (tg) => {
    holds<Equal<typeof tg, TaskGroup>>();
    return 1;
  });
  const ofGenerator = yield* taskGroup(function* (tg) {
    const child = tg.createTask(bare);
    holds<Equal<typeof child, Task<boolean>>>();
    return yield* child;
  });
  const ofPlain = yield* taskGroup((tg) => [tg.createTask(text()).getName()]);
  holds<Equal<[typeof ofAsync, typeof ofGenerator, typeof ofPlain], [number, boolean, string[]]>>();

  const limit = timeout(1);
  holds<Equal<typeof limit, Timeout>>();
  const inTime = yield* timeout(null, (inner) => inner.when());
  holds<Equal<typeof inTime, number | null>>();
  const at = yield* timeoutAt(5, async () => 'at');
  holds<Equal<typeof at, string>>();
}

export async function host(): Promise<void> {
  const stats = await fromCallback<{ size: number }>((callback) => callback(null, { size: 1 }));
  holds<Equal<typeof stats, { size: number }>>();
  const unknown = await fromCallback((callback) => callback());
  holds<Equal<typeof unknown, unknown>>();
  const [code] = await once<[code: number]>(new EventTarget(), 'exit');
  holds<Equal<typeof code, number>>();
  const items = fromAsyncIterable([Promise.resolve('item')]);
  const item = await items.next();
  holds<Equal<typeof item, IteratorResult<string, undefined>>>();
  for await (const value of items) holds<Equal<typeof value, string>>();
  const future = ensureFuture(Promise.resolve(1));
  holds<Equal<typeof future, Future<number>>>();
  const graph = captureCallGraph(future);
  holds<Equal<typeof graph, FutureCallGraph | null>>();
  for await (const task of asCompleted([future])) {
    // The future itself, which TypeScript would otherwise take for its result.
    holds<Equal<typeof task, EndedFuture<number>>>();
    holds<Equal<ReturnType<typeof task.result>, number>>();
  }
}

holds<Equal<ResultOf<Task<string>>, string>>();
holds<Equal<ResultOf<Promise<string>>, string>>();
holds<Equal<ResultOf<() => Promise<string>>, string>>();
holds<Equal<ResultOf<() => number>, number>>();
holds<Equal<ResultOf<() => GeneratorBody<number>>, number>>();

export function misuses(): void {
  // @ts-expect-error an array in place of its members
  void gather([text()]);
  // @ts-expect-error an option that does not exist
  void gather(text(), { returnErrors: true });
  // @ts-expect-error the body is a function
  void timeout(1, text());
  // @ts-expect-error the body is a function
  void taskGroup(text());
  // @ts-expect-error functions, not their results
  void staggeredRace([text()], 1);
  // @ts-expect-error something with events
  void once({}, 'event');
  // @ts-expect-error a Promise is under way already
  void new TaskGroup().createTask(Promise.resolve(1));
}
