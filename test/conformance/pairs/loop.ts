// Loops run by hand, and Runner: run, stop, close, exception handlers, and what is refused.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  ContextVar,
  Event,
  type ExceptionHandler,
  Lock,
  Runner,
  Task,
  allTasks,
  asyncWith,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  gather,
  getRunningLoop,
  run,
  sleep,
  waitFor,
} from '../../../src/index.ts';
import { attempt, attemptAsync } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title:
      'stop() in a callback: the batch runs out, and what it made ready waits for the next run',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          def first():
              ev('first')
              loop.stop()
              loop.call_soon(ev, 'made by first')
          loop.call_soon(first)
          loop.call_soon(ev, 'second')
          loop.run_forever()
          ev('stopped', loop.is_running())
          loop.call_soon(loop.stop)
          loop.run_forever()
          ev('stopped again')
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      loop.callSoon(() => {
        ev('first');
        loop.stop();
        loop.callSoon(ev, 'made by first');
      });
      loop.callSoon(ev, 'second');
      await loop.runForever();
      ev('stopped', loop.isRunning());
      loop.callSoon(() => loop.stop());
      await loop.runForever();
      ev('stopped again');
    },
  },
  {
    title: 'stop() before the run: one turn of what is scheduled already, due timers too, and out',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          def first():
              ev('first')
              loop.call_soon(ev, 'made by first')
          loop.call_soon(first)
          loop.call_later(0, ev, 'timer of zero')
          loop.call_later(1, ev, 'timer of one')
          loop.stop()
          loop.run_forever()
          ev('stopped', loop.time())
          loop.stop()
          loop.run_forever()
          ev('stopped again', loop.time())
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      loop.callSoon(() => {
        ev('first');
        loop.callSoon(ev, 'made by first');
      });
      loop.callLater(0, ev, 'timer of zero');
      loop.callLater(1, ev, 'timer of one');
      loop.stop();
      await loop.runForever();
      ev('stopped', loop.time());
      loop.stop();
      await loop.runForever();
      ev('stopped again', loop.time());
    },
  },
  {
    title: 'runUntilComplete gives the value, throws the error, and throws CancelledError',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def value():
              await sleep(1)
              return 'value'
          async def bad():
              await sleep(1)
              raise ValueError('broken')
          async def cancelled():
              current_task().cancel('by myself')
              await sleep(1)
          for make in (value, bad, cancelled):
              attempt(ev, make.__name__, lambda: loop.run_until_complete(make()))
          fut = loop.create_future()
          loop.call_later(1, fut.set_result, 'future')
          attempt(ev, 'future', lambda: loop.run_until_complete(fut))
          attempt(ev, 'a done future', lambda: loop.run_until_complete(fut))
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const bodies = {
        async value() {
          await sleep(1);
          return 'value';
        },
        *bad() {
          yield* sleep(1);
          throw new RangeError('broken');
        },
        async cancelled() {
          currentTask()!.cancel('by myself');
          await sleep(1);
        },
      };
      for (const [name, body] of Object.entries(bodies)) {
        await attemptAsync(ev, name, () => loop.runUntilComplete<unknown>(body));
      }
      const fut = loop.createFuture<string>();
      loop.callLater(1, () => fut.setResult('future'));
      await attemptAsync(ev, 'future', () => loop.runUntilComplete(fut));
      await attemptAsync(ev, 'a done future', () => loop.runUntilComplete(fut));
    },
  },
  {
    title:
      'runUntilComplete on a loop that is stopped before the future is done is a RuntimeError; the task lives on',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def child():
              try:
                  await sleep(5)
                  ev('child ends')
                  return 'value'
              except CancelledError:
                  ev('never')
          t = loop.create_task(child())
          loop.call_later(1, loop.stop)
          attempt(ev, 'stopped', lambda: loop.run_until_complete(t))
          ev('pending', t.done())
          attempt(ev, 'second try', lambda: loop.run_until_complete(t))
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const t = loop.createTask(async () => {
        try {
          await sleep(5);
          ev('child ends');
          return 'value';
        } catch {
          ev('never');
          return null;
        }
      });
      loop.callLater(1, () => loop.stop());
      await attemptAsync(ev, 'stopped', () => loop.runUntilComplete(t));
      ev('pending', t.done());
      await attemptAsync(ev, 'second try', () => loop.runUntilComplete(t));
    },
  },
  {
    title:
      'when the main task is over the loop runs its current batch to the end, and one more turn',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          def count(n):
              ev('turn', n)
              if n < 6:
                  loop.call_soon(count, n + 1)
          async def body():
              loop.call_soon(count, 1)
              await sleep(0)
              ev('main ends')
          loop.run_until_complete(body())
          ev('back')
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const count = (n: number): void => {
        ev('turn', n);
        if (n < 6) loop.callSoon(count, n + 1);
      };
      await loop.runUntilComplete(async () => {
        loop.callSoon(count, 1);
        await sleep(0);
        ev('main ends');
      });
      ev('back');
    },
  },
  {
    title: 'a closed loop refuses callbacks, timers, tasks and runs; closing again is nothing',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def child():
              pass
          ev('open', loop.is_closed())
          loop.close()
          loop.close()
          ev('closed', loop.is_closed())
          attempt(ev, 'call_soon', lambda: loop.call_soon(ev, 'never'))
          attempt(ev, 'call_soon_threadsafe', lambda: loop.call_soon_threadsafe(ev, 'never'))
          attempt(ev, 'call_later', lambda: loop.call_later(1, ev, 'never'))
          attempt(ev, 'call_at', lambda: loop.call_at(1, ev, 'never'))
          attempt(ev, 'run_forever', loop.run_forever)
          c = child()
          attempt(ev, 'create_task', lambda: loop.create_task(c))
          attempt(ev, 'run_until_complete', lambda: loop.run_until_complete(c))
          c.close()
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const child = coroutine(async () => {});
      ev('open', loop.isClosed());
      loop.close();
      loop.close();
      ev('closed', loop.isClosed());
      attempt(ev, 'call_soon', () => loop.callSoon(ev, 'never'));
      attempt(ev, 'call_soon_threadsafe', () => loop.callSoonThreadsafe(ev, 'never'));
      attempt(ev, 'call_later', () => loop.callLater(1, ev, 'never'));
      attempt(ev, 'call_at', () => loop.callAt(1, ev, 'never'));
      await attemptAsync(ev, 'run_forever', () => loop.runForever());
      const c = child();
      attempt(ev, 'create_task', () => loop.createTask(c));
      await attemptAsync(ev, 'run_until_complete', () => loop.runUntilComplete(c));
      c.close();
    },
  },
  {
    title:
      'a running loop can be neither closed nor run again, and no other loop can be run inside it',
    py: `
      def main(ev, new_loop):
          loop, other = new_loop(), new_loop()
          async def child():
              attempt(ev, 'close', loop.close)
              attempt(ev, 'run_forever', loop.run_forever)
              attempt(ev, 'other run_forever', other.run_forever)
              attempt(ev, 'other close', other.close)
              ev('still running', loop.is_running(), get_running_loop() is loop)
              await sleep(0)
          loop.run_until_complete(child())
          ev('not running', loop.is_running(), other.is_closed())
    `,
    plain: async (ev, newLoop) => {
      const [loop, other] = [newLoop(), newLoop()];
      await loop.runUntilComplete(async () => {
        attempt(ev, 'close', () => loop.close());
        attempt(ev, 'run_forever', () => loop.runForever());
        attempt(ev, 'other run_forever', () => other.runForever());
        attempt(ev, 'other close', () => other.close());
        ev('still running', loop.isRunning(), getRunningLoop() === loop);
        await sleep(0);
      });
      ev('not running', loop.isRunning(), other.isClosed());
    },
  },
  {
    title: 'run() inside a running loop is refused',
    py: `
      async def main(ev):
          async def child():
              ev('never')
          c = child()
          attempt(ev, 'run', lambda: asyncio.run(c))
          runner = Runner()
          attempt(ev, 'Runner.run', lambda: runner.run(c))
          c.close()
          await sleep(0)
    `,
    async: async (ev) => {
      const c = coroutine(async () => {
        ev('never');
      })();
      attempt(ev, 'run', () => run(c));
      const runner = new Runner();
      attempt(ev, 'Runner.run', () => runner.run(c));
      c.close();
      await sleep(0);
    },
    gen: function* (ev) {
      const c = coroutine(function* () {
        ev('never');
      })();
      attempt(ev, 'run', () => run(c));
      const runner = new Runner();
      attempt(ev, 'Runner.run', () => runner.run(c));
      c.close();
      yield* sleep(0);
    },
  },
  {
    title:
      'outside of a running loop there is no running loop, no current task and no list of tasks',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          attempt(ev, 'get_running_loop', get_running_loop)
          attempt(ev, 'current_task', current_task)
          attempt(ev, 'all_tasks', all_tasks)
          async def child():
              await sleep(1)
          t = loop.create_task(child(), name='child')
          ev('of the loop', current_task(loop), all_tasks(loop))
          loop.run_until_complete(t)
          ev('of the loop', current_task(loop), all_tasks(loop))
          c = child()
          attempt(ev, 'create_task', lambda: create_task(c))
          c.close()
          attempt(ev, 'get_running_loop', get_running_loop)
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      attempt(ev, 'get_running_loop', () => getRunningLoop());
      attempt(ev, 'current_task', () => currentTask());
      attempt(ev, 'all_tasks', () => allTasks());
      const child = coroutine(async () => {
        await sleep(1);
      });
      const t = loop.createTask(child(), { name: 'child' });
      ev('of the loop', currentTask(loop), allTasks(loop));
      await loop.runUntilComplete(t);
      ev('of the loop', currentTask(loop), allTasks(loop));
      const c = child();
      attempt(ev, 'create_task', () => createTask(c));
      c.close();
      attempt(ev, 'get_running_loop', () => getRunningLoop());
    },
  },
  {
    title: 'timers, ready callbacks and tasks wait from one run to the next, and so does the clock',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def ticker():
              for i in range(4):
                  await sleep(1)
                  ev('tick', i)
          async def pause(n):
              await sleep(n)
          loop.create_task(ticker())
          loop.call_later(2.5, ev, 'timer')
          loop.run_until_complete(pause(1.5))
          ev('between', loop.time())
          loop.run_until_complete(pause(2))
          ev('end', loop.time())
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const pause = coroutine(async (n: number) => {
        await sleep(n);
      });
      loop.createTask(async () => {
        for (let i = 0; i < 4; i++) {
          await sleep(1);
          ev('tick', i);
        }
      });
      loop.callLater(2.5, ev, 'timer');
      await loop.runUntilComplete(pause(1.5));
      ev('between', loop.time());
      await loop.runUntilComplete(pause(2));
      ev('end', loop.time());
    },
  },
  {
    title:
      'an exception handler is told what happened; an error of its own is survived; null brings the default back',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          def bad(message):
              raise ValueError(message)
          def handler(l, context):
              ev('handler', l is loop, context['exception'], 'handle' in context)
          def bad_handler(l, context):
              ev('bad handler', context['exception'])
              raise TypeError('in the handler')
          loop.set_exception_handler(handler)
          ev('get', loop.get_exception_handler() is handler)
          loop.call_soon(bad, 'one')
          loop.call_soon(loop.stop)
          loop.run_forever()
          loop.set_exception_handler(bad_handler)
          loop.call_soon(bad, 'two')
          loop.call_soon(ev, 'after two')
          loop.call_soon(loop.stop)
          loop.run_forever()
          loop.set_exception_handler(None)
          ev('default', loop.get_exception_handler())
          loop.call_soon(bad, 'three')
          loop.call_soon(ev, 'after three')
          loop.call_soon(loop.stop)
          loop.run_forever()
          attempt(ev, 'no function', lambda: loop.set_exception_handler('handler'))
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const bad = (message: string): never => {
        throw new RangeError(message);
      };
      const handler: ExceptionHandler = (l, context) => {
        ev('handler', l === loop, context.exception, 'handle' in context);
      };
      const badHandler: ExceptionHandler = (_l, context) => {
        ev('bad handler', context.exception);
        throw new TypeError('in the handler');
      };
      loop.setExceptionHandler(handler);
      ev('get', loop.getExceptionHandler() === handler);
      loop.callSoon(bad, 'one');
      loop.callSoon(() => loop.stop());
      await loop.runForever();
      await quietly(async () => {
        loop.setExceptionHandler(badHandler);
        loop.callSoon(bad, 'two');
        loop.callSoon(ev, 'after two');
        loop.callSoon(() => loop.stop());
        await loop.runForever();
        loop.setExceptionHandler(null);
        ev('default', loop.getExceptionHandler());
        loop.callSoon(bad, 'three');
        loop.callSoon(ev, 'after three');
        loop.callSoon(() => loop.stop());
        await loop.runForever();
      });
      attempt(ev, 'no function', () =>
        loop.setExceptionHandler('handler' as unknown as ExceptionHandler),
      );
    },
  },
  {
    title: 'the program can call the exception handler itself',
    py: `
      async def main(ev):
          loop = get_running_loop()
          loop.set_exception_handler(lambda l, context: ev('handler', context['message'], context.get('own')))
          loop.call_exception_handler({'message': 'said by the program', 'own': 42})
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_l, context) => ev('handler', context.message, context.own));
      loop.callExceptionHandler({ message: 'said by the program', own: 42 });
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_l, context) => ev('handler', context.message, context.own));
      loop.callExceptionHandler({ message: 'said by the program', own: 42 });
      yield* sleep(0);
    },
  },
  {
    title:
      'a future of another loop cannot be awaited: RuntimeError at that place; nor can it be run, or gathered',
    py: `
      def main(ev, new_loop):
          other, loop = new_loop(), new_loop()
          fut, fut2 = other.create_future(), loop.create_future()
          async def child():
              try:
                  await fut
              except RuntimeError as e:
                  ev('await', e)
              try:
                  gather(fut, fut2)
              except ValueError as e:
                  ev('gather', e)
              await sleep(1)
              return 'went on'
          ev('value', loop.run_until_complete(child()))
          attempt(ev, 'run_until_complete', lambda: loop.run_until_complete(fut))
          attempt(ev, 'ensure_future', lambda: ensure_future(fut, loop=loop))
    `,
    plain: async (ev, newLoop) => {
      const [other, loop] = [newLoop(), newLoop()];
      const [fut, fut2] = [other.createFuture<null>(), loop.createFuture<null>()];
      const value = await loop.runUntilComplete(async () => {
        try {
          await fut;
        } catch (e) {
          ev('await', e);
        }
        try {
          void gather(fut, fut2);
        } catch (e) {
          ev('gather', e);
        }
        await sleep(1);
        return 'went on';
      });
      ev('value', value);
      await attemptAsync(ev, 'run_until_complete', () => loop.runUntilComplete(fut));
      attempt(ev, 'ensure_future', () => ensureFuture(fut, { loop }));
    },
  },
  {
    title: 'a lock or an event belongs to the first loop in which somebody had to wait for it',
    py: `
      def main(ev, new_loop):
          lock, event = Lock(), Event()
          async def uncontended():
              async with lock:
                  ev('uncontended', lock.locked())
              event.set()
              await event.wait()
              event.clear()
          async def contended():
              async def release():
                  await sleep(1)
                  lock.release()
                  event.set()
              await lock.acquire()
              create_task(release())
              try:
                  await lock.acquire()
                  ev('second holder')
                  lock.release()
              except RuntimeError as e:
                  ev('lock', e)
                  await sleep(2)
              event.clear()
              try:
                  await wait_for(event.wait(), 1)
              except (TimeoutError, RuntimeError) as e:
                  ev('event', e)
          first = new_loop()
          first.run_until_complete(uncontended())
          second = new_loop()
          second.run_until_complete(uncontended())
          second.run_until_complete(contended())
          third = new_loop()
          third.run_until_complete(uncontended())
          third.run_until_complete(contended())
    `,
    plain: async (ev, newLoop) => {
      const [lock, event] = [new Lock(), new Event()];
      const uncontended = coroutine(async () => {
        await asyncWith(lock, async () => {
          ev('uncontended', lock.locked());
        });
        event.set();
        await event.wait();
        event.clear();
      });
      const contended = coroutine(async () => {
        await lock.acquire();
        createTask(async () => {
          await sleep(1);
          lock.release();
          event.set();
        });
        try {
          await lock.acquire();
          ev('second holder');
          lock.release();
        } catch (e) {
          ev('lock', e);
          await sleep(2);
        }
        event.clear();
        try {
          await waitFor(event.wait(), 1);
        } catch (e) {
          ev('event', e);
        }
      });
      const first = newLoop();
      await first.runUntilComplete(uncontended());
      const second = newLoop();
      await second.runUntilComplete(uncontended());
      await second.runUntilComplete(contended());
      const third = newLoop();
      await third.runUntilComplete(uncontended());
      await third.runUntilComplete(contended());
    },
  },
  {
    title:
      'a task made before the run takes its first step in it; an eager start needs a running loop and else waits',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          async def child(name):
              ev('starts', name, current_task().get_name())
              await sleep(0)
              return name
          a = loop.create_task(child('lazy'), name='a')
          b = Task(child('eager'), loop=loop, name='b', eager_start=True)
          ev('before the run', a.done(), b.done())
          loop.run_until_complete(gather(a, b))
          ev('after', a.result(), b.result())
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const child = coroutine(async (name: string) => {
        ev('starts', name, currentTask()!.getName());
        await sleep(0);
        return name;
      });
      const a = loop.createTask(child('lazy'), { name: 'a' });
      const b = new Task(child('eager'), { loop, name: 'b', eagerStart: true });
      ev('before the run', a.done(), b.done());
      await loop.runUntilComplete(gather(a, b));
      ev('after', a.result(), b.result());
    },
  },
  {
    title:
      'a deadlock is an error of the run; the loop can go on with something else, and the tasks with it',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          fut = loop.create_future()
          async def stuck():
              ev('got', await fut)
          async def rescue():
              await sleep(1)
              fut.set_result('rescued')
              await sleep(1)
          t = loop.create_task(stuck())
          attempt(ev, 'stuck', lambda: loop.run_until_complete(t))
          ev('pending', t.done(), loop.is_running())
          loop.run_until_complete(rescue())
          ev('after', t.done())
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      const fut = loop.createFuture<string>();
      const t = loop.createTask(async () => {
        ev('got', await fut);
      });
      await attemptAsync(ev, 'stuck', () => loop.runUntilComplete(t));
      ev('pending', t.done(), loop.isRunning());
      await loop.runUntilComplete(async () => {
        await sleep(1);
        fut.setResult('rescued');
        await sleep(1);
      });
      ev('after', t.done());
    },
  },
  {
    title:
      'a Runner runs one main after another on one loop, in one context; what is left over lives in between',
    py: `
      def main(ev, new_loop):
          var = ContextVar('var', default='default')
          async def first():
              ev('first', var.get())
              var.set('set by the first')
              async def left_over():
                  try:
                      for i in range(100):
                          await sleep(1)
                          ev('left over', i)
                  except CancelledError as e:
                      ev('cancelled at the end', e)
                      await sleep(1)
                      raise
              create_task(left_over())
              await sleep(1.5)
              return get_running_loop()
          async def second():
              ev('second', var.get())
              await sleep(2)
              return get_running_loop()
          with Runner(loop_factory=new_loop) as runner:
              a = runner.run(first())
              b = runner.run(second())
              ev('one loop', a is b, a is runner.get_loop(), a.is_closed())
          ev('closed', a.is_closed(), var.get())
          c = second()
          attempt(ev, 'run after close', lambda: runner.run(c))
          attempt(ev, 'get_loop after close', runner.get_loop)
          c.close()
          runner.close()
    `,
    plain: async (ev, newLoop) => {
      const var_ = new ContextVar<string>('var', { default: 'default' });
      const first = coroutine(async () => {
        ev('first', var_.get());
        var_.set('set by the first');
        createTask(async () => {
          try {
            for (let i = 0; i < 100; i++) {
              await sleep(1);
              ev('left over', i);
            }
          } catch (e) {
            ev('cancelled at the end', e);
            await sleep(1);
            throw e;
          }
        });
        await sleep(1.5);
        return getRunningLoop();
      });
      const second = coroutine(async () => {
        ev('second', var_.get());
        await sleep(2);
        return getRunningLoop();
      });
      const runner = new Runner({ loopFactory: newLoop });
      const a = await runner.run(first());
      const b = await runner.run(second());
      ev('one loop', a === b, a === runner.getLoop(), a.isClosed());
      await runner.close();
      ev('closed', a.isClosed(), var_.get());
      const c = second();
      await attemptAsync(ev, 'run after close', () => runner.run(c));
      attempt(ev, 'get_loop after close', () => runner.getLoop());
      c.close();
      await runner.close();
    },
  },
  {
    title:
      'an error that a leftover task answers its cancellation with goes to the exception handler at the end of run()',
    py: `
      def main(ev, new_loop):
          async def left_over():
              try:
                  await sleep(10)
              finally:
                  raise ValueError('in the cleanup')
          async def body():
              create_task(left_over())
              await sleep(1)
              ev('main ends')
              return 'value'
          ev('run', asyncio.run(body(), loop_factory=new_loop))
    `,
    plain: async (ev, newLoop) => {
      const value = await run(
        async () => {
          createTask(async () => {
            try {
              await sleep(10);
            } catch {
              throw new RangeError('in the cleanup');
            }
          });
          await sleep(1);
          ev('main ends');
          return 'value';
        },
        { loopFactory: newLoop },
      );
      ev('run', value);
    },
  },
  {
    title: 'run() throws what main throws, after the leftovers are down',
    py: `
      def main(ev, new_loop):
          async def left_over():
              try:
                  await sleep(10)
              finally:
                  await sleep(1)
                  ev('left over is down')
          async def body():
              create_task(left_over())
              await sleep(1)
              raise ValueError('main')
          attempt(ev, 'run', lambda: asyncio.run(body(), loop_factory=new_loop))
    `,
    plain: async (ev, newLoop) => {
      await attemptAsync(ev, 'run', () =>
        run(
          async () => {
            createTask(async () => {
              try {
                await sleep(10);
              } finally {
                await sleep(1);
                ev('left over is down');
              }
            });
            await sleep(1);
            throw new RangeError('main');
          },
          { loopFactory: newLoop },
        ),
      );
    },
  },
  {
    title: 'debug mode is a switch of the loop',
    py: `
      def main(ev, new_loop):
          loop = new_loop()
          ev('debug', loop.get_debug())
          loop.set_debug(True)
          ev('debug', loop.get_debug())
          async def body():
              return get_running_loop().get_debug()
          ev('inside', loop.run_until_complete(body()))
          ev('run', asyncio.run(body(), debug=True, loop_factory=new_loop))
          ev('run', asyncio.run(body(), debug=False, loop_factory=new_loop))
    `,
    plain: async (ev, newLoop) => {
      const loop = newLoop();
      ev('debug', loop.getDebug());
      loop.setDebug(true);
      ev('debug', loop.getDebug());
      const body = coroutine(async () => getRunningLoop().getDebug());
      ev('inside', await loop.runUntilComplete(body()));
      ev('run', await run(body(), { debug: true, loopFactory: newLoop }));
      ev('run', await run(body(), { debug: false, loopFactory: newLoop }));
    },
  },
];

/** Runs `fn` with the loop's log kept off the test's output. */
async function quietly(fn: () => Promise<void>): Promise<void> {
  const { error } = console;
  console.error = () => {};
  try {
    await fn();
  } finally {
    console.error = error;
  }
}
