// What the compiler infers in and around the two kinds of coroutine.
import {
  type AsyncContextManager,
  asyncWith,
  type Awaitable,
  type Body,
  type Coroutine,
  coroutine,
  createTask,
  ensureFuture,
  Future,
  getRunningLoop,
  run,
  sleep,
  type Task,
  TaskGroup,
} from 'asyncio-ts';
import { type Equal, holds } from './equal.ts';

const byAsync = coroutine(async (count: number, unit?: string) => `${count} ${unit ?? ''}`);
const byGenerator = coroutine(function* (count: number) {
  yield;
  const text = yield* byAsync(count);
  holds<Equal<typeof text, string>>();
  const slept = yield* sleep(1, text.length);
  holds<Equal<typeof slept, number>>();
  return [text, slept] as const;
});

// A generic function stays one.
const identity = coroutine(async <T>(value: T) => value);
const pair = coroutine(function* <A, B>(a: A, b: B) {
  yield;
  return [a, b] as const;
});
export const same: (value: 'x') => Coroutine<'x'> = identity<'x'>;
holds<Equal<ReturnType<typeof pair<number, string>>, Coroutine<readonly [number, string]>>>();

holds<Equal<ReturnType<typeof byAsync>, Coroutine<string>>>();
holds<Equal<Parameters<typeof byAsync>, [count: number, unit?: string | undefined]>>();
holds<Equal<ReturnType<typeof byGenerator>, Coroutine<readonly [string, number]>>>();

export async function inAsync(): Promise<void> {
  // The same object, the same type, whichever way it is awaited.
  const both = await byGenerator(1);
  holds<Equal<typeof both, readonly [string, number]>>();
  const nothing = await sleep(1);
  holds<Equal<typeof nothing, void>>();

  // The four bodies of a task.
  holds<Equal<typeof fromCoroutine, Task<string>>>();
  const fromCoroutine = createTask(byAsync(1));
  const fromAsyncFunction = createTask(async () => 1);
  holds<Equal<typeof fromAsyncFunction, Task<number>>>();
  const fromGeneratorFunction = createTask(function* () {
    yield* sleep(1);
    return true;
  });
  holds<Equal<typeof fromGeneratorFunction, Task<boolean>>>();
  const fromPlainFunction = createTask(() => 'done', { name: 'plain' });
  holds<Equal<typeof fromPlainFunction, Task<string>>>();
  const result = await fromPlainFunction;
  holds<Equal<typeof result, string>>();
  holds<Equal<ReturnType<typeof fromPlainFunction.result>, string>>();

  const wrapped = ensureFuture(Promise.resolve(1n));
  holds<Equal<typeof wrapped, Future<bigint>>>();

  const inferred = await identity('text');
  holds<Equal<typeof inferred, string>>();

  // Managers of generator methods.
  const manager: AsyncContextManager<number> = {
    *enter() {
      yield* sleep(0);
      return 1;
    },
    *exit(error) {
      yield* sleep(0);
      return error instanceof RangeError;
    },
  };
  const entered = await asyncWith(manager, (n) => {
    holds<Equal<typeof n, number>>();
    return String(n);
  });
  holds<Equal<typeof entered, string>>();
  const inPlace = {
    *enter() {
      yield;
      return yield* sleep(0, true);
    },
    *exit() {
      yield* sleep(0);
    },
  };
  await asyncWith(inPlace, (flag) => {
    holds<Equal<typeof flag, boolean>>();
  });

  const value = await asyncWith(
    { enter: () => sleep(0, 'entered'), exit: () => undefined },
    async (entered) => {
      holds<Equal<typeof entered, string>>();
      return 5;
    },
  );
  holds<Equal<typeof value, number>>();
}

/** What takes any kind of work hands it on. */
export function handsOn<T>(body: Body<T>, awaitable: Awaitable<T>, group: TaskGroup): Task<T>[] {
  return [
    createTask(body),
    createTask(awaitable),
    getRunningLoop().createTask(body),
    group.createTask(awaitable),
  ];
}

export function misuses(): void {
  // @ts-expect-error a Promise has started already, outside the task
  createTask(Promise.resolve(1));
  // @ts-expect-error and so has what an async function has returned
  createTask((async () => 1)());
  // @ts-expect-error a task is under way already
  createTask(createTask(byAsync(1)));
  // @ts-expect-error and so is what a future stands for
  createTask(new Future<number>());
  // @ts-expect-error the same of a loop
  getRunningLoop().createTask(new Future<number>());
  // @ts-expect-error and of a group
  new TaskGroup().createTask(createTask(byAsync(1)));
  // @ts-expect-error no body at all
  createTask(1);
  // @ts-expect-error the argument is a number
  byAsync('1');
  // @ts-expect-error no such option
  createTask(byAsync(1), { names: 'x' });
  // @ts-expect-error a plain function is no coroutine function
  coroutine((x: number) => x);
}

export const ran: Promise<readonly [string, number]> = run(byGenerator(1));
export const ranFunction: Promise<number> = run(async () => 1);

/** A standard decorator, on methods of both kinds that say nothing of their type. */
export class Decorated {
  @coroutine
  *generator(n: number) {
    yield* sleep(0);
    return `${n}`;
  }

  @coroutine
  async asynchronous(n: number) {
    await sleep(0);
    return n;
  }

  @coroutine
  static *fixed() {
    yield* sleep(0);
    return true;
  }
}
