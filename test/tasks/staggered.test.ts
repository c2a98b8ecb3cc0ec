import { describe, expect, test } from 'vitest';
import {
  CancelledError,
  createEagerTaskFactory,
  ExceptionGroup,
  getRunningLoop,
  run,
  sleep,
  staggeredRace,
  Task,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds, type Kind } from '../support/kinds.ts';

/** A runner that takes so long, and then fails or gives its name. */
function runner(
  kind: Kind,
  log: string[],
  name: string,
  delay: number,
  fails = false,
): () => string {
  return kind.body(function* () {
    log.push(`${name} starts at ${getRunningLoop().time()}`);
    try {
      yield* kind.wait(sleep(delay));
    } catch (error) {
      log.push(`${name} cancelled at ${getRunningLoop().time()}`);
      throw error;
    }
    if (fails) throw new Error(name);
    return name;
  }) as unknown as () => string;
}

describe('staggeredRace', () => {
  inBothKinds('starts one after the other; the first success cancels the rest', function* (kind) {
    const log: string[] = [];
    const fns = [runner(kind, log, 'a', 9), runner(kind, log, 'b', 2), runner(kind, log, 'c', 9)];
    const [winner, index, errors] = yield* kind.wait(staggeredRace(fns, 1.5));
    expect([winner, index]).toEqual(['b', 1]);
    expect(errors.map(String)).toEqual(['CancelledError', 'null', 'CancelledError']);
    expect(log).toEqual([
      'a starts at 0',
      'b starts at 1.5',
      'c starts at 3',
      'a cancelled at 3.5',
      'c cancelled at 3.5',
    ]);
  });

  inBothKinds('a failure starts the next one at once', function* (kind) {
    const log: string[] = [];
    const fns = [runner(kind, log, 'a', 1, true), runner(kind, log, 'b', 1)];
    const [winner, index, errors] = yield* kind.wait(staggeredRace(fns, 60));
    expect([winner, index]).toEqual(['b', 1]);
    expect(errors.map(String)).toEqual(['Error: a', 'null']);
    expect(log).toEqual(['a starts at 0', 'b starts at 1']);
  });

  inBothKinds('null starts the next one only after a failure', function* (kind) {
    const log: string[] = [];
    const fns = [runner(kind, log, 'a', 100), runner(kind, log, 'b', 1)];
    expect((yield* kind.wait(staggeredRace(fns, null)))[0]).toBe('a');
    expect(log).toEqual(['a starts at 0']);
  });

  inBothKinds('when none succeeds, the errors tell why', function* (kind) {
    const fns = [runner(kind, [], 'a', 1, true), runner(kind, [], 'b', 1, true)];
    const [winner, index, errors] = yield* kind.wait(staggeredRace(fns, 0.1));
    expect([winner, index]).toEqual([null, null]);
    expect(errors.map(String)).toEqual(['Error: a', 'Error: b']);
    expect(yield* kind.wait(staggeredRace([], 1))).toEqual([null, null, []]);
  });

  inBothKinds('a cancellation from outside ends all runners first', function* (kind) {
    const log: string[] = [];
    const racing = kind.task(function* () {
      yield* kind.wait(staggeredRace([runner(kind, log, 'a', 60), runner(kind, log, 'b', 60)], 1));
    });
    yield* kind.wait(sleep(1.5));
    racing.cancel('why');
    let error: unknown;
    try {
      yield* kind.wait(racing);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as Error).message).toBe('why');
    expect(log.filter((line) => line.includes('cancelled at 1.5'))).toHaveLength(2);
  });

  inBothKinds('a loser that will not be cancelled does not win afterwards', function* (kind) {
    const stubborn = kind.body(function* () {
      try {
        yield* kind.wait(sleep(60));
      } catch {
        yield* kind.wait(sleep(1));
      }
      return 'too late';
    }) as unknown as () => string;
    const fns = [runner(kind, [], 'a', 2), stubborn];
    const [winner, index] = yield* kind.wait(staggeredRace(fns, 1));
    expect([winner, index]).toEqual(['a', 0]);
    expect(getRunningLoop().time()).toBe(3);
  });

  test('takes the functions from the iterable only as they are needed', async () => {
    await run(function* () {
      let taken = 0;
      function* fns(): Generator<() => string> {
        for (;;) {
          taken++;
          yield () => 'won';
        }
      }
      expect((yield* staggeredRace(fns(), 1))[0]).toBe('won');
      expect(taken).toBe(1);
    }, virtual);
  });

  test('an iterable that throws is told', async () => {
    await run(async () => {
      function* fns(): Generator<() => Promise<never>> {
        yield async () => {
          throw new Error('first');
        };
        throw new Error('of the iterable');
      }
      const error: unknown = await staggeredRace(fns(), 1).then(
        () => null,
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(ExceptionGroup);
      expect((error as ExceptionGroup).errors.map(String)).toEqual(['Error: of the iterable']);
    }, virtual);
  });

  test('runs with eager tasks', async () => {
    await run(function* () {
      getRunningLoop().setTaskFactory(createEagerTaskFactory(Task));
      const log: string[] = [];
      const fns = ['a', 'b'].map(
        (name) =>
          function* () {
            log.push(name);
            yield* sleep(name === 'a' ? 5 : 1);
            return name;
          },
      );
      expect((yield* staggeredRace(fns, 1))[0]).toBe('b');
      expect(log).toEqual(['a', 'b']);
    }, virtual);
  });

  inBothKinds('the abort of its signal cancels it, and who runs in it', function* (kind) {
    const log: string[] = [];
    const controller = new AbortController();
    getRunningLoop().callLater(2, () => controller.abort('enough'));
    const fns = [runner(kind, log, 'a', 5), runner(kind, log, 'b', 5)];
    for (const end of [2, 2]) {
      // The second time it is aborted already: nobody starts.
      const race = kind.task(function* () {
        yield* kind.wait(staggeredRace(fns, 1, { signal: controller.signal }));
      });
      let error: unknown;
      try {
        yield* kind.wait(race);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(CancelledError);
      expect((error as Error).message).toBe('enough');
      expect(getRunningLoop().time()).toBe(end);
    }
    expect(log).toEqual(['a starts at 0', 'b starts at 1', 'a cancelled at 2', 'b cancelled at 2']);
    expect(() => staggeredRace(fns, 1, { signal: 5 as never })).toThrow(TypeError);
  });

  test('refuses wrong arguments at the call', () => {
    expect(() => staggeredRace(5 as never, 1)).toThrow(TypeError);
    expect(() => staggeredRace([3] as never, 1)).toThrow(/expects a function.*number 3/);
    expect(() => staggeredRace([Promise.resolve()] as never, 1)).toThrow(/write \(\) => /);
    expect(() => staggeredRace([() => 1], undefined as never)).toThrow(TypeError);
    expect(() => staggeredRace([() => 1], Number.NaN)).toThrow(RangeError);
  });
});
