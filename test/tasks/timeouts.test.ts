import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  run,
  RuntimeError,
  sleep,
  TaskGroup,
  Timeout,
  timeout,
  timeoutAt,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';
import type { GeneratorBody } from '../../src/index.ts';
import type { BaseEventLoop } from '../../src/core/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

describe('timeout', () => {
  inBothKinds('lets what ends in time through, with its value', function* (kind) {
    const body = kind.body(function* (limit: Timeout) {
      expect(limit.when()).toBe(5);
      expect(limit.expired()).toBe(false);
      return yield* kind.wait(sleep(2, 'value'));
    });
    expect(yield* kind.wait(timeout(5, body))).toBe('value');
    const limit = timeout(3);
    expect(yield* kind.wait(asyncWith(limit, body.bind(null, limit) as never))).toBe('value');
    const timers = (getRunningLoop() as BaseEventLoop)._timers;
    timers.prune();
    expect(timers.size).toBe(0);
  });

  inBothKinds('cancels what is late and throws TimeoutError', function* (kind) {
    let inside: unknown;
    let kept: Timeout | null = null;
    let error: unknown;
    try {
      yield* kind.wait(
        timeout(
          1,
          kind.body(function* (limit: Timeout) {
            kept = limit;
            try {
              yield* kind.wait(sleep(60));
            } catch (caught) {
              inside = caught;
              expect(limit.expired()).toBe(true);
              throw caught;
            }
          }),
        ),
      );
    } catch (caught) {
      error = caught;
    }
    expect(inside).toBeInstanceOf(CancelledError);
    expect(error).toBeInstanceOf(TimeoutError);
    expect((error as Error).cause).toBe(inside);
    expect((kept as Timeout | null)?.expired()).toBe(true);
    expect(currentTask()?.cancelling()).toBe(0);
    expect(getRunningLoop().time()).toBe(1);
  });

  inBothKinds('at zero lets a body through that never suspends', function* (kind) {
    const quick = kind.body(function* () {
      return 'quick';
    });
    expect(yield* kind.wait(timeout(0, quick))).toBe('quick');
    expect(yield* kind.wait(timeout(-5, quick))).toBe('quick');
    const slow = kind.body(function* () {
      yield* kind.wait(sleep(0));
    });
    let error: unknown;
    try {
      yield* kind.wait(timeout(0, slow));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TimeoutError);
  });

  inBothKinds('a swallowed expiry throws nothing, but expired() tells', function* (kind) {
    const limit = timeout(1);
    const value = yield* kind.wait(
      asyncWith(
        limit,
        kind.body(function* () {
          try {
            yield* kind.wait(sleep(60));
          } catch {
            return 'swallowed';
          }
          return 'not reached';
        }),
      ),
    );
    expect(value).toBe('swallowed');
    expect(limit.expired()).toBe(true);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('an error of the body comes through, expired or not', function* (kind) {
    const error = new Error('of the body');
    let caught: unknown;
    try {
      yield* kind.wait(
        timeout(
          1,
          kind.body(function* () {
            try {
              yield* kind.wait(sleep(60));
            } catch {
              throw error;
            }
          }),
        ),
      );
    } catch (thrown) {
      caught = thrown;
    }
    expect(caught).toBe(error);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('nested, the one that expired throws; the other is unmoved', function* (kind) {
    const [outer, inner] = [timeout(1), timeout(5)];
    let error: unknown;
    let innerError: unknown;
    try {
      yield* kind.wait(
        asyncWith(
          outer,
          kind.body(function* () {
            try {
              yield* kind.wait(
                asyncWith(
                  inner,
                  kind.body(function* () {
                    yield* kind.wait(sleep(60));
                  }),
                ),
              );
            } catch (caught) {
              innerError = caught;
              throw caught;
            }
          }),
        ),
      );
    } catch (caught) {
      error = caught;
    }
    expect(innerError).toBeInstanceOf(CancelledError);
    expect(error).toBeInstanceOf(TimeoutError);
    expect([outer.expired(), inner.expired()]).toEqual([true, false]);
  });

  inBothKinds('a cancellation from outside is told apart', function* (kind) {
    const limit = timeout(5);
    const task = kind.task(function* () {
      yield* kind.wait(
        asyncWith(
          limit,
          kind.body(function* () {
            yield* kind.wait(sleep(60));
          }),
        ),
      );
    });
    // Not entered before the task runs: the deadline is that of the call all the same.
    yield* kind.wait(sleep(1));
    task.cancel('from outside');
    yield* kind.turns(2);
    expect(task.cancelled()).toBe(true);
    expect(limit.expired()).toBe(false);
  });

  inBothKinds('both at once: the cancellation wins', function* (kind) {
    const limit = timeout(1);
    let caught: unknown;
    const task = kind.task(function* () {
      try {
        yield* kind.wait(
          asyncWith(
            limit,
            kind.body(function* () {
              yield* kind.wait(sleep(60));
            }),
          ),
        );
      } catch (error) {
        caught = error;
        throw error;
      }
    });
    getRunningLoop().callLater(1, () => task.cancel('from outside'));
    yield* kind.wait(sleep(2));
    expect(caught).toBeInstanceOf(CancelledError);
    expect(task.cancelled()).toBe(true);
    expect(limit.expired()).toBe(true);
  });

  inBothKinds('reschedule moves the deadline, null takes it away', function* (kind) {
    const loop = getRunningLoop();
    const value = yield* kind.wait(
      timeout(
        1,
        kind.body(function* (limit: Timeout) {
          limit.reschedule(loop.time() + 10);
          expect(limit.when()).toBe(10);
          expect(String(limit)).toBe('<Timeout [active] when=10>');
          yield* kind.wait(sleep(5));
          limit.reschedule(null);
          expect(limit.when()).toBeNull();
          yield* kind.wait(sleep(100));
          limit.reschedule(loop.time() - 1);
          try {
            yield* kind.wait(sleep(100));
          } catch {
            return loop.time();
          }
          return 'not reached';
        }),
      ),
    );
    expect(value).toBe(105);
  });

  inBothKinds('timeoutAt takes the moment itself; null is no limit', function* (kind) {
    const body = kind.body(function* () {
      yield* kind.wait(sleep(3));
      return 'done';
    });
    expect(yield* kind.wait(timeoutAt(4, body))).toBe('done');
    expect(yield* kind.wait(timeoutAt(null, body))).toBe('done');
    expect(yield* kind.wait(timeout(null, body))).toBe('done');
    let error: unknown;
    try {
      yield* kind.wait(timeoutAt(10, body));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TimeoutError);
    expect(getRunningLoop().time()).toBe(10);
  });

  inBothKinds('can be entered once, and rescheduled only while it is active', function* (kind) {
    const limit = timeout(1);
    expect(String(limit)).toBe('<Timeout [created]>');
    expect(() => limit.reschedule(3)).toThrow(RuntimeError);
    expect(() => limit.reschedule(3)).toThrow(/not been entered/);
    const body = kind.body(function* () {});
    yield* kind.wait(asyncWith(limit, body));
    expect(String(limit)).toBe('<Timeout [finished]>');
    expect(() => limit.reschedule(3)).toThrow(/finished/);
    let error: unknown;
    try {
      yield* kind.wait(asyncWith(limit, body));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(RuntimeError);
    expect(String(error)).toMatch(/already been entered/);
  });

  test('needs a task to be entered in', async () => {
    const loop = virtual.loopFactory() as BaseEventLoop;
    const limit = new Timeout(1);
    let error: unknown;
    loop.callSoon(() => {
      try {
        limit.enter();
      } catch (caught) {
        error = caught;
      }
      loop.stop();
    });
    await loop.runForever();
    loop.close();
    expect(error).toBeInstanceOf(RuntimeError);
    expect(String(error)).toMatch(/inside a task/);
  });

  test('a callback of the host can move the deadline', async () => {
    await run(async () => {
      const start = getRunningLoop().time();
      await timeout(0.02, async (limit) => {
        setTimeout(() => limit.reschedule(start + 60), 5);
        await sleep(0.05);
      });
    });
  });

  test('with a body it works outside of any task too', async () => {
    expect(await timeout(5, () => 'plain')).toBe('plain');
    await expect(Promise.resolve(timeout(0.001, () => sleep(60)))).rejects.toThrow(TimeoutError);
    expect(() => timeout(1)).toThrow(RuntimeError);
  });

  test('refuses wrong arguments at the call', async () => {
    await run(async () => {
      expect(() => timeout('1' as never)).toThrow(TypeError);
      expect(() => timeout(undefined as never)).toThrow(/timeout\(\) expects delay.*undefined/);
      expect(() => timeout(Number.NaN)).toThrow(RangeError);
      expect(() => timeoutAt(Number.NaN)).toThrow(RangeError);
      expect(() => new Timeout('1' as never)).toThrow(TypeError);
      const forgotten = sleep(1);
      expect(() => timeout(1, forgotten as never)).toThrow(/expects a function.*write \(\) => /);
      forgotten.close();
      expect(() => timeout(1, Promise.resolve() as never)).toThrow(TypeError);
      await timeout(1, async (limit) => {
        expect(() => limit.reschedule(Number.NaN)).toThrow(RangeError);
        expect(limit.when()).toBe(1);
      });
    }, virtual);
  });

  test('the short form counts from the call', async () => {
    await run(async () => {
      const limited = timeout(2, () => sleep(5));
      await sleep(1);
      await expect(Promise.resolve(createTask(limited))).rejects.toThrow(TimeoutError);
      expect(getRunningLoop().time()).toBe(2);
    }, virtual);
  });
});

describe('whose expiry comes on top of another cancellation', () => {
  inBothKinds('lets the value through when the body swallows that one', function* (kind) {
    // The failing child cancels us, the deadline passes in the same turn, and only one CancelledError comes.
    let group: unknown;
    const cm = timeout(0);
    yield* kind.wait(
      asyncWith(cm, function* () {
        try {
          yield* asyncWith(new TaskGroup(), (tg) => {
            tg.createTask(function* () {
              throw new Error('child');
            });
          });
        } catch (error) {
          group = error;
        }
      }),
    );
    expect(group).toBeInstanceOf(ExceptionGroup);
    expect(cm.expired()).toBe(true);
    expect(currentTask()?.cancelling()).toBe(0);
  });
});

describe('a generator that is closed inside a limit', () => {
  test.each(['timeout', 'waitFor'])('%s: takes the deadline away', (name) =>
    run(function* () {
      let ended = false;
      const body = function* (): GeneratorBody<void> {
        try {
          yield* sleep(1);
        } finally {
          ended = true;
        }
      };
      const steps = (function* () {
        yield* name === 'timeout' ? timeout(5, body) : waitFor(body, 5);
      })();
      steps.next();
      steps.return();
      expect(ended).toBe(true);
      const timers = (getRunningLoop() as BaseEventLoop)._timers;
      timers.prune();
      expect(timers.size).toBe(0);
    }),
  );
});

test('a limit that was not needed does not keep its task until the deadline', async () => {
  await run(async () => {
    // The first timer in the heap, behind which the others stay after their end.
    const first = getRunningLoop().callLater(500, () => {});
    const tasks: WeakRef<object>[] = [];
    (() => {
      for (let i = 0; i < 20; i++) {
        const body = function* (): GeneratorBody<void> {
          yield* timeout(1000, () => sleep(0.001));
        };
        tasks.push(new WeakRef(createTask(i % 2 === 0 ? body : waitFor(body, 1000))));
      }
    })();
    await sleep(0.02);
    const kept = (): number => tasks.filter((task) => task.deref() !== undefined).length;
    let alive = tasks.length;
    for (let i = 0; i < 20 && alive > 1; i++) {
      // Looked at, it stays until the end of the host's turn.
      await new Promise((resolve) => setTimeout(resolve, 5));
      (globalThis as { gc?: () => void }).gc?.();
      alive = kept();
    }
    // The last one that ran may still lie on the engine's stack.
    expect(alive).toBeLessThanOrEqual(1);
    first.cancel();
  });
});

describe('around a promise of the host', () => {
  const late = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 20, 'late'));

  inBothKinds('expires, though it cannot end before the promise does', function* (kind) {
    for (const body of [late, async () => await late()]) {
      let caught: unknown;
      try {
        yield* kind.wait(timeout(0.001, body));
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(TimeoutError);
      expect(currentTask()?.cancelling()).toBe(0);
    }
    yield* kind.wait(sleep(1));
  });
});
