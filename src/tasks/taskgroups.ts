// TaskGroup: tasks that cannot outlive the block that made them.
//
// States of a group, and who moves it on:
//   new      --enter()-->               open      (tasks can be made)
//   open     --exit()-->                closing   (waits for the children; they may still make siblings)
//   open or closing --a child fails, the body fails, the parent is cancelled, cancel()--> stopping
//                                                 (every child is cancelled; no new ones)
//   closing or stopping --the last child has ended--> finished
// When a child fails while the body runs, the parent task is cancelled to get it out of the body; that
// one request is taken back by exit(), so that it is never mistaken for a cancellation from outside.

import {
  type AsyncContextManager,
  type NewBody,
  type BodyFunction,
  isCancellation,
  type Coroutine,
  ExceptionGroup,
  callDirectly,
  type Future,
  type GeneratorBody,
  KeyboardInterrupt,
  RuntimeError,
  type Task,
  type TaskOptions,
  type AbstractEventLoop,
  currentTask,
  fromGenerator,
  getRunningLoop,
  runInline,
  waiter,
  showAsText,
  traceFrom,
} from '../core/index.ts';
import { checkFunction, closeBody } from './arguments.ts';
import { Watch, type Watcher } from './watch.ts';

/** The watch of one child, and its place in the group's list. */
class Child extends Watch {
  previous: Child | null = null;
  next: Child | null = null;
}

/**
 * A group of tasks, as an async context manager: `asyncWith(new TaskGroup(), body)` or
 * `taskGroup(body)`. The block ends when the body and all tasks made in the group have ended.
 *
 * The first task (or body) that fails cancels all others; when they have ended, their errors are thrown
 * together as an `ExceptionGroup`, the body's own last. A cancellation from outside reaches every task,
 * and comes out once, as `CancelledError`.
 *
 * @example
 * await asyncWith(new TaskGroup(), async (tg) => {
 *   tg.createTask(() => download(first));
 *   tg.createTask(() => download(second));
 * });
 */
export class TaskGroup implements AsyncContextManager<TaskGroup>, Watcher {
  #entered = false;
  #exiting = false;
  #stopping = false;
  #cancelOnEnter = false;
  #parentCancelRequested = false;
  #loop: AbstractEventLoop | null = null;
  #parent: Task<unknown> | null = null;
  #interrupt: KeyboardInterrupt | null = null;
  #allDone: Future<void> | null = null;
  #errors: unknown[] = [];
  // The unfinished tasks in the order of their making: a list through their watches, which costs no memory of its own.
  #first: Child | null = null;
  #last: Child | null = null;
  #size = 0;

