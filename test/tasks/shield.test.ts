import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  createTask,
  type ExceptionContext,
  Future,
  getRunningLoop,
  run,
  shield,
  sleep,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds } from '../support/kinds.ts';

function reports(): ExceptionContext[] {
  const list: ExceptionContext[] = [];
  getRunningLoop().setExceptionHandler((_loop, context) => list.push(context));
  return list;
}

describe('shield', () => {
  inBothKinds('passes results and errors on', function* (kind) {
    expect(yield* kind.wait(shield(sleep(1, 'through')))).toBe('through');
    const failing = new Future<void>();
    getRunningLoop().callLater(1, () => failing.setException(new Error('too')));
    let error: unknown;
    try {
      yield* kind.wait(shield(failing));
    } catch (caught) {
      error = caught;
    }
    expect(String(error)).toBe('Error: too');
  });

  inBothKinds('keeps a cancellation of the awaiting task from the inner one', function* (kind) {
    const inner = createTask(sleep(2, 'unharmed'));
    const outer = kind.task(function* () {
      yield* kind.wait(shield(inner));
    });
    yield* kind.turns(2);
    outer.cancel('only the await');
    yield* kind.turns(2);
    expect(outer.cancelled()).toBe(true);
    expect(inner.done()).toBe(false);
    expect(yield* kind.wait(inner)).toBe('unharmed');
  });

  inBothKinds('a cancellation of the inner one comes out, without its message', function* (kind) {
    const inner = new Future<void>();
    const outer = shield(inner);
    inner.cancel('told to the inner one');
    let error: unknown;
    try {
      yield* kind.wait(outer);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe('');
  });

  inBothKinds(
    'an error after the cancellation is reported, once for all shields',
    function* (kind) {
      const told = reports();
      const inner = new Future<void>();
      shield(inner).cancel();
      shield(inner).cancel();
      yield* kind.turns(2);
      inner.setException(new RangeError('nobody listens'));
      yield* kind.turns(2);
      expect(told).toHaveLength(1);
      expect(told[0]?.message).toMatch(/RangeError.*shield/);
      expect(String(told[0]?.exception)).toBe('RangeError: nobody listens');
      expect(told[0]?.future).toBe(inner);
    },
  );

  inBothKinds('a result or cancellation after the cancellation is not', function* (kind) {
    const told = reports();
    const [a, b] = [new Future<void>(), new Future<void>()];
    shield(a).cancel();
    shield(b).cancel();
    yield* kind.turns(2);
    a.setResult();
    b.cancel();
    yield* kind.turns(2);
    expect(told).toEqual([]);
  });

  test('of a future that is done, it is that future', async () => {
    await run(async () => {
      const done = new Future<number>();
      done.setResult(1);
      expect(shield(done)).toBe(done);
    }, virtual);
  });

  test('refuses what cannot be awaited, at the call', async () => {
    await run(async () => {
      expect(() => shield(3 as never)).toThrow(TypeError);
      expect(() => shield(3 as never)).toThrow(/^shield\(\) expects.*awaitable.*number 3/);
    }, virtual);
  });
});
