// Many jobs with faults: each future ends once, in the way it should, and nothing is left.
// CONCURRENT_JOBS=10000 runs the long campaign; the short one is for every day.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { PoolExecutor } from '../../src/concurrent/index.ts';
import { asyncio, built, concurrent, jobs } from './built.ts';

const THREAD_JOBS = Number(process.env['CONCURRENT_JOBS'] ?? 600);
const PROCESS_JOBS = Math.ceil(THREAD_JOBS / 10);

type Fault = 'none' | 'throw' | 'exit' | 'cancel' | 'terminate' | 'memory';

/** A small deterministic source of numbers from 0 up to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function pick(next: () => number, memory: boolean): Fault {
  const at = next();
  if (at < 0.6) return 'none';
  if (at < 0.75) return 'throw';
  if (at < 0.9) return 'cancel';
  if (at < 0.95) return 'terminate';
  return memory && at > 0.995 ? 'memory' : 'exit';
}

async function campaign(
  pool: PoolExecutor,
  count: number,
  seed: number,
): Promise<Record<string, number>> {
  const next = random(seed);
  const counts: Record<string, number> = {};
  let ends = 0;
  const all: Promise<void>[] = [];
  const Broken = concurrent.BrokenExecutor;
  for (let i = 0; i < count; i++) {
    const fault = pick(next, pool instanceof concurrent.ThreadPoolExecutor);
    counts[fault] = (counts[fault] ?? 0) + 1;
    const job =
      fault === 'none'
        ? pool.submit(jobs.double, i)
        : fault === 'throw'
          ? pool.submit(jobs.fail, 'range')
          : fault === 'exit'
            ? pool.submit(jobs.exit, 1)
            : fault === 'memory'
              ? pool.submit(jobs.eat)
              : fault === 'terminate'
                ? pool.submit(jobs.spinForEver)
                : pool.submit(jobs.spin);
    let told = 0;
    job.addDoneCallback(() => {
      ends++;
      told++;
    });
    all.push(
      (async () => {
        if (fault === 'cancel') {
          // A spinning job in a process hears of nothing; there it has to be ended by force.
          const terminate = pool instanceof concurrent.ProcessPoolExecutor;
          setTimeout(() => job.cancel({ terminate }), next() * 30);
        }
        if (fault === 'terminate') {
          setTimeout(() => job.cancel({ terminate: true }), next() * 30);
        }
        let error: unknown = null;
        let value: unknown;
        try {
          value = await job;
        } catch (caught) {
          error = caught;
        }
        expect(told).toBe(1);
        expect(job.done()).toBe(true);
        if (fault === 'none') expect([error, value]).toEqual([null, 2 * i]);
        else if (fault === 'throw') expect(error).toBeInstanceOf(RangeError);
        else if (fault === 'exit' || fault === 'memory') expect(error).toBeInstanceOf(Broken);
        else {
          expect(error).toBeInstanceOf(asyncio.CancelledError);
          expect(job.cancelled()).toBe(true);
        }
      })(),
    );
    // Jobs come in bursts.
    if (next() < 0.05) await new Promise((resolve) => setTimeout(resolve, next() * 20));
  }
  await Promise.all(all);
  expect(ends).toBe(count);
  await pool.shutdown();
  return counts;
}

const kindsOfHandles = ['MessagePort', 'Worker', 'ChildProcess', 'ProcessWrap', 'PipeWrap'];

function left(): string[] {
  return process.getActiveResourcesInfo().filter((name) => kindsOfHandles.includes(name));
}

describe('under faults', () => {
  it(
    'every job of threads ends in exactly one way, and nothing is left',
    async () => {
      const before = left();
      const pool = new concurrent.ThreadPoolExecutor(3, {
        resourceLimits: { maxOldGenerationSizeMb: 24 },
      });
      const counts = await campaign(pool, THREAD_JOBS, 7);
      expect(Object.keys(counts).length).toBeGreaterThan(4);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(left()).toEqual(before);
    },
    THREAD_JOBS * 60 + 30_000,
  );

  it(
    'every job of processes ends in exactly one way, and nothing is left',
    async () => {
      const before = left();
      await campaign(new concurrent.ProcessPoolExecutor(2), PROCESS_JOBS, 11);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(left()).toEqual(before);
    },
    THREAD_JOBS * 60 + 30_000,
  );

  it.each(['ThreadPoolExecutor', 'ProcessPoolExecutor'])(
    'a program ends by itself though it never closed its %s',
    (kind) => {
      const program = `
        import { ${kind} } from '${built('src/concurrent/index.js')}';
        import { double } from '${built('test/concurrent/jobs/jobs.js')}';
        const pool = new ${kind}(2);
        console.log(await pool.submit(double, 2));
        pool.submit(double, 3).addDoneCallback((job) => console.log(job.result()));
      `;
      const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        timeout: 9000,
      });
      expect([run.status, run.signal, run.stdout, run.stderr]).toEqual([0, null, '4\n6\n', '']);
    },
  );
});
