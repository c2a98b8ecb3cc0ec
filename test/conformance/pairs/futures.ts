// Futures: states, callbacks, and what they refuse.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Future,
  allTasks,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  gather,
  getRunningLoop,
  isfuture,
  sleep,
  wait,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'a pending future has neither result nor exception: both throw InvalidStateError',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          attempt(ev, 'result', fut.result)
          attempt(ev, 'exception', fut.exception)
          ev('state', fut.done(), fut.cancelled())
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      attempt(ev, 'result', () => fut.result());
      attempt(ev, 'exception', () => fut.exception());
      ev('state', fut.done(), fut.cancelled());
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      attempt(ev, 'result', () => fut.result());
      attempt(ev, 'exception', () => fut.exception());
      ev('state', fut.done(), fut.cancelled());
    },
  },
  {
    title: 'a future is set once: setResult, setException after that throw, cancel returns false',
    py: `
      async def main(ev):
          loop = get_running_loop()
          good, bad, gone = [loop.create_future() for _ in range(3)]
          good.set_result(1)
          bad.set_exception(ValueError('broken'))
          ev('cancel', gone.cancel('gone'))
          for name, fut in (('good', good), ('bad', bad), ('gone', gone)):
              attempt(ev, name + ' set_result', lambda: fut.set_result(2))
              attempt(ev, name + ' set_exception', lambda: fut.set_exception(TypeError('x')))
              attempt(ev, name + ' cancel', fut.cancel)
              attempt(ev, name + ' result', fut.result)
              attempt(ev, name + ' exception', fut.exception)
              ev(name, fut.done(), fut.cancelled())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const [good, bad, gone] = [0, 1, 2].map(() => loop.createFuture<number>());
      good!.setResult(1);
      bad!.setException(new RangeError('broken'));
      ev('cancel', gone!.cancel('gone'));
      for (const [name, fut] of Object.entries({ good: good!, bad: bad!, gone: gone! })) {
        attempt(ev, name + ' set_result', () => fut.setResult(2));
        attempt(ev, name + ' set_exception', () => fut.setException(new TypeError('x')));
        attempt(ev, name + ' cancel', () => fut.cancel());
        attempt(ev, name + ' result', () => fut.result());
        attempt(ev, name + ' exception', () => fut.exception());
        ev(name, fut.done(), fut.cancelled());
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const [good, bad, gone] = [0, 1, 2].map(() => loop.createFuture<number>());
      good!.setResult(1);
      bad!.setException(new RangeError('broken'));
      ev('cancel', gone!.cancel('gone'));
      for (const [name, fut] of Object.entries({ good: good!, bad: bad!, gone: gone! })) {
        attempt(ev, name + ' set_result', () => fut.setResult(2));
        attempt(ev, name + ' set_exception', () => fut.setException(new TypeError('x')));
        attempt(ev, name + ' cancel', () => fut.cancel());
        attempt(ev, name + ' result', () => fut.result());
        attempt(ev, name + ' exception', () => fut.exception());
        ev(name, fut.done(), fut.cancelled());
      }
    },
  },
  {
    title: 'a task refuses setResult and setException',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              return 'its own'
          t = create_task(child())
          attempt(ev, 'set_result', lambda: t.set_result('forced'))
          attempt(ev, 'set_exception', lambda: t.set_exception(ValueError('forced')))
          ev('awaited', await t)
    `,
    async: async (ev) => {
      const t: Future<string> = createTask(async () => {
        await sleep(1);
        return 'its own';
      });
      attempt(ev, 'set_result', () => t.setResult('forced'));
      attempt(ev, 'set_exception', () => t.setException(new RangeError('forced')));
      ev('awaited', await t);
    },
    gen: function* (ev) {
      const t: Future<string> = createTask(function* () {
        yield* sleep(1);
        return 'its own';
      });
      attempt(ev, 'set_result', () => t.setResult('forced'));
      attempt(ev, 'set_exception', () => t.setException(new RangeError('forced')));
      ev('awaited', yield* t);
    },
  },
  {
    title: 'every waiter of a failed future gets the same error object, as often as it looks',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          error = ValueError('shared')
          async def waiter(name):
              for _ in range(2):
                  try:
                      await fut
                  except ValueError as e:
                      ev(name, e, e is error)
          tasks = [create_task(waiter('a')), create_task(waiter('b'))]
          await sleep(0)
          fut.set_exception(error)
          await wait(tasks)
          ev('exception', fut.exception() is error)
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      const error = new RangeError('shared');
      const waiter = coroutine(async (name: string) => {
        for (let i = 0; i < 2; i++) {
          try {
            await fut;
          } catch (e) {
            ev(name, e, e === error);
          }
        }
      });
      const tasks = [createTask(waiter('a')), createTask(waiter('b'))];
      await sleep(0);
      fut.setException(error);
      await wait(tasks);
      ev('exception', fut.exception() === error);
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      const error = new RangeError('shared');
      function* waiter(name: string) {
        for (let i = 0; i < 2; i++) {
          try {
            yield* fut;
          } catch (e) {
            ev(name, e, e === error);
          }
        }
      }
      const tasks = [createTask(waiter('a')), createTask(waiter('b'))];
      yield* sleep(0);
      fut.setException(error);
      yield* wait(tasks);
      ev('exception', fut.exception() === error);
    },
  },
  {
    title: 'a done callback added twice runs twice; removeDoneCallback removes both and says so',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          def callback(f):
              ev('callback')
          def other(f):
              ev('other')
          fut.add_done_callback(callback)
          fut.add_done_callback(other)
          fut.add_done_callback(callback)
          fut.set_result(None)
          await sleep(0)
          fut = loop.create_future()
          fut.add_done_callback(callback)
          fut.add_done_callback(other)
          fut.add_done_callback(callback)
          ev('removed', fut.remove_done_callback(callback), fut.remove_done_callback(callback))
          fut.set_result(None)
          ev('too late', fut.remove_done_callback(other))
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const callback = (): void => ev('callback');
      const other = (): void => ev('other');
      let fut = loop.createFuture<null>();
      fut.addDoneCallback(callback);
      fut.addDoneCallback(other);
      fut.addDoneCallback(callback);
      fut.setResult(null);
      await sleep(0);
      fut = loop.createFuture<null>();
      fut.addDoneCallback(callback);
      fut.addDoneCallback(other);
      fut.addDoneCallback(callback);
      ev('removed', fut.removeDoneCallback(callback), fut.removeDoneCallback(callback));
      fut.setResult(null);
      ev('too late', fut.removeDoneCallback(other));
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const callback = (): void => ev('callback');
      const other = (): void => ev('other');
      let fut = loop.createFuture<null>();
      fut.addDoneCallback(callback);
      fut.addDoneCallback(other);
      fut.addDoneCallback(callback);
      fut.setResult(null);
      yield* sleep(0);
      fut = loop.createFuture<null>();
      fut.addDoneCallback(callback);
      fut.addDoneCallback(other);
      fut.addDoneCallback(callback);
      ev('removed', fut.removeDoneCallback(callback), fut.removeDoneCallback(callback));
      fut.setResult(null);
      ev('too late', fut.removeDoneCallback(other));
      yield* sleep(0);
    },
  },
  {
    title: 'a done callback that adds another one to the same future has it run a turn later',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          def first(f):
              ev('first')
              f.add_done_callback(lambda f: ev('added by first'))
          fut.add_done_callback(first)
          fut.add_done_callback(lambda f: ev('second'))
          fut.cancel()
          loop.call_soon(ev, 'soon')
          await sleep(0)
          ev('main')
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const fut = loop.createFuture<null>();
      fut.addDoneCallback((f) => {
        ev('first');
        f.addDoneCallback(() => ev('added by first'));
      });
      fut.addDoneCallback(() => ev('second'));
      fut.cancel();
      loop.callSoon(ev, 'soon');
      await sleep(0);
      ev('main');
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const fut = loop.createFuture<null>();
      fut.addDoneCallback((f) => {
        ev('first');
        f.addDoneCallback(() => ev('added by first'));
      });
      fut.addDoneCallback(() => ev('second'));
      fut.cancel();
      loop.callSoon(ev, 'soon');
      yield* sleep(0);
      ev('main');
      yield* sleep(0);
    },
  },
  {
    title:
      'the message of a cancelled future comes out at every look (that of a task only at the first)',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          fut.cancel('looked at')
          attempt(ev, 'result', fut.result)
          attempt(ev, 'result again', fut.result)
          attempt(ev, 'exception', fut.exception)
          fut = loop.create_future()
          async def waiter(name):
              try:
                  await fut
              except CancelledError as e:
                  ev(name, e)
          tasks = [create_task(waiter('a')), create_task(waiter('b'))]
          await sleep(0)
          fut.cancel('waited for')
          await wait(tasks)
          attempt(ev, 'result', fut.result)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      let fut = loop.createFuture<null>();
      fut.cancel('looked at');
      attempt(ev, 'result', () => fut.result());
      attempt(ev, 'result again', () => fut.result());
      attempt(ev, 'exception', () => fut.exception());
      fut = loop.createFuture<null>();
      const waiter = coroutine(async (name: string) => {
        try {
          await fut;
        } catch (e) {
          ev(name, e);
        }
      });
      const tasks = [createTask(waiter('a')), createTask(waiter('b'))];
      await sleep(0);
      fut.cancel('waited for');
      await wait(tasks);
      attempt(ev, 'result', () => fut.result());
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      let fut = loop.createFuture<null>();
      fut.cancel('looked at');
      attempt(ev, 'result', () => fut.result());
      attempt(ev, 'result again', () => fut.result());
      attempt(ev, 'exception', () => fut.exception());
      fut = loop.createFuture<null>();
      function* waiter(name: string) {
        try {
          yield* fut;
        } catch (e) {
          ev(name, e);
        }
      }
      const tasks = [createTask(waiter('a')), createTask(waiter('b'))];
      yield* sleep(0);
      fut.cancel('waited for');
      yield* wait(tasks);
      attempt(ev, 'result', () => fut.result());
    },
  },
  {
    title: 'ensureFuture gives futures and tasks back as they are, and makes a task of a coroutine',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child():
              return 'value'
          fut = loop.create_future()
          task = create_task(child())
          made = ensure_future(child())
          ev('same', ensure_future(fut) is fut, ensure_future(task) is task)
          ev('kinds', isfuture(fut), isfuture(task), isfuture(made), isfuture('text'))
          ev('loop', fut.get_loop() is loop, made.get_loop() is loop)
          ev('values', await gather(task, made))
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const child = coroutine(async () => 'value');
      const fut = loop.createFuture<null>();
      const task = createTask(child());
      const made = ensureFuture(child());
      ev('same', ensureFuture(fut) === fut, ensureFuture(task) === task);
      ev('kinds', isfuture(fut), isfuture(task), isfuture(made), isfuture('text'));
      ev('loop', fut.getLoop() === loop, made.getLoop() === loop);
      ev('values', await gather(task, made));
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* child() {
        return 'value';
      }
      const fut = loop.createFuture<null>();
      const task = createTask(child());
      const made = ensureFuture(child());
      ev('same', ensureFuture(fut) === fut, ensureFuture(task) === task);
      ev('kinds', isfuture(fut), isfuture(task), isfuture(made), isfuture('text'));
      ev('loop', fut.getLoop() === loop, made.getLoop() === loop);
      ev('values', yield* gather(task, made));
    },
  },
  {
    title: 'setResult from inside a waiter of another future: each wake-up is one turn',
    py: `
      async def main(ev):
          loop = get_running_loop()
          futs = [loop.create_future() for _ in range(4)]
          async def link(i):
              await futs[i]
              ev('link', i)
              futs[i + 1].set_result(None)
          tasks = [create_task(link(i)) for i in (2, 1, 0)]
          await sleep(0)
          futs[0].set_result(None)
          for _ in range(4):
              ev('turn')
              await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const futs = [0, 1, 2, 3].map(() => loop.createFuture<null>());
      const link = coroutine(async (i: number) => {
        await futs[i]!;
        ev('link', i);
        futs[i + 1]!.setResult(null);
      });
      for (const i of [2, 1, 0]) createTask(link(i));
      await sleep(0);
      futs[0]!.setResult(null);
      for (let i = 0; i < 4; i++) {
        ev('turn');
        await sleep(0);
      }
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const futs = [0, 1, 2, 3].map(() => loop.createFuture<null>());
      function* link(i: number) {
        yield* futs[i]!;
        ev('link', i);
        futs[i + 1]!.setResult(null);
      }
      for (const i of [2, 1, 0]) createTask(link(i));
      yield* sleep(0);
      futs[0]!.setResult(null);
      for (let i = 0; i < 4; i++) {
        ev('turn');
        yield* sleep(0);
      }
    },
  },
  {
    title: 'a task is named by its maker or by number, and can be renamed',
    py: `
      async def main(ev):
          async def child():
              ev('inside', current_task().get_name())
          a = create_task(child())
          b = create_task(child(), name='bee')
          a.set_name('ay')
          ev('names', a.get_name(), b.get_name(), current_task().get_name())
          await gather(a, b)
          c = create_task(child())
          ev('numbers go on', c.get_name())
          await c
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        ev('inside', currentTask()!.getName());
      });
      const a = createTask(child());
      const b = createTask(child(), { name: 'bee' });
      a.setName('ay');
      ev('names', a.getName(), b.getName(), currentTask()!.getName());
      await gather(a, b);
      const c = createTask(child());
      ev('numbers go on', c.getName());
      await c;
    },
    gen: function* (ev) {
      const child = coroutine(function* () {
        ev('inside', currentTask()!.getName());
      });
      const a = createTask(child());
      const b = createTask(child(), { name: 'bee' });
      a.setName('ay');
      ev('names', a.getName(), b.getName(), currentTask()!.getName());
      yield* gather(a, b);
      const c = createTask(child());
      ev('numbers go on', c.getName());
      yield* c;
    },
  },
  {
    title: 'allTasks holds the tasks that are not over, currentTask is the running one',
    py: `
      async def main(ev):
          async def child():
              ev('current', current_task())
              await sleep(1)
          a = create_task(child(), name='a')
          b = create_task(child(), name='b')
          ev('before the first step', all_tasks())
          await sleep(0)
          a.cancel()
          await sleep(0)
          ev('a is cancelled', all_tasks(), current_task())
          await b
          ev('both are over', all_tasks())
          get_running_loop().call_soon(lambda: ev('in a callback', current_task()))
          await sleep(0)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        ev('current', currentTask());
        await sleep(1);
      });
      const a = createTask(child(), { name: 'a' });
      const b = createTask(child(), { name: 'b' });
      ev('before the first step', allTasks());
      await sleep(0);
      a.cancel();
      await sleep(0);
      ev('a is cancelled', allTasks(), currentTask());
      await b;
      ev('both are over', allTasks());
      getRunningLoop().callSoon(() => ev('in a callback', currentTask()));
      await sleep(0);
    },
    gen: function* (ev) {
      function* child() {
        ev('current', currentTask());
        yield* sleep(1);
      }
      const a = createTask(child(), { name: 'a' });
      const b = createTask(child(), { name: 'b' });
      ev('before the first step', allTasks());
      yield* sleep(0);
      a.cancel();
      yield* sleep(0);
      ev('a is cancelled', allTasks(), currentTask());
      yield* b;
      ev('both are over', allTasks());
      getRunningLoop().callSoon(() => ev('in a callback', currentTask()));
      yield* sleep(0);
    },
  },
];
