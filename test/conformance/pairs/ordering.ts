// Order: of callbacks, timers, first steps and wake-ups.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  type Coroutine,
  type Future,
  asCompleted,
  coroutine,
  createTask,
  gather,
  getRunningLoop,
  shield,
  sleep,
  taskGroup,
  timeout,
  wait,
  waitFor,
} from '../../../src/index.ts';
import type { Pair } from '../harness/pair.ts';

/** Counts the turns of the loop; keeps it busy, so only for programs that need no clock. */
function countTurns(): () => number {
  const loop = getRunningLoop();
  let turns = 0;
  const tick = (): void => {
    turns += 1;
    loop.callSoon(tick);
  };
  loop.callSoon(tick);
  return () => turns;
}

const COUNT_TURNS = `
def count_turns():
    loop = get_running_loop()
    turns = 0
    def tick():
        nonlocal turns
        turns += 1
        loop.call_soon(tick)
    loop.call_soon(tick)
    return lambda: turns
`;

export const pairs: Pair[] = [
  {
    title: 'callSoon runs callbacks in the order of the calls, with their arguments',
    py: `
      async def main(ev):
          loop = get_running_loop()
          for i in range(3):
              loop.call_soon(ev, 'callback', i, 'x')
          ev('made')
          await sleep(0)
          ev('after one turn')
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      for (let i = 0; i < 3; i++) loop.callSoon(ev, 'callback', i, 'x');
      ev('made');
      await sleep(0);
      ev('after one turn');
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      for (let i = 0; i < 3; i++) loop.callSoon(ev, 'callback', i, 'x');
      ev('made');
      yield* sleep(0);
      ev('after one turn');
    },
  },
  {
    title: 'a callback made by a callback runs behind all that were ready before it',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def first():
              ev('first')
              loop.call_soon(ev, 'made by first')
          loop.call_soon(first)
          loop.call_soon(ev, 'second')
          await sleep(0)
          ev('main')
          await sleep(0)
          ev('main again')
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callSoon(() => {
        ev('first');
        loop.callSoon(ev, 'made by first');
      });
      loop.callSoon(ev, 'second');
      await sleep(0);
      ev('main');
      await sleep(0);
      ev('main again');
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callSoon(() => {
        ev('first');
        loop.callSoon(ev, 'made by first');
      });
      loop.callSoon(ev, 'second');
      yield* sleep(0);
      ev('main');
      yield* sleep(0);
      ev('main again');
    },
  },
  {
    title: 'callLater(0) runs behind callbacks that are already ready',
    py: `
      async def main(ev):
          loop = get_running_loop()
          loop.call_later(0, ev, 'later')
          loop.call_soon(ev, 'soon 1')
          loop.call_soon(ev, 'soon 2')
          await sleep(0)
          ev('main')
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(0, ev, 'later');
      loop.callSoon(ev, 'soon 1');
      loop.callSoon(ev, 'soon 2');
      await sleep(0);
      ev('main');
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(0, ev, 'later');
      loop.callSoon(ev, 'soon 1');
      loop.callSoon(ev, 'soon 2');
      yield* sleep(0);
      ev('main');
      yield* sleep(0);
    },
  },
  {
    title:
      'timers fire in the order of their deadlines, those with equal ones in the order of their making',
    py: `
      async def main(ev):
          loop = get_running_loop()
          loop.call_later(2, ev, 'two')
          loop.call_later(1, ev, 'one, first')
          loop.call_at(1, ev, 'one, second')
          loop.call_later(0.5, ev, 'half')
          loop.call_later(1, ev, 'one, third')
          await sleep(3)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(2, ev, 'two');
      loop.callLater(1, ev, 'one, first');
      loop.callAt(1, ev, 'one, second');
      loop.callLater(0.5, ev, 'half');
      loop.callLater(1, ev, 'one, third');
      await sleep(3);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(2, ev, 'two');
      loop.callLater(1, ev, 'one, first');
      loop.callAt(1, ev, 'one, second');
      loop.callLater(0.5, ev, 'half');
      loop.callLater(1, ev, 'one, third');
      yield* sleep(3);
    },
  },
  {
    title: 'timers in the past fire at the next turn, the older deadline first',
    py: `
      async def main(ev):
          loop = get_running_loop()
          await sleep(1)
          loop.call_later(0, ev, 'now')
          loop.call_later(-1, ev, 'a second ago')
          loop.call_at(-7, ev, 'long ago')
          loop.call_soon(ev, 'soon')
          await sleep(0)
          ev('main')
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      await sleep(1);
      loop.callLater(0, ev, 'now');
      loop.callLater(-1, ev, 'a second ago');
      loop.callAt(-7, ev, 'long ago');
      loop.callSoon(ev, 'soon');
      await sleep(0);
      ev('main');
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      yield* sleep(1);
      loop.callLater(0, ev, 'now');
      loop.callLater(-1, ev, 'a second ago');
      loop.callAt(-7, ev, 'long ago');
      loop.callSoon(ev, 'soon');
      yield* sleep(0);
      ev('main');
      yield* sleep(0);
    },
  },
  {
    title:
      'timers that are due together run in one turn: what the first one makes ready runs behind the second',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def first():
              ev('first timer')
              loop.call_soon(ev, 'made by the first timer')
          loop.call_later(1, first)
          loop.call_later(1, ev, 'second timer')
          await sleep(2)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(1, () => {
        ev('first timer');
        loop.callSoon(ev, 'made by the first timer');
      });
      loop.callLater(1, ev, 'second timer');
      await sleep(2);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(1, () => {
        ev('first timer');
        loop.callSoon(ev, 'made by the first timer');
      });
      loop.callLater(1, ev, 'second timer');
      yield* sleep(2);
    },
  },
  {
    title: 'a timer of zero that a timer makes does not run in the same turn',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def first():
              ev('first')
              loop.call_later(0, ev, 'zero')
              loop.call_soon(ev, 'soon')
          loop.call_later(1, first)
          loop.call_later(1, ev, 'second')
          await sleep(1)
          ev('main')
          await sleep(1)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(1, () => {
        ev('first');
        loop.callLater(0, ev, 'zero');
        loop.callSoon(ev, 'soon');
      });
      loop.callLater(1, ev, 'second');
      await sleep(1);
      ev('main');
      await sleep(1);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(1, () => {
        ev('first');
        loop.callLater(0, ev, 'zero');
        loop.callSoon(ev, 'soon');
      });
      loop.callLater(1, ev, 'second');
      yield* sleep(1);
      ev('main');
      yield* sleep(1);
    },
  },
  {
    title: 'a handle that an earlier callback of the same turn cancels does not run',
    py: `
      async def main(ev):
          loop = get_running_loop()
          handles = []
          loop.call_soon(lambda: handles[0].cancel())
          handles.append(loop.call_soon(ev, 'never'))
          loop.call_soon(ev, 'third')
          timer = loop.call_later(1, ev, 'never either')
          ev('when', timer.when(), timer.cancelled())
          timer.cancel()
          timer.cancel()
          await sleep(2)
          ev('cancelled', handles[0].cancelled(), timer.cancelled(), timer.when())
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callSoon(() => handle.cancel());
      const handle = loop.callSoon(ev, 'never');
      loop.callSoon(ev, 'third');
      const timer = loop.callLater(1, ev, 'never either');
      ev('when', timer.when(), timer.cancelled());
      timer.cancel();
      timer.cancel();
      await sleep(2);
      ev('cancelled', handle.cancelled(), timer.cancelled(), timer.when());
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callSoon(() => handle.cancel());
      const handle = loop.callSoon(ev, 'never');
      loop.callSoon(ev, 'third');
      const timer = loop.callLater(1, ev, 'never either');
      ev('when', timer.when(), timer.cancelled());
      timer.cancel();
      timer.cancel();
      yield* sleep(2);
      ev('cancelled', handle.cancelled(), timer.cancelled(), timer.when());
    },
  },
  {
    title: 'a timer that is due together with the one that cancels it does not fire',
    py: `
      async def main(ev):
          loop = get_running_loop()
          handles = []
          loop.call_later(1, lambda: handles[0].cancel())
          handles.append(loop.call_later(1, ev, 'never'))
          await sleep(1)
          ev('main')
          await sleep(1)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(1, () => handle.cancel());
      const handle = loop.callLater(1, ev, 'never');
      await sleep(1);
      ev('main');
      await sleep(1);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(1, () => handle.cancel());
      const handle = loop.callLater(1, ev, 'never');
      yield* sleep(1);
      ev('main');
      yield* sleep(1);
    },
  },
  {
    title: 'callSoonThreadsafe shares the queue of callSoon',
    py: `
      async def main(ev):
          loop = get_running_loop()
          loop.call_soon(ev, 'one')
          loop.call_soon_threadsafe(ev, 'two')
          loop.call_soon(ev, 'three')
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callSoon(ev, 'one');
      loop.callSoonThreadsafe(ev, 'two');
      loop.callSoon(ev, 'three');
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callSoon(ev, 'one');
      loop.callSoonThreadsafe(ev, 'two');
      loop.callSoon(ev, 'three');
      yield* sleep(0);
    },
  },
  {
    title:
      'done callbacks of a future never run inside setResult, and run in the order in which they were added',
    py: `
      async def main(ev):
          loop = get_running_loop()
          fut = loop.create_future()
          fut.add_done_callback(lambda f: ev('first', f is fut))
          fut.add_done_callback(lambda f: ev('second', f.result()))
          loop.call_soon(ev, 'ready before')
          fut.set_result(7)
          ev('set')
          loop.call_soon(ev, 'ready after')
          await sleep(0)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const fut = loop.createFuture<number>();
      fut.addDoneCallback((f) => ev('first', f === fut));
      fut.addDoneCallback((f) => ev('second', f.result()));
      loop.callSoon(ev, 'ready before');
      fut.setResult(7);
      ev('set');
      loop.callSoon(ev, 'ready after');
      await sleep(0);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const fut = loop.createFuture<number>();
      fut.addDoneCallback((f) => ev('first', f === fut));
      fut.addDoneCallback((f) => ev('second', f.result()));
      loop.callSoon(ev, 'ready before');
      fut.setResult(7);
      ev('set');
      loop.callSoon(ev, 'ready after');
      yield* sleep(0);
    },
  },
  {
    title: 'a done callback added to a finished future runs at the next turn',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          fut.set_result(None)
          await sleep(0)
          fut.add_done_callback(lambda f: ev('callback'))
          ev('added')
          await fut
          ev('awaited: no turn was taken')
          await sleep(0)
          ev('a turn later')
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<null>();
      fut.setResult(null);
      await sleep(0);
      fut.addDoneCallback(() => ev('callback'));
      ev('added');
      await fut;
      ev('awaited: no turn was taken');
      await sleep(0);
      ev('a turn later');
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<null>();
      fut.setResult(null);
      yield* sleep(0);
      fut.addDoneCallback(() => ev('callback'));
      ev('added');
      yield* fut;
      ev('awaited: no turn was taken');
      yield* sleep(0);
      ev('a turn later');
    },
  },
  {
    title: 'a waiting task is one of the callbacks of the future, in its place among the others',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          async def waiter(name):
              ev(name, await fut)
          fut.add_done_callback(lambda f: ev('callback before'))
          create_task(waiter('task 1'))
          create_task(waiter('task 2'))
          await sleep(0)
          fut.add_done_callback(lambda f: ev('callback after'))
          fut.set_result('x')
          await sleep(0)
          ev('main')
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<string>();
      const waiter = coroutine(async (name: string) => {
        ev(name, await fut);
      });
      fut.addDoneCallback(() => ev('callback before'));
      createTask(waiter('task 1'));
      createTask(waiter('task 2'));
      await sleep(0);
      fut.addDoneCallback(() => ev('callback after'));
      fut.setResult('x');
      await sleep(0);
      ev('main');
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<string>();
      function* waiter(name: string) {
        ev(name, yield* fut);
      }
      fut.addDoneCallback(() => ev('callback before'));
      createTask(waiter('task 1'));
      createTask(waiter('task 2'));
      yield* sleep(0);
      fut.addDoneCallback(() => ev('callback after'));
      fut.setResult('x');
      yield* sleep(0);
      ev('main');
    },
  },
  {
    title: 'a task makes its first step at the next turn, in its place among callbacks',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child(name):
              ev(name)
          loop.call_soon(ev, 'callback 1')
          create_task(child('task 1'))
          loop.call_soon(ev, 'callback 2')
          create_task(child('task 2'))
          ev('made')
          await sleep(0)
          ev('main')
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const child = coroutine(async (name: string) => {
        ev(name);
      });
      loop.callSoon(ev, 'callback 1');
      createTask(child('task 1'));
      loop.callSoon(ev, 'callback 2');
      createTask(child('task 2'));
      ev('made');
      await sleep(0);
      ev('main');
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* child(name: string) {
        ev(name);
      }
      loop.callSoon(ev, 'callback 1');
      createTask(child('task 1'));
      loop.callSoon(ev, 'callback 2');
      createTask(child('task 2'));
      ev('made');
      yield* sleep(0);
      ev('main');
    },
  },
  {
    title: 'sleep(0) gives exactly one turn: tasks interleave strictly',
    py: `
      async def main(ev):
          async def child(name):
              for i in range(3):
                  ev(name, i)
                  await sleep(0)
          await gather(child('a'), child('b'), child('c'))
    `,
    async: async (ev) => {
      const child = coroutine(async (name: string) => {
        for (let i = 0; i < 3; i++) {
          ev(name, i);
          await sleep(0);
        }
      });
      await gather(child('a'), child('b'), child('c'));
    },
    gen: function* (ev) {
      function* child(name: string) {
        for (let i = 0; i < 3; i++) {
          ev(name, i);
          yield; // the bare form of sleep(0)
        }
      }
      yield* gather(child('a'), child('b'), child('c'));
    },
  },
  {
    title: 'a negative sleep is a sleep of zero, and sleep hands its result on',
    py: `
      async def main(ev):
          get_running_loop().call_soon(ev, 'callback')
          ev('result', await sleep(-5, 'value'))
          ev('result', await sleep(1, 'other'))
          ev('none', await sleep(0))
    `,
    async: async (ev) => {
      getRunningLoop().callSoon(ev, 'callback');
      ev('result', await sleep(-5, 'value'));
      ev('result', await sleep(1, 'other'));
      ev('none', await sleep(0));
    },
    gen: function* (ev) {
      getRunningLoop().callSoon(ev, 'callback');
      ev('result', yield* sleep(-5, 'value'));
      ev('result', yield* sleep(1, 'other'));
      ev('none', yield* sleep(0));
    },
  },
  {
    title: 'awaiting a coroutine runs it in place, without a turn of the loop, however deep',
    py: `
      async def main(ev):
          get_running_loop().call_soon(ev, 'callback')
          async def deep(n):
              if n == 0:
                  return 'bottom'
              return await deep(n - 1)
          ev('value', await deep(20))
          await sleep(0)
    `,
    async: async (ev) => {
      getRunningLoop().callSoon(ev, 'callback');
      const deep = coroutine(async (n: number): Promise<string> => {
        if (n === 0) return 'bottom';
        return await deep(n - 1);
      });
      ev('value', await deep(20));
      await sleep(0);
    },
    gen: function* (ev) {
      getRunningLoop().callSoon(ev, 'callback');
      const deep: (n: number) => Coroutine<string> = coroutine(function* (n: number) {
        if (n === 0) return 'bottom';
        return yield* deep(n - 1);
      });
      ev('value', yield* deep(20));
      yield* sleep(0);
    },
  },
  {
    title:
      'a timer fires before the wake-up of a sleeper that was made after it, at the same deadline',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def sleeper(name):
              await sleep(1)
              ev(name)
          loop.call_later(1, ev, 'timer 1')
          create_task(sleeper('sleeper'))
          await sleep(0)
          loop.call_later(1, ev, 'timer 2')
          await sleep(1)
          ev('main')
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      loop.callLater(1, ev, 'timer 1');
      createTask(async () => {
        await sleep(1);
        ev('sleeper');
      });
      await sleep(0);
      loop.callLater(1, ev, 'timer 2');
      await sleep(1);
      ev('main');
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      loop.callLater(1, ev, 'timer 1');
      createTask(function* () {
        yield* sleep(1);
        ev('sleeper');
      });
      yield* sleep(0);
      loop.callLater(1, ev, 'timer 2');
      yield* sleep(1);
      ev('main');
    },
  },
  {
    title: 'two tasks that hand a future to and fro alternate',
    py: `
      async def main(ev):
          loop = get_running_loop()
          balls = [loop.create_future() for _ in range(7)]
          async def player(name, i):
              while i + 1 < len(balls):
                  ev(name, await balls[i])
                  balls[i + 1].set_result(i + 1)
                  i += 2
          a = create_task(player('ping', 0))
          b = create_task(player('pong', 1))
          balls[0].set_result(0)
          await wait([a, b])
          ev('last', await balls[6])
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const balls = Array.from({ length: 7 }, () => loop.createFuture<number>());
      const player = coroutine(async (name: string, i: number) => {
        for (; i + 1 < balls.length; i += 2) {
          ev(name, await balls[i]!);
          balls[i + 1]!.setResult(i + 1);
        }
      });
      const a = createTask(player('ping', 0));
      const b = createTask(player('pong', 1));
      balls[0]!.setResult(0);
      await wait([a, b]);
      ev('last', await balls[6]!);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const balls = Array.from({ length: 7 }, () => loop.createFuture<number>());
      function* player(name: string, i: number) {
        for (; i + 1 < balls.length; i += 2) {
          ev(name, yield* balls[i]!);
          balls[i + 1]!.setResult(i + 1);
        }
      }
      const a = createTask(player('ping', 0));
      const b = createTask(player('pong', 1));
      balls[0]!.setResult(0);
      yield* wait([a, b]);
      ev('last', yield* balls[6]!);
    },
  },
  {
    title: 'how many turns the basic awaits take',
    py: `
      ${COUNT_TURNS.trim().replaceAll('\n', '\n      ')}

      async def main(ev):
          turns = count_turns()
          async def value():
              return 1
          async def one_turn():
              await sleep(0)
          last = 0
          def took(what):
              nonlocal last
              ev(what, turns() - last)
              last = turns()
          await sleep(0)
          took('sleep(0)')
          await value()
          took('a coroutine')
          await create_task(value())
          took('a task')
          await create_task(one_turn())
          took('a task of one turn')
          fut = get_running_loop().create_future()
          get_running_loop().call_soon(fut.set_result, None)
          await fut
          took('a future set by a callback')
          await fut
          took('a future that is done')
    `,
    async: async (ev) => {
      const turns = countTurns();
      const value = coroutine(async () => 1);
      let last = 0;
      const took = (what: string): void => {
        ev(what, turns() - last);
        last = turns();
      };
      await sleep(0);
      took('sleep(0)');
      await value();
      took('a coroutine');
      await createTask(value());
      took('a task');
      await createTask(async () => {
        await sleep(0);
      });
      took('a task of one turn');
      const fut = getRunningLoop().createFuture<null>();
      getRunningLoop().callSoon(() => fut.setResult(null));
      await fut;
      took('a future set by a callback');
      await fut;
      took('a future that is done');
    },
    gen: function* (ev) {
      const turns = countTurns();
      const value = coroutine(function* () {
        return 1;
      });
      let last = 0;
      const took = (what: string): void => {
        ev(what, turns() - last);
        last = turns();
      };
      yield* sleep(0);
      took('sleep(0)');
      yield* value();
      took('a coroutine');
      yield* createTask(value());
      took('a task');
      yield* createTask(function* () {
        yield* sleep(0);
      });
      took('a task of one turn');
      const fut = getRunningLoop().createFuture<null>();
      getRunningLoop().callSoon(() => fut.setResult(null));
      yield* fut;
      took('a future set by a callback');
      yield* fut;
      took('a future that is done');
    },
  },
  {
    title: 'how many turns the combinators take',
    py: `
      ${COUNT_TURNS.trim().replaceAll('\n', '\n      ')}

      async def main(ev):
          turns = count_turns()
          async def value():
              return 1
          last = 0
          def took(what):
              nonlocal last
              ev(what, turns() - last)
              last = turns()
          await gather(value(), value())
          took('gather')
          await wait([create_task(value()), create_task(value())])
          took('wait')
          await wait_for(value(), 1)
          took('wait_for a coroutine')
          await wait_for(create_task(value()), 1)
          took('wait_for a task')
          await shield(value())
          took('shield')
          async with timeout(5):
              await create_task(value())
          took('timeout')
          async with TaskGroup() as tg:
              tg.create_task(value())
          took('TaskGroup')
          for next_one in as_completed([value(), value()]):
              await next_one
              took('as_completed')
    `,
    async: async (ev) => {
      const turns = countTurns();
      const value = coroutine(async () => 1);
      let last = 0;
      const took = (what: string): void => {
        ev(what, turns() - last);
        last = turns();
      };
      await gather(value(), value());
      took('gather');
      await wait([createTask(value()), createTask(value())]);
      took('wait');
      await waitFor(value(), 1);
      took('wait_for a coroutine');
      await waitFor(createTask(value()), 1);
      took('wait_for a task');
      await shield(value());
      took('shield');
      await timeout(5, async () => {
        await createTask(value());
      });
      took('timeout');
      await taskGroup(async (tg) => {
        tg.createTask(value());
      });
      took('TaskGroup');
      for (const next of asCompleted([value(), value()])) {
        await next;
        took('as_completed');
      }
    },
    gen: function* (ev) {
      const turns = countTurns();
      const value = coroutine(function* () {
        return 1;
      });
      let last = 0;
      const took = (what: string): void => {
        ev(what, turns() - last);
        last = turns();
      };
      yield* gather(value(), value());
      took('gather');
      yield* wait([createTask(value()), createTask(value())]);
      took('wait');
      yield* waitFor(value(), 1);
      took('wait_for a coroutine');
      yield* waitFor(createTask(value()), 1);
      took('wait_for a task');
      yield* shield(value());
      took('shield');
      yield* timeout(5, function* () {
        yield* createTask(value());
      });
      took('timeout');
      yield* taskGroup(function* (tg) {
        tg.createTask(value());
      });
      took('TaskGroup');
      for (const next of asCompleted([value(), value()])) {
        yield* next;
        took('as_completed');
      }
    },
  },
  {
    title:
      'a task that ends wakes its waiters a turn later, behind its own done callbacks added before them',
    py: `
      async def main(ev):
          async def child():
              ev('child ends')
              get_running_loop().call_soon(ev, 'made by the child')
              return 'value'
          t = create_task(child())
          t.add_done_callback(lambda f: ev('callback', f.result()))
          ev('awaited', await t)
          ev('again', await t)
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        ev('child ends');
        getRunningLoop().callSoon(ev, 'made by the child');
        return 'value';
      });
      t.addDoneCallback((f: Future<string>) => ev('callback', f.result()));
      ev('awaited', await t);
      ev('again', await t);
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        ev('child ends');
        getRunningLoop().callSoon(ev, 'made by the child');
        return 'value';
      });
      t.addDoneCallback((f: Future<string>) => ev('callback', f.result()));
      ev('awaited', yield* t);
      ev('again', yield* t);
    },
  },
  {
    title: 'tasks woken by futures that were set in another order run in the order of setting',
    py: `
      async def main(ev):
          loop = get_running_loop()
          futs = [loop.create_future() for _ in range(3)]
          async def waiter(i):
              ev('woken', i, await futs[i])
          tasks = [create_task(waiter(i)) for i in range(3)]
          await sleep(0)
          for i in (2, 0, 1):
              futs[i].set_result(i * 10)
          await wait(tasks)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const futs = [0, 1, 2].map(() => loop.createFuture<number>());
      const waiter = coroutine(async (i: number) => {
        ev('woken', i, await futs[i]!);
      });
      const tasks = [0, 1, 2].map((i) => createTask(waiter(i)));
      await sleep(0);
      for (const i of [2, 0, 1]) futs[i]!.setResult(i * 10);
      await wait(tasks);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const futs = [0, 1, 2].map(() => loop.createFuture<number>());
      function* waiter(i: number) {
        ev('woken', i, yield* futs[i]!);
      }
      const tasks = [0, 1, 2].map((i) => createTask(waiter(i)));
      yield* sleep(0);
      for (const i of [2, 0, 1]) futs[i]!.setResult(i * 10);
      yield* wait(tasks);
    },
  },
  {
    title:
      'an error in a callback goes to the exception handler, and the callbacks behind it still run',
    py: `
      async def main(ev):
          loop = get_running_loop()
          def bad():
              raise ValueError('in a callback')
          loop.call_soon(ev, 'before')
          loop.call_soon(bad)
          loop.call_soon(ev, 'after')
          loop.call_later(1, bad)
          loop.call_later(1, ev, 'timer after')
          fut = loop.create_future()
          def bad_done(f):
              raise TypeError('in a done callback')
          fut.add_done_callback(bad_done)
          fut.add_done_callback(lambda f: ev('done'))
          fut.set_result(None)
          await sleep(2)
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const bad = (): void => {
        throw new RangeError('in a callback');
      };
      loop.callSoon(ev, 'before');
      loop.callSoon(bad);
      loop.callSoon(ev, 'after');
      loop.callLater(1, bad);
      loop.callLater(1, ev, 'timer after');
      const fut = loop.createFuture<null>();
      fut.addDoneCallback(() => {
        throw new TypeError('in a done callback');
      });
      fut.addDoneCallback(() => ev('done'));
      fut.setResult(null);
      await sleep(2);
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      const bad = (): void => {
        throw new RangeError('in a callback');
      };
      loop.callSoon(ev, 'before');
      loop.callSoon(bad);
      loop.callSoon(ev, 'after');
      loop.callLater(1, bad);
      loop.callLater(1, ev, 'timer after');
      const fut = loop.createFuture<null>();
      fut.addDoneCallback(() => {
        throw new TypeError('in a done callback');
      });
      fut.addDoneCallback(() => ev('done'));
      fut.setResult(null);
      yield* sleep(2);
    },
  },
];
