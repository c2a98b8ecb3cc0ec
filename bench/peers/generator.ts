// This library, with generator functions as coroutines.

import {
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
import type { Future, GeneratorBody, Task } from 'asyncio-ts';

import {
  answer,
  clock,
  growth,
  LEAK_WARMUP,
  LONGEST_DELAY,
  memory,
  perOperation,
  randomDelays,
  randomHalf,
  untilAllDue,
} from '../harness/tools.ts';
import type { Program, Programs, Sample } from '../harness/types.ts';

/** Runs one coroutine as the whole program. */
function program(body: (n: number) => GeneratorBody<Sample>): Program {
  return (n) => run(() => body(n));
}

function* switcher(n: number): GeneratorBody<void> {
  for (let i = 0; i < n; i++) yield* sleep(0);
}

const switching = (tasks: number): Program =>
  program(function* (n) {
    const start = clock();
    if (tasks === 1) {
      yield* switcher(n);
    } else {
      const all: GeneratorBody<void>[] = [];
      for (let i = 0; i < tasks; i++) all.push(switcher(n / tasks));
      yield* gatherAll(...all);
    }
    return perOperation(start, n);
  });

function* trivial(i: number): GeneratorBody<number> {
  return i;
}

const gather = program(function* (n) {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    const all: GeneratorBody<number>[] = [];
    for (let i = 0; i < 1000; i++) all.push(trivial(i));
    yield* gatherAll(...all);
  }
  return perOperation(start, n);
});

const future = program(function* (n) {
  const loop = getRunningLoop();
  const start = clock();
  for (let i = 0; i < n; i++) {
    const fut = loop.createFuture<null>();
    loop.callSoon(() => fut.setResult(null));
    yield* fut;
  }
  return perOperation(start, n);
});

function* nested(depth: number): GeneratorBody<number> {
  if (depth === 1) {
    yield* sleep(0);
    return 1;
  }
  return (yield* nested(depth - 1)) + 1;
}

const nesting = (depth: number): Program =>
  program(function* (n) {
    const start = clock();
    for (let i = 0; i < n; i++) yield* nested(depth);
    return perOperation(start, n);
  });

const callSoon = program(function* (n) {
  const loop = getRunningLoop();
  const start = clock();
  for (let finished = 0; finished < n; finished += 1000) {
    const done = loop.createFuture<null>();
    let left = 1000;
    const called = (): void => {
      if (--left === 0) done.setResult(null);
    };
    for (let i = 0; i < 1000; i++) loop.callSoon(called);
    yield* done;
  }
  return perOperation(start, n);
});

const timers = program(function* (n) {
  const loop = getRunningLoop();
  const delays = randomDelays(n);
  let left = n;
  const done = loop.createFuture<null>();
  const fired = (): void => {
    if (--left === 0) done.setResult(null);
  };
  const start = clock();
  for (let i = 0; i < n; i++) loop.callLater(delays[i]!, fired);
  const add = (clock() - start) / n;
  untilAllDue();
  const fireStart = clock();
  yield* done;
  const fire = (clock() - fireStart) / n;
  return { add, fire, total: add + fire };
});

const timersCancel = program(function* (n) {
  const loop = getRunningLoop();
  const delays = randomDelays(n);
  const half = randomHalf(n);
  let left = n - half.reduce((sum, bit) => sum + bit, 0);
  const fires = left;
  const done = loop.createFuture<null>();
  const fired = (): void => {
    if (--left === 0) done.setResult(null);
  };
  const handles: ReturnType<typeof loop.callLater>[] = [];
  const start = clock();
  for (let i = 0; i < n; i++) handles.push(loop.callLater(delays[i]!, fired));
  const cancelStart = clock();
  for (let i = 0; i < n; i++) if (half[i] === 1) handles[i]!.cancel();
  const cancelled = clock();
  untilAllDue();
  const fireStart = clock();
  yield* done;
  const end = clock();
  return {
    add: (cancelStart - start) / n,
    cancel: (cancelled - cancelStart) / (n - fires),
    fire: (end - fireStart) / fires,
    total: (cancelled - start + end - fireStart) / n,
  };
});

