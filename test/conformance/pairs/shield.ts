// shield: a wall between a waiter's cancellation and what it waits for.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Future,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  shield,
  sleep,
  wait,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'a cancelled waiter lets go at once, and the shielded task goes on to its end',
    py: `
      async def main(ev):
          async def inner():
              await sleep(3)
              ev('inner ends')
              return 'value'
          i = create_task(inner())
          async def outer():
              try:
                  await shield(i)
              except CancelledError as e:
                  ev('outer', e, i.done(), i.cancelling())
                  raise
          o = create_task(outer())
          await sleep(1)
          o.cancel('let go')
          await wait([o])
          ev('outer is over', o.cancelled())
          ev('value', await i)
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        await sleep(3);
        ev('inner ends');
        return 'value';
      });
      const o = createTask(async () => {
        try {
          await shield(i);
        } catch (e) {
          ev('outer', e, i.done(), i.cancelling());
          throw e;
        }
      });
      await sleep(1);
      o.cancel('let go');
      await wait([o]);
      ev('outer is over', o.cancelled());
      ev('value', await i);
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        yield* sleep(3);
        ev('inner ends');
        return 'value';
      });
      const o = createTask(function* () {
        try {
          yield* shield(i);
        } catch (e) {
          ev('outer', e, i.done(), i.cancelling());
          throw e;
        }
      });
      yield* sleep(1);
      o.cancel('let go');
      yield* wait([o]);
      ev('outer is over', o.cancelled());
      ev('value', yield* i);
    },
  },
  {
    title: 'values and errors come through a shield',
    py: `
      async def main(ev):
          async def good():
              await sleep(1)
              return 'value'
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          ev('good', await shield(good()))
          try:
              await shield(bad())
          except ValueError as e:
              ev('bad', e)
    `,
    async: async (ev) => {
      const good = coroutine(async () => {
        await sleep(1);
        return 'value';
      });
      const bad = coroutine(async () => {
        await sleep(1);
        throw new RangeError('broken');
      });
      ev('good', await shield(good()));
      try {
        await shield(bad());
      } catch (e) {
        ev('bad', e);
      }
    },
    gen: function* (ev) {
      function* good() {
        yield* sleep(1);
        return 'value';
      }
      function* bad() {
        yield* sleep(1);
        throw new RangeError('broken');
      }
      ev('good', yield* shield(good()));
      try {
        yield* shield(bad());
      } catch (e) {
        ev('bad', e);
      }
    },
  },
  {
    title:
      'an inner task that is cancelled cancels the shield too, and its message is lost on the way',
    py: `
      async def main(ev):
          async def inner():
              await sleep(5)
          i = create_task(inner())
          get_running_loop().call_later(1, i.cancel, 'lost')
          s = shield(i)
          try:
              await s
          except CancelledError as e:
              ev('caught', e, s.cancelled(), current_task().cancelling())
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        await sleep(5);
      });
      getRunningLoop().callLater(1, () => i.cancel('lost'));
      const s = shield(i);
      try {
        await s;
      } catch (e) {
        ev('caught', e, s.cancelled(), currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        yield* sleep(5);
      });
      getRunningLoop().callLater(1, () => i.cancel('lost'));
      const s = shield(i);
      try {
        yield* s;
      } catch (e) {
        ev('caught', e, s.cancelled(), currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'a shield around what is done already is that very future',
    py: `
      async def main(ev):
          loop = get_running_loop()
          done, pending = loop.create_future(), loop.create_future()
          done.set_result('value')
          ev('same', shield(done) is done, shield(pending) is pending)
          loop.call_soon(ev, 'a turn')
          ev('awaited', await shield(done))
          pending.cancel()
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [done, pending] = [loop.createFuture<string>(), loop.createFuture<string>()];
      done.setResult('value');
      const same = (a: Future<string>, b: Future<string>): boolean => a === b;
      ev('same', same(shield(done), done), same(shield(pending), pending));
      loop.callSoon(ev, 'a turn');
      ev('awaited', await shield(done));
      pending.cancel();
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [done, pending] = [loop.createFuture<string>(), loop.createFuture<string>()];
      done.setResult('value');
      const same = (a: Future<string>, b: Future<string>): boolean => a === b;
      ev('same', same(shield(done), done), same(shield(pending), pending));
      loop.callSoon(ev, 'a turn');
      ev('awaited', yield* shield(done));
      pending.cancel();
    },
  },
  {
    title:
      'an error of the inner task after the waiter was cancelled goes to the exception handler',
    py: `
      async def main(ev):
          async def bad():
              await sleep(2)
              raise ValueError('nobody listens')
          i = create_task(bad())
          async def outer():
              await shield(i)
          o = create_task(outer())
          await sleep(1)
          o.cancel()
          await wait([o])
          await sleep(2)
          ev('inner', i.done())
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        await sleep(2);
        throw new RangeError('nobody listens');
      });
      const o = createTask(async () => {
        await shield(i);
      });
      await sleep(1);
      o.cancel();
      await wait([o]);
      await sleep(2);
      ev('inner', i.done());
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        yield* sleep(2);
        throw new RangeError('nobody listens');
      });
      const o = createTask(function* () {
        yield* shield(i);
      });
      yield* sleep(1);
      o.cancel();
      yield* wait([o]);
      yield* sleep(2);
      ev('inner', i.done());
    },
  },
  {
    title:
      'of three shields around one task two are cancelled: an error goes to the handler once, and out of the third',
    py: `
      async def main(ev):
          async def bad():
              await sleep(2)
              raise ValueError('told')
          i = create_task(bad())
          a, b, c = shield(i), shield(i), shield(i)
          a.cancel('a')
          b.cancel('b')
          for s in (a, b, c):
              try:
                  await s
              except BaseException as e:
                  ev('caught', e)
          await sleep(0)
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        await sleep(2);
        throw new RangeError('told');
      });
      const [a, b, c] = [shield(i), shield(i), shield(i)];
      a.cancel('a');
      b.cancel('b');
      for (const s of [a, b, c]) {
        try {
          await s;
        } catch (e) {
          ev('caught', e);
        }
      }
      await sleep(0);
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        yield* sleep(2);
        throw new RangeError('told');
      });
      const [a, b, c] = [shield(i), shield(i), shield(i)];
      a.cancel('a');
      b.cancel('b');
      for (const s of [a, b, c]) {
        try {
          yield* s;
        } catch (e) {
          ev('caught', e);
        }
      }
      yield* sleep(0);
    },
  },
  {
    title: 'a waiter that is cancelled may still wait for the inner task in its except block',
    py: `
      async def main(ev):
          async def inner():
              await sleep(3)
              return 'value'
          i = create_task(inner())
          async def outer():
              try:
                  return await shield(i)
              except CancelledError:
                  ev('finishing first')
                  return await i
          o = create_task(outer())
          await sleep(1)
          o.cancel()
          ev('outer', await o, o.cancelled())
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        await sleep(3);
        return 'value';
      });
      const o = createTask(async () => {
        try {
          return await shield(i);
        } catch {
          ev('finishing first');
          return await i;
        }
      });
      await sleep(1);
      o.cancel();
      ev('outer', await o, o.cancelled());
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        yield* sleep(3);
        return 'value';
      });
      const o = createTask(function* () {
        try {
          return yield* shield(i);
        } catch {
          ev('finishing first');
          return yield* i;
        }
      });
      yield* sleep(1);
      o.cancel();
      ev('outer', yield* o, o.cancelled());
    },
  },
  {
    title:
      'inner task and waiter cancelled in one turn: both end cancelled, each with its own message',
    py: `
      async def main(ev):
          async def inner():
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev('inner', e)
                  raise
          i = create_task(inner())
          async def outer():
              try:
                  await shield(i)
              except CancelledError as e:
                  ev('outer', e)
                  raise
          o = create_task(outer())
          await sleep(1)
          i.cancel('to the inner')
          o.cancel('to the outer')
          await wait([i, o])
    `,
    async: async (ev) => {
      const i = createTask(async () => {
        try {
          await sleep(5);
        } catch (e) {
          ev('inner', e);
          throw e;
        }
      });
      const o = createTask(async () => {
        try {
          await shield(i);
        } catch (e) {
          ev('outer', e);
          throw e;
        }
      });
      await sleep(1);
      i.cancel('to the inner');
      o.cancel('to the outer');
      await wait([i, o]);
    },
    gen: function* (ev) {
      const i = createTask(function* () {
        try {
          yield* sleep(5);
        } catch (e) {
          ev('inner', e);
          throw e;
        }
      });
      const o = createTask(function* () {
        try {
          yield* shield(i);
        } catch (e) {
          ev('outer', e);
          throw e;
        }
      });
      yield* sleep(1);
      i.cancel('to the inner');
      o.cancel('to the outer');
      yield* wait([i, o]);
    },
  },
  {
    title: 'a gather of shields can be cancelled without reaching the tasks behind them',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
              return n
          tasks = [create_task(child(n)) for n in (2, 3)]
          g = gather(*[shield(t) for t in tasks])
          await sleep(1)
          ev('cancel', g.cancel('the gather'))
          try:
              await g
          except CancelledError as e:
              ev('caught', e)
          ev('values', await gather(*tasks))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
        return n;
      });
      const tasks = [2, 3].map((n) => createTask(child(n)));
      const g = gather(...tasks.map((t) => shield(t)));
      await sleep(1);
      ev('cancel', g.cancel('the gather'));
      try {
        await g;
      } catch (e) {
        ev('caught', e);
      }
      ev('values', await gather(...tasks));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
        return n;
      }
      const tasks = [2, 3].map((n) => createTask(child(n)));
      const g = gather(...tasks.map((t) => shield(t)));
      yield* sleep(1);
      ev('cancel', g.cancel('the gather'));
      try {
        yield* g;
      } catch (e) {
        ev('caught', e);
      }
      ev('values', yield* gather(...tasks));
    },
  },
];
