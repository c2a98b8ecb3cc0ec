// docs/differences.md keeps its word: every difference has a reason and a test that exists; and the tests that no pair can be.
import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  coroutine,
  createTask,
  ExceptionGroup,
  gather,
  type GeneratorBody,
  KeyboardInterrupt,
  RuntimeError,
  sleep,
  staggeredRace,
  type Task,
  wait,
} from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import { differenceOnPurpose, kindsOf } from './harness/check.ts';
import { areas } from './pairs/index.ts';

const page = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');
const entries = page
  .split(/^## (?=`)/m)
  .slice(1)
  .map((text) => ({
    name: /^`([^`]+)`/.exec(text)![1]!,
    text: text.replace(/^## [\s\S]*/m, '').replaceAll(/\s+/g, ' '),
  }));

const everyPair = Object.values(areas).flat();
const titles = everyPair.map((pair) => pair.title);
const sources = readdirSync(new URL('../', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));

/** Whether a test of this title (or beginning so, where it ends with …) is there. */
function isTest(title: string): boolean {
  const start = title.replace(/,? ?…$/, '');
  return (
    titles.some((t) => (start === title ? t === title : t.startsWith(start))) ||
    sources.some((source) => source.includes(start))
  );
}

describe('docs/differences.md', () => {
  test('has entries', () => {
    expect(entries.length).toBeGreaterThan(15);
  });

  test.each(entries.map((entry) => [entry.name, entry.text] as const))(
    '%s has a reason, and tests that exist',
    (_name, text) => {
      expect(text).toMatch(/\*\*Reason:\*\* \S/);
      const [, named] = text.split('**Test:** ');
      expect(named).toBeDefined();
      const quoted = [...named!.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
      for (const title of quoted) expect(isTest(title) ? '' : title).toBe('');
      // Where no title is quoted, it is said in which pairs or by which means the difference is tested.
      if (quoted.length === 0) expect(named).toMatch(/`[\w./ -]+`/);
    },
  );

  test('names sections for pairs that say so, and the other way round', () => {
    const used = new Set(
      everyPair.flatMap((pair) =>
        kindsOf(pair).flatMap((kind) => differenceOnPurpose(pair, kind)?.name ?? []),
      ),
    );
    const names = entries.map((entry) => entry.name);
    expect([...used].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('what cannot be run on the reference, as it would not survive:', () => {
  async function ring(make: () => [Task<unknown>, Task<unknown>]): Promise<void> {
    const loop = new VirtualTimeEventLoop();
    const [first, second] = await loop.runUntilComplete(
      loop.createTask(function* () {
        const tasks = make();
        yield* sleep(1);
        return tasks;
      }),
    );
    expect(() => first.cancel()).toThrow(RangeError);
    expect([first.done(), second.done()]).toEqual([false, false]);
    expect(await loop.runUntilComplete(loop.createTask(() => sleep(1, 'the loop goes on')))).toBe(
      'the loop goes on',
    );
    loop.close();
  }

  test('a ring of tasks cannot be cancelled, and the loop goes on', async () => {
    await ring(() => {
      const tasks: Task<unknown>[] = [];
      const waits = function* (i: number): GeneratorBody<unknown> {
        return yield* tasks[i]!;
      };
      tasks.push(createTask(waits(1)), createTask(waits(0)));
      return [tasks[0]!, tasks[1]!];
    });
  });

  test('the same of async functions, and of a task that waits for itself in a gather', async () => {
    await ring(() => {
      const tasks: Task<unknown>[] = [];
      tasks.push(
        createTask(async () => tasks[1]!),
        createTask(async () => tasks[0]!),
      );
      return [tasks[0]!, tasks[1]!];
    });
    await ring(() => {
      const task: Task<unknown> = createTask(function* (): GeneratorBody<unknown> {
        return yield* gather(task);
      });
      return [task, task];
    });
  });
});

describe('what the reference does only by accident:', () => {
  test('a coroutine given to two tasks belongs to the first', async () => {
    const loop = new VirtualTimeEventLoop();
    const body = coroutine(function* () {
      yield* sleep(1);
      return 'ran';
    });
    const shared = body();
    const first = loop.createTask(shared);
    const second = loop.createTask(shared);
    await loop.runUntilComplete(wait([first, second]));
    expect(first.result()).toBe('ran');
    expect(second.exception()).toBeInstanceOf(RuntimeError);
    loop.close();
  });

  test('an interrupt in a staggered race is one of its errors', async () => {
    const loop = new VirtualTimeEventLoop();
    const race = loop.createTask(() =>
      staggeredRace(
        [
          function* (): GeneratorBody<never> {
            throw new KeyboardInterrupt('enough');
          },
        ],
        0,
      ),
    );
    await expect(loop.runUntilComplete(race)).rejects.toThrow(KeyboardInterrupt);
    await expect(loop.runUntilComplete(race)).rejects.toThrow(ExceptionGroup);
    loop.close();
  });
});
