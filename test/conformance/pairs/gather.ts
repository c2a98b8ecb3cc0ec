// gather: results, errors, duplicates, and cancellation from both sides.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Future,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  sleep,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'gather of nothing is a future that is done, with an empty list',
    py: `
      async def main(ev):
          fut = gather()
          ev('done', fut.done(), fut.result())
          ev('awaited', await fut, await gather(return_exceptions=True))
    `,
    async: async (ev) => {
      const fut = gather();
      ev('done', fut.done(), fut.result());
      ev('awaited', await fut, await gather({ returnExceptions: true }));
    },
    gen: function* (ev) {
      const fut = gather();
      ev('done', fut.done(), fut.result());
      ev('awaited', yield* fut, yield* gather({ returnExceptions: true }));
    },
  },
  {
    title: 'results come in the order of the arguments, whatever ends first',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
              return n
          ev('results', await gather(child(3), child(1), child(2)))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
        return n;
      });
      ev('results', await gather(child(3), child(1), child(2)));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
        return n;
      }
      ev('results', yield* gather(child(3), child(1), child(2)));
    },
  },
  {
    title: 'the same coroutine or future given twice runs once and stands twice in the results',
    py: `
      async def main(ev):
          async def child(n):
              ev('runs', n)
              return n
          once = child(1)
          fut = get_running_loop().create_future()
          get_running_loop().call_soon(fut.set_result, 'f')
          ev('results', await gather(once, fut, once, child(2), fut))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        ev('runs', n);
        return n;
      });
      const once = child(1);
      const fut = getRunningLoop().createFuture<string>();
      getRunningLoop().callSoon(() => fut.setResult('f'));
      ev('results', await gather(once, fut, once, child(2), fut));
    },
    gen: function* (ev) {
      function* child(n: number) {
        ev('runs', n);
        return n;
      }
      const once = child(1);
      const fut = getRunningLoop().createFuture<string>();
      getRunningLoop().callSoon(() => fut.setResult('f'));
      ev('results', yield* gather(once, fut, once, child(2), fut));
    },
  },
  {
    title: 'the first error goes out at once, and the other children go on undisturbed',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
          async def bad():
              await sleep(2)
              raise ValueError('broken')
          try:
              await gather(child(1), bad(), child(3))
          except ValueError as e:
              ev('caught', e)
          await sleep(2)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
      });
      const bad = coroutine(async () => {
        await sleep(2);
        throw new RangeError('broken');
      });
      try {
        await gather(child(1), bad(), child(3));
      } catch (e) {
        ev('caught', e);
      }
      await sleep(2);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
      }
      function* bad() {
        yield* sleep(2);
        throw new RangeError('broken');
      }
      try {
        yield* gather(child(1), bad(), child(3));
      } catch (e) {
        ev('caught', e);
      }
      yield* sleep(2);
    },
  },
  {
    title:
      'of two errors in one turn the one that ended first is told, and the other is taken as seen',
    py: `
      async def main(ev):
          async def bad(n, message):
              await sleep(n)
              raise ValueError(message)
          try:
              await gather(bad(2, 'later'), bad(1, 'first to end, second in order'), bad(1, 'third'))
          except ValueError as e:
              ev('caught', e)
          await sleep(2)
    `,
    async: async (ev) => {
      const bad = coroutine(async (n: number, message: string) => {
        await sleep(n);
        throw new RangeError(message);
      });
      try {
        await gather(bad(2, 'later'), bad(1, 'first to end, second in order'), bad(1, 'third'));
      } catch (e) {
        ev('caught', e);
      }
      await sleep(2);
    },
    gen: function* (ev) {
      function* bad(n: number, message: string) {
        yield* sleep(n);
        throw new RangeError(message);
      }
      try {
        yield* gather(bad(2, 'later'), bad(1, 'first to end, second in order'), bad(1, 'third'));
      } catch (e) {
        ev('caught', e);
      }
      yield* sleep(2);
    },
  },
  {
    title:
      'with returnExceptions errors and cancellations stand among the results; the message of a cancelled task is lost there',
    py: `
      async def main(ev):
          async def good():
              return 'good'
          async def bad():
              raise ValueError('bad')
          async def long():
              await sleep(10)
          early = create_task(long())
          late = create_task(long())
          fut = get_running_loop().create_future()
          early.cancel('before its first step')
          get_running_loop().call_later(1, late.cancel, 'while it slept')
          get_running_loop().call_later(2, fut.cancel, 'a future')
          ev('results', await gather(good(), bad(), early, late, fut, return_exceptions=True))
    `,
    async: async (ev) => {
      const good = coroutine(async () => 'good');
      const bad = coroutine(async () => {
        throw new RangeError('bad');
      });
      const long = coroutine(async () => {
        await sleep(10);
      });
      const early = createTask(long());
      const late = createTask(long());
      const fut = getRunningLoop().createFuture<null>();
      early.cancel('before its first step');
      getRunningLoop().callLater(1, () => late.cancel('while it slept'));
      getRunningLoop().callLater(2, () => fut.cancel('a future'));
      ev('results', await gather(good(), bad(), early, late, fut, { returnExceptions: true }));
    },
    gen: function* (ev) {
      function* good() {
        return 'good';
      }
      function* bad() {
        throw new RangeError('bad');
      }
      function* long() {
        yield* sleep(10);
      }
      const early = createTask(long());
      const late = createTask(long());
      const fut = getRunningLoop().createFuture<null>();
      early.cancel('before its first step');
      getRunningLoop().callLater(1, () => late.cancel('while it slept'));
      getRunningLoop().callLater(2, () => fut.cancel('a future'));
      ev('results', yield* gather(good(), bad(), early, late, fut, { returnExceptions: true }));
    },
  },
  {
    title:
      'cancelling the task that awaits a gather cancels every child, and the message comes through',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('child', n, e)
                  raise
          async def outer():
              try:
                  await gather(child(1), child(2))
              except CancelledError as e:
                  ev('outer', e)
                  raise
          t = create_task(outer())
          await sleep(1)
          t.cancel('down')
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      });
      const t = createTask(async () => {
        try {
          await gather(child(1), child(2));
        } catch (e) {
          ev('outer', e);
          throw e;
        }
      });
      await sleep(1);
      t.cancel('down');
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      }
      const t = createTask(function* () {
        try {
          yield* gather(child(1), child(2));
        } catch (e) {
          ev('outer', e);
          throw e;
        }
      });
      yield* sleep(1);
      t.cancel('down');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title:
      'a cancelled gather without returnExceptions lets go at the first child that ends cancelled',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(10)
              finally:
                  await sleep(n)
                  ev('cleaned', n)
          async def outer():
              try:
                  await gather(child(3), child(1), child(2))
              except CancelledError as e:
                  ev('outer', e)
          t = create_task(outer())
          await sleep(1)
          t.cancel('down')
          await t
          await sleep(5)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } finally {
          await sleep(n);
          ev('cleaned', n);
        }
      });
      const t = createTask(async () => {
        try {
          await gather(child(3), child(1), child(2));
        } catch (e) {
          ev('outer', e);
        }
      });
      await sleep(1);
      t.cancel('down');
      await t;
      await sleep(5);
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(10);
        } finally {
          yield* sleep(n);
          ev('cleaned', n);
        }
      }
      const t = createTask(function* () {
        try {
          yield* gather(child(3), child(1), child(2));
        } catch (e) {
          ev('outer', e);
        }
      });
      yield* sleep(1);
      t.cancel('down');
      yield* t;
      yield* sleep(5);
    },
  },
  {
    title: 'a cancelled gather with returnExceptions still throws, once every child has ended',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(10)
              finally:
                  await sleep(n)
                  ev('cleaned', n)
          async def outer():
              try:
                  ev('never', await gather(child(3), child(1), child(2), return_exceptions=True))
              except CancelledError as e:
                  ev('outer', e)
          t = create_task(outer())
          await sleep(1)
          t.cancel('down')
          await t
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } finally {
          await sleep(n);
          ev('cleaned', n);
        }
      });
      const t = createTask(async () => {
        try {
          ev('never', await gather(child(3), child(1), child(2), { returnExceptions: true }));
        } catch (e) {
          ev('outer', e);
        }
      });
      await sleep(1);
      t.cancel('down');
      await t;
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(10);
        } finally {
          yield* sleep(n);
          ev('cleaned', n);
        }
      }
      const t = createTask(function* () {
        try {
          ev('never', yield* gather(child(3), child(1), child(2), { returnExceptions: true }));
        } catch (e) {
          ev('outer', e);
        }
      });
      yield* sleep(1);
      t.cancel('down');
      yield* t;
    },
  },
  {
    title:
      'a cancelled gather with returnExceptions takes its message from the last child in argument order',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def outer(*futs):
              try:
                  await gather(*futs, return_exceptions=True)
              except CancelledError as e:
                  ev('outer', e)
          a, b = loop.create_future(), loop.create_future()
          t = create_task(outer(a, b))
          await sleep(1)
          b.cancel('the last child, cancelled before')
          await sleep(1)
          t.cancel('the gather')
          await t
          c, d = loop.create_future(), loop.create_future()
          t = create_task(outer(c, d))
          await sleep(1)
          d.set_result('the last child has a value')
          await sleep(1)
          t.cancel('the gather')
          await t
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const outer = coroutine(async (...futs: Future<unknown>[]) => {
        try {
          await gather(...futs, { returnExceptions: true });
        } catch (e) {
          ev('outer', e);
        }
      });
      const [a, b] = [loop.createFuture<string>(), loop.createFuture<string>()];
      let t = createTask(outer(a, b));
      await sleep(1);
      b.cancel('the last child, cancelled before');
      await sleep(1);
      t.cancel('the gather');
      await t;
      const [c, d] = [loop.createFuture<string>(), loop.createFuture<string>()];
      t = createTask(outer(c, d));
      await sleep(1);
      d.setResult('the last child has a value');
      await sleep(1);
      t.cancel('the gather');
      await t;
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* outer(...futs: Future<unknown>[]) {
        try {
          yield* gather(...futs, { returnExceptions: true });
        } catch (e) {
          ev('outer', e);
        }
      }
      const [a, b] = [loop.createFuture<string>(), loop.createFuture<string>()];
      let t = createTask(outer(a, b));
      yield* sleep(1);
      b.cancel('the last child, cancelled before');
      yield* sleep(1);
      t.cancel('the gather');
      yield* t;
      const [c, d] = [loop.createFuture<string>(), loop.createFuture<string>()];
      t = createTask(outer(c, d));
      yield* sleep(1);
      d.setResult('the last child has a value');
      yield* sleep(1);
      t.cancel('the gather');
      yield* t;
    },
  },
  {
    title:
      'a child that is cancelled by itself counts as failed; gather itself is not cancelled, and the others go on',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
          victim = create_task(child(5))
          g = gather(child(1), victim, child(3))
          await sleep(2)
          victim.cancel('only this one')
          try:
              await g
          except CancelledError as e:
              ev('caught', e, g.cancelled(), current_task().cancelling())
          await sleep(3)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
      });
      const victim = createTask(child(5));
      const g = gather(child(1), victim, child(3));
      await sleep(2);
      victim.cancel('only this one');
      try {
        await g;
      } catch (e) {
        ev('caught', e, g.cancelled(), currentTask()!.cancelling());
      }
      await sleep(3);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
      }
      const victim = createTask(child(5));
      const g = gather(child(1), victim, child(3));
      yield* sleep(2);
      victim.cancel('only this one');
      try {
        yield* g;
      } catch (e) {
        ev('caught', e, g.cancelled(), currentTask()!.cancelling());
      }
      yield* sleep(3);
    },
  },
  {
    title:
      'a cancelled gather whose children swallow the cancellation still throws CancelledError when all have ended',
    py: `
      async def main(ev):
          async def stubborn(n):
              try:
                  await sleep(10)
              except CancelledError:
                  await sleep(n)
              ev('ends', n)
              return n
          async def outer(**options):
              try:
                  ev('results', await gather(stubborn(1), stubborn(2), **options))
              except CancelledError as e:
                  ev('outer', e)
          for options in ({}, {'return_exceptions': True}):
              t = create_task(outer(**options))
              await sleep(1)
              t.cancel('down')
              await t
    `,
    async: async (ev) => {
      const stubborn = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } catch {
          await sleep(n);
        }
        ev('ends', n);
        return n;
      });
      for (const returnExceptions of [false, true]) {
        const t = createTask(async () => {
          try {
            ev('results', await gather(stubborn(1), stubborn(2), { returnExceptions }));
          } catch (e) {
            ev('outer', e);
          }
        });
        await sleep(1);
        t.cancel('down');
        await t;
      }
    },
    gen: function* (ev) {
      function* stubborn(n: number) {
        try {
          yield* sleep(10);
        } catch {
          yield* sleep(n);
        }
        ev('ends', n);
        return n;
      }
      for (const returnExceptions of [false, true]) {
        const t = createTask(function* () {
          try {
            ev('results', yield* gather(stubborn(1), stubborn(2), { returnExceptions }));
          } catch (e) {
            ev('outer', e);
          }
        });
        yield* sleep(1);
        t.cancel('down');
        yield* t;
      }
    },
  },
  {
    title: 'gather of done futures is done at once, in success and in failure',
    py: `
      async def main(ev):
          loop = get_running_loop()
          a, b, c = [loop.create_future() for _ in range(3)]
          a.set_result(1)
          b.set_exception(ValueError('two'))
          c.cancel('three')
          good = gather(a, a)
          bad = gather(a, b, c)
          gone = gather(a, c, b)
          every = gather(a, b, c, return_exceptions=True)
          ev('done', good.done(), bad.done(), gone.done(), every.done())
          ev('good', good.result())
          ev('bad', bad.exception())
          ev('gone', gone.cancelled(), gone.exception())
          ev('every', every.result())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [a, b, c] = [loop.createFuture(), loop.createFuture(), loop.createFuture()];
      a.setResult(1);
      b.setException(new RangeError('two'));
      c.cancel('three');
      const good = gather(a, a);
      const bad = gather(a, b, c);
      const gone = gather(a, c, b);
      const every = gather(a, b, c, { returnExceptions: true });
      ev('done', good.done(), bad.done(), gone.done(), every.done());
      ev('good', good.result());
      ev('bad', bad.exception());
      ev('gone', gone.cancelled(), gone.exception());
      ev('every', every.result());
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [a, b, c] = [loop.createFuture(), loop.createFuture(), loop.createFuture()];
      a.setResult(1);
      b.setException(new RangeError('two'));
      c.cancel('three');
      const good = gather(a, a);
      const bad = gather(a, b, c);
      const gone = gather(a, c, b);
      const every = gather(a, b, c, { returnExceptions: true });
      ev('done', good.done(), bad.done(), gone.done(), every.done());
      ev('good', good.result());
      ev('bad', bad.exception());
      ev('gone', gone.cancelled(), gone.exception());
      ev('every', every.result());
    },
  },
  {
    title: 'cancel() of a gather that failed already returns false and leaves the children alone',
    py: `
      async def main(ev):
          async def bad():
              raise ValueError('broken')
          async def child():
              await sleep(3)
              ev('child ends')
          g = gather(bad(), child())
          await sleep(1)
          ev('cancel', g.done(), g.cancel('too late'), g.exception())
          await sleep(3)
    `,
    async: async (ev) => {
      const bad = coroutine(async () => {
        throw new RangeError('broken');
      });
      const child = coroutine(async () => {
        await sleep(3);
        ev('child ends');
      });
      const g = gather(bad(), child());
      await sleep(1);
      ev('cancel', g.done(), g.cancel('too late'), g.exception());
      await sleep(3);
    },
    gen: function* (ev) {
      function* bad() {
        throw new RangeError('broken');
      }
      function* child() {
        yield* sleep(3);
        ev('child ends');
      }
      const g = gather(bad(), child());
      yield* sleep(1);
      ev('cancel', g.done(), g.cancel('too late'), g.exception());
      yield* sleep(3);
    },
  },
  {
    title:
      'cancel() of a gather whose children ended in this very turn returns false, and the results stay',
    py: `
      async def main(ev):
          loop = get_running_loop()
          a, b = loop.create_future(), loop.create_future()
          g = gather(a, b)
          a.set_result(1)
          b.set_result(2)
          ev('cancel', g.done(), g.cancel('too late'))
          ev('results', await g)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [a, b] = [loop.createFuture<number>(), loop.createFuture<number>()];
      const g = gather(a, b);
      a.setResult(1);
      b.setResult(2);
      ev('cancel', g.done(), g.cancel('too late'));
      ev('results', await g);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [a, b] = [loop.createFuture<number>(), loop.createFuture<number>()];
      const g = gather(a, b);
      a.setResult(1);
      b.setResult(2);
      ev('cancel', g.done(), g.cancel('too late'));
      ev('results', yield* g);
    },
  },
  {
    title:
      'cancel() of a pending gather reports true, and the gather is over only after its children',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(10)
              finally:
                  await sleep(n)
          g = gather(child(1), child(2), return_exceptions=True)
          await sleep(1)
          ev('cancel', g.cancel('the gather'), g.done(), g.cancelled())
          await sleep(1.5)
          ev('half way', g.done())
          try:
              await g
          except CancelledError as e:
              ev('caught', e, g.cancelled())
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } finally {
          await sleep(n);
        }
      });
      const g = gather(child(1), child(2), { returnExceptions: true });
      await sleep(1);
      ev('cancel', g.cancel('the gather'), g.done(), g.cancelled());
      await sleep(1.5);
      ev('half way', g.done());
      try {
        await g;
      } catch (e) {
        ev('caught', e, g.cancelled());
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(10);
        } finally {
          yield* sleep(n);
        }
      }
      const g = gather(child(1), child(2), { returnExceptions: true });
      yield* sleep(1);
      ev('cancel', g.cancel('the gather'), g.done(), g.cancelled());
      yield* sleep(1.5);
      ev('half way', g.done());
      try {
        yield* g;
      } catch (e) {
        ev('caught', e, g.cancelled());
      }
    },
  },
  {
    title: 'a cancellation reaches the leaves of nested gathers',
    py: `
      async def main(ev):
          async def leaf(n):
              try:
                  await sleep(10)
              except CancelledError as e:
                  ev('leaf', n, e)
                  raise
          async def tree():
              await gather(gather(leaf(1), leaf(2)), leaf(3))
          t = create_task(tree())
          await sleep(1)
          t.cancel('to the leaves')
          try:
              await t
          except CancelledError as e:
              ev('awaited', e)
    `,
    async: async (ev) => {
      const leaf = coroutine(async (n: number) => {
        try {
          await sleep(10);
        } catch (e) {
          ev('leaf', n, e);
          throw e;
        }
      });
      const t = createTask(async () => {
        await gather(gather(leaf(1), leaf(2)), leaf(3));
      });
      await sleep(1);
      t.cancel('to the leaves');
      try {
        await t;
      } catch (e) {
        ev('awaited', e);
      }
    },
    gen: function* (ev) {
      function* leaf(n: number) {
        try {
          yield* sleep(10);
        } catch (e) {
          ev('leaf', n, e);
          throw e;
        }
      }
      const t = createTask(function* () {
        yield* gather(gather(leaf(1), leaf(2)), leaf(3));
      });
      yield* sleep(1);
      t.cancel('to the leaves');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e);
      }
    },
  },
  {
    title: 'children are made in the order of the arguments and start in the turn after the call',
    py: `
      async def main(ev):
          async def child(n):
              ev('starts', n, current_task().get_name())
          g = gather(child(1), create_task(child(2), name='own'), child(3))
          ev('made')
          await sleep(0)
          ev('all have started', g.done())
          await g
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        ev('starts', n, currentTask()!.getName());
      });
      const g = gather(child(1), createTask(child(2), { name: 'own' }), child(3));
      ev('made');
      await sleep(0);
      ev('all have started', g.done());
      await g;
    },
    gen: function* (ev) {
      function* child(n: number) {
        ev('starts', n, currentTask()!.getName());
      }
      const g = gather(child(1), createTask(child(2), { name: 'own' }), child(3));
      ev('made');
      yield* sleep(0);
      ev('all have started', g.done());
      yield* g;
    },
  },
  {
    title:
      'a gather cancelled in the turn in which a child failed gives the error, and cancels the other child',
    py: `
      async def main(ev):
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          async def child():
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('child', e)
                  raise
          async def outer():
              try:
                  await gather(bad(), child())
              except BaseException as e:
                  ev('outer', e)
          t = create_task(outer())
          await sleep(0)
          await sleep(0)
          # At 1, behind the sleep of the failing child: it has been woken, but its callbacks have not run.
          get_running_loop().call_later(1, lambda: get_running_loop().call_soon(t.cancel, 'down'))
          await t
          await sleep(1)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const bad = coroutine(async () => {
        await sleep(1);
        throw new RangeError('broken');
      });
      const child = coroutine(async () => {
        try {
          await sleep(5);
        } catch (e) {
          ev('child', e);
          throw e;
        }
      });
      const t = createTask(async () => {
        try {
          await gather(bad(), child());
        } catch (e) {
          ev('outer', e);
        }
      });
      await sleep(0);
      await sleep(0);
      loop.callLater(1, () => loop.callSoon(() => t.cancel('down')));
      await t;
      await sleep(1);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* bad() {
        yield* sleep(1);
        throw new RangeError('broken');
      }
      function* child() {
        try {
          yield* sleep(5);
        } catch (e) {
          ev('child', e);
          throw e;
        }
      }
      const t = createTask(function* () {
        try {
          yield* gather(bad(), child());
        } catch (e) {
          ev('outer', e);
        }
      });
      yield* sleep(0);
      yield* sleep(0);
      loop.callLater(1, () => loop.callSoon(() => t.cancel('down')));
      yield* t;
      yield* sleep(1);
    },
  },
];
