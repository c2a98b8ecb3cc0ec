import { describe, expect, test, vi } from 'vitest';
import {
  allTasks,
  asyncWith,
  CancelledError,
  coroutine,
  createEagerTaskFactory,
  currentTask,
  ExceptionGroup,
  getRunningLoop,
  logger,
  run,
  RuntimeError,
  sleep,
  Task,
  TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
} from '../../src/index.ts';
import { collectGarbage, virtual } from '../support/common.ts';
import { inBothKinds, type Kind, type Script } from '../support/kinds.ts';

/** What a script throws; fails when it throws nothing. */
function* thrownBy(script: () => Script<unknown>): Script<unknown> {
  try {
    yield* script();
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}

function failing(kind: Kind, delay: number, message: string): () => never {
  return kind.body(function* () {
    yield* kind.wait(sleep(delay));
    throw new Error(message);
  }) as unknown as () => never;
}

function messages(error: unknown): string[] {
  expect(error).toBeInstanceOf(ExceptionGroup);
  return (error as ExceptionGroup).errors.map((one: unknown) => (one as Error).message);
}

describe('TaskGroup', () => {
  inBothKinds('waits for its tasks; the value of the body is the value', function* (kind) {
    const log: string[] = [];
    const value = yield* kind.wait(
      taskGroup(
        kind.body(function* (tg: TaskGroup) {
          for (const delay of [3, 1, 2]) {
            tg.createTask(
              kind.body(function* () {
                yield* kind.wait(sleep(delay));
                log.push(`${delay}`);
              }),
            );
          }
          yield* kind.wait(sleep(0.5));
          log.push('body ends');
          return 'value';
        }),
      ),
    );
    expect(value).toBe('value');
    expect(log).toEqual(['body ends', '1', '2', '3']);
  });

  inBothKinds('is an async context manager', function* (kind) {
    const group = new TaskGroup();
    const task = yield* kind.wait(
      asyncWith(
        group,
        kind.body(function* (tg: TaskGroup) {
          expect(tg).toBe(group);
          const made = tg.createTask(sleep(1, 'made here'), { name: 'child' });
          expect(made.getName()).toBe('child');
          expect(String(tg)).toBe('<TaskGroup tasks=1 entered>');
          return { made };
        }),
      ),
    );
    expect(task.made.result()).toBe('made here');
  });

  inBothKinds('the first failure cancels the others and the body', function* (kind) {
    const log: string[] = [];
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            tg.createTask(failing(kind, 1, 'first'));
            tg.createTask(
              kind.body(function* () {
                try {
                  yield* kind.wait(sleep(60));
                } finally {
                  log.push('child cleans up');
                  yield* kind.wait(sleep(1));
                  log.push('child ends');
                }
              }),
            );
            try {
              yield* kind.wait(sleep(60));
            } catch (caught) {
              log.push(`body: ${String(caught)}`);
              throw caught;
            }
          }),
        ),
      );
    });
    expect(messages(error)).toEqual(['first']);
    expect((error as Error).message).toBe('unhandled errors in a TaskGroup');
    // The child was woken first: cancelled before the parent.
    expect(log).toEqual(['child cleans up', 'body: CancelledError', 'child ends']);
    expect(getRunningLoop().time()).toBe(2);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds("errors come in the order of their coming, the body's own last", function* (kind) {
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            tg.createTask(
              kind.body(function* () {
                try {
                  yield* kind.wait(sleep(60));
                } catch {
                  throw new Error('while cancelled');
                }
              }),
            );
            tg.createTask(failing(kind, 1, 'first'));
            try {
              yield* kind.wait(sleep(60));
            } catch {
              throw new Error('of the body');
            }
          }),
        ),
      );
    });
    expect(messages(error)).toEqual(['first', 'while cancelled', 'of the body']);
  });

  inBothKinds('an error of the body alone comes as a group too', function* (kind) {
    const tasks: Task<unknown>[] = [];
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            tasks.push(tg.createTask(sleep(60)));
            yield* kind.wait(sleep(1));
            throw new Error('of the body');
          }),
        ),
      );
    });
    expect(messages(error)).toEqual(['of the body']);
    expect(tasks[0]?.cancelled()).toBe(true);
  });

  inBothKinds('tells even what is thrown as undefined', function* (kind) {
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(() => {
          // oxlint-disable-next-line no-throw-literal -- that is what is tested
          throw undefined as unknown as Error;
        }),
      );
    });
    expect(error).toBeInstanceOf(ExceptionGroup);
    expect((error as ExceptionGroup).errors).toEqual([undefined]);
  });

  inBothKinds('a cancellation from outside reaches every child, comes out once', function* (kind) {
    const children: Task<unknown>[] = [];
    const parent = kind.task(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            for (let i = 0; i < 3; i++) children.push(tg.createTask(sleep(60)));
          }),
        ),
      );
    });
    yield* kind.turns(3);
    parent.cancel('from outside');
    const error = yield* thrownBy(function* () {
      yield* kind.wait(parent);
    });
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe('from outside');
    expect(children.map((child) => child.cancelled())).toEqual([true, true, true]);
  });

  inBothKinds('cancelled and failed at once: the group, and another strike', function* (kind) {
    const log: string[] = [];
    const parent = kind.task(function* () {
      try {
        yield* kind.wait(
          taskGroup(
            kind.body(function* (tg: TaskGroup) {
              tg.createTask(
                kind.body(function* () {
                  try {
                    yield* kind.wait(sleep(60));
                  } finally {
                    // eslint-disable-next-line no-unsafe-finally
                    throw new Error('in the clean-up');
                  }
                }),
              );
            }),
          ),
        );
      } catch (error) {
        log.push(...messages(error));
      }
      try {
        yield* kind.wait(sleep(5));
      } catch (error) {
        log.push(String(error));
        throw error;
      }
    });
    yield* kind.turns(3);
    parent.cancel();
    yield* kind.wait(sleep(1));
    expect(log).toEqual(['in the clean-up', 'CancelledError']);
    expect(parent.cancelled()).toBe(true);
  });

  inBothKinds(
    'refuses tasks before entry, while shutting down and after the end',
    function* (kind) {
      const warning = vi.spyOn(logger, 'warning').mockImplementation(() => {});
      let ran = false;
      const body = coroutine(async () => {
        ran = true;
      });
      const group = new TaskGroup();
      expect(() => group.createTask(body())).toThrow(RuntimeError);
      expect(() => group.createTask(body())).toThrow(/not been entered/);
      const error = yield* thrownBy(function* () {
        yield* kind.wait(
          asyncWith(
            group,
            kind.body(function* () {
              group.createTask(failing(kind, 1, 'stop'));
              try {
                yield* kind.wait(sleep(60));
              } finally {
                expect(() => group.createTask(body())).toThrow(/shutting down/);
              }
            }),
          ),
        );
      });
      expect(messages(error)).toEqual(['stop']);
      expect(() => group.createTask(body())).toThrow(/is finished|shutting down/);
      const fine = new TaskGroup();
      yield* kind.wait(asyncWith(fine, () => {}));
      expect(() => fine.createTask(body())).toThrow(/is finished/);
      const again = yield* thrownBy(function* () {
        yield* kind.wait(asyncWith(fine, () => {}));
      });
      expect(String(again)).toMatch(/RuntimeError.*already been entered/);
      expect(ran).toBe(false);
      expect(warning).not.toHaveBeenCalled();
    },
  );

  inBothKinds('a child may make siblings while the group closes', function* (kind) {
    const log: string[] = [];
    yield* kind.wait(
      taskGroup((tg) => {
        tg.createTask(
          kind.body(function* () {
            yield* kind.wait(sleep(1));
            tg.createTask(
              kind.body(function* () {
                yield* kind.wait(sleep(1));
                log.push('sibling');
              }),
            );
            log.push('child');
          }),
        );
      }),
    );
    expect(log).toEqual(['child', 'sibling']);
  });

  inBothKinds('a cancelled child is no failure', function* (kind) {
    const value = yield* kind.wait(
      taskGroup(
        kind.body(function* (tg: TaskGroup) {
          const child = tg.createTask(sleep(60));
          const other = tg.createTask(sleep(2, 'other'));
          yield* kind.wait(sleep(1));
          child.cancel();
          return yield* kind.wait(other);
        }),
      ),
    );
    expect(value).toBe('other');
  });

  inBothKinds('nested: the inner failure takes the outer down', function* (kind) {
    let sibling: Task<void> | null = null;
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (outer: TaskGroup) {
            sibling = outer.createTask(sleep(60));
            yield* kind.wait(
              taskGroup((inner) => {
                inner.createTask(failing(kind, 1, 'deep'));
              }),
            );
          }),
        ),
      );
    });
    expect(error).toBeInstanceOf(ExceptionGroup);
    expect(messages((error as ExceptionGroup).errors[0])).toEqual(['deep']);
    expect((sibling as Task<void> | null)?.cancelled()).toBe(true);
  });

  inBothKinds('under a timeout, the timeout throws once all have ended', function* (kind) {
    const log: string[] = [];
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        timeout(1, () =>
          taskGroup((tg) => {
            tg.createTask(
              kind.body(function* () {
                try {
                  yield* kind.wait(sleep(60));
                } finally {
                  yield* kind.wait(sleep(1));
                  log.push('ended');
                }
              }),
            );
          }),
        ),
      );
    });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(log).toEqual(['ended']);
  });
});

