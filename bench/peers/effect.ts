// Effect 4: fibers. Functions are made with Effect.fnUntraced: a generator function each, as a coroutine is, and
// up to six times faster than calling Effect.gen anew each time.

import { Deferred, Effect, Exit, Fiber, Queue, Scheduler, Semaphore } from 'effect';

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

/** Runs one effect as the whole program. */
function program(body: (n: number) => Effect.Effect<Sample, unknown>): Program {
  return (n) => Effect.runPromise(body(n));
}

const switcher = Effect.fnUntraced(function* (n: number) {
  for (let i = 0; i < n; i++) yield* Effect.yieldNow;
});

const switching = (tasks: number): Program =>
  program((n) =>
    Effect.gen(function* () {
      const start = clock();
      if (tasks === 1) {
        yield* switcher(n);
      } else {
        const all: Effect.Effect<void>[] = [];
        for (let i = 0; i < tasks; i++) all.push(switcher(n / tasks));
        yield* Effect.all(all, { concurrency: 'unbounded' });
      }
      return perOperation(start, n);
    }),
  );

/** A body without a yield, as the coroutines of the other peers have none. */
const trivial = Effect.fnUntraced(function* (i: number) {
  return i;
});

const gather = program((n) =>
  Effect.gen(function* () {
    const start = clock();
    for (let done = 0; done < n; done += 1000) {
      const all: Effect.Effect<number>[] = [];
      for (let i = 0; i < 1000; i++) all.push(trivial(i));
      yield* Effect.all(all, { concurrency: 'unbounded' });
    }
    return perOperation(start, n);
  }),
);

const future = program((n) =>
  Effect.gen(function* () {
    const start = clock();
    for (let i = 0; i < n; i++) {
      const deferred = yield* Deferred.make<void>();
      queueMicrotask(() => Deferred.doneUnsafe(deferred, Exit.void));
      yield* Deferred.await(deferred);
    }
    return perOperation(start, n);
  }),
);

const nested: (depth: number) => Effect.Effect<number> = Effect.fnUntraced(function* (
  depth: number,
) {
  if (depth === 1) {
    yield* Effect.yieldNow;
    return 1;
  }
  return (yield* nested(depth - 1)) + 1;
});

const nesting = (depth: number): Program =>
  program((n) =>
    Effect.gen(function* () {
      const start = clock();
      for (let i = 0; i < n; i++) yield* nested(depth);
      return perOperation(start, n);
    }),
  );

/** Effect's own ready queue, without fibers. */
async function callSoon(n: number): Promise<Sample> {
  const dispatcher = new Scheduler.MixedScheduler().makeDispatcher();
  const start = clock();
  for (let done = 0; done < n; done += 1000) {
    await new Promise<void>((resolve) => {
      let left = 1000;
      const called = (): void => {
        if (--left === 0) resolve();
      };
      for (let i = 0; i < 1000; i++) dispatcher.scheduleTask(called, 0);
    });
  }
  return perOperation(start, n);
}

const sleeper = Effect.fnUntraced(function* () {
  yield* Effect.sleep(3_600_000);
});

const memoryOfSleepers = program((n) =>
  Effect.gen(function* () {
    const fibers = new Array<Fiber.Fiber<void>>(n);
    const before = memory();
    for (let i = 0; i < n; i++) fibers[i] = yield* Effect.forkChild(sleeper());
    yield* Effect.sleep(LONGEST_DELAY * 1000);
    return answer(growth(before, memory(), n));
  }),
);

const waiter = Effect.fnUntraced(function* (deferred: Deferred.Deferred<void>) {
  yield* Deferred.await(deferred);
});

const cancel = program((n) =>
  Effect.gen(function* () {
    const fibers: Fiber.Fiber<void>[] = [];
    for (let i = 0; i < n; i++) {
      const deferred = yield* Deferred.make<void>();
      fibers.push(yield* Effect.forkChild(waiter(deferred)));
    }
    yield* Effect.yieldNow;
    const start = clock();
    yield* Fiber.interruptAll(fibers);
    return perOperation(start, n);
  }),
);

