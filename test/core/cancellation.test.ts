import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  getRunningLoop,
  run,
  signal,
  sleep,
  type Task,
} from '../../src/index.ts';
import { inBothKinds, type Kind, type Script } from '../support/kinds.ts';
import { virtual } from '../support/common.ts';

/** How a task ended: its result, or the class and message of its error. */
function* outcome(kind: Kind, task: Task<unknown>): Script<unknown> {
  try {
    return yield* kind.wait(task);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : error;
  }
}

describe('cancel()', () => {
  inBothKinds(
    'throws where the task waits; finally blocks run, with awaits in them',
    function* (kind) {
      const log: string[] = [];
      const inner = kind.task(function* () {
        try {
          yield* kind.wait(sleep(100));
        } catch (error) {
          log.push(`caught ${(error as Error).message}`);
          throw error;
        } finally {
          yield* kind.wait(sleep(1));
          log.push(`cleaned at ${getRunningLoop().time()}`);
        }
      });
      yield* kind.turns();
      expect(inner.cancel('stop')).toBe(true);
      expect(yield* outcome(kind, inner)).toBe('CancelledError: stop');
      expect([inner.cancelled(), inner.done(), inner.cancel()]).toEqual([true, true, false]);
      expect(log).toEqual(['caught stop', 'cleaned at 1']);
    },
  );

  inBothKinds('reaches through nested coroutines of both kinds', function* (kind) {
    const log: string[] = [];
    const nest = (n: number): ReturnType<typeof sleep> =>
      n === 0
        ? sleep(100)
        : n % 2 === 0
          ? coroutine(function* () {
              try {
                yield* nest(n - 1);
              } finally {
                log.push(`generator ${n}`);
              }
            })()
          : coroutine(async () => {
              try {
                await nest(n - 1);
              } finally {
                log.push(`async ${n}`);
              }
            })();
    const task = kind.task(function* () {
      yield* kind.wait(nest(4));
    });
    yield* kind.turns(2);
    task.cancel();
    expect(yield* outcome(kind, task)).toBe('CancelledError: ');
    expect(log).toEqual(['async 1', 'generator 2', 'async 3', 'generator 4']);
  });

  inBothKinds(
    'before the first step means that the body never runs; the last message wins',
    function* (kind) {
      let ran = false;
      const task = kind.task(function* () {
        ran = true;
      });
      task.cancel('first');
      task.cancel('second');
      expect(yield* outcome(kind, task)).toBe('CancelledError: second');
      expect([ran, task.cancelling()]).toEqual([false, 2]);
    },
  );

  inBothKinds('twice in one turn throws once, with the first message', function* (kind) {
    let caught = 0;
    const task = kind.task(function* () {
      try {
        yield* kind.wait(new Future());
      } catch (error) {
        caught++;
        throw error;
      }
    });
    yield* kind.turns();
    task.cancel('one');
    task.cancel('two');
    expect(yield* outcome(kind, task)).toBe('CancelledError: one');
    expect([caught, task.cancelling()]).toEqual([1, 2]);
  });

  inBothKinds('wins over a result that is there but has not woken the task yet', function* (kind) {
    const future = new Future<string>();
    const task = kind.task(function* () {
      return yield* kind.wait(future);
    });
    yield* kind.turns();
    future.setResult('too late');
    task.cancel('won');
    expect(yield* outcome(kind, task)).toBe('CancelledError: won');
  });

  inBothKinds('can be swallowed; uncancel() takes it back', function* (kind) {
    const task = kind.task(function* () {
      try {
        yield* kind.wait(sleep(10));
      } catch {
        return `${currentTask()?.cancelling()} ${currentTask()?.uncancel()} ${currentTask()?.uncancel()}`;
      }
      return '';
    });
    yield* kind.turns();
    task.cancel();
    expect(yield* outcome(kind, task)).toBe('1 0 0');
    expect(task.cancelled()).toBe(false);
  });

  inBothKinds(
    'of itself: returning ends cancelled, throwing ends with the error, uncancel forgets',
    function* (kind) {
      const self = (then: () => unknown): Task<unknown> =>
        kind.task(function* () {
          currentTask()?.cancel('self');
          return then();
        });
      const tasks = [
        self(() => 1),
        self(() => {
          throw new RangeError('own');
        }),
        self(() => currentTask()?.uncancel()),
      ];
      const ends: unknown[] = [];
      for (const task of tasks) ends.push(yield* outcome(kind, task));
      expect(ends).toEqual(['CancelledError: self', 'RangeError: own', 0]);
    },
  );

  inBothKinds('of a waiter cancels a shared future, and so the others', function* (kind) {
    const shared = new Future();
    const waiters = [1, 2].map(() =>
      kind.task(function* () {
        yield* kind.wait(shared);
      }),
    );
    yield* kind.turns();
    waiters[0]?.cancel('mine');
    for (const waiter of waiters) expect(yield* outcome(kind, waiter)).toBe('CancelledError: mine');
    expect(shared.cancelled()).toBe(true);
  });

  inBothKinds('loses its message on a second look', function* (kind) {
    const task = kind.task(function* () {
      yield* kind.wait(sleep(10));
    });
    yield* kind.turns();
    task.cancel('once');
    expect([yield* outcome(kind, task), yield* outcome(kind, task)]).toEqual([
      'CancelledError: once',
      'CancelledError: ',
    ]);
  });
});

