import { describe, expect, test } from 'vitest';
import { createTask, Event, run, waitFor, TimeoutError } from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind } from '../support/kinds.ts';

function waiter(kind: Kind, event: Event, name: string, log: string[]): Task<void> {
  return kind.task(function* () {
    expect(yield* kind.wait(event.wait())).toBe(true);
    log.push(name);
  }, name);
}

describe('Event', () => {
  test('is unset at first, set by set(), unset by clear()', () => {
    const event = new Event();
    expect(event.isSet()).toBe(false);
    expect(String(event)).toBe('<Event [unset]>');
    event.set();
    event.set();
    expect(event.isSet()).toBe(true);
    expect(String(event)).toBe('<Event [set]>');
    event.clear();
    expect(event.isSet()).toBe(false);
  });

  inBothKinds('wait() on a set event does not suspend', function* (kind) {
    const event = new Event();
    event.set();
    let turned = false;
    kind.task(function* () {
      turned = true;
    });
    expect(yield* kind.wait(event.wait())).toBe(true);
    expect(turned).toBe(false);
  });

  inBothKinds('set() wakes all waiters, in the order of their coming', function* (kind) {
    const event = new Event();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) waiter(kind, event, name, log);
    yield* kind.turns(2);
    expect(log).toEqual([]);
    expect(String(event)).toBe('<Event [unset, waiters:3]>');
    event.set();
    expect(log).toEqual([]);
    yield* kind.turns();
    expect(log).toEqual(['a', 'b', 'c']);
    expect(String(event)).toBe('<Event [set]>');
  });

  inBothKinds('a waiter woken by set() returns even if clear() follows at once', function* (kind) {
    const event = new Event();
    const log: string[] = [];
    waiter(kind, event, 'a', log);
    yield* kind.turns();
    event.set();
    event.clear();
    event.set();
    event.clear();
    waiter(kind, event, 'b', log);
    yield* kind.turns(2);
    expect(log).toEqual(['a']);
    event.set();
    yield* kind.turns();
    expect(log).toEqual(['a', 'b']);
  });

  inBothKinds(
    'a cancelled waiter leaves nothing behind, and the others are woken',
    function* (kind) {
      const event = new Event();
      const log: string[] = [];
      const [, b] = ['a', 'b', 'c'].map((name) => waiter(kind, event, name, log));
      yield* kind.turns();
      b?.cancel();
      // Its task has not run yet; set() must pass over it.
      event.set();
      yield* kind.turns();
      expect(b?.cancelled()).toBe(true);
      expect(log).toEqual(['a', 'c']);
      expect(String(event)).toBe('<Event [set]>');
    },
  );

  inBothKinds('cancelled after set() and before it runs, a waiter is cancelled', function* (kind) {
    const event = new Event();
    const task = waiter(kind, event, 'a', []);
    yield* kind.turns();
    event.set();
    task.cancel();
    yield* kind.turns();
    expect(task.cancelled()).toBe(true);
    expect(String(event)).toBe('<Event [set]>');
  });

  inBothKinds('a wait with a time limit leaves nothing behind', function* (kind) {
    const event = new Event();
    let caught: unknown;
    try {
      yield* kind.wait(waitFor(event.wait(), 1));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(TimeoutError);
    expect(String(event)).toBe('<Event [unset]>');
  });

  test('reads in a program as in Python', async () => {
    const seen = await run(async () => {
      const ready = new Event();
      const task = createTask(async () => {
        await ready.wait();
        return 'go';
      });
      ready.set();
      return await task;
    });
    expect(seen).toBe('go');
  });
});
