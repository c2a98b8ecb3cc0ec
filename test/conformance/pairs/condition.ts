// Condition: notifications, and the lock that comes with them.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  Condition,
  Lock,
  asyncWith,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  wait,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'waiting and notifying without the lock are refused',
    py: `
      async def main(ev):
          cond = Condition()
          attempt(ev, 'notify', cond.notify)
          attempt(ev, 'notify_all', cond.notify_all)
          try:
              await cond.wait()
          except RuntimeError as e:
              ev('wait', e)
          attempt(ev, 'release', cond.release)
    `,
    async: async (ev) => {
      const cond = new Condition();
      attempt(ev, 'notify', () => cond.notify());
      attempt(ev, 'notify_all', () => cond.notifyAll());
      try {
        await cond.wait();
      } catch (e) {
        ev('wait', e);
      }
      attempt(ev, 'release', () => cond.release());
    },
    gen: function* (ev) {
      const cond = new Condition();
      attempt(ev, 'notify', () => cond.notify());
      attempt(ev, 'notify_all', () => cond.notifyAll());
      try {
        yield* cond.wait();
      } catch (e) {
        ev('wait', e);
      }
      attempt(ev, 'release', () => cond.release());
    },
  },
  {
    title: 'notify(n) wakes n waiters in the order of waiting, each with the lock in its hands',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter(name):
              async with cond:
                  ev('woken', name, await cond.wait(), cond.locked())
          tasks = [create_task(waiter(name)) for name in 'abcde']
          await sleep(1)
          for n in (1, 2, 0):
              async with cond:
                  ev('notify', n)
                  cond.notify(n)
                  await sleep(0)
                  ev('still mine', cond.locked())
              await sleep(1)
          async with cond:
              cond.notify_all()
          await wait(tasks)
    `,
    async: async (ev) => {
      const cond = new Condition();
      const waiter = coroutine(async (name: string) => {
        await asyncWith(cond, async () => {
          ev('woken', name, await cond.wait(), cond.locked());
        });
      });
      const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => createTask(waiter(name)));
      await sleep(1);
      for (const n of [1, 2, 0]) {
        await asyncWith(cond, async () => {
          ev('notify', n);
          cond.notify(n);
          await sleep(0);
          ev('still mine', cond.locked());
        });
        await sleep(1);
      }
      await asyncWith(cond, async () => {
        cond.notifyAll();
      });
      await wait(tasks);
    },
    gen: function* (ev) {
      const cond = new Condition();
      function* waiter(name: string) {
        yield* asyncWith(cond, function* () {
          ev('woken', name, yield* cond.wait(), cond.locked());
        });
      }
      const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => createTask(waiter(name)));
      yield* sleep(1);
      for (const n of [1, 2, 0]) {
        yield* asyncWith(cond, function* () {
          ev('notify', n);
          cond.notify(n);
          yield* sleep(0);
          ev('still mine', cond.locked());
        });
        yield* sleep(1);
      }
      yield* asyncWith(cond, function* () {
        cond.notifyAll();
      });
      yield* wait(tasks);
    },
  },
  {
    title: 'a notification that finds nobody waiting is lost',
    py: `
      async def main(ev):
          cond = Condition()
          async with cond:
              cond.notify()
          async with cond:
              try:
                  await wait_for(cond.wait(), 1)
              except TimeoutError as e:
                  ev('nobody came', e, cond.locked())
    `,
    async: async (ev) => {
      const cond = new Condition();
      await asyncWith(cond, async () => {
        cond.notify();
      });
      await asyncWith(cond, async () => {
        try {
          await waitFor(cond.wait(), 1);
        } catch (e) {
          ev('nobody came', e, cond.locked());
        }
      });
    },
    gen: function* (ev) {
      const cond = new Condition();
      yield* asyncWith(cond, function* () {
        cond.notify();
      });
      yield* asyncWith(cond, function* () {
        try {
          yield* waitFor(cond.wait(), 1);
        } catch (e) {
          ev('nobody came', e, cond.locked());
        }
      });
    },
  },
  {
    title: 'a cancelled waiter takes the lock back before its CancelledError comes out',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter():
              async with cond:
                  try:
                      await cond.wait()
                  except CancelledError as e:
                      ev('waiter', e, cond.locked())
                      raise
          w = create_task(waiter())
          await sleep(1)
          await cond.acquire()
          w.cancel('while the lock is held')
          await sleep(1)
          ev('still waiting for the lock', w.done())
          cond.release()
          await wait([w])
          ev('free', cond.locked())
    `,
    async: async (ev) => {
      const cond = new Condition();
      const w = createTask(async () => {
        await asyncWith(cond, async () => {
          try {
            await cond.wait();
          } catch (e) {
            ev('waiter', e, cond.locked());
            throw e;
          }
        });
      });
      await sleep(1);
      await cond.acquire();
      w.cancel('while the lock is held');
      await sleep(1);
      ev('still waiting for the lock', w.done());
      cond.release();
      await wait([w]);
      ev('free', cond.locked());
    },
    gen: function* (ev) {
      const cond = new Condition();
      const w = createTask(function* () {
        yield* asyncWith(cond, function* () {
          try {
            yield* cond.wait();
          } catch (e) {
            ev('waiter', e, cond.locked());
            throw e;
          }
        });
      });
      yield* sleep(1);
      yield* cond.acquire();
      w.cancel('while the lock is held');
      yield* sleep(1);
      ev('still waiting for the lock', w.done());
      cond.release();
      yield* wait([w]);
      ev('free', cond.locked());
    },
  },
  {
    title:
      'a notified waiter that is cancelled takes the lock back first, then passes the notification on',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter(name):
              async with cond:
                  try:
                      await cond.wait()
                      ev('woken', name)
                  except CancelledError as e:
                      ev('cancelled', name, e, cond.locked())
                      raise
          a, b = create_task(waiter('a')), create_task(waiter('b'))
          await sleep(1)
          async with cond:
              cond.notify()
              await sleep(1)
              a.cancel('after the notification')
              await sleep(1)
              ev('nobody yet', a.done(), b.done())
          await wait([a, b])
    `,
    async: async (ev) => {
      const cond = new Condition();
      const waiter = coroutine(async (name: string) => {
        await asyncWith(cond, async () => {
          try {
            await cond.wait();
            ev('woken', name);
          } catch (e) {
            ev('cancelled', name, e, cond.locked());
            throw e;
          }
        });
      });
      const [a, b] = [createTask(waiter('a')), createTask(waiter('b'))];
      await sleep(1);
      await asyncWith(cond, async () => {
        cond.notify();
        await sleep(1);
        a.cancel('after the notification');
        await sleep(1);
        ev('nobody yet', a.done(), b.done());
      });
      await wait([a, b]);
    },
    gen: function* (ev) {
      const cond = new Condition();
      function* waiter(name: string) {
        yield* asyncWith(cond, function* () {
          try {
            yield* cond.wait();
            ev('woken', name);
          } catch (e) {
            ev('cancelled', name, e, cond.locked());
            throw e;
          }
        });
      }
      const [a, b] = [createTask(waiter('a')), createTask(waiter('b'))];
      yield* sleep(1);
      yield* asyncWith(cond, function* () {
        cond.notify();
        yield* sleep(1);
        a.cancel('after the notification');
        yield* sleep(1);
        ev('nobody yet', a.done(), b.done());
      });
      yield* wait([a, b]);
    },
  },
  {
    title: 'a waiter cancelled in the very turn of its notification passes it on too',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter(name):
              async with cond:
                  try:
                      await cond.wait()
                      ev('woken', name)
                  except CancelledError as e:
                      ev('cancelled', name, e)
                      raise
          tasks = [create_task(waiter(name)) for name in 'abc']
          await sleep(1)
          async with cond:
              cond.notify()
              tasks[0].cancel('in the same turn')
          await sleep(1)
          ev('done', [t.done() for t in tasks])
          async with cond:
              cond.notify_all()
          await wait(tasks)
    `,
    async: async (ev) => {
      const cond = new Condition();
      const waiter = coroutine(async (name: string) => {
        await asyncWith(cond, async () => {
          try {
            await cond.wait();
            ev('woken', name);
          } catch (e) {
            ev('cancelled', name, e);
            throw e;
          }
        });
      });
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      await sleep(1);
      await asyncWith(cond, async () => {
        cond.notify();
        tasks[0]!.cancel('in the same turn');
      });
      await sleep(1);
      ev(
        'done',
        tasks.map((t) => t.done()),
      );
      await asyncWith(cond, async () => {
        cond.notifyAll();
      });
      await wait(tasks);
    },
    gen: function* (ev) {
      const cond = new Condition();
      function* waiter(name: string) {
        yield* asyncWith(cond, function* () {
          try {
            yield* cond.wait();
            ev('woken', name);
          } catch (e) {
            ev('cancelled', name, e);
            throw e;
          }
        });
      }
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      yield* sleep(1);
      yield* asyncWith(cond, function* () {
        cond.notify();
        tasks[0]!.cancel('in the same turn');
      });
      yield* sleep(1);
      ev(
        'done',
        tasks.map((t) => t.done()),
      );
      yield* asyncWith(cond, function* () {
        cond.notifyAll();
      });
      yield* wait(tasks);
    },
  },
  {
    title:
      'cancelled again while it takes the lock back, a waiter keeps trying; the later message comes out',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter():
              async with cond:
                  try:
                      await cond.wait()
                  except CancelledError as e:
                      ev('waiter', e, cond.locked(), current_task().cancelling())
                      raise
          w = create_task(waiter())
          await sleep(1)
          await cond.acquire()
          for message in ('one', 'two', 'three'):
              w.cancel(message)
              await sleep(1)
              ev('still waiting', w.done())
          cond.release()
          await wait([w])
    `,
    async: async (ev) => {
      const cond = new Condition();
      const w = createTask(async () => {
        await asyncWith(cond, async () => {
          try {
            await cond.wait();
          } catch (e) {
            ev('waiter', e, cond.locked(), currentTask()!.cancelling());
            throw e;
          }
        });
      });
      await sleep(1);
      await cond.acquire();
      for (const message of ['one', 'two', 'three']) {
        w.cancel(message);
        await sleep(1);
        ev('still waiting', w.done());
      }
      cond.release();
      await wait([w]);
    },
    gen: function* (ev) {
      const cond = new Condition();
      const w = createTask(function* () {
        yield* asyncWith(cond, function* () {
          try {
            yield* cond.wait();
          } catch (e) {
            ev('waiter', e, cond.locked(), currentTask()!.cancelling());
            throw e;
          }
        });
      });
      yield* sleep(1);
      yield* cond.acquire();
      for (const message of ['one', 'two', 'three']) {
        w.cancel(message);
        yield* sleep(1);
        ev('still waiting', w.done());
      }
      cond.release();
      yield* wait([w]);
    },
  },
  {
    title:
      'waitFor(predicate) wakes at each notification and stays until the predicate holds; its value comes out',
    py: `
      async def main(ev):
          cond = Condition()
          n = 0
          def ready():
              ev('asked', n)
              return n >= 2 and 'ready'
          async def waiter():
              async with cond:
                  ev('value', await cond.wait_for(ready))
          w = create_task(waiter())
          for _ in range(3):
              await sleep(1)
              async with cond:
                  n += 1
                  cond.notify()
          await w
          async with cond:
              get_running_loop().call_soon(ev, 'a turn')
              ev('at once', await cond.wait_for(ready))
    `,
    async: async (ev) => {
      const cond = new Condition();
      let n = 0;
      const ready = (): string | false => {
        ev('asked', n);
        return n >= 2 && 'ready';
      };
      const w = createTask(async () => {
        await asyncWith(cond, async () => {
          ev('value', await cond.waitFor(ready));
        });
      });
      for (let i = 0; i < 3; i++) {
        await sleep(1);
        await asyncWith(cond, async () => {
          n += 1;
          cond.notify();
        });
      }
      await w;
      await asyncWith(cond, async () => {
        getRunningLoop().callSoon(ev, 'a turn');
        ev('at once', await cond.waitFor(ready));
      });
    },
    gen: function* (ev) {
      const cond = new Condition();
      let n = 0;
      const ready = (): string | false => {
        ev('asked', n);
        return n >= 2 && 'ready';
      };
      const w = createTask(function* () {
        yield* asyncWith(cond, function* () {
          ev('value', yield* cond.waitFor(ready));
        });
      });
      for (let i = 0; i < 3; i++) {
        yield* sleep(1);
        yield* asyncWith(cond, function* () {
          n += 1;
          cond.notify();
        });
      }
      yield* w;
      yield* asyncWith(cond, function* () {
        getRunningLoop().callSoon(ev, 'a turn');
        ev('at once', yield* cond.waitFor(ready));
      });
    },
  },
  {
    title: 'two conditions over one lock share it, and wake only their own waiters',
    py: `
      async def main(ev):
          lock = Lock()
          full, empty = Condition(lock), Condition(lock)
          async def waiter(name, cond):
              async with cond:
                  await cond.wait()
                  ev('woken', name, lock.locked(), full.locked(), empty.locked())
          tasks = [create_task(waiter('full', full)), create_task(waiter('empty', empty))]
          await sleep(1)
          async with empty:
              empty.notify_all()
              attempt(ev, 'the lock is held through the other one', lambda: full.notify(0))
          await sleep(1)
          ev('done', [t.done() for t in tasks])
          async with full:
              full.notify_all()
          await wait(tasks)
    `,
    async: async (ev) => {
      const lock = new Lock();
      const [full, empty] = [new Condition(lock), new Condition(lock)];
      const waiter = coroutine(async (name: string, cond: Condition) => {
        await asyncWith(cond, async () => {
          await cond.wait();
          ev('woken', name, lock.locked(), full.locked(), empty.locked());
        });
      });
      const tasks = [createTask(waiter('full', full)), createTask(waiter('empty', empty))];
      await sleep(1);
      await asyncWith(empty, async () => {
        empty.notifyAll();
        attempt(ev, 'the lock is held through the other one', () => full.notify(0));
      });
      await sleep(1);
      ev(
        'done',
        tasks.map((t) => t.done()),
      );
      await asyncWith(full, async () => {
        full.notifyAll();
      });
      await wait(tasks);
    },
    gen: function* (ev) {
      const lock = new Lock();
      const [full, empty] = [new Condition(lock), new Condition(lock)];
      function* waiter(name: string, cond: Condition) {
        yield* asyncWith(cond, function* () {
          yield* cond.wait();
          ev('woken', name, lock.locked(), full.locked(), empty.locked());
        });
      }
      const tasks = [createTask(waiter('full', full)), createTask(waiter('empty', empty))];
      yield* sleep(1);
      yield* asyncWith(empty, function* () {
        empty.notifyAll();
        attempt(ev, 'the lock is held through the other one', () => full.notify(0));
      });
      yield* sleep(1);
      ev(
        'done',
        tasks.map((t) => t.done()),
      );
      yield* asyncWith(full, function* () {
        full.notifyAll();
      });
      yield* wait(tasks);
    },
  },
  {
    title:
      'waiters woken together take the lock one after the other, before a newcomer that asked later',
    py: `
      async def main(ev):
          cond = Condition()
          async def waiter(name):
              async with cond:
                  await cond.wait()
                  ev('woken', name)
                  await sleep(1)
          tasks = [create_task(waiter(name)) for name in 'ab']
          await sleep(1)
          async with cond:
              cond.notify_all()
              async def newcomer():
                  async with cond:
                      ev('newcomer')
              tasks.append(create_task(newcomer()))
              await sleep(1)
          await wait(tasks)
    `,
    async: async (ev) => {
      const cond = new Condition();
      const waiter = coroutine(async (name: string) => {
        await asyncWith(cond, async () => {
          await cond.wait();
          ev('woken', name);
          await sleep(1);
        });
      });
      const tasks = ['a', 'b'].map((name) => createTask(waiter(name)));
      await sleep(1);
      await asyncWith(cond, async () => {
        cond.notifyAll();
        tasks.push(
          createTask(async () => {
            await asyncWith(cond, async () => {
              ev('newcomer');
            });
          }),
        );
        await sleep(1);
      });
      await wait(tasks);
    },
    gen: function* (ev) {
      const cond = new Condition();
      function* waiter(name: string) {
        yield* asyncWith(cond, function* () {
          yield* cond.wait();
          ev('woken', name);
          yield* sleep(1);
        });
      }
      const tasks = ['a', 'b'].map((name) => createTask(waiter(name)));
      yield* sleep(1);
      yield* asyncWith(cond, function* () {
        cond.notifyAll();
        tasks.push(
          createTask(function* () {
            yield* asyncWith(cond, function* () {
              ev('newcomer');
            });
          }),
        );
        yield* sleep(1);
      });
      yield* wait(tasks);
    },
  },
];