describe('TaskGroup.cancel', () => {
  inBothKinds('stops children and body, without an error', function* (kind) {
    const log: string[] = [];
    let child: Task<void> | null = null;
    const value = yield* kind.wait(
      taskGroup(
        kind.body(function* (tg: TaskGroup) {
          child = tg.createTask(sleep(60));
          tg.createTask(
            kind.body(function* () {
              yield* kind.wait(sleep(1));
              tg.cancel();
              tg.cancel();
              log.push('cancelled the group');
            }),
          );
          try {
            yield* kind.wait(sleep(60));
          } catch (error) {
            log.push(`body: ${String(error)}`);
            throw error;
          }
          return 'value';
        }),
      ),
    );
    expect(value).toBeUndefined();
    expect(log).toEqual(['cancelled the group', 'body: CancelledError']);
    expect((child as Task<void> | null)?.cancelled()).toBe(true);
    expect(currentTask()?.cancelling()).toBe(0);
    expect(getRunningLoop().time()).toBe(1);
    yield* kind.wait(sleep(1));
  });

  inBothKinds('from a body that ends without another wait keeps its value', function* (kind) {
    const value = yield* kind.wait(
      taskGroup((tg) => {
        tg.createTask(sleep(60));
        tg.cancel();
        return 'kept';
      }),
    );
    expect(value).toBe('kept');
    expect(getRunningLoop().time()).toBe(0);
    yield* kind.turns(2);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('before the entry it takes effect on entry', function* (kind) {
    const group = new TaskGroup();
    group.cancel();
    const log: string[] = [];
    yield* kind.wait(
      asyncWith(
        group,
        kind.body(function* () {
          log.push('in');
          expect(() => group.createTask(() => {})).toThrow(/shutting down/);
          yield* kind.wait(sleep(60));
          log.push('not reached');
        }),
      ),
    );
    expect(log).toEqual(['in']);
    expect(getRunningLoop().time()).toBe(0);
    group.cancel();
    yield* kind.turns();
  });

  inBothKinds('while the group waits for its last children', function* (kind) {
    const group = new TaskGroup();
    getRunningLoop().callLater(2, () => group.cancel());
    const value = yield* kind.wait(
      asyncWith(group, (tg) => {
        tg.createTask(sleep(60));
        return 'body ended';
      }),
    );
    expect(value).toBe('body ended');
    expect(getRunningLoop().time()).toBe(2);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('an error on the way down still comes out', function* (kind) {
    const error = yield* thrownBy(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            tg.createTask(
              kind.body(function* () {
                try {
                  yield* kind.wait(sleep(60));
                } catch {
                  throw new Error('clean-up failed');
                }
              }),
            );
            yield* kind.turns();
            tg.cancel();
            yield* kind.wait(sleep(60));
          }),
        ),
      );
    });
    expect(messages(error)).toEqual(['clean-up failed']);
    expect(currentTask()?.cancelling()).toBe(0);
  });

  inBothKinds('a cancellation from outside at the same time is not lost', function* (kind) {
    const parent = kind.task(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            tg.createTask(sleep(60));
            yield* kind.turns();
            tg.cancel();
            currentTask()?.cancel();
            yield* kind.wait(sleep(60));
          }),
        ),
      );
    });
    const error = yield* thrownBy(function* () {
      yield* kind.wait(parent);
    });
    expect(error).toBeInstanceOf(CancelledError);
    expect(parent.cancelled()).toBe(true);
  });
});

