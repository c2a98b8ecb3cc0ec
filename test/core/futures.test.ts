import { describe, expect, test, vi } from 'vitest';
import {
  CancelledError,
  ContextVar,
  copyContext,
  createTask,
  EventLoop,
  Future,
  getRunningLoop,
  InvalidStateError,
  isfuture,
  run,
  RuntimeError,
  sleep,
} from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';
import { collectGarbage, virtual } from '../support/common.ts';

function caught(fn: () => unknown): Error {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('Future', () => {
  inBothKinds('gives its result, its exception or its cancellation', function* (kind) {
    const loop = getRunningLoop();
    const result = loop.createFuture<number>();
    const failure = loop.createFuture<number>();
    const cancelled = loop.createFuture<number>();
    loop.callSoon(() => result.setResult(1));
    loop.callSoon(() => failure.setException(new RangeError('no')));
    loop.callSoon(() => cancelled.cancel('enough'));
    expect(yield* kind.wait(result)).toBe(1);
    for (const [future, type, message] of [
      [failure, RangeError, 'no'],
      [cancelled, CancelledError, 'enough'],
    ] as const) {
      let error: unknown;
      try {
        yield* kind.wait(future);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(type);
      expect((error as Error).message).toBe(message);
    }
  });

  test('tells its state, and refuses to be ended twice', () => {
    const loop = new EventLoop();
    const future = new Future<number>({ loop });
    expect([future.done(), future.cancelled(), future.getLoop() === loop]).toEqual([
      false,
      false,
      true,
    ]);
    expect(caught(() => future.result())).toBeInstanceOf(InvalidStateError);
    expect(caught(() => future.exception())).toBeInstanceOf(InvalidStateError);
    future.setResult(7);
    expect([future.done(), future.result(), future.exception(), future.cancel()]).toEqual([
      true,
      7,
      null,
      false,
    ]);
    expect(() => future.setResult(8)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error())).toThrow(InvalidStateError);
    const other = loop.createFuture();
    expect(other.cancel()).toBe(true);
    expect(caught(() => other.result())).toBeInstanceOf(CancelledError);
    expect(caught(() => other.exception())).toBeInstanceOf(CancelledError);
    expect(() => other.setResult(1)).toThrow(InvalidStateError);
    loop.close();
  });

  test('takes errors and classes of errors, and nothing else, as exception', () => {
    const loop = new EventLoop();
    const future = loop.createFuture();
    expect(() => future.setException('text')).toThrow(
      /expects an Error or a class of errors, not the string 'text'/,
    );
    future.setException(RangeError);
    expect(future.exception()).toBeInstanceOf(RangeError);
    const other = loop.createFuture();
    other.setException(Error);
    expect(other.exception()).toBeInstanceOf(Error);
    loop.close();
  });

  test('calls back soon, in order, once each, after the fact too', async () => {
    await run(async () => {
      const calls: string[] = [];
      const future = new Future<string>();
      future.addDoneCallback((f) => calls.push(`first ${f.result()}`));
      future.addDoneCallback(() => calls.push('second'));
      const gone = (): void => void calls.push('gone');
      future.addDoneCallback(gone);
      future.addDoneCallback(gone);
      expect(future.removeDoneCallback(gone)).toBe(2);
      expect(future.removeDoneCallback(gone)).toBe(0);
      future.setResult('r');
      expect(calls).toEqual([]);
      await sleep(0);
      expect(calls).toEqual(['first r', 'second']);
      future.addDoneCallback(() => calls.push('late'));
      expect(calls).toHaveLength(2);
      await sleep(0);
      expect(calls).toEqual(['first r', 'second', 'late']);
    });
  });

  test('runs callbacks in the context given, else in a copy of the current one', async () => {
    await run(async () => {
      const variable = new ContextVar<string>('v');
      variable.set('outer');
      const other = copyContext();
      other.run(() => variable.set('other'));
      const seen: string[] = [];
      const future = new Future();
      future.addDoneCallback(() => seen.push(variable.get()));
      future.addDoneCallback(() => seen.push(variable.get()), { context: other });
      variable.set('changed');
      future.setResult(null);
      await sleep(0);
      expect(seen).toEqual(['outer', 'other']);
    });
  });

  test('refuses callbacks that are no plain functions', () => {
    const loop = new EventLoop();
    const future = loop.createFuture();
    expect(() => future.addDoneCallback(null as never)).toThrow(TypeError);
    expect(() => future.addDoneCallback(async () => {})).toThrow(/would never be awaited/);
    expect(() => new Future({ loop: {} as never })).toThrow(TypeError);
    loop.close();
  });

  inBothKinds('of another loop cannot be awaited', function* (kind) {
    const other = new EventLoop();
    const future = other.createFuture();
    let error: unknown;
    try {
      yield* kind.wait(future);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(/attached to a different loop/);
    other.close();
  });

  test('is a promise-like: several waiters, chains, plain code', async () => {
    const loop = new EventLoop();
    const future = loop.createFuture<number>();
    const chained = future.then((n) => n + 1).then((n) => n * 10);
    const second = Promise.resolve(future);
    future.setResult(1);
    expect(await chained).toBe(20);
    expect(await second).toBe(1);
    await run(async () => {
      const inner = new Future<number>();
      const chain = inner.then((n) => n + 1).then((n) => n * 10);
      const failing = inner.then(() => {
        throw new RangeError('handler');
      });
      getRunningLoop().callSoon(() => inner.setResult(4));
      expect(await chain).toBe(50);
      await expect(failing.then(null)).rejects.toThrow('handler');
    });
    loop.close();
  });

  test('is not iterated outside of a task', () => {
    const loop = new EventLoop();
    const future = loop.createFuture();
    expect(() => [...(future as unknown as Iterable<unknown>)]).toThrow(/write yield\* future/);
    loop.close();
  });

  test('isfuture knows futures and tasks', async () => {
    await run(async () => {
      const task = createTask(sleep(0));
      expect([new Future(), task, Promise.resolve(), sleep, 3].map(isfuture)).toEqual([
        true,
        true,
        false,
        false,
        false,
      ]);
      await task;
    });
  });

  test('an exception that nobody retrieved is reported at collection', async () => {
    const loop = new EventLoop();
    const handler = vi.fn();
    loop.setExceptionHandler(handler);
    (() => {
      loop.createFuture().setException(new RangeError('lost'));
      const seen = loop.createFuture();
      seen.setException(new RangeError('seen'));
      seen.exception();
    })();
    await collectGarbage(() => handler.mock.calls.length > 0);
    expect(handler).toHaveBeenCalledOnce();
    const context = handler.mock.calls[0]?.[1] as {
      message: string;
      exception: Error;
      future: Future;
    };
    expect(context.message).toBe('Future exception was never retrieved');
    expect(context.exception.message).toBe('lost');
    expect(String(context.future)).toMatch(/finished exception=RangeError: lost/);
    loop.close();
  });

  test('... and at the end of run, even when the future is still held', async () => {
    const reported: string[] = [];
    const held: Future[] = [];
    await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, context) =>
        reported.push(String(context.exception)),
      );
      const future = new Future();
      held.push(future);
      future.setException(new RangeError('held'));
      await sleep(1);
    }, virtual);
    expect(reported).toEqual(['RangeError: held']);
    expect(held).toHaveLength(1);
  });

  test('shows its state when printed', () => {
    const loop = new EventLoop();
    const future = loop.createFuture<string>();
    expect(String(future)).toBe('<Future pending>');
    future.addDoneCallback(function later() {});
    expect(String(future)).toBe('<Future pending callback=later>');
    future.setResult('x');
    expect(String(future)).toBe("<Future finished result=the string 'x'>");
    loop.close();
  });
});
