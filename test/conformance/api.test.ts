/** The breadth of the API against CPython's own list of names. */
import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { type Breadth, breadth, camelCase } from './api/breadth.ts';
import { PLANNED, REASONS } from './api/reasons.ts';
import { missing, table } from './api/table.ts';

/** Names that are still to come: `npm run conformance -- --api --missing` writes the list. */
const KNOWN = JSON.parse(
  readFileSync(new URL('./api/known-missing.json', import.meta.url), 'utf8'),
) as string[];

let found: Breadth;
beforeAll(async () => {
  found = await breadth();
}, 60_000);

describe("the public names of CPython's asyncio", () => {
  test('are asked of CPython 3.14 itself', () => {
    expect(found.version).toMatch(/^3\.14\./);
    expect(found.rows.length).toBeGreaterThan(700);
    // What this platform hides from CPython is on the list all the same.
    const names = found.rows.map((r) => r.python);
    expect(names).toContain('asyncio.streams.start_unix_server');
    expect(names).toContain('asyncio.windows_events.ProactorEventLoop');
  });

  test('have a counterpart here, but for those known to be missing', () => {
    expect(missing(found).filter((name) => !KNOWN.includes(name))).toEqual([]);
  });

  test('that are known to be missing are missing', () => {
    expect(KNOWN.filter((name) => !missing(found).includes(name))).toEqual([]);
  });

  test('are what the reasons for missing ones speak of: no reason is left over', () => {
    const used = new Set(found.rows.map((r) => r.reason));
    const forgotten = [...REASONS, ...PLANNED].filter(([, reason]) => !used.has(reason));
    expect(forgotten.map(([pattern]) => String(pattern))).toEqual([]);
  });

  test('are counted in the table', () => {
    expect(table(found)).toMatch(
      /all +\d+ names: \d+ there, \d+ missing, \d+ planned, \d+ not applicable/,
    );
  });

  test.each([
    ['get_nowait', 'getNowait'],
    ['sock_recvfrom_into', 'sockRecvfromInto'],
    ['iscoroutine', 'iscoroutine'],
    ['time', 'time'],
  ])('%s is called %s here', (python, ours) => {
    expect(camelCase(python)).toBe(ours);
  });
});
