import { describe, expect, test, vi } from 'vitest';
import type { Coroutine } from '../../src/index.ts';
import {
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  iscoroutine,
  iscoroutinefunction,
  Lock,
  logger,
  run,
  RuntimeError,
  sleep,
  wait,
} from '../../src/index.ts';
import { inBothKinds, kinds } from '../support/kinds.ts';
import { collectGarbage, virtual } from '../support/common.ts';

const double = coroutine(function* twofold(n: number) {
  yield* sleep(0.5);
  return n * 2;
});
const doubleAsync = coroutine(async (n: number) => {
  await sleep(0.5);
  return n * 2;
});

describe('coroutine()', () => {
  test('a call does nothing until it is awaited', async () => {
    const ran = vi.fn();
    const f = coroutine(async () => ran());
    const c = f();
    await Promise.resolve();
    expect(ran).not.toHaveBeenCalled();
    await run(c);
    expect(ran).toHaveBeenCalledOnce();
  });

  test('keeps name, length, this and arguments', async () => {
    const object = {
      factor: 3,
      times: coroutine(function* times(this: { factor: number }, n: number) {
        yield* sleep(0);
        return this.factor * n;
      }),
    };
    expect(object.times.name).toBe('times');
    expect(object.times.length).toBe(1);
    expect(await run(object.times(5))).toBe(15);
  });

  inBothKinds('of a plain function: what that calls runs inside the task', function* (kind) {
    const helper = async (): Promise<string | undefined> => {
      await sleep(1);
      return currentTask()?.getName();
    };
    const plain = coroutine(() => helper());
    const task = kind.task(function* () {
      yield* kind.turns();
      return yield* kind.wait(plain());
    });
    task.setName('T');
    expect(yield* kind.wait(task)).toBe('T');
    expect(getRunningLoop().time()).toBe(1);
  });

  test('refuses what is no function, and async generator functions', () => {
    expect(() => coroutine(5 as never)).toThrow(
      /expects an async function or a generator function, not the number 5/,
    );
    expect(() => coroutine(async function* () {} as never)).toThrow(TypeError);
  });

  test('tells functions from objects', () => {
    const c = double(1);
    const s = sleep(1);
    const g = (function* () {})();
    expect([double, doubleAsync, function* () {}].map(iscoroutinefunction)).toEqual([
      true,
      true,
      true,
    ]);
    expect([c, g, async () => {}, () => {}, null].map(iscoroutinefunction)).toEqual(
      Array(5).fill(false),
    );
    expect([c, g, s].map(iscoroutine)).toEqual([true, true, true]);
    expect([double, Promise.resolve(), 1, undefined].map(iscoroutine)).toEqual(
      Array(4).fill(false),
    );
    c.close();
    s.close();
  });
});

