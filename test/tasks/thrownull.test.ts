// A body may throw null, or any other thing: it is a failure like any other.
import { describe, expect } from 'vitest';
import {
  createTask,
  ExceptionGroup,
  FIRST_EXCEPTION,
  gather,
  shield,
  sleep,
  taskGroup,
  wait,
} from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';

async function nothing(): Promise<never> {
  // oxlint-disable-next-line no-throw-literal -- programs do it
  throw null;
}

describe('a body that throws null', () => {
  inBothKinds('ends a gather', function* (kind) {
    let caught: unknown = 'nothing';
    try {
      yield* kind.wait(gather(nothing, () => sleep(3600)));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(null);
    const results = yield* kind.wait(
      gather(nothing, () => sleep(0, 'fine'), { returnExceptions: true }),
    );
    expect(results).toEqual([null, 'fine']);
  });

  inBothKinds('fails its group', function* (kind) {
    let caught: unknown = 'nothing';
    try {
      yield* kind.wait(taskGroup((group) => void group.createTask(nothing)));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ExceptionGroup);
    expect((caught as ExceptionGroup).errors).toEqual([null]);
  });

  inBothKinds('ends a wait for the first exception', function* (kind) {
    const late = createTask(() => sleep(3600));
    const [done, pending] = yield* kind.wait(
      wait([createTask(nothing), late], {
        returnWhen: FIRST_EXCEPTION,
      }),
    );
    expect([done.size, pending.size]).toEqual([1, 1]);
    late.cancel();
  });

  inBothKinds('comes through a shield', function* (kind) {
    let caught: unknown = 'nothing';
    try {
      yield* kind.wait(shield(nothing));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(null);
  });
});
