// The coroutines of this layer are answered on the spot where they need not wait. Nobody must be able to tell.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import {
  CancelledError,
  Coroutine,
  createTask,
  Event,
  gather,
  iscoroutine,
  Lock,
  logger,
  Queue,
  QueueShutDown,
  run,
  RuntimeError,
  Semaphore,
  sleep,
} from '../../src/index.ts';
import type { Awaitable } from '../../src/index.ts';

/** Calls that need not wait, each on an object of its own. */
const calls: [string, () => Coroutine<unknown>, unknown][] = [
  ['Lock.acquire', () => new Lock().acquire(), true],
  ['Lock.enter', () => new Lock().enter(), undefined],
  ['Semaphore.acquire', () => new Semaphore().acquire(), true],
  ['Semaphore.enter', () => new Semaphore().enter(), undefined],
  ['Event.wait', () => eventThatIsSet().wait(), true],
  ['Queue.put', () => new Queue<number>().put(1), undefined],
  ['Queue.get', () => queueWith('item').get(), 'item'],
  ['Queue.join', () => new Queue().join(), undefined],
];

function eventThatIsSet(): Event {
  const event = new Event();
  event.set();
  return event;
}

function queueWith<T>(item: T): Queue<T> {
  const queue = new Queue<T>();
  queue.putNowait(item);
  return queue;
}

describe.each(calls)('%s', (name, call, value) => {
  test('gives a coroutine, with its name', async () => {
    const made = call();
    expect(made).toBeInstanceOf(Coroutine);
    expect(iscoroutine(made)).toBe(true);
    expect(made.name).toBe(name);
    expect(String(made)).toBe(`<coroutine ${name}>`);
    made.close();
  });

  test('is awaited in both kinds, or made a task, with the same value', async () => {
    await run(async () => expect(await call()).toBe(value));
    await run(function* () {
      expect(yield* call()).toBe(value);
    });
    await run(async () => expect(await createTask(call())).toBe(value));
    await run(async () => expect(await gather(call(), call())).toEqual([value, value]));
    await run(async () => expect(await createTask(call(), { eagerStart: true })).toBe(value));
    expect(await run(call())).toBe(value);
  });

  test('is awaited once', async () => {
    await run(async () => {
      const made = call();
      await made;
      await expect(async () => await made).rejects.toThrow(RuntimeError);
      await expect(async () => await made).rejects.toThrow(`already awaited coroutine ${name}`);
    });
    await run(function* () {
      const made = call();
      yield* made;
      expect(() => made[Symbol.iterator]()).toThrow(RuntimeError);
    });
  });

  test('can be chained with then() as a promise can', async () => {
    await run(async () => {
      expect(await call().then((got) => [got])).toEqual([value]);
      expect(await call().then(undefined, () => 'failed')).toBe(value);
      const chained = call().then(() => {
        throw new RangeError('later');
      });
      await expect(async () => await chained).rejects.toThrow('later');
    });
  });

  test('is stepped by hand', async () => {
    await run(function* () {
      const made = call();
      expect(made.send(null)).toEqual({ value, done: true });
      const thrown = call();
      expect(() => thrown.throw(new RangeError('in'))).toThrow('in');
      const closed = call();
      closed.close();
      closed.close();
      expect(() => closed[Symbol.iterator]()).toThrow(RuntimeError);
    });
  });

  test('is awaited outside of any task', async () => {
    expect(await call()).toBe(value);
  });
});

