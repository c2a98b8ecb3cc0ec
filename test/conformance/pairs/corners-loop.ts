// Corners of locks, queues, callbacks and the loop: a wake-up and a cancellation in one turn, breaking, interrupts.
import {
  allTasks,
  asCompleted,
  asyncWith,
  Barrier,
  Condition,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  ensureFuture,
  Event,
  type Future,
  gather,
  getRunningLoop,
  KeyboardInterrupt,
  Lock,
  Queue,
  runCoroutineThreadsafe,
  Semaphore,
  shield,
  sleep,
  staggeredRace,
  Task,
  TaskGroup,
  wait,
  waitFor,
  wrapFuture,
} from '../../../src/index.ts';
import { Future as ConcurrentFuture } from '../../../src/concurrent/index.ts';
import { attempt, attemptAsync } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title:
      'three waiters of a condition: notify(2) and a cancellation of the first, in each order, in one turn',
    py: `
      async def main(ev):
          for order in ('notify, cancel', 'cancel, notify'):
              cond = Condition()
              async def waits(name):
                  async with cond:
                      try:
                          await cond.wait()
                          ev(name, 'woken', cond.locked())
                      except CancelledError as e:
                          ev(name, e, cond.locked())
                          raise
              made = [create_task(waits(n), name=f'{order} {n}') for n in 'abc']
              await sleep(1)
              async with cond:
                  for step in order.split(', '):
                      if step == 'notify':
                          cond.notify(2)
                      else:
                          made[0].cancel('a')
              await sleep(1)
              ev('left', [t for t in made if not t.done()])
              async with cond:
                  cond.notify_all()
              await wait(made)
    `,
    async: async (ev) => {
      for (const order of ['notify, cancel', 'cancel, notify']) {
        const cond = new Condition();
        const waits = (name: string) =>
          asyncWith(cond, async () => {
            try {
              await cond.wait();
              ev(name, 'woken', cond.locked());
            } catch (e) {
              ev(name, e, cond.locked());
              throw e;
            }
          });
        const made = ['a', 'b', 'c'].map((n) =>
          createTask(() => waits(n), { name: `${order} ${n}` }),
        );
        await sleep(1);
        await asyncWith(cond, () => {
          for (const step of order.split(', ')) {
            if (step === 'notify') cond.notify(2);
            else made[0]!.cancel('a');
          }
        });
        await sleep(1);
        ev(
          'left',
          made.filter((t) => !t.done()),
        );
        await asyncWith(cond, () => cond.notifyAll());
        await wait(made);
      }
    },
    gen: function* (ev) {
      for (const order of ['notify, cancel', 'cancel, notify']) {
        const cond = new Condition();
        const waits = (name: string) =>
          asyncWith(cond, function* () {
            try {
              yield* cond.wait();
              ev(name, 'woken', cond.locked());
            } catch (e) {
              ev(name, e, cond.locked());
              throw e;
            }
          });
        const made = ['a', 'b', 'c'].map((n) => createTask(waits(n), { name: `${order} ${n}` }));
        yield* sleep(1);
        yield* asyncWith(cond, () => {
          for (const step of order.split(', ')) {
            if (step === 'notify') cond.notify(2);
            else made[0]!.cancel('a');
          }
        });
        yield* sleep(1);
        ev(
          'left',
          made.filter((t) => !t.done()),
        );
        yield* asyncWith(cond, () => cond.notifyAll());
        yield* wait(made);
      }
    },
  },
  {
    title: 'a predicate of Condition.waitFor that throws leaves the lock with its waiter',
    py: `
      async def main(ev):
          cond = Condition()
          state = [0]
          def predicate():
              ev('asked', state[0])
              if state[0] == 2:
                  raise ValueError('two')
              return state[0] > 2
          async def waits():
              async with cond:
                  try:
                      ev('got', await cond.wait_for(predicate))
                  except ValueError as e:
                      ev('threw', e, cond.locked())
          t = create_task(waits(), name='waits')
          for i in (1, 2, 3):
              await sleep(1)
              async with cond:
                  state[0] = i
                  cond.notify()
          ev('done', t.done(), cond.locked())
    `,
    async: async (ev) => {
      const cond = new Condition();
      let state = 0;
      const predicate = () => {
        ev('asked', state);
        if (state === 2) throw new RangeError('two');
        return state > 2;
      };
      const t = createTask(
        () =>
          asyncWith(cond, async () => {
            try {
              ev('got', await cond.waitFor(predicate));
            } catch (e) {
              ev('threw', e, cond.locked());
            }
          }),
        { name: 'waits' },
      );
      for (const i of [1, 2, 3]) {
        await sleep(1);
        await asyncWith(cond, () => {
          state = i;
          cond.notify();
        });
      }
      ev('done', t.done(), cond.locked());
    },
    gen: function* (ev) {
      const cond = new Condition();
      let state = 0;
      const predicate = () => {
        ev('asked', state);
        if (state === 2) throw new RangeError('two');
        return state > 2;
      };
      const t = createTask(
        asyncWith(cond, function* () {
          try {
            ev('got', yield* cond.waitFor(predicate));
          } catch (e) {
            ev('threw', e, cond.locked());
          }
        }),
        { name: 'waits' },
      );
      for (const i of [1, 2, 3]) {
        yield* sleep(1);
        yield* asyncWith(cond, () => {
          state = i;
          cond.notify();
        });
      }
      ev('done', t.done(), cond.locked());
    },
  },
  {
    title:
      'a semaphore: its first waiter cancelled, a release and a newcomer in one turn, in each order',
    py: `
      async def main(ev):
          for order in ('cancel, release', 'release, cancel'):
              sem = Semaphore(1)
              await sem.acquire()
              async def waits(name):
                  try:
                      await sem.acquire()
                      ev(name, 'in')
                  except CancelledError as e:
                      ev(name, e)
                      raise
              a, b = create_task(waits('a'), name='a'), create_task(waits('b'), name='b')
              await sleep(1)
              for step in order.split(', '):
                  if step == 'cancel':
                      a.cancel(order)
                  else:
                      sem.release()
              ev('locked', sem.locked())
              c = create_task(waits('c'), name='c')
              await sleep(1)
              ev('locked', sem.locked(), b.done(), c.done())
              sem.release()
              await wait([a, b, c])
              ev('locked', sem.locked())
    `,
    async: async (ev) => {
      for (const order of ['cancel, release', 'release, cancel']) {
        const sem = new Semaphore(1);
        await sem.acquire();
        const waits = (name: string) => async () => {
          try {
            await sem.acquire();
            ev(name, 'in');
          } catch (e) {
            ev(name, e);
            throw e;
          }
        };
        const a = createTask(waits('a'), { name: 'a' });
        const b = createTask(waits('b'), { name: 'b' });
        await sleep(1);
        for (const step of order.split(', ')) {
          if (step === 'cancel') a.cancel(order);
          else sem.release();
        }
        ev('locked', sem.locked());
        const c = createTask(waits('c'), { name: 'c' });
        await sleep(1);
        ev('locked', sem.locked(), b.done(), c.done());
        sem.release();
        await wait([a, b, c]);
        ev('locked', sem.locked());
      }
    },
    gen: function* (ev) {
      for (const order of ['cancel, release', 'release, cancel']) {
        const sem = new Semaphore(1);
        yield* sem.acquire();
        const waits = (name: string) =>
          function* () {
            try {
              yield* sem.acquire();
              ev(name, 'in');
            } catch (e) {
              ev(name, e);
              throw e;
            }
          };
        const a = createTask(waits('a'), { name: 'a' });
        const b = createTask(waits('b'), { name: 'b' });
        yield* sleep(1);
        for (const step of order.split(', ')) {
          if (step === 'cancel') a.cancel(order);
          else sem.release();
        }
        ev('locked', sem.locked());
        const c = createTask(waits('c'), { name: 'c' });
        yield* sleep(1);
        ev('locked', sem.locked(), b.done(), c.done());
        sem.release();
        yield* wait([a, b, c]);
        ev('locked', sem.locked());
      }
    },
  },
  {
    title:
      'a barrier: broken by one party while another arrives, reset while broken, reset with nobody there',
    py: `
      async def main(ev):
          b = Barrier(3)
          async def party(name):
              try:
                  ev(name, await b.wait())
              except BrokenBarrierError as e:
                  ev(name, 'broken', b.broken, b.n_waiting)
          one = create_task(party('one'))
          two = create_task(party('two'))
          await sleep(1)
          ev('waiting', b.n_waiting)
          late = create_task(party('late'))
          await b.abort()
          ev('aborted', b.broken, b.n_waiting)
          await wait([one, two, late])
          await b.abort()
          await b.reset()
          ev('reset', b.broken, b.n_waiting)
          await b.reset()
          await gather(party('x'), party('y'), party('z'))
          again = create_task(party('again'))
          await sleep(0)
          resets = create_task(b.reset())
          await sleep(0)
          ev('resetting', b.broken, b.n_waiting)
          await wait([again, resets])
          ev('after', b.broken, b.n_waiting)
    `,
    async: async (ev) => {
      const b = new Barrier(3);
      const party = (name: string) => async () => {
        try {
          ev(name, await b.wait());
        } catch {
          ev(name, 'broken', b.broken, b.nWaiting);
        }
      };
      const one = createTask(party('one'));
      const two = createTask(party('two'));
      await sleep(1);
      ev('waiting', b.nWaiting);
      const late = createTask(party('late'));
      await b.abort();
      ev('aborted', b.broken, b.nWaiting);
      await wait([one, two, late]);
      await b.abort();
      await b.reset();
      ev('reset', b.broken, b.nWaiting);
      await b.reset();
      await gather(party('x'), party('y'), party('z'));
      const again = createTask(party('again'));
      await sleep(0);
      const resets = createTask(b.reset());
      await sleep(0);
      ev('resetting', b.broken, b.nWaiting);
      await wait([again, resets]);
      ev('after', b.broken, b.nWaiting);
    },
    gen: function* (ev) {
      const b = new Barrier(3);
      const party = (name: string) =>
        function* () {
          try {
            ev(name, yield* b.wait());
          } catch {
            ev(name, 'broken', b.broken, b.nWaiting);
          }
        };
      const one = createTask(party('one'));
      const two = createTask(party('two'));
      yield* sleep(1);
      ev('waiting', b.nWaiting);
      const late = createTask(party('late'));
      yield* b.abort();
      ev('aborted', b.broken, b.nWaiting);
      yield* wait([one, two, late]);
      yield* b.abort();
      yield* b.reset();
      ev('reset', b.broken, b.nWaiting);
      yield* b.reset();
      yield* gather(party('x'), party('y'), party('z'));
      const again = createTask(party('again'));
      yield* sleep(0);
      const resets = createTask(b.reset());
      yield* sleep(0);
      ev('resetting', b.broken, b.nWaiting);
      yield* wait([again, resets]);
      ev('after', b.broken, b.nWaiting);
    },
  },
  {
    title:
      'shutdown(immediate) with putters, a joiner and an item in hand; taskDone() once too often; a second shutdown',
    py: `
      async def main(ev):
          q = Queue(1)
          async def puts(i):
              try:
                  await q.put(i)
                  ev('put', i)
              except QueueShutDown as e:
                  ev('put refused', i)
          async def joins():
              await q.join()
              ev('joined')
          await q.put(0)
          ev('got', await q.get())
          await q.put(1)
          made = [create_task(puts(2)), create_task(puts(3)), create_task(joins())]
          await sleep(1)
          q.shutdown(immediate=True)
          ev('size', q.qsize(), q.empty(), q.full())
          await sleep(1)
          ev('joiner', made[2].done())
          q.task_done()
          await wait(made)
          attempt(ev, 'task_done', q.task_done)
          attempt(ev, 'get', q.get_nowait)
          attempt(ev, 'shutdown', q.shutdown)
          await q.join()
    `,
    async: async (ev) => {
      const q = new Queue<number>(1);
      const puts = (i: number) => async () => {
        try {
          await q.put(i);
          ev('put', i);
        } catch {
          ev('put refused', i);
        }
      };
      await q.put(0);
      ev('got', await q.get());
      await q.put(1);
      const joins = async () => {
        await q.join();
        ev('joined');
      };
      const made = [createTask(puts(2)), createTask(puts(3)), createTask(joins)];
      await sleep(1);
      q.shutdown(true);
      ev('size', q.qsize(), q.empty(), q.full());
      await sleep(1);
      ev('joiner', made[2]!.done());
      q.taskDone();
      await wait(made);
      attempt(ev, 'task_done', () => q.taskDone());
      attempt(ev, 'get', () => q.getNowait());
      attempt(ev, 'shutdown', () => q.shutdown());
      await q.join();
    },
    gen: function* (ev) {
      const q = new Queue<number>(1);
      const puts = (i: number) =>
        function* () {
          try {
            yield* q.put(i);
            ev('put', i);
          } catch {
            ev('put refused', i);
          }
        };
      yield* q.put(0);
      ev('got', yield* q.get());
      yield* q.put(1);
      const joins = function* () {
        yield* q.join();
        ev('joined');
      };
      const made = [createTask(puts(2)), createTask(puts(3)), createTask(joins)];
      yield* sleep(1);
      q.shutdown(true);
      ev('size', q.qsize(), q.empty(), q.full());
      yield* sleep(1);
      ev('joiner', made[2]!.done());
      q.taskDone();
      yield* wait(made);
      attempt(ev, 'task_done', () => q.taskDone());
      attempt(ev, 'get', () => q.getNowait());
      attempt(ev, 'shutdown', () => q.shutdown());
      yield* q.join();
    },
  },
  {
    title: 'a lock taken again in the finally of a waiter that was cancelled as it got it',
    py: `
      async def main(ev):
          lock = Lock()
          await lock.acquire()
          async def waits(name):
              try:
                  async with lock:
                      ev(name, 'in')
                      await sleep(1)
              finally:
                  async with lock:
                      ev(name, 'finally')
                      await sleep(1)
          a = create_task(waits('a'), name='a')
          b = create_task(waits('b'), name='b')
          await sleep(1)
          lock.release()
          a.cancel('a')
          await wait([a, b])
          ev('locked', lock.locked())
    `,
    async: async (ev) => {
      const lock = new Lock();
      await lock.acquire();
      const waits = (name: string) => async () => {
        try {
          await asyncWith(lock, async () => {
            ev(name, 'in');
            await sleep(1);
          });
        } finally {
          await asyncWith(lock, async () => {
            ev(name, 'finally');
            await sleep(1);
          });
        }
      };
      const a = createTask(waits('a'), { name: 'a' });
      const b = createTask(waits('b'), { name: 'b' });
      await sleep(1);
      lock.release();
      a.cancel('a');
      await wait([a, b]);
      ev('locked', lock.locked());
    },
    gen: function* (ev) {
      const lock = new Lock();
      yield* lock.acquire();
      const waits = (name: string) =>
        function* () {
          try {
            yield* asyncWith(lock, function* () {
              ev(name, 'in');
              yield* sleep(1);
            });
          } finally {
            yield* asyncWith(lock, function* () {
              ev(name, 'finally');
              yield* sleep(1);
            });
          }
        };
      const a = createTask(waits('a'), { name: 'a' });
      const b = createTask(waits('b'), { name: 'b' });
      yield* sleep(1);
      lock.release();
      a.cancel('a');
      yield* wait([a, b]);
      ev('locked', lock.locked());
    },
  },
  {
    title:
      'an event that is set, cleared and set in one turn, with a waiter cancelled in between and one that comes',
    py: `
      async def main(ev):
          event = Event()
          async def waits(name):
              try:
                  ev(name, await event.wait(), event.is_set())
              except CancelledError as e:
                  ev(name, e)
                  raise
          a, b = create_task(waits('a'), name='a'), create_task(waits('b'), name='b')
          await sleep(1)
          event.set()
          a.cancel('a')
          event.clear()
          c = create_task(waits('c'), name='c')
          await sleep(1)
          event.set()
          event.set()
          event.clear()
          await wait([a, b, c])
    `,
    async: async (ev) => {
      const event = new Event();
      const waits = (name: string) => async () => {
        try {
          ev(name, await event.wait(), event.isSet());
        } catch (e) {
          ev(name, e);
          throw e;
        }
      };
      const a = createTask(waits('a'), { name: 'a' });
      const b = createTask(waits('b'), { name: 'b' });
      await sleep(1);
      event.set();
      a.cancel('a');
      event.clear();
      const c = createTask(waits('c'), { name: 'c' });
      await sleep(1);
      event.set();
      event.set();
      event.clear();
      await wait([a, b, c]);
    },
    gen: function* (ev) {
      const event = new Event();
      const waits = (name: string) =>
        function* () {
          try {
            ev(name, yield* event.wait(), event.isSet());
          } catch (e) {
            ev(name, e);
            throw e;
          }
        };
      const a = createTask(waits('a'), { name: 'a' });
      const b = createTask(waits('b'), { name: 'b' });
      yield* sleep(1);
      event.set();
      a.cancel('a');
      event.clear();
      const c = createTask(waits('c'), { name: 'c' });
      yield* sleep(1);
      event.set();
      event.set();
      event.clear();
      yield* wait([a, b, c]);
    },
  },
  {
    title:
      'callSoon, callLater(0), callLater(-1), callAt(now) and a task, made in one turn, and again by each other',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child(name):
              ev(name)
          def again(name):
              ev(name)
              loop.call_later(0, ev, name + ' later')
              loop.call_at(loop.time(), ev, name + ' at')
              loop.call_soon(ev, name + ' soon')
          loop.call_later(0, again, 'later')
          loop.call_soon(again, 'soon')
          loop.call_later(-1, again, 'earlier')
          t = create_task(child('task'))
          loop.call_at(loop.time(), again, 'at')
          loop.call_soon_threadsafe(again, 'threadsafe')
          await t
          ev('main')
          await sleep(1)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const again = (name: string) => {
        ev(name);
        loop.callLater(0, ev, `${name} later`);
        loop.callAt(loop.time(), ev, `${name} at`);
        loop.callSoon(ev, `${name} soon`);
      };
      loop.callLater(0, again, 'later');
      loop.callSoon(again, 'soon');
      loop.callLater(-1, again, 'earlier');
      const t = createTask(async () => ev('task'));
      loop.callAt(loop.time(), again, 'at');
      loop.callSoonThreadsafe(again, 'threadsafe');
      await t;
      ev('main');
      await sleep(1);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const again = (name: string) => {
        ev(name);
        loop.callLater(0, ev, `${name} later`);
        loop.callAt(loop.time(), ev, `${name} at`);
        loop.callSoon(ev, `${name} soon`);
      };
      loop.callLater(0, again, 'later');
      loop.callSoon(again, 'soon');
      loop.callLater(-1, again, 'earlier');
      const t = createTask(function* () {
        ev('task');
      });
      loop.callAt(loop.time(), again, 'at');
      loop.callSoonThreadsafe(again, 'threadsafe');
      yield* t;
      ev('main');
      yield* sleep(1);
    },
  },
  {
    title:
      'done callbacks that throw: the others run, the waiter goes on, and the handler is told of each, with its keys',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              return 'value'
          t = create_task(child(), name='child')
          def throws(fut):
              ev('throws', fut)
              raise ValueError('in a callback')
          t.add_done_callback(throws)
          t.add_done_callback(lambda t: ev('second', t.result()))
          t.add_done_callback(throws)
          ev('awaited', await t)
          fut = get_running_loop().create_future()
          fut.add_done_callback(throws)
          ev('cancel', fut.cancel('m'))
          await sleep(0)
          ev('end')
    `,
    async: async (ev) => {
      const t = createTask(() => sleep(1, 'value'), { name: 'child' });
      const throws = (fut: Future<unknown>) => {
        ev('throws', fut);
        throw new RangeError('in a callback');
      };
      t.addDoneCallback(throws);
      t.addDoneCallback((task) => ev('second', task.result()));
      t.addDoneCallback(throws);
      ev('awaited', await t);
      const fut = getRunningLoop().createFuture<number>();
      fut.addDoneCallback(throws);
      ev('cancel', fut.cancel('m'));
      await sleep(0);
      ev('end');
    },
    gen: function* (ev) {
      const t = createTask(() => sleep(1, 'value'), { name: 'child' });
      const throws = (fut: Future<unknown>) => {
        ev('throws', fut);
        throw new RangeError('in a callback');
      };
      t.addDoneCallback(throws);
      t.addDoneCallback((task) => ev('second', task.result()));
      t.addDoneCallback(throws);
      ev('awaited', yield* t);
      const fut = getRunningLoop().createFuture<number>();
      fut.addDoneCallback(throws);
      ev('cancel', fut.cancel('m'));
      yield* sleep(0);
      ev('end');
    },
  },
  {
    title:
      'what a handler is told: by the program, by a callback, by a timer; and a handler that fails',
    py: `
      async def main(ev):
          loop = get_running_loop()
          seen = []
          def handler(loop_, context):
              keys = sorted(k for k in context if k in ('exception', 'future', 'handle', 'task', 'own'))
              ev('told', loop_ is loop, keys, context.get('exception'), context.get('own'))
              if context.get('own') == 'fail':
                  raise ValueError('in the handler')
          ev('before', loop.get_exception_handler() is not None)
          loop.set_exception_handler(handler)
          ev('set', loop.get_exception_handler() is handler)
          loop.call_exception_handler({'message': 'by hand', 'own': 'value'})
          loop.call_exception_handler({'message': 'by hand', 'own': 'fail'})
          def fails():
              raise ValueError('callback')
          loop.call_soon(fails)
          loop.call_later(1, fails)
          await sleep(2)
          attempt(ev, 'wrong', lambda: loop.set_exception_handler(5))
          loop.set_exception_handler(None)
          ev('none', loop.get_exception_handler())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const handler: Parameters<typeof loop.setExceptionHandler>[0] = (loop_, context) => {
        const own = (context as { own?: string }).own;
        const keys = Object.keys(context)
          .filter((k) => ['exception', 'future', 'handle', 'task', 'own'].includes(k))
          .sort();
        ev('told', loop_ === loop, keys, context.exception, own);
        if (own === 'fail') throw new RangeError('in the handler');
      };
      ev('before', loop.getExceptionHandler() !== null);
      loop.setExceptionHandler(handler);
      ev('set', loop.getExceptionHandler() === handler);
      loop.callExceptionHandler({ message: 'by hand', own: 'value' });
      loop.callExceptionHandler({ message: 'by hand', own: 'fail' });
      const fails = () => {
        throw new RangeError('callback');
      };
      loop.callSoon(fails);
      loop.callLater(1, fails);
      await sleep(2);
      attempt(ev, 'wrong', () => loop.setExceptionHandler(5 as never));
      loop.setExceptionHandler(null);
      ev('none', loop.getExceptionHandler());
    },
  },
  {
    title:
      'contexts of callbacks: of the call, of addDoneCallback, given by hand, and a copy that is entered already',
    py: `
      async def main(ev):
          loop = get_running_loop()
          var = ContextVar('var', default='default')
          var.set('main')
          other = copy_context()
          other.run(var.set, 'other')
          fut = loop.create_future()
          def look(name, *args):
              ev(name, var.get())
              var.set(name)
          loop.call_soon(look, 'soon')
          loop.call_later(1, look, 'later')
          loop.call_soon(look, 'given', context=other)
          fut.add_done_callback(lambda f: look('done'))
          fut.add_done_callback(lambda f: look('done given'), context=other)
          var.set('changed')
          loop.call_soon(look, 'after the change')
          fut.set_result(None)
          await sleep(2)
          ev('main', var.get(), other[var])
          def inside():
              attempt(ev, 'entered', lambda: other.run(look, 'never'))
              loop.call_soon(look, 'from inside', context=other)
              loop.call_soon(look, 'from inside, a copy')
          other.run(inside)
          await sleep(1)
          ev('other', other[var])
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const variable = new ContextVar('var', { default: 'default' });
      variable.set('main');
      const other = copyContext();
      other.run(() => variable.set('other'));
      const fut = loop.createFuture<null>();
      const look = (name: string) => {
        ev(name, variable.get());
        variable.set(name);
      };
      loop.callSoon(look, 'soon');
      loop.callLater(1, look, 'later');
      loop.callSoon(other.bind(look), 'given');
      fut.addDoneCallback(() => look('done'));
      fut.addDoneCallback(() => look('done given'), { context: other });
      variable.set('changed');
      loop.callSoon(look, 'after the change');
      fut.setResult(null);
      await sleep(2);
      ev('main', variable.get(), other.get(variable));
      other.run(() => {
        attempt(ev, 'entered', () => other.run(look, 'never'));
        loop.callSoon(other.bind(look), 'from inside');
        loop.callSoon(look, 'from inside, a copy');
      });
      await sleep(1);
      ev('other', other.get(variable));
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const variable = new ContextVar('var', { default: 'default' });
      variable.set('main');
      const other = copyContext();
      other.run(() => variable.set('other'));
      const fut = loop.createFuture<null>();
      const look = (name: string) => {
        ev(name, variable.get());
        variable.set(name);
      };
      loop.callSoon(look, 'soon');
      loop.callLater(1, look, 'later');
      loop.callSoon(other.bind(look), 'given');
      fut.addDoneCallback(() => look('done'));
      fut.addDoneCallback(() => look('done given'), { context: other });
      variable.set('changed');
      loop.callSoon(look, 'after the change');
      fut.setResult(null);
      yield* sleep(2);
      ev('main', variable.get(), other.get(variable));
      other.run(() => {
        attempt(ev, 'entered', () => other.run(look, 'never'));
        loop.callSoon(other.bind(look), 'from inside');
        loop.callSoon(look, 'from inside, a copy');
      });
      yield* sleep(1);
      ev('other', other.get(variable));
    },
  },
  {
    title:
      'stop() twice, stop() in a timer that is due with the end of the main task, and runs nested in a callback',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          fut = loop.create_future()
          def nested():
              c = sleep(0)
              attempt(ev, 'run_until_complete', lambda: loop.run_until_complete(fut))
              attempt(ev, 'run_forever', loop.run_forever)
              c.close()
              ev('goes on')
          def stops():
              ev('stops')
              loop.stop()
              loop.stop()
              loop.call_soon(ev, 'next run')
          loop.call_soon(nested)
          loop.call_soon(stops)
          loop.call_soon(ev, 'same batch')
          loop.run_forever()
          ev('out')
          loop.call_soon(loop.stop)
          loop.run_forever()
          async def body():
              await sleep(2)
              return 'value'
          loop.call_later(2, loop.stop)
          t = loop.create_task(body())
          attempt(ev, 'stopped', lambda: loop.run_until_complete(t))
          attempt(ev, 'again', lambda: loop.run_until_complete(t))
          fut.set_result('set')
          attempt(ev, 'a future', lambda: loop.run_until_complete(fut))
          loop.close()
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const fut = loop.createFuture<string>();
      let nestedRuns: Promise<void> | undefined;
      const nested = () => {
        // They refuse at the call: nothing is started.
        nestedRuns = attemptAll(ev, [
          ['run_until_complete', () => loop.runUntilComplete(fut)],
          ['run_forever', () => loop.runForever()],
        ]);
        ev('goes on');
      };
      const stops = () => {
        ev('stops');
        loop.stop();
        loop.stop();
        loop.callSoon(ev, 'next run');
      };
      loop.callSoon(nested);
      loop.callSoon(stops);
      loop.callSoon(ev, 'same batch');
      await loop.runForever();
      await nestedRuns;
      ev('out');
      loop.callSoon(() => loop.stop());
      await loop.runForever();
      loop.callLater(2, () => loop.stop());
      const t = loop.createTask(() => sleep(2, 'value'));
      await attemptAsync(ev, 'stopped', () => loop.runUntilComplete(t));
      await attemptAsync(ev, 'again', () => loop.runUntilComplete(t));
      fut.setResult('set');
      await attemptAsync(ev, 'a future', () => loop.runUntilComplete(fut));
      loop.close();
    },
  },
  {
    title:
      'an interrupt out of a callback or a task leaves the run where it was; the next run goes on there',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def child():
              await sleep(1)
              raise KeyboardInterrupt('from a task')
          async def body():
              t = create_task(child(), name='child')
              loop.call_soon(interrupts)
              loop.call_soon(ev, 'behind it')
              await sleep(1)
              ev('body', t.done())
              await sleep(1)
              return 'value'
          def interrupts():
              raise KeyboardInterrupt('from a callback')
          main = loop.create_task(body(), name='main')
          for _ in range(4):
              attempt(ev, 'run', lambda: loop.run_until_complete(main))
              ev('then', loop.is_running(), main.done())
          async def last():
              raise KeyboardInterrupt('the last one')
          t = loop.create_task(last(), name='last')
          attempt(ev, 'last', lambda: loop.run_until_complete(t))
          attempt(ev, 'after', lambda: loop.run_until_complete(sleep(1, 'slept')))
          loop.close()
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      function* child() {
        yield* sleep(1);
        throw new KeyboardInterrupt('from a task');
      }
      function* body() {
        const t = createTask(child(), { name: 'child' });
        loop.callSoon(() => {
          throw new KeyboardInterrupt('from a callback');
        });
        loop.callSoon(ev, 'behind it');
        yield* sleep(1);
        ev('body', t.done());
        yield* sleep(1);
        return 'value';
      }
      const main = loop.createTask(body(), { name: 'main' });
      for (let i = 0; i < 4; i++) {
        await attemptAsync(ev, 'run', () => loop.runUntilComplete(main));
        ev('then', loop.isRunning(), main.done());
      }
      const t = loop.createTask(
        function* () {
          throw new KeyboardInterrupt('the last one');
        },
        { name: 'last' },
      );
      await attemptAsync(ev, 'last', () => loop.runUntilComplete(t));
      await attemptAsync(ev, 'after', () => loop.runUntilComplete(sleep(1, 'slept')));
      loop.close();
    },
  },
  {
    title:
      'a concurrent future, wrapped twice: its end reaches both a turn later, a cancellation of one reaches the other',
    py: `
      import concurrent.futures
      async def main(ev):
          job = concurrent.futures.Future()
          a, b = wrap_future(job), wrap_future(job)
          job.set_result('value')
          ev('at once', a.done(), b.done())
          await sleep(0)
          ev('a turn later', a.done(), b.done())
          ev('values', await gather(a, b, wrap_future(job)))
          job = concurrent.futures.Future()
          a, b = wrap_future(job), wrap_future(job)
          async def waits(f):
              await f
          t = create_task(waits(b), name='waits')
          await sleep(0)
          ev('cancel', a.cancel('of one'))
          await wait([t])
          ev('job', job.cancelled(), b.cancelled(), t.cancelled())
          job = concurrent.futures.Future()
          job.set_running_or_notify_cancel()
          a = wrap_future(job)
          ev('cancel', a.cancel())
          await sleep(1)
          ev('job', job.cancelled(), job.running())
          job.set_exception(ValueError('late'))
          await sleep(1)
    `,
    async: async (ev) => {
      let job = new ConcurrentFuture<string>();
      let [a, b] = [wrapFuture(job), wrapFuture(job)];
      job.setResult('value');
      ev('at once', a.done(), b.done());
      await sleep(0);
      ev('a turn later', a.done(), b.done());
      ev('values', await gather(a, b, wrapFuture(job)));
      job = new ConcurrentFuture<string>();
      [a, b] = [wrapFuture(job), wrapFuture(job)];
      const t = createTask(async () => void (await b), { name: 'waits' });
      await sleep(0);
      ev('cancel', a.cancel('of one'));
      await wait([t]);
      ev('job', job.cancelled(), b.cancelled(), t.cancelled());
      job = new ConcurrentFuture<string>();
      job.setRunningOrNotifyCancel();
      a = wrapFuture(job);
      ev('cancel', a.cancel());
      await sleep(1);
      ev('job', job.cancelled(), job.running());
      job.setException(new RangeError('late'));
      await sleep(1);
    },
    gen: function* (ev) {
      let job = new ConcurrentFuture<string>();
      let [a, b] = [wrapFuture(job), wrapFuture(job)];
      job.setResult('value');
      ev('at once', a.done(), b.done());
      yield* sleep(0);
      ev('a turn later', a.done(), b.done());
      ev('values', yield* gather(a, b, wrapFuture(job)));
      job = new ConcurrentFuture<string>();
      [a, b] = [wrapFuture(job), wrapFuture(job)];
      const t = createTask(
        function* () {
          yield* b;
        },
        { name: 'waits' },
      );
      yield* sleep(0);
      ev('cancel', a.cancel('of one'));
      yield* wait([t]);
      ev('job', job.cancelled(), b.cancelled(), t.cancelled());
      job = new ConcurrentFuture<string>();
      job.setRunningOrNotifyCancel();
      a = wrapFuture(job);
      ev('cancel', a.cancel());
      yield* sleep(1);
      ev('job', job.cancelled(), job.running());
      job.setException(new RangeError('late'));
      yield* sleep(1);
    },
  },
  {
    title:
      'runCoroutineThreadsafe on the running loop: a value, an error, a cancellation from either side',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child(how):
              ev('starts', how)
              await sleep(1)
              if how == 'fails':
                  raise ValueError('failed')
              if how == 'cancels itself':
                  current_task().cancel('itself')
                  await sleep(1)
              return how
          for how in ('gives', 'fails', 'cancels itself', 'is cancelled'):
              job = run_coroutine_threadsafe(child(how), loop)
              ev('made', job.done(), job.running())
              if how == 'is cancelled':
                  loop.call_later(0.5, lambda: ev('cancel', job.cancel()))
              try:
                  ev('value', await wrap_future(job))
              except (ValueError, CancelledError) as e:
                  ev('threw', e, job.cancelled())
              await sleep(2)
              ev('tasks', len(all_tasks()))
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const child = (how: string) => async () => {
        ev('starts', how);
        await sleep(1);
        if (how === 'fails') throw new RangeError('failed');
        if (how === 'cancels itself') {
          currentTask()!.cancel('itself');
          await sleep(1);
        }
        return how;
      };
      for (const how of ['gives', 'fails', 'cancels itself', 'is cancelled']) {
        const job = runCoroutineThreadsafe(child(how), loop);
        ev('made', job.done(), job.running());
        if (how === 'is cancelled') loop.callLater(0.5, () => ev('cancel', job.cancel()));
        try {
          ev('value', await wrapFuture(job));
        } catch (e) {
          ev('threw', e, job.cancelled());
        }
        await sleep(2);
        ev('tasks', allTasks().size);
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const child = (how: string) =>
        function* () {
          ev('starts', how);
          yield* sleep(1);
          if (how === 'fails') throw new RangeError('failed');
          if (how === 'cancels itself') {
            currentTask()!.cancel('itself');
            yield* sleep(1);
          }
          return how;
        };
      for (const how of ['gives', 'fails', 'cancels itself', 'is cancelled']) {
        const job = runCoroutineThreadsafe(child(how), loop);
        ev('made', job.done(), job.running());
        if (how === 'is cancelled') loop.callLater(0.5, () => ev('cancel', job.cancel()));
        try {
          ev('value', yield* wrapFuture(job));
        } catch (e) {
          ev('threw', e, job.cancelled());
        }
        yield* sleep(2);
        ev('tasks', allTasks().size);
      }
    },
  },
  {
    title: 'a task factory sees every way of making a task, with its options',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def factory(loop, coro, **options):
              ev('asked', sorted(k for k, v in options.items() if v is not None))
              return Task(coro, loop=loop, **options)
          loop.set_task_factory(factory)
          ev('set', loop.get_task_factory() is factory)
          async def child():
              await sleep(1)
              return 'value'
          await create_task(child(), name='named')
          await loop.create_task(child(), name='x', context=copy_context())
          await ensure_future(child())
          await gather(child(), child())
          await wait_for(child(), 5)
          await shield(child())
          async with TaskGroup() as tg:
              tg.create_task(child(), name='in a group')
          for each in as_completed([child()]):
              await each
          ev('race', (await asyncio.staggered.staggered_race([child], None))[0])
          attempt(ev, 'wrong', lambda: loop.set_task_factory(5))
          loop.set_task_factory(None)
          await create_task(child())
    `,
    gen: function* (ev) {
      const loop = getRunningLoop();
      type Factory = NonNullable<Parameters<typeof loop.setTaskFactory>[0]>;
      const factory: Factory = (loop_, body, options) => {
        const given = Object.entries(options).filter(([, v]) => v !== undefined && v !== null);
        ev('asked', given.map(([k]) => k).sort());
        return new Task(body, { ...options, loop: loop_ });
      };
      loop.setTaskFactory(factory);
      ev('set', loop.getTaskFactory() === factory);
      function* child() {
        yield* sleep(1);
        return 'value';
      }
      yield* createTask(child(), { name: 'named' });
      yield* loop.createTask(child(), { name: 'x', context: copyContext() });
      yield* ensureFuture(child());
      yield* gather(child(), child());
      yield* waitFor(child(), 5);
      yield* shield(child());
      yield* asyncWith(new TaskGroup(), (tg) => {
        tg.createTask(child(), { name: 'in a group' });
      });
      for (const each of asCompleted([child()])) yield* each;
      ev('race', (yield* staggeredRace([child], null))[0]);
      attempt(ev, 'wrong', () => loop.setTaskFactory(5 as never));
      loop.setTaskFactory(null);
      yield* createTask(child());
    },
  },
];

async function attemptAll(
  ev: Parameters<typeof attemptAsync>[0],
  calls: readonly (readonly [string, () => unknown])[],
): Promise<void> {
  await Promise.all(calls.map(([what, call]) => attemptAsync(ev, what, call)));
}
