// `yield*` on the coroutine of an async function: the function runs inside the task of the generator that waits for it.
import { describe, isMarkedCoroutine, isThenable } from './checks.ts';
import { cancellationOf, RuntimeError } from './errors.ts';
import { Future } from './futures.ts';
import { activeTask, runtime } from './runtime.ts';
import type { Task } from './tasks.ts';
import { traceThroughGenerator } from './tracebacks.ts';
import { SUSPENDED, type Trap } from './traps.ts';

const NEW = 0;
const RUNNING = 1;
const RETURNED = 2;
const THREW = 3;

/** Who goes on when the function ends: the task, or a generator awaited by an async function of that task. */
export interface CallOwner {
  /** Takes the next step now, in the microtask in which the function ended. */
  step(): void;
}

/** Calls `start` under the host's store, so that whatever it goes on to await belongs to `task`. */
export function callUnderTask<R>(task: Task<unknown>, start: () => R): R {
  const rt = runtime;
  const { store, calling } = rt;
  rt.calling = task;
  try {
    return store === null || store.getStore() === task ? start() : store.run(task, start);
  } finally {
    rt.calling = calling;
  }
}

/** Calls something of the program's as a part of the current task, where there is one. */
export function callInTask<R>(call: () => R): R {
  const task = activeTask();
  return task === null ? call() : callUnderTask(task, call);
}

/** The iterator of such a `yield*`: NEW -> RUNNING -> RETURNED or THREW. */
export class AsyncCall implements Iterator<Trap, unknown, unknown> {
  owner: CallOwner | null = null;
  readonly #start: () => unknown;
  #state = NEW;
  #value: unknown = undefined;

  constructor(start: () => unknown) {
    this.#start = start;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Trap, unknown> {
    switch (this.#state) {
      case RETURNED:
        return { value: this.#value, done: true };
      case THREW:
        traceThroughGenerator(this.#value, null);
        throw this.#value;
      case RUNNING:
        throw new RuntimeError('This coroutine is being awaited already');
      default:
        return this._begin();
    }
  }

  /** Thrown in by hand (`Coroutine.throw`): the async function goes on without anyone waiting for it. */
  throw(error: unknown): IteratorResult<Trap, unknown> {
    this.owner = null;
    throw error;
  }

  /** @internal */
  _begin(): IteratorResult<Trap, unknown> {
    const { task } = runtime;
    if (task === null) {
      throw new RuntimeError(
        'The coroutine of an async function can be awaited only inside a task; it cannot be stepped by hand',
      );
    }
    this.#state = RUNNING;
    const promise = callUnderTask(task, this.#start) as PromiseLike<unknown>;
    promise.then(
      (value) => this._end(task, RETURNED, value),
      (error: unknown) => this._end(task, THREW, cancellationOf(error)),
    );
    task._asyncPart().resume();
    SUSPENDED.value = this as unknown as Trap;
    return SUSPENDED as IteratorYieldResult<Trap>;
  }

  /** @internal */
  _end(task: Task<unknown>, state: number, value: unknown): void {
    this.#state = state;
    this.#value = value;
    if (this.owner === null) task._asyncPart().arrive();
    else this.owner.step();
  }
}

/**
 * What to do with something that a generator body yielded: null, give the loop a turn; a Future, wait for it; an
 * AsyncCall, it is under way; an Error, throw it into the body.
 */
export function answerTrap(
  task: Task<unknown>,
  trap: unknown,
): Future<unknown> | AsyncCall | Error | null {
  if (trap === undefined || trap === null) return null;
  if (trap instanceof Future) {
    if (trap._loop !== task._loop) {
      return new RuntimeError(
        `${String(task)} awaits ${String(trap)}, which is attached to a different loop`,
      );
    }
    if (!trap._takeBlocking()) {
      return new RuntimeError(
        `yield was used instead of yield* in ${String(task)} with ${String(trap)}; write: yield* future`,
      );
    }
    if (trap === task) return new RuntimeError(`A task cannot await itself: ${String(task)}`);
    return trap;
  }
  if (trap instanceof AsyncCall) return trap;
  return new RuntimeError(
    `${String(task)} got a bad yield: ${describe(trap)}; ` +
      (isMarkedCoroutine(trap)
        ? `write yield* ${trap.name}(…)`
        : isThenable(trap)
          ? 'write yield* ensureFuture(promise)'
          : 'a coroutine may only yield* an awaitable, or yield nothing'),
  );
}
