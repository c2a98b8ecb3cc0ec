import { describe, expect, test } from 'vitest';
import {
  Context,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  getRunningLoop,
  LookupError,
  run,
  RuntimeError,
  sleep,
  type Task,
  Token,
} from '../../src/index.ts';

describe('ContextVar', () => {
  test('gives its value, a fallback, its default, or a LookupError', () => {
    const bare = new ContextVar<number>('bare');
    const full = new ContextVar<number>('full', { default: 1 });
    expect(() => bare.get()).toThrow(LookupError);
    expect([bare.get(9), full.get(), full.get(9)]).toEqual([9, 1, 9]);
    bare.set(2);
    expect([bare.get(), bare.get(9)]).toEqual([2, 2]);
    expect(() => new ContextVar(1 as never)).toThrow(TypeError);
  });

  test('is reset by the token of its last set, once, in the same context', () => {
    const a = new ContextVar<number>('a');
    const b = new ContextVar<number>('b');
    const first = a.set(1);
    const second = a.set(2);
    expect([first.oldValue, second.oldValue, first.var]).toEqual([Token.MISSING, 1, a]);
    a.reset(second);
    expect(a.get()).toBe(1);
    expect(() => a.reset(second)).toThrow(RuntimeError);
    expect(() => b.reset(first as never)).toThrow(RangeError);
    expect(() => copyContext().run(() => a.reset(first))).toThrow(/different context/);
    expect(() => a.reset({} as never)).toThrow(TypeError);
    a.reset(first);
    expect(() => a.get()).toThrow(LookupError);
  });

  test('is reset at the end of a using block', () => {
    const v = new ContextVar<number>('v', { default: 0 });
    {
      using _token = v.set(1);
      expect(v.get()).toBe(1);
    }
    expect(v.get()).toBe(0);
  });
});

describe('Context', () => {
  test('run keeps changes inside; copies are independent', () => {
    const v = new ContextVar<string>('v', { default: 'd' });
    v.set('root');
    const context = copyContext();
    const copy = context.copy();
    expect(context.run((x: string) => (v.set(x), v.get()), 'inner')).toBe('inner');
    expect([
      v.get(),
      context.get(v),
      copy.get(v),
      new Context().get(v),
      new Context().get(v, 1),
    ]).toEqual(['root', 'inner', 'root', undefined, 1]);
    expect([context.has(v), new Context().has(v), new Context().size]).toEqual([true, false, 0]);
    expect([...context].find(([key]) => (key as unknown) === v)).toEqual([v, 'inner']);
    expect(context.size).toBe([...context.keys()].length);
    expect([...context.items()]).toEqual([...context]);
    expect([...context.values()]).toEqual([...context].map(([, value]) => value));
    expect([...new Context().items(), ...new Context().values()]).toEqual([]);
  });

  test('cannot be entered twice, and is left again when the function throws', () => {
    const context = new Context();
    expect(() => context.run(() => context.run(() => 1))).toThrow(RuntimeError);
    expect(() =>
      context.run(() => {
        throw new RangeError('x');
      }),
    ).toThrow('x');
    expect(context.run(() => 'again')).toBe('again');
    expect(() => context.run(5 as never)).toThrow(TypeError);
  });

  test('that a task runs in is not entered again from inside another', async () => {
    const enter = (mine: Context): void => {
      expect(() => copyContext().run(() => mine.run(() => 1))).toThrow(RuntimeError);
      expect(copyContext().run(() => 1)).toBe(1);
    };
    await run(async () => {
      const mine = currentTask()?.getContext() as Context;
      enter(mine);
      await sleep(0);
      enter(mine);
      await createTask(function* () {
        enter(currentTask()?.getContext() as Context);
        yield;
        enter(currentTask()?.getContext() as Context);
      });
      const outer = copyContext();
      outer.run(() => {
        getRunningLoop().setExceptionHandler(() => {});
        getRunningLoop().callExceptionHandler({ message: 'm', task: currentTask() as Task });
      });
    });
  });

  test('looks up context variables only', () => {
    const context = copyContext();
    for (const wrong of [5, 'x', null] as never[]) {
      expect(() => context.get(wrong)).toThrow(/Context.get\(\) expects a ContextVar, not /);
      expect(() => context.has(wrong)).toThrow(TypeError);
    }
  });

  test('bind makes a function that runs in it, with its name', () => {
    const v = new ContextVar<number>('v', { default: 0 });
    const context = copyContext();
    context.run(() => v.set(4));
    const bound = context.bind(function read(n: number) {
      return v.get() + n;
    });
    expect([bound(1), bound.name]).toEqual([5, 'read']);
  });
});
