import { describe, expect, test } from 'vitest';
import { asyncWith, BoundedSemaphore, run, Semaphore } from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind } from '../support/kinds.ts';

function acquirer(kind: Kind, semaphore: Semaphore, name: string, log: string[]): Task<void> {
  return kind.task(function* () {
    yield* kind.wait(semaphore.acquire());
    log.push(name);
  }, name);
}

describe('Semaphore', () => {
  test('tells what it was given wrongly', () => {
    for (const type of [Semaphore, BoundedSemaphore]) {
      expect(() => new type(-1)).toThrow(RangeError);
      expect(() => new type(-1)).toThrow(
        `${type.name} expects its initial value to be an integer >= 0, not -1`,
      );
      expect(() => new type(1.5)).toThrow(RangeError);
      expect(() => new type(NaN)).toThrow(RangeError);
      expect(() => new type('2' as never)).toThrow(TypeError);
      expect(() => new type(null as never)).toThrow(/not null/);
    }
  });

  test('shows its state', () => {
    expect(String(new Semaphore())).toBe('<Semaphore [unlocked, value:1]>');
    expect(String(new Semaphore(0))).toBe('<Semaphore [locked]>');
    expect(String(new BoundedSemaphore(4))).toBe('<BoundedSemaphore [unlocked, value:4]>');
  });

  inBothKinds('lets as many in as its value, without a turn, and is locked then', function* (kind) {
    const semaphore = new Semaphore(3);
    let turned = false;
    kind.task(function* () {
      turned = true;
    });
    for (let i = 0; i < 3; i++) {
      expect(semaphore.locked()).toBe(false);
      expect(yield* kind.wait(semaphore.acquire())).toBe(true);
    }
    expect(semaphore.locked()).toBe(true);
    expect(turned).toBe(false);
    semaphore.release();
    expect(semaphore.locked()).toBe(false);
    expect(String(semaphore)).toBe('<Semaphore [unlocked, value:1]>');
  });

  inBothKinds('an infinite one is never locked', function* (kind) {
    const semaphore = new Semaphore(Infinity);
    for (let i = 0; i < 10; i++) yield* kind.wait(semaphore.acquire());
    expect(semaphore.locked()).toBe(false);
  });

  inBothKinds('release() may go above the initial value', function* (kind) {
    const semaphore = new Semaphore(0);
    semaphore.release();
    semaphore.release();
    yield* kind.wait(semaphore.acquire());
    yield* kind.wait(semaphore.acquire());
    expect(semaphore.locked()).toBe(true);
  });

  inBothKinds('serves waiters in the order of asking', function* (kind) {
    const semaphore = new Semaphore(1);
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) acquirer(kind, semaphore, name, log);
    yield* kind.turns();
    expect(log).toEqual(['a']);
    expect(String(semaphore)).toBe('<Semaphore [locked, waiters:3]>');
    semaphore.release();
    semaphore.release();
    yield* kind.turns();
    expect(log).toEqual(['a', 'b', 'c']);
    semaphore.release();
    yield* kind.turns();
    expect(log).toEqual(['a', 'b', 'c', 'd']);
  });

  inBothKinds(
    'reads as locked while a woken waiter has not run, so nobody overtakes',
    function* (kind) {
      const semaphore = new Semaphore(0);
      const log: string[] = [];
      acquirer(kind, semaphore, 'first', log);
      yield* kind.turns();
      semaphore.release();
      semaphore.release();
      expect(semaphore.locked()).toBe(true);
      yield* kind.wait(semaphore.acquire());
      log.push('main');
      expect(log).toEqual(['first', 'main']);
    },
  );

  inBothKinds(
    'newcomers that had to queue behind woken waiters are woken by these',
    function* (kind) {
      const semaphore = new Semaphore(0);
      const log: string[] = [];
      for (const name of ['a', 'b']) acquirer(kind, semaphore, name, log);
      yield* kind.turns();
      for (let i = 0; i < 4; i++) semaphore.release();
      for (const name of ['c', 'd']) acquirer(kind, semaphore, name, log);
      yield* kind.turns(3);
      expect(log).toEqual(['a', 'b', 'c', 'd']);
      expect(semaphore.locked()).toBe(true);
    },
  );

  inBothKinds('a waiter that is cancelled leaves the line', function* (kind) {
    const semaphore = new Semaphore(0);
    const log: string[] = [];
    const [, b] = ['a', 'b', 'c'].map((name) => acquirer(kind, semaphore, name, log));
    yield* kind.turns();
    b?.cancel();
    semaphore.release();
    semaphore.release();
    yield* kind.turns(2);
    expect(log).toEqual(['a', 'c']);
    expect(String(semaphore)).toBe('<Semaphore [locked]>');
  });

  inBothKinds(
    'cancelled after it was woken, a waiter gives its unit to the next',
    function* (kind) {
      const semaphore = new Semaphore(0);
      const log: string[] = [];
      const a = acquirer(kind, semaphore, 'a', log);
      acquirer(kind, semaphore, 'b', log);
      yield* kind.turns();
      semaphore.release();
      a.cancel();
      yield* kind.turns(2);
      expect(a.cancelled()).toBe(true);
      expect(log).toEqual(['b']);
      semaphore.release();
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:1]>');
    },
  );

  inBothKinds(
    'cancelled after it was woken, with nobody behind, it puts the unit back',
    function* (kind) {
      const semaphore = new Semaphore(0);
      const a = acquirer(kind, semaphore, 'a', []);
      yield* kind.turns();
      semaphore.release();
      a.cancel();
      yield* kind.turns();
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:1]>');
    },
  );

  inBothKinds(
    'of tasks inside, never more than its value, and all get their turn',
    function* (kind) {
      const semaphore = new Semaphore(3);
      let inside = 0;
      let most = 0;
      let done = 0;
      const tasks = Array.from({ length: 20 }, (_, i) =>
        kind.task(function* () {
          yield* kind.wait(
            asyncWith(
              semaphore,
              kind.body(function* (given: void) {
                expect(given).toBe(undefined);
                most = Math.max(most, ++inside);
                yield* kind.turns(1 + (i % 4));
                inside--;
                done++;
              }),
            ),
          );
        }),
      );
      for (const task of tasks) yield* kind.wait(task);
      expect({ most, inside, done }).toEqual({ most: 3, inside: 0, done: 20 });
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:3]>');
    },
  );

  test('`using` gives a unit back that was taken by hand', async () => {
    await run(async () => {
      const semaphore = new Semaphore(1);
      await semaphore.acquire();
      {
        using _held = semaphore;
        expect(semaphore.locked()).toBe(true);
      }
      expect(semaphore.locked()).toBe(false);
    });
  });
});

describe('BoundedSemaphore', () => {
  inBothKinds('refuses a release() too many', function* (kind) {
    const semaphore = new BoundedSemaphore(2);
    expect(() => semaphore.release()).toThrow(RangeError);
    expect(() => semaphore.release()).toThrow(/too many times.*value is 2/);
    yield* kind.wait(semaphore.acquire());
    semaphore.release();
    expect(() => semaphore.release()).toThrow(RangeError);
    expect(String(semaphore)).toBe('<BoundedSemaphore [unlocked, value:2]>');
  });

  inBothKinds('is a semaphore', function* (kind) {
    const semaphore = new BoundedSemaphore();
    expect(semaphore).toBeInstanceOf(Semaphore);
    const log: string[] = [];
    yield* kind.wait(semaphore.acquire());
    const a = acquirer(kind, semaphore, 'a', log);
    yield* kind.turns();
    semaphore.release();
    yield* kind.wait(a);
    expect(log).toEqual(['a']);
  });
});
