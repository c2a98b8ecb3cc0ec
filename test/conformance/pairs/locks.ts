// Lock and Event: order, barging, and waiters that are cancelled.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  Event,
  Lock,
  type Task,
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
    title: 'a lock is handed on in the order of asking',
    py: `
      async def main(ev):
          lock = Lock()
          async def user(name):
              async with lock:
                  ev('has it', name, lock.locked())
                  await sleep(1)
              ev('gave it back', name)
          await gather(*[user(name) for name in 'abc'])
          ev('free', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      const user = coroutine(async (name: string) => {
        await asyncWith(lock, async () => {
          ev('has it', name, lock.locked());
          await sleep(1);
        });
        ev('gave it back', name);
      });
      await gather(...['a', 'b', 'c'].map((name) => user(name)));
      ev('free', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      function* user(name: string) {
        yield* asyncWith(lock, function* () {
          ev('has it', name, lock.locked());
          yield* sleep(1);
        });
        ev('gave it back', name);
      }
      yield* gather(...['a', 'b', 'c'].map((name) => user(name)));
      ev('free', lock.locked());
    },
  },
  {
    title: 'taking a free lock does not suspend; acquire() gives true',
    py: `
      async def main(ev):
          lock = Lock()
          get_running_loop().call_soon(ev, 'a turn')
          ev('acquired', await lock.acquire(), lock.locked())
          lock.release()
          ev('released', lock.locked())
          async with lock:
              ev('in the block')
          await sleep(0)
    `,
    async: async (ev) => {
      const lock = new Lock();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('acquired', await lock.acquire(), lock.locked());
      lock.release();
      ev('released', lock.locked());
      await asyncWith(lock, async () => {
        ev('in the block');
      });
      await sleep(0);
    },
    gen: function* (ev) {
      const lock = new Lock();
      getRunningLoop().callSoon(ev, 'a turn');
      ev('acquired', yield* lock.acquire(), lock.locked());
      lock.release();
      ev('released', lock.locked());
      yield* asyncWith(lock, function* () {
        ev('in the block');
      });
      yield* sleep(0);
    },
  },
  {
    title: 'a just-released lock reads as free, and yet nobody can barge past its first waiter',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def user(name):
              await lock.acquire()
              ev('has it', name)
              lock.release()
          a = create_task(user('waiter'))
          await sleep(0)
          lock.release()
          ev('released', lock.locked())
          await user('barger')
          await a
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const user = coroutine(async (name: string) => {
        await lock.acquire();
        ev('has it', name);
        lock.release();
      });
      const a = createTask(user('waiter'));
      await sleep(0);
      lock.release();
      ev('released', lock.locked());
      await user('barger');
      await a;
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      function* user(name: string) {
        yield* lock.acquire();
        ev('has it', name);
        lock.release();
      }
      const a = createTask(user('waiter'));
      yield* sleep(0);
      lock.release();
      ev('released', lock.locked());
      yield* user('barger');
      yield* a;
    },
  },
  {
    title: 'past waiters that are all cancelled a newcomer takes a free lock at once',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def waiter():
              try:
                  await lock.acquire()
                  ev('never')
              except CancelledError as e:
                  ev('waiter', e)
          a = create_task(waiter())
          b = create_task(waiter())
          await sleep(0)
          a.cancel('a')
          b.cancel('b')
          lock.release()
          get_running_loop().call_soon(ev, 'a turn')
          await lock.acquire()
          ev('acquired')
          await wait([a, b])
          ev('locked', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const waiter = coroutine(async () => {
        try {
          await lock.acquire();
          ev('never');
        } catch (e) {
          ev('waiter', e);
        }
      });
      const [a, b] = [createTask(waiter()), createTask(waiter())];
      await sleep(0);
      a.cancel('a');
      b.cancel('b');
      lock.release();
      getRunningLoop().callSoon(ev, 'a turn');
      await lock.acquire();
      ev('acquired');
      await wait([a, b]);
      ev('locked', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      function* waiter() {
        try {
          yield* lock.acquire();
          ev('never');
        } catch (e) {
          ev('waiter', e);
        }
      }
      const [a, b] = [createTask(waiter()), createTask(waiter())];
      yield* sleep(0);
      a.cancel('a');
      b.cancel('b');
      lock.release();
      getRunningLoop().callSoon(ev, 'a turn');
      yield* lock.acquire();
      ev('acquired');
      yield* wait([a, b]);
      ev('locked', lock.locked());
    },
  },
  {
    title: 'a waiter cancelled at the moment at which it gets the lock passes it on to the next',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def user(name):
              try:
                  await lock.acquire()
              except CancelledError as e:
                  ev('cancelled', name, e)
                  raise
              ev('has it', name)
              lock.release()
          a, b = create_task(user('a')), create_task(user('b'))
          await sleep(0)
          lock.release()
          a.cancel('just now')
          await wait([a, b])
          ev('free', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const user = coroutine(async (name: string) => {
        try {
          await lock.acquire();
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
        ev('has it', name);
        lock.release();
      });
      const [a, b] = [createTask(user('a')), createTask(user('b'))];
      await sleep(0);
      lock.release();
      a.cancel('just now');
      await wait([a, b]);
      ev('free', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      function* user(name: string) {
        try {
          yield* lock.acquire();
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
        ev('has it', name);
        lock.release();
      }
      const [a, b] = [createTask(user('a')), createTask(user('b'))];
      yield* sleep(0);
      lock.release();
      a.cancel('just now');
      yield* wait([a, b]);
      ev('free', lock.locked());
    },
  },
  {
    title: 'a waiter in the middle that is cancelled leaves the order of the others as it was',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def user(name):
              async with lock:
                  ev('has it', name)
                  await sleep(1)
          tasks = [create_task(user(name)) for name in 'abcd']
          await sleep(1)
          tasks[1].cancel()
          await sleep(1)
          tasks.append(create_task(user('e')))
          lock.release()
          await wait(tasks)
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const user = coroutine(async (name: string) => {
        await asyncWith(lock, async () => {
          ev('has it', name);
          await sleep(1);
        });
      });
      const tasks = ['a', 'b', 'c', 'd'].map((name) => createTask(user(name)));
      await sleep(1);
      tasks[1]!.cancel();
      await sleep(1);
      tasks.push(createTask(user('e')));
      lock.release();
      await wait(tasks);
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      function* user(name: string) {
        yield* asyncWith(lock, function* () {
          ev('has it', name);
          yield* sleep(1);
        });
      }
      const tasks = ['a', 'b', 'c', 'd'].map((name) => createTask(user(name)));
      yield* sleep(1);
      tasks[1]!.cancel();
      yield* sleep(1);
      tasks.push(createTask(user('e')));
      lock.release();
      yield* wait(tasks);
    },
  },
  {
    title:
      'releasing a lock that nobody holds is a RuntimeError, also while a waiter is on its way to it',
    py: `
      async def main(ev):
          lock = Lock()
          attempt(ev, 'never locked', lock.release)
          await lock.acquire()
          async def waiter():
              await lock.acquire()
              ev('waiter has it')
          w = create_task(waiter())
          await sleep(0)
          attempt(ev, 'held', lock.release)
          attempt(ev, 'on its way', lock.release)
          await w
          attempt(ev, 'held by a task that is over', lock.release)
    `,
    async: async (ev) => {
      const lock = new Lock();
      attempt(ev, 'never locked', () => lock.release());
      await lock.acquire();
      const w = createTask(async () => {
        await lock.acquire();
        ev('waiter has it');
      });
      await sleep(0);
      attempt(ev, 'held', () => lock.release());
      attempt(ev, 'on its way', () => lock.release());
      await w;
      attempt(ev, 'held by a task that is over', () => lock.release());
    },
    gen: function* (ev) {
      const lock = new Lock();
      attempt(ev, 'never locked', () => lock.release());
      yield* lock.acquire();
      const w = createTask(function* () {
        yield* lock.acquire();
        ev('waiter has it');
      });
      yield* sleep(0);
      attempt(ev, 'held', () => lock.release());
      attempt(ev, 'on its way', () => lock.release());
      yield* w;
      attempt(ev, 'held by a task that is over', () => lock.release());
    },
  },
  {
    title:
      'the block gives the lock back after an error and after a cancellation, but not if it never got it',
    py: `
      async def main(ev):
          lock = Lock()
          try:
              async with lock:
                  raise ValueError('inside')
          except ValueError as e:
              ev('after the error', e, lock.locked())
          async def holder():
              async with lock:
                  await sleep(5)
          h = create_task(holder())
          await sleep(1)
          w = create_task(holder())
          await sleep(1)
          w.cancel('never got it')
          await wait([w])
          ev('still held', lock.locked())
          h.cancel('inside')
          await wait([h])
          ev('free', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      try {
        await asyncWith(lock, async () => {
          throw new RangeError('inside');
        });
      } catch (e) {
        ev('after the error', e, lock.locked());
      }
      const holder = coroutine(async () => {
        await asyncWith(lock, async () => {
          await sleep(5);
        });
      });
      const h = createTask(holder());
      await sleep(1);
      const w = createTask(holder());
      await sleep(1);
      w.cancel('never got it');
      await wait([w]);
      ev('still held', lock.locked());
      h.cancel('inside');
      await wait([h]);
      ev('free', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      try {
        yield* asyncWith(lock, function* () {
          throw new RangeError('inside');
        });
      } catch (e) {
        ev('after the error', e, lock.locked());
      }
      function* holder() {
        yield* asyncWith(lock, function* () {
          yield* sleep(5);
        });
      }
      const h = createTask(holder());
      yield* sleep(1);
      const w = createTask(holder());
      yield* sleep(1);
      w.cancel('never got it');
      yield* wait([w]);
      ev('still held', lock.locked());
      h.cancel('inside');
      yield* wait([h]);
      ev('free', lock.locked());
    },
  },
  {
    title: 'a limit in time on waiting for a lock leaves the lock in order',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def impatient():
              try:
                  async with timeout(1):
                      await lock.acquire()
              except TimeoutError as e:
                  ev('impatient', e)
          async def patient():
              await lock.acquire()
              ev('patient has it')
          tasks = [create_task(impatient()), create_task(patient())]
          get_running_loop().call_later(1, lock.release)
          await wait(tasks)
          ev('locked', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const impatient = coroutine(async () => {
        try {
          await timeout(1, async () => {
            await lock.acquire();
          });
        } catch (e) {
          ev('impatient', e);
        }
      });
      const patient = coroutine(async () => {
        await lock.acquire();
        ev('patient has it');
      });
      const tasks: Task<void>[] = [createTask(impatient()), createTask(patient())];
      getRunningLoop().callLater(1, () => lock.release());
      await wait(tasks);
      ev('locked', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      function* impatient() {
        try {
          yield* timeout(1, function* () {
            yield* lock.acquire();
          });
        } catch (e) {
          ev('impatient', e);
        }
      }
      function* patient() {
        yield* lock.acquire();
        ev('patient has it');
      }
      const tasks: Task<void>[] = [createTask(impatient()), createTask(patient())];
      getRunningLoop().callLater(1, () => lock.release());
      yield* wait(tasks);
      ev('locked', lock.locked());
    },
  },
  {
    title:
      'an event wakes all its waiters, in the order of waiting; a wait for a set event does not suspend',
    py: `
      async def main(ev):
          event = Event()
          async def waiter(name):
              ev(name, await event.wait())
          tasks = [create_task(waiter(name)) for name in 'abc']
          await sleep(1)
          ev('is set', event.is_set())
          event.set()
          event.set()
          ev('is set', event.is_set())
          ev('at once', await event.wait())
          await wait(tasks)
    `,
    async: async (ev) => {
      const event = new Event();
      const waiter = coroutine(async (name: string) => {
        ev(name, await event.wait());
      });
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      await sleep(1);
      ev('is set', event.isSet());
      event.set();
      event.set();
      ev('is set', event.isSet());
      ev('at once', await event.wait());
      await wait(tasks);
    },
    gen: function* (ev) {
      const event = new Event();
      function* waiter(name: string) {
        ev(name, yield* event.wait());
      }
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      yield* sleep(1);
      ev('is set', event.isSet());
      event.set();
      event.set();
      ev('is set', event.isSet());
      ev('at once', yield* event.wait());
      yield* wait(tasks);
    },
  },
  {
    title: 'an event that is cleared before its waiters run has woken them all the same',
    py: `
      async def main(ev):
          event = Event()
          async def waiter(name):
              ev(name, await event.wait(), event.is_set())
          a = create_task(waiter('a'))
          await sleep(1)
          event.set()
          event.clear()
          b = create_task(waiter('b'))
          await sleep(1)
          ev('a and b', a.done(), b.done())
          event.set()
          await wait([a, b])
    `,
    async: async (ev) => {
      const event = new Event();
      const waiter = coroutine(async (name: string) => {
        ev(name, await event.wait(), event.isSet());
      });
      const a = createTask(waiter('a'));
      await sleep(1);
      event.set();
      event.clear();
      const b = createTask(waiter('b'));
      await sleep(1);
      ev('a and b', a.done(), b.done());
      event.set();
      await wait([a, b]);
    },
    gen: function* (ev) {
      const event = new Event();
      function* waiter(name: string) {
        ev(name, yield* event.wait(), event.isSet());
      }
      const a = createTask(waiter('a'));
      yield* sleep(1);
      event.set();
      event.clear();
      const b = createTask(waiter('b'));
      yield* sleep(1);
      ev('a and b', a.done(), b.done());
      event.set();
      yield* wait([a, b]);
    },
  },
  {
    title:
      'a waiter cancelled in the turn in which the event was set is cancelled; the others are woken',
    py: `
      async def main(ev):
          event = Event()
          async def waiter(name):
              try:
                  ev(name, await event.wait())
              except CancelledError as e:
                  ev(name, e)
                  raise
          tasks = [create_task(waiter(name)) for name in 'abc']
          await sleep(1)
          tasks[0].cancel('before')
          event.set()
          tasks[1].cancel('behind')
          await wait(tasks)
    `,
    async: async (ev) => {
      const event = new Event();
      const waiter = coroutine(async (name: string) => {
        try {
          ev(name, await event.wait());
        } catch (e) {
          ev(name, e);
          throw e;
        }
      });
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      await sleep(1);
      tasks[0]!.cancel('before');
      event.set();
      tasks[1]!.cancel('behind');
      await wait(tasks);
    },
    gen: function* (ev) {
      const event = new Event();
      function* waiter(name: string) {
        try {
          ev(name, yield* event.wait());
        } catch (e) {
          ev(name, e);
          throw e;
        }
      }
      const tasks = ['a', 'b', 'c'].map((name) => createTask(waiter(name)));
      yield* sleep(1);
      tasks[0]!.cancel('before');
      event.set();
      tasks[1]!.cancel('behind');
      yield* wait(tasks);
    },
  },
  {
    title:
      'a holder that takes its lock again waits for itself: a deadlock is an error on both sides',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          ev('has it')
          await lock.acquire()
          ev('never')
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      ev('has it');
      await lock.acquire();
      ev('never');
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      ev('has it');
      yield* lock.acquire();
      ev('never');
    },
  },
];
