import { describe, expect, test } from 'vitest';
import {
  createTask,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';
import type { Task } from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import type { Kind, Script } from '../support/kinds.ts';

function getter<T>(kind: Kind, queue: Queue<T>): Task<T | 'shut down'> {
  return kind.task(function* (): Script<T | 'shut down'> {
    try {
      return yield* kind.wait(queue.get());
    } catch (error) {
      if (error instanceof QueueShutDown) return 'shut down';
      throw error;
    }
  });
}

function putter<T>(kind: Kind, queue: Queue<T>, item: T): Task<'put' | 'shut down'> {
  return kind.task(function* (): Script<'put' | 'shut down'> {
    try {
      yield* kind.wait(queue.put(item));
      return 'put';
    } catch (error) {
      if (error instanceof QueueShutDown) return 'shut down';
      throw error;
    }
  });
}

const types = [Queue, LifoQueue, PriorityQueue];

describe('Queue', () => {
  test('arguments of the wrong kind are refused at the call', () => {
    for (const type of types) {
      expect(() => new type('5' as never)).toThrow(TypeError);
      expect(() => new type('5' as never)).toThrow(
        `${type.name} expects maxsize to be a number of items`,
      );
      expect(() => new type(null as never)).toThrow(/not null/);
      expect(() => new type(NaN)).toThrow(RangeError);
      expect(() => new type().shutdown({ immediate: true } as never)).toThrow(/true or false/);
    }
  });

  test('is empty at first, and full at maxsize', () => {
    const queue = new Queue<number>(2);
    expect([queue.maxsize, queue.qsize(), queue.empty(), queue.full()]).toEqual([
      2,
      0,
      true,
      false,
    ]);
    queue.putNowait(1);
    expect([queue.qsize(), queue.empty(), queue.full()]).toEqual([1, false, false]);
    queue.putNowait(2);
    expect([queue.qsize(), queue.empty(), queue.full()]).toEqual([2, false, true]);
    expect(() => queue.putNowait(3)).toThrow(QueueFull);
    expect(() => queue.putNowait(3)).toThrow(/2 items \(maxsize 2\)/);
    expect([queue.getNowait(), queue.getNowait()]).toEqual([1, 2]);
    expect(() => queue.getNowait()).toThrow(QueueEmpty);
  });

  test.each([0, -1, Infinity])('with maxsize %d is never full', (maxsize) => {
    const queue = new Queue<number>(maxsize);
    for (let i = 0; i < 100; i++) queue.putNowait(i);
    expect(queue.full()).toBe(false);
  });

  test('a maxsize between two integers allows the next higher', () => {
    const queue = new Queue<number>(1.3);
    queue.putNowait(1);
    queue.putNowait(2);
    expect(queue.full()).toBe(true);
    expect(() => queue.putNowait(3)).toThrow(QueueFull);
  });

  test('holds undefined and null like anything else', () => {
    const queue = new Queue<undefined | null>();
    queue.putNowait(undefined);
    queue.putNowait(null);
    expect([queue.getNowait(), queue.getNowait()]).toEqual([undefined, null]);
  });

  test('shows its items and who waits', async () => {
    await run(async () => {
      const queue = new Queue<unknown>(3);
      expect(String(queue)).toBe('<Queue maxsize=3>');
      queue.putNowait(1);
      queue.putNowait('two');
      queue.putNowait([3, { four: 4 }]);
      expect(String(queue)).toBe(
        "<Queue maxsize=3 _queue=[1, 'two', [3, an object of class Object]] tasks=3>",
      );
      const task = createTask(queue.put('more'));
      await sleep(0);
      expect(String(queue)).toMatch(/ _putters\[1\] tasks=3>$/);
      queue.shutdown(true);
      expect(String(queue)).toBe('<Queue maxsize=3 shutdown>');
      await expect(async () => await task).rejects.toThrow(QueueShutDown);
      const empty = new LifoQueue();
      const getting = createTask(empty.get());
      await sleep(0);
      expect(String(empty)).toBe('<LifoQueue maxsize=0 _getters[1]>');
      getting.cancel();
    });
  });

  inBothKinds(
    'put() with a free place and get() with an item there do not suspend',
    function* (kind) {
      const queue = new Queue<number>(1);
      let turned = false;
      kind.task(function* () {
        turned = true;
      });
      for (let i = 0; i < 100; i++) {
        expect(yield* kind.wait(queue.put(i))).toBe(undefined);
        expect(yield* kind.wait(queue.get())).toBe(i);
      }
      expect(turned).toBe(false);
    },
  );

  test('put() and get() do nothing until they are awaited', async () => {
    await run(async () => {
      const queue = new Queue<number>();
      const putting = queue.put(1);
      expect(queue.qsize()).toBe(0);
      await putting;
      const getting = queue.get();
      expect(queue.qsize()).toBe(1);
      expect(await getting).toBe(1);
    });
  });

  inBothKinds('get() waits for an item', function* (kind) {
    const queue = new Queue<string>();
    const task = getter(kind, queue);
    yield* kind.turns(3);
    expect(task.done()).toBe(false);
    queue.putNowait('x');
    expect(task.done()).toBe(false);
    expect(yield* kind.wait(task)).toBe('x');
  });

  inBothKinds('put() waits for a place', function* (kind) {
    const queue = new Queue<string>(1);
    queue.putNowait('a');
    const task = putter(kind, queue, 'b');
    yield* kind.turns(3);
    expect([task.done(), queue.qsize()]).toEqual([false, 1]);
    expect(queue.getNowait()).toBe('a');
    expect(yield* kind.wait(task)).toBe('put');
    expect(queue.getNowait()).toBe('b');
  });

  inBothKinds('getters and putters are served in the order of their coming', function* (kind) {
    const queue = new Queue<number>();
    const getters = [1, 2, 3].map(() => getter(kind, queue));
    yield* kind.turns();
    for (const item of [1, 2, 3]) queue.putNowait(item);
    const got: unknown[] = [];
    for (const task of getters) got.push(yield* kind.wait(task));
    expect(got).toEqual([1, 2, 3]);

    const small = new Queue<number>(1);
    small.putNowait(0);
    for (const item of [1, 2, 3]) putter(kind, small, item);
    yield* kind.turns();
    const out: number[] = [];
    for (let i = 0; i < 4; i++) out.push(yield* kind.wait(small.get()));
    expect(out).toEqual([0, 1, 2, 3]);
  });

  inBothKinds('a getter that is woken too late for its item waits again', function* (kind) {
    const queue = new Queue<string>();
    const slow = getter(kind, queue);
    yield* kind.turns();
    queue.putNowait('x');
    expect(queue.getNowait()).toBe('x');
    yield* kind.turns();
    expect(slow.done()).toBe(false);
    queue.putNowait('y');
    expect(yield* kind.wait(slow)).toBe('y');
  });

  inBothKinds('a cancelled getter leaves the line and takes no item with it', function* (kind) {
    const queue = new Queue<string>();
    const [a, b] = [getter(kind, queue), getter(kind, queue)];
    yield* kind.turns();
    a.cancel();
    yield* kind.turns();
    expect(a.cancelled()).toBe(true);
    expect(String(queue)).toBe('<Queue maxsize=0 _getters[1]>');
    queue.putNowait('x');
    expect(yield* kind.wait(b)).toBe('x');
  });

  inBothKinds(
    'a getter that is cancelled and then passed over by put() loses no item',
    function* (kind) {
      const queue = new Queue<string>();
      const [a, b] = [getter(kind, queue), getter(kind, queue)];
      yield* kind.turns();
      a.cancel();
      queue.putNowait('x');
      yield* kind.turns();
      expect([a.cancelled(), b.done() && b.result()]).toEqual([true, 'x']);
    },
  );

  inBothKinds(
    'a getter that is woken and then cancelled lets the next one have the item',
    function* (kind) {
      const queue = new Queue<number>();
      const [a, b, c] = [getter(kind, queue), getter(kind, queue), getter(kind, queue)];
      yield* kind.turns();
      queue.putNowait(1);
      queue.putNowait(2);
      a.cancel();
      yield* kind.turns(2);
      expect(a.cancelled()).toBe(true);
      expect([yield* kind.wait(b), yield* kind.wait(c)]).toEqual([1, 2]);
    },
  );

  inBothKinds('a putter that is cancelled puts nothing', function* (kind) {
    const queue = new Queue<string>(1);
    queue.putNowait('a');
    const [b, c] = [putter(kind, queue, 'b'), putter(kind, queue, 'c')];
    yield* kind.turns();
    b.cancel();
    yield* kind.turns();
    expect(String(queue)).toMatch(/_putters\[1\]/);
    expect(queue.getNowait()).toBe('a');
    expect(yield* kind.wait(c)).toBe('put');
    expect(queue.getNowait()).toBe('c');
    expect(queue.empty()).toBe(true);
  });

  inBothKinds(
    'a putter that is woken and then cancelled lets the next one have the place',
    function* (kind) {
      const queue = new Queue<string>(1);
      queue.putNowait('a');
      const [b, c] = [putter(kind, queue, 'b'), putter(kind, queue, 'c')];
      yield* kind.turns();
      expect(queue.getNowait()).toBe('a');
      b.cancel();
      yield* kind.turns(2);
      expect(b.cancelled()).toBe(true);
      expect([c.done(), queue.getNowait()]).toEqual([true, 'c']);
    },
  );

  inBothKinds('a get() with a time limit leaves nothing behind', function* (kind) {
    const queue = new Queue<string>(1);
    let caught: unknown;
    try {
      yield* kind.wait(waitFor(queue.get(), 1));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(TimeoutError);
    expect(String(queue)).toBe('<Queue maxsize=1>');
    queue.putNowait('a');
    try {
      yield* kind.wait(waitFor(queue.put('b'), 1));
    } catch (error) {
      caught = error;
    }
    expect(String(queue)).toBe("<Queue maxsize=1 _queue=['a'] tasks=1>");
  });

  inBothKinds('a producer and a consumer over one place go hand in hand', function* (kind) {
    const queue = new Queue<number>(1);
    const got: number[] = [];
    const producer = kind.task(function* () {
      for (let i = 0; i < 50; i++) yield* kind.wait(queue.put(i));
    });
    const consumer = kind.task(function* () {
      for (let i = 0; i < 50; i++) got.push(yield* kind.wait(queue.get()));
    });
    yield* kind.wait(producer);
    yield* kind.wait(consumer);
    expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});

describe.each(types)('%O: join and taskDone', (type) => {
  test('taskDone() too often is refused', () => {
    const queue = new type<number>();
    expect(() => queue.taskDone()).toThrow(RangeError);
    queue.putNowait(1);
    queue.taskDone();
    expect(() => queue.taskDone()).toThrow(/too many times/);
  });

  inBothKinds('join() of a queue that nothing was put into returns at once', function* (kind) {
    const queue = new type();
    let turned = false;
    kind.task(function* () {
      turned = true;
    });
    yield* kind.wait(queue.join());
    yield* kind.wait(queue.join());
    expect(turned).toBe(false);
  });

  inBothKinds('join() waits until everything is done, however many wait', function* (kind) {
    const queue = new type<number>();
    for (let i = 0; i < 100; i++) queue.putNowait(i);
    let sum = 0;
    const workers = [1, 2, 3].map(() =>
      kind.task(function* () {
        for (;;) {
          const item = yield* kind.wait(queue.get());
          yield* kind.turns(item % 3);
          sum += item;
          queue.taskDone();
        }
      }),
    );
    const others = [1, 2].map(() => kind.task(() => kind.wait(queue.join())));
    yield* kind.wait(queue.join());
    expect(sum).toBe(4950);
    for (const task of others) yield* kind.wait(task);
    for (const worker of workers) worker.cancel();
    yield* kind.turns(2);
    expect(workers.every((worker) => worker.cancelled())).toBe(true);
  });

  inBothKinds('a cancelled join() leaves the others waiting', function* (kind) {
    const queue = new type<number>();
    queue.putNowait(1);
    const [a, b] = [
      kind.task(() => kind.wait(queue.join())),
      kind.task(() => kind.wait(queue.join())),
    ];
    yield* kind.turns();
    a.cancel();
    yield* kind.turns();
    expect([a.cancelled(), b.done()]).toEqual([true, false]);
    queue.taskDone();
    yield* kind.wait(b);
  });
});

describe.each(types)('%O: shutdown', (type) => {
  inBothKinds('of an empty queue wakes the getters with QueueShutDown', function* (kind) {
    const queue = new type<string>();
    const tasks = [getter(kind, queue), getter(kind, queue)];
    yield* kind.turns();
    queue.shutdown();
    queue.shutdown();
    for (const task of tasks) expect(yield* kind.wait(task)).toBe('shut down');
    expect(yield* kind.wait(getter(kind, queue))).toBe('shut down');
    expect(yield* kind.wait(putter(kind, queue, 'x'))).toBe('shut down');
    expect(() => queue.putNowait('x')).toThrow(QueueShutDown);
    expect(() => queue.putNowait('x')).toThrow(/nothing can be put/);
    expect(() => queue.getNowait()).toThrow(QueueShutDown);
    yield* kind.wait(queue.join());
  });

  inBothKinds(
    'wakes the putters; what is inside can still be taken, then QueueShutDown',
    function* (kind) {
      const queue = new type<string>(1);
      queue.putNowait('inside');
      const blocked = [putter(kind, queue, 'b'), putter(kind, queue, 'c')];
      const joining = kind.task(() => kind.wait(queue.join()));
      yield* kind.turns();
      queue.shutdown();
      for (const task of blocked) expect(yield* kind.wait(task)).toBe('shut down');
      expect(queue.qsize()).toBe(1);
      // Full and shut down: it is the shutdown that is told.
      expect(() => queue.putNowait('d')).toThrow(QueueShutDown);
      expect(yield* kind.wait(getter(kind, queue))).toBe('inside');
      expect(yield* kind.wait(getter(kind, queue))).toBe('shut down');
      expect(joining.done()).toBe(false);
      queue.taskDone();
      yield* kind.wait(joining);
      expect(() => queue.taskDone()).toThrow(RangeError);
    },
  );

  inBothKinds('at once drops what is inside and counts it as done', function* (kind) {
    const queue = new type<string>();
    queue.putNowait('a');
    queue.putNowait('b');
    const joining = kind.task(() => kind.wait(queue.join()));
    yield* kind.turns();
    queue.shutdown(true);
    expect(queue.qsize()).toBe(0);
    yield* kind.wait(joining);
    expect(yield* kind.wait(getter(kind, queue))).toBe('shut down');
    expect(() => queue.taskDone()).toThrow(RangeError);
  });

  inBothKinds('at once leaves the items that were taken out to be reported', function* (kind) {
    const queue = new type<string>();
    queue.putNowait('a');
    queue.putNowait('b');
    const joining = kind.task(() => kind.wait(queue.join()));
    yield* kind.wait(queue.get());
    queue.shutdown(true);
    yield* kind.turns(2);
    expect(joining.done()).toBe(false);
    queue.taskDone();
    yield* kind.wait(joining);
    expect(() => queue.taskDone()).toThrow(RangeError);
  });

  inBothKinds('after a shutdown that waits, one at once still drops the rest', function* (kind) {
    const queue = new type<string>();
    queue.putNowait('a');
    queue.shutdown();
    expect(queue.qsize()).toBe(1);
    queue.shutdown(true);
    expect(queue.qsize()).toBe(0);
    yield* kind.wait(queue.join());
  });
});

describe('a subclass of Queue', () => {
  test('that counts its items in its own way is full by that count', () => {
    class Weighed extends Queue<string> {
      override qsize(): number {
        return [...this.store].join('').length;
      }
    }
    const queue = new Weighed(4);
    queue.putNowait('ab');
    expect(queue.full()).toBe(false);
    queue.putNowait('cd');
    expect(queue.full()).toBe(true);
    expect(() => queue.putNowait('e')).toThrow(QueueFull);
  });

  test('that says it is empty gives nothing', () => {
    class Paused extends Queue<number> {
      paused = false;
      override empty(): boolean {
        return this.paused || super.empty();
      }
    }
    const queue = new Paused();
    queue.putNowait(1);
    queue.paused = true;
    expect(() => queue.getNowait()).toThrow(QueueEmpty);
    queue.paused = false;
    expect(queue.getNowait()).toBe(1);
  });
});
