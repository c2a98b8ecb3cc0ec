// Waiting leaves nothing behind: a million races and timeouts against one long-lived future, and as many tasks linked
// to one long-lived AbortSignal, do not grow the heap. `Promise.race` and `AbortSignal.any` do; the bench shows them.
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  createTask,
  FIRST_COMPLETED,
  Future,
  type GeneratorBody,
  run,
  shield,
  sleep,
  timeout,
  wait,
  waitFor,
} from '../../src/index.ts';
import { heapInUse, MiB } from './heap.ts';

const ROUNDS = 1_000_000;
const WARM_UP = 20_000;

/** Runs `round` again and again, as a generator task; the growth of the heap after the warm-up, in bytes. */
async function growth(
  round: (forever: Future<void>) => GeneratorBody<void>,
  rounds = ROUNDS,
): Promise<number> {
  return run(async () => {
    const forever = new Future<void>();
    const some = function* (n: number): GeneratorBody<void> {
      for (let i = 0; i < n; i++) yield* round(forever);
    };
    await createTask(some(WARM_UP));
    const before = await heapInUse();
    await createTask(some(rounds));
    const grown = (await heapInUse()) - before;
    forever.cancel();
    return grown;
  });
}

describe('one long-lived future, a million times', () => {
  test('wait(FIRST_COMPLETED)', { timeout: 120_000 }, async () => {
    const ready = new Future<void>();
    ready.setResult();
    const grown = await growth(function* (forever) {
      const done = new Future<void>();
      done.setResult();
      const [finished, pending] = yield* wait([forever, done], { returnWhen: FIRST_COMPLETED });
      if (finished.size !== 1 || pending.size !== 1) throw new Error('wait() went wrong');
    });
    expect(grown).toBeLessThan(MiB);
  });

  test('waitFor that times out', { timeout: 120_000 }, async () => {
    const grown = await growth(function* (forever) {
      try {
        yield* waitFor(shield(forever), 0);
      } catch {
        return;
      }
      throw new Error('waitFor() went wrong');
    }, ROUNDS / 4);
    expect(grown).toBeLessThan(MiB);
  });

  test(
    'timeout around something ready, with the future waited for beside it',
    { timeout: 120_000 },
    async () => {
      const grown = await growth(function* (forever) {
        yield* asyncWith(timeout(60), function* () {
          yield* wait([forever], { timeout: 0 });
        });
      }, ROUNDS / 2);
      expect(grown).toBeLessThan(MiB);
    },
  );
});

test('one long-lived AbortSignal, linked to many tasks', { timeout: 120_000 }, async () => {
  const controller = new AbortController();
  const grown = await growth(function* () {
    yield* createTask(sleep(0), { signal: controller.signal });
  }, ROUNDS / 4);
  expect(grown).toBeLessThan(MiB);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});
