// An error that crosses awaits shows the coroutines and tasks it came through, in both kinds.
import { describe, expect, test } from 'vitest';
import { coroutine, createTask, run, sleep } from '../../src/index.ts';
import { virtual } from '../support/common.ts';

const leafG = coroutine(function* leafGenerator() {
  yield* sleep(1);
  throw new RangeError('leaf');
});
const leafA = coroutine(async function leafAsync() {
  await sleep(1);
  throw new RangeError('leaf');
});

/** The functions and tasks in the stack of the error that `main` ends with, innermost first. */
async function crossed(main: () => unknown): Promise<string[]> {
  const error = await run(main as () => Promise<unknown>, virtual).catch((e: unknown) => e);
  return ((error as Error).stack ?? '')
    .split('\n')
    .slice(1)
    .map((line) => /at (?:async )?(task '\w+'|\w+)/.exec(line)?.[1] ?? line)
    .filter((name) => !/^(run|file|crossed)$/.test(name));
}

describe('the stack of an error', () => {
  test('shows nested generator coroutines', async () => {
    const m = coroutine(function* middle() {
      yield* leafG();
    });
    expect(await crossed(() => m())).toEqual(['leafGenerator', 'middle']);
  });

  test('shows nested async coroutines', async () => {
    const m = coroutine(async function middle() {
      await leafA();
    });
    expect(await crossed(() => m())).toEqual(['leafAsync', 'middle']);
  });

  test('shows the other kind on the way', async () => {
    const g = coroutine(function* generator() {
      yield* leafA();
    });
    const o = coroutine(async function outer() {
      await g();
    });
    expect(await crossed(() => o())).toEqual(['leafAsync', 'generator', 'outer']);
  });

  test('shows the tasks it came out of, by name', async () => {
    const g = coroutine(function* generator() {
      yield* createTask(leafG(), { name: 'inner' });
    });
    const o = coroutine(async function outer() {
      await createTask(g(), { name: 'outer' });
    });
    expect(await crossed(() => o())).toEqual([
      'leafGenerator',
      "task 'inner'",
      'generator',
      "task 'outer'",
      'outer',
    ]);
  });

  test('stays as it is when the error is frozen or has no stack', async () => {
    const frozen = Object.freeze(new RangeError('frozen'));
    const o = coroutine(function* () {
      yield* createTask(async () => {
        throw frozen;
      });
    });
    await expect(run(o(), virtual)).rejects.toBe(frozen);
    const bare = Object.assign(new RangeError('bare'), { stack: undefined });
    const other = coroutine(async () => {
      await createTask(function* () {
        yield;
        throw bare;
      });
    });
    await expect(run(other(), virtual)).rejects.toBe(bare);
  });
});

describe('getStack and printStack', () => {
  test('show where a waiting task stands', async () => {
    await run(async () => {
      const generator = createTask(leafG());
      const asynchronous = createTask(leafA());
      await sleep(0.5);
      const text: string[] = [];
      for (const task of [generator, asynchronous]) task.printStack({ write: (t) => text.push(t) });
      expect(generator.getStack()).toMatchObject([
        { name: 'leafGenerator', line: expect.any(Number) as number },
      ]);
      expect(generator.getStack()[0]?.file).toMatch(/tracebacks\.test\.ts/);
      expect(text[0]).toMatch(
        /^Stack for <Task pending .*leafGenerator\(\) waits in sleep> \(oldest first\):/,
      );
      expect(text[1]).toMatch(/at leafAsync \(.*tracebacks\.test\.ts:\d+:\d+\)/);
      for (const limit of [0, -1]) expect(generator.getStack({ limit })).toEqual([]);
      for (const wrong of [5, { limit: '5' }, { lmit: 5 }] as never[]) {
        expect(() => generator.getStack(wrong)).toThrow(/^getStack\(\) /);
        expect(() => generator.printStack(wrong)).toThrow(/^printStack\(\) /);
      }
      generator.cancel();
      asynchronous.cancel();
    }, virtual);
  });

  test('show every coroutine between in debug mode', async () => {
    await run(
      async () => {
        const m = coroutine(function* middle() {
          yield* leafG();
        });
        const task = createTask(m());
        await sleep(0.5);
        expect(task.getStack().map((frame) => frame.name)).toEqual(['middle', 'leafGenerator']);
        expect(task.getStack({ limit: 1 }).map((frame) => frame.name)).toEqual(['leafGenerator']);
        task.cancel();
      },
      { ...virtual, debug: true },
    );
  });

  test('show where the error of a failed task came from', async () => {
    await run(async () => {
      const task = createTask(leafA());
      await sleep(2);
      task.printStack({
        write: (text) => expect(text).toMatch(/^Traceback for .*leafAsync.*RangeError: leaf$/s),
      });
      expect(task.getStack().at(-1)?.name).toBe('leafAsync');
      for (const limit of [0, -1]) expect(task.getStack({ limit })).toEqual([]);
      task.exception();
    }, virtual);
  });
});
