// How a loop makes its tasks: by itself, or through the factory that the program has set.
import { checkBody } from './bodies.ts';
import type { AbstractEventLoop } from './events.ts';
import { Future } from './futures.ts';
import { describe } from './checks.ts';
import { Task, type TaskFactory, type TaskOptions } from './tasks.ts';
import type { Body } from './traps.ts';

/** @internal `loop.createTask`. */
export function makeTask<T>(
  loop: AbstractEventLoop,
  factory: TaskFactory | null,
  body: Body<T>,
  options: TaskOptions,
): Task<T> {
  // The usual case: the constructor checks the body, and takes the loop as it is (no copy of the options).
  if (factory === null) return new Task<T>(body, options, loop);
  checkBody(body, 'createTask()');
  const task = factory(loop, body as Body<never>, options) as unknown;
  if (!(task instanceof Future)) {
    throw new TypeError(`The task factory must return a Future or Task, not ${describe(task)}`);
  }
  return task as Task<T>;
}

type EagerOptions = TaskOptions & { loop?: AbstractEventLoop | null | undefined };

/** The class, or the function, that an eager task factory makes its tasks with. */
export type TaskConstructor =
  | (new (body: Body<never>, options: EagerOptions) => Future<never>)
  | ((body: Body<never>, options: EagerOptions) => Future<never>);

/**
 * A task factory whose tasks run to their first suspension before `createTask` returns.
 * @param constructor the class of the tasks, or a function that makes one, of the same arguments
 */
export function createEagerTaskFactory(constructor: TaskConstructor): TaskFactory {
  if (typeof constructor !== 'function') {
    throw new TypeError(
      `createEagerTaskFactory() expects a class of tasks or a function that makes one, not ${describe(constructor)}`,
    );
  }
  const make: (body: Body<never>, options: EagerOptions) => Future<never> = isClass(constructor)
    ? (body, options) => new constructor(body, options)
    : constructor;
  return (loop, body, options) =>
    make(body, { ...options, loop, eagerStart: options.eagerStart ?? true });
}

function isClass(
  value: TaskConstructor,
): value is new (body: Body<never>, options: EagerOptions) => Future<never> {
  return value.prototype instanceof Future;
}

/** Makes eager tasks: `loop.setTaskFactory(eagerTaskFactory)`. */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory(Task);
