// Every written pair, in each kind of coroutine, against CPython.
import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { createTask, getRunningLoop, sleep } from '../../src/index.ts';
import { attempt } from './harness/attempt.ts';
import { check, differenceOnPurpose, kindsOf } from './harness/check.ts';
import type { Pair } from './harness/pair.ts';
import { areas } from './pairs/index.ts';
import { type Reference, loadReference } from './reference/reference.ts';

let reference: Reference;
beforeAll(async () => {
  reference = await loadReference();
});

test('the judge is CPython 3.14 with its own C _asyncio', () => {
  expect(reference.version).toMatch(/^3\.14\./);
  expect(reference.evaluate('asyncio.Task is asyncio.tasks._CTask')).toBe(true);
});

describe('the comparison', () => {
  // One small program, and the same with one thing changed: each change has to be seen.
  const pair: Pair = {
    title: 'a task that fails',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              raise ValueError('broken')
          t = create_task(child(), name='child')
          try:
              await t
          except ValueError as e:
              ev('caught', e)
          return 'value'
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          await sleep(1);
          throw new RangeError('broken');
        },
        { name: 'child' },
      );
      try {
        await t;
      } catch (e) {
        ev('caught', e);
      }
      return 'value';
    },
  };

  test('is content with the same program', async () => {
    expect(await check(reference, pair, 'async')).toBeNull();
  });

  test.each([
    ['the time of an event', 'sleep(1)', 'sleep(2)'],
    ['the name of an event', "'caught'", "'seen'"],
    ['the class of an error', 'raise ValueError', 'raise RuntimeError'],
    ['a message that the program chose', "'broken'", "'torn'"],
    ['the outcome', "'value'", "'other'"],
    ['the name of a task', "name='child'", "name='other'"],
    ['the state of a task', "raise ValueError('broken')", 'return'],
    ['a missing event', "ev('caught', e)", 'pass'],
    ['a task left over', 'await t', 'raise ValueError'],
  ])('sees %s', async (_what, from, to) => {
    expect(pair.py).toContain(from);
    const changed = { ...pair, py: pair.py.replaceAll(from, to) };
    expect(await check(reference, changed, 'async')).not.toBeNull();
  });

  test('does not look at the words of a message that the library made', async () => {
    const library: Pair = {
      title: 'no running loop',
      py: `
        async def main(ev):
            attempt(ev, 'result', get_running_loop().create_future().result)
      `,
      async: async (ev) => {
        attempt(ev, 'result', () => getRunningLoop().createFuture().result());
      },
    };
    expect(await check(reference, library, 'async')).toBeNull();
  });
});

for (const [area, pairs] of Object.entries(areas)) {
  describe(area, () => {
    for (const pair of pairs) {
      for (const kind of kindsOf(pair)) {
        const onPurpose = differenceOnPurpose(pair, kind);
        const note = onPurpose === undefined ? '' : `, differs: ${onPurpose.name}`;
        test(`${pair.title} (${kind}${note})`, async () => {
          const found = await check(reference, pair, kind);
          expect(found, found ?? '').toBeNull();
        });
      }
    }
  });
}

const everyPair = Object.values(areas).flat();

test('there are at least 150 pairs, each with a title of its own', () => {
  const titles = everyPair.map((pair) => pair.title);
  expect(titles.length).toBeGreaterThanOrEqual(150);
  expect(new Set(titles).size).toBe(titles.length);
});

test('each difference on purpose has its section in docs/differences.md', () => {
  const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');
  const names = everyPair.flatMap((pair) =>
    kindsOf(pair).flatMap((kind) => differenceOnPurpose(pair, kind)?.name ?? []),
  );
  for (const name of names) expect(page).toContain(`## \`${name}\``);
});
