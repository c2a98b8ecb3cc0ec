// Eager tasks and task factories. The eager step of an async body ends at its first await, also of what is done
// already, and its end shows a microtask later (docs/differences.md, `eager-async`): pairs about such steps differ.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  ContextVar,
  type Future,
  type GeneratorBody,
  Task,
  type TaskFactory,
  allTasks,
  copyContext,
  coroutine,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  gather,
  getRunningLoop,
  shield,
  sleep,
  taskGroup,
  timeout,
  wait,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title:
      'an eager task runs to its first suspension before createTask returns, and goes on in its turn',
    py: `
      async def main(ev):
          async def child(name):
              ev('starts', name)
              await sleep(0)
              ev('goes on', name)
          get_running_loop().call_soon(ev, 'callback')
          lazy = create_task(child('lazy'))
          eager = create_task(child('eager'), eager_start=True)
          ev('made', eager.done())
          await gather(lazy, eager)
    `,
    async: async (ev) => {
      const child = coroutine(async (name: string) => {
        ev('starts', name);
        await sleep(0);
        ev('goes on', name);
      });
      getRunningLoop().callSoon(ev, 'callback');
      const lazy = createTask(child('lazy'));
      const eager = createTask(child('eager'), { eagerStart: true });
      ev('made', eager.done());
      await gather(lazy, eager);
    },
    gen: function* (ev) {
      function* child(name: string) {
        ev('starts', name);
        yield* sleep(0);
        ev('goes on', name);
      }
      getRunningLoop().callSoon(ev, 'callback');
      const lazy = createTask(child('lazy'));
      const eager = createTask(child('eager'), { eagerStart: true });
      ev('made', eager.done());
      yield* gather(lazy, eager);
    },
  },
  {
    title: 'an eager task that never suspends is done when createTask returns',
    py: `
      async def main(ev):
          async def child():
              return 'value'
          async def bad():
              raise ValueError('at once')
          t = create_task(child(), eager_start=True)
          ev('done', t.done(), t.done() and t.result())
          b = create_task(bad(), eager_start=True)
          ev('failed', b.done(), b.done() and b.exception())
          get_running_loop().call_soon(ev, 'a turn')
          ev('awaited', await t)
          await wait([b])
    `,
    async: async (ev) => {
      const t = createTask(async () => 'value', { eagerStart: true });
      ev('done', t.done(), t.done() && t.result());
      const b = createTask(
        async () => {
          throw new RangeError('at once');
        },
        { eagerStart: true },
      );
      ev('failed', b.done(), b.done() && b.exception());
      getRunningLoop().callSoon(ev, 'a turn');
      ev('awaited', await t);
      await wait([b]);
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          return 'value';
        },
        { eagerStart: true },
      );
      ev('done', t.done(), t.done() && t.result());
      const b = createTask(
        function* () {
          throw new RangeError('at once');
        },
        { eagerStart: true },
      );
      ev('failed', b.done(), b.done() && b.exception());
      getRunningLoop().callSoon(ev, 'a turn');
      ev('awaited', yield* t);
      yield* wait([b]);
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'done', false, false],
          [0, 'failed', false, false],
          [0, 'awaited', 'value'],
          [0, 'a turn'],
        ],
      },
    },
  },
  {
    title:
      'during the eager step the new task is the current one, it has its name, and is among all tasks',
    py: `
      async def main(ev):
          async def child():
              ev('inside', current_task(), all_tasks())
              await sleep(0)
              ev('later', current_task())
          t = create_task(child(), name='eager', eager_start=True)
          ev('outside', current_task(), all_tasks())
          await t
          ev('after', current_task(), all_tasks())
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          ev('inside', currentTask(), allTasks());
          await sleep(0);
          ev('later', currentTask());
        },
        { name: 'eager', eagerStart: true },
      );
      ev('outside', currentTask(), allTasks());
      await t;
      ev('after', currentTask(), allTasks());
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          ev('inside', currentTask(), allTasks());
          yield* sleep(0);
          ev('later', currentTask());
        },
        { name: 'eager', eagerStart: true },
      );
      ev('outside', currentTask(), allTasks());
      yield* t;
      ev('after', currentTask(), allTasks());
    },
  },
  {
    title: 'an eager step runs in a copy of the context: what it sets stays inside',
    py: `
      async def main(ev):
          var = ContextVar('var', default='none')
          async def child():
              ev('sees', var.get())
              var.set('child')
              await sleep(0)
              ev('keeps', var.get())
          var.set('main')
          t = create_task(child(), eager_start=True)
          ev('untouched', var.get())
          var.set('changed later')
          await t
          ctx = copy_context()
          await create_task(child(), eager_start=True, context=ctx)
          ev('a given context is written to', ctx.get(var), var.get())
    `,
    async: async (ev) => {
      const var_ = new ContextVar('var', { default: 'none' });
      const child = coroutine(async () => {
        ev('sees', var_.get());
        var_.set('child');
        await sleep(0);
        ev('keeps', var_.get());
      });
      var_.set('main');
      const t = createTask(child(), { eagerStart: true });
      ev('untouched', var_.get());
      var_.set('changed later');
      await t;
      const ctx = copyContext();
      await createTask(child(), { eagerStart: true, context: ctx });
      ev('a given context is written to', ctx.get(var_), var_.get());
    },
    gen: function* (ev) {
      const var_ = new ContextVar('var', { default: 'none' });
      function* child() {
        ev('sees', var_.get());
        var_.set('child');
        yield* sleep(0);
        ev('keeps', var_.get());
      }
      var_.set('main');
      const t = createTask(child(), { eagerStart: true });
      ev('untouched', var_.get());
      var_.set('changed later');
      yield* t;
      const ctx = copyContext();
      yield* createTask(child(), { eagerStart: true, context: ctx });
      ev('a given context is written to', ctx.get(var_), var_.get());
    },
  },
  {
    title:
      'an eager task that is cancelled as soon as createTask returned is struck at the await it stands at',
    py: `
      async def main(ev):
          async def child():
              ev('starts')
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('caught', e)
                  raise
          t = create_task(child(), eager_start=True)
          ev('cancel', t.cancel('early'), t.done())
          await wait([t])
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          ev('starts');
          try {
            await sleep(5);
          } catch (e) {
            ev('caught', e);
            throw e;
          }
        },
        { eagerStart: true },
      );
      ev('cancel', t.cancel('early'), t.done());
      await wait([t]);
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          ev('starts');
          try {
            yield* sleep(5);
          } catch (e) {
            ev('caught', e);
            throw e;
          }
        },
        { eagerStart: true },
      );
      ev('cancel', t.cancel('early'), t.done());
      yield* wait([t]);
    },
  },
  {
    title: 'a task that cancels itself in its eager step is struck where it suspends',
    py: `
      async def main(ev):
          async def child():
              current_task().cancel('by myself')
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('caught', e)
                  raise
          t = create_task(child(), eager_start=True)
          ev('made', t.done(), t.cancelling())
          await wait([t])
          ev('after', t.cancelled())
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          currentTask()!.cancel('by myself');
          try {
            await sleep(5);
          } catch (e) {
            ev('caught', e);
            throw e;
          }
        },
        { eagerStart: true },
      );
      ev('made', t.done(), t.cancelling());
      await wait([t]);
      ev('after', t.cancelled());
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          currentTask()!.cancel('by myself');
          try {
            yield* sleep(5);
          } catch (e) {
            ev('caught', e);
            throw e;
          }
        },
        { eagerStart: true },
      );
      ev('made', t.done(), t.cancelling());
      yield* wait([t]);
      ev('after', t.cancelled());
    },
  },
  {
    title: 'eager tasks inside eager tasks run depth first',
    py: `
      async def main(ev):
          async def child(depth):
              ev('starts', depth, current_task().get_name())
              if depth < 3:
                  inner = create_task(child(depth + 1), name=str(depth + 1), eager_start=True)
                  ev('back in', depth, current_task().get_name())
                  await inner
              else:
                  await sleep(1)
              ev('ends', depth)
          t = create_task(child(1), name='1', eager_start=True)
          ev('main', current_task().get_name())
          await t
    `,
    async: async (ev) => {
      const child: (depth: number) => Promise<void> = async (depth) => {
        ev('starts', depth, currentTask()!.getName());
        if (depth < 3) {
          const inner = createTask(() => child(depth + 1), {
            name: String(depth + 1),
            eagerStart: true,
          });
          ev('back in', depth, currentTask()!.getName());
          await inner;
        } else {
          await sleep(1);
        }
        ev('ends', depth);
      };
      const t = createTask(() => child(1), { name: '1', eagerStart: true });
      ev('main', currentTask()!.getName());
      await t;
    },
    gen: function* (ev) {
      function* child(depth: number): GeneratorBody<void> {
        ev('starts', depth, currentTask()!.getName());
        if (depth < 3) {
          const inner = createTask(child(depth + 1), { name: String(depth + 1), eagerStart: true });
          ev('back in', depth, currentTask()!.getName());
          yield* inner;
        } else {
          yield* sleep(1);
        }
        ev('ends', depth);
      }
      const t = createTask(child(1), { name: '1', eagerStart: true });
      ev('main', currentTask()!.getName());
      yield* t;
    },
  },
  {
    title: 'under the eager task factory every combinator starts its children at once',
    py: `
      async def main(ev):
          get_running_loop().set_task_factory(eager_task_factory)
          async def child(name):
              ev('starts', name)
              await sleep(1)
              return name
          g = gather(child('a'), child('b'))
          ev('gather made', g.done())
          ev('gather', await g)
          async with TaskGroup() as tg:
              tg.create_task(child('c'))
              ev('group made')
          s = shield(child('d'))
          ev('shield made')
          await s
          lazy = create_task(child('lazy'), eager_start=False)
          ev('a task that asks for it starts later')
          await lazy
    `,
    async: async (ev) => {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const child = coroutine(async (name: string) => {
        ev('starts', name);
        await sleep(1);
        return name;
      });
      const g = gather(child('a'), child('b'));
      ev('gather made', g.done());
      ev('gather', await g);
      await taskGroup(async (tg) => {
        tg.createTask(child('c'));
        ev('group made');
      });
      const s = shield(child('d'));
      ev('shield made');
      await s;
      const lazy = createTask(child('lazy'), { eagerStart: false });
      ev('a task that asks for it starts later');
      await lazy;
    },
    gen: function* (ev) {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      function* child(name: string) {
        ev('starts', name);
        yield* sleep(1);
        return name;
      }
      const g = gather(child('a'), child('b'));
      ev('gather made', g.done());
      ev('gather', yield* g);
      yield* taskGroup(function* (tg) {
        tg.createTask(child('c'));
        ev('group made');
      });
      const s = shield(child('d'));
      ev('shield made');
      yield* s;
      const lazy = createTask(child('lazy'), { eagerStart: false });
      ev('a task that asks for it starts later');
      yield* lazy;
    },
  },
  {
    title: 'a gather of eager children that all end in their first step is done at once',
    py: `
      async def main(ev):
          get_running_loop().set_task_factory(eager_task_factory)
          async def child(n):
              return n
          async def bad():
              raise ValueError('at once')
          g = gather(child(1), child(2))
          ev('done', g.done())
          ev('values', await g)
          b = gather(child(1), bad())
          ev('done', b.done())
          try:
              await b
          except ValueError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const child = coroutine(async (n: number) => n);
      const bad = coroutine(async () => {
        throw new RangeError('at once');
      });
      const g = gather(child(1), child(2));
      ev('done', g.done());
      ev('values', await g);
      const b = gather(child(1), bad());
      ev('done', b.done());
      try {
        await b;
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      function* child(n: number) {
        return n;
      }
      function* bad() {
        throw new RangeError('at once');
      }
      const g = gather(child(1), child(2));
      ev('done', g.done());
      ev('values', yield* g);
      const b = gather(child(1), bad());
      ev('done', b.done());
      try {
        yield* b;
      } catch (e) {
        ev('caught', e);
      }
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'done', false],
          [0, 'values', [1, 2]],
          [0, 'done', false],
          [0, 'caught', { error: 'RangeError', message: 'at once' }],
        ],
      },
    },
  },
  {
    title:
      'an eager child that fails in its first step lets the body of its group go on to its next await',
    py: `
      async def main(ev):
          async def bad():
              raise ValueError('at once')
          try:
              async with TaskGroup() as tg:
                  t = tg.create_task(bad(), eager_start=True)
                  ev('the body goes on', t.done(), current_task().cancelling())
                  try:
                      await sleep(1)
                  except CancelledError as e:
                      ev('body', e)
                      raise
          except ExceptionGroup as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      try {
        await taskGroup(async (tg) => {
          const t = tg.createTask(
            async () => {
              throw new RangeError('at once');
            },
            { eagerStart: true },
          );
          ev('the body goes on', t.done(), currentTask()!.cancelling());
          try {
            await sleep(1);
          } catch (e) {
            ev('body', e);
            throw e;
          }
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      try {
        yield* taskGroup(function* (tg) {
          const t = tg.createTask(
            function* () {
              throw new RangeError('at once');
            },
            { eagerStart: true },
          );
          ev('the body goes on', t.done(), currentTask()!.cancelling());
          try {
            yield* sleep(1);
          } catch (e) {
            ev('body', e);
            throw e;
          }
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'the body goes on', false, 0],
          [0, 'body', { error: 'CancelledError', message: '*' }],
          [
            0,
            'caught',
            {
              error: 'ExceptionGroup',
              message: '*',
              errors: [{ error: 'RangeError', message: 'at once' }],
            },
          ],
        ],
      },
    },
  },
  {
    title: 'done callbacks of a task that ended in its eager step run at the next turn',
    py: `
      async def main(ev):
          async def child():
              return 'value'
          t = create_task(child(), eager_start=True)
          t.add_done_callback(lambda f: ev('callback', f.result()))
          get_running_loop().call_soon(ev, 'soon')
          ev('main', t.done())
          await sleep(0)
    `,
    async: async (ev) => {
      const t = createTask(async () => 'value', { eagerStart: true });
      t.addDoneCallback((f: Future<string>) => ev('callback', f.result()));
      getRunningLoop().callSoon(ev, 'soon');
      ev('main', t.done());
      await sleep(0);
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          return 'value';
        },
        { eagerStart: true },
      );
      t.addDoneCallback((f: Future<string>) => ev('callback', f.result()));
      getRunningLoop().callSoon(ev, 'soon');
      ev('main', t.done());
      yield* sleep(0);
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'main', false],
          [0, 'soon'],
          [0, 'callback', 'value'],
        ],
      },
    },
  },
  {
    title: 'an eager step goes on over what is done already, without suspending there',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          fut.set_result('ready')
          async def child():
              ev('ready', await fut)
              await sleep(1)
              ev('slept')
          t = create_task(child(), eager_start=True)
          ev('main')
          await t
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<string>();
      fut.setResult('ready');
      const t = createTask(
        async () => {
          ev('ready', await fut);
          await sleep(1);
          ev('slept');
        },
        { eagerStart: true },
      );
      ev('main');
      await t;
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<string>();
      fut.setResult('ready');
      const t = createTask(
        function* () {
          ev('ready', yield* fut);
          yield* sleep(1);
          ev('slept');
        },
        { eagerStart: true },
      );
      ev('main');
      yield* t;
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'main'],
          [0, 'ready', 'ready'],
          [1, 'slept'],
        ],
      },
    },
  },
  {
    title: 'a timeout of zero in an eager step strikes where the step suspends',
    py: `
      async def main(ev):
          async def child():
              try:
                  async with timeout(0):
                      ev('inside')
                      await sleep(0)
                      ev('never')
              except TimeoutError as e:
                  ev('caught', e, current_task().get_name())
          t = create_task(child(), name='eager', eager_start=True)
          ev('main', current_task().get_name())
          await t
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          try {
            await timeout(0, async () => {
              ev('inside');
              await sleep(0);
              ev('never');
            });
          } catch (e) {
            ev('caught', e, currentTask()!.getName());
          }
        },
        { name: 'eager', eagerStart: true },
      );
      ev('main', currentTask()!.getName());
      await t;
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          try {
            yield* timeout(0, function* () {
              ev('inside');
              yield* sleep(0);
              ev('never');
            });
          } catch (e) {
            ev('caught', e, currentTask()!.getName());
          }
        },
        { name: 'eager', eagerStart: true },
      );
      ev('main', currentTask()!.getName());
      yield* t;
    },
    differs: {
      async: {
        name: 'eager-async',
        events: [
          [0, 'main', 'Task-1'],
          [0, 'inside'],
          [0, 'caught', { error: 'TimeoutError', message: '*' }, 'eager'],
        ],
      },
    },
  },
  {
    title: 'a task factory makes every task of its loop, with the options that were given',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def factory(loop, coro, **kwargs):
              ev('factory', sorted(kwargs), kwargs.get('name'))
              return Task(coro, loop=loop, **kwargs)
          loop.set_task_factory(factory)
          ev('get', loop.get_task_factory() is factory)
          async def child(n):
              return n
          t = create_task(child(1), name='named')
          ev('named', t.get_name(), await t)
          ev('gather', await gather(child(2), child(3)))
          async with TaskGroup() as tg:
              tg.create_task(child(4), name='in a group')
          loop.set_task_factory(None)
          ev('none', loop.get_task_factory())
          await create_task(child(5))
          attempt(ev, 'no function', lambda: loop.set_task_factory('factory'))
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const factory: TaskFactory = (factoryLoop, body, options) => {
        ev('factory', Object.keys(options).toSorted(), options.name);
        return new Task(body, { ...options, loop: factoryLoop });
      };
      loop.setTaskFactory(factory);
      ev('get', loop.getTaskFactory() === factory);
      const child = coroutine(async (n: number) => n);
      const t = createTask(child(1), { name: 'named' });
      ev('named', t.getName(), await t);
      ev('gather', await gather(child(2), child(3)));
      await taskGroup(async (tg) => {
        tg.createTask(child(4), { name: 'in a group' });
      });
      loop.setTaskFactory(null);
      ev('none', loop.getTaskFactory());
      await createTask(child(5));
      attempt(ev, 'no function', () => loop.setTaskFactory('factory' as unknown as TaskFactory));
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const factory: TaskFactory = (factoryLoop, body, options) => {
        ev('factory', Object.keys(options).toSorted(), options.name);
        return new Task(body, { ...options, loop: factoryLoop });
      };
      loop.setTaskFactory(factory);
      ev('get', loop.getTaskFactory() === factory);
      function* child(n: number) {
        return n;
      }
      const t = createTask(child(1), { name: 'named' });
      ev('named', t.getName(), yield* t);
      ev('gather', yield* gather(child(2), child(3)));
      yield* taskGroup(function* (tg) {
        tg.createTask(child(4), { name: 'in a group' });
      });
      loop.setTaskFactory(null);
      ev('none', loop.getTaskFactory());
      yield* createTask(child(5));
      attempt(ev, 'no function', () => loop.setTaskFactory('factory' as unknown as TaskFactory));
    },
  },
  {
    title: "an eager factory can be made from a task class of one's own",
    py: `
      async def main(ev):
          class Loud(Task):
              pass
          get_running_loop().set_task_factory(create_eager_task_factory(Loud))
          async def child():
              ev('starts', type(current_task()).__name__)
              await sleep(1)
          t = create_task(child())
          ev('made', isinstance(t, Loud), isinstance(t, Task))
          await t
    `,
    async: async (ev) => {
      class Loud<T> extends Task<T> {}
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Loud));
      const t = createTask(async () => {
        ev('starts', currentTask()!.constructor.name);
        await sleep(1);
      });
      ev('made', t instanceof Loud, t instanceof Task);
      await t;
    },
    gen: function* (ev) {
      class Loud<T> extends Task<T> {}
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Loud));
      const t = createTask(function* () {
        ev('starts', currentTask()!.constructor.name);
        yield* sleep(1);
      });
      ev('made', t instanceof Loud, t instanceof Task);
      yield* t;
    },
  },
];
