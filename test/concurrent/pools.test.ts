/* oxlint-disable unicorn/no-useless-spread -- map() gives no array: spreading it is what is tested */
// Thread and process pools: what both do, and where they differ.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PoolExecutor as Pool } from '../../src/concurrent/index.ts';
import { asyncio, built, concurrent, jobs } from './built.ts';

const { CancelledError, RuntimeError, TimeoutError, run, sleep } = asyncio;
const { BrokenExecutor, BrokenProcessPool, BrokenThreadPool } = concurrent;

const kinds = [
  {
    kind: 'ThreadPoolExecutor',
    make: (n: number, options: object = {}): Pool => new concurrent.ThreadPoolExecutor(n, options),
    Broken: BrokenThreadPool,
  },
  {
    kind: 'ProcessPoolExecutor',
    make: (n: number, options: object = {}): Pool => new concurrent.ProcessPoolExecutor(n, options),
    Broken: BrokenProcessPool,
  },
];

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.each(kinds)('$kind', ({ kind, make, Broken }) => {
  let pool: Pool;
  beforeAll(() => {
    pool = make(2);
  });
  afterAll(async () => {
    await pool.shutdown();
  });

  it('runs an exported function, one without a name, an async one and a self-contained one', async () => {
    expect(await pool.submit(jobs.double, 21)).toBe(42);
    expect(await pool.submit(jobs.triple, 2)).toBe(6);
    expect(await pool.submit(jobs.quadruple, 2)).toBe(8);
    expect(await pool.submit(jobs.doubleLater, 4)).toBe(8);
    expect(await pool.submit((a: number, b: string) => `${a}${b}`, 1, 'x')).toBe('1x');
    expect(await pool.submit(async (x: number) => x + 1, 1)).toBe(2);
  });

  it('runs it somewhere else', async () => {
    const [pid, thread] = await pool.submit(jobs.where);
    if (kind === 'ThreadPoolExecutor') {
      expect(pid).toBe(process.pid);
      expect(thread).not.toBe(0);
    } else expect(pid).not.toBe(process.pid);
  });

  it('gives the result to a program that blocks, from the first job on', async () => {
    const cold = make(1);
    expect(cold.submit(jobs.double, 1).result(10)).toBe(2);
    const queued = [1, 2, 3].map((x) => cold.submit(jobs.double, x));
    expect(queued.map((job) => job.result(10))).toEqual([2, 4, 6]);
    expect(() => cold.submit(jobs.nap, 0.3).result(0.02)).toThrow(TimeoutError);
    cold.shutdown().result(10);
  });

  it('brings errors with class, message, cause, fields and the stack of the worker', async () => {
    const error = (await pool.submit(jobs.fail, 'range').exception()) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe('out of range');
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toMatch(/at fail \(.*jobs/);
    const group = pool.submit(jobs.fail, 'group').exception() as AggregateError;
    expect(group).toBeInstanceOf(AggregateError);
    expect(group.errors[0]).toBeInstanceOf(SyntaxError);
    expect(group.errors[1]).toBe('two');
    const own = pool.submit(jobs.fail, 'own').exception() as Error;
    expect([own instanceof Error, own.name, own.message]).toEqual([true, 'OwnError', 'my own']);
    const fields = pool.submit(jobs.fail, 'fields').exception();
    expect(fields).toMatchObject({ code: 'E_CODE', port: 80 });
    expect(pool.submit(jobs.fail, 'a string').exception()).toBe('a string');
    expect(pool.submit(jobs.fail, 'cancelled').exception()).toBeInstanceOf(CancelledError);
  });

  it('brings errors of classes that both sides know as those, and others as the nearest', async () => {
    const thrown = (how: string): Error => pool.submit(jobs.failAs, how).exception() as Error;
    const known = thrown('known');
    expect(known).toBeInstanceOf(jobs.KnownError);
    expect((known as InstanceType<typeof jobs.KnownError>).describe()).toBe('limit 3');
    expect([known.name, known.message]).toEqual(['RangeError', 'more than 3']);
    expect(thrown('nearer')).toBeInstanceOf(jobs.KnownError);
    const http = thrown('http');
    expect(http).toBeInstanceOf(TypeError);
    expect([http.name, http.message]).toEqual(['HttpError', '404']);
    const dom = thrown('dom');
    expect(dom).toBeInstanceOf(DOMException);
    expect([dom.name, dom.message]).toEqual(['TimeoutError', 'too late']);
    const named = thrown('named');
    expect(named).not.toBeInstanceOf(TimeoutError);
    expect(named.name).toBe('TimeoutError');
    const group = thrown('group') as InstanceType<typeof asyncio.ExceptionGroup>;
    expect(group).toBeInstanceOf(asyncio.ExceptionGroup);
    expect(group.errors[0]).toBeInstanceOf(jobs.KnownError);
    expect(group.errors[1]).toBeInstanceOf(TimeoutError);
    expect(() => pool.submit(jobs.KnownError as never)).toThrow(/not the class KnownError/);
  });

  it('gives the result of a job whose worker ends right after it', async () => {
    const leaving = make(1);
    const job = leaving.submit(jobs.leaveAfter, 50_000);
    expect((await job).length).toBe(50_000);
    await leaving.shutdown();
  });

  it('refuses arguments that cannot be copied at the call, waiting or not', async () => {
    const busy = [pool.submit(jobs.nap, 0.05), pool.submit(jobs.nap, 0.05)];
    const bad = { inside: () => 1 };
    expect(() => pool.submit((x: object) => x, bad)).toThrow(
      /arguments of .* cannot be sent.*could not be cloned/,
    );
    await Promise.all(busy);
    expect(() => pool.submit((x: object) => x, bad)).toThrow(TypeError);
    expect(await pool.submit(jobs.double, 1)).toBe(2);
  });

  it('says that a result cannot be sent back', async () => {
    const error = pool.submit(jobs.giveFunction as () => number).exception() as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/result of the job cannot be sent back.*could not be cloned/);
  });

  it('takes what the arguments are at the call', async () => {
    const busy = [pool.submit(jobs.nap, 0.03), pool.submit(jobs.nap, 0.03)];
    const bytes = new Uint8Array([1, 2, 3]);
    const job = pool.submit(jobs.sum, bytes);
    bytes.fill(9);
    expect(await job).toBe(6);
    await Promise.all(busy);
  });

  it('never starts a job that was cancelled while it waited', async () => {
    const one = make(1);
    const first = one.submit(jobs.nap, 0.05);
    const second = one.submit(jobs.exit, 1);
    expect([first.running(), second.running()]).toEqual([true, false]);
    expect(second.cancel()).toBe(true);
    expect(await one.submit(jobs.double, 1)).toBe(2);
    expect(first.result()).toBe(0.05);
    await one.shutdown();
  });

  it('aborts the signal of a running job that is cancelled', async () => {
    const job = pool.submit(jobs.waitForAbort);
    await sleep(kind === 'ThreadPoolExecutor' ? 0.1 : 0.3);
    expect(job.cancel()).toBe(false);
    // It ended well after all.
    expect(await job).toBe('ended after CancelledError');
  });

  it('aborts a signal that the job takes after it was cancelled', async () => {
    await pool.submit(jobs.double, 1);
    const job = pool.submit(jobs.signalLate);
    await sleep(0.05);
    expect(job.cancel()).toBe(false);
    expect(await job).toBe(true);
  });

  it('ends the worker of a job that is cancelled by force, and goes on with another', async () => {
    const job = pool.submit(jobs.spinForEver);
    const other = pool.submit(jobs.doubleLater, 4);
    expect(job.cancel({ terminate: true })).toBe(true);
    expect(job.cancelled()).toBe(true);
    expect(() => job.result()).toThrow(CancelledError);
    expect(await other).toBe(8);
    expect(await Promise.all([1, 2, 3].map((x) => pool.submit(jobs.double, x)))).toEqual([2, 4, 6]);
  });

  it('fails the job of a worker that dies, and no other', async () => {
    const dying = pool.submit(jobs.exit, 3);
    const fine = pool.submit(jobs.doubleLater, 1);
    const queued = [1, 2, 3].map((x) => pool.submit(jobs.double, x));
    const error = (await dying.exception()) as Error;
    expect(error).toBeInstanceOf(Broken);
    expect(error).toBeInstanceOf(BrokenExecutor);
    expect(error.message).toMatch(/ran exit ended with exit code 3/);
    expect(await fine).toBe(2);
    expect(await Promise.all(queued)).toEqual([2, 4, 6]);
  });

  it('tells the error that ended a worker', async () => {
    let error: unknown;
    try {
      await pool.submit(jobs.stumble);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(Broken);
    expect((error as Error).cause).toMatchObject({
      name: 'RangeError',
      message: 'outside of the job',
    });
  });

  it('maps in order, in chunks, ahead by a few, by blocking and without', async () => {
    expect([...pool.map(jobs.double, [1, 2, 3])]).toEqual([2, 4, 6]);
    expect([...pool.map(jobs.add, [1, 2, 3], [10, 20])]).toEqual([11, 22]);
    expect([...pool.map(jobs.double, [1, 2, 3, 4, 5], { chunksize: 2 })]).toEqual([2, 4, 6, 8, 10]);
    expect([...pool.map(jobs.doubleLater, [1, 2, 3], { chunksize: 3 })]).toEqual([2, 4, 6]);
    const seen: number[] = [];
    for await (const x of pool.map(jobs.double, [1, 2, 3], { chunksize: 2 })) seen.push(x);
    expect(seen).toEqual([2, 4, 6]);
    let taken = 0;
    function* numbers(): Generator<number> {
      for (;;) yield taken++;
    }
    const results = pool.map(jobs.double, numbers(), { buffersize: 4 });
    expect(taken).toBe(4);
    for (const x of results) if (x === 6) break;
    expect(taken).toBeLessThanOrEqual(8);
  });

  it('ends a map at its first error and at its time', async () => {
    const results = pool.map(jobs.fail, ['range', 'x', 'y']);
    expect(() => [...results]).toThrow(RangeError);
    const slow = pool.map(jobs.nap, [0.01, 0.5], { timeout: 0.25 });
    const seen: number[] = [];
    await expect(
      run(async () => {
        for await (const x of slow) seen.push(x);
      }),
    ).rejects.toThrow(/results of map\(\) were not there within 0.25/);
    expect(() => [...pool.map(jobs.nap, [0.3], { timeout: 0.01 })]).toThrow(TimeoutError);
    expect(() => pool.map(jobs.double, 5 as never)).toThrow(TypeError);
    expect(() => pool.map(jobs.double, [1], { chunksize: 0 })).toThrow(RangeError);
  });

  it('runs its initializer in each worker, and is broken when that fails', async () => {
    const set = make(1, { initializer: jobs.initialize, initargs: ['ready'] });
    expect(await set.submit(jobs.initialized)).toBe('ready');
    await set.shutdown();
    const broken = make(1, { initializer: jobs.fail, initargs: ['range'] });
    const job = broken.submit(jobs.double, 1);
    const queued = broken.submit(jobs.double, 1);
    await until(() => job.done());
    expect(job.exception()).toBeInstanceOf(Broken);
    expect((job.exception() as Error).cause).toBeInstanceOf(RangeError);
    expect(queued.exception()).toBeInstanceOf(Broken);
    expect(() => broken.submit(jobs.double, 1)).toThrow(Broken);
    await broken.shutdown();
  });

  it('finishes what it has at shutdown, and takes no more', async () => {
    const closing = make(1);
    const work = [1, 2, 3].map((x) => closing.submit(jobs.doubleLater, x));
    const closed = closing.shutdown();
    expect(() => closing.submit(jobs.double, 1)).toThrow(RuntimeError);
    expect(closed.done()).toBe(false);
    await closed;
    expect(work.map((job) => job.result())).toEqual([2, 4, 6]);
    expect(closing.toString()).toMatch(/shut down workers=0\/1/);
    const unused = make(1);
    expect(unused.shutdown().done()).toBe(true);
    expect(unused.shutdown(false).done()).toBe(true);
  });

  it('cancels what waits at shutdown when asked to', async () => {
    const closing = make(1);
    const [running, waiting] = [closing.submit(jobs.nap, 0.02), closing.submit(jobs.nap, 0.02)];
    await closing.shutdown(true, { cancelFutures: true });
    expect(running.result()).toBe(0.02);
    expect(waiting.cancelled()).toBe(true);
  });

  it('leaves alone at shutdown what has begun, also of what was sent ahead', async () => {
    const closing = make(1);
    await Promise.all(Array.from({ length: 300 }, (_, i) => closing.submit(jobs.double, i)));
    const work = Array.from({ length: 100 }, () => closing.submit(jobs.signalLate));
    await work[0];
    const closed = closing.shutdown(true, { cancelFutures: true });
    const ended = await Promise.allSettled(work);
    await closed;
    expect(ended.at(-1)).toMatchObject({ status: 'rejected' });
    // Nobody was asked to end: false is what the signal says.
    for (const one of ended) {
      if (one.status === 'fulfilled') expect(one.value).toBe(false);
      else expect(one.reason).toBeInstanceOf(CancelledError);
    }
    expect(ended.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(5);
  });

  it('is a context manager', async () => {
    let job: InstanceType<typeof concurrent.Future<number>> | null = null;
    await run(() =>
      asyncio.asyncWith(make(1), async (pool) => {
        job = pool.submit(jobs.double, 2);
      }),
    );
    expect(job!.result()).toBe(4);
  });

  it('ends all workers at once', async () => {
    const ending = make(2);
    const work = [1, 2, 3].map(() => ending.submit(jobs.spinForEver));
    ending.terminateWorkers();
    expect(work.every((job) => job.cancelled())).toBe(true);
    await ending.shutdown();
    const killing = make(1);
    const job = killing.submit(jobs.spinForEver);
    killing.killWorkers();
    expect(job.cancelled()).toBe(true);
    expect(() => killing.submit(jobs.double, 1)).toThrow(RuntimeError);
    await killing.shutdown();
    expect(killing.toString()).toMatch(/shut down workers=0\/1/);
  });

  it('serves loops', async () => {
    await run(async () => {
      const loop = asyncio.getRunningLoop();
      expect(await loop.runInExecutor(pool, jobs.double, 4)).toBe(8);
      await expect(loop.runInExecutor(pool, jobs.fail, 'range')).rejects.toThrow(RangeError);
      const task = asyncio.createTask(async () => {
        await loop.runInExecutor(pool, jobs.waitForAbort);
      });
      await sleep(0.05);
      task.cancel();
      await expect(task).rejects.toThrow(CancelledError);
    });
  });

  it('checks its own arguments', () => {
    expect(() => make(0)).toThrow(RangeError);
    expect(() => make(1.5)).toThrow(TypeError);
    expect(() => make('2' as never)).toThrow(TypeError);
    expect(() => make(1, { initializer: 5 })).toThrow(/expects initializer as a function or null/);
    expect(() => make({ maxWorkers: 2 } as never)).toThrow(/expects maxWorkers first/);
    expect(() => pool.map(jobs.add, [1], 2 as never)).toThrow(/expects iterables after/);
  });
});

describe('a thread pool', () => {
  it('shares memory, and hands buffers over when asked to', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const counter = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all([1, 2, 3].map(() => pool.submit(jobs.count, counter)));
    expect(counter[0]).toBe(3);
    const bytes = new Uint8Array(1000).fill(1);
    const busy = pool.submit(jobs.nap, 0.02);
    const job = pool.submit(jobs.sum, concurrent.transfer(bytes));
    expect(bytes.byteLength).toBe(0);
    expect(await job).toBe(1000);
    await busy;
    expect((await pool.submit(jobs.giveBuffer, 10)).length).toBe(10);
    expect(() => concurrent.transfer(1 as never)).toThrow(TypeError);
    await pool.shutdown();
  });

  it('hands buffers over, and gives loops, in chunks of a map, too', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const both = [1, 2].map((n) => concurrent.transfer(new Uint8Array(n).fill(n)));
    expect([...pool.map(jobs.sum, both, { chunksize: 2 })]).toEqual([1, 4]);
    expect(both.map((bytes) => bytes.byteLength)).toEqual([0, 0]);
    await run(async () => {
      const handle = asyncio.getRunningLoop().remote();
      const seen: boolean[] = [];
      const results = pool.map(jobs.mapped, [handle, handle], { chunksize: 2 });
      for await (const one of results) seen.push(one);
      expect(seen).toEqual([true, true]);
    });
    await pool.shutdown();
  });

  it('tells a job that only computes that it is cancelled', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const job = pool.submit(jobs.spin);
    await sleep(0.1);
    expect(job.cancel()).toBe(false);
    expect(() => job.result(5)).toThrow(CancelledError);
    expect(job.cancelled()).toBe(true);
    await pool.shutdown();
  });

  it('ends a job by force where it was made so', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1, { terminate: true });
    const job = pool.submit(jobs.spinForEver);
    expect(job.cancel()).toBe(true);
    expect(await pool.submit(jobs.double, 1)).toBe(2);
    await pool.shutdown();
  });

  it('survives a thread that runs out of memory, waited for by blocking or not', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1, {
      resourceLimits: { maxOldGenerationSizeMb: 24 },
    });
    expect(() => pool.submit(jobs.eat).result(20)).toThrow(BrokenThreadPool);
    await expect(asyncio.wrapFuture(pool.submit(jobs.eat))).rejects.toThrow(/memory limit/);
    expect(await pool.submit(jobs.double, 1)).toBe(2);
    await pool.shutdown();
  }, 30_000);

  it('can hold a loop, and a pool, in a job', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    expect(await pool.submit(jobs.runLoop, 4)).toBe(40);
    expect(await pool.submit(jobs.nested, 4)).toBe(8);
    await pool.shutdown();
  });
});

