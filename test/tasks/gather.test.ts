import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  coroutine,
  createEagerTaskFactory,
  createTask,
  Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  Task,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

const after = coroutine(function* <T>(delay: number, value: T) {
  yield* sleep(delay);
  return value;
});

const failing = coroutine(async (delay: number, message: string): Promise<never> => {
  await sleep(delay);
  throw new Error(message);
});

describe('gather', () => {
  inBothKinds('gives results in the order of the arguments, after the longest', function* (kind) {
    const results = yield* kind.wait(gather(after(3, 'a'), after(1, 'b'), after(2, 'c')));
    expect(results).toEqual(['a', 'b', 'c']);
    expect(getRunningLoop().time()).toBe(3);
  });

  inBothKinds('takes everything that can be awaited', function* (kind) {
    const future = new Future<string>();
    future.setResult('future');
    const task = createTask(sleep(1, 'task'));
    const results = yield* kind.wait(
      gather(
        future,
        task,
        sleep(1, 'coroutine'),
        Promise.resolve('promise'),
        (function* () {
          yield;
          return 'generator object';
        })(),
        function* () {
          yield;
          return 'generator function';
        },
        async () => 'async function',
        () => 'plain function',
      ),
    );
    expect(results).toEqual([
      'future',
      'task',
      'coroutine',
      'promise',
      'generator object',
      'generator function',
      'async function',
      'plain function',
    ]);
  });

  inBothKinds('throws the first error at once; the others run on', function* (kind) {
    const slow = createTask(sleep(5, 'slow'));
    let error: unknown;
    try {
      yield* kind.wait(gather(slow, failing(1, 'first'), failing(2, 'second')));
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('Error: first');
    expect(getRunningLoop().time()).toBe(1);
    expect(slow.done()).toBe(false);
    expect(yield* kind.wait(slow)).toBe('slow');
  });

  inBothKinds('with returnExceptions errors are results', function* (kind) {
    const cancelled = createTask(sleep(9));
    yield* kind.turns();
    cancelled.cancel('gone');
    const [error, value, third] = yield* kind.wait(
      gather(failing(1, 'as a value'), after(2, 7), cancelled, { returnExceptions: true }),
    );
    expect(String(error)).toBe('Error: as a value');
    expect(value).toBe(7);
    expect(third).toBeInstanceOf(CancelledError);
    expect((third as Error).message).toBe('');
  });

  inBothKinds('cancelled, it cancels every child and ends when all have ended', function* (kind) {
    const log: string[] = [];
    const child = (name: string, cleanup: number): Task<void> =>
      kind.task(function* () {
        try {
          yield* kind.wait(sleep(100));
        } catch (error) {
          log.push(`${name}: ${String(error)}`);
          yield* kind.wait(sleep(cleanup));
          throw error;
        } finally {
          log.push(`${name} ends`);
        }
      });
    const [a, b] = [child('a', 1), child('b', 3)];
    const together = gather(a, b, { returnExceptions: true });
    yield* kind.turns(2);
    expect(together.cancel('stop')).toBe(true);
    expect(together.done()).toBe(false);
    let error: unknown;
    try {
      yield* kind.wait(together);
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('CancelledError: stop');
    expect(getRunningLoop().time()).toBe(3);
    expect(log).toEqual(['a: CancelledError: stop', 'b: CancelledError: stop', 'a ends', 'b ends']);
    // As in CPython it has failed with the CancelledError, rather than being cancelled.
    expect(together.cancelled()).toBe(false);
    expect(together.exception()).toBeInstanceOf(CancelledError);
    expect(together.cancel()).toBe(false);
  });

  inBothKinds('waits once for what is given twice, and calls a function twice', function* (kind) {
    let runs = 0;
    const counting = (): number => ++runs;
    const once = coroutine(async () => ++runs)();
    expect(yield* kind.wait(gather(once, once, once))).toEqual([1, 1, 1]);
    expect(yield* kind.wait(gather(counting, sleep(0), counting))).toEqual([2, undefined, 3]);
  });

  inBothKinds('of futures that are done, it is done at once', function* (kind) {
    const done = new Future<number>();
    done.setResult(1);
    const failed = new Future<number>();
    failed.setException(new Error('ended badly'));
    const fine = gather(done, done);
    expect(fine.done()).toBe(true);
    expect(fine.result()).toEqual([1, 1]);
    const bad = gather(done, failed);
    expect(String(bad.exception())).toBe('Error: ended badly');
    const nothing = gather();
    expect(nothing.result()).toEqual([]);
    yield* kind.turns();
  });

  test('of eager tasks that end at once it is done at once', async () => {
    await run(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Task));
      const both = gather(
        (function* () {
          return 1;
        })(),
        () => 2,
      );
      expect(both.done()).toBe(true);
      expect(yield* both).toEqual([1, 2]);
    }, virtual);
  });

  test('looks at each child at its turn: one that a later, eager one ends still takes a turn', async () => {
    await run(function* () {
      const loop = getRunningLoop();
      loop.setTaskFactory(createEagerTaskFactory(Task));
      const order: string[] = [];
      loop.callSoon(() => order.push('callback'));
      const fut = loop.createFuture<number>();
      const setter = (function* () {
        fut.setResult(1);
      })();
      const both = gather(fut, setter);
      expect(both.done()).toBe(false);
      expect(yield* both).toEqual([1, undefined]);
      expect(order).toEqual(['callback']);
    }, virtual);
  });

  test('its signal cancels all children', async () => {
    await run(async () => {
      const controller = new AbortController();
      const task = createTask(sleep(50));
      const both = gather(task, sleep(60), { signal: controller.signal });
      await sleep(1);
      controller.abort(new Error('shut down'));
      await expect(Promise.resolve(both)).rejects.toThrow(CancelledError);
      expect(task.cancelled()).toBe(true);
      expect(getRunningLoop().time()).toBe(1);
    }, virtual);
  });

  test('refuses at the call what cannot be awaited, and starts nothing then', async () => {
    await run(async () => {
      let started = false;
      const body = async (): Promise<void> => {
        started = true;
      };
      expect(() => gather(body, 3 as never)).toThrow(TypeError);
      expect(() => gather(body, 3 as never)).toThrow(
        /gather\(\) expects something awaitable.*number 3/,
      );
      expect(() => gather([body] as never)).toThrow(/an array of 1.*\.\.\./);
      expect(() => gather(body, { returnExeptions: true } as never)).toThrow(/'returnExeptions'/);
      await sleep(1);
      expect(started).toBe(false);
    }, virtual);
  });

  test('takes nothing but a plain object for its options', async () => {
    await run(async () => {
      async function* generator(): AsyncGenerator<number> {
        yield 1;
      }
      class Job {
        readonly returnExceptions = true;
      }
      for (const wrong of [generator(), new Job(), new Map(), new Date(0)] as never[]) {
        expect(() => gather(wrong)).toThrow(TypeError);
        expect(() => gather(new Future(), wrong)).toThrow(TypeError);
      }
      expect(await gather(after(0, 'x'), Object.create(null) as object)).toEqual(['x']);
    });
  });

  test('refuses futures of different loops', async () => {
    const other = virtual.loopFactory();
    await run(async () => {
      expect(() => gather(new Future(), new Future({ loop: other }))).toThrow(RangeError);
    });
    other.close();
  });

  test('one of 10,000 is quick and keeps the order', async () => {
    await run(function* () {
      const results = yield* gather(...Array.from({ length: 10_000 }, (_, i) => after(i % 7, i)));
      expect(results).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    }, virtual);
  });
});

test('a cancelled gather ends with the message of its last child, also when that one survived', async () => {
  await run(function* () {
    const stubborn = createTask(function* () {
      try {
        yield* sleep(1);
      } catch {
        return;
      }
    });
    const outer = createTask(function* () {
      yield* gather(stubborn);
    });
    yield* sleep(0.5);
    outer.cancel('end');
    stubborn.cancel('end');
    let caught: unknown;
    try {
      yield* outer;
    } catch (error) {
      caught = error;
    }
    expect(String(caught)).toBe('CancelledError: end');
  }, virtual);
});
