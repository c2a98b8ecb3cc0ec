// This library, with async functions as coroutines. `coroutine` marks those that are given to a task; inside one,
// async functions call each other as they are.

import {
  coroutine,
  createTask,
  FIRST_COMPLETED,
  gather as gatherAll,
  getRunningLoop,
  Lock,
  Queue,
  run,
  sleep,
  taskGroup as withTaskGroup,
  timeout as withTimeout,
  wait,
} from 'asyncio-ts';
import type { Coroutine, Future, Task } from 'asyncio-ts';

import {
  answer,
  clock,
  growth,
  LEAK_WARMUP,
  LONGEST_DELAY,
  memory,
  perOperation,
} from '../harness/tools.ts';
import type { Program, Programs, Sample } from '../harness/types.ts';

/** Runs one coroutine as the whole program. */
function program(body: (n: number) => Promise<Sample>): Program {
  return (n) => run(() => body(n));
}

const switcher = coroutine(async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await sleep(0);
});

const switching = (tasks: number): Program =>
  program(async (n) => {
    const start = clock();
    if (tasks === 1) {
      await switcher(n);
    } else {
      const all: Coroutine<void>[] = [];
      for (let i = 0; i < tasks; i++) all.push(switcher(n / tasks));
      await gatherAll(...all);
    }
    return perOperation(start, n);
  });

const trivial = coroutine(async (i: number): Promise<number> => i);

const gather = program(async (n) => {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    const all: Coroutine<number>[] = [];
    for (let i = 0; i < 1000; i++) all.push(trivial(i));
    await gatherAll(...all);
  }
  return perOperation(start, n);
});

const future = program(async (n) => {
  const loop = getRunningLoop();
  const start = clock();
  for (let i = 0; i < n; i++) {
    const fut = loop.createFuture<null>();
    loop.callSoon(() => fut.setResult(null));
    await fut;
  }
  return perOperation(start, n);
});

async function nested(depth: number): Promise<number> {
  if (depth === 1) {
    await sleep(0);
    return 1;
  }
  return (await nested(depth - 1)) + 1;
}

const nesting = (depth: number): Program =>
  program(async (n) => {
    const start = clock();
    for (let i = 0; i < n; i++) await nested(depth);
    return perOperation(start, n);
  });

const sleeper = coroutine(async (): Promise<void> => {
  await sleep(3600);
});

const memoryOfSleepers = program(async (n) => {
  const tasks = new Array<Task<void>>(n);
  const before = memory();
  for (let i = 0; i < n; i++) tasks[i] = createTask(sleeper());
  await sleep(LONGEST_DELAY);
  return answer(growth(before, memory(), n));
});

const waiter = coroutine(async (fut: Future<null>): Promise<void> => {
  await fut;
});

const cancel = program(async (n) => {
  const loop = getRunningLoop();
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(createTask(waiter(loop.createFuture<null>())));
  await sleep(0);
  const start = clock();
  for (const task of tasks) task.cancel();
  await wait(tasks);
  return perOperation(start, n);
});

const locker = coroutine(async (lock: Lock, n: number): Promise<void> => {
  for (let i = 0; i < n; i++) {
    await lock.acquire();
    lock.release();
  }
});

const lock = program(async (n) => {
  const lock = new Lock();
  await lock.acquire();
  const tasks: Task<void>[] = [];
  for (let i = 0; i < 10; i++) tasks.push(createTask(locker(lock, n / 10)));
  await sleep(0);
  const start = clock();
  lock.release();
  await wait(tasks);
  return perOperation(start, n);
});

const putter = coroutine(async (queue: Queue<number>, n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await queue.put(i);
});

const queueing = (maxsize: number): Program =>
  program(async (n) => {
    const queue = new Queue<number>(maxsize);
    const start = clock();
    const task = createTask(putter(queue, n));
    for (let i = 0; i < n; i++) await queue.get();
    await task;
    return perOperation(start, n);
  });

const taskGroup = program(async (n) => {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    await withTaskGroup(async (tg) => {
      for (let i = 0; i < 1000; i++) tg.createTask(trivial(i));
    });
  }
  return perOperation(start, n);
});

const timeout = program(async (n) => {
  const ready = getRunningLoop().createFuture<number>();
  ready.setResult(1);
  const start = clock();
  for (let i = 0; i < n; i++) await withTimeout(10, () => ready);
  return perOperation(start, n);
});

async function races(long: Future<null>, n: number): Promise<void> {
  const loop = getRunningLoop();
  for (let i = 0; i < n; i++) {
    const short = loop.createFuture<null>();
    loop.callSoon(() => short.setResult(null));
    await wait([long, short], { returnWhen: FIRST_COMPLETED });
  }
}

const leakRace = program(async (n) => {
  const long = getRunningLoop().createFuture<null>();
  await races(long, Math.min(n, LEAK_WARMUP));
  await sleep(0.02);
  const before = memory();
  const start = clock();
  await races(long, n);
  const { time } = perOperation(start, n);
  memory();
  await sleep(0.02);
  const { heap } = growth(before, memory(), n);
  long.setResult(null);
  return { time: time!, heap };
});

async function signals({ signal }: AbortController, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await createTask(switcher(1), { signal });
}

const leakAbort = program(async (n) => {
  const long = new AbortController();
  await signals(long, Math.min(n, LEAK_WARMUP));
  await sleep(0.02);
  const before = memory();
  const start = clock();
  await signals(long, n);
  const { time } = perOperation(start, n);
  memory();
  await sleep(0.02);
  const { heap } = growth(before, memory(), n);
  long.abort();
  return { time: time!, heap };
});

export const programs: Programs = {
  'switch-1': switching(1),
  'switch-100': switching(100),
  gather,
  future,
  'nested-1': nesting(1),
  'nested-10': nesting(10),
  'nested-100': nesting(100),
  memory: memoryOfSleepers,
  cancel,
  lock,
  'queue-1': queueing(1),
  'queue-100': queueing(100),
  'task-group': taskGroup,
  timeout,
  'leak-race': leakRace,
  'leak-abort': leakAbort,
};