describe.each(kinds)('jobs that a worker of a $kind is sent ahead', ({ make, Broken }) => {
  it('do not wait behind a long one', async () => {
    const pool = make(2);
    // Quick jobs, so that many are sent ahead.
    await Promise.all(Array.from({ length: 300 }, (_, i) => pool.submit(jobs.double, i)));
    const all: InstanceType<typeof concurrent.Future<number>>[] = [];
    for (let i = 0; i < 100; i++) all.push(pool.submit(jobs.double, i));
    const long = pool.submit(jobs.nap, 1);
    for (let i = 100; i < 200; i++) all.push(pool.submit(jobs.double, i));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 200 }, (_, i) => 2 * i));
    expect(long.done()).toBe(false);
    await pool.shutdown();
    expect(long.result()).toBe(1);
  });

  it('never start once they are cancelled, and the others run once', async () => {
    const pool = make(1);
    await Promise.all(Array.from({ length: 300 }, (_, i) => pool.submit(jobs.double, i)));
    const all = Array.from({ length: 200 }, (_, i) =>
      i === 20 ? pool.submit(jobs.nap, 0.05) : pool.submit(jobs.countRun),
    );
    await all[10];
    const cancelled = all.filter((job, i) => i > 100 && i % 2 === 0 && job.cancel());
    await Promise.all(
      all.map((job) =>
        job.then(
          () => undefined,
          () => undefined,
        ),
      ),
    );
    expect(cancelled.length).toBeGreaterThan(0);
    expect(all.filter((job) => job.cancelled())).toEqual(cancelled);
    expect(await pool.submit(jobs.countedRuns)).toBe(199 - cancelled.length);
    await pool.shutdown();
  });

  it('are not lost with a thread that dies or is ended', async () => {
    const pool = make(1);
    await Promise.all(Array.from({ length: 300 }, (_, i) => pool.submit(jobs.double, i)));
    const before = Array.from({ length: 50 }, (_, i) => pool.submit(jobs.double, i));
    const dying = pool.submit(jobs.exit, 1);
    const between = Array.from({ length: 50 }, (_, i) => pool.submit(jobs.doubleLater, i));
    const ended = pool.submit(jobs.spinForEver);
    const after = Array.from({ length: 50 }, (_, i) => pool.submit(jobs.double, i));
    await Promise.all(between);
    expect(ended.cancel({ terminate: true })).toBe(true);
    const doubled = Array.from({ length: 50 }, (_, i) => 2 * i);
    expect(await Promise.all(before)).toEqual(doubled);
    expect(await Promise.all(between)).toEqual(doubled);
    expect(await Promise.all(after)).toEqual(doubled);
    expect(dying.exception()).toBeInstanceOf(Broken);
    expect(ended.cancelled()).toBe(true);
    await pool.shutdown();
  });
});

