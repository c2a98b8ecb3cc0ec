import { describe, expect, test } from 'vitest';
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
} from '../../src/index.ts';
import { inBothKinds } from '../support/kinds.ts';

/** Who runs, and when. */
function now(what: string): string {
  return `${what} in ${currentTask()?.getName()} at ${getRunningLoop().time()}`;
}

async function step(log: string[], what: string): Promise<void> {
  try {
    await sleep(1);
    log.push(now(what));
  } catch (error) {
    log.push(now(`${what} ${(error as Error).name}`));
    throw error;
  }
}

/** The same manager, written in three ways. */
const managers = {
  'async functions': (log: string[]) => ({
    async enter(): Promise<string> {
      await step(log, 'entered');
      return 'value';
    },
    async exit(): Promise<void> {
      await step(log, 'left');
    },
  }),
  'plain functions that call async ones': (log: string[]) => ({
    enter: (): Promise<string> => step(log, 'entered').then(() => 'value'),
    exit: (): Promise<void> => step(log, 'left'),
  }),
  'functions that return coroutines': (log: string[]) => ({
    enter: () =>
      asyncWith({ enter: () => undefined, exit: () => undefined }, async () => {
        await step(log, 'entered');
        return 'value';
      }),
    exit: () =>
      asyncWith({ enter: () => undefined, exit: () => undefined }, () => step(log, 'left')),
  }),
};

describe.each(Object.entries(managers))('asyncWith and a manager of %s', (_name, make) => {
  inBothKinds('runs enter and exit inside the task', function* (kind) {
    const log: string[] = [];
    const task = kind.task(function* () {
      // After a turn of the loop, not in the step in which the task started.
      yield* kind.turns();
      yield* kind.wait(
        asyncWith(make(log), async (value) => {
          await sleep(1);
          log.push(now(`body with ${value}`));
        }),
      );
    });
    task.setName('T');
    yield* kind.wait(task);
    expect(log).toEqual(['entered in T at 1', 'body with value in T at 2', 'left in T at 3']);
  });

  inBothKinds('a cancellation reaches enter and exit where they wait', function* (kind) {
    const log: string[] = [];
    for (const after of [0.5, 1.5]) {
      const started = getRunningLoop().time();
      const task = createTask(asyncWith(make(log), () => 'done'));
      task.setName('T');
      yield* kind.wait(sleep(after));
      task.cancel();
      let error: unknown;
      try {
        yield* kind.wait(task);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(CancelledError);
      expect(getRunningLoop().time()).toBe(started + after);
    }
    expect(log).toEqual([
      'entered CancelledError in T at 0.5',
      'entered in T at 1.5',
      'left CancelledError in T at 2',
    ]);
  });
});

test('asyncWith refuses what is no manager, and what is no body', () => {
  expect(() => asyncWith({} as never, () => 1)).toThrow(/expects a context manager/);
  expect(() => asyncWith({ enter: () => 1, exit: () => undefined }, 5 as never)).toThrow(
    /expects a function as body/,
  );
});
