// effection 4: structured concurrency over generators.

import { all, race, run, scoped, sleep, spawn, until, withResolvers } from 'effection';
import type { Operation, Task } from 'effection';

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

/** Runs one operation as the whole program. */
function program(body: (n: number) => Operation<Sample>): Program {
  return async (n) => await run(() => body(n));
}

/** effection has no yield and its sleep(0) costs a millisecond: a resolved promise is its cheapest switch. */
const turn = (): Operation<void> => until(Promise.resolve());

function* switcher(n: number): Operation<void> {
  for (let i = 0; i < n; i++) yield* turn();
}

const switching = (tasks: number): Program =>
  program(function* (n) {
    const start = clock();
    if (tasks === 1) {
      yield* switcher(n);
    } else {
      const operations: Operation<void>[] = [];
      for (let i = 0; i < tasks; i++) operations.push(switcher(n / tasks));
      yield* all(operations);
    }
    return perOperation(start, n);
  });

/** A body without a yield, as the coroutines of the other peers have none. */
function* trivial(i: number): Operation<number> {
  return i;
}

const gather = program(function* (n) {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    const operations: Operation<number>[] = [];
    for (let i = 0; i < 1000; i++) operations.push(trivial(i));
    yield* all(operations);
  }
  return perOperation(start, n);
});

const future = program(function* (n) {
  const start = clock();
  for (let i = 0; i < n; i++) {
    const { operation, resolve } = withResolvers<void>();
    queueMicrotask(resolve);
    yield* operation;
  }
  return perOperation(start, n);
});

function* nested(depth: number): Operation<number> {
  if (depth === 1) {
    yield* turn();
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

function* sleeper(): Operation<void> {
  yield* sleep(3_600_000 / 2);
}

const memoryOfSleepers = program(function* (n) {
  const tasks = new Array<Task<void>>(n);
  const before = memory();
  for (let i = 0; i < n; i++) tasks[i] = yield* spawn(sleeper);
  yield* sleep(LONGEST_DELAY * 1000);
  return answer(growth(before, memory(), n));
});

const cancel = program(function* (n) {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < n; i++) {
    const { operation } = withResolvers<void>();
    tasks.push(
      yield* spawn(function* () {
        yield* operation;
      }),
    );
  }
  yield* turn();
  const start = clock();
  for (const task of tasks) yield* task.halt();
  return perOperation(start, n);
});

const taskGroup = program(function* (n) {
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    yield* scoped(function* () {
      const tasks: Task<number>[] = [];
      for (let i = 0; i < 1000; i++) tasks.push(yield* spawn(() => trivial(i)));
      for (const task of tasks) yield* task;
    });
  }
  return perOperation(start, n);
});

function* late(): Operation<never> {
  yield* sleep(10_000);
  throw new Error('Too late.');
}

const timeout = program(function* (n) {
  const ready = withResolvers<number>();
  ready.resolve(1);
  const start = clock();
  for (let i = 0; i < n; i++) yield* race([ready.operation, late()]);
  return perOperation(start, n);
});

function* races(long: Operation<void>, n: number): Operation<void> {
  for (let i = 0; i < n; i++) {
    const short = withResolvers<void>();
    queueMicrotask(short.resolve);
    yield* race([long, short.operation]);
  }
}

const leakRace = program(function* (n) {
  const long = withResolvers<void>();
  yield* races(long.operation, Math.min(n, LEAK_WARMUP));
  yield* sleep(20);
  const before = memory();
  const start = clock();
  yield* races(long.operation, n);
  const { time } = perOperation(start, n);
  memory();
  yield* sleep(20);
  const { heap } = growth(before, memory(), n);
  long.resolve();
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
  'task-group': taskGroup,
  timeout,
  'leak-race': leakRace,
};
