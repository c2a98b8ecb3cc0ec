// Waiting leaves nothing behind, with a future or a signal that outlives it: the short form of test/soak/leaks.test.ts,
// for every kind of wait of this layer, in both kinds of coroutine.
import { describe, expect, test } from 'vitest';
import {
  asCompleted,
  createTask,
  FIRST_COMPLETED,
  Future,
  type GeneratorBody,
  run,
  shield,
  sleep,
  timeout,
  TimeoutError,
  wait,
  waitFor,
} from '../../src/index.ts';

const ROUNDS = 100_000;

function heapUsed(): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  collect?.();
  collect?.();
  return process.memoryUsage().heapUsed;
}

/** How many bytes of the heap `count` rounds leave behind, after some to warm up. */
async function growth(round: () => GeneratorBody<unknown>, count: number): Promise<number> {
  return await run(function* () {
    function* rounds(n: number): GeneratorBody<void> {
      for (let i = 0; i < n; i++) yield* round();
      yield* sleep(0.01);
    }
    yield* rounds(3_000);
    const before = heapUsed();
    yield* rounds(count);
    return heapUsed() - before;
  });
}

// A single pointer kept a round would be 800,000 bytes, an observer or a timer many times that.
const ALLOWED = 400_000;

function ready(): Future<number> {
  const future = new Future<number>();
  future.setResult(1);
  return future;
}

describe('leaves nothing behind', { timeout: 60_000 }, () => {
  test('wait(FIRST_COMPLETED) beside one long-lived future', async () => {
    let long: Future<void> | null = null;
    const grown = await growth(function* () {
      long ??= new Future<void>();
      yield* wait([long as Future<unknown>, ready()], { returnWhen: FIRST_COMPLETED });
    }, ROUNDS);
    expect(grown).toBeLessThan(ALLOWED);
    expect((long as Future<void> | null)?._observers).toBeNull();
  });

  test('waitFor with a limit that is never reached', async () => {
    const done: { future?: Future<number> } = {};
    const grown = await growth(function* () {
      done.future ??= ready();
      yield* waitFor(done.future, 3600);
      // The loop prunes cancelled timers in its turns.
      yield;
    }, ROUNDS);
    expect(grown).toBeLessThan(ALLOWED);
  });

  test('timeout around a turn', async () => {
    function* body(): GeneratorBody<void> {
      yield;
    }
    const grown = await growth(() => timeout(3600, body)[Symbol.iterator]() as never, ROUNDS);
    expect(grown).toBeLessThan(ALLOWED);
  });

  test('waitFor of a shielded long-lived future that times out', async () => {
    let long: Future<void> | null = null;
    const grown = await growth(function* () {
      long ??= new Future<void>();
      try {
        yield* waitFor(shield(long), 0);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    }, ROUNDS / 10);
    expect(grown).toBeLessThan(ALLOWED);
    // The one callback that reports an error, however many shields were cancelled.
    expect(Array.isArray((long as Future<void> | null)?._observers)).toBe(false);
  });

  test('a loop over asCompleted that is left early', async () => {
    let long: Future<number> | null = null;
    const grown = await growth(function* () {
      long ??= new Future<number>();
      for (const next of asCompleted([long, ready()], { timeout: 3600 })) {
        yield* next;
        break;
      }
    }, ROUNDS);
    expect(grown).toBeLessThan(ALLOWED);
    expect((long as Future<number> | null)?._observers).toBeNull();
  });

  test('tasks under one long-lived signal', async () => {
    const { signal } = new AbortController();
    function* body(): GeneratorBody<void> {}
    const grown = await growth(
      () => createTask(body(), { signal })[Symbol.iterator]() as never,
      ROUNDS,
    );
    expect(grown).toBeLessThan(ALLOWED);
  });

  test('each of them in async functions', async () => {
    await run(async () => {
      const long = new Future<number>();
      const { signal } = new AbortController();
      const rounds = async (n: number): Promise<void> => {
        for (let i = 0; i < n; i++) {
          await wait([long, ready()], { returnWhen: FIRST_COMPLETED });
          await waitFor(ready(), 3600);
          await timeout(3600, () => sleep(0));
          await createTask(async () => {}, { signal });
        }
        await sleep(0.01);
      };
      await rounds(3_000);
      const before = heapUsed();
      await rounds(20_000);
      expect(heapUsed() - before).toBeLessThan(ALLOWED);
      expect(long._observers).toBeNull();
    });
  });
});
