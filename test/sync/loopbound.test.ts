import { describe, expect, test } from 'vitest';
import {
  Condition,
  createTask,
  Event,
  Lock,
  Queue,
  run,
  RuntimeError,
  Semaphore,
  sleep,
} from '../../src/index.ts';
import type { Awaitable } from '../../src/index.ts';

/** Something that has to wait on `primitive`, for each of them. */
const waits: [string, () => { make: () => Awaitable<unknown>; release: () => void }][] = [
  [
    'Lock',
    () => {
      const lock = new Lock();
      return {
        make: () => lock.acquire(),
        release: () => lock.release(),
      };
    },
  ],
  [
    'Semaphore',
    () => {
      const semaphore = new Semaphore(1);
      return { make: () => semaphore.acquire(), release: () => semaphore.release() };
    },
  ],
  [
    'Queue',
    () => {
      const queue = new Queue<number>(1);
      return { make: () => queue.put(1), release: () => void queue.getNowait() };
    },
  ],
];

describe.each(waits)('%s belongs to the loop it was first waited on', (_name, start) => {
  test('it can be used without waiting on any loop, and then waited on in one', async () => {
    const { make, release } = start();
    for (let i = 0; i < 3; i++) {
      await run(async () => {
        await make();
        release();
      });
    }
    await run(async () => {
      await make();
      const waiting = createTask(async () => await make());
      await sleep(0);
      release();
      await waiting;
      release();
    });
    // Still no wait: the other loop is not noticed.
    await run(async () => {
      await make();
      release();
    });
    await run(async () => {
      await make();
      await expect(async () => await make()).rejects.toThrow(RuntimeError);
      release();
    });
  });
});

test('the error names the object and says what to do', async () => {
  const event = new Event();
  await run(async () => {
    const waiting = createTask(event.wait());
    await sleep(0);
    waiting.cancel();
  });
  await run(async () => {
    await expect(async () => await event.wait()).rejects.toThrow(
      /<Event \[unset\]> is bound to a different event loop.*one object for each loop/,
    );
  });
});

test('a condition that is waited on in another loop keeps its lock', async () => {
  const condition = new Condition();
  await run(async () => {
    await condition.acquire();
    const waiting = createTask(condition.wait());
    await sleep(0);
    waiting.cancel();
    await sleep(0);
    condition.release();
  });
  await run(async () => {
    await condition.acquire();
    await expect(async () => await condition.wait()).rejects.toThrow(RuntimeError);
    expect(condition.locked()).toBe(true);
    condition.release();
  });
});
