import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  CancelledError,
  createTask,
  Lock,
  run,
  RuntimeError,
  sleep,
} from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind, Script } from '../support/kinds.ts';

/** A task that acquires the lock and writes its name down. */
function acquirer(kind: Kind, lock: Lock, name: string, log: string[]): Task<void> {
  return kind.task(function* () {
    yield* kind.wait(lock.acquire());
    log.push(name);
  }, name);
}

/** A task that holds the lock for a turn. */
function holder(kind: Kind, lock: Lock, name: string, log: string[]): Task<void> {
  return kind.task(function* () {
    yield* kind.wait(
      asyncWith(
        lock,
        kind.body(function* () {
          log.push(`${name} in`);
          yield* kind.turns();
          log.push(`${name} out`);
        }),
      ),
    );
  }, name);
}

describe('Lock', () => {
  test('starts unlocked, and needs no loop until somebody waits', () => {
    const lock = new Lock();
    expect(lock.locked()).toBe(false);
    expect(String(lock)).toBe('<Lock [unlocked]>');
  });

  test('release() of a lock that is not locked is refused', () => {
    const lock = new Lock();
    expect(() => lock.release()).toThrow(RuntimeError);
    expect(() => lock.release()).toThrow(/not acquired.*once for each acquire\(\)/);
    expect(lock.locked()).toBe(false);
  });

  test('acquire() does nothing until it is awaited, and can be awaited once', async () => {
    await run(async () => {
      const lock = new Lock();
      const acquiring = lock.acquire();
      expect(lock.locked()).toBe(false);
      expect(await acquiring).toBe(true);
      expect(lock.locked()).toBe(true);
      lock.release();
      await expect(async () => await acquiring).rejects.toThrow(RuntimeError);
      expect(lock.locked()).toBe(false);
    });
  });

  test('a coroutine of acquire() can be a task', async () => {
    await run(async () => {
      const lock = new Lock();
      expect(await createTask(lock.acquire())).toBe(true);
      const second = createTask(lock.acquire());
      await sleep(0);
      expect(second.done()).toBe(false);
      lock.release();
      expect(await second).toBe(true);
    });
  });

  inBothKinds('a free lock is taken without a turn of the loop', function* (kind) {
    const lock = new Lock();
    let turned = false;
    kind.task(function* () {
      turned = true;
    });
    for (let i = 0; i < 100; i++) {
      expect(yield* kind.wait(lock.acquire())).toBe(true);
      expect(lock.locked()).toBe(true);
      lock.release();
    }
    expect(turned).toBe(false);
    yield* kind.turns();
    expect(turned).toBe(true);
  });

  inBothKinds('is handed over in the order of asking', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    yield* kind.wait(lock.acquire());
    const tasks = ['a', 'b', 'c'].map((name) => acquirer(kind, lock, name, log));
    yield* kind.turns();
    expect(String(lock)).toBe('<Lock [locked, waiters:3]>');
    for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      lock.release();
      yield* kind.turns();
      expect(log).toEqual(expected);
      yield* kind.turns(3);
      expect(log).toEqual(expected);
    }
    for (const task of tasks) yield* kind.wait(task);
    expect(String(lock)).toBe('<Lock [locked]>');
  });

  inBothKinds(
    'reads as unlocked while it is handed over, and cannot be snatched',
    function* (kind) {
      const lock = new Lock();
      const log: string[] = [];
      yield* kind.wait(lock.acquire());
      acquirer(kind, lock, 'first', log);
      yield* kind.turns();
      lock.release();
      expect(lock.locked()).toBe(false);
      const late = acquirer(kind, lock, 'late', log);
      const release = kind.task(function* () {
        yield* kind.turns(2);
        lock.release();
      });
      yield* kind.wait(lock.acquire());
      log.push('main');
      expect(log).toEqual(['first', 'main']);
      lock.release();
      yield* kind.wait(late);
      yield* kind.wait(release);
      expect(log).toEqual(['first', 'main', 'late']);
    },
  );

  inBothKinds('of tasks that hold it for a turn, one is inside at a time', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    const tasks = ['a', 'b', 'c'].map((name) => holder(kind, lock, name, log));
    for (const task of tasks) yield* kind.wait(task);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(lock.locked()).toBe(false);
  });

  inBothKinds('a waiter that is cancelled leaves the line', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    yield* kind.wait(lock.acquire());
    const [, b] = ['a', 'b', 'c'].map((name) => acquirer(kind, lock, name, log));
    yield* kind.turns();
    (b as Task<void>).cancel('not you');
    yield* kind.turns();
    expect(b?.cancelled()).toBe(true);
    expect(String(lock)).toBe('<Lock [locked, waiters:2]>');
    lock.release();
    yield* kind.turns();
    lock.release();
    yield* kind.turns();
    expect(log).toEqual(['a', 'c']);
    expect(String(lock)).toBe('<Lock [locked]>');
  });

  inBothKinds('cancelled after it was handed the lock, a waiter passes it on', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    yield* kind.wait(lock.acquire());
    const a = acquirer(kind, lock, 'a', log);
    acquirer(kind, lock, 'b', log);
    yield* kind.turns();
    lock.release();
    a.cancel();
    yield* kind.turns();
    expect(a.cancelled()).toBe(true);
    expect(log).toEqual([]);
    yield* kind.turns();
    expect(log).toEqual(['b']);
    expect(lock.locked()).toBe(true);
  });

  inBothKinds('the holder releases while the first in line is being cancelled', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    yield* kind.wait(lock.acquire());
    const a = acquirer(kind, lock, 'a', log);
    acquirer(kind, lock, 'b', log);
    yield* kind.turns();
    a.cancel();
    lock.release();
    yield* kind.turns(2);
    expect(log).toEqual(['b']);
    expect(lock.locked()).toBe(true);
  });

  inBothKinds('all in line being cancelled, a newcomer may go ahead of them', function* (kind) {
    const lock = new Lock();
    const log: string[] = [];
    yield* kind.wait(lock.acquire());
    const waiting = ['a', 'b'].map((name) => acquirer(kind, lock, name, log));
    yield* kind.turns();
    for (const task of waiting) task.cancel();
    lock.release();
    // Their tasks have not run yet: they still stand in line.
    expect(String(lock)).toBe('<Lock [unlocked, waiters:2]>');
    yield* kind.wait(lock.acquire());
    expect(String(lock)).toBe('<Lock [locked, waiters:2]>');
    yield* kind.turns();
    expect(String(lock)).toBe('<Lock [locked]>');
    lock.release();
  });

  inBothKinds('cancelled before its first step, a task never enters the line', function* (kind) {
    const lock = new Lock();
    yield* kind.wait(lock.acquire());
    const task = acquirer(kind, lock, 'a', []);
    task.cancel();
    yield* kind.turns();
    expect(task.cancelled()).toBe(true);
    expect(String(lock)).toBe('<Lock [locked]>');
  });

  inBothKinds('a wait that is cancelled ends with the message of the cancel', function* (kind) {
    const lock = new Lock();
    yield* kind.wait(lock.acquire());
    const task = kind.task(function* (): Script<string> {
      try {
        yield* kind.wait(lock.acquire());
        return 'got it';
      } catch (error) {
        return error instanceof CancelledError ? error.message : 'something else';
      }
    });
    yield* kind.turns();
    task.cancel('enough');
    expect(yield* kind.wait(task)).toBe('enough');
    expect(lock.locked()).toBe(true);
  });

  inBothKinds('asyncWith gives the body nothing, and releases when it throws', function* (kind) {
    const lock = new Lock();
    const fault = new Error('fault');
    let caught: unknown;
    try {
      yield* kind.wait(
        asyncWith(lock, (given) => {
          expect(given).toBe(undefined);
          expect(lock.locked()).toBe(true);
          throw fault;
        }),
      );
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(fault);
    expect(lock.locked()).toBe(false);
    expect(yield* kind.wait(asyncWith(lock, () => 'value'))).toBe('value');
  });

  inBothKinds('asyncWith whose body is cancelled releases', function* (kind) {
    const lock = new Lock();
    const task = holder(kind, lock, 'a', []);
    yield* kind.turns();
    expect(lock.locked()).toBe(true);
    task.cancel();
    yield* kind.turns();
    expect(task.cancelled()).toBe(true);
    expect(lock.locked()).toBe(false);
  });

  test('`using` releases a lock that was acquired by hand', async () => {
    await run(async () => {
      const lock = new Lock();
      await lock.acquire();
      {
        using held = lock;
        expect(held.locked()).toBe(true);
      }
      expect(lock.locked()).toBe(false);
      await lock.acquire();
      {
        await using held = lock;
        expect(held.locked()).toBe(true);
      }
      expect(lock.locked()).toBe(false);
    });
  });
});
