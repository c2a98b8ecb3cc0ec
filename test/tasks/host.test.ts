import { EventEmitter } from 'node:events';
import { stat, type Stats } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  createTask,
  fromCallback,
  Future,
  getRunningLoop,
  once,
  run,
  sleep,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

describe('fromCallback', () => {
  inBothKinds('gives the value that the callback is called with', function* (kind) {
    const stats = yield* kind.wait(
      fromCallback<Stats>((callback) => stat(new URL(import.meta.url), callback)),
    );
    expect(stats.isFile()).toBe(true);
    expect(yield* kind.wait(fromCallback((callback) => callback()))).toBeUndefined();
    expect(yield* kind.wait(fromCallback((callback) => callback(null, 0)))).toBe(0);
  });

  inBothKinds('throws the error that the callback is called with', function* (kind) {
    let error: unknown;
    try {
      yield* kind.wait(fromCallback((callback) => stat('/no/such/file', callback)));
    } catch (caught) {
      error = caught;
    }
    expect((error as NodeJS.ErrnoException).code).toBe('ENOENT');
  });

  inBothKinds('only the first call counts, and none after a cancellation', function* (kind) {
    let kept: (error: unknown, value?: string) => void = () => {};
    const future = fromCallback<string>((callback) => {
      kept = callback;
    });
    kept(null, 'first');
    kept(new Error('second'));
    expect(yield* kind.wait(future)).toBe('first');
    const cancelled = fromCallback<string>((callback) => {
      kept = callback;
    });
    cancelled.cancel();
    kept(null, 'late');
    expect(cancelled.cancelled()).toBe(true);
  });

  test('throws at the call what the start throws, and for what is no function', async () => {
    await run(async () => {
      expect(() =>
        fromCallback(() => {
          throw new RangeError('at once');
        }),
      ).toThrow(RangeError);
      expect(() => fromCallback(Promise.resolve() as never)).toThrow(TypeError);
      expect(() => fromCallback(5 as never)).toThrow(/takes a callback, not the number 5/);
    }, virtual);
  });

  test('is awaited from outside: a virtual clock does not take it for a deadlock', async () => {
    const value = await run(
      () => fromCallback((callback) => setTimeout(() => callback(null, 'from the host'), 20)),
      virtual,
    );
    expect(value).toBe('from the host');
  });
});

describe('once', () => {
  inBothKinds("gives the arguments of an emitter's event", function* (kind) {
    const emitter = new EventEmitter();
    const future = once<[string, number]>(emitter, 'ready');
    emitter.emit('ready', 'a', 1);
    emitter.emit('ready', 'b', 2);
    expect(yield* kind.wait(future)).toEqual(['a', 1]);
    expect(emitter.listenerCount('ready')).toBe(0);
    expect(emitter.listenerCount('error')).toBe(0);
  });

  inBothKinds('an error event is thrown, unless it is what was asked for', function* (kind) {
    const emitter = new EventEmitter();
    const failing = once(emitter, 'ready');
    emitter.emit('error', new Error('broken'));
    let error: unknown;
    try {
      yield* kind.wait(failing);
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('Error: broken');
    expect(emitter.listenerCount('ready')).toBe(0);
    const asked = once(emitter, 'error');
    emitter.emit('error', error);
    expect(yield* kind.wait(asked)).toEqual([error]);
  });

  inBothKinds('gives the event of an event target', function* (kind) {
    const target = new EventTarget();
    const future = once<[globalThis.Event]>(target, 'ready');
    const event = new globalThis.Event('ready');
    target.dispatchEvent(event);
    expect(yield* kind.wait(future)).toEqual([event]);
  });

  inBothKinds('cancelled, it takes its listeners away', function* (kind) {
    const emitter = new EventEmitter();
    const task = kind.task(function* () {
      yield* kind.wait(once(emitter, 'never'));
    });
    yield* kind.turns(2);
    expect(emitter.listenerCount('never')).toBe(1);
    task.cancel();
    expect(emitter.listenerCount('never')).toBe(0);
    expect(emitter.listenerCount('error')).toBe(0);
    yield* kind.turns(2);
    expect(task.cancelled()).toBe(true);
  });

  test('takes a signal', async () => {
    await run(async () => {
      const controller = new AbortController();
      const emitter = new EventEmitter();
      const future = once(emitter, 'never', { signal: controller.signal });
      controller.abort(new Error('stop'));
      await expect(Promise.resolve(future)).rejects.toThrow(CancelledError);
      expect(emitter.listenerCount('never')).toBe(0);
      expect(once(emitter, 'x', { signal: AbortSignal.abort() }).cancelled()).toBe(true);
      expect(emitter.listenerCount('x')).toBe(0);
    }, virtual);
  });

  test('many waits with a limit leave no listener on a long-lived emitter', async () => {
    await run(async () => {
      const emitter = new EventEmitter();
      for (let i = 0; i < 50; i++) {
        await expect(Promise.resolve(waitFor(once(emitter, 'never'), 1))).rejects.toThrow(
          TimeoutError,
        );
      }
      expect(emitter.eventNames()).toEqual([]);
    }, virtual);
  });

  test('refuses what has no events, at the call', async () => {
    await run(async () => {
      expect(() => once({} as never, 'x')).toThrow(TypeError);
      expect(() => once({} as never, 'x')).toThrow(/event emitter or an event target first/);
      expect(() => once(null as never, 'x')).toThrow(TypeError);
      expect(() => once(new EventEmitter(), 5 as never)).toThrow(/name of an event.*number 5/);
      expect(() => once(new EventEmitter(), 'x', { signal: 5 as never })).toThrow(TypeError);
    }, virtual);
  });

  test('an event that another task emits wakes the waiter through the loop', async () => {
    await run(async () => {
      const emitter = new EventEmitter();
      const log: string[] = [];
      const waiter = createTask(async () => {
        const [value] = await once<[string]>(emitter, 'go');
        log.push(value);
      });
      await sleep(1);
      emitter.emit('go', 'woken');
      log.push('emitted');
      await waiter;
      expect(log).toEqual(['emitted', 'woken']);
      expect(new Future({ loop: getRunningLoop() }).done()).toBe(false);
    }, virtual);
  });
});