describe('an async function', () => {
  test('that waits for several at once has all of them cancelled', async () => {
    await run(async () => {
      const ends: string[] = [];
      const part = async (name: string): Promise<void> => {
        try {
          await sleep(100);
        } catch (error) {
          ends.push(`${name} ${(error as Error).message}`);
          throw error;
        }
      };
      const task = createTask(async () => {
        await Promise.all([part('a'), part('b'), part('c')]);
      });
      await sleep(1);
      task.cancel('all');
      await expect(task.then(null)).rejects.toBeInstanceOf(CancelledError);
      await sleep(0);
      expect(ends).toEqual(['a all', 'b all', 'c all']);
    }, virtual);
  });

  test('that awaits a promise of the host is cancelled at its next await of ours', async () => {
    await run(async () => {
      const log: string[] = [];
      let release = (): void => {};
      const task = createTask(async () => {
        await new Promise<void>((resolve) => (release = resolve));
        log.push('the host answered');
        try {
          await Future.prototype.then.call(doneFuture(), (value) => value);
        } catch (error) {
          log.push(`${(error as Error).name} ${(error as Error).message}`);
          throw error;
        }
      });
      await sleep(0);
      expect(task.cancel('adrift')).toBe(true);
      await sleep(0);
      expect(task.done()).toBe(false);
      release();
      await expect(task.then(null)).rejects.toThrow('adrift');
      expect(log).toEqual(['the host answered', 'CancelledError adrift']);
    });
  });

  test('... also when that is a coroutine that would not have suspended', async () => {
    await run(async () => {
      const nothing = coroutine(function* () {});
      let rounds = 0;
      const task = createTask(async () => {
        for (; rounds < 50; rounds++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          await nothing();
        }
      });
      await sleep(0.005);
      task.cancel();
      await expect(task.then(null)).rejects.toBeInstanceOf(CancelledError);
      expect(rounds).toBeLessThan(50);
    });
  });

  test('can make any promise cancellable with ensureFuture', async () => {
    await run(async () => {
      const task = createTask(async () => await ensureFuture(new Promise(() => {})));
      await sleep(0);
      task.cancel('now');
      await expect(task.then(null)).rejects.toThrow('now');
    });
  });
});

const nothing = { enter: (): void => {}, exit: (): void => {} };

function doneFuture(): Future<number> {
  const future = new Future<number>();
  future.setResult(1);
  return future;
}

