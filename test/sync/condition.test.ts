import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  Condition,
  createTask,
  Lock,
  run,
  RuntimeError,
  sleep,
} from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind, Script } from '../support/kinds.ts';

/** A task that waits on the condition, and releases the lock again unless told to keep it. */
function waiter(
  kind: Kind,
  condition: Condition,
  name: string,
  log: string[],
  { keep = false }: { keep?: boolean } = {},
): Task<void> {
  return kind.task(function* () {
    yield* kind.wait(condition.acquire());
    try {
      expect(yield* kind.wait(condition.wait())).toBe(true);
      log.push(name);
    } catch (error) {
      log.push(`${name} ${(error as Error).name} ${condition.locked() ? 'locked' : 'unlocked'}`);
      throw error;
    } finally {
      if (!keep) condition.release();
    }
  }, name);
}

function* locked(kind: Kind, condition: Condition, script: () => void): Script<void> {
  yield* kind.wait(condition.acquire());
  script();
  condition.release();
}

describe('Condition', () => {
  test('wait, notify and notifyAll are refused without the lock', async () => {
    const condition = new Condition();
    expect(() => condition.notify()).toThrow(RuntimeError);
    expect(() => condition.notify()).toThrow(/notify\(\).*hold the lock.*asyncWith/);
    expect(() => condition.notifyAll()).toThrow(/notifyAll\(\)/);
    expect(() => condition.release()).toThrow(RuntimeError);
    await run(async () => {
      await expect(async () => await condition.wait()).rejects.toThrow(RuntimeError);
      await expect(async () => await condition.waitFor(() => false)).rejects.toThrow(RuntimeError);
      // A predicate that holds at once never waits, and never asks for the lock.
      expect(await condition.waitFor(() => [1, 2, 3])).toEqual([1, 2, 3]);
    });
  });

  test('arguments of the wrong kind are refused at the call', () => {
    const condition = new Condition();
    expect(() => new Condition(42 as never)).toThrow(/expects a Lock.*number 42/);
    expect(() => new Condition({ acquire() {} } as never)).toThrow(TypeError);
    expect(() => condition.waitFor('x' as never)).toThrow(/expects a function as predicate/);
    expect(() => condition.notify('1' as never)).toThrow(/number of waiters.*string '1'/);
  });

  inBothKinds(
    'a predicate that returns a promise is refused, as it would always hold',
    function* (kind) {
      const condition = new Condition();
      let caught: unknown;
      try {
        void (yield* kind.wait(condition.waitFor(() => Promise.resolve(false))));
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(TypeError);
      expect(String(caught)).toMatch(/a Promise.*plain function/);
    },
  );

  inBothKinds('notify() wakes as many as it is told, the oldest first', function* (kind) {
    const condition = new Condition();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) waiter(kind, condition, name, log);
    yield* kind.turns(2);
    expect(String(condition)).toBe('<Condition [unlocked, waiters:4]>');
    yield* locked(kind, condition, () => condition.notify());
    yield* kind.turns(2);
    expect(log).toEqual(['a']);
    yield* locked(kind, condition, () => condition.notify(2));
    yield* kind.turns(4);
    expect(log).toEqual(['a', 'b', 'c']);
    yield* locked(kind, condition, () => condition.notify(2048));
    yield* kind.turns(4);
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    expect(String(condition)).toBe('<Condition [unlocked]>');
  });

  inBothKinds('notify(0) and a negative count wake nobody', function* (kind) {
    const condition = new Condition();
    const log: string[] = [];
    waiter(kind, condition, 'a', log);
    yield* kind.turns();
    yield* locked(kind, condition, () => {
      condition.notify(0);
      condition.notify(-1);
    });
    yield* kind.turns(3);
    expect(log).toEqual([]);
    yield* locked(kind, condition, () => condition.notifyAll());
    yield* kind.turns(2);
    expect(log).toEqual(['a']);
  });

  inBothKinds('a notified waiter goes on only when it has the lock', function* (kind) {
    const condition = new Condition();
    const log: string[] = [];
    const a = waiter(kind, condition, 'a', log, { keep: true });
    const b = waiter(kind, condition, 'b', log);
    yield* kind.turns();
    yield* kind.wait(condition.acquire());
    condition.notifyAll();
    yield* kind.turns(3);
    expect(log).toEqual([]);
    condition.release();
    yield* kind.turns(3);
    expect(log).toEqual(['a']);
    expect(b.done()).toBe(false);
    condition.release();
    yield* kind.wait(a);
    yield* kind.wait(b);
    expect(log).toEqual(['a', 'b']);
  });

  inBothKinds(
    'waitFor() asks again after each notification, and gives the value',
    function* (kind) {
      const condition = new Condition();
      const items: string[] = [];
      let asked = 0;
      const task = kind.task(() =>
        kind.wait(
          asyncWith(
            condition,
            kind.body(function* () {
              return yield* kind.wait(
                condition.waitFor(() => {
                  asked++;
                  expect(condition.locked()).toBe(true);
                  return items[0];
                }),
              );
            }),
          ),
        ),
      );
      yield* kind.turns();
      yield* locked(kind, condition, () => condition.notify());
      yield* kind.turns(2);
      expect(asked).toBe(2);
      expect(task.done()).toBe(false);
      yield* locked(kind, condition, () => {
        items.push('x');
        condition.notify();
      });
      expect(yield* kind.wait(task)).toBe('x');
      expect(asked).toBe(3);
    },
  );

  inBothKinds(
    'waitFor() lets the error of its predicate through, with the lock held',
    function* (kind) {
      const condition = new Condition();
      yield* kind.wait(condition.acquire());
      let caught: unknown;
      try {
        yield* kind.wait(
          condition.waitFor(() => {
            throw new RangeError('bad question');
          }),
        );
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(RangeError);
      expect(condition.locked()).toBe(true);
    },
  );

  inBothKinds('a cancelled waiter takes the lock back before it leaves', function* (kind) {
    const condition = new Condition();
    const log: string[] = [];
    const task = waiter(kind, condition, 'a', log);
    yield* kind.turns();
    yield* kind.wait(condition.acquire());
    task.cancel();
    yield* kind.turns(3);
    expect(task.done()).toBe(false);
    expect(String(condition)).toBe('<Condition [locked]>');
    condition.release();
    yield* kind.turns(2);
    expect(log).toEqual(['a CancelledError locked']);
    expect(task.cancelled()).toBe(true);
    expect(condition.locked()).toBe(false);
  });

  inBothKinds(
    'cancelled again while it takes the lock back, it still takes it, and tells the last cancel',
    function* (kind) {
      const condition = new Condition();
      let message = '';
      let held = false;
      const task = kind.task(function* () {
        yield* kind.wait(condition.acquire());
        try {
          yield* kind.wait(condition.wait());
        } catch (error) {
          message = (error as Error).message;
          held = condition.locked();
          throw error;
        } finally {
          condition.release();
        }
      });
      yield* kind.turns();
      yield* kind.wait(condition.acquire());
      for (const text of ['first', 'second', 'third']) {
        task.cancel(text);
        yield* kind.turns(2);
        expect(task.done()).toBe(false);
      }
      condition.release();
      yield* kind.turns(2);
      expect([message, held, task.cancelled()]).toEqual(['third', true, true]);
    },
  );

  inBothKinds(
    'a notified waiter that is cancelled hands its notification to the next',
    function* (kind) {
      const condition = new Condition();
      const log: string[] = [];
      const a = waiter(kind, condition, 'a', log);
      waiter(kind, condition, 'b', log);
      yield* kind.turns();
      yield* kind.wait(condition.acquire());
      condition.notify();
      a.cancel();
      yield* kind.turns(2);
      condition.release();
      yield* kind.turns(4);
      expect(log).toEqual(['a CancelledError locked', 'b']);
      expect(String(condition)).toBe('<Condition [unlocked]>');
    },
  );

  inBothKinds('the same while it already waits for the lock', function* (kind) {
    const condition = new Condition();
    const log: string[] = [];
    const a = waiter(kind, condition, 'a', log);
    waiter(kind, condition, 'b', log);
    yield* kind.turns();
    yield* kind.wait(condition.acquire());
    condition.notify();
    yield* kind.turns(2);
    a.cancel();
    yield* kind.turns(2);
    condition.release();
    yield* kind.turns(4);
    expect(log).toEqual(['a CancelledError locked', 'b']);
  });

  inBothKinds('shares a lock that it is given', function* (kind) {
    const lock = new Lock();
    const full = new Condition(lock);
    const empty = new Condition(lock);
    yield* kind.wait(full.acquire());
    expect([lock.locked(), empty.locked()]).toEqual([true, true]);
    const task = kind.task(function* () {
      yield* kind.wait(
        asyncWith(
          empty,
          kind.body(() => kind.wait(empty.wait())),
        ),
      );
    });
    full.release();
    yield* kind.turns();
    yield* kind.wait(lock.acquire());
    empty.notify();
    lock.release();
    yield* kind.wait(task);
    expect(lock.locked()).toBe(false);
  });

  inBothKinds('asyncWith gives the body nothing and releases in every case', function* (kind) {
    const condition = new Condition();
    const value = yield* kind.wait(asyncWith(condition, (given) => [given, condition.locked()]));
    expect(value).toEqual([undefined, true]);
    let caught: unknown;
    try {
      yield* kind.wait(
        asyncWith(condition, () => {
          throw new Error('fault');
        }),
      );
    } catch (error) {
      caught = error;
    }
    expect(String(caught)).toBe('Error: fault');
    expect(condition.locked()).toBe(false);
  });

  test('a producer and a consumer, as in Python', async () => {
    const got = await run(async () => {
      const changed = new Condition();
      const items: number[] = [];
      const consumer = createTask(async () => {
        const seen: number[] = [];
        while (seen.length < 3) {
          await asyncWith(changed, async () => {
            await changed.waitFor(() => items.length > 0);
            seen.push(items.shift() as number);
          });
        }
        return seen;
      });
      for (const item of [1, 2, 3]) {
        await asyncWith(changed, () => {
          items.push(item);
          changed.notify();
        });
        await sleep(0);
      }
      return await consumer;
    });
    expect(got).toEqual([1, 2, 3]);
  });
});
