// Thread and process pools at their edges: jobs, errors and moments that are rare.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoopRemote, PoolExecutor as Pool } from '../../src/concurrent/index.ts';
import { asyncio, built, concurrent } from './built.ts';
import type * as Edges from './jobs/edges.ts';

const edges = (await import(built('test/concurrent/jobs/edges.js'))) as typeof Edges;

const { ExceptionGroup, RuntimeError, TimeoutError, getRunningLoop, run, sleep, waitFor } = asyncio;
const { asCompleted, Future, ProcessPoolExecutor, ThreadPoolExecutor, transfer } = concurrent;

function busy(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

const kinds = [
  { kind: 'ThreadPoolExecutor', make: (n: number, o = {}): Pool => new ThreadPoolExecutor(n, o) },
  { kind: 'ProcessPoolExecutor', make: (n: number, o = {}): Pool => new ProcessPoolExecutor(n, o) },
];

describe.each(kinds)('$kind', ({ make }) => {
  let pool: Pool;
  beforeAll(() => {
    pool = make(1);
  });
  afterAll(async () => {
    await pool.shutdown();
  });

  it('is shut down for the others, too, when one of those who wait for it gives up', async () => {
    const own = make(1);
    const job = own.submit(async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return 1;
    });
    await expect(waitFor(own.shutdown(), 0.05)).rejects.toBeInstanceOf(TimeoutError);
    expect(own.shutdown().cancel()).toBe(false);
    await own.shutdown();
    expect(job.result(0)).toBe(1);
  });

  it('ends a job that throws whatever it likes, and not its worker', async () => {
    const pid = await pool.submit(() => ((globalThis as { mark?: number }).mark ??= Math.random()));
    const thrown = async (fn: () => unknown): Promise<unknown> => {
      try {
        await pool.submit(fn as () => number);
      } catch (error) {
        return error;
      }
      throw new Error('nothing was thrown');
    };
    const withGetter = await thrown(() => {
      throw Object.defineProperty(new RangeError('getter'), 'bad', {
        enumerable: true,
        get: () => {
          throw new Error('not to be read');
        },
      });
    });
    expect(withGetter).toBeInstanceOf(RangeError);
    expect(withGetter).toMatchObject({ message: 'getter' });
    const symbol = await thrown(() => {
      throw Object.assign(new Error('x'), { message: Symbol('why'), stack: () => 1, name: 5 });
    });
    expect(symbol).toMatchObject({ message: 'Symbol(why)', name: '5' });
    const proxy = await thrown(() => {
      throw new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      );
    });
    expect(typeof proxy).toBe('string');
    const accessor = await thrown(() => {
      throw Object.defineProperty(new DOMException('text', 'AbortError'), 'code', {
        value: 'own',
        enumerable: true,
      });
    });
    expect(accessor).toBeInstanceOf(DOMException);
    expect(accessor).toMatchObject({ name: 'AbortError', code: 'own' });
    const then = await thrown(() => ({
      get then(): never {
        throw new RangeError('then');
      },
    }));
    expect(then).toBeInstanceOf(RangeError);
    expect(await pool.submit(() => (globalThis as { mark?: number }).mark)).toBe(pid);
  });

  it('takes a thenable for what await takes it', async () => {
    expect(
      await pool.submit(() => ({
        then(resolve: (value: unknown) => void): void {
          resolve({ then: (inner: (value: number) => void): void => inner(7) });
          resolve(8);
        },
      })),
    ).toBe(7);
  });

  it('brings groups of errors that can be split', async () => {
    const job = pool.submit(edges.failTwice);
    const error = (await job.then(null, (thrown: unknown) => thrown)) as InstanceType<
      typeof ExceptionGroup
    >;
    expect(error).toBeInstanceOf(ExceptionGroup);
    const [hit, rest] = error.split(TypeError);
    expect([hit?.errors.map(String), rest?.errors.map(String)]).toEqual([
      ['TypeError: a'],
      ['RangeError: b'],
    ]);
  });

  it('gives typed arrays buffers of their own, here and there', async () => {
    const result = await pool.submit(() => new Float64Array([1, 2]));
    expect([result.buffer.byteLength, result.byteOffset]).toEqual([16, 0]);
    const there = await pool.submit(
      (x: Float64Array) => [x.buffer.byteLength, x.byteOffset],
      result,
    );
    expect(there).toEqual([16, 0]);
    const view = await pool.submit(() => new DataView(new ArrayBuffer(8), 4, 3));
    expect([view.byteLength, view.constructor.name]).toEqual([3, 'DataView']);
  });

  it('takes a buffer that two arguments hand over', async () => {
    const bytes = transfer(new Uint8Array(4));
    expect(
      await pool.submit((a: Uint8Array, b: Uint8Array) => a.length + b.length, bytes, bytes),
    ).toBe(8);
  });

  it('refuses to hand over what is no list', () => {
    const bytes = new Uint8Array(4);
    expect(() => transfer(bytes, bytes.buffer as never)).toThrow(
      /expects an array of what to hand/,
    );
  });

  it('ends every job when it breaks, those too that have begun unnoticed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-breaks-'));
    const own = make(2, {
      initializer: edges.firstOnly,
      initargs: [join(folder, 'mark')],
    });
    const all = Array.from({ length: 200 }, () =>
      own.submit(() => {
        const end = Date.now() + 5;
        while (Date.now() < end);
      }),
    );
    await expect
      .poll(() => all.filter((job) => job.done()).length, { timeout: 20_000 })
      .toBeGreaterThan(5);
    // The first goes on with what it was sent ahead, unheard, until the pool breaks.
    busy(500);
    await own.shutdown();
    expect(all.filter((job) => !job.done())).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('refuses arguments of the initializer that cannot be sent, and copies the others', async () => {
    expect(() => make(1, { initializer: (f: unknown) => f, initargs: [() => 1] })).toThrow(
      /^The arguments of initializer cannot be sent/,
    );
    const initargs = [{ n: 1 }];
    const own = make(1, {
      initializer: (given: { n: number }) => {
        (globalThis as { given?: { n: number } }).given = given;
      },
      initargs,
    });
    initargs[0]!.n = 2;
    expect(await own.submit(() => (globalThis as { given?: { n: number } }).given?.n)).toBe(1);
    await own.shutdown();
  });

  it('refuses options that it does not have', async () => {
    expect(() => make(1, { initialiser: () => 1 })).toThrow(/no option 'initialiser'/);
    expect(() => pool.map((x: number) => x, [1], { chunkSize: 2 } as never)).toThrow(/'chunkSize'/);
    expect(() => pool.shutdown(true, { cancel: true } as never)).toThrow(/no option 'cancel'/);
    expect(() => pool.shutdown({ cancelFutures: true } as never)).toThrow(
      /expects wait as true or/,
    );
    expect(() => new Future().cancel({ force: true } as never)).toThrow(/no option 'force'/);
    expect(() => asCompleted([], { timeOut: 1 } as never)).toThrow(/no option 'timeOut'/);
    expect(() => concurrent.wait([], { when: 1 } as never)).toThrow(/no option 'when'/);
    expect(await pool.submit(() => 'still open')).toBe('still open');
  });

  it('ends a map whose input fails, awaited as by blocking', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-input-'));
    function* input(): Generator<string, void, undefined> {
      for (const name of ['a', 'b', 'c', 'd']) yield join(folder, name);
      throw new RangeError('no more input');
    }
    const results = pool.map(edges.leaveMark, input(), { buffersize: 3 });
    await expect(
      (async (): Promise<void> => {
        for await (const _ of results);
      })(),
    ).rejects.toThrow('no more input');
    await pool.submit(() => 'after what has begun');
    expect(existsSync(join(folder, 'd'))).toBe(false);
    rmSync(folder, { recursive: true });
  });
});

