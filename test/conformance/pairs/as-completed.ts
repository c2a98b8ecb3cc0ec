// asCompleted: one after the other, in the order of their ends.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Future,
  type Task,
  asCompleted,
  coroutine,
  createTask,
  getRunningLoop,
  sleep,
  wait,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'results come out in the order in which they end',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              return n
          for next_one in as_completed([child(3), child(1), child(2)]):
              ev('next', await next_one)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        return n;
      });
      for (const next of asCompleted([child(3), child(1), child(2)])) ev('next', await next);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        return n;
      }
      for (const next of asCompleted([child(3), child(1), child(2)])) ev('next', yield* next);
    },
  },
  {
    title: 'an asynchronous loop gives the very tasks that were put in, as they end',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              if n == 2:
                  raise ValueError('two')
              return n
          tasks = [create_task(child(n), name=str(n)) for n in (3, 1, 2)]
          async for t in as_completed(tasks):
              ev('next', t, t in tasks, t.done())
              try:
                  ev('value', await t)
              except ValueError as e:
                  ev('error', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        if (n === 2) throw new RangeError('two');
        return n;
      });
      const tasks = [3, 1, 2].map((n) => createTask(child(n), { name: String(n) }));
      for await (const ended of asCompleted(tasks)) {
        const t = ended as Task<number>;
        ev('next', t, tasks.includes(t), t.done());
        try {
          ev('value', await t);
        } catch (e) {
          ev('error', e);
        }
      }
    },
  },
  {
    title:
      'those that end in one turn come out in the order of their ends, without another turn between',
    py: `
      async def main(ev):
          async def child(name):
              await sleep(1)
              return name
          loop = get_running_loop()
          for next_one in as_completed([child('a'), child('b'), child('c')]):
              ev('next', await next_one)
              loop.call_soon(ev, 'a turn')
          await sleep(0)
    `,
    async: async (ev) => {
      const child = coroutine(async (name: string) => {
        await sleep(1);
        return name;
      });
      const loop = getRunningLoop();
      for (const next of asCompleted([child('a'), child('b'), child('c')])) {
        ev('next', await next);
        loop.callSoon(ev, 'a turn');
      }
      await sleep(0);
    },
    gen: function* (ev) {
      function* child(name: string) {
        yield* sleep(1);
        return name;
      }
      const loop = getRunningLoop();
      for (const next of asCompleted([child('a'), child('b'), child('c')])) {
        ev('next', yield* next);
        loop.callSoon(ev, 'a turn');
      }
      yield* sleep(0);
    },
  },
  {
    title: 'an error comes out of its own place, and the loop can go on',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              if n == 2:
                  raise ValueError('two')
              return n
          gone = create_task(child(5))
          get_running_loop().call_later(2.5, gone.cancel, 'gone')
          for next_one in as_completed([child(1), child(2), gone, child(3)]):
              try:
                  ev('next', await next_one)
              except BaseException as e:
                  ev('error', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        if (n === 2) throw new RangeError('two');
        return n;
      });
      const gone = createTask(child(5));
      getRunningLoop().callLater(2.5, () => gone.cancel('gone'));
      for (const next of asCompleted([child(1), child(2), gone, child(3)])) {
        try {
          ev('next', await next);
        } catch (e) {
          ev('error', e);
        }
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        if (n === 2) throw new RangeError('two');
        return n;
      }
      const gone = createTask(child(5));
      getRunningLoop().callLater(2.5, () => gone.cancel('gone'));
      for (const next of asCompleted([child(1), child(2), gone, child(3)])) {
        try {
          ev('next', yield* next);
        } catch (e) {
          ev('error', e);
        }
      }
    },
  },
  {
    title: 'futures that are done already come out in the order given',
    py: `
      async def main(ev):
          loop = get_running_loop()
          futs = [loop.create_future() for _ in range(4)]
          for i in (2, 0, 3):
              futs[i].set_result(i)
          loop.call_later(1, futs[1].set_result, 1)
          for next_one in as_completed([futs[3], futs[1], futs[2], futs[0]]):
              ev('next', await next_one)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const futs = [0, 1, 2, 3].map(() => loop.createFuture<number>());
      for (const i of [2, 0, 3]) futs[i]!.setResult(i);
      loop.callLater(1, () => futs[1]!.setResult(1));
      for (const next of asCompleted([futs[3]!, futs[1]!, futs[2]!, futs[0]!])) {
        ev('next', await next);
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const futs = [0, 1, 2, 3].map(() => loop.createFuture<number>());
      for (const i of [2, 0, 3]) futs[i]!.setResult(i);
      loop.callLater(1, () => futs[1]!.setResult(1));
      for (const next of asCompleted([futs[3]!, futs[1]!, futs[2]!, futs[0]!])) {
        ev('next', yield* next);
      }
    },
  },
  {
    title: 'at the timeout every place that is left gives TimeoutError, and nothing is cancelled',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
              return n
          for next_one in as_completed([child(1), child(3), child(4)], timeout=2):
              try:
                  ev('next', await next_one)
              except TimeoutError as e:
                  ev('error', e)
          await sleep(2)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
        return n;
      });
      for (const next of asCompleted([child(1), child(3), child(4)], { timeout: 2 })) {
        try {
          ev('next', await next);
        } catch (e) {
          ev('error', e);
        }
      }
      await sleep(2);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
        return n;
      }
      for (const next of asCompleted([child(1), child(3), child(4)], { timeout: 2 })) {
        try {
          ev('next', yield* next);
        } catch (e) {
          ev('error', e);
        }
      }
      yield* sleep(2);
    },
  },
  {
    title: 'what ended before the timeout but was not asked for still comes out after it',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              return n
          places = list(as_completed([child(1), child(5)], timeout=2))
          await sleep(3)
          for next_one in places:
              try:
                  ev('next', await next_one)
              except TimeoutError as e:
                  ev('error', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        return n;
      });
      const places = [...asCompleted([child(1), child(5)], { timeout: 2 })];
      await sleep(3);
      for (const next of places) {
        try {
          ev('next', await next);
        } catch (e) {
          ev('error', e);
        }
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        return n;
      }
      const places = [...asCompleted([child(1), child(5)], { timeout: 2 })];
      yield* sleep(3);
      for (const next of places) {
        try {
          ev('next', yield* next);
        } catch (e) {
          ev('error', e);
        }
      }
    },
  },
  {
    title: 'duplicates come out once; nothing gives nothing',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              return n
          t = create_task(child(1))
          coro = child(2)
          for next_one in as_completed([t, coro, t, coro]):
              ev('next', await next_one)
          ev('empty', len(list(as_completed([]))))
          async for _ in as_completed([]):
              ev('never')
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        return n;
      });
      const t = createTask(child(1));
      const coro = child(2);
      for (const next of asCompleted([t, coro, t, coro])) ev('next', await next);
      ev('empty', [...asCompleted([])].length);
      for await (const _ of asCompleted([])) ev('never', _);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        return n;
      }
      const t = createTask(child(1));
      const coro = child(2);
      for (const next of asCompleted([t, coro, t, coro])) ev('next', yield* next);
      ev('empty', [...asCompleted([])].length);
    },
  },
  {
    title: 'a cancelled loop leaves the tasks running',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              ev('ends', n)
              return n
          tasks = [create_task(child(n)) for n in (1, 3)]
          async def loop():
              try:
                  for next_one in as_completed(tasks):
                      ev('next', await next_one)
              except CancelledError as e:
                  ev('loop', e)
          t = create_task(loop())
          await sleep(2)
          t.cancel('stop asking')
          await wait([t, *tasks])
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        ev('ends', n);
        return n;
      });
      const tasks = [1, 3].map((n) => createTask(child(n)));
      const t = createTask(async () => {
        try {
          for (const next of asCompleted(tasks)) ev('next', await next);
        } catch (e) {
          ev('loop', e);
        }
      });
      await sleep(2);
      t.cancel('stop asking');
      await wait<unknown>([t, ...tasks]);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        ev('ends', n);
        return n;
      }
      const tasks = [1, 3].map((n) => createTask(child(n)));
      const t = createTask(function* () {
        try {
          for (const next of asCompleted(tasks)) ev('next', yield* next);
        } catch (e) {
          ev('loop', e);
        }
      });
      yield* sleep(2);
      t.cancel('stop asking');
      yield* wait<unknown>([t, ...tasks]);
    },
  },
  {
    title: 'two that ask at the same time get the first and the second end, in the order of asking',
    py: `
      async def main(ev):
          async def child(n):
              await sleep(n)
              return n
          async def ask(name, place):
              ev(name, await place)
          first, second = as_completed([child(2), child(1)])
          b = create_task(ask('asked first', second))
          a = create_task(ask('asked second', first))
          await wait([a, b])
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        await sleep(n);
        return n;
      });
      const [first, second] = [...asCompleted([child(2), child(1)])];
      const b = createTask(async () => {
        ev('asked first', await second!);
      });
      const a = createTask(async () => {
        ev('asked second', await first!);
      });
      await wait([a, b]);
    },
    gen: function* (ev) {
      function* child(n: number) {
        yield* sleep(n);
        return n;
      }
      const [first, second] = [...asCompleted([child(2), child(1)])];
      const b = createTask(function* () {
        ev('asked first', yield* second!);
      });
      const a = createTask(function* () {
        ev('asked second', yield* first!);
      });
      yield* wait([a, b]);
    },
  },
  {
    title: 'a single task in place of a collection is refused',
    py: `
      async def main(ev):
          async def child():
              pass
          t = create_task(child())
          try:
              as_completed(t)
          except TypeError as e:
              ev('refused', e)
          await t
    `,
    async: async (ev) => {
      const t = createTask(async () => {});
      try {
        asCompleted(t as unknown as Future<void>[]);
      } catch (e) {
        ev('refused', e);
      }
      await t;
    },
    gen: function* (ev) {
      const t = createTask(function* () {});
      try {
        asCompleted(t as unknown as Future<void>[]);
      } catch (e) {
        ev('refused', e);
      }
      yield* t;
    },
  },
];
