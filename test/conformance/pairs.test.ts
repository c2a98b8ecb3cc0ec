// Every written pair, in each kind of coroutine, against CPython.
import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { check, kindsOf, namedDifference } from './harness/check.ts';
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

for (const [area, pairs] of Object.entries(areas)) {
  describe(area, () => {
    for (const pair of pairs) {
      for (const kind of kindsOf(pair)) {
        const named = namedDifference(pair, kind);
        test(`${pair.title} (${kind})${named === undefined ? '' : ` differs: ${named}`}`, async () => {
          const found = await check(reference, pair, kind);
          if (named === undefined) expect(found, found ?? '').toBeNull();
          else expect(found, `no longer differs in '${named}': mend the pair`).not.toBeNull();
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
    kindsOf(pair).flatMap((kind) => namedDifference(pair, kind) ?? []),
  );
  for (const name of names) expect(page).toContain(`\`${name}\``);
});