describe('signal()', () => {
  test('is aborted with the CancelledError at once, and the host throws it into the task', async () => {
    await run(async () => {
      let reason: unknown;
      const task = createTask(async () => {
        const own = signal();
        expect(signal()).toBe(own);
        try {
          await new Promise((_resolve, reject) => {
            own.addEventListener('abort', () => reject(own.reason));
          });
        } catch (error) {
          reason = error;
          await sleep(0); // the clean-up is not cancelled a second time
          throw error;
        }
      });
      await sleep(0);
      task.cancel('hang up');
      await expect(task.then(null)).rejects.toThrow('hang up');
      expect(reason).toBeInstanceOf(CancelledError);
    });
  });

  test('cancels what Node does for the task; an AbortError with that cause ends the task as cancelled', async () => {
    const { setTimeout: delay } = await import('node:timers/promises');
    await run(async () => {
      const task = createTask(async () => {
        await delay(60_000, null, { signal: signal() });
      });
      await sleep(0.001);
      task.cancel();
      await expect(task.then(null)).rejects.toBeInstanceOf(CancelledError);
      expect(task.cancelled()).toBe(true);
    });
  });

  inBothKinds(
    'an AbortError with that cause becomes the CancelledError where it leaves an async function',
    function* (kind) {
      const task = kind.task(function* () {
        try {
          yield* kind.wait(
            asyncWith(nothing, async () => {
              const own = signal();
              await new Promise((_resolve, reject) => {
                own.addEventListener('abort', () => {
                  reject(
                    Object.assign(new Error('aborted', { cause: own.reason }), {
                      name: 'AbortError',
                    }),
                  );
                });
              });
            }),
          );
        } catch (error) {
          return error;
        }
        return null;
      });
      yield* kind.turns();
      task.cancel('inside');
      expect(yield* kind.wait(task)).toBeInstanceOf(CancelledError);
    },
  );

  inBothKinds('is fresh after a cancellation that was survived', function* (kind) {
    const task = kind.task(function* () {
      const first = signal();
      try {
        yield* kind.wait(sleep(10));
      } catch {
        currentTask()?.uncancel();
      }
      return [first.aborted, signal().aborted, signal() === first];
    });
    yield* kind.turns();
    task.cancel();
    expect(yield* kind.wait(task)).toEqual([true, false, false]);
  });

  test('outside of a task is an error', () => {
    expect(() => signal()).toThrow(/no task is running here/);
  });
});

describe('the option signal', () => {
  inBothKinds('cancels the task when it is aborted, also before the start', function* (kind) {
    const controller = new AbortController();
    const body = kind.body(function* () {
      yield* kind.wait(sleep(10));
    });
    const task = createTask(body, { signal: controller.signal });
    yield* kind.turns();
    controller.abort(new Error('user left'));
    expect(yield* outcome(kind, task)).toBe('CancelledError: user left');
    expect(yield* outcome(kind, createTask(body, { signal: controller.signal }))).toBe(
      'CancelledError: user left',
    );
    expect(() => createTask(body, { signal: {} as never })).toThrow(/Expected an AbortSignal/);
  });

  test('leaves no listener behind', async () => {
    await run(async () => {
      const controller = new AbortController();
      for (let i = 0; i < 100; i++) await createTask(sleep(0), { signal: controller.signal });
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    });
  });
});

describe('then(), called by the program itself', () => {
  // Before its first await an async function runs in a step of the loop, afterwards in microtasks of the host.
  test.each(['before', 'after'])(
    '%s the first await: the task waits in it, and is cancelled there',
    (when) =>
      run(async () => {
        for (const wait of [
          () => sleep(100).then((value) => value),
          () => new Future().then((value) => value),
          () => coroutine(async () => await sleep(100))().then((value) => value),
        ]) {
          const started = getRunningLoop().time();
          const task = createTask(async () => {
            if (when === 'after') await sleep(0);
            await wait();
          });
          const plain = createTask(() => wait());
          await sleep(1);
          for (const one of [task, plain]) {
            one.cancel('enough');
            await expect(async () => await one).rejects.toThrow('enough');
          }
          expect(getRunningLoop().time()).toBe(started + 1);
        }
      }, virtual),
  );

  test.each(['before', 'after'])(
    '%s the first await: an error that nobody asks for is told by the host',
    async (when) => {
      const told: unknown[] = [];
      const listeners = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      process.on('unhandledRejection', (error) => told.push((error as Error).message));
      try {
        await run(async () => {
          if (when === 'after') await sleep(0);
          const failing = (message: string): Task<never> =>
            createTask(async () => {
              throw new RangeError(message);
            });
          void failing('lost').then(() => {});
          const asked = failing('asked').then(() => {});
          await expect(async () => await asked).rejects.toThrow('asked');
          await new Promise((resolve) => setTimeout(resolve, 5));
        });
      } finally {
        process.removeAllListeners('unhandledRejection');
        for (const listener of listeners) process.on('unhandledRejection', listener);
      }
      expect(told).toEqual(['lost']);
    },
  );
});
