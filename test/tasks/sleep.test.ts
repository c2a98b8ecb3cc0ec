import { describe, expect, test, vi } from 'vitest';
import {
  CancelledError,
  Coroutine,
  createTask,
  Future,
  gather,
  getRunningLoop,
  iscoroutine,
  logger,
  run,
  RuntimeError,
  sleep,
} from '../../src/index.ts';
import type { BaseEventLoop } from '../../src/core/index.ts';
import { collectGarbage, virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

/** How many timers of the running loop are neither due nor cancelled. */
function liveTimers(): number {
  const timers = (getRunningLoop() as BaseEventLoop)._timers;
  timers.prune();
  return timers.size;
}

describe('sleep', () => {
  inBothKinds('waits for the delay, in seconds, and gives the result', function* (kind) {
    const loop = getRunningLoop();
    expect(yield* kind.wait(sleep(2.5, 'woken'))).toBe('woken');
    expect(loop.time()).toBe(2.5);
    expect(yield* kind.wait(sleep(0.5))).toBeUndefined();
    expect(loop.time()).toBe(3);
  });

  inBothKinds('at zero and below gives the loop exactly one turn', function* (kind) {
    const turns: string[] = [];
    getRunningLoop().callSoon(() => turns.push('callback'));
    expect(yield* kind.wait(sleep(0, 'result'))).toBe('result');
    turns.push('after 0');
    getRunningLoop().callSoon(() => turns.push('callback'));
    expect(yield* kind.wait(sleep(-3))).toBeUndefined();
    turns.push('after -3');
    expect(turns).toEqual(['callback', 'after 0', 'callback', 'after -3']);
    expect(getRunningLoop().time()).toBe(0);
  });

  inBothKinds('gives a result of null, 0 or false as it is', function* (kind) {
    for (const value of [null, 0, false, '']) {
      expect(yield* kind.wait(sleep(0, value))).toBe(value);
      expect(yield* kind.wait(sleep(1, value))).toBe(value);
    }
  });

  inBothKinds('sleeps of the same length end in the order of their beginning', function* (kind) {
    const order: number[] = [];
    const tasks = [1, 2, 3, 4].map((n) =>
      kind.task(function* () {
        yield* kind.wait(sleep(1));
        order.push(n);
      }),
    );
    for (const task of tasks) yield* kind.wait(task);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  inBothKinds('cancelled, it throws at once and leaves no timer behind', function* (kind) {
    const task = kind.task(function* () {
      yield* kind.wait(sleep(3600));
    });
    yield* kind.turns();
    expect(liveTimers()).toBe(1);
    task.cancel('enough');
    expect(liveTimers()).toBe(0);
    let error: unknown;
    try {
      yield* kind.wait(task);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe('enough');
    expect(getRunningLoop().time()).toBe(0);
  });

  inBothKinds('a bare turn can be cancelled too', function* (kind) {
    let seen: unknown;
    const task = kind.task(function* () {
      try {
        yield* kind.wait(sleep(0));
      } catch (error) {
        seen = error;
        throw error;
      }
    });
    yield* kind.turns();
    task.cancel('in the turn');
    yield* kind.turns(2);
    expect(task.cancelled()).toBe(true);
    expect(String(seen)).toBe('CancelledError: in the turn');
  });

  test('a cancellation that came during a foreign wait leaves no timer', async () => {
    await run(async () => {
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const task = createTask(async () => {
        await gate;
        await sleep(50);
      });
      await sleep(0);
      task.cancel();
      open();
      await expect(Promise.resolve(task)).rejects.toThrow(CancelledError);
      expect(liveTimers()).toBe(0);
    }, virtual);
  });

  test('refuses what is no number at the call', () => {
    expect(() => sleep(Number.NaN)).toThrow(RangeError);
    expect(() => sleep(Number.NaN)).toThrow(/sleep\(\) expects delay in seconds.*NaN/);
    expect(() => sleep('1' as unknown as number)).toThrow(TypeError);
    expect(() => sleep('1' as unknown as number)).toThrow(/the string '1'/);
    expect(() => sleep(undefined as unknown as number)).toThrow(TypeError);
  });

  test('Infinity never ends, and can be cancelled', async () => {
    await run(function* () {
      const task = createTask(sleep(Number.POSITIVE_INFINITY));
      yield* sleep(1e9);
      expect(task.done()).toBe(false);
      task.cancel();
      yield* sleep(0);
      expect(task.cancelled()).toBe(true);
    }, virtual);
  });

  test('is a coroutine: lazy, single use, with a name', async () => {
    await run(async () => {
      const one = sleep(1, 'x');
      expect(one).toBeInstanceOf(Coroutine);
      expect(iscoroutine(one)).toBe(true);
      expect(one.name).toBe('sleep');
      expect(String(one)).toBe('<coroutine sleep>');
      await sleep(5);
      expect(getRunningLoop().time()).toBe(5);
      expect(await one).toBe('x');
      expect(getRunningLoop().time()).toBe(6);
      await expect(Promise.resolve(one)).rejects.toThrow(RuntimeError);
      const turn = sleep(0);
      await turn;
      await expect(Promise.resolve(turn)).rejects.toThrow(/already awaited coroutine sleep/);
      await createTask(function* () {
        const again = sleep(0);
        yield* again;
        yield* again;
      }).then(
        () => expect.unreachable(),
        (error: unknown) => expect(error).toBeInstanceOf(RuntimeError),
      );
    }, virtual);
  });

  test('a task can be made of it, and two sleeps are two coroutines', async () => {
    await run(function* () {
      expect(yield* createTask(sleep(1, 'task'))).toBe('task');
      expect(yield* createTask(sleep(0, 'turn'))).toBe('turn');
      expect(yield* gather(sleep(1, 'a'), sleep(1, 'b'), sleep(0))).toEqual(['a', 'b', undefined]);
      const unstarted = createTask(sleep(1));
      unstarted.cancel();
      yield* sleep(0);
      expect(unstarted.cancelled()).toBe(true);
    }, virtual);
  });

  test('can be stepped, thrown into and closed by hand', async () => {
    await run(function* () {
      const turn = sleep(0, 'end');
      expect(turn.send(null)).toEqual({ value: undefined, done: false });
      expect(turn.send(null)).toEqual({ value: 'end', done: true });

      const long = sleep(9, 'end');
      const { value: future, done } = long.send(null);
      expect(done).toBe(false);
      expect(future).toBeInstanceOf(Future);
      expect(liveTimers()).toBe(1);
      expect(() => long.throw(new Error('by hand'))).toThrow('by hand');
      expect(liveTimers()).toBe(0);

      const closed = sleep(9);
      closed.send(null);
      closed.close();
      expect(liveTimers()).toBe(0);
      const unstarted = sleep(9);
      unstarted.close();
      expect(() => unstarted.send(null)).toThrow(RuntimeError);
      yield* sleep(0);
    }, virtual);
  });

  test('works outside of any task, on the default loop', async () => {
    expect(await sleep(0.001, 'outside')).toBe('outside');
  });

  test('dropped unawaited it is reported when it is collected; awaited later it is not', async () => {
    const warning = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    (() => void sleep(1))();
    const kept = sleep(0, 'kept');
    await collectGarbage(() => warning.mock.calls.length > 0);
    expect(warning.mock.calls).toEqual([["RuntimeWarning: coroutine 'sleep' was never awaited"]]);
    warning.mockClear();
    (() => void sleep(2))();
    await collectGarbage(() => warning.mock.calls.length > 0);
    expect(warning.mock.calls).toHaveLength(1);
    warning.mockClear();
    expect(await kept).toBe('kept');
    const closed = sleep(1);
    closed.close();
    await collectGarbage(() => false);
    expect(warning).not.toHaveBeenCalled();
  });
});