describe('an await that need not wait', () => {
  test('is told at garbage collection when it never happened', async () => {
    const warnings: string[] = [];
    vi.spyOn(logger, 'warning').mockImplementation((text: string) => void warnings.push(text));
    (() => void new Lock().acquire())();
    await run(async () => {
      const used = new Lock().acquire();
      await used;
      createTask(new Lock().acquire());
    });
    for (let i = 0; i < 20 && warnings.length === 0; i++) {
      globalThis.gc?.();
      await delay(5);
    }
    expect(warnings).toEqual([
      expect.stringContaining("coroutine 'Lock.acquire' was never awaited"),
    ]);
  });

  test('does not lose a cancellation that came while the task awaited a promise of the host', async () => {
    await run(async () => {
      const queue = new Queue<number>();
      const task = createTask(async () => {
        for (let i = 0; i < 50; i++) {
          await delay(1);
          await queue.put(i);
        }
      });
      await sleep(0.01);
      task.cancel('enough');
      await expect(async () => await task).rejects.toThrow(CancelledError);
      expect(queue.qsize()).toBeLessThan(50);
    });
  });

  test('leaves a cancellation that the task asked for itself to its next wait, as in Python', async () => {
    const seen = await run(async () => {
      const lock = new Lock();
      const log: string[] = [];
      const task: Awaitable<void> & { cancel(): boolean } = createTask(async () => {
        task.cancel();
        await lock.acquire();
        log.push('acquired');
        await sleep(0);
        log.push('not reached');
      });
      await expect(async () => await task).rejects.toThrow(CancelledError);
      return log;
    });
    expect(seen).toEqual(['acquired']);
  });

  test('lets the error of the operation through', async () => {
    const queue = new Queue<number>();
    queue.shutdown();
    await run(async () => {
      await expect(async () => await queue.put(1)).rejects.toThrow(QueueShutDown);
      expect(await queue.put(1).then(undefined, (error: unknown) => error)).toBeInstanceOf(
        QueueShutDown,
      );
    });
    await run(function* () {
      let caught: unknown;
      try {
        yield* queue.put(1);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(QueueShutDown);
    });
  });

  test('asks a subclass that acquires in its own way', async () => {
    class Counting extends Lock {
      acquired = 0;
      override acquire(): Coroutine<true> {
        this.acquired++;
        return super.acquire();
      }
    }
    await run(async () => {
      const lock = new Counting();
      await lock.enter();
      expect([lock.acquired, lock.locked()]).toEqual([1, true]);
    });
  });
});

describe('a generator that is closed while it waits', () => {
  test('leaves the line, and hands on what it had been given', async () => {
    await run(function* () {
      const lock = new Lock();
      const event = new Event();
      const semaphore = new Semaphore(0);
      const [empty, full] = [new Queue<number>(), new Queue<number>(1)];
      full.putNowait(0);
      yield* lock.acquire();
      const waiting = [
        lock.acquire(),
        event.wait(),
        semaphore.acquire(),
        empty.get(),
        full.put(1),
        full.join(),
      ].map((call) => {
        const steps = (function* () {
          yield* call;
        })();
        steps.next();
        return steps;
      });
      for (const steps of waiting) steps.return();
      expect([lock, event, semaphore, empty, full].map(String)).toEqual([
        '<Lock [locked]>',
        '<Event [unset]>',
        '<Semaphore [locked]>',
        '<Queue maxsize=0>',
        '<Queue maxsize=1 _queue=[0] tasks=1>',
      ]);
      const [first, second] = [empty.get(), empty.get()].map((call) => {
        const steps = (function* () {
          return yield* call;
        })();
        steps.next();
        return steps;
      });
      // Meant for the first, who is closed before it runs.
      empty.putNowait(7);
      first?.return(0);
      expect(second?.next()).toEqual({ value: 7, done: true });
    });
  });
});

describe('a wait that is stepped by hand', () => {
  test('waits on when it is stepped too early', async () => {
    await run(function* () {
      const lock = new Lock();
      yield* lock.acquire();
      const acquiring = lock.acquire();
      const first = acquiring.send(null);
      const place = first.done === true ? undefined : first.value;
      // Somebody else waits for the same place in the line.
      const other = createTask(function* () {
        yield place;
      });
      yield;
      expect(acquiring.send(null)).toMatchObject({ done: false });
      lock.release();
      yield* other;
      expect(acquiring.send(null)).toEqual({ value: true, done: true });
    });
  });

  test('leaves the line once, however often it is closed', async () => {
    await run(function* () {
      const semaphore = new Semaphore(0);
      const steps = semaphore.acquire()[Symbol.iterator]();
      steps.next();
      semaphore.release();
      steps.return?.();
      steps.return?.();
      expect(String(semaphore)).toBe('<Semaphore [unlocked, value:1]>');
    });
  });
});

test('what went through a queue is not kept by the coroutines that carried it', async () => {
  const items: WeakRef<object>[] = [];
  await run(async () => {
    const queue = new Queue<object>();
    await (async () => {
      const item = {};
      items.push(new WeakRef(item));
      await queue.put(item);
    })();
    await (async () => void (await queue.get()))();
  });
  await run(function* () {
    const queue = new Queue<object>();
    yield* (function* () {
      const item = {};
      items.push(new WeakRef(item));
      yield* queue.put(item);
    })();
    yield* (function* () {
      yield* queue.get();
    })();
  });
  for (let i = 0; i < 20 && items.some((item) => item.deref() !== undefined); i++) {
    await delay(5);
    globalThis.gc?.();
  }
  expect(items.map((item) => item.deref())).toEqual([undefined, undefined]);
});
