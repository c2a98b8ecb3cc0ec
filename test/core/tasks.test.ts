import { describe, expect, test, vi } from 'vitest';
import {
  allTasks,
  CancelledError,
  ContextVar,
  copyContext,
  coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  ensureFuture,
  EventLoop,
  Future,
  gather,
  getRunningLoop,
  logger,
  run,
  RuntimeError,
  sleep,
  Task,
} from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import { virtual } from '../support/common.ts';

describe('createTask', () => {
  test('takes coroutines, generator objects and functions of every kind', async () => {
    await run(async () => {
      const bodies = [
        coroutine(async () => 'coroutine')(),
        (function* () {
          yield;
          return 'generator object';
        })(),
        async () => 'async function',
        function* () {
          yield;
          return 'generator function';
        },
        () => 'plain function',
        () => sleep(0, 'function of a coroutine'),
        coroutine(function* () {
          yield;
          return 'coroutine function';
        }),
      ];
      const results: string[] = [];
      for (const body of bodies) results.push(await createTask(body as () => string));
      expect(results).toEqual([
        'coroutine',
        'generator object',
        'async function',
        'generator function',
        'plain function',
        'function of a coroutine',
        'coroutine function',
      ]);
    }, virtual);
  });

  test('calls a function when the task first runs, not before', async () => {
    await run(async () => {
      const body = vi.fn(() => 1);
      const task = createTask(body);
      expect(body).not.toHaveBeenCalled();
      await task;
      expect(body).toHaveBeenCalledOnce();
    });
  });

  test('refuses a Promise with an error that says why and what to write', async () => {
    await run(async () => {
      // @ts-expect-error a Promise is refused at compile time too
      expect(() => createTask(Promise.resolve(1))).toThrow(
        /has started already.*createTask\(\(\) => fn/s,
      );
      for (const wrong of [1, null, undefined, 'x', {}, new Future()]) {
        expect(() => createTask(wrong as never)).toThrow(TypeError);
      }
      expect(() => createTask(async function* ticks() {} as never)).toThrow(
        /not the async generator function ticks$/,
      );
      expect(() => createTask((async function* () {})() as never)).toThrow(
        /not an async generator$/,
      );
    });
  });

  test('needs a running loop', () => {
    const c = sleep(0);
    expect(() => createTask(c)).toThrow(RuntimeError);
    expect(() => createTask(c)).toThrow(/no running event loop.*await ensureFuture\(f\)/);
    c.close();
    expect(() => currentTask()).toThrow(/no running event loop: currentTask\(\) was called/);
    expect(() => allTasks()).toThrow(/no running event loop: allTasks\(\) was called/);
  });

  inBothKinds('a task cannot await itself', function* (kind) {
    let task: Task | null = null;
    task = kind.task(function* () {
      yield* kind.wait(task as Task);
    });
    let error: unknown;
    try {
      yield* kind.wait(task);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(/cannot await itself/);
  });
});

describe('a task', () => {
  inBothKinds('knows its name, its coroutine and its context', function* (kind) {
    const body = kind.body(function* () {
      yield* kind.turns();
      return currentTask()?.getName();
    });
    const named = createTask(body, { name: 'worker' });
    const plain = createTask(body);
    expect(plain.getName()).toMatch(/^Task-\d+$/);
    plain.setName('renamed');
    expect([yield* kind.wait(named), yield* kind.wait(plain)]).toEqual(['worker', 'renamed']);
    expect(named.getCoro()).toBe(body);
    expect(String(named)).toMatch(/^<Task finished result=the string 'worker' name='worker'/);
  });

  test('does not let others end it', async () => {
    await run(async () => {
      const task = createTask(sleep(0));
      expect(() => task.setResult()).toThrow(RuntimeError);
      expect(() => task.setException(new Error())).toThrow(RuntimeError);
      await task;
    });
  });

  inBothKinds('is listed while it lives, oldest first', function* (kind) {
    const tasks = ['a', 'b', 'c'].map((name) => createTask(sleep(1), { name }));
    expect([...allTasks()].slice(1).map((task) => task.getName())).toEqual(['a', 'b', 'c']);
    expect([...allTasks()][0]).toBe(currentTask());
    yield* kind.wait(tasks[1] as Task);
    yield* kind.turns();
    expect([...allTasks()].length).toBe(1);
  });

  test('currentTask is null in callbacks, and an error outside of loops', async () => {
    expect(() => currentTask()).toThrow(RuntimeError);
    expect(() => allTasks()).toThrow(RuntimeError);
    await run(async () => {
      const seen = new Future<unknown>();
      getRunningLoop().callSoon(() => seen.setResult(currentTask()));
      expect(await seen).toBe(null);
    });
  });

  inBothKinds(
    'keeps the current task across nested coroutines, foreign awaits and mixtures',
    function* (kind) {
      const name = coroutine(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const before = currentTask()?.getName();
        await sleep(0.1);
        await Promise.resolve();
        return [before, currentTask()?.getName()];
      });
      const named = (n: string): Task<unknown> =>
        createTask(
          kind.body(function* () {
            return yield* kind.wait(name());
          }),
          { name: n },
        );
      const tasks = [named('x'), named('y'), named('z')];
      for (const task of tasks) {
        expect(yield* kind.wait(task)).toEqual([task.getName(), task.getName()]);
      }
    },
  );

  inBothKinds('runs in a copy of the context, or in the one given', function* (kind) {
    const variable = new ContextVar<string>('v', { default: 'none' });
    variable.set('parent');
    const context = copyContext();
    const body = kind.body(function* () {
      const before = variable.get();
      variable.set('child');
      yield* kind.turns();
      return [before, variable.get()];
    });
    expect(yield* kind.wait(createTask(body))).toEqual(['parent', 'child']);
    expect(variable.get()).toBe('parent');
    expect(yield* kind.wait(createTask(body, { context }))).toEqual(['parent', 'child']);
    expect(context.get(variable)).toBe('child');
  });

  test('whose exception nobody retrieved is reported at the end of run', async () => {
    const reported: string[] = [];
    await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, c) =>
        reported.push(`${c.message}: ${String(c.exception)}`),
      );
      createTask(async () => {
        throw new RangeError('unseen');
      });
      await sleep(1);
    }, virtual);
    expect(reported).toEqual(['Task exception was never retrieved: RangeError: unseen']);
  });

  inBothKinds('passes through whatever its body throws', function* (kind) {
    for (const thrown of ['text', undefined, null, 0, { code: 1 }]) {
      const task = kind.task(function* () {
        yield* kind.turns();
        throw thrown;
      });
      let error: unknown = 'nothing';
      try {
        yield* kind.wait(task);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBe(thrown);
    }
  });
});

