// How errors look to who prints them: whole, and without the library's own frames.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  createTask,
  ExceptionGroup,
  gather,
  getRunningLoop,
  run,
  sleep,
  type Task,
  taskGroup,
  wait,
} from '../../src/index.ts';

describe('an ExceptionGroup', () => {
  test('prints its count and every member, however deep, and its cause', () => {
    const group = new ExceptionGroup('boom', [
      new RangeError('first'),
      new ExceptionGroup('inner', [
        new TypeError('second'),
        new ExceptionGroup('deep', [new SyntaxError('third')]),
      ]),
      'a bare string',
    ]);
    group.cause = new Error('the cause');
    const text = inspect(group)
      .split('\n')
      .filter((line) => !/^ +at /.test(line));
    expect(text).toEqual([
      'ExceptionGroup: boom (3 sub-exceptions)',
      '  [1] RangeError: first',
      '  [2] ExceptionGroup: inner (2 sub-exceptions)',
      '    [1] TypeError: second',
      '    [2] ExceptionGroup: deep (1 sub-exception)',
      '      [1] SyntaxError: third',
      "  [3] 'a bare string'",
      '  [cause] Error: the cause',
    ]);
    expect(group.message).toBe('boom');
  });

  test('is split by no class at all into nothing and itself', () => {
    const group = new ExceptionGroup('a', [new Error('x')]);
    const [hit, rest] = group.split([]);
    expect([hit, rest?.message, rest?.errors]).toEqual([null, 'a', group.errors]);
    expect(group.subgroup([])).toBe(null);
  });

  test('of a task group has clean stacks: its own, and its members', () =>
    run(async function main() {
      const failing = async function failNow(): Promise<never> {
        await sleep(0);
        throw new RangeError('now');
      };
      const error = await taskGroup((group) => {
        group.createTask(failing, { name: 'child' });
      }).then(
        () => null,
        (reason: unknown) => reason as ExceptionGroup,
      );
      const member = error?.errors[0] as Error;
      expect(member.stack).toMatch(
        /^RangeError: now\n +at failNow \(.*printing\.test\.ts:\d+:\d+\)\n/,
      );
      expect(member.stack).toMatch(/\n +at task 'child' \(failNow\(\)\)/);
      for (const stack of [error?.stack, member.stack]) {
        expect(stack).not.toMatch(
          /src\/core|src\/tasks|node:|\.throw \(<anonymous>\)|\.next \(<anonymous>\)/,
        );
      }
    }));
});

test('an exception that is looked at, instead of awaited, has no frames of the library', () =>
  run(async () => {
    const bodies = {
      async async(): Promise<never> {
        throw new RangeError('async');
      },
      *generator(): Generator<undefined, never> {
        yield;
        throw new RangeError('generator');
      },
    };
    for (const body of [bodies.async, bodies.generator]) {
      const task = createTask(body);
      await wait([task]);
      const [result] = await gather(body, { returnExceptions: true });
      for (const error of [task.exception(), result] as Error[]) {
        expect(error.stack).toMatch(/printing\.test\.ts/);
        expect(error.stack).not.toMatch(/src\/core|src\/tasks|src\/loops|node:/);
      }
    }
  }));

test('the report of an exception that nobody retrieved names the task itself', async () => {
  let lost: Task<never> | null = null;
  const seen: unknown[] = [];
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, { future }) => seen.push(future));
    lost = createTask(
      async () => {
        throw new RangeError('lost');
      },
      { name: 'lost one' },
    );
    await sleep(0.001);
  });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toBe(lost);
});

test('callExceptionHandler refuses what is no context', () =>
  run(async () => {
    for (const wrong of [5, null, undefined, 'text']) {
      expect(() => getRunningLoop().callExceptionHandler(wrong as never)).toThrow(
        /callExceptionHandler\(\) expects a context object/,
      );
    }
  }));
