// Errors: groups of them, and what is refused as an argument or as an awaitable.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  CancelledError,
  type Coroutine,
  ExceptionGroup,
  type GeneratorBody,
  InvalidStateError,
  RuntimeError,
  TimeoutError,
  coroutine,
  createTask,
  ensureFuture,
  gather,
  getRunningLoop,
  iscoroutine,
  iscoroutinefunction,
  shield,
  sleep,
  taskGroup,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title:
      'a group is split by class, by classes and by predicate, its nesting and its message kept',
    py: `
      async def main(ev):
          group = ExceptionGroup('outer', [
              ValueError('a'),
              ExceptionGroup('inner', [TypeError('b'), ValueError('c')]),
              RuntimeError('d'),
          ])
          for name, condition in {
              'class': ValueError,
              'classes': (TypeError, RuntimeError),
              'predicate': lambda e: str(e) in ('b', 'd'),
              'none': InvalidStateError,
          }.items():
              ev(name, group.subgroup(condition), group.split(condition))
    `,
    async: async (ev) => {
      const group = new ExceptionGroup('outer', [
        new RangeError('a'),
        new ExceptionGroup('inner', [new TypeError('b'), new RangeError('c')]),
        new RuntimeError('d'),
      ]);
      ev('class', group.subgroup(RangeError), group.split(RangeError));
      const classes = [TypeError, RuntimeError];
      ev('classes', group.subgroup(classes), group.split(classes));
      const predicate = (e: unknown): boolean => ['b', 'd'].includes((e as Error).message);
      ev('predicate', group.subgroup(predicate), group.split(predicate));
      ev('none', group.subgroup(InvalidStateError), group.split(InvalidStateError));
    },
    gen: function* (ev) {
      const group = new ExceptionGroup('outer', [
        new RangeError('a'),
        new ExceptionGroup('inner', [new TypeError('b'), new RangeError('c')]),
        new RuntimeError('d'),
      ]);
      ev('class', group.subgroup(RangeError), group.split(RangeError));
      const classes = [TypeError, RuntimeError];
      ev('classes', group.subgroup(classes), group.split(classes));
      const predicate = (e: unknown): boolean => ['b', 'd'].includes((e as Error).message);
      ev('predicate', group.subgroup(predicate), group.split(predicate));
      ev('none', group.subgroup(InvalidStateError), group.split(InvalidStateError));
    },
  },
  {
    title: 'what is left of a group after handling a part can be thrown on',
    py: `
      async def main(ev):
          async def bad(error):
              await sleep(1)
              raise error
          try:
              try:
                  async with TaskGroup() as tg:
                      tg.create_task(bad(ValueError('handled')))
                      tg.create_task(bad(TypeError('thrown on')))
              except* ValueError as e:
                  ev('handled', e)
          except ExceptionGroup as e:
              ev('left', e)
    `,
    async: async (ev) => {
      const bad = coroutine(async (error: Error) => {
        await sleep(1);
        throw error;
      });
      try {
        try {
          await taskGroup(async (tg) => {
            tg.createTask(bad(new RangeError('handled')));
            tg.createTask(bad(new TypeError('thrown on')));
          });
        } catch (e) {
          const [handled, left] = (e as ExceptionGroup).split(RangeError);
          ev('handled', handled);
          if (left !== null) throw left;
        }
      } catch (e) {
        ev('left', e);
      }
    },
    gen: function* (ev) {
      function* bad(error: Error) {
        yield* sleep(1);
        throw error;
      }
      try {
        try {
          yield* taskGroup(function* (tg) {
            tg.createTask(bad(new RangeError('handled')));
            tg.createTask(bad(new TypeError('thrown on')));
          });
        } catch (e) {
          const [handled, left] = (e as ExceptionGroup).split(RangeError);
          ev('handled', handled);
          if (left !== null) throw left;
        }
      } catch (e) {
        ev('left', e);
      }
    },
  },
  {
    title: 'a group needs a message and at least one error',
    py: `
      async def main(ev):
          attempt(ev, 'empty', lambda: ExceptionGroup('message', []))
          attempt(ev, 'no message', lambda: ExceptionGroup(42, [ValueError('x')]))
          group = ExceptionGroup('message', [ValueError('x')])
          ev('group', group.message, group.exceptions)
    `,
    async: async (ev) => {
      attempt(ev, 'empty', () => new ExceptionGroup('message', []));
      attempt(
        ev,
        'no message',
        () => new ExceptionGroup(42 as unknown as string, [new RangeError('x')]),
      );
      const group = new ExceptionGroup('message', [new RangeError('x')]);
      ev('group', group.message, group.errors);
    },
    gen: function* (ev) {
      attempt(ev, 'empty', () => new ExceptionGroup('message', []));
      attempt(
        ev,
        'no message',
        () => new ExceptionGroup(42 as unknown as string, [new RangeError('x')]),
      );
      const group = new ExceptionGroup('message', [new RangeError('x')]);
      ev('group', group.message, group.errors);
    },
  },
  {
    title: 'what is no coroutine is refused by createTask, gather, ensureFuture and shield',
    py: `
      async def main(ev):
          for value in (42, None, 'text', [1]):
              attempt(ev, 'create_task', lambda: create_task(value))
              attempt(ev, 'gather', lambda: gather(value))
              attempt(ev, 'ensure_future', lambda: ensure_future(value))
              attempt(ev, 'shield', lambda: shield(value))
          fut = get_running_loop().create_future()
          attempt(ev, 'create_task of a future', lambda: create_task(fut))
    `,
    async: async (ev) => {
      for (const value of [42, null, 'text', [1]] as unknown as Coroutine<null>[]) {
        attempt(ev, 'create_task', () => createTask(value));
        attempt(ev, 'gather', () => gather(value));
        attempt(ev, 'ensure_future', () => ensureFuture(value));
        attempt(ev, 'shield', () => shield(value));
      }
      const fut = getRunningLoop().createFuture<null>();
      attempt(ev, 'create_task of a future', () => createTask(fut as unknown as Coroutine<null>));
    },
    gen: function* (ev) {
      for (const value of [42, null, 'text', [1]] as unknown as Coroutine<null>[]) {
        attempt(ev, 'create_task', () => createTask(value));
        attempt(ev, 'gather', () => gather(value));
        attempt(ev, 'ensure_future', () => ensureFuture(value));
        attempt(ev, 'shield', () => shield(value));
      }
      const fut = getRunningLoop().createFuture<null>();
      attempt(ev, 'create_task of a future', () => createTask(fut as unknown as Coroutine<null>));
    },
  },
  {
    title: 'times that are no numbers are refused',
    py: `
      async def main(ev):
          loop = get_running_loop()
          attempt(ev, 'call_later', lambda: loop.call_later(None, ev, 'never'))
          attempt(ev, 'call_at', lambda: loop.call_at(None, ev, 'never'))
          for delay in (float('nan'), 'soon'):
              try:
                  await sleep(delay)
                  ev('slept')
              except Exception as e:
                  ev('sleep', e)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      attempt(ev, 'call_later', () => loop.callLater(null as unknown as number, ev, 'never'));
      attempt(ev, 'call_at', () => loop.callAt(null as unknown as number, ev, 'never'));
      for (const delay of [NaN, 'soon' as unknown as number]) {
        try {
          await sleep(delay);
          ev('slept');
        } catch (e) {
          ev('sleep', e);
        }
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      attempt(ev, 'call_later', () => loop.callLater(null as unknown as number, ev, 'never'));
      attempt(ev, 'call_at', () => loop.callAt(null as unknown as number, ev, 'never'));
      for (const delay of [NaN, 'soon' as unknown as number]) {
        try {
          yield* sleep(delay);
          ev('slept');
        } catch (e) {
          ev('sleep', e);
        }
      }
    },
  },
  {
    title: 'a coroutine object runs once: a second await is a RuntimeError, also by another task',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              return 'value'
          c = child()
          ev('first', await c)
          try:
              await c
          except RuntimeError as e:
              ev('second', e)
          d = child()
          t = create_task(d)
          await sleep(0)
          try:
              await d
          except RuntimeError as e:
              ev('in use', e)
          ev('task', await t)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        await sleep(1);
        return 'value';
      });
      const c = child();
      ev('first', await c);
      try {
        await c;
      } catch (e) {
        ev('second', e);
      }
      const d = child();
      const t = createTask(d);
      await sleep(0);
      try {
        await d;
      } catch (e) {
        ev('in use', e);
      }
      ev('task', await t);
    },
    gen: function* (ev) {
      const child = coroutine(function* () {
        yield* sleep(1);
        return 'value';
      });
      const c = child();
      ev('first', yield* c);
      try {
        yield* c;
      } catch (e) {
        ev('second', e);
      }
      const d = child();
      const t = createTask(d);
      yield* sleep(0);
      try {
        yield* d;
      } catch (e) {
        ev('in use', e);
      }
      ev('task', yield* t);
    },
  },
  {
    title:
      'a coroutine function starts nothing when it is called, and a coroutine that is closed never starts',
    py: `
      async def main(ev):
          async def child():
              ev('starts')
              return 'value'
          c = child()
          ev('called', iscoroutine(c), iscoroutinefunction(child), iscoroutine(child))
          await sleep(1)
          ev('value', await c)
          d = child()
          d.close()
          d.close()
          try:
              await d
          except RuntimeError as e:
              ev('closed', e)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        ev('starts');
        return 'value';
      });
      const c = child();
      ev('called', iscoroutine(c), iscoroutinefunction(child), iscoroutine(child));
      await sleep(1);
      ev('value', await c);
      const d = child();
      d.close();
      d.close();
      try {
        await d;
      } catch (e) {
        ev('closed', e);
      }
    },
    gen: function* (ev) {
      const child = coroutine(function* () {
        ev('starts');
        return 'value';
      });
      const c = child();
      ev('called', iscoroutine(c), iscoroutinefunction(child), iscoroutine(child));
      yield* sleep(1);
      ev('value', yield* c);
      const d = child();
      d.close();
      d.close();
      try {
        yield* d;
      } catch (e) {
        ev('closed', e);
      }
    },
  },
  {
    title: 'an error passes through every awaiting task up to the outermost, as the same object',
    py: `
      async def main(ev):
          error = ValueError('from below')
          async def level(n):
              try:
                  if n == 0:
                      await sleep(1)
                      raise error
                  await create_task(level(n - 1), name=f'level {n - 1}')
              except ValueError as e:
                  ev('level', n, e is error)
                  raise
              finally:
                  ev('finally', n)
          try:
              await wait_for(level(3), 10)
          except ValueError as e:
              ev('main', e, e is error)
    `,
    async: async (ev) => {
      const error = new RangeError('from below');
      const level: (n: number) => Promise<void> = async (n) => {
        try {
          if (n === 0) {
            await sleep(1);
            throw error;
          }
          await createTask(() => level(n - 1), { name: `level ${n - 1}` });
        } catch (e) {
          ev('level', n, e === error);
          throw e;
        } finally {
          ev('finally', n);
        }
      };
      try {
        await waitFor(coroutine(level)(3), 10);
      } catch (e) {
        ev('main', e, e === error);
      }
    },
    gen: function* (ev) {
      const error = new RangeError('from below');
      function* level(n: number): GeneratorBody<void> {
        try {
          if (n === 0) {
            yield* sleep(1);
            throw error;
          }
          yield* createTask(level(n - 1), { name: `level ${n - 1}` });
        } catch (e) {
          ev('level', n, e === error);
          throw e;
        } finally {
          ev('finally', n);
        }
      }
      try {
        yield* waitFor(level(3), 10);
      } catch (e) {
        ev('main', e, e === error);
      }
    },
  },
  {
    title: "a program's own error classes come through as they are, fields and all",
    py: `
      class OutOfStock(Exception):
          def __init__(self, message, item):
              super().__init__(message)
              self.item = item

      async def main(ev):
          async def order():
              await sleep(1)
              raise OutOfStock('sold out', 'tea')
          for make in (order, lambda: create_task(order()), lambda: shield(order()), lambda: gather(order())):
              try:
                  await make()
              except OutOfStock as e:
                  ev('caught', e, e.item)
    `,
    async: async (ev) => {
      class OutOfStock extends Error {
        readonly item: string;
        constructor(message: string, item: string) {
          super(message);
          this.item = item;
        }
      }
      const order = coroutine(async () => {
        await sleep(1);
        throw new OutOfStock('sold out', 'tea');
      });
      for (const make of [
        order,
        () => createTask(order()),
        () => shield(order()),
        () => gather(order()),
      ]) {
        try {
          await make();
        } catch (e) {
          ev('caught', e, (e as OutOfStock).item);
        }
      }
    },
    gen: function* (ev) {
      class OutOfStock extends Error {
        readonly item: string;
        constructor(message: string, item: string) {
          super(message);
          this.item = item;
        }
      }
      const order = coroutine(function* () {
        yield* sleep(1);
        throw new OutOfStock('sold out', 'tea');
      });
      for (const make of [
        order,
        () => createTask(order()),
        () => shield(order()),
        () => gather(order()),
      ]) {
        try {
          yield* make();
        } catch (e) {
          ev('caught', e, (e as OutOfStock).item);
        }
      }
    },
  },
  {
    title: 'catching errors by class does not catch a cancellation by accident',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(5)
              except (ValueError, RuntimeError, TimeoutError) as e:
                  ev('never', e)
              ev('never')
          t = create_task(child())
          await sleep(1)
          t.cancel()
          try:
              await t
          except CancelledError as e:
              ev('cancelled', isinstance(e, RuntimeError), isinstance(e, TimeoutError))
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(5);
        } catch (e) {
          const known =
            e instanceof RangeError || e instanceof RuntimeError || e instanceof TimeoutError;
          if (!known) throw e;
          ev('never', e);
        }
        ev('never');
      });
      await sleep(1);
      t.cancel();
      try {
        await t;
      } catch (e) {
        if (!(e instanceof CancelledError)) throw e;
        const any: unknown = e;
        ev('cancelled', any instanceof RuntimeError, any instanceof TimeoutError);
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(5);
        } catch (e) {
          const known =
            e instanceof RangeError || e instanceof RuntimeError || e instanceof TimeoutError;
          if (!known) throw e;
          ev('never', e);
        }
        ev('never');
      });
      yield* sleep(1);
      t.cancel();
      try {
        yield* t;
      } catch (e) {
        if (!(e instanceof CancelledError)) throw e;
        const any: unknown = e;
        ev('cancelled', any instanceof RuntimeError, any instanceof TimeoutError);
      }
    },
  },
  {
    title:
      'a generator-based body that yields what is no trap gets a RuntimeError at that place and may go on',
    py: `
      import types

      async def main(ev):
          @types.coroutine
          def misuse(value):
              yield value
          async def child():
              fut = get_running_loop().create_future()
              for name, value in {'number': 42, 'future': fut, 'text': 'text'}.items():
                  try:
                      await misuse(value)
                      ev('never')
                  except RuntimeError as e:
                      ev(name, e)
              await sleep(1)
              return 'went on'
          ev('value', await create_task(child()))
    `,
    gen: function* (ev) {
      function* child(): Generator<undefined, string, unknown> {
        const fut = getRunningLoop().createFuture<null>();
        for (const [name, value] of Object.entries({ number: 42, future: fut, text: 'text' })) {
          try {
            yield value as unknown as undefined;
            ev('never');
          } catch (e) {
            ev(name, e);
          }
        }
        yield* sleep(1) as unknown as Iterable<undefined>;
        return 'went on';
      }
      ev('value', yield* createTask(child()));
    },
  },
  {
    title: 'send() and throw() step a coroutine by hand; close() runs its finally',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(0)
                  ev('sent')
                  await sleep(0)
              except ValueError as e:
                  ev('thrown in', e)
                  await sleep(0)
              finally:
                  ev('finally')
              return 'value'
          c = child()
          attempt(ev, 'a value before the start', lambda: c.send(42))
          c.send(None)
          c.send(None)
          c.throw(ValueError('from outside'))
          try:
              c.send(None)
          except StopIteration as e:
              ev('returned', e.value)
          d = child()
          d.send(None)
          d.close()
          e = child()
          attempt(ev, 'throw before the start', lambda: e.throw(ValueError('too early')))
    `,
    gen: function* (ev) {
      const child = coroutine(function* () {
        try {
          yield* sleep(0);
          ev('sent');
          yield* sleep(0);
        } catch (e) {
          ev('thrown in', e);
          yield* sleep(0);
        } finally {
          ev('finally');
        }
        return 'value';
      });
      const c = child();
      attempt(ev, 'a value before the start', () => c.send(42));
      c.send(undefined);
      c.send(undefined);
      c.throw(new RangeError('from outside'));
      const last = c.send(undefined);
      if (last.done === true) ev('returned', last.value);
      const d = child();
      d.send(undefined);
      d.close();
      const e = child();
      attempt(ev, 'throw before the start', () => e.throw(new RangeError('too early')));
    },
  },
];
