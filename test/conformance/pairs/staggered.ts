// staggeredRace: one start after the other, the first success wins.
import {
  CancelledError,
  createTask,
  eagerTaskFactory,
  getRunningLoop,
  sleep,
  staggeredRace,
} from '../../../src/index.ts';
import type { Ev, Pair } from '../harness/pair.ts';

const RUNNER = `
      def runner(ev, name, n, error=None):
          async def run():
              ev('starts', name)
              try:
                  await sleep(n)
              except CancelledError as e:
                  ev('cancelled', name, e)
                  raise
              ev('ends', name)
              if error is not None:
                  raise error
              return name
          return run
`;

const asyncRunner =
  (ev: Ev, name: string, n: number, error: unknown = null) =>
  async (): Promise<string> => {
    ev('starts', name);
    try {
      await sleep(n);
    } catch (e) {
      ev('cancelled', name, e);
      throw e;
    }
    ev('ends', name);
    if (error !== null) throw error;
    return name;
  };

const genRunner = (ev: Ev, name: string, n: number, error: unknown = null) =>
  function* () {
    ev('starts', name);
    try {
      yield* sleep(n);
    } catch (e) {
      ev('cancelled', name, e);
      throw e;
    }
    ev('ends', name);
    if (error !== null) throw error;
    return name;
  };

export const pairs: Pair[] = [
  {
    title:
      'the next one starts after the delay; the first to succeed wins and the others are cancelled',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 5), runner(ev, 'b', 2), runner(ev, 'c', 5), runner(ev, 'd', 5)], 1))
    `,
    async: async (ev) => {
      const fns = [
        asyncRunner(ev, 'a', 5),
        asyncRunner(ev, 'b', 2),
        asyncRunner(ev, 'c', 5),
        asyncRunner(ev, 'd', 5),
      ];
      ev('result', await staggeredRace(fns, 1));
    },
    gen: function* (ev) {
      const fns = [
        genRunner(ev, 'a', 5),
        genRunner(ev, 'b', 2),
        genRunner(ev, 'c', 5),
        genRunner(ev, 'd', 5),
      ];
      ev('result', yield* staggeredRace(fns, 1));
    },
  },
  {
    title: 'a failure starts the next one at once, before the delay is over',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 1, ValueError('a failed')), runner(ev, 'b', 5), runner(ev, 'c', 1)], 3))
    `,
    async: async (ev) => {
      const fns = [
        asyncRunner(ev, 'a', 1, new RangeError('a failed')),
        asyncRunner(ev, 'b', 5),
        asyncRunner(ev, 'c', 1),
      ];
      ev('result', await staggeredRace(fns, 3));
    },
    gen: function* (ev) {
      const fns = [
        genRunner(ev, 'a', 1, new RangeError('a failed')),
        genRunner(ev, 'b', 5),
        genRunner(ev, 'c', 1),
      ];
      ev('result', yield* staggeredRace(fns, 3));
    },
  },
  {
    title: 'without a delay only failures start the next one',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 7, ValueError('a failed')), runner(ev, 'b', 1), runner(ev, 'c', 1)], None))
    `,
    async: async (ev) => {
      const fns = [
        asyncRunner(ev, 'a', 7, new RangeError('a failed')),
        asyncRunner(ev, 'b', 1),
        asyncRunner(ev, 'c', 1),
      ];
      ev('result', await staggeredRace(fns, null));
    },
    gen: function* (ev) {
      const fns = [
        genRunner(ev, 'a', 7, new RangeError('a failed')),
        genRunner(ev, 'b', 1),
        genRunner(ev, 'c', 1),
      ];
      ev('result', yield* staggeredRace(fns, null));
    },
  },
  {
    title: 'when all fail nothing is thrown: no winner, and every error; and nothing gives nothing',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 2, ValueError('a')), runner(ev, 'b', 2, TypeError('b')),
               runner(ev, 'c', 1, CancelledError('c'))], 1))
          ev('nothing', await asyncio.staggered.staggered_race([], 1))
    `,
    async: async (ev) => {
      const fns = [
        asyncRunner(ev, 'a', 2, new RangeError('a')),
        asyncRunner(ev, 'b', 2, new TypeError('b')),
        asyncRunner(ev, 'c', 1, new CancelledError('c')),
      ];
      ev('result', await staggeredRace(fns, 1));
      ev('nothing', await staggeredRace([], 1));
    },
    gen: function* (ev) {
      const fns = [
        genRunner(ev, 'a', 2, new RangeError('a')),
        genRunner(ev, 'b', 2, new TypeError('b')),
        genRunner(ev, 'c', 1, new CancelledError('c')),
      ];
      ev('result', yield* staggeredRace(fns, 1));
      ev('nothing', yield* staggeredRace([], 1));
    },
  },
  {
    title: 'cancelled from outside, it cancels all runners with the message and waits for them',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          t = create_task(asyncio.staggered.staggered_race(
              [runner(ev, 'a', 5), runner(ev, 'b', 5), runner(ev, 'c', 5)], 1))
          await sleep(1.5)
          t.cancel('from outside')
          try:
              await t
          except CancelledError as e:
              ev('awaited', e, t.cancelled())
    `,
    async: async (ev) => {
      const fns = [asyncRunner(ev, 'a', 5), asyncRunner(ev, 'b', 5), asyncRunner(ev, 'c', 5)];
      const t = createTask(staggeredRace(fns, 1));
      await sleep(1.5);
      t.cancel('from outside');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelled());
      }
    },
    gen: function* (ev) {
      const fns = [genRunner(ev, 'a', 5), genRunner(ev, 'b', 5), genRunner(ev, 'c', 5)];
      const t = createTask(staggeredRace(fns, 1));
      yield* sleep(1.5);
      t.cancel('from outside');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelled());
      }
    },
  },
  {
    title: 'two whose ends fall on one moment: the first to run wins, and the other is cancelled',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 2), runner(ev, 'b', 1), runner(ev, 'c', 1)], 1))
    `,
    async: async (ev) => {
      const fns = [asyncRunner(ev, 'a', 2), asyncRunner(ev, 'b', 1), asyncRunner(ev, 'c', 1)];
      ev('result', await staggeredRace(fns, 1));
    },
    gen: function* (ev) {
      const fns = [genRunner(ev, 'a', 2), genRunner(ev, 'b', 1), genRunner(ev, 'c', 1)];
      ev('result', yield* staggeredRace(fns, 1));
    },
  },
  {
    title: 'under the eager task factory it works the same',
    py: `
      ${RUNNER.trim()}
      async def main(ev):
          get_running_loop().set_task_factory(eager_task_factory)
          ev('result', await asyncio.staggered.staggered_race(
              [runner(ev, 'a', 5), runner(ev, 'b', 1, ValueError('b failed')), runner(ev, 'c', 1)], 2))
    `,
    async: async (ev) => {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const fns = [
        asyncRunner(ev, 'a', 5),
        asyncRunner(ev, 'b', 1, new RangeError('b failed')),
        asyncRunner(ev, 'c', 1),
      ];
      ev('result', await staggeredRace(fns, 2));
    },
    gen: function* (ev) {
      getRunningLoop().setTaskFactory(eagerTaskFactory);
      const fns = [
        genRunner(ev, 'a', 5),
        genRunner(ev, 'b', 1, new RangeError('b failed')),
        genRunner(ev, 'c', 1),
      ];
      ev('result', yield* staggeredRace(fns, 2));
    },
  },
];
