// waitFor: a limit in time around one awaitable.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  ContextVar,
  Task,
  TimeoutError,
  allTasks,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  shield,
  sleep,
  waitFor,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'a value in time comes through; null is no limit',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              return n
          ev('in time', await wait_for(child(1), 2))
          ev('no limit', await wait_for(child(1000), None))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        return n;
      });
      ev('in time', await waitFor(child(1), 2));
      ev('no limit', await waitFor(child(1000), null));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        return n;
      }
      ev('in time', yield* waitFor(child(1), 2));
      ev('no limit', yield* waitFor(child(1000), null));
    },
  },
  {
    title:
      'at the limit the inner one is cancelled, without a message, and its cleanup is waited for',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('child', e)
                  await sleep(2)
                  ev('clean')
                  raise
          try:
              await wait_for(child(), 1)
          except TimeoutError as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        try {
          await sleep(10);
        } catch (e) {
          ev('child', e);
          await sleep(2);
          ev('clean');
          throw e;
        }
      });
      try {
        await waitFor(child(), 1);
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      function* child() {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('child', e);
          yield* sleep(2);
          ev('clean');
          throw e;
        }
      }
      try {
        yield* waitFor(child(), 1);
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'an inner one that swallows the cancellation gives its value, and no TimeoutError',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError:
                  return 'kept'
          ev('coroutine', await wait_for(child(), 1), current_task().cancelling())
          ev('task', await wait_for(create_task(child()), 1), current_task().cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        try {
          await sleep(10);
        } catch {
          return 'kept';
        }
        return 'slept';
      });
      ev('coroutine', await waitFor(child(), 1), currentTask()!.cancelling());
      ev('task', await waitFor(createTask(child()), 1), currentTask()!.cancelling());
    },
    gen: function* (ev) {
      function* child() {
        try {
          yield* sleep(10);
        } catch {
          return 'kept';
        }
        return 'slept';
      }
      ev('coroutine', yield* waitFor(child(), 1), currentTask()!.cancelling());
      ev('task', yield* waitFor(createTask(child()), 1), currentTask()!.cancelling());
    },
  },
  {
    title:
      'an inner one that answers the cancellation with an error of its own: that error comes out',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(10)
              except CancelledError:
                  raise ValueError('own')
          for make in (child, lambda: create_task(child())):
              try:
                  await wait_for(make(), 1)
              except Exception as e:
                  ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        try {
          await sleep(10);
        } catch {
          throw new RangeError('own');
        }
      });
      for (const make of [child, () => createTask(child())]) {
        try {
          await waitFor(make(), 1);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      }
    },
    gen: function* (ev) {
      const child = coroutine(function* () {
        try {
          yield* sleep(10);
        } catch {
          throw new RangeError('own');
        }
      });
      for (const make of [child, () => createTask(child())]) {
        try {
          yield* waitFor(make(), 1);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      }
    },
  },
  {
    title: 'with a limit of 0 or below a coroutine never starts',
    py: `
      async def main(ev):
          async def child():
              ev('never')
              return 1
          for limit in (0, -1):
              try:
                  ev('value', await wait_for(child(), limit))
              except TimeoutError as e:
                  ev('caught', e)
          await sleep(1)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        ev('never');
        return 1;
      });
      for (const limit of [0, -1]) {
        try {
          ev('value', await waitFor(child(), limit));
        } catch (e) {
          ev('caught', e);
        }
      }
      await sleep(1);
    },
    gen: function* (ev) {
      function* child() {
        ev('never');
        return 1;
      }
      for (const limit of [0, -1]) {
        try {
          ev('value', yield* waitFor(child(), limit));
        } catch (e) {
          ev('caught', e);
        }
      }
      yield* sleep(1);
    },
  },
  {
    title:
      'with a limit of 0 a future that is done gives what it has, without a turn; one that is not is cancelled',
    py: `
      async def main(ev):
          loop = get_running_loop()
          good, bad, pending = [loop.create_future() for _ in range(3)]
          good.set_result('value')
          bad.set_exception(ValueError('broken'))
          loop.call_soon(ev, 'a turn')
          ev('good', await wait_for(good, 0))
          try:
              await wait_for(bad, 0)
          except ValueError as e:
              ev('bad', e)
          try:
              await wait_for(pending, 0)
          except TimeoutError as e:
              ev('pending', e, pending.cancelled())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [good, bad, pending] = [
        loop.createFuture<string>(),
        loop.createFuture<string>(),
        loop.createFuture<string>(),
      ];
      good.setResult('value');
      bad.setException(new RangeError('broken'));
      loop.callSoon(ev, 'a turn');
      ev('good', await waitFor(good, 0));
      try {
        await waitFor(bad, 0);
      } catch (e) {
        ev('bad', e);
      }
      try {
        await waitFor(pending, 0);
      } catch (e) {
        ev('pending', e, pending.cancelled());
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [good, bad, pending] = [
        loop.createFuture<string>(),
        loop.createFuture<string>(),
        loop.createFuture<string>(),
      ];
      good.setResult('value');
      bad.setException(new RangeError('broken'));
      loop.callSoon(ev, 'a turn');
      ev('good', yield* waitFor(good, 0));
      try {
        yield* waitFor(bad, 0);
      } catch (e) {
        ev('bad', e);
      }
      try {
        yield* waitFor(pending, 0);
      } catch (e) {
        ev('pending', e, pending.cancelled());
      }
    },
  },
  {
    title: 'with a limit of 0 a running task is cancelled, waited for, and its own ending is heard',
    py: `
      async def main(ev):
          async def child(answer):
              try:
                  await sleep(10)
              except CancelledError:
                  await sleep(1)
                  if answer == 'value':
                      return answer
                  if answer == 'error':
                      raise ValueError('own')
                  raise
          for answer in ('value', 'error', 'cancelled'):
              t = create_task(child(answer))
              await sleep(0)
              try:
                  ev(answer, await wait_for(t, 0))
              except Exception as e:
                  ev(answer, e)
    `,
    async: async (ev) => {
      const child = coroutine(async (answer: string) => {
        try {
          await sleep(10);
        } catch (e) {
          await sleep(1);
          if (answer === 'value') return answer;
          if (answer === 'error') throw new RangeError('own');
          throw e;
        }
        return 'slept';
      });
      for (const answer of ['value', 'error', 'cancelled']) {
        const t = createTask(child(answer));
        await sleep(0);
        try {
          ev(answer, await waitFor(t, 0));
        } catch (e) {
          ev(answer, e);
        }
      }
    },
    gen: function* (ev) {
      function* child(answer: string) {
        try {
          yield* sleep(10);
        } catch (e) {
          yield* sleep(1);
          if (answer === 'value') return answer;
          if (answer === 'error') throw new RangeError('own');
          throw e;
        }
        return 'slept';
      }
      for (const answer of ['value', 'error', 'cancelled']) {
        const t = createTask(child(answer));
        yield* sleep(0);
        try {
          ev(answer, yield* waitFor(t, 0));
        } catch (e) {
          ev(answer, e);
        }
      }
    },
  },
  {
    title:
      'a coroutine runs inside the caller: the same task, the same context, no task of its own',
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          me = current_task()
          async def child():
              ev('inside', current_task() is me, all_tasks())
              var.set('set inside')
              await sleep(1)
          await wait_for(child(), 2)
          ev('after', var.get())
          await wait_for(create_task(child_of_its_own(ev, var)), 2)
          ev('after a task', var.get())

      async def child_of_its_own(ev, var):
          var.set('set in a task')
          await sleep(1)
    `,
    async: async (ev) => {
      const var_ = new ContextVar('var', { default: 'default' });
      const me = currentTask();
      const child = coroutine(async () => {
        ev('inside', currentTask() === me, allTasks());
        var_.set('set inside');
        await sleep(1);
      });
      await waitFor(child(), 2);
      ev('after', var_.get());
      const own = createTask(async () => {
        var_.set('set in a task');
        await sleep(1);
      });
      await waitFor(own, 2);
      ev('after a task', var_.get());
    },
    gen: function* (ev) {
      const var_ = new ContextVar('var', { default: 'default' });
      const me = currentTask();
      function* child() {
        ev('inside', currentTask() === me, allTasks());
        var_.set('set inside');
        yield* sleep(1);
      }
      yield* waitFor(child(), 2);
      ev('after', var_.get());
      const own = createTask(function* () {
        var_.set('set in a task');
        yield* sleep(1);
      });
      yield* waitFor(own, 2);
      ev('after a task', var_.get());
    },
  },
  {
    title: 'at the exact deadline it times out, even if the result is there',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          loop.call_later(1, fut.set_result, 'there')
          try:
              ev('value', await wait_for(fut, 1))
          except TimeoutError as e:
              ev('caught', e, fut.result())
          async def child():
              try:
                  await sleep(1)
                  ev('slept')
              except CancelledError as e:
                  ev('child', e)
                  raise
          try:
              await wait_for(child(), 1)
          except TimeoutError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const fut = loop.createFuture<string>();
      loop.callLater(1, () => fut.setResult('there'));
      try {
        ev('value', await waitFor(fut, 1));
      } catch (e) {
        ev('caught', e, fut.result());
      }
      const child = coroutine(async () => {
        try {
          await sleep(1);
          ev('slept');
        } catch (e) {
          ev('child', e);
          throw e;
        }
      });
      try {
        await waitFor(child(), 1);
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const fut = loop.createFuture<string>();
      loop.callLater(1, () => fut.setResult('there'));
      try {
        ev('value', yield* waitFor(fut, 1));
      } catch (e) {
        ev('caught', e, fut.result());
      }
      function* child() {
        try {
          yield* sleep(1);
          ev('slept');
        } catch (e) {
          ev('child', e);
          throw e;
        }
      }
      try {
        yield* waitFor(child(), 1);
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title:
      'a cancellation from outside goes through to the inner one with its message, and is no timeout',
    py: `
      async def main(ev):
          async def child(name):
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev(name, e)
                  raise
          async def outer(make):
              try:
                  await wait_for(make(), 5)
              except BaseException as e:
                  ev('outer', e)
                  raise
          for make in (lambda: child('coroutine'), lambda: create_task(child('task'))):
              t = create_task(outer(make))
              await sleep(1)
              t.cancel('from outside')
              try:
                  await t
              except CancelledError as e:
                  ev('awaited', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (name: string) => {
        try {
          await sleep(10);
        } catch (e) {
          ev(name, e);
          throw e;
        }
      });
      for (const make of [() => child('coroutine'), () => createTask(child('task'))]) {
        const t = createTask(async () => {
          try {
            await waitFor(make(), 5);
          } catch (e) {
            ev('outer', e);
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
      }
    },
    gen: function* (ev) {
      const child = coroutine(function* (name: string) {
        try {
          yield* sleep(10);
        } catch (e) {
          ev(name, e);
          throw e;
        }
      });
      for (const make of [() => child('coroutine'), () => createTask(child('task'))]) {
        const t = createTask(function* () {
          try {
            yield* waitFor(make(), 5);
          } catch (e) {
            ev('outer', e);
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
      }
    },
  },
  {
    title: 'cancelled from outside at the very deadline, it is a cancellation and no timeout',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def outer():
              try:
                  await wait_for(sleep(10), 1)
              except BaseException as e:
                  ev('outer', e, current_task().cancelling())
          for first in (True, False):
              if first:
                  ts = []
                  loop.call_later(1, lambda: ts[0].cancel('before the timer of the limit'))
                  ts.append(create_task(outer()))
              else:
                  ts = [create_task(outer())]
                  await sleep(0)
                  loop.call_later(1, ts[0].cancel, 'behind the timer of the limit')
              await ts[0]
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const outer = coroutine(async () => {
        try {
          await waitFor(sleep(10), 1);
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
        }
      });
      loop.callLater(1, () => before.cancel('before the timer of the limit'));
      const before = createTask(outer());
      await before;
      const behind = createTask(outer());
      await sleep(0);
      loop.callLater(1, () => behind.cancel('behind the timer of the limit'));
      await behind;
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* outer() {
        try {
          yield* waitFor(sleep(10), 1);
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
        }
      }
      loop.callLater(1, () => before.cancel('before the timer of the limit'));
      const before = createTask(outer());
      yield* before;
      const behind = createTask(outer());
      yield* sleep(0);
      loop.callLater(1, () => behind.cancel('behind the timer of the limit'));
      yield* behind;
    },
  },
  {
    title: 'nested limits: the shorter one strikes, and the longer one is not disturbed',
    py: `
      async def main(ev):
          async def inner(limit):
              try:
                  await wait_for(sleep(10), limit)
              except TimeoutError as e:
                  ev('inner', e)
                  await sleep(1)
                  return 'inner gave up'
          for limits in ((1, 5), (5, 1), (1, 1.5)):
              try:
                  ev('outer', await wait_for(inner(limits[0]), limits[1]))
              except TimeoutError as e:
                  ev('outer', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const inner = coroutine(async (limit: number) => {
        try {
          await waitFor(sleep(10), limit);
        } catch (e) {
          if (!(e instanceof TimeoutError)) throw e;
          ev('inner', e);
          await sleep(1);
          return 'inner gave up';
        }
        return null;
      });
      for (const [a, b] of [
        [1, 5],
        [5, 1],
        [1, 1.5],
      ] as const) {
        try {
          ev('outer', await waitFor(inner(a), b));
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
        }
      }
    },
    gen: function* (ev) {
      function* inner(limit: number) {
        try {
          yield* waitFor(sleep(10), limit);
        } catch (e) {
          if (!(e instanceof TimeoutError)) throw e;
          ev('inner', e);
          yield* sleep(1);
          return 'inner gave up';
        }
        return null;
      }
      for (const [a, b] of [
        [1, 5],
        [5, 1],
        [1, 1.5],
      ] as const) {
        try {
          ev('outer', yield* waitFor(inner(a), b));
        } catch (e) {
          ev('outer', e, currentTask()!.cancelling());
        }
      }
    },
  },
  {
    title:
      'nested limits with the same deadline: the inner one gets no chance to answer with TimeoutError',
    py: `
      async def main(ev):
          async def inner():
              try:
                  await wait_for(sleep(10), 1)
              except BaseException as e:
                  ev('inner', e, current_task().cancelling())
                  raise
          try:
              await wait_for(inner(), 1)
          except BaseException as e:
              ev('outer', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const inner = coroutine(async () => {
        try {
          await waitFor(sleep(10), 1);
        } catch (e) {
          ev('inner', e, currentTask()!.cancelling());
          throw e;
        }
      });
      try {
        await waitFor(inner(), 1);
      } catch (e) {
        ev('outer', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      function* inner() {
        try {
          yield* waitFor(sleep(10), 1);
        } catch (e) {
          ev('inner', e, currentTask()!.cancelling());
          throw e;
        }
      }
      try {
        yield* waitFor(inner(), 1);
      } catch (e) {
        ev('outer', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'a TimeoutError of the inner one itself comes through, before the limit',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              raise TimeoutError('of its own')
          try:
              await wait_for(child(), 5)
          except TimeoutError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        await sleep(1);
        throw new TimeoutError('of its own');
      });
      try {
        await waitFor(child(), 5);
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      function* child() {
        yield* sleep(1);
        throw new TimeoutError('of its own');
      }
      try {
        yield* waitFor(child(), 5);
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'an inner future that somebody else cancels gives CancelledError, not TimeoutError',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          get_running_loop().call_later(1, fut.cancel, 'by somebody')
          try:
              await wait_for(fut, 5)
          except CancelledError as e:
              ev('caught', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      getRunningLoop().callLater(1, () => fut.cancel('by somebody'));
      try {
        await waitFor(fut, 5);
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      getRunningLoop().callLater(1, () => fut.cancel('by somebody'));
      try {
        yield* waitFor(fut, 5);
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'around a shield the limit strikes the waiting only: the inner task goes on',
    py: `
      async def main(ev):
          async def child():
              await sleep(3)
              ev('child ends')
              return 'value'
          t = create_task(child())
          for limit in (1, 1, 5):
              try:
                  ev('value', await wait_for(shield(t), limit))
              except TimeoutError as e:
                  ev('caught', e)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await sleep(3);
        ev('child ends');
        return 'value';
      });
      for (const limit of [1, 1, 5]) {
        try {
          ev('value', await waitFor(shield(t), limit));
        } catch (e) {
          ev('caught', e);
        }
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* sleep(3);
        ev('child ends');
        return 'value';
      });
      for (const limit of [1, 1, 5]) {
        try {
          ev('value', yield* waitFor(shield(t), limit));
        } catch (e) {
          ev('caught', e);
        }
      }
    },
  },
  {
    title: 'the limit cancels a task that others wait for too',
    py: `
      async def main(ev):
          async def child():
              await sleep(5)
          t = create_task(child())
          async def other():
              try:
                  await t
              except CancelledError as e:
                  ev('other', e, current_task().cancelling())
          o = create_task(other())
          try:
              await wait_for(t, 1)
          except TimeoutError as e:
              ev('caught', e, t.cancelled(), t.cancelling())
          await o
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        await sleep(5);
      });
      const o = createTask(async () => {
        try {
          await t;
        } catch (e) {
          ev('other', e, currentTask()!.cancelling());
        }
      });
      try {
        await waitFor(t, 1);
      } catch (e) {
        ev('caught', e, t.cancelled(), t.cancelling());
      }
      await o;
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        yield* sleep(5);
      });
      const o = createTask(function* () {
        try {
          yield* t;
        } catch (e) {
          ev('other', e, currentTask()!.cancelling());
        }
      });
      try {
        yield* waitFor(t, 1);
      } catch (e) {
        ev('caught', e, t.cancelled(), t.cancelling());
      }
      yield* o;
    },
  },
  {
    title: 'the task factory is not asked for a positive limit or none; it is for a limit of zero',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def factory(loop, coro, **kwargs):
              ev('factory')
              return Task(coro, loop=loop, **kwargs)
          loop.set_task_factory(factory)
          async def child():
              await sleep(1)
          for limit in (5, None, 0):
              try:
                  await wait_for(child(), limit)
                  ev('in time', limit)
              except TimeoutError:
                  ev('timed out', limit)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.setTaskFactory((factoryLoop, body, options) => {
        ev('factory');
        return new Task(body, { ...options, loop: factoryLoop });
      });
      const child = coroutine(async () => {
        await sleep(1);
      });
      for (const limit of [5, null, 0]) {
        try {
          await waitFor(child(), limit);
          ev('in time', limit);
        } catch {
          ev('timed out', limit);
        }
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.setTaskFactory((factoryLoop, body, options) => {
        ev('factory');
        return new Task(body, { ...options, loop: factoryLoop });
      });
      function* child() {
        yield* sleep(1);
      }
      for (const limit of [5, null, 0]) {
        try {
          yield* waitFor(child(), limit);
          ev('in time', limit);
        } catch {
          ev('timed out', limit);
        }
      }
    },
  },
];
