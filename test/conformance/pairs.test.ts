// Every written pair, in each kind of coroutine, against CPython.
import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { check, differenceOnPurpose, kindsOf } from './harness/check.ts';
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
