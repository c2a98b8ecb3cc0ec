// concurrent.Future: states, errors, callbacks, and joining it to a loop. What is Python's is as in Python.
import { describe, expect, it, vi } from 'vitest';
import { asyncio, concurrent, jobs } from './built.ts';

const {
  CancelledError,
  InvalidStateError,
  RuntimeError,
  TimeoutError,
  logger,
  run,
  sleep,
  wrapFuture,
} = asyncio;
const { Future, asCompleted, wait } = concurrent;

function finished<T>(value: T): InstanceType<typeof Future<T>> {
  const future = new Future<T>();
  future.setResult(value);
  return future;
}

function failed(error: unknown): InstanceType<typeof Future<never>> {
  const future = new Future<never>();
  future.setException(error);
  return future;
}

describe('a concurrent future', () => {
  it('goes from pending by running to finished', () => {
    const future = new Future<number>();
    expect([future.done(), future.running(), future.cancelled()]).toEqual([false, false, false]);
    expect(future.setRunningOrNotifyCancel()).toBe(true);
    expect([future.done(), future.running()]).toEqual([false, true]);
    expect(future.cancel()).toBe(false);
    future.setResult(42);
    expect([future.done(), future.running(), future.result(), future.exception()]).toEqual([
      true,
      false,
      42,
      null,
    ]);
    expect(future.cancel()).toBe(false);
    expect(future.toString()).toBe('<ConcurrentFuture state=finished returned the number 42>');
  });

  it('throws its exception from result(), and gives it from exception()', () => {
    const error = new RangeError('no');
    const future = failed(error);
    expect(() => future.result()).toThrow(error);
    expect(future.exception()).toBe(error);
    expect(future.toString()).toBe('<ConcurrentFuture state=finished raised RangeError: no>');
  });

  it('is cancelled while it waits, and then must not run', () => {
    const future = new Future();
    expect(future.cancel()).toBe(true);
    expect([future.cancelled(), future.done(), future.cancel()]).toEqual([true, true, true]);
    expect(() => future.result()).toThrow(CancelledError);
    expect(() => future.exception()).toThrow(CancelledError);
    expect(future.setRunningOrNotifyCancel()).toBe(false);
    expect(future.toString()).toBe('<ConcurrentFuture state=cancelled and notified>');
    expect(() => future.setRunningOrNotifyCancel()).toThrow(RuntimeError);
    expect(() => future.setResult(1)).toThrow(InvalidStateError);
  });

  it('is ended once', () => {
    const future = finished(1);
    expect(() => future.setResult(2)).toThrow(InvalidStateError);
    expect(() => future.setException(new Error('x'))).toThrow(InvalidStateError);
    expect(() => future.setRunningOrNotifyCancel()).toThrow(RuntimeError);
    expect(future.result()).toBe(1);
  });

  it('calls back in the order given, at once when it is done, and logs what a callback throws', () => {
    const log = vi.spyOn(logger, 'error').mockImplementation(() => undefined);
    const future = new Future<string>();
    const seen: string[] = [];
    future.addDoneCallback((f) => seen.push(`one ${f.result()}`));
    future.addDoneCallback(() => {
      throw new Error('a bad callback');
    });
    future.addDoneCallback((f) => seen.push(`two ${f.result()}`));
    expect(seen).toEqual([]);
    future.setResult('x');
    future.addDoneCallback((f) => seen.push(`late ${f.result()}`));
    expect(seen).toEqual(['one x', 'two x', 'late x']);
    expect(log).toHaveBeenCalledOnce();
    expect(() => future.addDoneCallback(1 as never)).toThrow(/expects a function/);
  });

  it('blocks for the time given, then throws TimeoutError', () => {
    const future = new Future();
    expect(() => future.result(0)).toThrow(TimeoutError);
    expect(() => future.exception(-1)).toThrow(TimeoutError);
    const start = performance.now();
    expect(() => future.result(0.05)).toThrow(TimeoutError);
    expect(performance.now() - start).toBeGreaterThanOrEqual(45);
    expect(() => future.result('1' as never)).toThrow(TypeError);
  });

  it('refuses to block for ever for something that only this thread can bring', () => {
    expect(() => new Future().result()).toThrow(/would block forever.*await it instead/);
  });

  it('is awaited in both kinds of coroutine', async () => {
    const later = new Future<number>();
    setTimeout(() => later.setResult(5), 5);
    expect(await run(async () => (await later) + (await finished(1)))).toBe(6);
    expect(
      await run(function* () {
        return (yield* finished(2)) + (yield* finished(3));
      }),
    ).toBe(5);
    await expect(run(async () => await failed(new RangeError('no')))).rejects.toThrow(RangeError);
  });
});

describe('wrapFuture', () => {
  it('gives a future of a loop back, and refuses anything else', async () => {
    await run(async () => {
      const future = asyncio.getRunningLoop().createFuture();
      expect(wrapFuture(future)).toBe(future);
      expect(() => wrapFuture(Promise.resolve() as never)).toThrow(/expects a concurrent future/);
    });
  });

  it('cancels the concurrent future when the one of the loop is cancelled', async () => {
    const future = new Future();
    await run(async () => {
      const wrapped = wrapFuture(future);
      wrapped.cancel();
      await sleep(0);
      await sleep(0);
    });
    expect(future.cancelled()).toBe(true);
  });

  it('cancels the future of the loop when the concurrent one is cancelled', async () => {
    await run(async () => {
      const future = new Future();
      const wrapped = wrapFuture(future);
      future.cancel();
      expect(wrapped.done()).toBe(false);
      await expect(wrapped).rejects.toThrow(CancelledError);
    });
  });

  it('brings a CancelledError that was set as an exception as that exception', async () => {
    await run(async () => {
      const wrapped = wrapFuture(failed(new CancelledError('why')));
      await expect(wrapped).rejects.toThrow('why');
      expect(wrapped.cancelled()).toBe(false);
    });
  });

  it('lets a cancelled task cancel what it waits for', async () => {
    const future = new Future();
    await run(async () => {
      const task = asyncio.createTask(async () => await future);
      await sleep(0);
      task.cancel();
      await expect(task).rejects.toThrow(CancelledError);
      await sleep(0);
    });
    expect(future.cancelled()).toBe(true);
  });
});

