import { describe, expect, test } from 'vitest';
import {
  ALL_COMPLETED,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  getRunningLoop,
  isfuture,
  run,
  sleep,
  type Task,
  wait,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

function fails(delay: number): Task<void> {
  return createTask(function* () {
    yield* sleep(delay);
    throw new Error(`after ${delay}`);
  });
}

/** Which of `all` are in the set, in its order: futures are iterable, so they must not be compared in depth. */
function which(set: Set<Future<void>>, all: readonly Future<void>[]): number[] {
  return [...set].map((one) => all.indexOf(one));
}

describe('wait', () => {
  inBothKinds('gives who is done and who is not, each in the order given', function* (kind) {
    const tasks = [3, 1, 4, 2].map((delay) => createTask(sleep(delay)));
    const [done, pending] = yield* kind.wait(wait(tasks, { timeout: 2.5 }));
    expect(which(done, tasks)).toEqual([1, 3]);
    expect(which(pending, tasks)).toEqual([0, 2]);
    expect(getRunningLoop().time()).toBe(2.5);
    const [all, none] = yield* kind.wait(wait(new Set(tasks)));
    expect(all.size).toBe(4);
    expect(none.size).toBe(0);
    expect(getRunningLoop().time()).toBe(4);
  });

  inBothKinds('FIRST_COMPLETED comes back with the first', function* (kind) {
    const tasks = [createTask(sleep(3)), fails(1)];
    const [done, pending] = yield* kind.wait(wait(tasks, { returnWhen: FIRST_COMPLETED }));
    expect(which(done, tasks)).toEqual([1]);
    expect(which(pending, tasks)).toEqual([0]);
    expect(String((tasks[1] as Task<void>).exception())).toBe('Error: after 1');
  });

  inBothKinds('FIRST_EXCEPTION passes over results and cancellations', function* (kind) {
    const cancelled = createTask(sleep(9));
    yield* kind.turns();
    cancelled.cancel();
    const tasks = [createTask(sleep(1)), cancelled, fails(2), createTask(sleep(3))];
    const [done, pending] = yield* kind.wait(wait(tasks, { returnWhen: FIRST_EXCEPTION }));
    expect(getRunningLoop().time()).toBe(2);
    expect(done.size).toBe(3);
    expect(which(pending, tasks)).toEqual([3]);
    const [all] = yield* kind.wait(wait(pending, { returnWhen: FIRST_EXCEPTION, timeout: null }));
    expect(all.size).toBe(1);
  });

  inBothKinds('cancelled, it cancels none of them and leaves nothing with them', function* (kind) {
    const future = new Future<number>();
    const waiting = kind.task(function* () {
      yield* kind.wait(wait([future], { timeout: 50 }));
    });
    yield* kind.turns(2);
    expect(future._observers).not.toBeNull();
    waiting.cancel();
    yield* kind.turns(2);
    expect(waiting.cancelled()).toBe(true);
    expect(future.done()).toBe(false);
    expect(future._observers).toBeNull();
    expect(getRunningLoop().time()).toBe(0);
  });

  inBothKinds('a timeout of zero looks once, and never throws', function* (kind) {
    const done = new Future<void>();
    done.setResult();
    const pending = new Future<void>();
    const sets = yield* kind.wait(wait([done, pending], { timeout: 0 }));
    expect(sets.map((set) => which(set, [done, pending]))).toEqual([[0], [1]]);
    expect(pending._observers).toBeNull();
  });

  inBothKinds('wraps Promises', function* (kind) {
    const promise = Promise.resolve('kept');
    const [done] = yield* kind.wait(wait([promise, promise]));
    expect(done.size).toBe(1);
    for (const future of done) {
      expect(isfuture(future)).toBe(true);
      expect(future.result()).toBe('kept');
    }
  });

  test('refuses wrong arguments at the call, telling what to write', async () => {
    await run(async () => {
      const task = createTask(sleep(0));
      expect(() => wait(task as never)).toThrow(TypeError);
      expect(() => wait(task as never)).toThrow(/collection of futures or tasks.*\[x\]/);
      expect(() => wait(Promise.resolve() as never)).toThrow(TypeError);
      expect(() => wait(7 as never)).toThrow(/not the number 7/);
      const forgotten = sleep(1);
      expect(() => wait(forgotten as never)).toThrow(TypeError);
      expect(() => wait([forgotten] as never)).toThrow(/wait\(\) expects futures.*createTask/);
      forgotten.close();
      expect(() => wait([async () => 1] as never)).toThrow(/createTask/);
      expect(() => wait([1] as never)).toThrow(TypeError);
      expect(() => wait([])).toThrow(RangeError);
      expect(() => wait([task], { returnWhen: 'SOON' as never })).toThrow(RangeError);
      expect(() => wait([task], { returnWhen: 'SOON' as never })).toThrow(/'SOON'/);
      expect(() => wait([task], { timeout: '1' as never })).toThrow(TypeError);
      expect(() => wait([task], { timeout: Number.NaN })).toThrow(RangeError);
      expect(() => wait([task], 5 as never)).toThrow(TypeError);
      await task;
    }, virtual);
  });

  test('the constants are what they are in Python', () => {
    expect([FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED]).toEqual([
      'FIRST_COMPLETED',
      'FIRST_EXCEPTION',
      'ALL_COMPLETED',
    ]);
  });

  inBothKinds('a task that waits for itself is no reason to hang for ever', function* (kind) {
    let own: Task<unknown> | null = null;
    own = kind.task(function* () {
      const [done, pending] = yield* kind.wait(wait([own as Task<unknown>], { timeout: 1 }));
      return [done.size, pending.size];
    });
    expect(yield* kind.wait(own)).toEqual([0, 1]);
  });
});