describe('eager tasks', () => {
  inBothKinds('run to the first suspension before createTask returns', function* (kind) {
    const order: string[] = [];
    const task = createTask(
      kind.body(function* () {
        order.push(`start in ${currentTask()?.getName()}`);
        yield* kind.turns();
        order.push('end');
      }),
      { eagerStart: true, name: 'eager' },
    );
    order.push('created');
    yield* kind.wait(task);
    expect(order).toEqual(['start in eager', 'created', 'end']);
  });

  test('a generator body that never suspends is done at once; its creator stays current', async () => {
    await run(function* () {
      yield;
      const me = currentTask();
      const body = function* (): Generator<undefined, number> {
        return 5;
      };
      const task = createTask(body, { eagerStart: true });
      expect([task.done(), task.result(), task.getCoro()]).toEqual([true, 5, body]);
      expect(currentTask()).toBe(me);
    });
  });

  test('come from the eager factory, with any class', async () => {
    class Special<T> extends Task<T> {}
    await run(async () => {
      const loop = getRunningLoop();
      loop.setTaskFactory(eagerTaskFactory);
      expect(loop.getTaskFactory()).toBe(eagerTaskFactory);
      const order: string[] = [];
      const one = createTask(function* () {
        order.push('eager');
        yield;
      });
      order.push('after');
      loop.setTaskFactory(createEagerTaskFactory(Special));
      const two = createTask(
        function* () {
          yield;
        },
        { name: 'special' },
      );
      loop.setTaskFactory(null);
      const three = createTask(async () => order.push('lazy'));
      await gather(one, two, three);
      expect(order).toEqual(['eager', 'after', 'lazy']);
      expect([two instanceof Special, two.getName(), three instanceof Special]).toEqual([
        true,
        'special',
        false,
      ]);
    });
  });
});

describe('ensureFuture', () => {
  test('returns futures, makes tasks, wraps promises', async () => {
    await run(async () => {
      const future = new Future<number>();
      expect(ensureFuture(future)).toBe(future);
      future.setResult(0);
      expect(ensureFuture(sleep(0))).toBeInstanceOf(Task);
      const wrapped = ensureFuture(Promise.resolve(3));
      expect(wrapped).not.toBeInstanceOf(Task);
      expect(await wrapped).toBe(3);
      await expect(ensureFuture(Promise.reject(new RangeError('p'))).then(null)).rejects.toThrow(
        'p',
      );
      expect(() => ensureFuture(4 as never)).toThrow(
        /ensureFuture\(\) expects something awaitable.*not the number 4/,
      );
      const loop = new EventLoop();
      expect(() => ensureFuture(future, { loop })).toThrow(RangeError);
      loop.close();
    });
  });

  test('cancelling a wrapped promise stops the waiting', async () => {
    await run(function* () {
      const never = ensureFuture(new Promise<void>(() => {}));
      getRunningLoop().callSoon(() => never.cancel('stop'));
      let error: unknown;
      try {
        yield* never;
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(CancelledError);
    });
  });
});

test('a swallowed cancellation is told in debug mode', async () => {
  const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
  await run(
    async () => {
      const swallowing = createTask(
        async () => {
          try {
            await sleep(10);
          } catch {
            return 'survived';
          }
          return 'not reached';
        },
        { name: 'stubborn' },
      );
      const uncancelling = createTask(async () => {
        try {
          await sleep(10);
        } catch {
          currentTask()?.uncancel();
        }
      });
      await sleep(0);
      swallowing.cancel();
      uncancelling.cancel();
      expect(await swallowing).toBe('survived');
      await uncancelling;
    },
    { ...virtual, debug: true },
  );
  expect(warnings.mock.calls.map(([text]) => text)).toEqual([
    expect.stringMatching(/name='stubborn'.* swallowed its cancellation/),
  ]);
});
