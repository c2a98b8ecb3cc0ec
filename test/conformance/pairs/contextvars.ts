// Context variables: who sees what, and who changes what for whom.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  Context,
  ContextVar,
  Token,
  copyContext,
  coroutine,
  createTask,
  gather,
  getRunningLoop,
  partial,
  shield,
  sleep,
  taskGroup,
  timeout,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title:
      'a task sees the values at the moment of its making, not of its first step, and keeps its own to itself',
    py: `
      async def main(ev):
          var = ContextVar('var')
          var.set('at the making')
          async def child():
              ev('sees', var.get())
              var.set('own')
              await sleep(1)
              ev('keeps', var.get())
          t = create_task(child())
          var.set('before the first step')
          await sleep(0)
          ev('main', var.get())
          await t
          ev('main', var.get())
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var');
      var_.set('at the making');
      const t = createTask(async () => {
        ev('sees', var_.get());
        var_.set('own');
        await sleep(1);
        ev('keeps', var_.get());
      });
      var_.set('before the first step');
      await sleep(0);
      ev('main', var_.get());
      await t;
      ev('main', var_.get());
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var');
      var_.set('at the making');
      const t = createTask(function* () {
        ev('sees', var_.get());
        var_.set('own');
        yield* sleep(1);
        ev('keeps', var_.get());
      });
      var_.set('before the first step');
      yield* sleep(0);
      ev('main', var_.get());
      yield* t;
      ev('main', var_.get());
    },
  },
  {
    title: 'an awaited coroutine shares the context of who awaits it; a task made of it does not',
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          async def setter(value):
              var.set(value)
              await sleep(0)
          await setter('awaited')
          ev('after the coroutine', var.get())
          await create_task(setter('task'))
          ev('after the task', var.get())
          await gather(setter('gathered'))
          await shield(setter('shielded'))
          ev('after gather and shield', var.get())
          await wait_for(setter('waited for'), 5)
          ev('after wait_for', var.get())
          async with timeout(5):
              var.set('in a timeout')
          ev('after timeout', var.get())
          async with TaskGroup() as tg:
              tg.create_task(setter('in a group'))
          ev('after the group', var.get())
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const setter = coroutine(async (value: string) => {
        var_.set(value);
        await sleep(0);
      });
      await setter('awaited');
      ev('after the coroutine', var_.get());
      await createTask(setter('task'));
      ev('after the task', var_.get());
      await gather(setter('gathered'));
      await shield(setter('shielded'));
      ev('after gather and shield', var_.get());
      await waitFor(setter('waited for'), 5);
      ev('after wait_for', var_.get());
      await timeout(5, async () => {
        var_.set('in a timeout');
      });
      ev('after timeout', var_.get());
      await taskGroup(async (tg) => {
        tg.createTask(setter('in a group'));
      });
      ev('after the group', var_.get());
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const setter = coroutine(function* (value: string) {
        var_.set(value);
        yield* sleep(0);
      });
      yield* setter('awaited');
      ev('after the coroutine', var_.get());
      yield* createTask(setter('task'));
      ev('after the task', var_.get());
      yield* gather(setter('gathered'));
      yield* shield(setter('shielded'));
      ev('after gather and shield', var_.get());
      yield* waitFor(setter('waited for'), 5);
      ev('after wait_for', var_.get());
      yield* timeout(5, function* () {
        var_.set('in a timeout');
      });
      ev('after timeout', var_.get());
      yield* taskGroup(function* (tg) {
        tg.createTask(setter('in a group'));
      });
      ev('after the group', var_.get());
    },
  },
  {
    title:
      'a callback runs in a copy of the context at the call: later changes do not reach it, and its own stay inside',
    py: `
      async def main(ev):
          loop = get_running_loop()
          var = ContextVar('var', default='default')
          var.set('at the call')
          loop.call_soon(lambda: ev('soon', var.get()))
          loop.call_later(1, lambda: ev('later', var.get()))
          var.set('after the call')
          await sleep(2)
          def setter():
              var.set('by a callback')
          loop.call_soon(setter)
          await sleep(0)
          ev('main', var.get())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const var_ = new ContextVar<string>('var', { default: 'default' });
      var_.set('at the call');
      loop.callSoon(() => ev('soon', var_.get()));
      loop.callLater(1, () => ev('later', var_.get()));
      var_.set('after the call');
      await sleep(2);
      loop.callSoon(() => {
        var_.set('by a callback');
      });
      await sleep(0);
      ev('main', var_.get());
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const var_ = new ContextVar<string>('var', { default: 'default' });
      var_.set('at the call');
      loop.callSoon(() => ev('soon', var_.get()));
      loop.callLater(1, () => ev('later', var_.get()));
      var_.set('after the call');
      yield* sleep(2);
      loop.callSoon(() => {
        var_.set('by a callback');
      });
      yield* sleep(0);
      ev('main', var_.get());
    },
  },
  {
    title:
      'a done callback runs in a copy of the context in which it was added, or in the one it was given',
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          fut = get_running_loop().create_future()
          ctx = copy_context()
          ctx.run(var.set, 'given')
          var.set('when added')
          fut.add_done_callback(lambda f: (ev('first', var.get()), var.set('by the first')))
          fut.add_done_callback(lambda f: (ev('second', var.get()), var.set('by the second')), context=ctx)
          var.set('when set')
          fut.set_result(None)
          await sleep(0)
          ev('main', var.get(), ctx.get(var))
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const fut = getRunningLoop().createFuture<null>();
      const ctx = copyContext();
      ctx.run(() => var_.set('given'));
      var_.set('when added');
      fut.addDoneCallback(() => {
        ev('first', var_.get());
        var_.set('by the first');
      });
      fut.addDoneCallback(
        () => {
          ev('second', var_.get());
          var_.set('by the second');
        },
        { context: ctx },
      );
      var_.set('when set');
      fut.setResult(null);
      await sleep(0);
      ev('main', var_.get(), ctx.get(var_));
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const fut = getRunningLoop().createFuture<null>();
      const ctx = copyContext();
      ctx.run(() => var_.set('given'));
      var_.set('when added');
      fut.addDoneCallback(() => {
        ev('first', var_.get());
        var_.set('by the first');
      });
      fut.addDoneCallback(
        () => {
          ev('second', var_.get());
          var_.set('by the second');
        },
        { context: ctx },
      );
      var_.set('when set');
      fut.setResult(null);
      yield* sleep(0);
      ev('main', var_.get(), ctx.get(var_));
    },
  },
  {
    title: 'two tasks that are given one context share its values',
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          ctx = copy_context()
          async def setter():
              var.set('shared')
              await sleep(0)
              ev('setter', var.get())
          async def getter():
              ev('getter', var.get())
              var.set('changed by the getter')
          a = create_task(setter(), context=ctx)
          b = create_task(getter(), context=ctx)
          ev('context of a task', a.get_context() is ctx)
          await gather(a, b)
          ev('main', var.get(), ctx.get(var))
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = copyContext();
      const setter = coroutine(async () => {
        var_.set('shared');
        await sleep(0);
        ev('setter', var_.get());
      });
      const getter = coroutine(async () => {
        ev('getter', var_.get());
        var_.set('changed by the getter');
      });
      const a = createTask(setter(), { context: ctx });
      const b = createTask(getter(), { context: ctx });
      ev('context of a task', a.getContext() === ctx);
      await gather(a, b);
      ev('main', var_.get(), ctx.get(var_));
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = copyContext();
      function* setter() {
        var_.set('shared');
        yield* sleep(0);
        ev('setter', var_.get());
      }
      function* getter() {
        ev('getter', var_.get());
        var_.set('changed by the getter');
      }
      const a = createTask(setter(), { context: ctx });
      const b = createTask(getter(), { context: ctx });
      ev('context of a task', a.getContext() === ctx);
      yield* gather(a, b);
      ev('main', var_.get(), ctx.get(var_));
    },
  },
  {
    title: "reset() takes a token back once, and only its own variable's, in its own context",
    py: `
      async def main(ev):
          var, other = ContextVar('var'), ContextVar('other')
          attempt(ev, 'unset', var.get)
          attempt(ev, 'unset with a fallback', lambda: var.get('fallback'))
          first = var.set('one')
          second = var.set('two')
          ev('old values', first.old_value is Token.MISSING, second.old_value)
          attempt(ev, 'another variable', lambda: other.reset(second))
          attempt(ev, 'another context', lambda: copy_context().run(var.reset, second))
          var.reset(second)
          ev('back', var.get())
          attempt(ev, 'twice', lambda: var.reset(second))
          var.reset(first)
          attempt(ev, 'unset again', var.get)
    `,
    async: async (ev) => {
      const [var_, other] = [new ContextVar<string>('var'), new ContextVar<string>('other')];
      attempt(ev, 'unset', () => var_.get());
      attempt(ev, 'unset with a fallback', () => var_.get('fallback'));
      const first = var_.set('one');
      const second = var_.set('two');
      ev('old values', first.oldValue === Token.MISSING, second.oldValue);
      attempt(ev, 'another variable', () => other.reset(second));
      attempt(ev, 'another context', () => copyContext().run(() => var_.reset(second)));
      var_.reset(second);
      ev('back', var_.get());
      attempt(ev, 'twice', () => var_.reset(second));
      var_.reset(first);
      attempt(ev, 'unset again', () => var_.get());
    },
    gen: function* (ev) {
      const [var_, other] = [new ContextVar<string>('var'), new ContextVar<string>('other')];
      attempt(ev, 'unset', () => var_.get());
      attempt(ev, 'unset with a fallback', () => var_.get('fallback'));
      const first = var_.set('one');
      const second = var_.set('two');
      ev('old values', first.oldValue === Token.MISSING, second.oldValue);
      attempt(ev, 'another variable', () => other.reset(second));
      attempt(ev, 'another context', () => copyContext().run(() => var_.reset(second)));
      var_.reset(second);
      ev('back', var_.get());
      attempt(ev, 'twice', () => var_.reset(second));
      var_.reset(first);
      attempt(ev, 'unset again', () => var_.get());
    },
  },
  {
    title: 'a token is good after an await, and in a finally on the way out of a cancellation',
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          async def child():
              token = var.set('inside')
              try:
                  await sleep(5)
              finally:
                  ev('finally', var.get())
                  var.reset(token)
                  ev('reset', var.get())
          t = create_task(child())
          await sleep(1)
          t.cancel()
          await sleep(0)
          ev('main', var.get(), t.cancelled())
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const t = createTask(async () => {
        const token = var_.set('inside');
        try {
          await sleep(5);
        } finally {
          ev('finally', var_.get());
          var_.reset(token);
          ev('reset', var_.get());
        }
      });
      await sleep(1);
      t.cancel();
      await sleep(0);
      ev('main', var_.get(), t.cancelled());
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const t = createTask(function* () {
        const token = var_.set('inside');
        try {
          yield* sleep(5);
        } finally {
          ev('finally', var_.get());
          var_.reset(token);
          ev('reset', var_.get());
        }
      });
      yield* sleep(1);
      t.cancel();
      yield* sleep(0);
      ev('main', var_.get(), t.cancelled());
    },
  },
  {
    title:
      "Context.run works on its own values, gives the function's result, and cannot be entered twice",
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          ctx = Context()
          def inside(a, b):
              ev('inside', var.get(), a, b)
              var.set('in the context')
              attempt(ev, 'again', lambda: ctx.run(lambda: None))
              return 'result'
          var.set('main')
          ev('result', ctx.run(inside, 1, 2))
          ev('after', var.get(), ctx.get(var), ctx.get(ContextVar('other'), 'fallback'))
          def bad():
              var.set('before the error')
              raise ValueError('inside')
          attempt(ev, 'an error', lambda: ctx.run(bad))
          ev('after the error', var.get(), ctx.get(var))
          copy = ctx.copy()
          copy.run(var.set, 'copy')
          ev('copies', ctx.get(var), copy.get(var))
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = new Context();
      const inside = (a: number, b: number): string => {
        ev('inside', var_.get(), a, b);
        var_.set('in the context');
        attempt(ev, 'again', () => ctx.run(() => null));
        return 'result';
      };
      var_.set('main');
      ev('result', ctx.run(inside, 1, 2));
      ev('after', var_.get(), ctx.get(var_), ctx.get(new ContextVar('other'), 'fallback'));
      const bad = (): never => {
        var_.set('before the error');
        throw new RangeError('inside');
      };
      attempt(ev, 'an error', () => ctx.run(bad));
      ev('after the error', var_.get(), ctx.get(var_));
      const copy = ctx.copy();
      copy.run(() => var_.set('copy'));
      ev('copies', ctx.get(var_), copy.get(var_));
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = new Context();
      const inside = (a: number, b: number): string => {
        ev('inside', var_.get(), a, b);
        var_.set('in the context');
        attempt(ev, 'again', () => ctx.run(() => null));
        return 'result';
      };
      var_.set('main');
      ev('result', ctx.run(inside, 1, 2));
      ev('after', var_.get(), ctx.get(var_), ctx.get(new ContextVar('other'), 'fallback'));
      const bad = (): never => {
        var_.set('before the error');
        throw new RangeError('inside');
      };
      attempt(ev, 'an error', () => ctx.run(bad));
      ev('after the error', var_.get(), ctx.get(var_));
      const copy = ctx.copy();
      copy.run(() => var_.set('copy'));
      ev('copies', ctx.get(var_), copy.get(var_));
    },
  },
  {
    title:
      'a callback given a context of its own runs and writes there, and so does a task started in it',
    py: `
      async def main(ev):
          loop = get_running_loop()
          var = ContextVar('var', default='default')
          ctx = Context()
          def callback(value):
              ev('callback', var.get())
              var.set(value)
          loop.call_soon(callback, 'one', context=ctx)
          loop.call_later(1, callback, 'two', context=ctx)
          await sleep(2)
          ev('main', var.get(), ctx.get(var))
          async def child():
              ev('child', var.get())
          await ctx.run(create_task, child())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = new Context();
      const callback = (value: string): void => {
        ev('callback', var_.get());
        var_.set(value);
      };
      loop.callSoon(ctx.bind(callback), 'one');
      loop.callLater(1, ctx.bind(partial(callback, 'two')));
      await sleep(2);
      ev('main', var_.get(), ctx.get(var_));
      await ctx.run(() =>
        createTask(async () => {
          ev('child', var_.get());
        }),
      );
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const ctx = new Context();
      const callback = (value: string): void => {
        ev('callback', var_.get());
        var_.set(value);
      };
      loop.callSoon(ctx.bind(callback), 'one');
      loop.callLater(1, ctx.bind(partial(callback, 'two')));
      yield* sleep(2);
      ev('main', var_.get(), ctx.get(var_));
      yield* ctx.run(() =>
        createTask(function* () {
          ev('child', var_.get());
        }),
      );
    },
  },
  {
    title: "interleaved tasks never see each other's values, across many awaits",
    py: `
      async def main(ev):
          var = ContextVar('var', default='default')
          async def worker(name):
              for i in range(3):
                  var.set(f'{name}{i}')
                  await sleep(0)
                  ev(name, i, var.get())
                  await inner(name)
          async def inner(name):
              await sleep(0)
              ev('inner of', name, var.get())
          await gather(worker('a'), worker('b'))
          ev('main', var.get())
    `,
    async: async (ev) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const inner = async (name: string): Promise<void> => {
        await sleep(0);
        ev('inner of', name, var_.get());
      };
      const worker = coroutine(async (name: string) => {
        for (let i = 0; i < 3; i++) {
          var_.set(`${name}${i}`);
          await sleep(0);
          ev(name, i, var_.get());
          await inner(name);
        }
      });
      await gather(worker('a'), worker('b'));
      ev('main', var_.get());
    },
    gen: function* (ev) {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      function* inner(name: string) {
        yield* sleep(0);
        ev('inner of', name, var_.get());
      }
      function* worker(name: string) {
        for (let i = 0; i < 3; i++) {
          var_.set(`${name}${i}`);
          yield* sleep(0);
          ev(name, i, var_.get());
          yield* inner(name);
        }
      }
      yield* gather(worker('a'), worker('b'));
      ev('main', var_.get());
    },
  },
];