describe('what a job costs does not grow with the number of those that wait', () => {
  const MANY = 150_000;

  // Milliseconds of CPU time; what was quadratic took some seconds.
  function cost(work: () => void): number {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }

  it('in a pool', async () => {
    const own = new ThreadPoolExecutor(1);
    const jobs = Array.from({ length: MANY }, () => own.submit(() => 1));
    expect(cost(() => void own.shutdown(true, { cancelFutures: true }))).toBeLessThan(1000);
    expect(jobs.filter((job) => job.cancelled()).length).toBeGreaterThan(MANY - 100);
    await own.shutdown();
  });

  it('in map() and asCompleted()', () => {
    class Inline extends concurrent.Executor {
      override submit(fn: (...args: never[]) => unknown, ...args: unknown[]): never {
        const future = new Future<unknown>();
        future.setResult(fn(...(args as never[])));
        return future as never;
      }
    }
    const input = Array.from({ length: MANY }, (_, i) => i);
    let sum = 0;
    const mapped = cost(() => {
      for (const x of new Inline().map((n: number) => n, input)) sum += x;
    });
    expect(sum).toBe((MANY * (MANY - 1)) / 2);
    expect(mapped).toBeLessThan(2000);
    const futures = input.map((i) => new Inline().submit(() => i) as InstanceType<typeof Future>);
    let seen = 0;
    expect(
      cost(() => {
        for (const _ of asCompleted(futures)) seen++;
      }),
    ).toBeLessThan(2000);
    expect(seen).toBe(MANY);
  });
});