function* sleeper(): GeneratorBody<void> {
  yield* sleep(3600);
}

const memoryOfSleepers = program(function* (n) {
  const tasks = new Array<Task<void>>(n);
  const before = memory();
  for (let i = 0; i < n; i++) tasks[i] = createTask(sleeper());
  yield* sleep(LONGEST_DELAY);
  return answer(growth(before, memory(), n));
});

function* waiter(fut: Future<null>): GeneratorBody<void> {
  yield* fut;
}

const cancel = program(function* (n) {
  const loop = getRunningLoop();
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i++) tasks.push(createTask(waiter(loop.createFuture<null>())));
  yield* sleep(0);
  const start = clock();
  for (const task of tasks) task.cancel();
  yield* wait(tasks);
  return perOperation(start, n);
});

function* locker(lock: Lock, n: number): GeneratorBody<void> {
  for (let i = 0; i < n; i++) {
    yield* lock.acquire();
    lock.release();
  }
}

const lock = program(function* (n) {
  const lock = new Lock();
  yield* lock.acquire();
  const tasks: Task<void>[] = [];
  for (let i = 0; i < 10; i++) tasks.push(createTask(locker(lock, n / 10)));
  yield* sleep(0);
  const start = clock();
  lock.release();
  yield* wait(tasks);
  return perOperation(start, n);
});

function* putter(queue: Queue<number>, n: number): GeneratorBody<void> {
  for (let i = 0; i < n; i++) yield* queue.put(i);
}

const queueing = (maxsize: number): Program =>
  program(function* (n) {
    const queue = new Queue<number>(maxsize);
    const start = clock();
    const task = createTask(putter(queue, n));
    for (let i = 0; i < n; i++) yield* queue.get();
    yield* task;
    return perOperation(start, n);
  });

const taskGroup = program(function* (n) {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    yield* withTaskGroup(function* (tg) {
      for (let i = 0; i < 1000; i++) tg.createTask(trivial(i));
    });
  }
  return perOperation(start, n);
});

const timeout = program(function* (n) {
  const ready = getRunningLoop().createFuture<number>();
  ready.setResult(1);
  // Made once: V8 needs over a microsecond to call a generator function for the first time.
  function* body(): GeneratorBody<void> {
    yield* ready;
  }
  const start = clock();
  for (let i = 0; i < n; i++) yield* withTimeout(10, body);
  return perOperation(start, n);
});

function* races(long: Future<null>, n: number): GeneratorBody<void> {
  const loop = getRunningLoop();
  for (let i = 0; i < n; i++) {
    const short = loop.createFuture<null>();
    loop.callSoon(() => short.setResult(null));
    yield* wait([long, short], { returnWhen: FIRST_COMPLETED });
  }
}

const leakRace = program(function* (n) {
  const long = getRunningLoop().createFuture<null>();
  yield* races(long, Math.min(n, LEAK_WARMUP));
  yield* sleep(0.02);
  const before = memory();
  const start = clock();
  yield* races(long, n);
  const { time } = perOperation(start, n);
  memory();
  yield* sleep(0.02);
  const { heap } = growth(before, memory(), n);
  long.setResult(null);
  return { time: time!, heap };
});

function* signals({ signal }: AbortController, n: number): GeneratorBody<void> {
  for (let i = 0; i < n; i++) yield* createTask(switcher(1), { signal });
}

const leakAbort = program(function* (n) {
  const long = new AbortController();
  yield* signals(long, Math.min(n, LEAK_WARMUP));
  yield* sleep(0.02);
  const before = memory();
  const start = clock();
  yield* signals(long, n);
  const { time } = perOperation(start, n);
  memory();
  yield* sleep(0.02);
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
  'call-soon': callSoon,
  'timers-10k': timers,
  'timers-100k': timers,
  'timers-1m': timers,
  'timers-cancel': timersCancel,
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
