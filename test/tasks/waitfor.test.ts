import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  run,
  shield,
  sleep,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

describe('waitFor', () => {
  inBothKinds('gives the value when it comes in time', function* (kind) {
    expect(yield* kind.wait(waitFor(sleep(1, 'in time'), 2))).toBe('in time');
    expect(yield* kind.wait(waitFor(sleep(9, 'no limit'), null))).toBe('no limit');
    expect(yield* kind.wait(waitFor(Promise.resolve(4), 1))).toBe(4);
    expect(yield* kind.wait(waitFor(() => 5, 1))).toBe(5);
    expect(getRunningLoop().time()).toBe(10);
  });

  inBothKinds('cancels what is late, waits for its end and throws TimeoutError', function* (kind) {
    const log: string[] = [];
    const late = kind.task(function* () {
      try {
        yield* kind.wait(sleep(100));
      } finally {
        log.push('clean-up begins');
        yield* kind.wait(sleep(2));
        log.push('clean-up ends');
      }
    });
    let error: unknown;
    try {
      yield* kind.wait(waitFor(late, 1));
    } catch (caught) {
      error = caught;
      log.push('timed out');
    }
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).cause).toBeInstanceOf(CancelledError);
    expect(late.cancelled()).toBe(true);
    expect(log).toEqual(['clean-up begins', 'clean-up ends', 'timed out']);
    expect(getRunningLoop().time()).toBe(3);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('runs a coroutine inside the calling task and its context', function* (kind) {
    const place = new ContextVar('place', { default: 'outside' });
    const caller = currentTask();
    const inner = kind.body(function* () {
      place.set('set inside');
      yield* kind.wait(sleep(0));
      return currentTask() === caller;
    });
    expect(yield* kind.wait(waitFor(coroutine(inner as () => Promise<boolean>)(), 5))).toBe(true);
    expect(place.get()).toBe('set inside');
  });

  inBothKinds('at zero a coroutine does not even start; what is done counts', function* (kind) {
    let started = false;
    const body = coroutine(async () => {
      started = true;
    });
    for (const timeout of [0, -1]) {
      let error: unknown;
      try {
        yield* kind.wait(waitFor(body(), timeout));
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(TimeoutError);
    }
    expect(started).toBe(false);
    const done = new Future<string>();
    done.setResult('there');
    expect(yield* kind.wait(waitFor(done, 0))).toBe('there');
  });

  inBothKinds('an inner that swallows the cancellation gives its value', function* (kind) {
    const stubborn = (): ReturnType<typeof kind.task<string>> =>
      kind.task(function* () {
        try {
          yield* kind.wait(sleep(100));
        } catch {
          yield* kind.wait(sleep(1));
        }
        return 'after all';
      });
    expect(yield* kind.wait(waitFor(stubborn(), 1))).toBe('after all');
    const task = stubborn();
    yield* kind.turns();
    expect(yield* kind.wait(waitFor(task, 0))).toBe('after all');
  });

  inBothKinds('a cancellation of the caller reaches the inner one', function* (kind) {
    const inner = createTask(sleep(100));
    const outer = kind.task(function* () {
      yield* kind.wait(waitFor(inner, 50));
    });
    yield* kind.turns(2);
    outer.cancel('from outside');
    let error: unknown;
    try {
      yield* kind.wait(outer);
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('CancelledError: from outside');
    expect(inner.cancelled()).toBe(true);
  });

  inBothKinds('a shield keeps the inner one alive', function* (kind) {
    const inner = createTask(sleep(3, 'survived'));
    let error: unknown;
    try {
      yield* kind.wait(waitFor(shield(inner), 1));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TimeoutError);
    expect(yield* kind.wait(inner)).toBe('survived');
  });

  inBothKinds('gets out of a Promise that never settles', function* (kind) {
    let error: unknown;
    try {
      yield* kind.wait(waitFor(new Promise(() => {}), 1));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TimeoutError);
  });

  test('refuses wrong arguments at the call', () => {
    expect(() => waitFor(3 as never, 1)).toThrow(
      /waitFor\(\) expects something awaitable.*number 3/,
    );
    expect(() => waitFor(Promise.resolve(), '1' as never)).toThrow(TypeError);
    expect(() => waitFor(Promise.resolve(), Number.NaN)).toThrow(RangeError);
    expect(() => waitFor(Promise.resolve(), undefined as never)).toThrow(
      /a number\) or null for no limit, not undefined/,
    );
  });

  test('works outside of any task', async () => {
    await expect(Promise.resolve(waitFor(sleep(60), 0.001))).rejects.toThrow(TimeoutError);
  });

  test('an error of the inner one comes through as it is', async () => {
    await run(async () => {
      const error = new Error('inner');
      const failing = async (): Promise<void> => {
        await sleep(1);
        throw error;
      };
      await expect(Promise.resolve(waitFor(failing, 5))).rejects.toBe(error);
    }, virtual);
  });
});
