// Queues: order, limits, shutdown, and getters and putters that are cancelled.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Awaitable,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueShutDown,
  coroutine,
  createTask,
  gather,
  getRunningLoop,
  sleep,
  timeout,
  wait,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'items go to the getters in the order of asking',
    py: `
      async def main(ev):
          q = Queue()
          async def getter(name):
              ev(name, await q.get())
          tasks = [create_task(getter(name)) for name in 'abc']
          await sleep(1)
          for i in range(3):
              q.put_nowait(i)
          ev('put', q.qsize(), q.empty())
          await wait(tasks)
          ev('after', q.qsize(), q.empty())
    `,
    async: async (ev) => {
      const q = new Queue<number>();
      const getter = coroutine(async (name: string) => {
        ev(name, await q.get());
      });
      const tasks = ['a', 'b', 'c'].map((name) => createTask(getter(name)));
      await sleep(1);
      for (let i = 0; i < 3; i++) q.putNowait(i);
      ev('put', q.qsize(), q.empty());
      await wait(tasks);
      ev('after', q.qsize(), q.empty());
    },
    gen: function* (ev) {
      const q = new Queue<number>();
      function* getter(name: string) {
        ev(name, yield* q.get());
      }
      const tasks = ['a', 'b', 'c'].map((name) => createTask(getter(name)));
      yield* sleep(1);
      for (let i = 0; i < 3; i++) q.putNowait(i);
      ev('put', q.qsize(), q.empty());
      yield* wait(tasks);
      ev('after', q.qsize(), q.empty());
    },
  },
  {
    title: 'get and put that need not wait do not suspend',
    py: `
      async def main(ev):
          q = Queue(2)
          get_running_loop().call_soon(ev, 'a turn')
          await q.put('x')
          await q.put('y')
          ev('got', await q.get(), await q.get())
          await sleep(0)
    `,
    async: async (ev) => {
      const q = new Queue<string>(2);
      getRunningLoop().callSoon(ev, 'a turn');
      await q.put('x');
      await q.put('y');
      ev('got', await q.get(), await q.get());
      await sleep(0);
    },
    gen: function* (ev) {
      const q = new Queue<string>(2);
      getRunningLoop().callSoon(ev, 'a turn');
      yield* q.put('x');
      yield* q.put('y');
      ev('got', yield* q.get(), yield* q.get());
      yield* sleep(0);
    },
  },
  {
    title: 'a full queue makes putters wait, in the order of asking',
    py: `
      async def main(ev):
          q = Queue(1)
          async def putter(item):
              await q.put(item)
              ev('put', item, q.full())
          tasks = [create_task(putter(item)) for item in 'abc']
          await sleep(1)
          ev('full', q.full(), q.qsize(), q.maxsize)
          for _ in range(3):
              ev('got', await q.get())
              await sleep(1)
    `,
    async: async (ev) => {
      const q = new Queue<string>(1);
      const putter = coroutine(async (item: string) => {
        await q.put(item);
        ev('put', item, q.full());
      });
      for (const item of ['a', 'b', 'c']) createTask(putter(item));
      await sleep(1);
      ev('full', q.full(), q.qsize(), q.maxsize);
      for (let i = 0; i < 3; i++) {
        ev('got', await q.get());
        await sleep(1);
      }
    },
    gen: function* (ev) {
      const q = new Queue<string>(1);
      function* putter(item: string) {
        yield* q.put(item);
        ev('put', item, q.full());
      }
      for (const item of ['a', 'b', 'c']) createTask(putter(item));
      yield* sleep(1);
      ev('full', q.full(), q.qsize(), q.maxsize);
      for (let i = 0; i < 3; i++) {
        ev('got', yield* q.get());
        yield* sleep(1);
      }
    },
  },
  {
    title:
      'getNowait of an empty queue and putNowait into a full one throw; 0 and below are no limit',
    py: `
      async def main(ev):
          q = Queue(1)
          attempt(ev, 'empty', q.get_nowait)
          q.put_nowait('x')
          attempt(ev, 'full', lambda: q.put_nowait('y'))
          attempt(ev, 'got', q.get_nowait)
          for limit in (0, -1):
              endless = Queue(limit)
              for i in range(5):
                  endless.put_nowait(i)
              ev('no limit', endless.full(), endless.qsize(), endless.maxsize)
    `,
    async: async (ev) => {
      const q = new Queue<string>(1);
      attempt(ev, 'empty', () => q.getNowait());
      q.putNowait('x');
      attempt(ev, 'full', () => q.putNowait('y'));
      attempt(ev, 'got', () => q.getNowait());
      for (const limit of [0, -1]) {
        const endless = new Queue<number>(limit);
        for (let i = 0; i < 5; i++) endless.putNowait(i);
        ev('no limit', endless.full(), endless.qsize(), endless.maxsize);
      }
    },
    gen: function* (ev) {
      const q = new Queue<string>(1);
      attempt(ev, 'empty', () => q.getNowait());
      q.putNowait('x');
      attempt(ev, 'full', () => q.putNowait('y'));
      attempt(ev, 'got', () => q.getNowait());
      for (const limit of [0, -1]) {
        const endless = new Queue<number>(limit);
        for (let i = 0; i < 5; i++) endless.putNowait(i);
        ev('no limit', endless.full(), endless.qsize(), endless.maxsize);
      }
    },
  },
  {
    title: 'a getter cancelled at the moment at which an item came gives it to the next getter',
    py: `
      async def main(ev):
          q = Queue()
          async def getter(name):
              try:
                  ev(name, await q.get())
              except CancelledError as e:
                  ev(name, e, q.qsize())
                  raise
          a, b = create_task(getter('a')), create_task(getter('b'))
          await sleep(1)
          q.put_nowait('item')
          a.cancel('just now')
          await wait([a, b])
          ev('left', q.qsize())
    `,
    async: async (ev) => {
      const q = new Queue<string>();
      const getter = coroutine(async (name: string) => {
        try {
          ev(name, await q.get());
        } catch (e) {
          ev(name, e, q.qsize());
          throw e;
        }
      });
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      await sleep(1);
      q.putNowait('item');
      a.cancel('just now');
      await wait([a, b]);
      ev('left', q.qsize());
    },
    gen: function* (ev) {
      const q = new Queue<string>();
      function* getter(name: string) {
        try {
          ev(name, yield* q.get());
        } catch (e) {
          ev(name, e, q.qsize());
          throw e;
        }
      }
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      yield* sleep(1);
      q.putNowait('item');
      a.cancel('just now');
      yield* wait([a, b]);
      ev('left', q.qsize());
    },
  },
  {
    title: 'a getter cancelled earlier loses nothing: the item stays for the next one',
    py: `
      async def main(ev):
          q = Queue()
          async def getter(name):
              ev(name, await q.get())
          a, b = create_task(getter('a')), create_task(getter('b'))
          await sleep(1)
          a.cancel()
          await sleep(1)
          q.put_nowait('item')
          await wait([a, b])
          c = create_task(getter('c'))
          await sleep(1)
          c.cancel()
          q.put_nowait('other')
          await wait([c])
          ev('left', q.qsize(), q.get_nowait())
    `,
    async: async (ev) => {
      const q = new Queue<string>();
      const getter = coroutine(async (name: string) => {
        ev(name, await q.get());
      });
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      await sleep(1);
      a.cancel();
      await sleep(1);
      q.putNowait('item');
      await wait([a, b]);
      const c = createTask(getter('c'));
      await sleep(1);
      c.cancel();
      q.putNowait('other');
      await wait([c]);
      ev('left', q.qsize(), q.getNowait());
    },
    gen: function* (ev) {
      const q = new Queue<string>();
      function* getter(name: string) {
        ev(name, yield* q.get());
      }
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      yield* sleep(1);
      a.cancel();
      yield* sleep(1);
      q.putNowait('item');
      yield* wait([a, b]);
      const c = createTask(getter('c'));
      yield* sleep(1);
      c.cancel();
      q.putNowait('other');
      yield* wait([c]);
      ev('left', q.qsize(), q.getNowait());
    },
  },
  {
    title: 'a putter cancelled at the moment at which room came gives the room to the next putter',
    py: `
      async def main(ev):
          q = Queue(1)
          q.put_nowait('first')
          async def putter(item):
              try:
                  await q.put(item)
                  ev('put', item)
              except CancelledError as e:
                  ev('cancelled', item, e)
                  raise
          a, b = create_task(putter('a')), create_task(putter('b'))
          await sleep(1)
          ev('got', q.get_nowait())
          a.cancel('just now')
          await wait([a, b])
          ev('got', q.get_nowait(), q.qsize())
    `,
    async: async (ev) => {
      const q = new Queue<string>(1);
      q.putNowait('first');
      const putter = coroutine(async (item: string) => {
        try {
          await q.put(item);
          ev('put', item);
        } catch (e) {
          ev('cancelled', item, e);
          throw e;
        }
      });
      const [a, b] = [createTask(putter('a')), createTask(putter('b'))];
      await sleep(1);
      ev('got', q.getNowait());
      a.cancel('just now');
      await wait([a, b]);
      ev('got', q.getNowait(), q.qsize());
    },
    gen: function* (ev) {
      const q = new Queue<string>(1);
      q.putNowait('first');
      function* putter(item: string) {
        try {
          yield* q.put(item);
          ev('put', item);
        } catch (e) {
          ev('cancelled', item, e);
          throw e;
        }
      }
      const [a, b] = [createTask(putter('a')), createTask(putter('b'))];
      yield* sleep(1);
      ev('got', q.getNowait());
      a.cancel('just now');
      yield* wait([a, b]);
      ev('got', q.getNowait(), q.qsize());
    },
  },
  {
    title:
      'getNowait can snatch the item from a getter that was woken for it; the getter waits on, behind the others',
    py: `
      async def main(ev):
          q = Queue()
          async def getter(name):
              ev(name, await q.get())
          tasks = [create_task(getter(name)) for name in 'ab']
          await sleep(1)
          q.put_nowait('snatched')
          ev('snatched', q.get_nowait())
          await sleep(1)
          q.put_nowait('one')
          q.put_nowait('two')
          await wait(tasks)
    `,
    async: async (ev) => {
      const q = new Queue<string>();
      const getter = coroutine(async (name: string) => {
        ev(name, await q.get());
      });
      const tasks = ['a', 'b'].map((name) => createTask(getter(name)));
      await sleep(1);
      q.putNowait('snatched');
      ev('snatched', q.getNowait());
      await sleep(1);
      q.putNowait('one');
      q.putNowait('two');
      await wait(tasks);
    },
    gen: function* (ev) {
      const q = new Queue<string>();
      function* getter(name: string) {
        ev(name, yield* q.get());
      }
      const tasks = ['a', 'b'].map((name) => createTask(getter(name)));
      yield* sleep(1);
      q.putNowait('snatched');
      ev('snatched', q.getNowait());
      yield* sleep(1);
      q.putNowait('one');
      q.putNowait('two');
      yield* wait(tasks);
    },
  },
  {
    title: 'a priority queue gives the smallest first, a last-in queue the newest',
    py: `
      async def main(ev):
          p, l = PriorityQueue(), LifoQueue()
          for i in (3, 1, 4, 1, 5, 2):
              p.put_nowait(i)
              await l.put(i)
          ev('priority', [p.get_nowait() for _ in range(6)])
          ev('lifo', [l.get_nowait() for _ in range(6)])
          pairs = PriorityQueue()
          for pair in ((2, 'b'), (1, 'z'), (2, 'a'), (1, 'y')):
              pairs.put_nowait(pair)
          ev('pairs', [pairs.get_nowait() for _ in range(4)])
    `,
    async: async (ev) => {
      const [p, l] = [new PriorityQueue<number>(), new LifoQueue<number>()];
      for (const i of [3, 1, 4, 1, 5, 2]) {
        p.putNowait(i);
        await l.put(i);
      }
      const six = Array.from({ length: 6 });
      ev(
        'priority',
        six.map(() => p.getNowait()),
      );
      ev(
        'lifo',
        six.map(() => l.getNowait()),
      );
      const pairs_ = new PriorityQueue<[number, string]>();
      for (const pair of [
        [2, 'b'],
        [1, 'z'],
        [2, 'a'],
        [1, 'y'],
      ] as [number, string][]) {
        pairs_.putNowait(pair);
      }
      ev(
        'pairs',
        Array.from({ length: 4 }, () => pairs_.getNowait()),
      );
    },
    gen: function* (ev) {
      const [p, l] = [new PriorityQueue<number>(), new LifoQueue<number>()];
      for (const i of [3, 1, 4, 1, 5, 2]) {
        p.putNowait(i);
        yield* l.put(i);
      }
      const six = Array.from({ length: 6 });
      ev(
        'priority',
        six.map(() => p.getNowait()),
      );
      ev(
        'lifo',
        six.map(() => l.getNowait()),
      );
      const pairs_ = new PriorityQueue<[number, string]>();
      for (const pair of [
        [2, 'b'],
        [1, 'z'],
        [2, 'a'],
        [1, 'y'],
      ] as [number, string][]) {
        pairs_.putNowait(pair);
      }
      ev(
        'pairs',
        Array.from({ length: 4 }, () => pairs_.getNowait()),
      );
    },
  },
  {
    title: 'join() waits until every item has been reported done, not until the queue is empty',
    py: `
      async def main(ev):
          q = Queue()
          get_running_loop().call_soon(ev, 'a turn')
          await q.join()
          ev('nothing to wait for')
          for i in range(3):
              q.put_nowait(i)
          async def worker():
              while True:
                  item = await q.get()
                  await sleep(1)
                  ev('worked', item, q.empty())
                  q.task_done()
          w = create_task(worker())
          await q.join()
          ev('joined')
          attempt(ev, 'one too many', q.task_done)
          w.cancel()
    `,
    async: async (ev) => {
      const q = new Queue<number>();
      getRunningLoop().callSoon(ev, 'a turn');
      await q.join();
      ev('nothing to wait for');
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const w = createTask(async () => {
        while (true) {
          const item = await q.get();
          await sleep(1);
          ev('worked', item, q.empty());
          q.taskDone();
        }
      });
      await q.join();
      ev('joined');
      attempt(ev, 'one too many', () => q.taskDone());
      w.cancel();
    },
    gen: function* (ev) {
      const q = new Queue<number>();
      getRunningLoop().callSoon(ev, 'a turn');
      yield* q.join();
      ev('nothing to wait for');
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const w = createTask(function* () {
        while (true) {
          const item = yield* q.get();
          yield* sleep(1);
          ev('worked', item, q.empty());
          q.taskDone();
        }
      });
      yield* q.join();
      ev('joined');
      attempt(ev, 'one too many', () => q.taskDone());
      w.cancel();
    },
  },
  {
    title:
      'after shutdown() nothing can be put; what is there can still be got, and then every get throws',
    py: `
      async def main(ev):
          q = Queue()
          q.put_nowait(1)
          q.put_nowait(2)
          q.shutdown()
          attempt(ev, 'put_nowait', lambda: q.put_nowait(3))
          try:
              await q.put(3)
          except QueueShutDown as e:
              ev('put', e)
          ev('got', await q.get(), q.get_nowait())
          attempt(ev, 'get_nowait', q.get_nowait)
          try:
              await q.get()
          except QueueShutDown as e:
              ev('get', e)
          q.shutdown()
          ev('a second shutdown is nothing')
    `,
    async: async (ev) => {
      const q = new Queue<number>();
      q.putNowait(1);
      q.putNowait(2);
      q.shutdown();
      attempt(ev, 'put_nowait', () => q.putNowait(3));
      try {
        await q.put(3);
      } catch (e) {
        ev('put', e);
      }
      ev('got', await q.get(), q.getNowait());
      attempt(ev, 'get_nowait', () => q.getNowait());
      try {
        await q.get();
      } catch (e) {
        ev('get', e);
      }
      q.shutdown();
      ev('a second shutdown is nothing');
    },
    gen: function* (ev) {
      const q = new Queue<number>();
      q.putNowait(1);
      q.putNowait(2);
      q.shutdown();
      attempt(ev, 'put_nowait', () => q.putNowait(3));
      try {
        yield* q.put(3);
      } catch (e) {
        ev('put', e);
      }
      ev('got', yield* q.get(), q.getNowait());
      attempt(ev, 'get_nowait', () => q.getNowait());
      try {
        yield* q.get();
      } catch (e) {
        ev('get', e);
      }
      q.shutdown();
      ev('a second shutdown is nothing');
    },
  },
  {
    title:
      'shutdown() wakes getters and putters that wait, each with QueueShutDown, in their order',
    py: `
      async def main(ev):
          async def waiting(name, awaitable):
              try:
                  ev(name, await awaitable)
              except QueueShutDown as e:
                  ev(name, e)
          q = Queue(1)
          getters = [create_task(waiting(f'getter {i}', q.get())) for i in range(2)]
          await sleep(1)
          q.shutdown()
          await wait(getters)
          q = Queue(1)
          q.put_nowait('kept')
          putters = [create_task(waiting(f'putter {i}', q.put(i))) for i in range(2)]
          await sleep(1)
          q.shutdown()
          await wait(putters)
          ev('kept', q.get_nowait())
    `,
    async: async (ev) => {
      const waiting = coroutine(async (name: string, awaitable: PromiseLike<unknown>) => {
        try {
          ev(name, await awaitable);
        } catch (e) {
          ev(name, e);
        }
      });
      let q = new Queue<number | string>(1);
      const getters = [0, 1].map((i) => createTask(waiting(`getter ${i}`, q.get())));
      await sleep(1);
      q.shutdown();
      await wait(getters);
      q = new Queue(1);
      q.putNowait('kept');
      const putters = [0, 1].map((i) => createTask(waiting(`putter ${i}`, q.put(i))));
      await sleep(1);
      q.shutdown();
      await wait(putters);
      ev('kept', q.getNowait());
    },
    gen: function* (ev) {
      function* waiting(name: string, awaitable: Awaitable<unknown>) {
        try {
          ev(name, yield* awaitable);
        } catch (e) {
          ev(name, e);
        }
      }
      let q = new Queue<number | string>(1);
      const getters = [0, 1].map((i) => createTask(waiting(`getter ${i}`, q.get())));
      yield* sleep(1);
      q.shutdown();
      yield* wait(getters);
      q = new Queue(1);
      q.putNowait('kept');
      const putters = [0, 1].map((i) => createTask(waiting(`putter ${i}`, q.put(i))));
      yield* sleep(1);
      q.shutdown();
      yield* wait(putters);
      ev('kept', q.getNowait());
    },
  },
  {
    title: 'shutdown(immediate) throws the items away, counts them as done, and lets join() go',
    py: `
      async def main(ev):
          q = Queue()
          for i in range(3):
              q.put_nowait(i)
          async def joiner():
              await q.join()
              ev('joined')
          j = create_task(joiner())
          await sleep(1)
          q.shutdown(immediate=True)
          ev('items', q.qsize(), q.empty())
          attempt(ev, 'get', q.get_nowait)
          await j
          await q.join()
    `,
    async: async (ev) => {
      const q = new Queue<number>();
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const j = createTask(async () => {
        await q.join();
        ev('joined');
      });
      await sleep(1);
      q.shutdown(true);
      ev('items', q.qsize(), q.empty());
      attempt(ev, 'get', () => q.getNowait());
      await j;
      await q.join();
    },
    gen: function* (ev) {
      const q = new Queue<number>();
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const j = createTask(function* () {
        yield* q.join();
        ev('joined');
      });
      yield* sleep(1);
      q.shutdown(true);
      ev('items', q.qsize(), q.empty());
      attempt(ev, 'get', () => q.getNowait());
      yield* j;
      yield* q.join();
    },
  },
  {
    title:
      'an item in the hands of a worker at shutdown(immediate) still counts: join() waits for its taskDone()',
    py: `
      async def main(ev):
          q = Queue()
          for i in range(3):
              q.put_nowait(i)
          async def worker():
              try:
                  while True:
                      item = await q.get()
                      await sleep(2)
                      ev('worked', item)
                      q.task_done()
              except QueueShutDown as e:
                  ev('worker', e)
          w = create_task(worker())
          await sleep(1)
          q.shutdown(immediate=True)
          await q.join()
          ev('joined')
          await w
    `,
    async: async (ev) => {
      const q = new Queue<number>();
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const w = createTask(async () => {
        try {
          while (true) {
            const item = await q.get();
            await sleep(2);
            ev('worked', item);
            q.taskDone();
          }
        } catch (e) {
          if (!(e instanceof QueueShutDown)) throw e;
          ev('worker', e);
        }
      });
      await sleep(1);
      q.shutdown(true);
      await q.join();
      ev('joined');
      await w;
    },
    gen: function* (ev) {
      const q = new Queue<number>();
      for (let i = 0; i < 3; i++) q.putNowait(i);
      const w = createTask(function* () {
        try {
          while (true) {
            const item = yield* q.get();
            yield* sleep(2);
            ev('worked', item);
            q.taskDone();
          }
        } catch (e) {
          if (!(e instanceof QueueShutDown)) throw e;
          ev('worker', e);
        }
      });
      yield* sleep(1);
      q.shutdown(true);
      yield* q.join();
      ev('joined');
      yield* w;
    },
  },
  {
    title: 'limits in time on get lose no item, even at the very moment',
    py: `
      async def main(ev):
          q = Queue()
          get_running_loop().call_later(1, q.put_nowait, 'at one')
          get_running_loop().call_later(2, q.put_nowait, 'at two')
          for _ in range(4):
              try:
                  ev('got', await wait_for(q.get(), 1))
              except TimeoutError:
                  ev('gave up', q.qsize())
              await sleep(0)
          try:
              async with timeout(0):
                  ev('got', await q.get())
          except TimeoutError:
              ev('gave up', q.qsize())
    `,
    async: async (ev) => {
      const q = new Queue<string>();
      getRunningLoop().callLater(1, () => q.putNowait('at one'));
      getRunningLoop().callLater(2, () => q.putNowait('at two'));
      for (let i = 0; i < 4; i++) {
        try {
          ev('got', await waitFor(q.get(), 1));
        } catch {
          ev('gave up', q.qsize());
        }
        await sleep(0);
      }
      try {
        await timeout(0, async () => {
          ev('got', await q.get());
        });
      } catch {
        ev('gave up', q.qsize());
      }
    },
    gen: function* (ev) {
      const q = new Queue<string>();
      getRunningLoop().callLater(1, () => q.putNowait('at one'));
      getRunningLoop().callLater(2, () => q.putNowait('at two'));
      for (let i = 0; i < 4; i++) {
        try {
          ev('got', yield* waitFor(q.get(), 1));
        } catch {
          ev('gave up', q.qsize());
        }
        yield* sleep(0);
      }
      try {
        yield* timeout(0, function* () {
          ev('got', yield* q.get());
        });
      } catch {
        ev('gave up', q.qsize());
      }
    },
  },
  {
    title: 'producers and consumers over a short queue take turns as the queue fills and empties',
    py: `
      async def main(ev):
          q = Queue(2)
          async def producer(name):
              for i in range(3):
                  await q.put(f'{name}{i}')
                  ev('put', name, i, q.qsize())
          async def consumer(name):
              for _ in range(3):
                  ev('got', name, await q.get(), q.qsize())
          await gather(producer('x'), producer('y'), consumer('a'), consumer('b'))
    `,
    async: async (ev) => {
      const q = new Queue<string>(2);
      const producer = coroutine(async (name: string) => {
        for (let i = 0; i < 3; i++) {
          await q.put(`${name}${i}`);
          ev('put', name, i, q.qsize());
        }
      });
      const consumer = coroutine(async (name: string) => {
        for (let i = 0; i < 3; i++) {
          const item = await q.get();
          ev('got', name, item, q.qsize());
        }
      });
      await gather(producer('x'), producer('y'), consumer('a'), consumer('b'));
    },
    gen: function* (ev) {
      const q = new Queue<string>(2);
      function* producer(name: string) {
        for (let i = 0; i < 3; i++) {
          yield* q.put(`${name}${i}`);
          ev('put', name, i, q.qsize());
        }
      }
      function* consumer(name: string) {
        for (let i = 0; i < 3; i++) {
          const item = yield* q.get();
          ev('got', name, item, q.qsize());
        }
      }
      yield* gather(producer('x'), producer('y'), consumer('a'), consumer('b'));
    },
  },
  {
    title:
      'of two getters the second is cancelled in the turn in which both were woken: one item stays',
    py: `
      async def main(ev):
          q = Queue()
          async def getter(name):
              try:
                  ev(name, await q.get())
              except CancelledError as e:
                  ev(name, e)
                  raise
          a, b = create_task(getter('a')), create_task(getter('b'))
          await sleep(1)
          q.put_nowait('one')
          q.put_nowait('two')
          b.cancel('b')
          await wait([a, b])
          ev('left', q.qsize())
          late = create_task(getter('late'))
          await wait([late])
    `,
    async: async (ev) => {
      const q = new Queue<string>();
      const getter = coroutine(async (name: string) => {
        try {
          ev(name, await q.get());
        } catch (e) {
          ev(name, e);
          throw e;
        }
      });
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      await sleep(1);
      q.putNowait('one');
      q.putNowait('two');
      b.cancel('b');
      await wait([a, b]);
      ev('left', q.qsize());
      const late = createTask(getter('late'));
      await wait([late]);
    },
    gen: function* (ev) {
      const q = new Queue<string>();
      function* getter(name: string) {
        try {
          ev(name, yield* q.get());
        } catch (e) {
          ev(name, e);
          throw e;
        }
      }
      const [a, b] = [createTask(getter('a')), createTask(getter('b'))];
      yield* sleep(1);
      q.putNowait('one');
      q.putNowait('two');
      b.cancel('b');
      yield* wait([a, b]);
      ev('left', q.qsize());
      const late = createTask(getter('late'));
      yield* wait([late]);
    },
  },
];