describe('a coroutine object', () => {
  inBothKinds('serves both kinds, to any depth', function* (kind) {
    const deep = (n: number): Coroutine<number> =>
      n === 0
        ? double(1)
        : n % 2 === 0
          ? coroutine(function* () {
              return (yield* deep(n - 1)) + 1;
            })()
          : coroutine(async () => (await deep(n - 1)) + 1)();
    expect(yield* kind.wait(deep(30))).toBe(32);
    expect(yield* kind.wait(double(4))).toBe(8);
    expect(yield* kind.wait(doubleAsync(4))).toBe(8);
  });

  inBothKinds('throws into whoever waits', function* (kind) {
    const failing = [
      coroutine(function* () {
        yield* sleep(0);
        throw new RangeError('from a generator');
      }),
      coroutine(async () => {
        await sleep(0);
        throw new RangeError('from an async function');
      }),
    ];
    for (const f of failing) {
      let caught: unknown;
      try {
        yield* kind.wait(f());
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(RangeError);
    }
  });

  inBothKinds('is awaited once', function* (kind) {
    for (const f of [double, doubleAsync]) {
      const c = f(1);
      yield* kind.wait(c);
      let caught: unknown;
      try {
        yield* kind.wait(c);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(RuntimeError);
      expect((caught as Error).message).toMatch(/already awaited coroutine/);
    }
  });

  inBothKinds('awaits finished futures without a turn of the loop', function* (kind) {
    const order: string[] = [];
    const done = createTask(function* () {
      yield;
      return 'value';
    });
    yield* kind.wait(done);
    createTask(function* () {
      order.push('other task');
      yield;
    });
    yield* kind.wait(done);
    order.push('after the done future');
    yield* kind.turns();
    expect(order).toEqual(['after the done future', 'other task']);
  });

  test('is stepped by hand with send, throw and close', () => {
    const log: unknown[] = [];
    const f = coroutine(function* (): Generator<undefined, string, unknown> {
      try {
        log.push(yield);
        log.push(yield);
        return 'end';
      } finally {
        log.push('finally');
      }
    });
    const c = f();
    expect(c.send(null)).toEqual({ value: undefined, done: false });
    expect(c.send('one')).toEqual({ value: undefined, done: false });
    expect(c.send('two')).toEqual({ value: 'end', done: true });
    expect(() => c.send(null)).toThrow(RuntimeError);
    const d = f();
    for (let i = 0; i < 2; i++) expect(() => d.send('early')).toThrow(TypeError);
    expect(d.send(null)).toEqual({ value: undefined, done: false });
    d.close();
    expect(() => d.send('late')).toThrow(RuntimeError);
    const e = f();
    e.send(null);
    expect(() => e.throw(new RangeError('in'))).toThrow('in');
    const h = f();
    h.send(null);
    h.close();
    h.close();
    expect(log).toEqual(['one', 'two', 'finally', 'finally', 'finally', 'finally']);
    expect(() => doubleAsync(1).send(null)).toThrow(/cannot step the async function/);
  });

  test('of which nobody was the owner is reported when it is collected', async () => {
    const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    const drop = coroutine(async function dropped() {});
    (() => void drop())();
    const close = coroutine(async function closed() {});
    (() => close().close())();
    await run(async () => {
      await double(0);
    });
    const told = (): string => warnings.mock.calls.map(([text]) => text).join('\n');
    await collectGarbage(() => told().includes('dropped'));
    expect(told()).toMatch(/coroutine 'dropped' was never awaited/);
    expect(told()).not.toMatch(/'closed'|'twofold'/);
  });

  test('of a run that nobody awaited is reported at the end of that run, with no collection', async () => {
    const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    const told = (): string[] => warnings.mock.calls.map(([text]) => text.split('\n')[0] ?? '');
    const outside = double(1);
    const kept: Coroutine[] = [];
    for (const kind of kinds) {
      await run(
        kind.body(function* () {
          kept.push(sleep(5), double(2), new Lock().acquire());
          yield* kind.turns();
          kept.push(sleep(6));
          const adopted = createTask(double(3));
          const late = double(4);
          yield* kind.turns(20);
          yield* kind.wait(late);
          yield* kind.wait(adopted);
          yield* kind.wait(gather(double(5), sleep(0)));
          double(6).close();
          createTask(double(7)).cancel();
        }),
        virtual,
      );
      expect(told().sort()).toEqual(
        ['Lock.acquire', 'sleep', 'sleep', 'twofold'].map(
          (name) => `RuntimeWarning: coroutine '${name}' was never awaited`,
        ),
      );
      warnings.mockClear();
    }
    expect(await run(outside, virtual)).toBe(2);
    for (const one of kept) one.close();
    await collectGarbage(() => false);
    expect(told()).toEqual([]);
  });

  test('of two runs side by side is reported at the end of its own', async () => {
    const warnings = vi.spyOn(logger, 'warning').mockImplementation(() => {});
    const ends: string[] = [];
    const main = (name: string, end: number) => async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, end / 2));
      kept.push(coroutine(async () => {})(), named(name)());
      await new Promise((resolve) => setTimeout(resolve, end));
    };
    const named = (name: string): (() => Coroutine) =>
      coroutine(Object.defineProperty(async () => {}, 'name', { value: name }));
    const kept: Coroutine[] = [];
    const first = run(main('first', 20)).then(() => ends.push(...take()));
    const second = run(main('second', 60)).then(() => ends.push('|', ...take()));
    const take = (): string[] =>
      warnings.mock.calls.splice(0).flatMap(([text]) => /'(first|second)'/.exec(text)?.[1] ?? []);
    await Promise.all([first, second]);
    expect(ends).toEqual(['first', '|', 'second']);
    expect(kept).toHaveLength(4);
  });

  test('that is awaited again fails with the place of that await', async () => {
    async function twice(made: Coroutine<unknown>): Promise<void> {
      await made;
      await made;
    }
    for (const made of [sleep(0), double(1), doubleAsync(1), new Lock().acquire()]) {
      let caught: unknown;
      await run(() => twice(made), virtual).catch((error: unknown) => (caught = error));
      expect(caught).toBeInstanceOf(RuntimeError);
      expect((caught as Error).stack).toMatch(/at (async )?twice .*coroutines\.test\.ts/);
    }
  });

  test('is called by its name in messages', async () => {
    await run(async () => {
      for (const [make, name] of [
        [() => sleep(1), 'sleep'],
        [() => double(1), 'twofold'],
        [() => new Lock().acquire(), 'Lock.acquire'],
      ] as const) {
        const made = make();
        await expect(async () => await wait([made as never])).rejects.toThrow(
          `the coroutine ${name}()`,
        );
        made.close();
      }
    });
  });

  test('works in plain code, as a task of the default loop', async () => {
    expect(await Promise.all([double(1), doubleAsync(2)])).toEqual([2, 4]);
    await expect(
      coroutine(async () => {
        await sleep(0);
        throw new RangeError('plain');
      })(),
    ).rejects.toThrow('plain');
  });
});

describe('generator bodies', () => {
  test('a bare yield gives the loop one turn', async () => {
    const order: string[] = [];
    await run(function* () {
      const other = createTask(function* () {
        order.push('other');
        yield;
      });
      order.push('main');
      yield;
      order.push('main again');
      yield* other;
    });
    expect(order).toEqual(['main', 'other', 'main again']);
  });

  test.each([
    ['a future with yield', (f: unknown) => f, /yield was used instead of yield\*/],
    ['a number', () => 5, /bad yield: the number 5/],
    [
      'a promise',
      () => Promise.resolve(),
      /bad yield: a Promise; write yield\* ensureFuture\(promise\)/,
    ],
    ['a coroutine', () => sleep(0), /bad yield: the coroutine sleep\(\); write yield\* sleep\(…\)/],
  ])('yielding %s throws a RuntimeError at that place', async (_title, make, message) => {
    await run(function* () {
      const task = createTask(function* () {
        yield* sleep(0);
      });
      let caught: unknown;
      try {
        yield make(task) as undefined;
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(RuntimeError);
      expect((caught as Error).message).toMatch(message);
      yield* task;
    });
  });
});
