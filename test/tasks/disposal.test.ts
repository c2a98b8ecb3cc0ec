// `using` and `await using`: there where nothing has to be known of the error on the way out, and nowhere else.
import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  Barrier,
  BoundedSemaphore,
  Condition,
  ContextVar,
  fromAsyncIterable,
  Lock,
  run,
  Runner,
  Semaphore,
  TaskGroup,
  Timeout,
} from '../../src/index.ts';

describe('await using', () => {
  test.each([
    ['Lock', () => new Lock()],
    ['Semaphore', () => new Semaphore(1)],
    ['BoundedSemaphore', () => new BoundedSemaphore(1)],
    ['Condition', () => new Condition()],
  ] as const)('releases a %s at the end of the block, also after an error', async (_name, make) => {
    await run(async () => {
      const held = make();
      for (const fails of [false, true]) {
        await held.acquire();
        try {
          await using inBlock = held;
          expect(inBlock.locked()).toBe(true);
          if (fails) throw new Error('in the block');
        } catch (error) {
          expect((error as Error).message).toBe('in the block');
        }
        expect(held.locked()).toBe(false);
        await held.acquire();
        {
          using inBlock = held;
          expect(inBlock.locked()).toBe(true);
        }
        expect(held.locked()).toBe(false);
      }
      // The same object as a context manager.
      expect(await asyncWith(held, () => held.locked())).toBe(true);
      expect(held.locked()).toBe(false);
    });
  });

  test('closes a Runner, and a source of items', async () => {
    const runner = new Runner();
    let closed = false;
    await (async () => {
      await using open = runner;
      expect(await open.run(() => 'ran')).toBe('ran');
    })();
    expect(() => runner.run(() => {})).toThrow(/closed/);
    await run(async () => {
      async function* items() {
        try {
          yield 1;
          yield 2;
        } finally {
          closed = true;
        }
      }
      await using source = fromAsyncIterable(items());
      expect((await source.next()).value).toBe(1);
    });
    expect(closed).toBe(true);
  });

  test('is not there where the error decides: groups, timeouts, barriers; nor is a token awaited', () => {
    const variable = new ContextVar<number>('v');
    for (const prototype of [TaskGroup.prototype, Timeout.prototype, Barrier.prototype]) {
      expect(Symbol.asyncDispose in prototype, prototype.constructor.name).toBe(false);
      expect(Symbol.dispose in prototype, prototype.constructor.name).toBe(false);
    }
    const token = variable.set(1);
    expect([Symbol.dispose in token, Symbol.asyncDispose in token]).toEqual([true, false]);
  });
});
