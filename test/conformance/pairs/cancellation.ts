// Cancellation: at every point of a task's life.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  CancelledError,
  type GeneratorBody,
  type Task,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  sleep,
  wait,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'cancelled before its first step, a body never runs, not even its finally',
    py: `
      async def main(ev):
          async def child():
              try:
                  ev('never')
              finally:
                  ev('never either')
          t = create_task(child())
          ev('cancel', t.cancel('early'), t.done(), t.cancelled())
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.done(), t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          ev('never');
        } finally {
          ev('never either');
        }
      });
      ev('cancel', t.cancel('early'), t.done(), t.cancelled());
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.done(), t.cancelled());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          ev('never');
        } finally {
          ev('never either');
        }
      });
      ev('cancel', t.cancel('early'), t.done(), t.cancelled());
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.done(), t.cancelled());
      }
    },
  },
  {
    title: 'cancelled twice before its first step, the last message wins',
    py: `
      async def main(ev):
          async def child():
              ev('never')
          t = create_task(child())
          ev('cancel', t.cancel('one'), t.cancelling())
          ev('cancel', t.cancel('two'), t.cancelling())
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        ev('never');
      });
      ev('cancel', t.cancel('one'), t.cancelling());
      ev('cancel', t.cancel('two'), t.cancelling());
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        ev('never');
      });
      ev('cancel', t.cancel('one'), t.cancelling());
      ev('cancel', t.cancel('two'), t.cancelling());
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title:
      'cancelled twice in one turn while it waits: one CancelledError with the first message, cancelling() is 2',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('caught', e, current_task().cancelling())
              await sleep(1)
              ev('not struck again')
          t = create_task(child())
          await sleep(1)
          ev('cancel', t.cancel('one'), t.cancel('two'), t.cancelling())
          await t
          ev('after', t.cancelling(), t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
        await sleep(1);
        ev('not struck again');
      });
      await sleep(1);
      ev('cancel', t.cancel('one'), t.cancel('two'), t.cancelling());
      await t;
      ev('after', t.cancelling(), t.cancelled());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
        yield* sleep(1);
        ev('not struck again');
      });
      yield* sleep(1);
      ev('cancel', t.cancel('one'), t.cancel('two'), t.cancelling());
      yield* t;
      ev('after', t.cancelling(), t.cancelled());
    },
  },
  {
    title: 'cancelled after its future got a result but before the wake-up: the cancellation wins',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def child():
              try:
                  ev('value', await fut)
              except CancelledError as e:
                  ev('caught', e)
                  raise
          t = create_task(child())
          await sleep(0)
          fut.set_result('too late')
          ev('cancel', t.cancel('now'))
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
          ev('future', fut.cancelled(), fut.result())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<string>();
      const t = createTask(async () => {
        try {
          ev('value', await fut);
        } catch (e) {
          ev('caught', e);
          throw e;
        }
      });
      await sleep(0);
      fut.setResult('too late');
      ev('cancel', t.cancel('now'));
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
      ev('future', fut.cancelled(), fut.result());
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<string>();
      const t = createTask(function* () {
        try {
          ev('value', yield* fut);
        } catch (e) {
          ev('caught', e);
          throw e;
        }
      });
      yield* sleep(0);
      fut.setResult('too late');
      ev('cancel', t.cancel('now'));
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
      ev('future', fut.cancelled(), fut.result());
    },
  },
  {
    title:
      'cancelled after its future failed but before the wake-up: the cancellation wins over the error too',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def child():
              try:
                  await fut
              except BaseException as e:
                  ev('caught', e)
          t = create_task(child())
          await sleep(0)
          fut.set_exception(ValueError('lost'))
          t.cancel('won')
          await t
          ev('the error is still there', fut.exception())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<never>();
      const t = createTask(async () => {
        try {
          await fut;
        } catch (e) {
          ev('caught', e);
        }
      });
      await sleep(0);
      fut.setException(new RangeError('lost'));
      t.cancel('won');
      await t;
      ev('the error is still there', fut.exception());
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<never>();
      const t = createTask(function* () {
        try {
          yield* fut;
        } catch (e) {
          ev('caught', e);
        }
      });
      yield* sleep(0);
      fut.setException(new RangeError('lost'));
      t.cancel('won');
      yield* t;
      ev('the error is still there', fut.exception());
    },
  },
  {
    title:
      'a swallowed cancellation leaves a task that goes on and returns, with cancelling() still 1',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError:
                  ev('swallowed')
              return 'value'
          t = create_task(child())
          await sleep(1)
          t.cancel()
          ev('awaited', await t)
          ev('state', t.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } catch {
          ev('swallowed');
        }
        return 'value';
      });
      await sleep(1);
      t.cancel();
      ev('awaited', await t);
      ev('state', t.cancelled(), t.cancelling());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } catch {
          ev('swallowed');
        }
        return 'value';
      });
      yield* sleep(1);
      t.cancel();
      ev('awaited', yield* t);
      ev('state', t.cancelled(), t.cancelling());
    },
  },
  {
    title: 'after a swallowed cancellation a second one strikes again, with its own message',
    py: `
      async def main(ev):
          async def child():
              for _ in range(2):
                  try:
                      await sleep(10)
                  except CancelledError as e:
                      ev('caught', e, current_task().cancelling())
              await sleep(10)
          t = create_task(child())
          for message in ('one', 'two', 'three'):
              await sleep(1)
              t.cancel(message)
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        for (let i = 0; i < 2; i++) {
          try {
            await sleep(10);
          } catch (e) {
            ev('caught', e, currentTask()!.cancelling());
          }
        }
        await sleep(10);
      });
      for (const message of ['one', 'two', 'three']) {
        await sleep(1);
        t.cancel(message);
      }
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        for (let i = 0; i < 2; i++) {
          try {
            yield* sleep(10);
          } catch (e) {
            ev('caught', e, currentTask()!.cancelling());
          }
        }
        yield* sleep(10);
      });
      for (const message of ['one', 'two', 'three']) {
        yield* sleep(1);
        t.cancel(message);
      }
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
  {
    title: 'a finally that awaits runs to its end before the task is over',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              finally:
                  ev('cleaning')
                  await sleep(2)
                  ev('clean')
          t = create_task(child())
          await sleep(1)
          t.cancel('stop')
          await sleep(1)
          ev('meanwhile', t.done(), t.cancelled())
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } finally {
          ev('cleaning');
          await sleep(2);
          ev('clean');
        }
      });
      await sleep(1);
      t.cancel('stop');
      await sleep(1);
      ev('meanwhile', t.done(), t.cancelled());
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } finally {
          ev('cleaning');
          yield* sleep(2);
          ev('clean');
        }
      });
      yield* sleep(1);
      t.cancel('stop');
      yield* sleep(1);
      ev('meanwhile', t.done(), t.cancelled());
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title: 'a second cancellation interrupts the finally, and its message is the one that goes out',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              finally:
                  try:
                      await sleep(10)
                      ev('never')
                  finally:
                      ev('inner finally')
          t = create_task(child())
          await sleep(1)
          t.cancel('one')
          await sleep(1)
          t.cancel('two')
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } finally {
          try {
            await sleep(10);
            ev('never');
          } finally {
            ev('inner finally');
          }
        }
      });
      await sleep(1);
      t.cancel('one');
      await sleep(1);
      t.cancel('two');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } finally {
          try {
            yield* sleep(10);
            ev('never');
          } finally {
            ev('inner finally');
          }
        }
      });
      yield* sleep(1);
      t.cancel('one');
      yield* sleep(1);
      t.cancel('two');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
  {
    title: 'cancel() of a task that is over returns false and changes nothing',
    py: `
      async def main(ev):
          async def good():
              return 'value'
          async def bad():
              raise ValueError('broken')
          async def long():
              await sleep(10)
          tasks = [create_task(good()), create_task(bad()), create_task(long())]
          await sleep(1)
          tasks[2].cancel('first')
          await sleep(1)
          for t in tasks:
              ev('cancel', t.cancel('late'), t.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const tasks: Task<unknown>[] = [
        createTask(async () => 'value'),
        createTask(async () => {
          throw new RangeError('broken');
        }),
        createTask(async () => {
          await sleep(10);
        }),
      ];
      await sleep(1);
      tasks[2]!.cancel('first');
      await sleep(1);
      for (const t of tasks) ev('cancel', t.cancel('late'), t.cancelled(), t.cancelling());
    },
    gen: function* (ev) {
      const tasks: Task<unknown>[] = [
        createTask(function* () {
          return 'value';
        }),
        createTask(function* () {
          throw new RangeError('broken');
        }),
        createTask(function* () {
          yield* sleep(10);
        }),
      ];
      yield* sleep(1);
      tasks[2]!.cancel('first');
      yield* sleep(1);
      for (const t of tasks) ev('cancel', t.cancel('late'), t.cancelled(), t.cancelling());
    },
  },
  {
    title: 'a task that cancels itself and returns ends cancelled',
    py: `
      async def main(ev):
          async def child():
              ev('cancel', current_task().cancel('by myself'))
              return 'lost'
          t = create_task(child())
          try:
              ev('awaited', await t)
          except CancelledError as e:
              ev('caught', e, t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        ev('cancel', currentTask()!.cancel('by myself'));
        return 'lost';
      });
      try {
        ev('awaited', await t);
      } catch (e) {
        ev('caught', e, t.cancelled());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        ev('cancel', currentTask()!.cancel('by myself'));
        return 'lost';
      });
      try {
        ev('awaited', yield* t);
      } catch (e) {
        ev('caught', e, t.cancelled());
      }
    },
  },
  {
    title: 'a task that cancels itself and throws ends with its error',
    py: `
      async def main(ev):
          async def child():
              current_task().cancel('by myself')
              raise ValueError('own')
          t = create_task(child())
          await wait([t])
          ev('state', t.cancelled(), t.cancelling(), t.exception())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        currentTask()!.cancel('by myself');
        throw new RangeError('own');
      });
      await wait([t]);
      ev('state', t.cancelled(), t.cancelling(), t.exception());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        currentTask()!.cancel('by myself');
        throw new RangeError('own');
      });
      yield* wait([t]);
      ev('state', t.cancelled(), t.cancelling(), t.exception());
    },
  },
  {
    title:
      'a task that cancels itself is struck where it next suspends; awaiting what is done does not suspend',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          fut.set_result('ready')
          async def child():
              current_task().cancel('later')
              ev('a done future does not suspend', await fut)
              async def inner():
                  return 'inner'
              ev('nor does a coroutine', await inner())
              try:
                  await sleep(0)
              except CancelledError as e:
                  ev('struck', e)
              await sleep(1)
              return 'went on'
          ev('awaited', await create_task(child()))
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const fut = loop.createFuture<string>();
      fut.setResult('ready');
      const t = createTask(async () => {
        currentTask()!.cancel('later');
        ev('a done future does not suspend', await fut);
        const inner = coroutine(async () => 'inner');
        ev('nor does a coroutine', await inner());
        try {
          await sleep(0);
        } catch (e) {
          ev('struck', e);
        }
        await sleep(1);
        return 'went on';
      });
      ev('awaited', await t);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const fut = loop.createFuture<string>();
      fut.setResult('ready');
      const t = createTask(function* () {
        currentTask()!.cancel('later');
        ev('a done future does not suspend', yield* fut);
        const inner = coroutine(function* () {
          return 'inner';
        });
        ev('nor does a coroutine', yield* inner());
        try {
          yield* sleep(0);
        } catch (e) {
          ev('struck', e);
        }
        yield* sleep(1);
        return 'went on';
      });
      ev('awaited', yield* t);
    },
  },
  {
    title: 'uncancel() down to 0 before the delivery forgets the cancellation',
    py: `
      async def main(ev):
          async def child():
              t = current_task()
              t.cancel('forgotten')
              ev('uncancel', t.cancelling(), t.uncancel(), t.cancelling())
              await sleep(1)
              ev('slept')
              t.cancel('kept')
              t.cancel()
              ev('uncancel', t.cancelling(), t.uncancel())
              try:
                  await sleep(1)
              except CancelledError as e:
                  ev('caught', e)
          await create_task(child())
    `,
    async: async (ev) => {
      await createTask(async () => {
        const t = currentTask()!;
        t.cancel('forgotten');
        ev('uncancel', t.cancelling(), t.uncancel(), t.cancelling());
        await sleep(1);
        ev('slept');
        t.cancel('kept');
        t.cancel();
        ev('uncancel', t.cancelling(), t.uncancel());
        try {
          await sleep(1);
        } catch (e) {
          ev('caught', e);
        }
      });
    },
    gen: function* (ev) {
      yield* createTask(function* () {
        const t = currentTask()!;
        t.cancel('forgotten');
        ev('uncancel', t.cancelling(), t.uncancel(), t.cancelling());
        yield* sleep(1);
        ev('slept');
        t.cancel('kept');
        t.cancel();
        ev('uncancel', t.cancelling(), t.uncancel());
        try {
          yield* sleep(1);
        } catch (e) {
          ev('caught', e);
        }
      });
    },
  },
  {
    title: 'uncancel() does not go below 0, and does not stop a cancellation that is under way',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('caught', e, current_task().cancelling())
          t = create_task(child())
          ev('uncancel', t.uncancel(), t.uncancel())
          await sleep(1)
          t.cancel('under way')
          ev('uncancel', t.uncancel(), t.cancelling())
          await t
          ev('uncancel of a finished task', t.uncancel())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      });
      ev('uncancel', t.uncancel(), t.uncancel());
      await sleep(1);
      t.cancel('under way');
      ev('uncancel', t.uncancel(), t.cancelling());
      await t;
      ev('uncancel of a finished task', t.uncancel());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      });
      ev('uncancel', t.uncancel(), t.uncancel());
      yield* sleep(1);
      t.cancel('under way');
      ev('uncancel', t.uncancel(), t.cancelling());
      yield* t;
      ev('uncancel of a finished task', t.uncancel());
    },
  },
  {
    title: 'a message comes through the task to who awaits it, and is lost on a second look',
    py: `
      async def main(ev):
          async def child():
              await sleep(10)
          t = create_task(child())
          await sleep(1)
          t.cancel('said once')
          for look in ('first', 'second', 'third'):
              try:
                  await t
              except CancelledError as e:
                  ev(look, e)
          try:
              t.result()
          except CancelledError as e:
              ev('result', e)
          try:
              t.exception()
          except CancelledError as e:
              ev('exception', e)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await sleep(10);
      });
      await sleep(1);
      t.cancel('said once');
      for (const look of ['first', 'second', 'third']) {
        try {
          await t;
        } catch (e) {
          ev(look, e);
        }
      }
      try {
        t.result();
      } catch (e) {
        ev('result', e);
      }
      try {
        t.exception();
      } catch (e) {
        ev('exception', e);
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* sleep(10);
      });
      yield* sleep(1);
      t.cancel('said once');
      for (const look of ['first', 'second', 'third']) {
        try {
          yield* t;
        } catch (e) {
          ev(look, e);
        }
      }
      try {
        t.result();
      } catch (e) {
        ev('result', e);
      }
      try {
        t.exception();
      } catch (e) {
        ev('exception', e);
      }
    },
  },
  {
    title:
      'a cancellation goes down the chain of awaited tasks to the innermost, and comes up through every finally',
    py: `
      async def main(ev):
          async def level(n):
              try:
                  if n == 3:
                      await sleep(10)
                  else:
                      await create_task(level(n + 1))
              except CancelledError as e:
                  ev('level', n, e)
                  raise
          t = create_task(level(1))
          await sleep(1)
          t.cancel('down')
          ev('so far nobody is done', t.done())
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const level: (n: number) => Promise<void> = async (n) => {
        try {
          if (n === 3) await sleep(10);
          else await createTask(() => level(n + 1));
        } catch (e) {
          ev('level', n, e);
          throw e;
        }
      };
      const t = createTask(() => level(1));
      await sleep(1);
      t.cancel('down');
      ev('so far nobody is done', t.done());
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      function* level(n: number): GeneratorBody<void> {
        try {
          if (n === 3) yield* sleep(10);
          else yield* createTask(level(n + 1));
        } catch (e) {
          ev('level', n, e);
          throw e;
        }
      }
      const t = createTask(level(1));
      yield* sleep(1);
      t.cancel('down');
      ev('so far nobody is done', t.done());
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title:
      'a cancellation comes up through a chain of coroutines, one finally after the other, each of which may await',
    py: `
      async def main(ev):
          async def level(n):
              try:
                  if n == 3:
                      await sleep(10)
                  else:
                      await level(n + 1)
              finally:
                  ev('finally', n)
                  await sleep(1)
                  ev('finally ends', n)
          t = create_task(level(1))
          await sleep(1)
          t.cancel('x')
          await wait([t])
          ev('over', t.cancelled())
    `,
    async: async (ev) => {
      const level: (n: number) => Promise<void> = async (n) => {
        try {
          if (n === 3) await sleep(10);
          else await level(n + 1);
        } finally {
          ev('finally', n);
          await sleep(1);
          ev('finally ends', n);
        }
      };
      const t = createTask(() => level(1));
      await sleep(1);
      t.cancel('x');
      await wait([t]);
      ev('over', t.cancelled());
    },
    gen: function* (ev) {
      function* level(n: number): GeneratorBody<void> {
        try {
          if (n === 3) yield* sleep(10);
          else yield* level(n + 1);
        } finally {
          ev('finally', n);
          yield* sleep(1);
          ev('finally ends', n);
        }
      }
      const t = createTask(level(1));
      yield* sleep(1);
      t.cancel('x');
      yield* wait([t]);
      ev('over', t.cancelled());
    },
  },
  {
    title:
      'an inner task that swallows the cancellation gives its value to the outer one, which is then not cancelled',
    py: `
      async def main(ev):
          async def inner():
              try:
                  await sleep(10)
              except CancelledError:
                  return 'no'
          async def outer():
              return await create_task(inner())
          t = create_task(outer())
          await sleep(1)
          t.cancel()
          ev('awaited', await t, t.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const inner = async (): Promise<string> => {
        try {
          await sleep(10);
        } catch {
          return 'no';
        }
        return 'yes';
      };
      const t = createTask(async () => {
        return await createTask(inner);
      });
      await sleep(1);
      t.cancel();
      ev('awaited', await t, t.cancelled(), t.cancelling());
    },
    gen: function* (ev) {
      function* inner() {
        try {
          yield* sleep(10);
        } catch {
          return 'no';
        }
        return 'yes';
      }
      const t = createTask(function* () {
        return yield* createTask(inner());
      });
      yield* sleep(1);
      t.cancel();
      ev('awaited', yield* t, t.cancelled(), t.cancelling());
    },
  },
  {
    title: 'cancelling one waiter of a shared future cancels the future, and so hits the others',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def waiter(name):
              try:
                  await fut
              except CancelledError as e:
                  ev(name, e, current_task().cancelling())
                  raise
          a = create_task(waiter('a'))
          b = create_task(waiter('b'))
          await sleep(1)
          b.cancel('only b')
          await wait([a, b])
          ev('state', fut.cancelled(), a.cancelled(), b.cancelled())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      const waiter = coroutine(async (name: string) => {
        try {
          await fut;
        } catch (e) {
          ev(name, e, currentTask()!.cancelling());
          throw e;
        }
      });
      const a = createTask(waiter('a'));
      const b = createTask(waiter('b'));
      await sleep(1);
      b.cancel('only b');
      await wait([a, b]);
      ev('state', fut.cancelled(), a.cancelled(), b.cancelled());
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      function* waiter(name: string) {
        try {
          yield* fut;
        } catch (e) {
          ev(name, e, currentTask()!.cancelling());
          throw e;
        }
      }
      const a = createTask(waiter('a'));
      const b = createTask(waiter('b'));
      yield* sleep(1);
      b.cancel('only b');
      yield* wait([a, b]);
      ev('state', fut.cancelled(), a.cancelled(), b.cancelled());
    },
  },
  {
    title: 'an error thrown in answer to a cancellation is what the task ends with',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError:
                  raise ValueError('instead')
          t = create_task(child())
          await sleep(1)
          t.cancel()
          try:
              await t
          except Exception as e:
              ev('awaited', e, t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } catch {
          throw new RangeError('instead');
        }
      });
      await sleep(1);
      t.cancel();
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelled());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } catch {
          throw new RangeError('instead');
        }
      });
      yield* sleep(1);
      t.cancel();
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelled());
      }
    },
  },
  {
    title: 'a CancelledError thrown by hand ends the task cancelled, with its message',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              raise CancelledError('by hand')
          t = create_task(child())
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await sleep(1);
        throw new CancelledError('by hand');
      });
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelled(), t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* sleep(1);
        throw new CancelledError('by hand');
      });
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelled(), t.cancelling());
      }
    },
  },
  {
    title:
      'a task whose future somebody else cancels ends cancelled, though nobody cancelled the task',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def child():
              await fut
          t = create_task(child())
          await sleep(1)
          fut.cancel('the future')
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.cancelled(), t.cancelling(), current_task().cancelling())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      const t = createTask(async () => {
        await fut;
      });
      await sleep(1);
      fut.cancel('the future');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelled(), t.cancelling(), currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      const t = createTask(function* () {
        yield* fut;
      });
      yield* sleep(1);
      fut.cancel('the future');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelled(), t.cancelling(), currentTask()!.cancelling());
      }
    },
  },
  {
    title:
      'a task cancelled while it gives its turn away with sleep(0) is struck when its turn comes',
    py: `
      async def main(ev):
          async def child():
              ev('start')
              try:
                  await sleep(0)
              except CancelledError as e:
                  ev('caught', e)
                  raise
          t = create_task(child())
          await sleep(0)
          t.cancel('mid-turn')
          ev('done?', t.done())
          await sleep(0)
          ev('done?', t.done(), t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        ev('start');
        try {
          await sleep(0);
        } catch (e) {
          ev('caught', e);
          throw e;
        }
      });
      await sleep(0);
      t.cancel('mid-turn');
      ev('done?', t.done());
      await sleep(0);
      ev('done?', t.done(), t.cancelled());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        ev('start');
        try {
          yield* sleep(0);
        } catch (e) {
          ev('caught', e);
          throw e;
        }
      });
      yield* sleep(0);
      t.cancel('mid-turn');
      ev('done?', t.done());
      yield* sleep(0);
      ev('done?', t.done(), t.cancelled());
    },
  },
  {
    title: 'cancelled twice while it is ready to run, the last message wins',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(0)
              except CancelledError as e:
                  ev('caught', e, current_task().cancelling())
              await sleep(1)
          t = create_task(child())
          await sleep(0)
          t.cancel('one')
          t.cancel('two')
          await t
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(0);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
        await sleep(1);
      });
      await sleep(0);
      t.cancel('one');
      t.cancel('two');
      await t;
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(0);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
        yield* sleep(1);
      });
      yield* sleep(0);
      t.cancel('one');
      t.cancel('two');
      yield* t;
    },
  },
  {
    title: 'of two tasks that cancel each other at one deadline, the first to run survives',
    py: `
      async def main(ev):
          tasks = []
          async def child(name, other):
              try:
                  await sleep(1)
                  ev('awake', name, tasks[other].cancel(name))
                  await sleep(1)
                  ev('survived', name)
              except CancelledError as e:
                  ev('caught', name, e)
                  raise
          tasks += [create_task(child('a', 1)), create_task(child('b', 0))]
          await wait(tasks)
          ev('state', [t.cancelled() for t in tasks])
    `,
    async: async (ev) => {
      const tasks: Task<void>[] = [];
      const child = coroutine(async (name: string, other: number) => {
        try {
          await sleep(1);
          ev('awake', name, tasks[other]!.cancel(name));
          await sleep(1);
          ev('survived', name);
        } catch (e) {
          ev('caught', name, e);
          throw e;
        }
      });
      tasks.push(createTask(child('a', 1)), createTask(child('b', 0)));
      await wait(tasks);
      ev(
        'state',
        tasks.map((t) => t.cancelled()),
      );
    },
    gen: function* (ev) {
      const tasks: Task<void>[] = [];
      function* child(name: string, other: number) {
        try {
          yield* sleep(1);
          ev('awake', name, tasks[other]!.cancel(name));
          yield* sleep(1);
          ev('survived', name);
        } catch (e) {
          ev('caught', name, e);
          throw e;
        }
      }
      tasks.push(createTask(child('a', 1)), createTask(child('b', 0)));
      yield* wait(tasks);
      ev(
        'state',
        tasks.map((t) => t.cancelled()),
      );
    },
  },
  {
    title: 'a cancellation at the very deadline of a sleep wins, whichever timer was made first',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child(name):
              try:
                  await sleep(1)
                  ev('slept', name)
              except CancelledError as e:
                  ev('caught', name, e)
          early = create_task(child('cancel made after the sleep'))
          await sleep(0)
          loop.call_later(1, early.cancel, 'a')
          late = []
          loop.call_later(1, lambda: late[0].cancel('b'))
          late.append(create_task(child('cancel made before the sleep')))
          await sleep(2)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const child = coroutine(async (name: string) => {
        try {
          await sleep(1);
          ev('slept', name);
        } catch (e) {
          ev('caught', name, e);
        }
      });
      const early = createTask(child('cancel made after the sleep'));
      await sleep(0);
      loop.callLater(1, () => early.cancel('a'));
      loop.callLater(1, () => late.cancel('b'));
      const late = createTask(child('cancel made before the sleep'));
      await sleep(2);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* child(name: string) {
        try {
          yield* sleep(1);
          ev('slept', name);
        } catch (e) {
          ev('caught', name, e);
        }
      }
      const early = createTask(child('cancel made after the sleep'));
      yield* sleep(0);
      loop.callLater(1, () => early.cancel('a'));
      loop.callLater(1, () => late.cancel('b'));
      const late = createTask(child('cancel made before the sleep'));
      yield* sleep(2);
    },
  },
  {
    title: 'the main task can be cancelled by a callback and go on',
    py: `
      async def main(ev):
          me = current_task()
          get_running_loop().call_later(1, me.cancel, 'from a callback')
          try:
              await sleep(5)
          except CancelledError as e:
              ev('caught', e, me.cancelling(), me.uncancel())
          await sleep(1)
          return 'went on'
    `,
    async: async (ev) => {
      const me = currentTask()!;
      getRunningLoop().callLater(1, () => me.cancel('from a callback'));
      try {
        await sleep(5);
      } catch (e) {
        ev('caught', e, me.cancelling(), me.uncancel());
      }
      await sleep(1);
      return 'went on';
    },
    gen: function* (ev) {
      const me = currentTask()!;
      getRunningLoop().callLater(1, () => me.cancel('from a callback'));
      try {
        yield* sleep(5);
      } catch (e) {
        ev('caught', e, me.cancelling(), me.uncancel());
      }
      yield* sleep(1);
      return 'went on';
    },
  },
  {
    title: 'a task cannot await itself: it gets a RuntimeError at that place and goes on',
    py: `
      async def main(ev):
          async def child():
              try:
                  await current_task()
              except RuntimeError as e:
                  ev('caught', e)
              await sleep(1)
              return 'went on'
          ev('awaited', await create_task(child()))
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await currentTask()!;
        } catch (e) {
          ev('caught', e);
        }
        await sleep(1);
        return 'went on';
      });
      ev('awaited', await t);
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* currentTask()!;
        } catch (e) {
          ev('caught', e);
        }
        yield* sleep(1);
        return 'went on';
      });
      ev('awaited', yield* t);
    },
  },
  {
    title: 'a return in finally swallows the cancellation',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              finally:
                  return 'from finally'
          t = create_task(child())
          await sleep(1)
          t.cancel()
          ev('awaited', await t, t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(10);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- it is what this pair is about
          return 'from finally';
        }
      });
      await sleep(1);
      t.cancel();
      ev('awaited', await t, t.cancelled());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(10);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- it is what this pair is about
          return 'from finally';
        }
      });
      yield* sleep(1);
      t.cancel();
      ev('awaited', yield* t, t.cancelled());
    },
  },
  {
    title: 'a finally that cancels its own task makes the next await in it throw',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(1)
              finally:
                  current_task().cancel('in finally')
                  try:
                      await sleep(1)
                  except CancelledError as e:
                      ev('caught', e)
              return 'value'
          t = create_task(child())
          ev('awaited', await t, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(1);
        } finally {
          currentTask()!.cancel('in finally');
          try {
            await sleep(1);
          } catch (e) {
            ev('caught', e);
          }
        }
        return 'value';
      });
      ev('awaited', await t, t.cancelling());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(1);
        } finally {
          currentTask()!.cancel('in finally');
          try {
            yield* sleep(1);
          } catch (e) {
            ev('caught', e);
          }
        }
        return 'value';
      });
      ev('awaited', yield* t, t.cancelling());
    },
  },
  {
    title:
      'a task cancelled in the turn in which the awaited task ended is struck, though the value was there',
    py: `
      async def main(ev):
          async def inner():
              await sleep(1)
              return 'value'
          i = create_task(inner())
          async def outer():
              try:
                  ev('value', await i)
              except CancelledError as e:
                  ev('caught', e, i.done(), i.cancelled())
          o = create_task(outer())
          # Added before o awaits i, so it runs when i is over and o does not know it yet.
          i.add_done_callback(lambda f: ev('cancel', o.cancel('at the last moment')))
          await wait([o])
    `,
    async: async (ev) => {
      const inner = coroutine(async () => {
        await sleep(1);
        return 'value';
      });
      const i = createTask(inner());
      const o = createTask(async () => {
        try {
          ev('value', await i);
        } catch (e) {
          ev('caught', e, i.done(), i.cancelled());
        }
      });
      i.addDoneCallback(() => ev('cancel', o.cancel('at the last moment')));
      await wait([o]);
    },
    gen: function* (ev) {
      function* inner() {
        yield* sleep(1);
        return 'value';
      }
      const i = createTask(inner());
      const o = createTask(function* () {
        try {
          ev('value', yield* i);
        } catch (e) {
          ev('caught', e, i.done(), i.cancelled());
        }
      });
      i.addDoneCallback(() => ev('cancel', o.cancel('at the last moment')));
      yield* wait([o]);
    },
  },
  {
    title: 'cancelling tasks in a loop and gathering them is the orderly way down',
    py: `
      async def main(ev):
          async def worker(n):
              try:
                  while True:
                      await sleep(n)
                      ev('tick', n)
              finally:
                  await sleep(0.5)
                  ev('worker is down', n)
          workers = [create_task(worker(n)) for n in (1, 2, 3)]
          await sleep(4)
          for w in workers:
              w.cancel('down')
          ev('results', await gather(*workers, return_exceptions=True))
    `,
    async: async (ev) => {
      const worker = coroutine(async (n: number) => {
        try {
          while (true) {
            await sleep(n);
            ev('tick', n);
          }
        } finally {
          await sleep(0.5);
          ev('worker is down', n);
        }
      });
      const workers = [1, 2, 3].map((n) => createTask(worker(n)));
      await sleep(4);
      for (const w of workers) w.cancel('down');
      ev('results', await gather(...workers, { returnExceptions: true }));
    },
    gen: function* (ev) {
      function* worker(n: number) {
        try {
          while (true) {
            yield* sleep(n);
            ev('tick', n);
          }
        } finally {
          yield* sleep(0.5);
          ev('worker is down', n);
        }
      }
      const workers = [1, 2, 3].map((n) => createTask(worker(n)));
      yield* sleep(4);
      for (const w of workers) w.cancel('down');
      ev('results', yield* gather(...workers, { returnExceptions: true }));
    },
  },
  {
    title:
      'the message of a swallowed cancellation is gone when the task later ends cancelled for another reason',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def child(ending):
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('swallowed', e)
              if ending == 'by hand':
                  raise CancelledError('by hand')
              if ending == 'future':
                  await fut
              current_task().cancel()
              if ending == 'return':
                  return
              await sleep(1)
          get_running_loop().call_later(3, fut.cancel)
          for ending in ('by hand', 'future', 'return', 'await'):
              t = create_task(child(ending))
              await sleep(1)
              t.cancel('swallowed message')
              for _ in range(2):
                  try:
                      await t
                  except CancelledError as e:
                      ev(ending, e, t.cancelled(), t.cancelling())
              ev('gathered', await gather(t, return_exceptions=True))
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      const child = coroutine(async (ending: string) => {
        try {
          await sleep(5);
        } catch (e) {
          ev('swallowed', e);
        }
        if (ending === 'by hand') throw new CancelledError('by hand');
        if (ending === 'future') await fut;
        currentTask()!.cancel();
        if (ending === 'return') return;
        await sleep(1);
      });
      getRunningLoop().callLater(3, () => fut.cancel());
      for (const ending of ['by hand', 'future', 'return', 'await']) {
        const t = createTask(child(ending));
        await sleep(1);
        t.cancel('swallowed message');
        for (let look = 0; look < 2; look++) {
          try {
            await t;
          } catch (e) {
            ev(ending, e, t.cancelled(), t.cancelling());
          }
        }
        ev('gathered', await gather(t, { returnExceptions: true }));
      }
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      function* child(ending: string) {
        try {
          yield* sleep(5);
        } catch (e) {
          ev('swallowed', e);
        }
        if (ending === 'by hand') throw new CancelledError('by hand');
        if (ending === 'future') yield* fut;
        currentTask()!.cancel();
        if (ending === 'return') return;
        yield* sleep(1);
      }
      getRunningLoop().callLater(3, () => fut.cancel());
      for (const ending of ['by hand', 'future', 'return', 'await']) {
        const t = createTask(child(ending));
        yield* sleep(1);
        t.cancel('swallowed message');
        for (let look = 0; look < 2; look++) {
          try {
            yield* t;
          } catch (e) {
            ev(ending, e, t.cancelled(), t.cancelling());
          }
        }
        ev('gathered', yield* gather(t, { returnExceptions: true }));
      }
    },
  },
  {
    title:
      "a cancel() after the swallowed one overwrites the task's message, also for who looks at the task only later",
    py: `
      async def main(ev):
          async def child():
              for _ in range(2):
                  try:
                      await sleep(5)
                  except CancelledError as e:
                      ev('swallowed', e)
              await sleep(5)
          t = create_task(child())
          await sleep(1)
          for message in ('one', 'two', None):
              t.cancel(message)
              await sleep(1)
          attempt(ev, 'result', t.result)
          attempt(ev, 'again', t.result)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        for (let i = 0; i < 2; i++) {
          try {
            await sleep(5);
          } catch (e) {
            ev('swallowed', e);
          }
        }
        await sleep(5);
      });
      await sleep(1);
      for (const message of ['one', 'two', undefined]) {
        t.cancel(message);
        await sleep(1);
      }
      attempt(ev, 'result', () => t.result());
      attempt(ev, 'again', () => t.result());
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        for (let i = 0; i < 2; i++) {
          try {
            yield* sleep(5);
          } catch (e) {
            ev('swallowed', e);
          }
        }
        yield* sleep(5);
      });
      yield* sleep(1);
      for (const message of ['one', 'two', undefined]) {
        t.cancel(message);
        yield* sleep(1);
      }
      attempt(ev, 'result', () => t.result());
      attempt(ev, 'again', () => t.result());
    },
  },
];