const locker = Effect.fnUntraced(function* (semaphore: Semaphore.Semaphore, n: number) {
  for (let i = 0; i < n; i++) {
    yield* semaphore.take(1);
    yield* semaphore.release(1);
  }
});

const lock = program((n) =>
  Effect.gen(function* () {
    const semaphore = yield* Semaphore.make(1);
    yield* semaphore.take(1);
    const fibers: Fiber.Fiber<void>[] = [];
    for (let task = 0; task < 10; task++) {
      fibers.push(yield* Effect.forkChild(locker(semaphore, n / 10)));
    }
    yield* Effect.yieldNow;
    const start = clock();
    yield* semaphore.release(1);
    yield* Fiber.joinAll(fibers);
    return perOperation(start, n);
  }),
);

const putter = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  for (let i = 0; i < n; i++) yield* Queue.offer(queue, i);
});

const queueing = (capacity: number): Program =>
  program((n) =>
    Effect.gen(function* () {
      const queue = yield* Queue.bounded<number>(capacity);
      const start = clock();
      const fiber = yield* Effect.forkChild(putter(queue, n));
      for (let i = 0; i < n; i++) yield* Queue.take(queue);
      yield* Fiber.join(fiber);
      return perOperation(start, n);
    }),
  );

/** Child fibers are supervised by their parent, as a group's tasks are. */
const taskGroup = program((n) =>
  Effect.gen(function* () {
    const start = clock();
    for (let done = 0; done < n; done += 1000) {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const fibers: Fiber.Fiber<number>[] = [];
          for (let i = 0; i < 1000; i++) fibers.push(yield* Effect.forkScoped(trivial(i)));
          yield* Fiber.joinAll(fibers);
        }),
      );
    }
    return perOperation(start, n);
  }),
);

const timeout = program((n) =>
  Effect.gen(function* () {
    const ready = yield* Deferred.make<number>();
    yield* Deferred.succeed(ready, 1);
    const start = clock();
    for (let i = 0; i < n; i++) yield* Effect.timeout(Deferred.await(ready), 10_000);
    return perOperation(start, n);
  }),
);

const races = Effect.fnUntraced(function* (long: Deferred.Deferred<void>, n: number) {
  for (let i = 0; i < n; i++) {
    const short = yield* Deferred.make<void>();
    queueMicrotask(() => Deferred.doneUnsafe(short, Exit.void));
    yield* Effect.raceFirst(Deferred.await(long), Deferred.await(short));
  }
});

const leakRace = program((n) =>
  Effect.gen(function* () {
    const long = yield* Deferred.make<void>();
    yield* races(long, Math.min(n, LEAK_WARMUP));
    yield* Effect.sleep(20);
    const before = memory();
    const start = clock();
    yield* races(long, n);
    const { time } = perOperation(start, n);
    memory();
    yield* Effect.sleep(20);
    const { heap } = growth(before, memory(), n);
    yield* Deferred.succeed(long, undefined);
    return { time: time!, heap };
  }),
);

/** `runPromise` takes a signal: one long-lived signal for many short programs. */
async function signals({ signal }: AbortController, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await Effect.runPromise(Effect.yieldNow, { signal });
}

async function leakAbort(n: number): Promise<Sample> {
  const long = new AbortController();
  await signals(long, Math.min(n, LEAK_WARMUP));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = memory();
  const start = clock();
  await signals(long, n);
  const { time } = perOperation(start, n);
  memory();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { heap } = growth(before, memory(), n);
  long.abort();
  return { time: time!, heap };
}

export const programs: Programs = {
  'switch-1': switching(1),
  'switch-100': switching(100),
  gather,
  future,
  'nested-1': nesting(1),
  'nested-10': nesting(10),
  'nested-100': nesting(100),
  'call-soon': callSoon,
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
