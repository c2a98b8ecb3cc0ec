// Barrier: parties that wait for each other.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  Barrier,
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
    title:
      'the last to arrive lets all through; each has an index, and the barrier is ready for the next round',
    py: `
      async def main(ev):
          barrier = Barrier(3)
          async def party(name, n):
              for round in range(2):
                  await sleep(n)
                  ev('arrives', name, barrier.n_waiting)
                  ev('through', name, round, await barrier.wait())
          await gather(party('a', 1), party('b', 2), party('c', 3))
          ev('after', barrier.parties, barrier.n_waiting, barrier.broken)
    `,
    async: async (ev) => {
      const barrier = new Barrier(3);
      const party = coroutine(async (name: string, n: number) => {
        for (let round = 0; round < 2; round++) {
          await sleep(n);
          ev('arrives', name, barrier.nWaiting);
          ev('through', name, round, await barrier.wait());
        }
      });
      await gather(party('a', 1), party('b', 2), party('c', 3));
      ev('after', barrier.parties, barrier.nWaiting, barrier.broken);
    },
    gen: function* (ev) {
      const barrier = new Barrier(3);
      function* party(name: string, n: number) {
        for (let round = 0; round < 2; round++) {
          yield* sleep(n);
          ev('arrives', name, barrier.nWaiting);
          ev('through', name, round, yield* barrier.wait());
        }
      }
      yield* gather(party('a', 1), party('b', 2), party('c', 3));
      ev('after', barrier.parties, barrier.nWaiting, barrier.broken);
    },
  },
  {
    title:
      'a party that is cancelled leaves the barrier whole: another takes its place, and an index can stand twice',
    py: `
      async def main(ev):
          barrier = Barrier(3)
          async def party(name):
              try:
                  ev('through', name, await barrier.wait())
              except CancelledError as e:
                  ev('cancelled', name, e, barrier.n_waiting, barrier.broken)
                  raise
          tasks = [create_task(party(name)) for name in 'ab']
          await sleep(1)
          tasks[0].cancel('gone')
          await sleep(1)
          ev('waiting', barrier.n_waiting)
          tasks += [create_task(party(name)) for name in 'cd']
          await wait(tasks)
    `,
    async: async (ev) => {
      const barrier = new Barrier(3);
      const party = coroutine(async (name: string) => {
        try {
          ev('through', name, await barrier.wait());
        } catch (e) {
          ev('cancelled', name, e, barrier.nWaiting, barrier.broken);
          throw e;
        }
      });
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      await sleep(1);
      tasks[0]!.cancel('gone');
      await sleep(1);
      ev('waiting', barrier.nWaiting);
      tasks.push(...['c', 'd'].map((name) => createTask(party(name))));
      await wait(tasks);
    },
    gen: function* (ev) {
      const barrier = new Barrier(3);
      function* party(name: string) {
        try {
          ev('through', name, yield* barrier.wait());
        } catch (e) {
          ev('cancelled', name, e, barrier.nWaiting, barrier.broken);
          throw e;
        }
      }
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      yield* sleep(1);
      tasks[0]!.cancel('gone');
      yield* sleep(1);
      ev('waiting', barrier.nWaiting);
      tasks.push(...['c', 'd'].map((name) => createTask(party(name))));
      yield* wait(tasks);
    },
  },
  {
    title:
      'abort() breaks the barrier for those that wait and for those that come later, until reset()',
    py: `
      async def main(ev):
          barrier = Barrier(3)
          async def party(name):
              try:
                  ev('through', name, await barrier.wait())
              except BrokenBarrierError as e:
                  ev('broken', name, e)
          tasks = [create_task(party(name)) for name in 'ab']
          await sleep(1)
          await barrier.abort()
          ev('aborted', barrier.broken, barrier.n_waiting)
          await wait(tasks)
          await party('late')
          await barrier.reset()
          ev('reset', barrier.broken, barrier.n_waiting)
          await gather(party('c'), party('d'), party('e'))
    `,
    async: async (ev) => {
      const barrier = new Barrier(3);
      const party = coroutine(async (name: string) => {
        try {
          ev('through', name, await barrier.wait());
        } catch (e) {
          ev('broken', name, e);
        }
      });
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      await sleep(1);
      await barrier.abort();
      ev('aborted', barrier.broken, barrier.nWaiting);
      await wait(tasks);
      await party('late');
      await barrier.reset();
      ev('reset', barrier.broken, barrier.nWaiting);
      await gather(party('c'), party('d'), party('e'));
    },
    gen: function* (ev) {
      const barrier = new Barrier(3);
      const party = coroutine(function* (name: string) {
        try {
          ev('through', name, yield* barrier.wait());
        } catch (e) {
          ev('broken', name, e);
        }
      });
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      yield* sleep(1);
      yield* barrier.abort();
      ev('aborted', barrier.broken, barrier.nWaiting);
      yield* wait(tasks);
      yield* party('late');
      yield* barrier.reset();
      ev('reset', barrier.broken, barrier.nWaiting);
      yield* gather(party('c'), party('d'), party('e'));
    },
  },
  {
    title:
      'reset() sends those that wait away with an error; newcomers wait until they are out, and then begin afresh',
    py: `
      async def main(ev):
          barrier = Barrier(2)
          async def party(name):
              try:
                  ev('through', name, await barrier.wait())
              except BrokenBarrierError as e:
                  ev('sent away', name, e, barrier.broken)
          a = create_task(party('a'))
          await sleep(1)
          await barrier.reset()
          ev('reset', barrier.broken, barrier.n_waiting)
          await gather(a, party('b'), party('c'))
          ev('after', barrier.broken, barrier.n_waiting)
    `,
    async: async (ev) => {
      const barrier = new Barrier(2);
      const party = coroutine(async (name: string) => {
        try {
          ev('through', name, await barrier.wait());
        } catch (e) {
          ev('sent away', name, e, barrier.broken);
        }
      });
      const a = createTask(party('a'));
      await sleep(1);
      await barrier.reset();
      ev('reset', barrier.broken, barrier.nWaiting);
      await gather(a, party('b'), party('c'));
      ev('after', barrier.broken, barrier.nWaiting);
    },
    gen: function* (ev) {
      const barrier = new Barrier(2);
      function* party(name: string) {
        try {
          ev('through', name, yield* barrier.wait());
        } catch (e) {
          ev('sent away', name, e, barrier.broken);
        }
      }
      const a = createTask(party('a'));
      yield* sleep(1);
      yield* barrier.reset();
      ev('reset', barrier.broken, barrier.nWaiting);
      yield* gather(a, party('b'), party('c'));
      ev('after', barrier.broken, barrier.nWaiting);
    },
  },
  {
    title: 'a party of the next round that comes while the last one is leaving waits its turn',
    py: `
      async def main(ev):
          barrier = Barrier(2)
          async def party(name):
              ev('through', name, await barrier.wait())
              ev('again', name, await barrier.wait())
          tasks = [create_task(party(name)) for name in 'ab']
          await sleep(0)
          await sleep(0)
          ev('leaving', barrier.n_waiting)
          await wait(tasks)
          ev('after', barrier.n_waiting)
    `,
    async: async (ev) => {
      const barrier = new Barrier(2);
      const party = coroutine(async (name: string) => {
        ev('through', name, await barrier.wait());
        ev('again', name, await barrier.wait());
      });
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      await sleep(0);
      await sleep(0);
      ev('leaving', barrier.nWaiting);
      await wait(tasks);
      ev('after', barrier.nWaiting);
    },
    gen: function* (ev) {
      const barrier = new Barrier(2);
      function* party(name: string) {
        ev('through', name, yield* barrier.wait());
        ev('again', name, yield* barrier.wait());
      }
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      yield* sleep(0);
      yield* sleep(0);
      ev('leaving', barrier.nWaiting);
      yield* wait(tasks);
      ev('after', barrier.nWaiting);
    },
  },
  {
    title:
      'as a block it gives the index; a barrier of one never suspends; less than one is refused',
    py: `
      async def main(ev):
          barrier = Barrier(2)
          async def party(name):
              async with barrier as index:
                  ev('inside', name, index)
          await gather(party('a'), party('b'))
          alone = Barrier(1)
          get_running_loop().call_soon(ev, 'a turn')
          ev('alone', await alone.wait(), await alone.wait())
          for n in (0, -1):
              attempt(ev, 'refused', lambda: Barrier(n))
    `,
    async: async (ev) => {
      const barrier = new Barrier(2);
      const party = coroutine(async (name: string) => {
        await asyncWith(barrier, async (index) => {
          ev('inside', name, index);
        });
      });
      await gather(party('a'), party('b'));
      const alone = new Barrier(1);
      getRunningLoop().callSoon(ev, 'a turn');
      ev('alone', await alone.wait(), await alone.wait());
      for (const n of [0, -1]) attempt(ev, 'refused', () => new Barrier(n));
    },
    gen: function* (ev) {
      const barrier = new Barrier(2);
      function* party(name: string) {
        yield* asyncWith(barrier, function* (index) {
          ev('inside', name, index);
        });
      }
      yield* gather(party('a'), party('b'));
      const alone = new Barrier(1);
      getRunningLoop().callSoon(ev, 'a turn');
      ev('alone', yield* alone.wait(), yield* alone.wait());
      for (const n of [0, -1]) attempt(ev, 'refused', () => new Barrier(n));
    },
  },
  {
    title: 'a party that gives up after a limit in time leaves the others waiting',
    py: `
      async def main(ev):
          barrier = Barrier(2)
          async def impatient():
              try:
                  async with timeout(1):
                      await barrier.wait()
              except TimeoutError as e:
                  ev('gave up', e, barrier.n_waiting, barrier.broken)
          async def patient(name):
              ev('through', name, await barrier.wait())
          await impatient()
          a = create_task(patient('a'))
          await sleep(1)
          await patient('b')
          await a
    `,
    async: async (ev) => {
      const barrier = new Barrier(2);
      const impatient = coroutine(async () => {
        try {
          await timeout(1, async () => {
            await barrier.wait();
          });
        } catch (e) {
          ev('gave up', e, barrier.nWaiting, barrier.broken);
        }
      });
      const patient = coroutine(async (name: string) => {
        ev('through', name, await barrier.wait());
      });
      await impatient();
      const a = createTask(patient('a'));
      await sleep(1);
      await patient('b');
      await a;
    },
    gen: function* (ev) {
      const barrier = new Barrier(2);
      const impatient = coroutine(function* () {
        try {
          yield* timeout(1, function* () {
            yield* barrier.wait();
          });
        } catch (e) {
          ev('gave up', e, barrier.nWaiting, barrier.broken);
        }
      });
      const patient = coroutine(function* (name: string) {
        ev('through', name, yield* barrier.wait());
      });
      yield* impatient();
      const a = createTask(patient('a'));
      yield* sleep(1);
      yield* patient('b');
      yield* a;
    },
  },
  {
    title:
      'a party cancelled in the very turn in which the last one arrived is cancelled; the others get through',
    py: `
      async def main(ev):
          barrier = Barrier(3)
          async def party(name):
              try:
                  ev('through', name, await barrier.wait())
              except CancelledError as e:
                  ev('cancelled', name, e)
                  raise
          tasks = [create_task(party(name)) for name in 'ab']
          await sleep(1)
          ev('main', await barrier.wait())
          tasks[0].cancel('too late to matter')
          await wait(tasks)
          ev('after', barrier.n_waiting, barrier.broken)
          await gather(party('c'), party('d'), party('e'))
    `,
    async: async (ev) => {
      const barrier = new Barrier(3);
      const party = coroutine(async (name: string) => {
        try {
          ev('through', name, await barrier.wait());
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
      });
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      await sleep(1);
      ev('main', await barrier.wait());
      tasks[0]!.cancel('too late to matter');
      await wait(tasks);
      ev('after', barrier.nWaiting, barrier.broken);
      await gather(party('c'), party('d'), party('e'));
    },
    gen: function* (ev) {
      const barrier = new Barrier(3);
      function* party(name: string) {
        try {
          ev('through', name, yield* barrier.wait());
        } catch (e) {
          ev('cancelled', name, e);
          throw e;
        }
      }
      const tasks = ['a', 'b'].map((name) => createTask(party(name)));
      yield* sleep(1);
      ev('main', yield* barrier.wait());
      tasks[0]!.cancel('too late to matter');
      yield* wait(tasks);
      ev('after', barrier.nWaiting, barrier.broken);
      yield* gather(party('c'), party('d'), party('e'));
    },
  },
];
