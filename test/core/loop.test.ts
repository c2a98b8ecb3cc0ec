import { describe, expect, test, vi } from 'vitest';
import {
  AbstractEventLoop,
  ContextVar,
  copyContext,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  EventLoop,
  fromCallback,
  type Future,
  getEventLoop,
  getRunningLoop,
  Handle,
  iscoroutinefunction,
  Lock,
  logger,
  newEventLoop,
  NotImplementedError,
  once,
  partial,
  Queue,
  run,
  RuntimeError,
  setEventLoop,
  sleep,
  Task,
  TimerHandle,
  wait,
} from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';

const kinds = [
  ['EventLoop', () => new EventLoop()],
  ['VirtualTimeEventLoop', () => new VirtualTimeEventLoop()],
] as const;

// One suite for every kind of loop.
describe.each(kinds)('%s', (_name, make) => {
  test('runForever runs until stop(): the current batch, then out', async () => {
    const loop = make();
    const log: string[] = [];
    loop.callSoon(() => {
      log.push('first');
      loop.stop();
      loop.callSoon(() => log.push('next turn'));
    });
    loop.callSoon(() => log.push('same batch'));
    expect(loop.isRunning()).toBe(false);
    const running = loop.runForever();
    expect(loop.isRunning()).toBe(true);
    await running;
    expect(log).toEqual(['first', 'same batch']);
    expect(loop.isRunning()).toBe(false);
    loop.stop();
    await loop.runForever();
    expect(log).toEqual(['first', 'same batch', 'next turn']);
    loop.close();
  });

  test('stop() before runForever: what is scheduled runs once, then out', async () => {
    const loop = make();
    const log: string[] = [];
    loop.callSoon(() => {
      log.push('scheduled');
      loop.callSoon(() => log.push('too late'));
    });
    loop.stop();
    await loop.runForever();
    expect(log).toEqual(['scheduled']);
    loop.close();
  });

  test('runUntilComplete gives results and exceptions, of coroutines, functions and futures', async () => {
    const loop = make();
    expect(await loop.runUntilComplete(sleep(0.001, 'slept'))).toBe('slept');
    expect(await loop.runUntilComplete(async () => 'function')).toBe('function');
    const future = loop.createFuture<number>();
    loop.callLater(0.001, () => future.setResult(3));
    expect(await loop.runUntilComplete(future)).toBe(3);
    const failing = coroutine(async () => {
      throw new RangeError('main');
    });
    await expect(loop.runUntilComplete(failing())).rejects.toThrow('main');
    loop.callSoon(() => loop.stop());
    await expect(loop.runUntilComplete(loop.createFuture())).rejects.toThrow(
      /stopped before the future completed/,
    );
    loop.close();
  });

  test('refuses what a running or closed loop cannot do', async () => {
    const loop = make();
    loop.callSoon(() => {
      expect(() => loop.runForever()).toThrow(/already running/);
      expect(() => loop.close()).toThrow(/Cannot close a running event loop/);
      const other = make();
      expect(() => other.runForever()).toThrow(/while another loop is running/);
      expect(() => run(async () => {})).toThrow(/cannot be called from a running event loop/);
      other.close();
      loop.stop();
    });
    await loop.runForever();
    expect(() => loop.runUntilComplete(3 as never)).toThrow(
      /^runUntilComplete\(\) expects .*not the number 3$/,
    );
    expect(loop.isClosed()).toBe(false);
    loop.close();
    loop.close();
    expect(loop.isClosed()).toBe(true);
    const unused = sleep(0);
    for (const call of [
      () => loop.runForever(),
      () => loop.runUntilComplete(unused),
      () => loop.callSoon(() => {}),
      () => loop.callSoonThreadsafe(() => {}),
      () => loop.callLater(1, () => {}),
      () => loop.callAt(1, () => {}),
      () => loop.createTask(unused),
    ]) {
      expect(call).toThrow(/Event loop is closed/);
    }
    unused.close();
  });

  test('calls soon in order, with arguments, and not what was cancelled', async () => {
    const loop = make();
    const log: unknown[] = [];
    const handle = loop.callSoon((...args: unknown[]) => log.push(args), 1, 'two', null);
    const cancelled = loop.callSoon(() => log.push('cancelled'));
    loop.callSoonThreadsafe((n: number) => log.push(n), 4);
    cancelled.cancel();
    cancelled.cancel();
    expect([handle instanceof Handle, handle.cancelled(), cancelled.cancelled()]).toEqual([
      true,
      false,
      true,
    ]);
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(log).toEqual([[1, 'two', null], 4]);
    loop.close();
  });

  test('timers fire by deadline, equal ones in the order they were made', async () => {
    const loop = make();
    const log: string[] = [];
    const now = loop.time();
    const timer = loop.callAt(now + 0.02, () => log.push('b'));
    loop.callAt(now + 0.02, () => log.push('c'));
    loop.callAt(now + 0.01, () => log.push('a'));
    const gone = loop.callLater(0.015, () => log.push('gone'));
    loop.callLater(-1, () => log.push('past'));
    loop.callSoon(() => log.push('soon'));
    loop.callAt(now + 0.03, () => loop.stop());
    gone.cancel();
    expect([timer instanceof TimerHandle, timer.when()]).toEqual([true, now + 0.02]);
    await loop.runForever();
    expect(log).toEqual(['soon', 'past', 'a', 'b', 'c']);
    loop.close();
  });

  test('timers whose deadlines differ by rounding only fire in one turn', async () => {
    const loop = new VirtualTimeEventLoop();
    const log: string[] = [];
    loop.callAt(0.3, () => {
      log.push('0.3');
      loop.callSoon(() => log.push('next turn'));
    });
    loop.callAt(0.1 + 0.2, () => log.push('0.1 + 0.2'));
    loop.callAt(1, () => loop.stop());
    await loop.runForever();
    expect(log).toEqual(['0.3', '0.1 + 0.2', 'next turn']);
    loop.close();
  });

  test('refuses wrong callbacks, delays and names at the call', () => {
    const loop = make();
    for (const wrong of [null, undefined, 5, 'f', {}, Promise.resolve()]) {
      expect(() => loop.callSoon(wrong as never)).toThrow(
        /callSoon\(\) expects a function as callback/,
      );
      expect(() => loop.callLater(1, wrong as never)).toThrow(TypeError);
    }
    for (const wrong of [async () => {}, function* () {}, coroutine(async () => {})]) {
      expect(() => loop.callSoon(wrong)).toThrow(/would never be awaited/);
      expect(() => loop.callAt(1, wrong)).toThrow(TypeError);
    }
    expect(() => loop.callLater('1' as never, () => {})).toThrow(
      /seconds \(a number\), not the string '1'/,
    );
    expect(() => loop.callLater(NaN, () => {})).toThrow(RangeError);
    expect(() => loop.callAt(NaN, () => {})).toThrow(RangeError);
    expect(() => loop.setTaskFactory(1 as never)).toThrow(TypeError);
    expect(() => loop.setExceptionHandler(1 as never)).toThrow(TypeError);
    loop.close();
  });

  test('closed, it is told by whoever ends what tasks or callbacks wait for there', async () => {
    const loop = make();
    loop.setExceptionHandler(() => {});
    const called = vi.fn();
    const ends: [Future<number>, () => unknown][] = [];
    for (const end of ['setResult', 'setException', 'cancel', 'wait', 'waitInAsync']) {
      const future = loop.createFuture<number>();
      if (end === 'setResult') ends.push([future, () => future.setResult(1)]);
      else if (end === 'setException') ends.push([future, () => future.setException(RangeError)]);
      else if (end === 'cancel') ends.push([future, () => future.cancel()]);
      else {
        const body = end === 'wait' ? () => future : async (): Promise<number> => await future;
        const task = loop.createTask(body);
        ends.push([future, () => task.cancel()]);
      }
      future.addDoneCallback(called);
    }
    const awaited = loop.createFuture<string>();
    await loop.runUntilComplete(sleep(0));
    await loop.runUntilComplete(sleep(0));
    loop.close();
    for (const [future, end] of ends) {
      expect(end).toThrow('Event loop is closed');
      expect(future.done()).toBe(true);
      expect(() => future.addDoneCallback(called)).toThrow('Event loop is closed');
    }
    expect(ends[1]?.[0].exception()).toBeInstanceOf(RangeError);
    const begun = vi.fn();
    expect(() => new Task(begun, { loop })).toThrow('Event loop is closed');
    expect(() => new Task(begun, { loop, eagerStart: true })).toThrow('Event loop is closed');
    // Plain code that awaits needs no loop.
    setTimeout(() => awaited.setResult('to plain code'), 1);
    expect(await awaited).toBe('to plain code');
    expect([called, begun].flatMap((fn) => fn.mock.calls)).toEqual([]);
  });

  test('closed, it is no error for the host, which ends something late', async () => {
    const loop = make();
    const told = vi.fn();
    loop.setExceptionHandler(told);
    const controller = new AbortController();
    const target = new EventTarget();
    let callBack: (error: null, value: number) => void = () => {};
    let settle: (value: number) => void = () => {};
    loop.createTask(() => loop.createFuture(), { signal: controller.signal });
    loop.createTask(() => once(target, 'event'));
    loop.createTask(() => fromCallback<number>((callback) => (callBack = callback)));
    loop.createTask(() => ensureFuture(new Promise<number>((resolve) => (settle = resolve))));
    await loop.runUntilComplete(sleep(0));
    await loop.runUntilComplete(sleep(0));
    loop.close();
    expect(told).toHaveBeenCalledTimes(4);
    controller.abort();
    target.dispatchEvent(new Event('event'));
    callBack(null, 1);
    settle(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('closed, it tells of every task that has not ended', async () => {
    const loop = make();
    const told: unknown[] = [];
    loop.setExceptionHandler((_loop, { message, task }) => told.push([message, task]));
    const ended = loop.createTask(() => 1);
    const pending = [() => sleep(100), async () => await sleep(100)].map((f) => loop.createTask(f));
    await loop.runUntilComplete(ended);
    await loop.runUntilComplete(sleep(0));
    loop.close();
    const message = expect.stringMatching(/^Task was destroyed but it is pending/) as string;
    expect(told).toEqual(pending.map((task) => [message, task]));
    // Whoever runs a loop until something is done is told already that it was not.
    const stopped = make();
    stopped.setExceptionHandler((_loop, { task }) => told.push(task));
    const main = stopped.runUntilComplete(() => sleep(100));
    stopped.callSoon(() => stopped.stop());
    await expect(main).rejects.toThrow(RuntimeError);
    stopped.close();
    expect(told).toHaveLength(2);
  });

  test('tells the exception handler of callbacks that throw, and goes on', async () => {
    const loop = make();
    const contexts: Record<string, unknown>[] = [];
    loop.setExceptionHandler((_loop, context) => contexts.push(context));
    const handle = loop.callSoon(function broken() {
      throw new RangeError('in a callback');
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(contexts).toHaveLength(1);
    expect(contexts[0]).toMatchObject({ message: 'Exception in callback broken', handle });
    expect(String(contexts[0]?.['exception'])).toBe('RangeError: in a callback');
    loop.close();
  });

  test('survives an exception handler that throws', () => {
    const loop = make();
    const errors = vi.spyOn(logger, 'error').mockImplementation(() => {});
    loop.callExceptionHandler({ message: 'plain', exception: new Error('x') });
    expect(errors.mock.lastCall?.[0]).toBe('plain');
    loop.setExceptionHandler(() => {
      throw new RangeError('handler');
    });
    loop.callExceptionHandler({ message: 'again' });
    expect(errors.mock.lastCall?.[0]).toMatch(/Unhandled error in exception handler/);
    loop.close();
  });

  test('a callback runs in a copy of the context it was made in', async () => {
    const loop = make();
    const variable = new ContextVar<number>('n', { default: 0 });
    const seen: number[] = [];
    const token = variable.set(1);
    loop.callSoon(() => {
      variable.set(5);
      seen.push(variable.get());
    });
    loop.callLater(0, () => seen.push(variable.get()));
    variable.reset(token);
    loop.callSoon(() => seen.push(variable.get()));
    loop.callLater(0.001, () => loop.stop());
    await loop.runForever();
    expect(seen).toEqual([5, 0, 1]);
    loop.close();
  });
});

describe('EventLoop', () => {
  test('cooperates with the host: promises, immediates and timers go on beside it', async () => {
    await run(async () => {
      const seen: string[] = [];
      setTimeout(() => seen.push('timer'), 1);
      setImmediate(() => seen.push('immediate'));
      void Promise.resolve().then(() => seen.push('promise'));
      // Never asleep: turn after turn, and still the host gets its chances.
      while (seen.length < 3) await sleep(0);
      expect(seen.sort()).toEqual(['immediate', 'promise', 'timer']);
    });
  });

  test('time() is monotonic, in seconds, and close to the host clock', async () => {
    await run(async () => {
      const loop = getRunningLoop();
      const [before, real] = [loop.time(), performance.now()];
      await sleep(0.03);
      const [passed, really] = [loop.time() - before, (performance.now() - real) / 1000];
      expect(Math.abs(passed - really)).toBeLessThan(0.005);
      expect(passed).toBeGreaterThanOrEqual(0.03);
    });
  });

  test('timers beyond the host range of 2^31 milliseconds do not fire early', async () => {
    await run(async () => {
      const loop = getRunningLoop();
      const far = vi.fn();
      const timers = [loop.callLater(1e9, far), loop.callLater(Infinity, far)];
      await sleep(0.01);
      expect(far).not.toHaveBeenCalled();
      for (const timer of timers) timer.cancel();
    });
  });

  test('is what getEventLoop knows when it was set, and getRunningLoop where it runs', async () => {
    expect(() => getEventLoop()).toThrow(RuntimeError);
    expect(() => getRunningLoop()).toThrow(RuntimeError);
    const loop = newEventLoop() as EventLoop;
    expect(loop).toBeInstanceOf(EventLoop);
    setEventLoop(loop);
    expect(getEventLoop()).toBe(loop);
    await loop.runUntilComplete(async () => {
      expect(getRunningLoop()).toBe(loop);
      await sleep(0);
      expect([getRunningLoop(), getEventLoop()].every((l) => l === loop)).toBe(true);
    });
    setEventLoop(null);
    expect(() => getEventLoop()).toThrow(RuntimeError);
    expect(() => setEventLoop({} as never)).toThrow(TypeError);
    loop.close();
  });
});

test('AbstractEventLoop throws NotImplementedError for what a subclass leaves out', () => {
  class Nothing extends AbstractEventLoop {}
  const loop = new Nothing();
  expect(() => loop.callSoon(() => {})).toThrow(NotImplementedError);
  expect(() => loop.time()).toThrow('Nothing does not implement time()');
});

test('partial keeps the name and the arguments', () => {
  const add = (a: number, b: number, c: number): number => a + b + c;
  const bound = partial(add, 1, 2);
  expect([bound(3), bound.name]).toEqual([6, 'add']);
  expect(() => partial(3 as never)).toThrow(TypeError);
});

test('a coroutine function inside partial() or bind() is one, and is refused as a callback', () => {
  const loop = new EventLoop();
  const context = copyContext();
  const log = async (_n: number): Promise<void> => {};
  const marked = coroutine(log);
  const generator = function* (_n: number): Generator<undefined, void> {};
  for (const fn of [log, marked, generator]) {
    const wrapped = [
      partial(fn as (n: number) => void, 2),
      context.bind(fn as (n: number) => void),
      partial(context.bind(partial(fn as (n: number) => void)), 2),
    ];
    for (const one of wrapped as (() => void)[]) {
      expect(iscoroutinefunction(one)).toBe(fn !== log);
      expect(() => loop.callSoon(one)).toThrow(/ function .*, which would never be awaited/);
      expect(() => loop.callLater(1, one)).toThrow(TypeError);
      expect(() => loop.createFuture().addDoneCallback(one)).toThrow(TypeError);
    }
  }
  const plain = context.bind(partial((n: number) => n, 2));
  expect([iscoroutinefunction(plain), plain()]).toEqual([false, 2]);
  expect(loop.callSoon(plain).cancelled()).toBe(false);
  loop.close();
});

test('timers that are cancelled before the next turn do not pile up', () => {
  const loop = new EventLoop();
  const keep = loop.callLater(5, () => {});
  for (let i = 0; i < 10_000; i++) loop.callLater(10, () => {}).cancel();
  expect(loop._timers.size).toBe(1);
  const many = Array.from({ length: 10_000 }, (_, i) => loop.callLater(i % 100, () => {}));
  for (const timer of many) timer.cancel();
  expect(loop._timers.size).toBeLessThan(250);
  expect(keep.cancelled()).toBe(false);
  loop.close();
});

describe('debug mode', () => {
  test.each(kinds)('is that of every loop where ASYNCIO_DEBUG says so: %s', (_name, make) => {
    const debugWith = (value: string): boolean => {
      vi.stubEnv('ASYNCIO_DEBUG', value);
      const loop = make();
      const debug = loop.getDebug();
      loop.close();
      return debug;
    };
    try {
      expect(['1', '0', '', 'yes'].map(debugWith)).toEqual([true, false, false, true]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('tells slow callbacks with their place', async () => {
    const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    await run(
      async () => {
        getRunningLoop().callSoon(function slow() {
          const end = performance.now() + 120;
          while (performance.now() < end);
        });
        await sleep(0);
      },
      { debug: true },
    );
    expect(warnings.mock.calls.map(([text]) => text)).toContainEqual(
      expect.stringMatching(
        /Executing <Handle slow\(\) created at .*loop\.test\.ts:\d+:\d+> took \d+\.\d{3} seconds/,
      ),
    );
  });

  test('tells a slow step of an async function with its task and place', async () => {
    const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    const spin = (): void => {
      const end = performance.now() + 120;
      while (performance.now() < end);
    };
    const pass = coroutine(function* () {
      yield* sleep(0);
      spin();
    });
    await run(
      async function main() {
        await sleep(0.001);
        spin();
        await pass();
      },
      { debug: true },
    );
    const told = warnings.mock.calls.map(([text]) => text);
    expect(told).toHaveLength(2);
    for (const text of told) {
      expect(text).toMatch(
        /^Executing <Task .*coro=main\(\).*> resumed at .*loop\.test\.ts:\d+:\d+ took 0\.\d+ seconds$/,
      );
    }
  });

  test('knows where a waiting async function stands, and who called it', async () => {
    const lock = new Lock();
    const queue = new Queue<number>();
    const calls: [string, () => Coroutine<unknown>][] = [
      ['sleep', () => sleep(0.05)],
      ['turn', () => sleep(0)],
      ['lock', () => lock.acquire()],
      ['queue', () => queue.get()],
    ];
    const leaf = coroutine(function* atLeaf(call: () => Coroutine<unknown>) {
      yield* call();
    });
    await run(
      async () => {
        await lock.acquire();
        for (const [name, call] of calls) {
          const inner = coroutine(async function innermost(deep: boolean) {
            if (deep) await leaf(call);
            else await call();
          });
          for (const deep of [false, true]) {
            const task = createTask(
              async function worker() {
                await inner(deep);
              },
              { name },
            );
            await sleep(name === 'turn' ? 0 : 0.001);
            const frames = task.getStack();
            task.cancel();
            await wait([task]);
            // How the arrow functions in `calls` are named is the engine's affair.
            const ours = ['worker', 'innermost', 'atLeaf'];
            const names = frames.map((frame) => frame.name).filter((one) => ours.includes(one));
            expect([name, ...names]).toEqual(
              deep ? [name, 'worker', 'innermost', 'atLeaf'] : [name, 'worker', 'innermost'],
            );
            for (const frame of frames) expect(frame.file).toMatch(/loop\.test\.ts/);
          }
        }
      },
      { debug: true },
    );
  });

  test("shows no callback of run()'s own", async () => {
    await run(async () => expect(String(currentTask())).toMatch(/^<Task pending name=/));
  });

  test('shows where futures and tasks were made', async () => {
    await run(
      async () => {
        expect(String(getRunningLoop().createFuture())).toMatch(/created at .*loop\.test\.ts/);
        expect(getRunningLoop().getDebug()).toBe(true);
      },
      { debug: true },
    );
  });

  test('refuses calls into a running loop from a coroutine of another one', async () => {
    const other = new EventLoop();
    other.setDebug(true);
    const running = other.runForever();
    const check = (): void => {
      expect(() => other.callSoon(() => {})).toThrow(/use callSoonThreadsafe/);
      expect(() => other.callLater(1, () => {})).toThrow(/use callSoonThreadsafe/);
    };
    await run(function* () {
      yield* sleep(0);
      check();
    });
    await run(async () => {
      await sleep(0);
      check();
      await Promise.resolve();
      check();
    });
    other.callSoonThreadsafe(() => other.stop());
    await running;
    other.close();
  });

  test('refuses calls into a running loop from a callback of another one', async () => {
    const [one, two] = [new EventLoop(), new EventLoop()];
    one.setDebug(true);
    const running = one.runForever();
    two.callSoon(() => {
      expect(() => one.callSoon(() => {})).toThrow(/use callSoonThreadsafe/);
      one.callSoonThreadsafe(() => one.stop());
      two.stop();
    });
    await two.runForever();
    await running;
    one.close();
    two.close();
  });
});
