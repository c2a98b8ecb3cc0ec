// One measurement in a process of its own: measure.ts PEER WHAT WORKERS. Prints a number, or two.
import { fileURLToPath } from 'node:url';
import { getRunningLoop, run, sleep } from 'asyncio-ts';
import { ProcessPoolExecutor, ThreadPoolExecutor } from 'asyncio-ts/concurrent';
import { computeJob, emptyJob } from './jobs.ts';

/** How a peer is driven: one job and its result; and the end. */
interface Driver {
  empty(x: number): PromiseLike<number>;
  compute(rounds: number): PromiseLike<number>;
  end(): PromiseLike<unknown>;
}

const [peer = '', what = '', count = '1'] = process.argv.slice(2);
const workers = Number(count);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function ours(pool: ThreadPoolExecutor | ProcessPoolExecutor): Driver {
  const loop = getRunningLoop();
  return {
    empty: (x) => loop.runInExecutor(pool, emptyJob, x),
    compute: (rounds) => loop.runInExecutor(pool, computeJob, rounds),
    end: () => pool.shutdown(),
  };
}

async function makeDriver(): Promise<Driver> {
  switch (peer) {
    case 'threads':
      return ours(new ThreadPoolExecutor(workers));
    case 'processes':
      return ours(new ProcessPoolExecutor(workers));
    case 'piscina': {
      const { Piscina } = await import('piscina');
      const pool = new Piscina({
        filename: here('work.js'),
        minThreads: workers,
        maxThreads: workers,
      });
      return {
        empty: (x) => pool.run(x, { name: 'empty' }),
        compute: (rounds) => pool.run(rounds, { name: 'compute' }),
        end: () => pool.destroy(),
      };
    }
    default: {
      const { default: workerpool } = await import('workerpool');
      const pool = workerpool.pool(here('workerpool_worker.js'), {
        minWorkers: workers,
        maxWorkers: workers,
        workerType: peer === 'workerpool' ? 'thread' : 'process',
      });
      return {
        empty: (x) => pool.exec('empty', [x]),
        compute: (rounds) => pool.exec('compute', [rounds]),
        end: () => pool.terminate() as unknown as Promise<void>,
      };
    }
  }
}

async function all(driver: Driver, n: number): Promise<void> {
  const jobs: PromiseLike<number>[] = [];
  for (let i = 0; i < n; i++) jobs.push(driver.empty(i));
  await Promise.all(jobs);
}

/** Median of several samples of `sample()`. */
async function median(samples: number, sample: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < samples; i++) values.push(await sample());
  return values.toSorted((a, b) => a - b)[samples >> 1] as number;
}

async function measure(driver: Driver): Promise<number[]> {
  const process = peer.includes('process');
  switch (what) {
    case 'round-trip': {
      const n = process ? 500 : 3000;
      const sample = async (): Promise<number> => {
        const start = performance.now();
        for (let i = 0; i < n; i++) await driver.empty(i);
        return ((performance.now() - start) * 1000) / n;
      };
      await sample();
      return [await median(5, sample)];
    }
    case 'throughput': {
      const n = process ? 2000 : 10_000;
      await all(driver, n);
      return [
        await median(5, async () => {
          const start = performance.now();
          await all(driver, n);
          return ((performance.now() - start) * 1000) / n;
        }),
      ];
    }
    default: {
      // Jobs that compute, for two seconds: how many a second; and how late a ticker of 1 ms is meanwhile.
      const rounds = 8_000_000;
      await Promise.all(Array.from({ length: workers }, () => driver.compute(rounds)));
      let ends = 0;
      const until = performance.now() + 2000;
      const late: number[] = [];
      const start = performance.now();
      const feed = async (): Promise<void> => {
        while (performance.now() < until) {
          await driver.compute(rounds);
          ends++;
        }
      };
      const feeders = Array.from({ length: workers }, feed);
      while (performance.now() < until) {
        const before = performance.now();
        await sleep(0.001);
        late.push(performance.now() - before - 1);
      }
      const rate = (ends * 1000) / (performance.now() - start);
      await Promise.all(feeders);
      late.sort((a, b) => a - b);
      return [rate, late[Math.floor(late.length * 0.99)] as number];
    }
  }
}

await run(async () => {
  const driver = await makeDriver();
  // Every worker is up.
  await Promise.all(Array.from({ length: workers * 4 }, (_, i) => driver.empty(i)));
  console.log(JSON.stringify(await measure(driver)));
  await driver.end();
});