  /**
   * Makes a task that belongs to the group.
   *
   * @param body a coroutine, a generator object, or a function of no arguments
   * @param options `name`, `context`, `eagerStart`, `signal`, as for `createTask`
   * @throws RuntimeError when the group has not been entered, is shutting down, or is finished; TypeError when
   *   `body` is nothing a task can run
   */
  createTask<T>(body: NewBody<T>, options?: TaskOptions): Task<T> {
    if (!this.#entered) this.#refuse(body, 'has not been entered; enter it with asyncWith');
    if (this.#exiting && this.#size === 0) this.#refuse(body, 'is finished');
    if (this.#stopping) this.#refuse(body, 'is shutting down');
    const task = this.#loop!.createTask(body, options);
    // A task that ended during an eager start is waited for too: its callback comes in the loop's next turn, not
    // inside this call, where a failure would strike the parent too early.
    const child = new Child(this, task);
    child.previous = this.#last;
    if (this.#last === null) this.#first = child;
    else this.#last.next = child;
    this.#last = child;
    this.#size++;
    task._observe(child);
    // Started eagerly, it may have stopped the group before it belonged to it.
    if (this.#stopping && !task.done()) task.cancel();
    return task;
  }

  /**
   * Stops the group without an error: cancels its tasks and its body; the block ends normally (its value is then
   * `undefined`) once all have ended, unless one of them fails on the way. Before the group is entered,
   * it takes effect on entry. Repeating it, or calling it after the end, does nothing.
   */
  cancel(): void {
    if (!this.#entered) {
      this.#cancelOnEnter = true;
      return;
    }
    if (this.#stopping || (this.#exiting && this.#size === 0)) return;
    this.#stop();
    this.#cancelParent();
  }

  /**
   * Opens the group for the current task.
   *
   * @throws RuntimeError when it has been entered before, or outside of a task
   */
  enter(): this {
    if (this.#entered) {
      throw new RuntimeError(
        `A task group can be entered once, but ${this} has already been entered; make a new one`,
      );
    }
    this.#loop ??= getRunningLoop();
    this.#parent = currentTask(this.#loop);
    if (this.#parent === null) {
      throw new RuntimeError(
        `${this} cannot determine the parent task: no task is running; run the code through ` +
          'run(main) or createTask(body)',
      );
    }
    this.#entered = true;
    if (this.#cancelOnEnter) this.cancel();
    return this;
  }

  /**
   * Waits for all tasks of the group. Called by `asyncWith`, with the error that the body ended with.
   * Gives true when the body's cancellation was the group's own doing and is to be forgotten.
   *
   * @throws ExceptionGroup of what the tasks and the body threw; CancelledError when cancelled from outside
   */
  exit(error?: unknown): Coroutine<boolean> {
    return fromGenerator(this._leave(error !== undefined, error), 'TaskGroup.exit');
  }

  toString(): string {
    let info = '';
    if (this.#size > 0) info += ` tasks=${this.#size}`;
    if (this.#errors.length > 0) info += ` errors=${this.#errors.length}`;
    if (this.#stopping) info += ' cancelling';
    else if (this.#entered) info += ' entered';
    return `<TaskGroup${info}>`;
  }

  /** @internal The exit; `failed` tells a thrown undefined from no error. */
  *_leave(failed: boolean, error: unknown): GeneratorBody<boolean> {
    this.#exiting = true;
    const parent = this.#parent!;
    let cancelled: Error | null = null;
    if (failed) {
      if (isCancellation(error)) cancelled = error as Error;
      else if (error instanceof KeyboardInterrupt) this.#interrupt ??= error;
      if (!this.#stopping) this.#stop();
    }
    // A loop, since the wait can be cancelled again and again while the children wind up.
    while (this.#size > 0) {
      this.#allDone ??= waiter<void>(this.#loop!, 'TaskGroup.exit');
      try {
        yield* this.#allDone;
      } catch (reason) {
        if (!isCancellation(reason)) throw reason;
        if (!this.#stopping) {
          cancelled = reason as Error;
          this.#stop();
        }
      }
      this.#allDone = null;
    }
    const errors = this.#errors;
    this.#parent = null;
    this.#errors = [];
    if (this.#interrupt !== null) throw this.#interrupt;
    // Our own request is taken back in any case; when no other one is left, nobody outside wants a cancellation.
    if (this.#parentCancelRequested && parent.uncancel() === 0) cancelled = null;
    if (cancelled !== null && errors.length === 0) throw cancelled;
    if (failed && !isCancellation(error)) errors.push(error);
    if (errors.length > 0) {
      // A cancellation from outside gives way to the errors, but strikes again at the parent's next await.
      if (parent.cancelling() > 0) {
        parent.uncancel();
        parent.cancel();
      }
      throw new ExceptionGroup('unhandled errors in a TaskGroup', errors);
    }
    return failed;
  }

  /** @internal */
  _onDone(task: Task<unknown>, child: Watch): void {
    this.#unlink(child as Child);
    const allDone = this.#allDone;
    if (allDone !== null && this.#size === 0 && !allDone.done()) allDone.setResult();
    if (!task._threw()) return;
    const error = task.exception();
    traceFrom(error, task._traceName());
    this.#errors.push(error);
    if (error instanceof KeyboardInterrupt) this.#interrupt ??= error;
    const parent = this.#parent;
    if (parent === null || parent.done()) {
      this.#loop!.callExceptionHandler({
        message: `Task ${task.getName()} has failed, but the parent task of its group has already ended`,
        exception: error,
        task,
      });
      return;
    }
    if (!this.#stopping && !this.#parentCancelRequested) {
      this.#stop();
      this.#cancelParent();
    }
  }

  /** @internal */
  _awaiter(): Future<unknown> | null {
    return this.#parent;
  }

  #stop(): void {
    this.#stopping = true;
    for (let child = this.#first; child !== null; child = child.next) {
      if (!child.future.done()) child.future.cancel();
    }
  }

  #unlink(child: Child): void {
    if (child.previous === null) this.#first = child.next;
    else child.previous.next = child.next;
    if (child.next === null) this.#last = child.previous;
    else child.next.previous = child.previous;
    // A chain of ended ones would be carried along by the garbage collector.
    child.previous = null;
    child.next = null;
    this.#size--;
  }

  #cancelParent(): void {
    if (this.#parentCancelRequested || this.#parent === null) return;
    this.#parentCancelRequested = true;
    this.#parent.cancel();
  }

  #refuse(body: unknown, why: string): never {
    closeBody(body);
    throw new RuntimeError(`TaskGroup.createTask expects an open group, but ${this} ${why}`);
  }
}

/**
 * Runs `body` with a new `TaskGroup`, and waits for the tasks that it made there. Short for
 * `asyncWith(new TaskGroup(), body)`. The body may be an async function, a generator function or a plain function; its value
 * is the value of the whole.
 *
 * @throws ExceptionGroup of what the tasks and the body threw; CancelledError when cancelled from outside
 *
 * @example
 * const pages = await taskGroup((tg) => urls.map((url) => tg.createTask(() => download(url))));
 * for (const page of pages) console.log(page.result());
 */
export function taskGroup<R>(body: BodyFunction<R, [TaskGroup]>): Coroutine<R> {
  checkFunction(body, 'taskGroup()');
  return fromGenerator(inGroup(body), 'taskGroup');
}

function* inGroup<R>(body: BodyFunction<R, [TaskGroup]>): GeneratorBody<R> {
  const group = new TaskGroup();
  group.enter();
  let value: R;
  try {
    value = yield* runInline(body, group);
  } catch (error) {
    yield* group._leave(true, error);
    // Stopped by its own cancel(): there is no value.
    return undefined as R;
  }
  yield* group._leave(false, undefined);
  return value;
}

showAsText(TaskGroup);
callDirectly(TaskGroup.prototype.enter, TaskGroup.prototype.exit);
