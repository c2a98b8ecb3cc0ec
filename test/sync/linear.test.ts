import { describe, expect, test } from 'vitest';
import {
  Condition,
  createTask,
  Event,
  Lock,
  PriorityQueue,
  Queue,
  run,
  Semaphore,
  sleep,
} from '../../src/index.ts';
import type { GeneratorBody, Task } from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import { WorkCounter } from './work.ts';
import type { Work } from './work.ts';

const WAITERS = 20_000;

/** Runs `main` on a loop of virtual time and counts what it did. */
async function count(main: () => GeneratorBody<void>): Promise<Work> {
  const counter = new WorkCounter();
  try {
    await run(main, { loopFactory: () => new VirtualTimeEventLoop() });
  } finally {
    counter.stop();
  }
  return counter;
}

function tasks(body: () => GeneratorBody<unknown>): Task<unknown>[] {
  return Array.from({ length: WAITERS }, () => createTask(body));
}

function expectLinear(work: Work): void {
  expect(work.looks).toBeLessThan(20 * WAITERS);
  expect(work.steps).toBeLessThan(20 * WAITERS);
}

describe('with many waiters', () => {
  test('the counter sees what is quadratic', async () => {
    const counter = new WorkCounter();
    const items = Array.from({ length: 1000 }, (_, i) => i);
    while (items.length > 0) items.shift();
    const { steps } = counter.stop();
    expect(steps).toBe(500_500);
    expect(counter.steps).toBe(500_500);
    items.shift();
    expect(counter.steps).toBe(500_500);
  });

  test('cancelling all that wait for a lock costs each a constant', async () => {
    expectLinear(
      await count(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        const waiting = tasks(() => lock.acquire() as unknown as GeneratorBody<true>);
        yield* sleep(0);
        for (const task of waiting) task.cancel();
        lock.release();
        // They all still stand in line, cancelled; it is found out once.
        for (let i = 0; i < WAITERS; i++) {
          yield* lock.acquire();
          lock.release();
        }
        yield* sleep(0);
        expect(String(lock)).toBe('<Lock [unlocked]>');
      }),
    );
  });

  test('cancelling every second one, from the end, costs each a constant', async () => {
    expectLinear(
      await count(function* () {
        const lock = new Lock();
        yield* lock.acquire();
        let acquired = 0;
        const waiting = tasks(function* () {
          yield* lock.acquire();
          acquired++;
          lock.release();
        });
        yield* sleep(0);
        for (let i = WAITERS - 1; i >= 0; i -= 2) waiting[i]?.cancel();
        yield* sleep(0);
        lock.release();
        for (const task of waiting) if (!task.done()) yield* task;
        expect(acquired).toBe(WAITERS / 2);
      }),
    );
  });

  test('a semaphore wakes them one by one within a turn, and passes over the cancelled', async () => {
    expectLinear(
      await count(function* () {
        const semaphore = new Semaphore(0);
        let acquired = 0;
        const waiting = tasks(function* () {
          yield* semaphore.acquire();
          acquired++;
        });
        yield* sleep(0);
        for (let i = 0; i < WAITERS; i += 2) waiting[i]?.cancel();
        for (let i = 0; i < WAITERS; i++) {
          semaphore.locked();
          semaphore.release();
        }
        yield* sleep(0);
        expect(acquired).toBe(WAITERS / 2);
        expect(String(semaphore)).toBe(`<Semaphore [unlocked, value:${WAITERS / 2}]>`);
      }),
    );
  });

  test('a condition notifies them one by one within a turn', async () => {
    expectLinear(
      await count(function* () {
        const condition = new Condition();
        let notified = 0;
        const waiting = tasks(function* () {
          yield* condition.acquire();
          yield* condition.wait();
          notified++;
          condition.release();
        });
        yield* sleep(0);
        yield* condition.acquire();
        for (let i = 0; i < WAITERS; i++) condition.notify();
        condition.release();
        for (const task of waiting) yield* task;
        expect(notified).toBe(WAITERS);
      }),
    );
  });

  test('an event that is set and cleared over and over within a turn wakes them once', async () => {
    expectLinear(
      await count(function* () {
        const event = new Event();
        const waiting = tasks(() => event.wait() as unknown as GeneratorBody<true>);
        yield* sleep(0);
        for (let i = 0; i < 1000; i++) {
          event.set();
          event.clear();
        }
        for (const task of waiting) yield* task;
        expect(String(event)).toBe('<Event [unset]>');
      }),
    );
  });

  test('cancelling all getters and putters of a queue costs each a constant', async () => {
    expectLinear(
      await count(function* () {
        const queue = new Queue<number>(1);
        const getters = tasks(() => queue.get() as unknown as GeneratorBody<number>);
        yield* sleep(0);
        for (const task of getters.reverse()) task.cancel();
        yield* sleep(0);
        expect(String(queue)).toBe('<Queue maxsize=1>');
        queue.putNowait(0);
        const putters = tasks(() => queue.put(1) as unknown as GeneratorBody<void>);
        yield* sleep(0);
        for (const task of putters) task.cancel();
        yield* sleep(0);
        expect(String(queue)).toBe('<Queue maxsize=1 _queue=[0] tasks=1>');
      }),
    );
  });
});

describe('with a million items', () => {
  const ITEMS = 1_000_000;

  test('a queue puts and gets each in a constant number of steps', () => {
    const counter = new WorkCounter();
    let ordered = true;
    try {
      const queue = new Queue<number>();
      for (let i = 0; i < ITEMS; i++) queue.putNowait(i);
      for (let i = 0; i < ITEMS; i++) ordered &&= queue.getNowait() === i;
      expect(queue.empty()).toBe(true);
    } finally {
      counter.stop();
    }
    expect(ordered).toBe(true);
    expect(counter.steps).toBeLessThan(ITEMS);
    expect(counter.looks).toBeLessThan(ITEMS);
  });

  test('and so it does while they come and go', () => {
    const counter = new WorkCounter();
    let ordered = true;
    try {
      const queue = new Queue<number>();
      let next = 0;
      for (let i = 0; i < ITEMS; i++) {
        queue.putNowait(i);
        if (i % 3 !== 0) ordered &&= queue.getNowait() === next++;
      }
      while (!queue.empty()) ordered &&= queue.getNowait() === next++;
      expect(next).toBe(ITEMS);
    } finally {
      counter.stop();
    }
    expect(ordered).toBe(true);
    expect(counter.steps).toBeLessThan(ITEMS);
  });

  test('a priority queue compares each with a logarithmic number of others', () => {
    let compared = 0;
    const queue = new PriorityQueue<number>(0, {
      compare(a, b) {
        compared++;
        return a - b;
      },
    });
    const items = 100_000;
    for (let i = 0; i < items; i++) queue.putNowait((i * 7919) % items);
    let ordered = true;
    for (let i = 0; i < items; i++) ordered &&= queue.getNowait() === i;
    expect(ordered).toBe(true);
    expect(compared).toBeLessThan(2 * items * Math.log2(items));
  });
});
