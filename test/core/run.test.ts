import { describe, expect, test } from 'vitest';
import {
  allTasks,
  Barrier,
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  EventLoop,
  Future,
  gather,
  getEventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  newEventLoop,
  Queue,
  run,
  Runner,
  RuntimeError,
  setEventLoop,
  shield,
  sleep,
  waitFor,
} from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import { virtual } from '../support/common.ts';

describe('run', () => {
  test('takes every kind of main and returns its result or throws its error', async () => {
    expect(await run(sleep(0, 'coroutine'))).toBe('coroutine');
    expect(await run(async () => 'async')).toBe('async');
    expect(
      await run(function* () {
        yield;
        return 'generator';
      }),
    ).toBe('generator');
    expect(await run(() => 'plain')).toBe('plain');
    await expect(
      run(async () => {
        await sleep(0);
        throw new RangeError('main');
      }),
    ).rejects.toThrow('main');
  });

  test('refuses what is no main, at the call', () => {
    expect(() => run(Promise.resolve() as never)).toThrow(/has started already/);
    for (const wrong of [1, null, undefined, 'main', {}])
      expect(() => run(wrong as never)).toThrow(TypeError);
    expect(() => run(async () => {}, 5 as never)).toThrow(TypeError);
    expect(() => run(async () => {}, { loopFactory: 5 as never })).toThrow(TypeError);
  });

  test('inside a running loop is an error', async () => {
    await run(async () => {
      const c = sleep(0);
      expect(() => run(c)).toThrow(RuntimeError);
      await c;
    });
  });

  test('cancels what is left, lets it clean up, and reports what goes wrong there', async () => {
    const log: string[] = [];
    await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, { message, exception }) => {
        log.push(`${message}: ${String(exception)}`);
      });
      createTask(async () => {
        try {
          await sleep(100);
        } finally {
          await sleep(1);
          log.push('cleaned');
        }
      });
      createTask(async () => {
        try {
          await sleep(100);
        } catch {
          throw new RangeError('in clean-up');
        }
      });
      await sleep(0);
    }, virtual);
    expect(log).toEqual([
      'cleaned',
      'Unhandled exception during the shutdown of run(): RangeError: in clean-up',
    ]);
  });

  test('makes its loop with loopFactory, sets debug, and closes the loop', async () => {
    const loop = new VirtualTimeEventLoop();
    await run(
      async () => {
        expect(getRunningLoop()).toBe(loop);
        expect(getRunningLoop().getDebug()).toBe(true);
        await sleep(3600);
      },
      { loopFactory: () => loop, debug: true },
    );
    expect([loop.isClosed(), loop.time()]).toEqual([true, 3600]);
    await run(async () => expect(getRunningLoop()).toBeInstanceOf(EventLoop));
  });

  test('takes a class of loops as loopFactory, and tells what is no loop', async () => {
    await run(async () => expect(getRunningLoop()).toBeInstanceOf(VirtualTimeEventLoop), {
      loopFactory: VirtualTimeEventLoop,
    });
    await run(async () => expect(getRunningLoop()).toBeInstanceOf(EventLoop), {
      loopFactory: EventLoop,
    });
    const wrong = [() => 5, async () => new EventLoop(), () => undefined];
    for (const loopFactory of wrong as never[]) {
      expect(() => run(async () => {}, { loopFactory })).toThrow(
        /must return an event loop, not (the number 5|a Promise|undefined)/,
      );
    }
  });

  test('leaves the loop that the program has set as it is', async () => {
    const mine = newEventLoop();
    setEventLoop(mine);
    try {
      for (const loopFactory of [() => new EventLoop(), null]) {
        await run(async () => expect(getEventLoop()).not.toBe(mine), { loopFactory });
        expect(getEventLoop()).toBe(mine);
      }
    } finally {
      setEventLoop(null);
      mine.close();
    }
  });

  test('plain code beside it goes on by the default loop', async () => {
    const main = run(() => sleep(0.005, 'main'));
    const fut = new Future<number>();
    setTimeout(() => fut.setResult(3), 1);
    expect(
      await gather(
        () => sleep(0.001, 1),
        () => fut,
      ),
    ).toEqual([1, 3]);
    expect(await main).toBe('main');
  });

  test('plain code beside an open Runner is served by the default loop, its futures too', async () => {
    const runner = new Runner();
    await runner.run(async () => {});
    const fut = new Future<number>();
    setTimeout(() => fut.setResult(3), 1);
    expect(await gather(fut, shield(fut))).toEqual([3, 3]);
    expect(await waitFor(fut, 5)).toBe(3);
    await runner.close();
  });

  test('an abort of its signal cancels main, which cleans up', async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const main = run(
      async () => {
        getRunningLoop().callLater(0.001, () => controller.abort());
        try {
          await sleep(3600);
        } finally {
          await sleep(0);
          log.push('cleaned');
        }
      },
      { signal: controller.signal },
    );
    await expect(main).rejects.toBeInstanceOf(CancelledError);
    expect(log).toEqual(['cleaned']);
    expect(() => run(async () => {}, { signal: 5 as never })).toThrow(/Expected an AbortSignal/);
  });

  test('several may run side by side from plain code', async () => {
    const one = async (n: number): Promise<number> => {
      await sleep(0.002);
      return allTasks().size * n;
    };
    expect(await Promise.all([1, 2, 3].map((n) => run(() => one(n))))).toEqual([1, 2, 3]);
  });
});