describe('a process pool', () => {
  it('takes a fresh process after so many jobs', async () => {
    const pool = new concurrent.ProcessPoolExecutor(1, { maxTasksPerChild: 2 });
    const pids: number[] = [];
    for (let i = 0; i < 4; i++) pids.push((await pool.submit(jobs.where))[0]);
    expect([pids[0] === pids[1], pids[1] === pids[2], pids[2] === pids[3]]).toEqual([
      true,
      false,
      true,
    ]);
    await pool.shutdown();
    expect(() => new concurrent.ProcessPoolExecutor(1, { maxTasksPerChild: 0 })).toThrow(
      RangeError,
    );
  });

  it('kills processes that do not hear SIGTERM', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-'));
    const pool = new concurrent.ProcessPoolExecutor(1);
    const file = join(folder, 'pid');
    const job = pool.submit(jobs.persist, file);
    await until(() => existsSync(file));
    pool.terminateWorkers();
    expect(job.cancelled()).toBe(true);
    const gone = pool.shutdown();
    await sleep(0.2);
    expect(gone.done()).toBe(false);
    pool.killWorkers();
    await gone;
    expect(lives(Number(readFileSync(file, 'utf8')))).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

describe('the processes of a pool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  // A pool whose only process computes without end, and what its owner does then.
  it.each([
    ['exits', 'process.exit(0)'],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`],
    ['is interrupted', `process.kill(process.pid, 'SIGINT')`],
    ['was a thread that is ended', 'ended'],
  ])('end when their owner %s, busy or not', async (how, ending) => {
    const file = join(folder, how);
    const program = `
      import { existsSync } from 'node:fs';
      import { ProcessPoolExecutor } from '${built('src/concurrent/index.js')}';
      import { outlive } from '${built('test/concurrent/jobs/jobs.js')}';
      const pool = new ProcessPoolExecutor(1);
      pool.submit(outlive, '${file}');
      setInterval(() => { if (existsSync('${file}')) ${ending}; }, 5);`;
    if (ending === 'ended') {
      const owner = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
      owner.on('error', () => undefined);
      await until(() => existsSync(file));
      await owner.terminate();
    } else {
      spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });
    }
    const pid = Number(readFileSync(file, 'utf8'));
    await until(() => !lives(pid));
  });

  it('end with their owner in an initializer that computes, too', async () => {
    const file = join(folder, 'initializer');
    const program = `
      import { existsSync } from 'node:fs';
      import { ProcessPoolExecutor } from '${built('src/concurrent/index.js')}';
      import { outlive } from '${built('test/concurrent/jobs/jobs.js')}';
      new ProcessPoolExecutor(1, outlive, { initargs: ['${file}'] }).submit(() => 1);
      setInterval(() => { if (existsSync('${file}')) process.exit(0); }, 5);`;
    spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });
    const pid = Number(readFileSync(file, 'utf8'));
    await until(() => !lives(pid));
  });
});

/** Whether a process is there and works. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has ended and that nobody has asked after.
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

describe('the default executor', () => {
  it('runs functions in threads, and is closed with the loop', async () => {
    let loop: ReturnType<typeof asyncio.getRunningLoop> | null = null;
    await run(async () => {
      loop = asyncio.getRunningLoop();
      expect(await asyncio.toThread(jobs.double, 4)).toBe(8);
      expect(await loop.runInExecutor(null, jobs.double, 5)).toBe(10);
      expect(() => asyncio.toThread(5 as never)).toThrow(TypeError);
      expect(() => loop!.runInExecutor({} as never, jobs.double, 5)).toThrow(/expects an executor/);
    });
    expect(() => loop!.runInExecutor(null, jobs.double, 5)).toThrow(/closed/);
  });

  it('works in generator coroutines', async () => {
    expect(
      await run(function* () {
        return yield* asyncio.toThread(jobs.double, 4);
      }),
    ).toBe(8);
  });

  it('can be set, and is waited for at its shutdown, up to a time', async () => {
    await run(async () => {
      const loop = asyncio.getRunningLoop();
      const pool = new concurrent.ThreadPoolExecutor(1);
      loop.setDefaultExecutor(pool);
      expect(() => loop.setDefaultExecutor({} as never)).toThrow(TypeError);
      const job = asyncio.toThread(jobs.nap, 0.05);
      const task = asyncio.createTask(job);
      await sleep(0);
      await loop.shutdownDefaultExecutor();
      expect(await task).toBe(0.05);
      expect(() => loop.runInExecutor(null, jobs.double, 1)).toThrow(/was shut down/);
    });
  });

  it('does not take context variables along', async () => {
    await run(async () => {
      jobs.variable.set('set here');
      expect(await asyncio.toThread(jobs.readVariable)).toBe('the default');
    });
  });
});
