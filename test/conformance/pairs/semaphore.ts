// Semaphore and BoundedSemaphore: slots, order, and waiters that are cancelled.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  BoundedSemaphore,
  Semaphore,
  asyncWith,
  coroutine,
  createTask,
  gather,
  getRunningLoop,
  sleep,
  timeout,
  wait,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'a semaphore lets as many in as it has slots, the others in the order of asking',
    py: `
      async def main(ev):
          sem = Semaphore(2)
          async def user(name):
              async with sem:
                  ev('in', name, sem.locked())
                  await sleep(1 if name == 'a' else 2)
              ev('out', name)
          await gather(*[user(name) for name in 'abcde'])
          ev('free', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(2);
      const user = coroutine(async (name: string) => {
        await asyncWith(sem, async () => {
          ev('in', name, sem.locked());
          await sleep(name === 'a' ? 1 : 2);
        });
        ev('out', name);
      });
      await gather(...['a', 'b', 'c', 'd', 'e'].map((name) => user(name)));
      ev('free', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(2);
      function* user(name: string) {
        yield* asyncWith(sem, function* () {
          ev('in', name, sem.locked());
          yield* sleep(name === 'a' ? 1 : 2);
        });
        ev('out', name);
      }
      yield* gather(...['a', 'b', 'c', 'd', 'e'].map((name) => user(name)));
      ev('free', sem.locked());
    },
  },
  {
    title: 'a free slot is taken without suspending; acquire() gives true',
    py: `
      async def main(ev):
          sem = Semaphore()
          get_running_loop().call_soon(ev, 'a turn')
          ev('acquired', await sem.acquire(), sem.locked())
          sem.release()
          async with sem:
              ev('in the block')
          await sleep(0)
    `,
    async: async (ev) => {
      const sem = new Semaphore();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('acquired', await sem.acquire(), sem.locked());
      sem.release();
      await asyncWith(sem, async () => {
        ev('in the block');
      });
      await sleep(0);
    },
    gen: function* (ev) {
      const sem = new Semaphore();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('acquired', yield* sem.acquire(), sem.locked());
      sem.release();
      yield* asyncWith(sem, function* () {
        ev('in the block');
      });
      yield* sleep(0);
    },
  },
  {
    title:
      'a just-released slot reads as locked while its waiter is on the way, and nobody can barge past it',
    py: `
      async def main(ev):
          sem = Semaphore(1)
          await sem.acquire()
          async def user(name):
              await sem.acquire()
              ev('in', name)
              sem.release()
          w = create_task(user('waiter'))
          await sleep(0)
          sem.release()
          ev('released', sem.locked())
          await user('barger')
          await w
          ev('free', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(1);
      await sem.acquire();
      const user = coroutine(async (name: string) => {
        await sem.acquire();
        ev('in', name);
        sem.release();
      });
      const w = createTask(user('waiter'));
      await sleep(0);
      sem.release();
      ev('released', sem.locked());
      await user('barger');
      await w;
      ev('free', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(1);
      yield* sem.acquire();
      function* user(name: string) {
        yield* sem.acquire();
        ev('in', name);
        sem.release();
      }
      const w = createTask(user('waiter'));
      yield* sleep(0);
      sem.release();
      ev('released', sem.locked());
      yield* user('barger');
      yield* w;
      ev('free', sem.locked());
    },
  },
  {
    title: 'a waiter cancelled at the moment at which it gets its slot gives it to the next',
    py: `
      async def main(ev):
          sem = Semaphore(1)
          await sem.acquire()
          async def user(name):
              try:
                  await sem.acquire()
                  ev('in', name)
              except CancelledError as e:
                  ev('cancelled', name, e)
                  raise
          a, b = create_task(user('a')), create_task(user('b'))
          await sleep(0)
          sem.release()
          a.cancel('just now')
          ev('locked', sem.locked())
          await wait([a, b])
          ev('locked', sem.locked())
          sem.release()
          ev('locked', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(1);
      await sem.acquire();
      const user = coroutine(async (name: string) => {
        try {
          await sem.acquire();
          ev('in', name);
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
      });
      const [a, b] = [createTask(user('a')), createTask(user('b'))];
      await sleep(0);
      sem.release();
      a.cancel('just now');
      ev('locked', sem.locked());
      await wait([a, b]);
      ev('locked', sem.locked());
      sem.release();
      ev('locked', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(1);
      yield* sem.acquire();
      function* user(name: string) {
        try {
          yield* sem.acquire();
          ev('in', name);
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
      }
      const [a, b] = [createTask(user('a')), createTask(user('b'))];
      yield* sleep(0);
      sem.release();
      a.cancel('just now');
      ev('locked', sem.locked());
      yield* wait([a, b]);
      ev('locked', sem.locked());
      sem.release();
      ev('locked', sem.locked());
    },
  },
  {
    title: 'waiters that are cancelled before they get a slot do not keep one',
    py: `
      async def main(ev):
          sem = Semaphore(1)
          await sem.acquire()
          async def user(name):
              async with sem:
                  ev('in', name)
          tasks = [create_task(user(name)) for name in 'abc']
          await sleep(1)
          tasks[0].cancel()
          tasks[2].cancel()
          await sleep(1)
          ev('locked', sem.locked())
          sem.release()
          await wait(tasks)
          ev('free', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(1);
      await sem.acquire();
      const user = coroutine(async (name: string) => {
        await asyncWith(sem, async () => {
          ev('in', name);
        });
      });
      const tasks = ['a', 'b', 'c'].map((name) => createTask(user(name)));
      await sleep(1);
      tasks[0]!.cancel();
      tasks[2]!.cancel();
      await sleep(1);
      ev('locked', sem.locked());
      sem.release();
      await wait(tasks);
      ev('free', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(1);
      yield* sem.acquire();
      function* user(name: string) {
        yield* asyncWith(sem, function* () {
          ev('in', name);
        });
      }
      const tasks = ['a', 'b', 'c'].map((name) => createTask(user(name)));
      yield* sleep(1);
      tasks[0]!.cancel();
      tasks[2]!.cancel();
      yield* sleep(1);
      ev('locked', sem.locked());
      sem.release();
      yield* wait(tasks);
      ev('free', sem.locked());
    },
  },
  {
    title: 'several releases in one turn wake as many waiters',
    py: `
      async def main(ev):
          sem = Semaphore(0)
          async def user(name):
              await sem.acquire()
              ev('in', name)
          tasks = [create_task(user(name)) for name in 'abcd']
          await sleep(1)
          for _ in range(3):
              sem.release()
          ev('released', sem.locked())
          await sleep(0)
          ev('a turn later', sem.locked(), [t.done() for t in tasks])
          get_running_loop().call_later(1, sem.release)
          await wait(tasks)
    `,
    async: async (ev) => {
      const sem = new Semaphore(0);
      const user = coroutine(async (name: string) => {
        await sem.acquire();
        ev('in', name);
      });
      const tasks = ['a', 'b', 'c', 'd'].map((name) => createTask(user(name)));
      await sleep(1);
      for (let i = 0; i < 3; i++) sem.release();
      ev('released', sem.locked());
      await sleep(0);
      ev(
        'a turn later',
        sem.locked(),
        tasks.map((t) => t.done()),
      );
      getRunningLoop().callLater(1, () => sem.release());
      await wait(tasks);
    },
    gen: function* (ev) {
      const sem = new Semaphore(0);
      function* user(name: string) {
        yield* sem.acquire();
        ev('in', name);
      }
      const tasks = ['a', 'b', 'c', 'd'].map((name) => createTask(user(name)));
      yield* sleep(1);
      for (let i = 0; i < 3; i++) sem.release();
      ev('released', sem.locked());
      yield* sleep(0);
      ev(
        'a turn later',
        sem.locked(),
        tasks.map((t) => t.done()),
      );
      getRunningLoop().callLater(1, () => sem.release());
      yield* wait(tasks);
    },
  },
  {
    title:
      'while a woken waiter is on its way a newcomer queues up behind it, even if there are slots for both',
    py: `
      async def main(ev):
          sem = Semaphore(0)
          async def user(name):
              await sem.acquire()
              ev('in', name)
          tasks = [create_task(user('a'))]
          await sleep(1)
          for _ in range(3):
              sem.release()
          get_running_loop().call_soon(ev, 'a turn')
          ev('released', sem.locked())
          await user('newcomer')
          await wait(tasks)
          ev('one left', sem.locked())
          await sem.acquire()
          ev('none left', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(0);
      const user = coroutine(async (name: string) => {
        await sem.acquire();
        ev('in', name);
      });
      const tasks = [createTask(user('a'))];
      await sleep(1);
      for (let i = 0; i < 3; i++) sem.release();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('released', sem.locked());
      await user('newcomer');
      await wait(tasks);
      ev('one left', sem.locked());
      await sem.acquire();
      ev('none left', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(0);
      function* user(name: string) {
        yield* sem.acquire();
        ev('in', name);
      }
      const tasks = [createTask(user('a'))];
      yield* sleep(1);
      for (let i = 0; i < 3; i++) sem.release();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('released', sem.locked());
      yield* user('newcomer');
      yield* wait(tasks);
      ev('one left', sem.locked());
      yield* sem.acquire();
      ev('none left', sem.locked());
    },
  },
  {
    title: 'a negative number of slots is refused; a bounded one refuses a release too many',
    py: `
      async def main(ev):
          attempt(ev, 'negative', lambda: Semaphore(-1))
          attempt(ev, 'negative, bounded', lambda: BoundedSemaphore(-1))
          sem = BoundedSemaphore(2)
          await sem.acquire()
          attempt(ev, 'release', sem.release)
          attempt(ev, 'one too many', sem.release)
          plain = Semaphore(2)
          attempt(ev, 'a plain one grows', plain.release)
    `,
    async: async (ev) => {
      const made = (make: () => unknown) => (): null => (make(), null);
      attempt(
        ev,
        'negative',
        made(() => new Semaphore(-1)),
      );
      attempt(
        ev,
        'negative, bounded',
        made(() => new BoundedSemaphore(-1)),
      );
      const sem = new BoundedSemaphore(2);
      await sem.acquire();
      attempt(ev, 'release', () => sem.release());
      attempt(ev, 'one too many', () => sem.release());
      const plain = new Semaphore(2);
      attempt(ev, 'a plain one grows', () => plain.release());
    },
    gen: function* (ev) {
      const made = (make: () => unknown) => (): null => (make(), null);
      attempt(
        ev,
        'negative',
        made(() => new Semaphore(-1)),
      );
      attempt(
        ev,
        'negative, bounded',
        made(() => new BoundedSemaphore(-1)),
      );
      const sem = new BoundedSemaphore(2);
      yield* sem.acquire();
      attempt(ev, 'release', () => sem.release());
      attempt(ev, 'one too many', () => sem.release());
      const plain = new Semaphore(2);
      attempt(ev, 'a plain one grows', () => plain.release());
    },
  },
  {
    title: 'limits in time on waiting for a slot: whoever gave up leaves it to the next',
    py: `
      async def main(ev):
          sem = Semaphore(1)
          await sem.acquire()
          async def impatient(n):
              try:
                  async with timeout(n):
                      await sem.acquire()
                      ev('in', n)
              except TimeoutError:
                  ev('gave up', n)
          tasks = [create_task(impatient(n)) for n in (1, 2, 3)]
          get_running_loop().call_later(2, sem.release)
          await wait(tasks)
          ev('locked', sem.locked())
    `,
    async: async (ev) => {
      const sem = new Semaphore(1);
      await sem.acquire();
      const impatient = coroutine(async (n: number) => {
        try {
          await timeout(n, async () => {
            await sem.acquire();
            ev('in', n);
          });
        } catch {
          ev('gave up', n);
        }
      });
      const tasks = [1, 2, 3].map((n) => createTask(impatient(n)));
      getRunningLoop().callLater(2, () => sem.release());
      await wait(tasks);
      ev('locked', sem.locked());
    },
    gen: function* (ev) {
      const sem = new Semaphore(1);
      yield* sem.acquire();
      function* impatient(n: number) {
        try {
          yield* timeout(n, function* () {
            yield* sem.acquire();
            ev('in', n);
          });
        } catch {
          ev('gave up', n);
        }
      }
      const tasks = [1, 2, 3].map((n) => createTask(impatient(n)));
      getRunningLoop().callLater(2, () => sem.release());
      yield* wait(tasks);
      ev('locked', sem.locked());
    },
  },
];
