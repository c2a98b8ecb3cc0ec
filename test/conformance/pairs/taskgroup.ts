// TaskGroup: tasks that cannot outlive their block.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  CancelledError,
  ExceptionGroup,
  type GeneratorBody,
  type Task,
  TaskGroup,
  asyncWith,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  taskGroup,
  timeout,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'the block waits for every child, and the block goes on with their results at hand',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
              return n
          async with TaskGroup() as tg:
              tasks = [tg.create_task(child(n)) for n in (3, 1, 2)]
              ev('body ends', [t.done() for t in tasks])
          ev('after', [t.result() for t in tasks])
          async with TaskGroup():
              pass
          ev('an empty group takes no time')
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
        return n;
      });
      const tasks = await taskGroup(async (tg) => {
        const made = [3, 1, 2].map((n) => tg.createTask(child(n)));
        ev(
          'body ends',
          made.map((t) => t.done()),
        );
        return made;
      });
      ev(
        'after',
        tasks.map((t) => t.result()),
      );
      await taskGroup(async () => {});
      ev('an empty group takes no time');
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
        return n;
      }
      const tasks = yield* taskGroup(function* (tg) {
        const made = [3, 1, 2].map((n) => tg.createTask(child(n)));
        ev(
          'body ends',
          made.map((t) => t.done()),
        );
        return made;
      });
      ev(
        'after',
        tasks.map((t) => t.result()),
      );
      yield* taskGroup(function* () {});
      ev('an empty group takes no time');
    },
  },
  {
    title:
      'a failing child cancels its siblings, in the order of their making, and the error comes out in a group',
    py: `
      async def main(ev):
          async def child(name):
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('child', name, e)
                  raise
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(child('a'))
                  tg.create_task(child('b'))
                  tg.create_task(bad())
                  tg.create_task(child('c'))
          except ExceptionGroup as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async (name: string) => {
        try {
          await sleep(5);
        } catch (e) {
          ev('child', name, e);
          throw e;
        }
      });
      const bad = coroutine(async () => {
        await sleep(1);
        throw new RangeError('broken');
      });
      try {
        await taskGroup(async (tg) => {
          tg.createTask(child('a'));
          tg.createTask(child('b'));
          tg.createTask(bad());
          tg.createTask(child('c'));
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      function* child(name: string) {
        try {
          yield* sleep(5);
        } catch (e) {
          ev('child', name, e);
          throw e;
        }
      }
      function* bad() {
        yield* sleep(1);
        throw new RangeError('broken');
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(child('a'));
          tg.createTask(child('b'));
          tg.createTask(bad());
          tg.createTask(child('c'));
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title:
      'a child that fails while the body still runs gets the body out of its await, without a cancellation outside',
    py: `
      async def main(ev):
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(bad())
                  try:
                      await sleep(5)
                  except CancelledError as e:
                      ev('body', e, current_task().cancelling())
                      raise
          except BaseException as e:
              ev('caught', e, current_task().cancelling())
          await sleep(1)
          ev('not struck again')
    `,
    async: async (ev) => {
      const bad = coroutine(async () => {
        await sleep(1);
        throw new RangeError('broken');
      });
      try {
        await taskGroup(async (tg) => {
          tg.createTask(bad());
          try {
            await sleep(5);
          } catch (e) {
            ev('body', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      await sleep(1);
      ev('not struck again');
    },
    gen: function* (ev) {
      function* bad() {
        yield* sleep(1);
        throw new RangeError('broken');
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(bad());
          try {
            yield* sleep(5);
          } catch (e) {
            ev('body', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      yield* sleep(1);
      ev('not struck again');
    },
  },
  {
    title: "the body's own error comes last in the group, behind those of the children",
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(5)
              except CancelledError:
                  raise ValueError('child')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(child(1))
                  tg.create_task(child(2))
                  await sleep(1)
                  raise TypeError('body')
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        try {
          await sleep(5);
        } catch {
          throw new RangeError('child');
        }
      });
      try {
        await taskGroup(async (tg) => {
          tg.createTask(child());
          tg.createTask(child());
          await sleep(1);
          throw new TypeError('body');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      function* child() {
        try {
          yield* sleep(5);
        } catch {
          throw new RangeError('child');
        }
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(child());
          tg.createTask(child());
          yield* sleep(1);
          throw new TypeError('body');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'a failing body without children gives a group of one',
    py: `
      async def main(ev):
          try:
              async with TaskGroup() as tg:
                  raise ValueError('alone')
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      try {
        await taskGroup(async () => {
          throw new RangeError('alone');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* () {
          throw new RangeError('alone');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'errors stand in the order in which the children ended, not in that of their making',
    py: `
      async def main(ev):
          async def bad(name, cleanup):
              try:
                  await sleep(1 if name == 'first' else 5)
              finally:
                  await sleep(cleanup)
                  raise ValueError(name)
          try:
              async with TaskGroup() as tg:
                  tg.create_task(bad('slow', 3))
                  tg.create_task(bad('quick', 1))
                  tg.create_task(bad('first', 0))
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const bad = coroutine(async (name: string, cleanup: number) => {
        try {
          await sleep(name === 'first' ? 1 : 5);
        } catch {
          // the error below takes its place
        }
        await sleep(cleanup);
        throw new RangeError(name);
      });
      try {
        await taskGroup(async (tg) => {
          tg.createTask(bad('slow', 3));
          tg.createTask(bad('quick', 1));
          tg.createTask(bad('first', 0));
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      function* bad(name: string, cleanup: number) {
        try {
          yield* sleep(name === 'first' ? 1 : 5);
        } catch {
          // the error below takes its place
        }
        yield* sleep(cleanup);
        throw new RangeError(name);
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(bad('slow', 3));
          tg.createTask(bad('quick', 1));
          tg.createTask(bad('first', 0));
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title:
      'a cancellation from outside cancels the children, waits for them, and comes out as itself',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('child', n, e)
                  await sleep(n)
                  ev('clean', n)
                  raise
          async def outer():
              async with TaskGroup() as tg:
                  tg.create_task(child(1))
                  tg.create_task(child(2))
          t = create_task(outer())
          await sleep(1)
          t.cancel('from outside')
          try:
              await t
          except BaseException as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } catch (e) {
          ev('child', n, e);
          await sleep(n);
          ev('clean', n);
          throw e;
        }
      });
      const t = createTask(async () => {
        await taskGroup(async (tg) => {
          tg.createTask(child(1));
          tg.createTask(child(2));
        });
      });
      await sleep(1);
      t.cancel('from outside');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('child', n, e);
          yield* sleep(n);
          ev('clean', n);
          throw e;
        }
      }
      const t = createTask(function* () {
        yield* taskGroup(function* (tg) {
          tg.createTask(child(1));
          tg.createTask(child(2));
        });
      });
      yield* sleep(1);
      t.cancel('from outside');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
  {
    title: 'a cancellation from outside while the body awaits does the same',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('child', e)
                  raise
          async def outer():
              async with TaskGroup() as tg:
                  tg.create_task(child())
                  try:
                      await sleep(10)
                  except CancelledError as e:
                      ev('body', e)
                      raise
          t = create_task(outer())
          await sleep(1)
          t.cancel('from outside')
          try:
              await t
          except BaseException as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            try {
              await sleep(10);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          try {
            await sleep(10);
          } catch (e) {
            ev('body', e);
            throw e;
          }
        });
      });
      await sleep(1);
      t.cancel('from outside');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            try {
              yield* sleep(10);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          try {
            yield* sleep(10);
          } catch (e) {
            ev('body', e);
            throw e;
          }
        });
      });
      yield* sleep(1);
      t.cancel('from outside');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
  {
    title:
      "an outside cancellation together with a child's failure raises the group, and strikes again at the next await",
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError:
                  raise ValueError('while cleaning')
          async def outer():
              try:
                  async with TaskGroup() as tg:
                      tg.create_task(child())
              except BaseException as e:
                  ev('group', e, current_task().cancelling())
              ev('still running')
              try:
                  await sleep(1)
                  ev('never')
              except CancelledError as e:
                  ev('struck again', e)
                  raise
          t = create_task(outer())
          await sleep(1)
          t.cancel('from outside')
          try:
              await t
          except BaseException as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await taskGroup(async (tg) => {
            tg.createTask(async () => {
              try {
                await sleep(10);
              } catch {
                throw new RangeError('while cleaning');
              }
            });
          });
        } catch (e) {
          ev('group', e, currentTask()!.cancelling());
        }
        ev('still running');
        try {
          await sleep(1);
          ev('never');
        } catch (e) {
          ev('struck again', e);
          throw e;
        }
      });
      await sleep(1);
      t.cancel('from outside');
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* taskGroup(function* (tg) {
            tg.createTask(function* () {
              try {
                yield* sleep(10);
              } catch {
                throw new RangeError('while cleaning');
              }
            });
          });
        } catch (e) {
          ev('group', e, currentTask()!.cancelling());
        }
        ev('still running');
        try {
          yield* sleep(1);
          ev('never');
        } catch (e) {
          ev('struck again', e);
          throw e;
        }
      });
      yield* sleep(1);
      t.cancel('from outside');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title: 'a child that is cancelled by itself disturbs nobody',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
          async with TaskGroup() as tg:
              victim = tg.create_task(child(5))
              tg.create_task(child(2))
              await sleep(1)
              victim.cancel('only this one')
          ev('after', victim.cancelled())
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
      });
      const made: Task<void>[] = [];
      await taskGroup(async (tg) => {
        const victim = tg.createTask(child(5));
        made.push(victim);
        tg.createTask(child(2));
        await sleep(1);
        victim.cancel('only this one');
      });
      ev('after', made[0]!.cancelled());
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
      }
      const made: Task<void>[] = [];
      yield* taskGroup(function* (tg) {
        const victim = tg.createTask(child(5));
        made.push(victim);
        tg.createTask(child(2));
        yield* sleep(1);
        victim.cancel('only this one');
      });
      ev('after', made[0]!.cancelled());
    },
  },
  {
    title: 'a body that swallows the cancellation after a failure does not lose the error',
    py: `
      async def main(ev):
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(bad())
                  try:
                      await sleep(5)
                  except CancelledError:
                      ev('swallowed')
                  await sleep(2)
                  ev('body goes on', current_task().cancelling())
          except BaseException as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            await sleep(1);
            throw new RangeError('broken');
          });
          try {
            await sleep(5);
          } catch {
            ev('swallowed');
          }
          await sleep(2);
          ev('body goes on', currentTask()!.cancelling());
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            yield* sleep(1);
            throw new RangeError('broken');
          });
          try {
            yield* sleep(5);
          } catch {
            ev('swallowed');
          }
          yield* sleep(2);
          ev('body goes on', currentTask()!.cancelling());
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title:
      'createTask is refused before the block, while the group is shutting down, and after the block',
    py: `
      async def main(ev):
          async def child():
              pass
          async def bad():
              raise ValueError('broken')
          tg = TaskGroup()
          def attempt_create(when):
              c = child()
              try:
                  tg.create_task(c)
                  ev(when, 'made')
              except RuntimeError as e:
                  ev(when, e)
                  c.close()
          attempt_create('before')
          try:
              async with tg:
                  tg.create_task(bad())
                  try:
                      await sleep(1)
                  except CancelledError:
                      attempt_create('shutting down')
          except ExceptionGroup as e:
              ev('caught', e)
          attempt_create('after')
          try:
              async with tg:
                  ev('never')
          except RuntimeError as e:
              ev('a second use', e)
    `,
    async: async (ev) => {
      const tg = new TaskGroup();
      const child = coroutine(async () => {});
      const attemptCreate = (when: string): void => {
        try {
          tg.createTask(child());
          ev(when, 'made');
        } catch (e) {
          ev(when, e);
        }
      };
      attemptCreate('before');
      try {
        await asyncWith(tg, async () => {
          tg.createTask(async () => {
            throw new RangeError('broken');
          });
          try {
            await sleep(1);
          } catch {
            attemptCreate('shutting down');
          }
        });
      } catch (e) {
        ev('caught', e);
      }
      attemptCreate('after');
      try {
        await asyncWith(tg, async () => {
          ev('never');
        });
      } catch (e) {
        ev('a second use', e);
      }
    },
    gen: function* (ev) {
      const tg = new TaskGroup();
      function* child() {}
      const attemptCreate = (when: string): void => {
        try {
          tg.createTask(child());
          ev(when, 'made');
        } catch (e) {
          ev(when, e);
        }
      };
      attemptCreate('before');
      try {
        yield* asyncWith(tg, function* () {
          tg.createTask(function* () {
            throw new RangeError('broken');
          });
          try {
            yield* sleep(1);
          } catch {
            attemptCreate('shutting down');
          }
        });
      } catch (e) {
        ev('caught', e);
      }
      attemptCreate('after');
      try {
        yield* asyncWith(tg, function* () {
          ev('never');
        });
      } catch (e) {
        ev('a second use', e);
      }
    },
  },
  {
    title: 'children may make siblings while the block waits at its end',
    py: `
      async def main(ev):
          async def child(depth):
              await sleep(1)
              ev('depth', depth)
              if depth < 3:
                  tg.create_task(child(depth + 1))
          async with TaskGroup() as tg:
              tg.create_task(child(1))
          ev('after')
    `,
    async: async (ev) => {
      const tg = new TaskGroup();
      const child: (depth: number) => Promise<void> = async (depth) => {
        await sleep(1);
        ev('depth', depth);
        if (depth < 3) tg.createTask(() => child(depth + 1));
      };
      await asyncWith(tg, async () => {
        tg.createTask(() => child(1));
      });
      ev('after');
    },
    gen: function* (ev) {
      const tg = new TaskGroup();
      function* child(depth: number): GeneratorBody<void> {
        yield* sleep(1);
        ev('depth', depth);
        if (depth < 3) tg.createTask(child(depth + 1));
      }
      yield* asyncWith(tg, function* () {
        tg.createTask(child(1));
      });
      ev('after');
    },
  },
  {
    title: 'nested groups: the failure of the inner one is a group in the body of the outer one',
    py: `
      async def main(ev):
          async def bad(name, n):
              await sleep(n)
              raise ValueError(name)
          async def long(name):
              try:
                  await sleep(10)
              finally:
                  ev('long', name)
          try:
              async with TaskGroup() as outer:
                  outer.create_task(long('outer'))
                  try:
                      async with TaskGroup() as inner:
                          inner.create_task(long('inner'))
                          inner.create_task(bad('inner', 1))
                  except ExceptionGroup as e:
                      ev('between', e)
                      raise
          except ExceptionGroup as e:
              ev('outside', e)
    `,
    async: async (ev) => {
      const bad = coroutine(async (name: string, n: number) => {
        await sleep(n);
        throw new RangeError(name);
      });
      const long = coroutine(async (name: string) => {
        try {
          await sleep(10);
        } finally {
          ev('long', name);
        }
      });
      try {
        await taskGroup(async (outer) => {
          outer.createTask(long('outer'));
          try {
            await taskGroup(async (inner) => {
              inner.createTask(long('inner'));
              inner.createTask(bad('inner', 1));
            });
          } catch (e) {
            ev('between', e);
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e);
      }
    },
    gen: function* (ev) {
      function* bad(name: string, n: number) {
        yield* sleep(n);
        throw new RangeError(name);
      }
      function* long(name: string) {
        try {
          yield* sleep(10);
        } finally {
          ev('long', name);
        }
      }
      try {
        yield* taskGroup(function* (outer) {
          outer.createTask(long('outer'));
          try {
            yield* taskGroup(function* (inner) {
              inner.createTask(long('inner'));
              inner.createTask(bad('inner', 1));
            });
          } catch (e) {
            ev('between', e);
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e);
      }
    },
  },
  {
    title:
      'nested groups: a failure in the outer one cancels the inner block, which is no failure of the inner one',
    py: `
      async def main(ev):
          async def bad():
              await sleep(1)
              raise ValueError('outer')
          async def long():
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('long', e)
                  raise
          try:
              async with TaskGroup() as outer:
                  outer.create_task(bad())
                  try:
                      async with TaskGroup() as inner:
                          inner.create_task(long())
                  except BaseException as e:
                      ev('between', e, current_task().cancelling())
                      raise
          except BaseException as e:
              ev('outside', e, current_task().cancelling())
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (outer) => {
          outer.createTask(async () => {
            await sleep(1);
            throw new RangeError('outer');
          });
          try {
            await taskGroup(async (inner) => {
              inner.createTask(async () => {
                try {
                  await sleep(10);
                } catch (e) {
                  ev('long', e);
                  throw e;
                }
              });
            });
          } catch (e) {
            ev('between', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (outer) {
          outer.createTask(function* () {
            yield* sleep(1);
            throw new RangeError('outer');
          });
          try {
            yield* taskGroup(function* (inner) {
              inner.createTask(function* () {
                try {
                  yield* sleep(10);
                } catch (e) {
                  ev('long', e);
                  throw e;
                }
              });
            });
          } catch (e) {
            ev('between', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'nested groups that both have a failure at one moment: each tells its own',
    py: `
      async def main(ev):
          async def bad(name):
              await sleep(1)
              raise ValueError(name)
          try:
              async with TaskGroup() as outer:
                  outer.create_task(bad('outer'))
                  try:
                      async with TaskGroup() as inner:
                          inner.create_task(bad('inner'))
                  except BaseException as e:
                      ev('between', e, current_task().cancelling())
                      raise
          except BaseException as e:
              ev('outside', e, current_task().cancelling())
          await sleep(1)
          ev('not struck again')
    `,
    async: async (ev) => {
      const bad = coroutine(async (name: string) => {
        await sleep(1);
        throw new RangeError(name);
      });
      try {
        await taskGroup(async (outer) => {
          outer.createTask(bad('outer'));
          try {
            await taskGroup(async (inner) => {
              inner.createTask(bad('inner'));
            });
          } catch (e) {
            ev('between', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
      await sleep(1);
      ev('not struck again');
    },
    gen: function* (ev) {
      function* bad(name: string) {
        yield* sleep(1);
        throw new RangeError(name);
      }
      try {
        yield* taskGroup(function* (outer) {
          outer.createTask(bad('outer'));
          try {
            yield* taskGroup(function* (inner) {
              inner.createTask(bad('inner'));
            });
          } catch (e) {
            ev('between', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
      yield* sleep(1);
      ev('not struck again');
    },
  },
  {
    title: 'a timeout around a group cancels the group and becomes a TimeoutError',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(n)
              except CancelledError as e:
                  ev('child', n, e)
                  raise
          try:
              async with timeout(2):
                  async with TaskGroup() as tg:
                      tg.create_task(child(1))
                      tg.create_task(child(5))
          except BaseException as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(n);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      });
      try {
        await timeout(2, async () => {
          await taskGroup(async (tg) => {
            tg.createTask(child(1));
            tg.createTask(child(5));
          });
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(n);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      }
      try {
        yield* timeout(2, function* () {
          yield* taskGroup(function* (tg) {
            tg.createTask(child(1));
            tg.createTask(child(5));
          });
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: "a timeout inside a group's body expires into the group: the children are cancelled too",
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('child', e)
                  raise
          try:
              async with TaskGroup() as tg:
                  tg.create_task(child())
                  async with timeout(1):
                      await sleep(3)
          except BaseException as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            try {
              await sleep(5);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          await timeout(1, async () => {
            await sleep(3);
          });
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            try {
              yield* sleep(5);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          yield* timeout(1, function* () {
            yield* sleep(3);
          });
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title:
      "a timeout and a child's failure at one moment: who was first decides between TimeoutError and the group",
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def bad(fut):
              await fut
          async def attempt_at(first):
              fut = loop.create_future()
              if first == 'failure':
                  loop.call_later(1, fut.set_exception, ValueError('broken'))
              try:
                  async with timeout(1) as cm:
                      async with TaskGroup() as tg:
                          tg.create_task(bad(fut))
                          if first == 'timeout':
                              loop.call_later(1, lambda: fut.done() or fut.set_exception(ValueError('broken')))
              except BaseException as e:
                  ev(first, e, cm.expired(), current_task().cancelling())
              await sleep(1)
              ev('not struck again')
          await attempt_at('failure')
          await attempt_at('timeout')
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const attemptAt = async (first: string): Promise<void> => {
        const fut = loop.createFuture<null>();
        const fail = (): void => {
          if (!fut.done()) fut.setException(new RangeError('broken'));
        };
        if (first === 'failure') loop.callLater(1, fail);
        const cm = timeout(1);
        try {
          await asyncWith(cm, async () => {
            await taskGroup(async (tg) => {
              tg.createTask(async () => {
                await fut;
              });
              if (first === 'timeout') loop.callLater(1, fail);
            });
          });
        } catch (e) {
          ev(first, e, cm.expired(), currentTask()!.cancelling());
        }
        await sleep(1);
        ev('not struck again');
      };
      await attemptAt('failure');
      await attemptAt('timeout');
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* attemptAt(first: string) {
        const fut = loop.createFuture<null>();
        const fail = (): void => {
          if (!fut.done()) fut.setException(new RangeError('broken'));
        };
        if (first === 'failure') loop.callLater(1, fail);
        const cm = timeout(1);
        try {
          yield* asyncWith(cm, function* () {
            yield* taskGroup(function* (tg) {
              tg.createTask(function* () {
                yield* fut;
              });
              if (first === 'timeout') loop.callLater(1, fail);
            });
          });
        } catch (e) {
          ev(first, e, cm.expired(), currentTask()!.cancelling());
        }
        yield* sleep(1);
        ev('not struck again');
      }
      yield* attemptAt('failure');
      yield* attemptAt('timeout');
    },
  },
  {
    title:
      'a failure in the cleanup of a timed-out group comes out as the group, not as TimeoutError',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(5)
              finally:
                  raise ValueError('in cleanup')
          try:
              async with timeout(1) as cm:
                  async with TaskGroup() as tg:
                      tg.create_task(child())
          except BaseException as e:
              ev('caught', e, cm.expired(), current_task().cancelling())
          await sleep(1)
          ev('after')
    `,
    async: async (ev) => {
      const cm = timeout(1);
      try {
        await asyncWith(cm, async () => {
          await taskGroup(async (tg) => {
            tg.createTask(async () => {
              try {
                await sleep(5);
              } catch {
                throw new RangeError('in cleanup');
              }
            });
          });
        });
      } catch (e) {
        ev('caught', e, cm.expired(), currentTask()!.cancelling());
      }
      await sleep(1);
      ev('after');
    },
    gen: function* (ev) {
      const cm = timeout(1);
      try {
        yield* asyncWith(cm, function* () {
          yield* taskGroup(function* (tg) {
            tg.createTask(function* () {
              try {
                yield* sleep(5);
              } catch {
                throw new RangeError('in cleanup');
              }
            });
          });
        });
      } catch (e) {
        ev('caught', e, cm.expired(), currentTask()!.cancelling());
      }
      yield* sleep(1);
      ev('after');
    },
  },
  {
    title:
      'a CancelledError thrown by the body itself cancels the children and comes out, not in a group',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('child', e)
                  raise
          try:
              async with TaskGroup() as tg:
                  tg.create_task(child())
                  await sleep(1)
                  raise CancelledError('by hand')
          except BaseException as e:
              ev('caught', e, current_task().cancelling())
          await sleep(1)
          ev('after')
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            try {
              await sleep(5);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          await sleep(1);
          throw new CancelledError('by hand');
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      await sleep(1);
      ev('after');
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            try {
              yield* sleep(5);
            } catch (e) {
              ev('child', e);
              throw e;
            }
          });
          yield* sleep(1);
          throw new CancelledError('by hand');
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      yield* sleep(1);
      ev('after');
    },
  },
  {
    title: 'a child that throws a group of its own: it is nested in the group that comes out',
    py: `
      async def main(ev):
          async def bad():
              raise ExceptionGroup('own group', [ValueError('one'), TypeError('two')])
          try:
              async with TaskGroup() as tg:
                  tg.create_task(bad())
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            throw new ExceptionGroup('own group', [new RangeError('one'), new TypeError('two')]);
          });
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            throw new ExceptionGroup('own group', [new RangeError('one'), new TypeError('two')]);
          });
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'the parent is struck by a cancellation even when all children ended in the same turn',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def child():
              await fut
          async def outer():
              try:
                  async with TaskGroup() as tg:
                      tg.create_task(child())
              except BaseException as e:
                  ev('outer', e, current_task().cancelling())
                  raise
          t = create_task(outer())
          await sleep(1)
          fut.set_result(None)
          t.cancel('in the same turn')
          try:
              await t
          except BaseException as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      const t = createTask(async () => {
        try {
          await taskGroup(async (tg) => {
            tg.createTask(async () => {
              await fut;
            });
          });
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
          throw e;
        }
      });
      await sleep(1);
      fut.setResult(null);
      t.cancel('in the same turn');
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      const t = createTask(function* () {
        try {
          yield* taskGroup(function* (tg) {
            tg.createTask(function* () {
              yield* fut;
            });
          });
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
          throw e;
        }
      });
      yield* sleep(1);
      fut.setResult(null);
      t.cancel('in the same turn');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title:
      'a sibling that is ready runs before a failure reaches it; an error of a body that never awaited stops those that did not start',
    py: `
      async def main(ev):
          async def bad():
              raise ValueError('at once')
          async def child():
              ev('runs')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(bad())
                  tg.create_task(child())
          except ExceptionGroup as e:
              ev('caught', e)
          try:
              async with TaskGroup() as tg:
                  tg.create_task(child())
                  raise ValueError('in the body, at once')
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        ev('runs');
      });
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            throw new RangeError('at once');
          });
          tg.createTask(child());
        });
      } catch (e) {
        ev('caught', e);
      }
      try {
        await taskGroup(async (tg) => {
          tg.createTask(child());
          throw new RangeError('in the body, at once');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      function* child() {
        ev('runs');
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            throw new RangeError('at once');
          });
          tg.createTask(child());
        });
      } catch (e) {
        ev('caught', e);
      }
      try {
        yield* taskGroup(function* (tg) {
          tg.createTask(child());
          throw new RangeError('in the body, at once');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title:
      'a second cancellation while the group waits for its children does not cut the waiting short',
    py: `
      async def main(ev):
          async def stubborn():
              try:
                  await sleep(10)
              except CancelledError:
                  await sleep(2)
                  ev('stubborn ends')
          async def outer():
              async with TaskGroup() as tg:
                  tg.create_task(stubborn())
                  await sleep(10)
          t = create_task(outer())
          await sleep(1)
          t.cancel('one')
          await sleep(1)
          ev('still waiting', t.done())
          t.cancel('two')
          try:
              await t
          except BaseException as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            try {
              await sleep(10);
            } catch {
              await sleep(2);
              ev('stubborn ends');
            }
          });
          await sleep(10);
        });
      });
      await sleep(1);
      t.cancel('one');
      await sleep(1);
      ev('still waiting', t.done());
      t.cancel('two');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* taskGroup(function* (tg) {
          tg.createTask(function* () {
            try {
              yield* sleep(10);
            } catch {
              yield* sleep(2);
              ev('stubborn ends');
            }
          });
          yield* sleep(10);
        });
      });
      yield* sleep(1);
      t.cancel('one');
      yield* sleep(1);
      ev('still waiting', t.done());
      t.cancel('two');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
];
