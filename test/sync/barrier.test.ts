import { describe, expect, test } from 'vitest';
import { asyncWith, Barrier, BrokenBarrierError, RuntimeError } from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind, Script } from '../support/kinds.ts';

/** A task that waits at the barrier and gives its index, or the name of its error. */
function party(kind: Kind, barrier: Barrier): Task<number | string> {
  return kind.task(function* (): Script<number | string> {
    try {
      return yield* kind.wait(barrier.wait());
    } catch (error) {
      if (error instanceof BrokenBarrierError) return 'broken';
      throw error;
    }
  });
}

function parties(kind: Kind, barrier: Barrier, count: number): Task<number | string>[] {
  return Array.from({ length: count }, () => party(kind, barrier));
}

function* results(kind: Kind, tasks: Task<number | string>[]): Script<(number | string)[]> {
  const values: (number | string)[] = [];
  for (const task of tasks) values.push(yield* kind.wait(task));
  return values;
}

describe('Barrier', () => {
  test('tells what it was given wrongly', () => {
    expect(() => new Barrier(0)).toThrow(RangeError);
    expect(() => new Barrier(-4)).toThrow('Barrier expects parties to be an integer >= 1, not -4');
    expect(() => new Barrier(1.5)).toThrow(RangeError);
    expect(() => new Barrier(Infinity)).toThrow(RangeError);
    expect(() => new Barrier('3' as never)).toThrow(TypeError);
  });

  inBothKinds('shows its state', function* (kind) {
    const barrier = new Barrier(2);
    expect(barrier.parties).toBe(2);
    expect(String(barrier)).toBe('<Barrier [filling, waiters:0/2]>');
    const [a] = parties(kind, barrier, 1);
    yield* kind.turns();
    expect(barrier.nWaiting).toBe(1);
    expect(String(barrier)).toBe('<Barrier [filling, waiters:1/2]>');
    a?.cancel();
    yield* kind.turns();
    yield* kind.wait(barrier.abort());
    expect(barrier.broken).toBe(true);
    expect(barrier.nWaiting).toBe(0);
    expect(String(barrier)).toBe('<Barrier [broken]>');
  });

  inBothKinds('of one party lets it through at once, every time', function* (kind) {
    const barrier = new Barrier(1);
    expect(yield* kind.wait(barrier.wait())).toBe(0);
    expect(yield* kind.wait(barrier.wait())).toBe(0);
    expect(barrier.nWaiting).toBe(0);
    expect(barrier.broken).toBe(false);
  });

  inBothKinds('lets all through when the last has come, with an index each', function* (kind) {
    const barrier = new Barrier(3);
    const early = parties(kind, barrier, 2);
    yield* kind.turns(5);
    expect(early.some((task) => task.done())).toBe(false);
    expect(barrier.nWaiting).toBe(2);
    const late = parties(kind, barrier, 1);
    expect(yield* results(kind, [...early, ...late])).toEqual([0, 1, 2]);
    expect(barrier.nWaiting).toBe(0);
  });

  inBothKinds('is used again, round after round, without mixing the rounds', function* (kind) {
    const barrier = new Barrier(3);
    const log: number[] = [];
    const tasks = Array.from({ length: 3 }, () =>
      kind.task(function* () {
        for (let round = 0; round < 4; round++) {
          yield* kind.wait(barrier.wait());
          log.push(round);
        }
      }),
    );
    for (const task of tasks) yield* kind.wait(task);
    expect(log).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  inBothKinds(
    'more tasks than parties: the next round waits while the first leaves',
    function* (kind) {
      const barrier = new Barrier(2);
      const tasks = parties(kind, barrier, 5);
      yield* kind.turns(10);
      expect(tasks.filter((task) => task.done()).length).toBe(4);
      expect(barrier.nWaiting).toBe(1);
      const sixth = parties(kind, barrier, 1);
      yield* results(kind, [...tasks, ...sixth]);
      expect(barrier.nWaiting).toBe(0);
    },
  );

  inBothKinds('a cancelled party counts as not having come', function* (kind) {
    const barrier = new Barrier(3);
    const [a, b] = parties(kind, barrier, 2);
    yield* kind.turns();
    a?.cancel();
    yield* kind.turns();
    expect(a?.cancelled()).toBe(true);
    expect(barrier.nWaiting).toBe(1);
    expect(barrier.broken).toBe(false);
    const rest = parties(kind, barrier, 2);
    // Indices count who is inside: the second one came as number 1, and so does the next.
    expect(yield* results(kind, [b as Task<number>, ...rest])).toEqual([1, 1, 2]);
  });

  inBothKinds('reset() sends those who wait away with an error, and starts anew', function* (kind) {
    const barrier = new Barrier(3);
    const waiting = parties(kind, barrier, 2);
    yield* kind.turns();
    yield* kind.wait(barrier.reset());
    expect(yield* results(kind, waiting)).toEqual(['broken', 'broken']);
    expect(barrier.broken).toBe(false);
    expect(yield* results(kind, parties(kind, barrier, 3))).toEqual([0, 1, 2]);
  });

  inBothKinds('reset() of a barrier where nobody waits changes nothing', function* (kind) {
    const barrier = new Barrier(2);
    yield* kind.wait(barrier.reset());
    expect(String(barrier)).toBe('<Barrier [filling, waiters:0/2]>');
    expect(yield* results(kind, parties(kind, barrier, 2))).toEqual([0, 1]);
  });

  inBothKinds('those who come during a reset wait for the new round', function* (kind) {
    const barrier = new Barrier(2);
    const [first] = parties(kind, barrier, 1);
    yield* kind.turns();
    const resetting = kind.task(() => kind.wait(barrier.reset()));
    const next = parties(kind, barrier, 2);
    yield* kind.wait(resetting);
    expect(yield* results(kind, [first as Task<number>, ...next])).toEqual(['broken', 0, 1]);
  });

  inBothKinds('abort() breaks it for all, until reset()', function* (kind) {
    const barrier = new Barrier(3);
    const waiting = parties(kind, barrier, 2);
    yield* kind.turns();
    yield* kind.wait(barrier.abort());
    expect(yield* results(kind, waiting)).toEqual(['broken', 'broken']);
    expect(barrier.broken).toBe(true);
    expect(yield* results(kind, parties(kind, barrier, 3))).toEqual(['broken', 'broken', 'broken']);
    yield* kind.wait(barrier.reset());
    expect(barrier.broken).toBe(false);
    expect(yield* results(kind, parties(kind, barrier, 3))).toEqual([0, 1, 2]);
  });

  inBothKinds('the error is a RuntimeError that says what happened', function* (kind) {
    const barrier = new Barrier(2);
    yield* kind.wait(barrier.abort());
    let caught: unknown;
    try {
      yield* kind.wait(barrier.wait());
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(RuntimeError);
    expect(String(caught)).toMatch(/aborted.*reset\(\)/);
  });

  inBothKinds('asyncWith waits on entry, and gives the index', function* (kind) {
    const barrier = new Barrier(3);
    const tasks = Array.from({ length: 3 }, () =>
      kind.task(() => kind.wait(asyncWith(barrier, (index) => index * 10))),
    );
    const values: number[] = [];
    for (const task of tasks) values.push(yield* kind.wait(task));
    expect(values).toEqual([0, 10, 20]);
  });
});
