// What can be sent, and what is refused, and how it says so.
import { describe, expect, it } from 'vitest';
import type { Future, JobResult, SendableArgs } from '../../src/concurrent/index.ts';
import type * as Testing from '../../src/testing/index.ts';
import { asyncio, built, concurrent, jobs } from './built.ts';

const testing = (await import(built('src/testing/index.js'))) as typeof Testing;

const { offload } = concurrent;

/** What `submit` says of a function; it must refuse it. */
function refusal(fn: unknown): string {
  const pool = new concurrent.ThreadPoolExecutor(1);
  try {
    pool.submit(fn as () => void);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error('It was not refused');
}

describe('a function by its source', () => {
  it('may use its parameters, its own variables and the globals', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const fn = function area({ w, h = 2 }: { w: number; h?: number }, ...rest: number[]): number {
      const extra = rest.map((x) => Math.abs(x));
      class Sum {
        #total = 0;
        add(x: number): this {
          this.#total += x;
          return this;
        }
        get total(): number {
          return this.#total;
        }
      }
      const all = new Sum();
      outer: for (const x of extra) {
        if (x > 100) break outer;
        all.add(x);
      }
      try {
        throw new Error('inner');
      } catch (error) {
        all.add((error as Error).message.length);
      }
      return w * h + all.total + area.length + globalThis.parseInt('1');
    };
    expect(await pool.submit(fn, { w: 3 }, -1, 2, 1000)).toBe(fn({ w: 3 }, -1, 2, 1000));
    const object = {
      async method(x: number): Promise<number> {
        const { sqrt } = Math;
        return sqrt(x);
      },
    };
    expect(await pool.submit(object.method, 16)).toBe(4);
    // Written as text: the test runner would put an import of its own into it.
    // oxlint-disable-next-line no-eval -- see above
    const importer = (0, eval)(
      `async () => (await import('node:path')).basename('/a/b')`,
    ) as () => string;
    expect(await pool.submit(importer)).toBe('b');
    await pool.shutdown();
  });

  it('is refused when it uses outer variables, by their names', () => {
    const width = 3;
    const helper = (): number => width;
    expect(refusal(() => width * 2)).toMatch(
      /submit\(\) cannot send .*: it uses 'width' of the code around it.*Pass it as an argument, or .*offload/,
    );
    expect(refusal(() => [width, helper()])).toMatch(
      /it uses 'width', 'helper'.*Pass them as arguments/,
    );
    expect(refusal((x: number, y = width) => x + y)).toMatch(/'width'/);
    expect(refusal(() => ({ width }))).toMatch(/'width'/);
    expect(refusal(() => () => `${width}`)).toMatch(/'width'/);
  });

  it('is refused when it uses the `this` around it, and what is not a plain function', () => {
    function maker(this: unknown): unknown {
      return () => this;
    }
    expect(refusal(maker.call({}))).toMatch(/'this'/);
    expect(refusal(Math.max)).toMatch(
      /no source text.*: \(\.\.\.args\) => Math\.max\(\.\.\.args\)$/,
    );
    expect(refusal(structuredClone)).toMatch(/: \(\.\.\.args\) => structuredClone\(\.\.\.args\)$/);
    expect(refusal(refusal.bind(null))).toMatch(
      /no source text.*: \(\.\.\.args\) => refusal\(\.\.\.args\)$/,
    );
    expect(refusal(class A {})).toMatch(/not the class A/);
    expect(refusal(function* gen() {})).toMatch(/generator function gen.*run\(/);
    expect(refusal(5)).toMatch(/expects a function, not the number 5/);
    // As an ES module has it; `eval` alone cannot read that.
    const reader = Object.assign(() => 1, { toString: () => '() => import.meta.url' });
    expect(refusal(reader)).toMatch(/its text cannot be read on its own/);
  });
});

describe('offload', () => {
  it('gives the function back', () => {
    const fn = (x: number): number => x;
    expect(offload({ url: 'file:///a.js' }, fn)).toBe(fn);
    expect(jobs.double(4)).toBe(8);
  });

  it('refuses what is no function and a name that stands for two', () => {
    expect(() => offload(import.meta, 5 as never)).toThrow(TypeError);
    expect(() => offload({} as never, () => 1)).toThrow(/import\.meta/);
    offload({ url: 'file:///b.js' }, () => 1, 'same');
    expect(() => offload({ url: 'file:///b.js' }, () => 2, 'same')).toThrow(
      /two different functions 'same'/,
    );
    offload({ url: 'file:///b.js' }, () => 1, 'same');
  });

  it('says when the function is not where it should be', async () => {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const lost = offload({ url: 'file:///nowhere/at/all.js' }, function lost() {});
    await expect(pool.submit(lost).then((x) => x)).rejects.toThrow(/Cannot find module|all\.js/);
    const missing = offload({ url: 'node:path' }, function notThere() {});
    await expect(pool.submit(missing).then((x) => x)).rejects.toThrow(
      /The function 'notThere' is not in node:path/,
    );
    await pool.shutdown();
  });
});

describe('toThread', () => {
  it('refuses at the call what cannot be sent', () =>
    asyncio.run(async () => {
      const { toThread } = asyncio;
      expect(() =>
        toThread(
          (x: unknown) => x,
          () => 1,
        ),
      ).toThrow(/cannot be sent/);
      expect(() => toThread(function* () {})).toThrow(/^toThread\(\) expects a plain/);
      expect(() => toThread(Math.max, 1)).toThrow(/^toThread\(\) cannot send/);
    }));

  it('takes its arguments as they are at the call', () =>
    asyncio.run(async () => {
      const list = [1];
      const bytes = new Uint8Array([7]);
      const job = asyncio.toThread(
        (x: number[], y: Uint8Array) => [...x, ...y],
        list,
        concurrent.transfer(bytes),
      );
      list.push(2);
      expect(bytes.length).toBe(0);
      expect(await job).toEqual([1, 7]);
    }));

  it('is run by the executor that is set when it is awaited, through its own submit()', () =>
    asyncio.run(async () => {
      const loop = asyncio.getRunningLoop();
      class Counting extends concurrent.ThreadPoolExecutor {
        count = 0;
        override submit<A extends unknown[], R>(
          fn: (...args: A) => R,
          ...args: SendableArgs<A>
        ): Future<JobResult<R>> {
          this.count++;
          return super.submit(fn, ...args);
        }
      }
      const job = asyncio.toThread((x: number) => x + 1, 1);
      const own = new Counting(1);
      loop.setDefaultExecutor(own);
      expect([await job, own.count]).toEqual([2, 1]);
      expect([await asyncio.toThread((x: number) => x + 1, 2), own.count]).toEqual([3, 2]);
    }));

  it('shows where in the function it failed', () =>
    asyncio.run(async () => {
      let error = new Error('nothing');
      try {
        await asyncio.toThread(function boom() {
          throw new Error('there');
        });
      } catch (thrown) {
        error = thrown as Error;
      }
      expect(error.stack).toMatch(/^Error: there\n.* at boom \(/);
    }));

  it('under a virtual clock neither gives its executor up nor hangs', () =>
    asyncio.run(
      async () => {
        const warnings: unknown[] = [];
        const { warning } = asyncio.logger;
        asyncio.logger.warning = (...words: unknown[]) => void warnings.push(words);
        try {
          await asyncio.toThread((x: number) => x + 1, 1);
          await asyncio.getRunningLoop().shutdownDefaultExecutor(300);
        } finally {
          asyncio.logger.warning = warning;
        }
        expect(warnings).toEqual([]);
      },
      { loopFactory: () => new testing.VirtualTimeEventLoop() },
    ));
});

describe('options of pools', () => {
  const { ThreadPoolExecutor, ProcessPoolExecutor } = concurrent;
  it.each([
    [{ env: 5 }, /\{env\} as an object of strings, not the number 5/],
    [{ env: new Map([['A', '1']]) }, /\{env\} as an object of strings/],
    [{ env: { A: 1 } }, /\{env\.A\} as a string, not the number 1/],
    [{ terminate: 'yes' }, /\{terminate\} as true or false/],
    [{ execArgv: 'x' }, /\{execArgv\} as an array/],
  ])('of the wrong kind are refused: %o', (options, message) => {
    expect(() => new ThreadPoolExecutor(1, options as never)).toThrow(message);
    expect(() => new ProcessPoolExecutor(1, options as never)).toThrow(message);
  });

  it('of threads alone, of shutdown and of cancel, too', async () => {
    expect(() => new ThreadPoolExecutor(1, { threadNamePrefix: 5 } as never)).toThrow(/a string/);
    expect(() => new ThreadPoolExecutor(1, { resourceLimits: 5 } as never)).toThrow(/an object/);
    const pool = new ThreadPoolExecutor(1);
    expect(() => pool.shutdown(true, { cancelFutures: 5 } as never)).toThrow(/true or false/);
    const job = pool.submit(() => 1);
    expect(() => job.cancel({ terminate: 'yes' } as never)).toThrow(/true or false/);
    await pool.shutdown();
  });
});