describe('Runner', () => {
  test('runs several mains on one loop with one context', async () => {
    const runner = new Runner(virtual);
    const v = new ContextVar<number>('v', { default: 0 });
    const main = coroutine(async () => {
      v.set(v.get() + 1);
      await sleep(1);
      return [v.get(), getRunningLoop()];
    });
    const loop = runner.getLoop();
    expect(await runner.run(main())).toEqual([1, loop]);
    expect(await runner.run(main())).toEqual([2, loop]);
    expect(loop.time()).toBe(2);
    await runner.close();
    await runner.close();
    expect(loop.isClosed()).toBe(true);
    expect(() => runner.getLoop()).toThrow(/closed/);
    expect(() => runner.run(async () => {})).toThrow(RuntimeError);
  });

  test('sets its loop while it is open, and unsets it when it is closed', async () => {
    const runner = new Runner();
    const loop = runner.getLoop();
    expect(getEventLoop()).toBe(loop);
    const fut = new Future<string>({ loop });
    loop.callLater(0.001, () => fut.setResult('made between the runs'));
    expect(await runner.run(async () => await fut)).toBe('made between the runs');
    expect(getEventLoop()).toBe(loop);
    const other = new Runner();
    await other.run(async () => {});
    expect(getEventLoop()).toBe(other.getLoop());
    await runner.close();
    expect(getEventLoop()).toBe(other.getLoop());
    await other.close();
    expect(() => getEventLoop()).toThrow(RuntimeError);
    await using made = new Runner({ loopFactory: newEventLoop });
    expect(made.getLoop().isClosed()).toBe(false);
    expect(() => getEventLoop()).toThrow(RuntimeError);
  });

  test('work that plain code awaits between two runs goes on by the default loop', async () => {
    await using runner = new Runner();
    await runner.run(async () => {});
    expect(await gather(() => sleep(0.001, 1))).toEqual([1]);
    await runner.run(async () => {});
  });

  test('a run that is refused does not begin its main', async () => {
    await using runner = new Runner();
    const log: string[] = [];
    const first = runner.run(() => sleep(0.002));
    const second = async (): Promise<void> => void log.push('begun');
    expect(() => runner.run(second)).toThrow(RuntimeError);
    await first;
    await runner.run(() => sleep(0.002));
    expect(log).toEqual([]);
  });

  test('closed before its first use it can still be used', async () => {
    const runner = new Runner();
    await runner.close();
    expect(await runner.run(() => 1)).toBe(1);
    await runner.close();
    expect(() => runner.getLoop()).toThrow(/closed/);
  });

  test('runs until a future of its loop is done, and tells one of another loop', async () => {
    await using runner = new Runner();
    const loop = runner.getLoop();
    const fut = loop.createFuture<number>();
    loop.callLater(0.001, () => fut.setResult(7));
    expect(await runner.run(fut)).toBe(7);
    expect(await runner.run(fut)).toBe(7);
    const failing = loop.createTask(async () => {
      throw new RangeError('failed');
    });
    await expect(runner.run(failing)).rejects.toThrow('failed');
    const other = new Future({ loop: newEventLoop() });
    await expect(run(other)).rejects.toThrow(RuntimeError);
    expect(() => runner.run(Promise.resolve(1) as never)).toThrow(/has started already/);
  });

  test('closes at the end of an await using block', async () => {
    let loop;
    {
      await using runner = new Runner();
      loop = runner.getLoop();
      await runner.run(async () => {});
    }
    expect(loop.isClosed()).toBe(true);
  });
});

describe('VirtualTimeEventLoop', () => {
  test('an hour passes in no time, and promises of the host still arrive', async () => {
    const start = performance.now();
    await run(async () => {
      const loop = getRunningLoop();
      await sleep(1800);
      const { promise, resolve } = withResolvers();
      setTimeout(resolve, 2);
      await promise;
      await sleep(1800);
      expect(loop.time()).toBe(3600);
    }, virtual);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('sleep(Infinity) never ends: alone it is a deadlock', async () => {
    const main = run(async () => {
      await sleep(1);
      await sleep(Infinity);
    }, virtual);
    await expect(main).rejects.toThrow(/Deadlock/);
  });

  test('a KeyboardInterrupt ends the run of the loop, in whichever kind of coroutine it is thrown', async () => {
    const bodies = [
      async () => {
        await sleep(1);
        throw new KeyboardInterrupt('enough');
      },
      function* () {
        yield* sleep(1);
        throw new KeyboardInterrupt('enough');
      },
    ];
    for (const body of bodies) {
      const loop = new VirtualTimeEventLoop();
      const task = loop.createTask(body);
      await expect(loop.runForever()).rejects.toThrow(KeyboardInterrupt);
      expect(task.exception()).toBeInstanceOf(KeyboardInterrupt);
      loop.close();
    }
  });

  test('a deadlock is an error that names every waiting task', async () => {
    const main = run(async () => {
      createTask(async () => void (await new Promise<never>(() => {})), { name: 'never' }).cancel();
      createTask(() => getRunningLoop().createFuture(), { name: 'stuck' });
      createTask(() => new Queue().get(), { name: 'hungry' });
      createTask(
        async () => {
          const queue = new Queue(1);
          await queue.put(1);
          await queue.join();
        },
        { name: 'patient' },
      );
      createTask(() => new Barrier(2).wait(), { name: 'early' });
      createTask(() => sleep(Infinity), { name: 'asleep' });
      await getRunningLoop().createFuture();
    }, virtual);
    await expect(main).rejects.toThrow(RuntimeError);
    await expect(main).rejects.toThrow(
      /Deadlock[^]*name='Task-\d+'[^]*name='stuck'[^]*waits for <Future>/,
    );
    const waits = [
      /name='hungry'.* waits in Queue\.get>/,
      /name='patient'.* waits in Queue\.join>/,
      /name='early'.* waits in Barrier\.wait>/,
      /name='asleep'.* waits in sleep>/,
    ];
    for (const wait of waits) await expect(main).rejects.toThrow(wait);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((r) => (resolve = r));
  return { promise, resolve };
}
