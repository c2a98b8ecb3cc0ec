// wait: its three conditions, its timeout, and what it refuses.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  wait,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'ALL_COMPLETED waits for all, whatever they end with, and throws nothing itself',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              if n == 2:
                  raise ValueError('two')
              return n
          tasks = [create_task(child(n), name=str(n)) for n in (1, 2, 3, 4)]
          get_running_loop().call_later(1, tasks[2].cancel, 'three')
          done, pending = await wait(tasks)
          ev('done', done, pending)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        if (n === 2) throw new RangeError('two');
        return n;
      });
      const tasks = [1, 2, 3, 4].map((n) => createTask(child(n), { name: String(n) }));
      getRunningLoop().callLater(1, () => tasks[2]!.cancel('three'));
      const [done, pending] = await wait(tasks);
      ev('done', done, pending);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        if (n === 2) throw new RangeError('two');
        return n;
      }
      const tasks = [1, 2, 3, 4].map((n) => createTask(child(n), { name: String(n) }));
      getRunningLoop().callLater(1, () => tasks[2]!.cancel('three'));
      const [done, pending] = yield* wait(tasks);
      ev('done', done, pending);
    },
  },
  {
    title: 'FIRST_COMPLETED gives all that are done at the wake-up, and leaves the others running',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
          tasks = [create_task(child(n), name=f'{n}-{i}') for i, n in enumerate((2, 1, 1, 3))]
          done, pending = await wait(tasks, return_when=FIRST_COMPLETED)
          ev('done', done, pending)
          done, pending = await wait(pending, return_when=FIRST_COMPLETED)
          ev('done', done, pending)
          await wait(pending)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
      });
      const tasks = [2, 1, 1, 3].map((n, i) => createTask(child(n), { name: `${n}-${i}` }));
      let [done, pending] = await wait(tasks, { returnWhen: FIRST_COMPLETED });
      ev('done', done, pending);
      [done, pending] = await wait(pending, { returnWhen: FIRST_COMPLETED });
      ev('done', done, pending);
      await wait(pending);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
      }
      const tasks = [2, 1, 1, 3].map((n, i) => createTask(child(n), { name: `${n}-${i}` }));
      let [done, pending] = yield* wait(tasks, { returnWhen: FIRST_COMPLETED });
      ev('done', done, pending);
      [done, pending] = yield* wait(pending, { returnWhen: FIRST_COMPLETED });
      ev('done', done, pending);
      yield* wait(pending);
    },
  },
  {
    title: 'FIRST_EXCEPTION is woken by an error, not by a value and not by a cancellation',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              if n == 3:
                  raise ValueError('three')
          tasks = [create_task(child(n), name=str(n)) for n in (1, 2, 3, 4)]
          get_running_loop().call_later(1.5, tasks[1].cancel)
          ev('result', *await wait(tasks, return_when=FIRST_EXCEPTION))
          others = [create_task(child(n), name=f'other {n}') for n in (1, 2)]
          ev('no error: all', *await wait(others, return_when=FIRST_EXCEPTION))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        if (n === 3) throw new RangeError('three');
      });
      const tasks = [1, 2, 3, 4].map((n) => createTask(child(n), { name: String(n) }));
      getRunningLoop().callLater(1.5, () => tasks[1]!.cancel());
      ev('result', ...(await wait(tasks, { returnWhen: FIRST_EXCEPTION })));
      const others = [1, 2].map((n) => createTask(child(n), { name: `other ${n}` }));
      ev('no error: all', ...(await wait(others, { returnWhen: FIRST_EXCEPTION })));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        if (n === 3) throw new RangeError('three');
      }
      const tasks = [1, 2, 3, 4].map((n) => createTask(child(n), { name: String(n) }));
      getRunningLoop().callLater(1.5, () => tasks[1]!.cancel());
      ev('result', ...(yield* wait(tasks, { returnWhen: FIRST_EXCEPTION })));
      const others = [1, 2].map((n) => createTask(child(n), { name: `other ${n}` }));
      ev('no error: all', ...(yield* wait(others, { returnWhen: FIRST_EXCEPTION })));
    },
  },
  {
    title: 'FIRST_EXCEPTION with one that failed before the call still takes a turn',
    py: `
      async def main(ev):
          loop = get_running_loop()
          bad, other = loop.create_future(), loop.create_future()
          bad.set_exception(ValueError('before'))
          loop.call_soon(ev, 'a turn')
          done, pending = await wait([bad, other], return_when=FIRST_EXCEPTION)
          ev('counts', len(done), len(pending), bad in done)
          other.cancel()
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [bad, other] = [loop.createFuture<null>(), loop.createFuture<null>()];
      bad.setException(new RangeError('before'));
      loop.callSoon(ev, 'a turn');
      const [done, pending] = await wait([bad, other], { returnWhen: FIRST_EXCEPTION });
      ev('counts', done.size, pending.size, done.has(bad));
      other.cancel();
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [bad, other] = [loop.createFuture<null>(), loop.createFuture<null>()];
      bad.setException(new RangeError('before'));
      loop.callSoon(ev, 'a turn');
      const [done, pending] = yield* wait([bad, other], { returnWhen: FIRST_EXCEPTION });
      ev('counts', done.size, pending.size, done.has(bad));
      other.cancel();
    },
  },
  {
    title: 'a timeout throws nothing and cancels nothing: what is not done stands in pending',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
          tasks = [create_task(child(n), name=str(n)) for n in (1, 3)]
          ev('result', *await wait(tasks, timeout=2))
          ev('result', *await wait(tasks, timeout=2))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
      });
      const tasks = [1, 3].map((n) => createTask(child(n), { name: String(n) }));
      ev('result', ...(await wait(tasks, { timeout: 2 })));
      ev('result', ...(await wait(tasks, { timeout: 2 })));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
      }
      const tasks = [1, 3].map((n) => createTask(child(n), { name: String(n) }));
      ev('result', ...(yield* wait(tasks, { timeout: 2 })));
      ev('result', ...(yield* wait(tasks, { timeout: 2 })));
    },
  },
  {
    title:
      'a timeout of zero gives a turn or two, in which a task of one step can end; a negative one does too',
    py: `
      async def main(ev):
          async def child(turns):
              for _ in range(turns):
                  await sleep(0)
          for limit in (0, -1):
              tasks = [create_task(child(n), name=f'{n} turns, {limit}') for n in range(4)]
              ev('result', *await wait(tasks, timeout=limit))
              await wait(tasks)
    `,
    async: async (ev) => {
      const child = coroutine(async (turns: number) => {
        for (let i = 0; i < turns; i++) await sleep(0);
      });
      for (const limit of [0, -1]) {
        const tasks = [0, 1, 2, 3].map((n) =>
          createTask(child(n), { name: `${n} turns, ${limit}` }),
        );
        ev('result', ...(await wait(tasks, { timeout: limit })));
        await wait(tasks);
      }
    },
    gen: function* (ev) {
      function* child(turns: number) {
        for (let i = 0; i < turns; i++) yield* sleep(0);
      }
      for (const limit of [0, -1]) {
        const tasks = [0, 1, 2, 3].map((n) =>
          createTask(child(n), { name: `${n} turns, ${limit}` }),
        );
        ev('result', ...(yield* wait(tasks, { timeout: limit })));
        yield* wait(tasks);
      }
    },
  },
  {
    title:
      'a timeout at the very moment at which a task ends: what is done at the wake-up counts as done',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
          tasks = [create_task(child(n), name=str(n)) for n in (1, 2)]
          ev('result', *await wait(tasks, timeout=1))
          ev('result', *await wait(tasks, timeout=1))
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
      });
      const tasks = [1, 2].map((n) => createTask(child(n), { name: String(n) }));
      ev('result', ...(await wait(tasks, { timeout: 1 })));
      ev('result', ...(await wait(tasks, { timeout: 1 })));
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
      }
      const tasks = [1, 2].map((n) => createTask(child(n), { name: String(n) }));
      ev('result', ...(yield* wait(tasks, { timeout: 1 })));
      ev('result', ...(yield* wait(tasks, { timeout: 1 })));
    },
  },
  {
    title: 'waiting for what is done already still takes a turn, in every condition',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          fut.set_result(1)
          for when in (ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION):
              loop.call_soon(ev, 'a turn')
              done, pending = await wait([fut], return_when=when)
              ev('done', len(done), len(pending))
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const fut = loop.createFuture<number>();
      fut.setResult(1);
      for (const returnWhen of [ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION] as const) {
        loop.callSoon(ev, 'a turn');
        const [done, pending] = await wait([fut], { returnWhen });
        ev('done', done.size, pending.size);
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const fut = loop.createFuture<number>();
      fut.setResult(1);
      for (const returnWhen of [ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION] as const) {
        loop.callSoon(ev, 'a turn');
        const [done, pending] = yield* wait([fut], { returnWhen });
        ev('done', done.size, pending.size);
      }
    },
  },
  {
    title: 'nothing to wait for, a coroutine, a single task, an unknown condition: each is refused',
    py: `
      async def main(ev):
          async def child():
              pass
          coro = child()
          t = create_task(child())
          for name, make in {
              'nothing': lambda: wait([]),
              'a coroutine': lambda: wait([t, coro]),
              'a task': lambda: wait(t),
              'a condition': lambda: wait([t], return_when='SOMETIMES'),
          }.items():
              try:
                  await make()
                  ev(name, 'accepted')
              except Exception as e:
                  ev(name, e)
          coro.close()
    `,
    async: async (ev) => {
      const child = coroutine(async () => {});
      const coro = child();
      const t = createTask(child());
      for (const [name, make] of Object.entries({
        nothing: () => wait([]),
        'a coroutine': () => wait([t, coro as unknown as Future<void>]),
        'a task': () => wait(t as unknown as Future<void>[]),
        'a condition': () => wait([t], { returnWhen: 'SOMETIMES' as typeof ALL_COMPLETED }),
      })) {
        try {
          await make();
          ev(name, 'accepted');
        } catch (e) {
          ev(name, e);
        }
      }
      coro.close();
    },
    gen: function* (ev) {
      const child = coroutine(function* () {});
      const coro = child();
      const t = createTask(child());
      for (const [name, make] of Object.entries({
        nothing: () => wait([]),
        'a coroutine': () => wait([t, coro as unknown as Future<void>]),
        'a task': () => wait(t as unknown as Future<void>[]),
        'a condition': () => wait([t], { returnWhen: 'SOMETIMES' as typeof ALL_COMPLETED }),
      })) {
        try {
          yield* make();
          ev(name, 'accepted');
        } catch (e) {
          ev(name, e);
        }
      }
      coro.close();
    },
  },
  {
    title: 'a task given twice is waited for once',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
          t = create_task(child(), name='once')
          done, pending = await wait([t, t, t])
          ev('done', done, len(done), len(pending))
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          await sleep(1);
        },
        { name: 'once' },
      );
      const [done, pending] = await wait([t, t, t]);
      ev('done', done, done.size, pending.size);
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          yield* sleep(1);
        },
        { name: 'once' },
      );
      const [done, pending] = yield* wait([t, t, t]);
      ev('done', done, done.size, pending.size);
    },
  },
  {
    title: 'cancelling the waiting task leaves what it waited for running',
    py: `
      async def main(ev):
          async def child():
              await sleep(3)
              ev('child ends')
              return 'value'
          c = create_task(child())
          async def waiter():
              try:
                  await wait([c])
              except CancelledError as e:
                  ev('waiter', e)
                  raise
          w = create_task(waiter())
          await sleep(1)
          w.cancel('only the waiter')
          ev('result', *await wait([w]))
          ev('child', await c)
    `,
    async: async (ev) => {
      const c = createTask(async () => {
        await sleep(3);
        ev('child ends');
        return 'value';
      });
      const w = createTask(async () => {
        try {
          await wait([c]);
        } catch (e) {
          ev('waiter', e);
          throw e;
        }
      });
      await sleep(1);
      w.cancel('only the waiter');
      ev('result', ...(await wait([w])));
      ev('child', await c);
    },
    gen: function* (ev) {
      const c = createTask(function* () {
        yield* sleep(3);
        ev('child ends');
        return 'value';
      });
      const w = createTask(function* () {
        try {
          yield* wait([c]);
        } catch (e) {
          ev('waiter', e);
          throw e;
        }
      });
      yield* sleep(1);
      w.cancel('only the waiter');
      ev('result', ...(yield* wait([w])));
      ev('child', yield* c);
    },
  },
  {
    title:
      'a waiter cancelled in the turn in which the last task ended is struck, and the task keeps its value',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          async def waiter():
              try:
                  ev('result', len((await wait([fut]))[0]))
              except CancelledError as e:
                  ev('caught', e, current_task().cancelling())
          w = create_task(waiter())
          await sleep(0)
          fut.set_result('kept')
          await sleep(0)
          w.cancel('at the last moment')
          await w
          ev('future', await fut)
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<string>();
      const w = createTask(async () => {
        try {
          ev('result', (await wait([fut]))[0].size);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      });
      await sleep(0);
      fut.setResult('kept');
      await sleep(0);
      w.cancel('at the last moment');
      await w;
      ev('future', await fut);
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<string>();
      const w = createTask(function* () {
        try {
          ev('result', (yield* wait([fut]))[0].size);
        } catch (e) {
          ev('caught', e, currentTask()!.cancelling());
        }
      });
      yield* sleep(0);
      fut.setResult('kept');
      yield* sleep(0);
      w.cancel('at the last moment');
      yield* w;
      ev('future', yield* fut);
    },
  },
];
