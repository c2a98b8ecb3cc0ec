import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { LifoQueue, PriorityQueue, Queue } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';

function drain<T>(queue: Queue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

function through<T>(queue: Queue<T>, items: Iterable<T>): T[] {
  for (const item of items) queue.putNowait(item);
  return drain(queue);
}

describe('LifoQueue', () => {
  test('gives the youngest first', () => {
    expect(new LifoQueue()).toBeInstanceOf(Queue);
    expect(through(new LifoQueue<number>(), [1, 3, 2])).toEqual([2, 3, 1]);
  });
});

describe('PriorityQueue', () => {
  inBothKinds('get() gives the smallest', function* (kind) {
    const queue = new PriorityQueue<number>(2);
    expect(queue).toBeInstanceOf(Queue);
    yield* kind.wait(queue.put(2));
    yield* kind.wait(queue.put(1));
    const task = kind.task(() => kind.wait(queue.put(0)));
    yield* kind.turns();
    expect(task.done()).toBe(false);
    expect(yield* kind.wait(queue.get())).toBe(1);
    yield* kind.wait(task);
    expect([yield* kind.wait(queue.get()), yield* kind.wait(queue.get())]).toEqual([0, 2]);
  });

  test('puts any items in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const sorted = items.slice().sort((a, b) => a - b);
        expect(through(new PriorityQueue<number>(), items)).toEqual(sorted);
      }),
    );
  });

  test('keeps its order while items come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 9 }))), (steps) => {
        const queue = new PriorityQueue<number>();
        const model: number[] = [];
        for (const step of steps) {
          if (step !== null) {
            queue.putNowait(step);
            model.push(step);
            model.sort((a, b) => a - b);
          } else if (model.length > 0) expect(queue.getNowait()).toBe(model.shift());
          expect(queue.qsize()).toBe(model.length);
        }
      }),
    );
  });

  test('orders numbers, bigints, strings, booleans and dates', () => {
    expect(through(new PriorityQueue<number | bigint>(), [3, 1n, -2.5, 2n])).toEqual([
      -2.5,
      1n,
      2n,
      3,
    ]);
    expect(through(new PriorityQueue<string>(), ['b', 'abc', '', 'ab'])).toEqual([
      '',
      'ab',
      'abc',
      'b',
    ]);
    expect(through(new PriorityQueue<boolean>(), [true, false])).toEqual([false, true]);
    const [early, late] = [new Date(1), new Date(2)];
    expect(through(new PriorityQueue<Date>(), [late, early])).toEqual([early, late]);
  });

  test('orders arrays as tuples, element by element, and not as text', () => {
    const queue = new PriorityQueue<[number, string]>();
    expect(
      through(queue, [
        [10, 'a'],
        [9, 'c'],
        [9, 'b'],
        [1, 'z'],
      ]),
    ).toEqual([
      [1, 'z'],
      [9, 'b'],
      [9, 'c'],
      [10, 'a'],
    ]);
    expect(through(new PriorityQueue<number[]>(), [[1, 2], [1], [], [0, 5]])).toEqual([
      [],
      [0, 5],
      [1],
      [1, 2],
    ]);
    expect(through(new PriorityQueue<unknown[]>(), [[1n, 2], [1, 1], [[3], 0].slice(1)])).toEqual([
      [0],
      [1, 1],
      [1n, 2],
    ]);
  });

  test('what cannot be ordered is refused, and the queue is as it was', () => {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(1);
    for (const item of ['one', null, undefined, {}, [1], Symbol('s')]) {
      expect(() => queue.putNowait(item)).toThrow(TypeError);
    }
    expect(() => queue.putNowait('one')).toThrow(
      /the string 'one' and the number 1.*\{key\} or \{compare\}/,
    );
    expect(queue.qsize()).toBe(1);
    expect(String(queue)).toBe('<PriorityQueue maxsize=0 _queue=[1] tasks=1>');
    queue.taskDone();
    expect(() => queue.taskDone()).toThrow(RangeError);
    const tuples = new PriorityQueue<[number, object]>();
    tuples.putNowait([1, {}]);
    expect(() => tuples.putNowait([1, {}])).toThrow(TypeError);
    tuples.putNowait([2, {}]);
    expect(tuples.qsize()).toBe(2);
  });

  test('a comparison that fails while an item is taken leaves the item inside', () => {
    let failing = false;
    const queue = new PriorityQueue<number>(0, {
      compare(a, b) {
        if (failing) throw new Error('cannot tell');
        return a - b;
      },
    });
    for (const item of [5, 3, 4, 1, 2]) queue.putNowait(item);
    failing = true;
    expect(() => queue.getNowait()).toThrow('cannot tell');
    expect(() => queue.putNowait(0)).toThrow('cannot tell');
    expect(queue.qsize()).toBe(5);
    failing = false;
    expect(drain(queue)).toEqual([1, 2, 3, 4, 5]);
  });

  test('{key} says what to order by, and is asked once for each item', () => {
    let asked = 0;
    const queue = new PriorityQueue<{ at: number }>(0, {
      key(job) {
        asked++;
        return job.at;
      },
    });
    const jobs = [3, 1, 2].map((at) => ({ at }));
    expect(through(queue, jobs).map((job) => job.at)).toEqual([1, 2, 3]);
    expect(asked).toBe(3);
    queue.putNowait({ at: 7 });
    expect(String(queue)).toBe(
      '<PriorityQueue maxsize=0 _queue=[an object of class Object] tasks=4>',
    );
    queue.shutdown(true);
    expect(queue.qsize()).toBe(0);
  });

  test('{compare} says how to order', () => {
    const queue = new PriorityQueue<number>(0, { compare: (a, b) => b - a });
    expect(through(queue, [1, 3, 2])).toEqual([3, 2, 1]);
  });

  test('arguments of the wrong kind are refused', () => {
    expect(() => new PriorityQueue(0, { key: 'at' as never })).toThrow(
      /key to be a function, not the string 'at'/,
    );
    expect(() => new PriorityQueue(0, { compare: 1 as never })).toThrow(TypeError);
    expect(() => new PriorityQueue(0, { key: () => 0, compare: () => 0 })).toThrow(
      /either key or compare/,
    );
    expect(() => new PriorityQueue(0, (() => 0) as never)).toThrow(TypeError);
    const queue = new PriorityQueue<number>(0, {
      compare: ((a: number, b: number) => a < b) as never,
    });
    queue.putNowait(1);
    expect(() => queue.putNowait(2)).toThrow(/compare to return a number.*boolean/);
  });

  test('of items that compare equal, gives them as CPython does', () => {
    // What heapq of CPython 3.14.2 answers, for the same pushes and pops.
    const queue = new PriorityQueue<[number, number]>(0, { key: ([priority]) => priority });
    const order: number[] = [];
    let state = 1;
    for (let i = 0; i < 60; i++) {
      state = (state * 48271) % 2147483647;
      if (state % 3 === 0 && !queue.empty()) order.push(queue.getNowait()[1]);
      else queue.putNowait([state % 4, i]);
    }
    for (const item of drain(queue)) order.push(item[1]);
    expect(order).toEqual([
      0, 3, 4, 7, 6, 16, 2, 22, 25, 21, 17, 8, 31, 9, 34, 36, 39, 40, 47, 49, 51, 54, 56, 48, 50,
      52, 41, 29, 23, 10, 38, 45, 57, 11, 5, 46, 42, 18,
    ]);
  });
});
