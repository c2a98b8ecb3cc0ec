import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  createTask,
  currentTask,
  type ExceptionContext,
  fromAsyncIterable,
  getRunningLoop,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

/** A source that is filled by hand, and tells when it was closed. */
class Source implements AsyncIterable<number> {
  closed = 0;
  asked = 0;
  #waiting: ((result: IteratorResult<number>) => void)[] = [];

  give(value: number): void {
    this.#waiting.shift()?.({ value, done: false });
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: () => {
        this.asked++;
        return new Promise((resolve) => this.#waiting.push(resolve));
      },
      return: async () => {
        this.closed++;
        return { value: undefined, done: true };
      },
    };
  }
}

async function* numbers(count: number): AsyncGenerator<number> {
  for (let n = 1; n <= count; n++) yield n;
}

describe('fromAsyncIterable', () => {
  inBothKinds('gives the items one by one, by hand', function* (kind) {
    const items = fromAsyncIterable(numbers(3));
    const seen: number[] = [];
    for (
      let item = yield* kind.wait(items.next());
      item.done !== true;
      item = yield* kind.wait(items.next())
    ) {
      seen.push(item.value);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(yield* kind.wait(items.next())).toEqual({ value: undefined, done: true });
  });

  inBothKinds('an error of the source is thrown', function* (kind) {
    const items = fromAsyncIterable(
      (async function* () {
        yield 1;
        throw new Error('of the source');
      })(),
    );
    expect(yield* kind.wait(items.next())).toEqual({ value: 1, done: false });
    let error: unknown;
    try {
      yield* kind.wait(items.next());
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('Error: of the source');
  });

  inBothKinds('a cancelled next() loses nothing', function* (kind) {
    const source = new Source();
    const items = fromAsyncIterable(source);
    let error: unknown;
    try {
      yield* kind.wait(waitFor(items.next(), 1));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TimeoutError);
    source.give(7);
    expect(yield* kind.wait(items.next())).toEqual({ value: 7, done: false });
    expect(source.asked).toBe(1);
    expect(source.closed).toBe(0);
  });

  inBothKinds('two that wait get two items', function* (kind) {
    const source = new Source();
    const items = fromAsyncIterable(source);
    const [a, b] = [createTask(items.next()), createTask(items.next())];
    yield* kind.turns(2);
    source.give(1);
    yield* kind.wait(sleep(1));
    source.give(2);
    expect([(yield* kind.wait(a)).value, (yield* kind.wait(b)).value]).toEqual([1, 2]);
  });

  inBothKinds('return() closes the source', function* (kind) {
    const source = new Source();
    const items = fromAsyncIterable(source);
    expect(yield* kind.wait(items.return())).toEqual({ value: undefined, done: true });
    expect(source.closed).toBe(1);
    expect((yield* kind.wait(fromAsyncIterable([1]).return())).done).toBe(true);
  });

  inBothKinds('an async generator of the program runs as a part of the task', function* (kind) {
    const caller = currentTask();
    const items = fromAsyncIterable(
      (async function* () {
        yield currentTask() === caller;
        await sleep(2);
        yield currentTask() === caller;
      })(),
    );
    expect((yield* kind.wait(items.next())).value).toBe(true);
    expect((yield* kind.wait(items.next())).value).toBe(true);
    expect(getRunningLoop().time()).toBe(2);
  });

  test('for await gives the items; leaving the loop closes the source', async () => {
    await run(async () => {
      const seen: number[] = [];
      for await (const n of fromAsyncIterable(numbers(3))) seen.push(n);
      for await (const n of fromAsyncIterable([Promise.resolve(4), 5])) seen.push(n);
      expect(seen).toEqual([1, 2, 3, 4, 5]);
      const source = new Source();
      setTimeout(() => source.give(1), 5);
      for await (const n of fromAsyncIterable(source)) {
        expect(n).toBe(1);
        break;
      }
      expect(source.closed).toBe(1);
    }, virtual);
  });

  test('a cancellation gets out of for await at once, and closes the source', async () => {
    await run(async () => {
      const source = new Source();
      const task = createTask(async () => {
        for await (const _ of fromAsyncIterable(source)) expect.unreachable();
      });
      await sleep(1);
      task.cancel('enough');
      await expect(Promise.resolve(task)).rejects.toThrow(CancelledError);
      expect(source.closed).toBe(1);
    }, virtual);
  });

  test('destroys a stream of Node when its reader is cancelled, and reports nothing', async () => {
    await run(async () => {
      const reports: ExceptionContext[] = [];
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const stream = new Readable({ read() {} });
      stream.push('first');
      const seen: string[] = [];
      const task = createTask(async () => {
        for await (const chunk of fromAsyncIterable<Buffer>(stream)) seen.push(String(chunk));
      });
      while (seen.length === 0) await sleep(0.001);
      task.cancel();
      await expect(Promise.resolve(task)).rejects.toThrow(CancelledError);
      await sleep(0.02);
      expect(stream.destroyed).toBe(true);
      expect(seen).toEqual(['first']);
      expect(reports).toEqual([]);
    });
  });

  test('cancels a stream of the web when its reader is cancelled', async () => {
    await run(async () => {
      let cancelled = false;
      const stream = new ReadableStream<string>({
        start(controller) {
          controller.enqueue('first');
        },
        cancel() {
          cancelled = true;
        },
      });
      const seen: string[] = [];
      const task = createTask(async () => {
        for await (const chunk of fromAsyncIterable(stream)) seen.push(chunk);
      });
      while (seen.length === 0) await sleep(0.001);
      task.cancel();
      await expect(Promise.resolve(task)).rejects.toThrow(CancelledError);
      await sleep(0.005);
      expect(cancelled).toBe(true);
      expect(seen).toEqual(['first']);
    });
  });

  inBothKinds('left by hand: the source ends as a part of the calling task', function* (kind) {
    const log: string[] = [];
    const source = async function* (): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        await sleep(1);
        log.push(`closed in ${currentTask()?.getName()} at ${getRunningLoop().time()}`);
      }
    };
    const task = kind.task(function* () {
      const items = fromAsyncIterable(source());
      yield* kind.wait(items.next());
      yield* kind.wait(items.return());
    }, 'T');
    yield* kind.wait(task);
    expect(log).toEqual(['closed in T at 1']);
  });

  test('refuses what cannot be iterated, at the call', async () => {
    await run(async () => {
      expect(() => fromAsyncIterable(5 as never)).toThrow(TypeError);
      expect(() => fromAsyncIterable({} as never)).toThrow(
        /expects an async iterable, not an object/,
      );
      expect(() => fromAsyncIterable(null as never)).toThrow(TypeError);
    }, virtual);
  });
});
