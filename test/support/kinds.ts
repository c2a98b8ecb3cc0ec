// One test, both kinds of coroutine: a body is written once, as a generator that waits through `wait()`, and is run
// as a generator coroutine (`yield*`) and as an async function (`await`). The loop's clock is virtual.
import { describe, test } from 'vitest';
import { createTask, run, sleep } from '../../src/index.ts';
import type { Awaitable, GeneratorBody, Task } from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';

/** What a test body is made of: it waits with `yield* kind.wait(…)`, never with a bare `yield`. */
export type Script<T> = Generator<unknown, T, unknown>;

export abstract class Kind {
  abstract readonly name: string;

  /** Waits for something, in this kind's way. */
  abstract wait<T>(awaitable: Awaitable<T>): Script<T>;

  /** Makes a function of this kind out of a script: what tasks, task groups and `asyncWith` take. */
  abstract body<T, A extends unknown[]>(
    script: (...args: A) => Script<T>,
  ): (...args: A) => GeneratorBody<T> | Promise<T>;

  /** A task that runs a script. */
  task<T>(script: () => Script<T>, name?: string): Task<T> {
    return createTask(this.body(script), name === undefined ? {} : { name });
  }

  /** Gives the loop some turns. */
  *turns(count = 1): Script<void> {
    for (let i = 0; i < count; i++) yield* this.wait(sleep(0));
  }
}

class GeneratorKind extends Kind {
  readonly name = 'generator';
  *wait<T>(awaitable: Awaitable<T>): Script<T> {
    return yield* awaitable as Iterable<unknown> & { [Symbol.iterator](): Iterator<unknown, T> };
  }
  body<T, A extends unknown[]>(
    script: (...args: A) => Script<T>,
  ): (...args: A) => GeneratorBody<T> {
    return script as (...args: A) => GeneratorBody<T>;
  }
}

class AsyncKind extends Kind {
  readonly name = 'async';
  *wait<T>(awaitable: Awaitable<T>): Script<T> {
    return (yield awaitable) as T;
  }
  body<T, A extends unknown[]>(script: (...args: A) => Script<T>): (...args: A) => Promise<T> {
    return async (...args) => {
      const steps = script(...args);
      let step = steps.next();
      while (step.done !== true) {
        let value: unknown;
        try {
          value = await step.value;
        } catch (error) {
          step = steps.throw(error);
          continue;
        }
        step = steps.next(value);
      }
      return step.value;
    };
  }
}

export const kinds: readonly Kind[] = [new GeneratorKind(), new AsyncKind()];

/** Runs a script as the main task of a fresh loop with a virtual clock. */
export function runScript<T>(kind: Kind, script: () => Script<T>): Promise<T> {
  return run(kind.body(script), { loopFactory: () => new VirtualTimeEventLoop() });
}

/** A test that runs once in each kind. */
export function inBothKinds(title: string, script: (kind: Kind) => Script<void>): void {
  describe(title, () => {
    for (const kind of kinds) {
      test(kind.name, () => runScript(kind, () => script(kind)));
    }
  });
}
