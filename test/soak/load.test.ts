// Random load: tasks made, cancelled, failing, waiting on everything, for SOAK_SECONDS (default 20; the long form is
// 600). After the warm-up the heap does not grow, no task is left, and nothing unexpected is reported.
import { expect, test } from 'vitest';
import {
  allTasks,
  asyncWith,
  CancelledError,
  coroutine,
  createTask,
  Event,
  ExceptionGroup,
  FIRST_COMPLETED,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
  wait,
  waitFor,
} from '../../src/index.ts';
import { heapInUse, MiB } from './heap.ts';

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 20);
const LIVE_TASKS = 300;

class Expected extends Error {}

/** A small seeded generator (mulberry32): the same load for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the random tasks share, and do. */
class Load {
  readonly pick: () => number;
  readonly lock = new Lock();
  readonly slots = new Semaphore(5);
  readonly queue = new Queue<number>(10);
  readonly event = new Event();
  ended = 0;

  constructor(seed: number) {
    this.pick = random(seed);
  }

  pause(): number {
    return this.pick() < 0.5 ? 0 : this.pick() * 0.004;
  }

  /** One random thing to do, in a random kind of coroutine; may nest. */
  act(depth = 0): ReturnType<typeof sleep> {
    const choice = Math.floor(this.pick() * (depth > 2 ? 6 : 14));
    return this.pick() < 0.5 ? this.generator(choice, depth) : this.asynchronous(choice, depth);
  }

  readonly generator = coroutine(function* (this: Load, choice: number, depth: number) {
    yield* this.#doing(choice, depth);
  });

  readonly asynchronous = coroutine(async function (this: Load, choice: number, depth: number) {
    if (this.pick() < 0.05) await new Promise((resolve) => setImmediate(resolve));
    await coroutine(() => this.#doing(choice, depth))();
  });

  *#doing(choice: number, depth: number) {
    switch (choice) {
      case 0:
        return yield* sleep(this.pause());
      case 1:
        return yield* asyncWith(this.lock, () => sleep(this.pause()));
      case 2:
        return yield* asyncWith(this.slots, async () => await sleep(this.pause()));
      case 3:
        return yield* timeout(0.01, () => this.queue.put(1));
      case 4:
        return void (yield* timeout(0.01, () => this.queue.get()));
      case 5:
        if (this.pick() < 0.3) throw new Expected('random');
        return this.pick() < 0.5 ? this.event.clear() : this.event.set();
      case 6:
        return void (yield* waitFor(this.event.wait(), 0.002));
      case 7:
        return void (yield* gather(this.act(depth + 1), this.act(depth + 1), {
          returnExceptions: true,
        }));
      case 8:
        return void (yield* gather(this.act(depth + 1), this.act(depth + 1)));
      case 9:
        return yield* taskGroup((group) => {
          group.createTask(this.act(depth + 1));
          group.createTask(this.act(depth + 1));
        });
      case 10:
        return void (yield* timeout(this.pause(), () => this.act(depth + 1)));
      case 11:
        return void (yield* shield(this.act(depth + 1)));
      case 12: {
        const tasks = [createTask(this.act(depth + 1)), createTask(this.act(depth + 1))];
        const [, pending] = yield* wait(tasks, { returnWhen: FIRST_COMPLETED });
        for (const task of pending) task.cancel();
        return void (yield* gather(...tasks, { returnExceptions: true }));
      }
      default:
        return yield* this.act(depth + 1);
    }
  }

  /** Whether an error is one that the load is meant to make. */
  static expects(error: unknown): boolean {
    if (error instanceof ExceptionGroup) return error.errors.every((one) => Load.expects(one));
    return [Expected, TimeoutError, CancelledError].some((type) => error instanceof type);
  }
}

test(`random load for ${SECONDS} s`, { timeout: (SECONDS + 60) * 1000 }, async () => {
  const seed = Date.now() % 1e9;
  console.log(`seed ${seed}`);
  const unexpected: unknown[] = [];
  await run(async () => {
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => {
      if (!Load.expects(context.exception)) unexpected.push(context);
    });
    const load = new Load(seed);
    const live: Task[] = [];
    const end = loop.time() + SECONDS;
    const warm = loop.time() + SECONDS / 4;
    let before = 0;
    while (loop.time() < end) {
      while (live.length < LIVE_TASKS) {
        const task = createTask(load.act());
        task.addDoneCallback(() => {
          load.ended++;
          if (!task.cancelled() && !Load.expects(task.exception() ?? new Expected()))
            unexpected.push(task);
          live.splice(live.indexOf(task), 1);
        });
        live.push(task);
      }
      for (let i = 0; i < 5; i++) live[Math.floor(load.pick() * live.length)]?.cancel('random');
      await sleep(load.pause());
      if (before === 0 && loop.time() > warm) before = await settledHeap(live);
    }
    const after = await settledHeap(live);
    console.log(
      `${load.ended} tasks, heap ${(before / MiB).toFixed(1)} MiB, at the end ${(after / MiB).toFixed(1)} MiB`,
    );
    expect(load.ended).toBeGreaterThan(SECONDS * 100);
    expect(after - before).toBeLessThan(2 * MiB);
  });
  expect(unexpected).toEqual([]);
});

/** Cancels what lives, waits for its end, and reads the heap. */
async function settledHeap(live: Task[]): Promise<number> {
  while (allTasks().size > 1) {
    for (const task of [...allTasks()].slice(1)) task.cancel();
    await sleep(0.01);
  }
  // Their callbacks run one turn after their end.
  await sleep(0);
  expect(live).toHaveLength(0);
  return heapInUse();
}
