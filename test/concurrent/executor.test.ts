// An executor of one's own: submit() is written, the rest comes with the base.
import { expect, test } from 'vitest';
import { asyncio, concurrent } from './built.ts';

const { asyncWith, getRunningLoop, NotImplementedError, run, toThread } = asyncio;
const { Executor, Future } = concurrent;

class Inline extends Executor {
  readonly names: string[] = [];
  override submit(fn: (...args: never[]) => unknown, ...args: unknown[]): never {
    this.names.push(fn.name);
    const future = new Future<unknown>();
    try {
      future.setResult(fn(...(args as never[])));
    } catch (error) {
      future.setException(error);
    }
    return future as never;
  }
}

test('serves runInExecutor, map and asyncWith', async () => {
  const inline = new Inline();
  const twice = (n: number): number => n * 2;
  expect(Array.from(inline.map(twice, [1, 2, 3]))).toEqual([2, 4, 6]);
  await run(async () => {
    const loop = getRunningLoop();
    expect(await asyncWith(inline, (pool) => loop.runInExecutor(pool, twice, 4))).toBe(8);
    await expect(
      loop.runInExecutor(inline, () => {
        throw new RangeError('inline');
      }),
    ).rejects.toThrow('inline');
  });
  expect(inline.names.slice(0, 4)).toEqual(['twice', 'twice', 'twice', 'twice']);
  expect(inline.shutdown().done()).toBe(true);
});

test('without submit() says so', () => {
  class Nothing extends Executor {}
  expect(() => new Nothing().submit(() => 1)).toThrow(NotImplementedError);
});

test.each([
  ['nothing', undefined],
  ['a promise', Promise.resolve()],
])('may give %s back from shutdown()', async (_, closed) => {
  class Python extends Executor {
    override submit(fn: (...args: never[]) => unknown, ...args: unknown[]): never {
      const future = new Future<unknown>();
      future.setResult(fn(...(args as never[])));
      return future as never;
    }
    override shutdown(): never {
      return closed as never;
    }
  }
  const result = run(async () => {
    getRunningLoop().setDefaultExecutor(new Python());
    return toThread((x: number) => x + 1, 1);
  });
  expect(await result).toBe(2);
});
