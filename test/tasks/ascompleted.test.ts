import { describe, expect, test } from 'vitest';
import {
  asCompleted,
  coroutine,
  createTask,
  Future,
  getRunningLoop,
  run,
  sleep,
  TimeoutError,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

const failing = coroutine(function* (delay: number) {
  yield* sleep(delay);
  throw new Error(`after ${delay}`);
});

describe('asCompleted, the plain protocol', () => {
  inBothKinds('gives results in the order in which they come', function* (kind) {
    const results: [number, number][] = [];
    for (const next of asCompleted([3, 1, 2].map((delay) => sleep(delay, delay)))) {
      results.push([yield* kind.wait(next), getRunningLoop().time()]);
    }
    expect(results).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  inBothKinds('throws errors where the next one is awaited, and goes on', function* (kind) {
    const log: string[] = [];
    for (const next of asCompleted([sleep(2, 'two'), failing(1), failing(3)])) {
      try {
        log.push(yield* kind.wait(next));
      } catch (error) {
        log.push(String(error));
      }
    }
    expect(log).toEqual(['Error: after 1', 'two', 'Error: after 3']);
  });

  inBothKinds('what is done already comes first, in the order given', function* (kind) {
    const futures = ['a', 'b', 'c'].map((value) => {
      const future = new Future<string>();
      future.setResult(value);
      return future;
    });
    const order: string[] = [];
    for (const next of asCompleted(futures)) order.push(yield* kind.wait(next));
    expect(order).toEqual(['a', 'b', 'c']);
  });

  inBothKinds('when the time is up each of the rest throws TimeoutError', function* (kind) {
    const task = createTask(sleep(9));
    const log: string[] = [];
    for (const next of asCompleted([sleep(1, 'one'), task, sleep(8)], { timeout: 2 })) {
      try {
        log.push(yield* kind.wait(next as never));
      } catch (error) {
        expect(error).toBeInstanceOf(TimeoutError);
        log.push(`late at ${getRunningLoop().time()}`);
      }
    }
    expect(log).toEqual(['one', 'late at 2', 'late at 2']);
    expect(task._observers).toBeNull();
    task.cancel();
  });

  inBothKinds('several may be awaited at once; a cancelled one takes nothing', function* (kind) {
    const iterator = asCompleted([sleep(1, 1), sleep(2, 2), sleep(3, 3)]);
    const [a, b, c] = [...iterator].map((next) => createTask(next));
    yield* kind.turns();
    b?.cancel();
    expect(yield* kind.wait(a as Future<number>)).toBe(1);
    expect(yield* kind.wait(c as Future<number>)).toBe(2);
    expect(b?.cancelled()).toBe(true);
    expect(iterator.next().done).toBe(true);
  });

  inBothKinds('leaving the loop leaves nothing behind with the rest', function* (kind) {
    const rest = new Future<string>();
    for (const next of asCompleted([rest, sleep(1, 'first')], { timeout: 60 })) {
      expect(yield* kind.wait(next)).toBe('first');
      break;
    }
    expect(rest._observers).toBeNull();
  });

  inBothKinds('a coroutine handed out before the loop was left still works', function* (kind) {
    const kept = [];
    const late = new Future<string>();
    for (const next of asCompleted([late, sleep(1, 'first')])) {
      kept.push(next);
      if (kept.length === 2) break;
    }
    getRunningLoop().callLater(5, () => late.setResult('second'));
    const results = [];
    for (const next of kept) results.push(yield* kind.wait(next));
    expect(results).toEqual(['first', 'second']);
    expect(late._observers).toBeNull();
  });
});

describe('asCompleted, the asynchronous protocol', () => {
  test('gives the very tasks that were given, ended', async () => {
    await run(async () => {
      const tasks = [3, 1, 2].map((delay) => createTask(sleep(delay, delay)));
      const order: number[] = [];
      for await (const task of asCompleted(tasks)) {
        expect(task.done()).toBe(true);
        order.push(tasks.indexOf(task as never), task.result());
      }
      expect(order).toEqual([1, 1, 2, 2, 0, 3]);
    }, virtual);
  });

  test('makes futures of coroutines and Promises; errors stay in them', async () => {
    await run(async () => {
      const seen: unknown[] = [];
      for await (const task of asCompleted([failing(2), Promise.resolve('at once')])) {
        seen.push(task.exception() === null ? task.result() : String(task.exception()));
      }
      expect(seen).toEqual(['at once', 'Error: after 2']);
    }, virtual);
  });

  test('throws TimeoutError when the time is up', async () => {
    await run(async () => {
      const seen: unknown[] = [];
      const all = async (): Promise<void> => {
        for await (const task of asCompleted([sleep(1, 1), sleep(5, 5)], { timeout: 2 })) {
          seen.push(task.result());
        }
      };
      await expect(all()).rejects.toThrow(TimeoutError);
      expect(seen).toEqual([1]);
    }, virtual);
  });

  test('leaving the loop leaves nothing behind', async () => {
    await run(async () => {
      const rest = new Future<void>();
      for await (const task of asCompleted([rest, sleep(1)])) {
        expect(task).not.toBe(rest);
        break;
      }
      expect(rest._observers).toBeNull();
    }, virtual);
  });
});

describe('asCompleted', () => {
  test('of nothing is over at once', async () => {
    await run(async () => {
      expect([...asCompleted([])]).toEqual([]);
      for await (const _ of asCompleted([])) expect.unreachable();
    }, virtual);
  });

  test('its signal cancels the tasks that it made, not those that it was given', async () => {
    await run(async () => {
      const controller = new AbortController();
      const given = createTask(sleep(3, 'given'));
      const works = [given, sleep(2, 'made')];
      const seen: string[] = [];
      getRunningLoop().callLater(1, () => controller.abort());
      for await (const task of asCompleted(works, { signal: controller.signal })) {
        seen.push(task.cancelled() ? 'cancelled' : task.result());
      }
      expect(seen).toEqual(['cancelled', 'given']);
    }, virtual);
  });

  test('refuses wrong arguments at the call', async () => {
    await run(async () => {
      const task = createTask(sleep(0));
      expect(() => asCompleted(task as never)).toThrow(TypeError);
      expect(() => asCompleted(task as never)).toThrow(/collection of awaitables.*\[x\]/);
      expect(() => asCompleted([1] as never)).toThrow(/expects something awaitable/);
      expect(() => asCompleted([task], { timeout: Number.NaN })).toThrow(RangeError);
      expect(() => asCompleted([task], { timeout: '1' as never })).toThrow(TypeError);
      expect(() => asCompleted([task], 3 as never)).toThrow(TypeError);
      await task;
    }, virtual);
  });
});