describe('runCoroutineThreadsafe', () => {
  it('gives a concurrent future of the task', async () => {
    await run(async () => {
      const loop = asyncio.getRunningLoop();
      const body = asyncio.coroutine(async (x: number) => {
        await sleep(0);
        return x + 1;
      });
      expect(await asyncio.runCoroutineThreadsafe(body(1), loop)).toBe(2);
      const bad = asyncio.runCoroutineThreadsafe(async () => {
        throw new RangeError('no');
      }, loop);
      await expect(wrapFuture(bad)).rejects.toThrow(RangeError);
    });
  });

  it('cancels the task with the future', async () => {
    await run(async () => {
      let ended = '';
      const future = asyncio.runCoroutineThreadsafe(async () => {
        try {
          await sleep(10);
        } catch (error) {
          ended = (error as Error).name;
          throw error;
        }
      }, asyncio.getRunningLoop());
      await sleep(0.005);
      expect(future.cancel()).toBe(true);
      await sleep(0.005);
      expect(ended).toBe('CancelledError');
    });
  });

  it('says that blocking on its own loop would be for ever', async () => {
    await run(async () => {
      const future = asyncio.runCoroutineThreadsafe(async () => 1, asyncio.getRunningLoop());
      expect(() => future.result()).toThrow(/would block forever/);
      expect(await future).toBe(1);
    });
  });

  it('refuses what is no coroutine and no loop', () => {
    expect(() => asyncio.runCoroutineThreadsafe(1 as never, {} as never)).toThrow(TypeError);
    expect(() => asyncio.runCoroutineThreadsafe(async () => 1, {} as never)).toThrow(/event loop/);
  });
});

describe('wait and asCompleted of concurrent futures', () => {
  it('return at once what is done', () => {
    const futures = [finished(1), failed(new Error('x'))];
    const [done, notDone] = wait(futures);
    expect([done.size, notDone.size]).toEqual([2, 0]);
    expect([wait(futures).done, wait(futures).notDone]).toEqual([done, notDone]);
    expect([...asCompleted(futures)]).toEqual(futures);
    expect(wait([])).toEqual([new Set(), new Set()]);
    expect([...asCompleted([])]).toEqual([]);
  });

  it('stop at the first one, at the first error, or at the time', () => {
    const pending = new Future<number>();
    const one = finished(1);
    expect(wait([pending, one], { returnWhen: asyncio.FIRST_COMPLETED })).toEqual([
      new Set([one]),
      new Set([pending]),
    ]);
    const bad = failed(new Error('x'));
    expect(wait([pending, bad], { returnWhen: asyncio.FIRST_EXCEPTION })[0]).toEqual(
      new Set([bad]),
    );
    expect(wait([pending, one], { timeout: 0.01 })[1]).toEqual(new Set([pending]));
    const completed = asCompleted([pending, one, one], { timeout: 0.01 })[Symbol.iterator]();
    expect(completed.next().value).toBe(one);
    expect(() => completed.next()).toThrow(/1 of 2 futures are not done/);
  });

  it('refuse what is no collection of concurrent futures', async () => {
    expect(() => wait(new Future() as never)).toThrow(/in a collection/);
    expect(() => wait([1] as never)).toThrow(/expects concurrent futures/);
    expect(() => wait([finished(1)], { returnWhen: 'SOON' as never })).toThrow(RangeError);
  });

  it('wait for jobs by blocking, and without', async () => {
    const pool = new concurrent.ThreadPoolExecutor(2);
    const long = pool.submit(jobs.nap, 0.8);
    const short = pool.submit(jobs.nap, 0.01);
    expect([...asCompleted([long, short])]).toEqual([short, long]);
    const again = [pool.submit(jobs.nap, 0.8), pool.submit(jobs.nap, 0.01)];
    const order: number[] = [];
    await run(async () => {
      for await (const job of asCompleted(again)) order.push(job.result());
    });
    expect(order).toEqual([0.01, 0.8]);
    const [done] = wait([pool.submit(jobs.nap, 0.01), pool.submit(jobs.nap, 0.01)]);
    expect(done.size).toBe(2);
    await pool.shutdown();
  });
});

describe('setException', () => {
  it('refuses what is no Error: null would read as a good end', () => {
    const future = new Future();
    for (const wrong of [null, undefined, 'text', 5]) {
      expect(() => future.setException(wrong)).toThrow(/expects an Error, not/);
    }
    expect(future.done()).toBe(false);
  });
});

it('can be waited for like any other, and is no body of a task: it is under way already', () =>
  run(async () => {
    const future = finished(1);
    const { ensureFuture, gather, shield, waitFor } = asyncio;
    expect(await waitFor(future, 5)).toBe(1);
    expect(await gather(future, shield(future))).toEqual([1, 1]);
    expect(await ensureFuture(future)).toBe(1);
    expect(() => asyncio.createTask(future as never)).toThrow(/under way already; await it/);
    expect(() => asyncio.runCoroutineThreadsafe(future as never, asyncio.getRunningLoop())).toThrow(
      TypeError,
    );
  }));