describe('TaskGroup and the rest', () => {
  test('a signal cancels a child, eager or not', async () => {
    await run(async () => {
      const controller = new AbortController();
      const [a, b] = await taskGroup(async (tg) => {
        const one = tg.createTask(() => sleep(60), { signal: controller.signal });
        const two = tg.createTask(() => sleep(60), { signal: controller.signal, eagerStart: true });
        await sleep(1);
        controller.abort();
        return [() => one, () => two];
      });
      expect([a?.().cancelled(), b?.().cancelled()]).toEqual([true, true]);
      expect(getRunningLoop().time()).toBe(1);
    }, virtual);
  });

  test('an eager task that fails at once strikes only at the next wait of the body', async () => {
    await run(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Task));
      const log: string[] = [];
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            throw new Error('eager');
          });
          log.push('still here');
          yield* sleep(60);
          log.push('not reached');
        });
      } catch (error) {
        log.push(...messages(error));
      }
      expect(log).toEqual(['still here', 'eager']);
    }, virtual);
  });

  test('children are cancelled in the order of their making', async () => {
    await run(function* () {
      const log: number[] = [];
      try {
        yield* taskGroup(function* (tg) {
          for (const n of [1, 2, 3, 4, 5]) {
            tg.createTask(function* () {
              try {
                yield* sleep(60);
              } finally {
                log.push(n);
              }
            });
          }
          yield* sleep(1);
          throw new Error('stop');
        });
      } catch {
        expect(log).toEqual([1, 2, 3, 4, 5]);
      }
    }, virtual);
  });

  test('refuses a body that is no function, and a group outside of any task', async () => {
    expect(() => taskGroup(5 as never)).toThrow(TypeError);
    expect(() => taskGroup(5 as never)).toThrow(/expects a function.*number 5/);
    expect(() => taskGroup(Promise.resolve() as never)).toThrow(/write \(\) => /);
    const loop = virtual.loopFactory();
    expect(() => new TaskGroup().enter()).toThrow(RuntimeError);
    loop.close();
    await run(async () => {
      await taskGroup(async (tg) => {
        expect(() => tg.createTask(Promise.resolve() as never)).toThrow(TypeError);
      });
    });
  });

  test('works outside of any task, as a task of the default loop', async () => {
    expect(await taskGroup((tg) => void tg.createTask(sleep(0.001)))).toBeUndefined();
  });

  test('leaves no task behind, and lets go of its errors', async () => {
    let forgotten = false;
    const registry = new FinalizationRegistry(() => {
      forgotten = true;
    });
    const fail = async (group: TaskGroup): Promise<void> => {
      await asyncWith(group, (tg) => {
        tg.createTask(() => {
          const error = new Error('to be forgotten');
          registry.register(error, null);
          throw error;
        });
      }).then(
        () => expect.unreachable(),
        () => {},
      );
    };
    await run(async () => {
      const group = new TaskGroup();
      await fail(group);
      expect(allTasks().size).toBe(1);
      await collectGarbage(() => forgotten);
      expect(forgotten).toBe(true);
      expect(String(group)).toBe('<TaskGroup cancelling>');
    });
  });
});