describe('ThreadPoolExecutor', () => {
  it('ends its threads when it is forgotten', async () => {
    const threads = (): number =>
      (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;
    const before = threads();
    await (async (): Promise<number> => new ThreadPoolExecutor(1).submit(() => 1))();
    expect(threads()).toBe(before + 1);
    await expect
      .poll(() => {
        globalThis.gc?.();
        return threads();
      })
      .toBe(before);
  });
});

describe('ProcessPoolExecutor', () => {
  it('takes fresh processes while it is being shut down, too', async () => {
    const own = new ProcessPoolExecutor(1, { maxTasksPerChild: 1 });
    const pids = [1, 2, 3].map(() => own.submit(() => process.pid));
    await own.shutdown();
    expect(new Set(pids.map((pid) => pid.result())).size).toBe(3);
  });
});

describe('ProcessPoolExecutor', () => {
  it('refuses shared memory, however deep', async () => {
    const own = new ProcessPoolExecutor(1);
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const loop = asyncio.newEventLoop();
    for (const value of [shared, { shared }, [[shared.buffer]], { loop: loop.remote() }]) {
      expect(() => own.submit((x: object) => x, value)).toThrow(/shared memory|SharedArrayBuffer/i);
    }
    loop.close();
    expect(await own.submit((x: { a: Uint8Array }) => x.a[1], { a: Uint8Array.of(1, 2) })).toBe(2);
    await own.shutdown();
  });

  it('does not hand the inspector on', () => {
    const program = `
      import { ProcessPoolExecutor } from ${JSON.stringify(built('src/concurrent/index.js'))};
      const pool = new ProcessPoolExecutor(1);
      console.log(await pool.submit(() => process.execArgv));
      await pool.shutdown();`;
    const options = ['--inspect=0', '--no-warnings', '--input-type=module', '-e', program];
    const { stdout } = spawnSync(process.execPath, options, { encoding: 'utf8' });
    expect(stdout).toBe("[ '--no-warnings' ]\n");
  });
});

describe('a handle of a loop', () => {
  it('serves a function that has nothing else of the package', async () => {
    const pool = new ThreadPoolExecutor(1);
    const answers = await run(async () =>
      pool.submit(async (loop: LoopRemote) => {
        const awaited = await loop.runCoroutineThreadsafe(async () => 'awaited');
        return [awaited, loop.runCoroutineThreadsafe(() => 'blocked').result(5)];
      }, getRunningLoop().remote()),
    );
    expect(answers).toEqual(['awaited', 'blocked']);
    await pool.shutdown();
  });

  it('fails a call that is under way when the loop is closed', async () => {
    const pool = new ThreadPoolExecutor(1);
    const loop = asyncio.newEventLoop();
    const sent = new Int32Array(new SharedArrayBuffer(4));
    const job = pool.submit(edges.callAndTell, loop.remote(), sent);
    // This thread reads nothing before it closes the loop.
    while (Atomics.load(sent, 0) === 0) busy(5);
    loop.close();
    expect(await job).toBe(String(new RuntimeError('Event loop is closed')));
    await pool.shutdown();
  });

  it('lets the pools of its thread go on while it loads the module of a call', async () => {
    const pool = new ThreadPoolExecutor(2);
    await run(async () => {
      const late = built('test/concurrent/jobs/late.js');
      const call = pool.submit(edges.callLate, getRunningLoop().remote(), late);
      while (!call.done()) {
        expect(await pool.submit(() => 1)).toBe(1);
        await sleep(0.02);
      }
      expect(await call).toBe('late');
    });
    await pool.shutdown();
  });
});

describe('asCompleted() of concurrent futures', () => {
  it('leaves nothing behind in those that are not done', async () => {
    const futures = Array.from({ length: 50 }, () => new Future<number>());
    let added = 0;
    for (const future of futures) {
      const add = future.addDoneCallback.bind(future);
      future.addDoneCallback = (fn): void => {
        added++;
        add(fn);
      };
    }
    let next = 0;
    const finish = (): void => futures[next]?.setResult(next++);
    setTimeout(finish, 1);
    for await (const _ of asCompleted(futures)) setTimeout(finish, 1);
    expect(added).toBe(50);
  });
});
