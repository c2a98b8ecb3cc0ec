// Native promises and async functions: what JavaScript offers without a library.
/* oxlint-disable typescript/await-thenable, unicorn/no-unnecessary-await -- `await null` is the switch that is measured */

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

/** One trip through the microtask queue: the only switch that native promises have. */
async function switcher(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await null;
}

function switching(tasks: number): Program {
  return async (n) => {
    const start = clock();
    const all: Promise<void>[] = [];
    for (let i = 0; i < tasks; i++) all.push(switcher(n / tasks));
    await Promise.all(all);
    return perOperation(start, n);
  };
}

async function trivial(i: number): Promise<number> {
  return i;
}

async function gather(n: number): Promise<Sample> {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    const all: Promise<number>[] = [];
    for (let i = 0; i < 1000; i++) all.push(trivial(i));
    await Promise.all(all);
  }
  return perOperation(start, n);
}

async function future(n: number): Promise<Sample> {
  const start = clock();
  for (let i = 0; i < n; i++) await new Promise<void>((resolve) => queueMicrotask(resolve));
  return perOperation(start, n);
}

async function nested(depth: number): Promise<number> {
  if (depth === 1) {
    await null;
    return 1;
  }
  return (await nested(depth - 1)) + 1;
}

function nesting(depth: number): Program {
  return async (n) => {
    const start = clock();
    for (let i = 0; i < n; i++) await nested(depth);
    return perOperation(start, n);
  };
}

async function callSoon(n: number): Promise<Sample> {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    await new Promise<void>((resolve) => {
      let left = 1000;
      const called = (): void => {
        if (--left === 0) resolve();
      };
      for (let i = 0; i < 1000; i++) queueMicrotask(called);
    });
  }
  return perOperation(start, n);
}

async function timers(n: number): Promise<Sample> {
  const delays = randomDelays(n);
  let left = n;
  let resolve!: () => void;
  const done = new Promise<void>((r) => (resolve = r));
  const fired = (): void => {
    if (--left === 0) resolve();
  };
  const start = clock();
  for (let i = 0; i < n; i++) setTimeout(fired, delays[i]! * 1000);
  const add = (clock() - start) / n;
  untilAllDue();
  const fireStart = clock();
  await done;
  const fire = (clock() - fireStart) / n;
  return { add, fire, total: add + fire };
}

async function timersCancel(n: number): Promise<Sample> {
  const delays = randomDelays(n);
  const half = randomHalf(n);
  let left = n - half.reduce((sum, bit) => sum + bit, 0);
  const fires = left;
  let resolve!: () => void;
  const done = new Promise<void>((r) => (resolve = r));
  const fired = (): void => {
    if (--left === 0) resolve();
  };
  const handles: NodeJS.Timeout[] = [];
  const start = clock();
  for (let i = 0; i < n; i++) handles.push(setTimeout(fired, delays[i]! * 1000));
  const cancelStart = clock();
  for (let i = 0; i < n; i++) if (half[i] === 1) clearTimeout(handles[i]);
  const cancelled = clock();
  untilAllDue();
  const fireStart = clock();
  await done;
  const end = clock();
  return {
    add: (cancelStart - start) / n,
    cancel: (cancelled - cancelStart) / (n - fires),
    fire: (end - fireStart) / fires,
    total: (cancelled - start + end - fireStart) / n,
  };
}

async function sleeper(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 3_600_000));
}

async function memoryOfSleepers(n: number): Promise<Sample> {
  const tasks: Promise<void>[] = new Array<Promise<void>>(n);
  const before = memory();
  for (let i = 0; i < n; i++) tasks[i] = sleeper();
  await new Promise((resolve) => setTimeout(resolve, LONGEST_DELAY * 1000));
  return answer(growth(before, memory(), n));
}

async function waiter(signal: AbortSignal): Promise<void> {
  await new Promise<void>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

async function cancel(n: number): Promise<Sample> {
  const controllers: AbortController[] = [];
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < n; i++) {
    const controller = new AbortController();
    controllers.push(controller);
    tasks.push(waiter(controller.signal));
  }
  await null;
  const start = clock();
  for (const controller of controllers) controller.abort();
  await Promise.allSettled(tasks);
  return perOperation(start, n);
}

async function timeout(n: number): Promise<Sample> {
  const ready = Promise.resolve(1);
  const start = clock();
  for (let i = 0; i < n; i++) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Too late.')), 10_000);
    });
    try {
      await Promise.race([ready, late]);
    } finally {
      clearTimeout(timer);
    }
  }
  return perOperation(start, n);
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

async function races(long: Promise<void>, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    await Promise.race([long, new Promise<void>((resolve) => queueMicrotask(resolve))]);
  }
}

async function leakRace(n: number): Promise<Sample> {
  const long = new Promise<void>(() => undefined);
  await races(long, Math.min(n, LEAK_WARMUP));
  await turn();
  const before = memory();
  const start = clock();
  await races(long, n);
  const { time } = perOperation(start, n);
  memory();
  await turn();
  const { heap } = growth(before, memory(), n);
  keep(long);
  return { time: time!, heap };
}

async function signals(long: AbortController, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    const short = new AbortController();
    const either = AbortSignal.any([long.signal, short.signal]);
    await null;
    either.throwIfAborted();
    // A pause as any real program has it: V8 lets go of weakly held signals only between turns.
    if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function leakAbort(n: number): Promise<Sample> {
  const long = new AbortController();
  await signals(long, Math.min(n, LEAK_WARMUP));
  await turn();
  const before = memory();
  const start = clock();
  await signals(long, n);
  const { time } = perOperation(start, n);
  memory();
  await turn();
  const { heap } = growth(before, memory(), n);
  keep(long);
  return { time: time!, heap };
}

/** Something that outlives the measurement, so that the engine cannot prove it dead before. */
let kept: unknown;
function keep(value: unknown): void {
  kept = value;
}
keep(kept);

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
  timeout,
  'leak-race': leakRace,
  'leak-abort': leakAbort,
};
