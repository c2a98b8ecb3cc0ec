// Tasks: a coroutine that the loop runs by itself.
//
// The invariant: an unfinished task is in exactly one of these states.
//   * scheduled: it (or a Wait of its AsyncPart) is in the ready queue;
//   * waiting: `_future` is the future its generator waits for, or its AsyncPart has waits;
//   * running: its body is being stepped, or its async function runs in the host's microtasks;
//   * adrift: its async function awaits a promise of the host's.
// Transitions are caused by the loop (scheduled -> running), the body (running -> waiting, scheduled, ended) and
// futures (waiting -> scheduled). `cancel()` causes none: it cancels what is waited for, or leaves a mark that the
// next step or the next wait answers with a CancelledError.
// (Above 400 lines: the steps of a task are one state machine; what could stand alone, stands in files of its own.)
import { answerTrap, callUnderTask, type CallOwner } from './asynccall.ts';
import { AsyncPart } from './asyncpart.ts';
import { checkOptions, isGenerator, isGeneratorFunction, isThenable } from './checks.ts';
import { checkContext, type Context, copyContext } from './context.ts';
import { Coroutine } from './coroutines.ts';
import {
  cancelledError,
  CancelledError,
  isCancellation,
  KeyboardInterrupt,
  RuntimeError,
} from './errors.ts';
import type { AbstractEventLoop } from './events.ts';
import { FREE_BIT, Future, type Observer } from './futures.ts';
import { type Site, withoutStack } from './format.ts';
import { Handle } from './handles.ts';
import { logger } from './log.ts';
import type { Runnable } from './readyqueue.ts';
import { runtime } from './runtime.ts';
import { abortTaskSignal, checkSignal, linkSignal } from './signals.ts';
import { checkLimit, printTaskStack, type StackFrame, taskStack } from './stacks.ts';
import { enterTask, leaveTask } from './stepping.ts';
import { awaitValue, checkBody, describeBody } from './bodies.ts';
import type { Linked } from './tasklist.ts';
import { nextTaskNumber } from './tasknames.ts';
import { endsCancelled } from './waits.ts';
import type { Body } from './traps.ts';

type AnyGenerator = Generator<unknown, unknown, unknown>;

// To be cancelled at the next step or wait; the message lies in `_value`.
const MUST_CANCEL = FREE_BIT;
const STARTED = FREE_BIT * 2;
// `signal()` was asked for: a cancellation also aborts it.
const HAS_SIGNAL = FREE_BIT * 4;
// Made by a run of the loop, which tells by itself when it ends before the task does.
const FOR_RUN = FREE_BIT * 8;

/** Options of everything that makes a task. */
export interface TaskOptions {
  /** What the task is called in reprs and reports; by default `Task-N`. */
  name?: string | null | undefined;
  /** The context variables it runs with; by default a copy of the current context. */
  context?: Context | null | undefined;
  /** Run to the first suspension before the call returns. */
  eagerStart?: boolean | undefined;
  /** Its abort cancels the task. */
  signal?: AbortSignal | null | undefined;
}

/** @internal For calls without options; nobody writes to it. */
export const NO_OPTIONS: TaskOptions = {};
/** @internal */
export const TASK_OPTIONS: readonly string[] = ['name', 'context', 'eagerStart', 'signal'];
/** @internal Where the loop is not said otherwise. */
export const TASK_AND_LOOP_OPTIONS: readonly string[] = [...TASK_OPTIONS, 'loop'];

/** Makes the tasks of a loop: see `loop.setTaskFactory`. */
export type TaskFactory = (
  loop: AbstractEventLoop,
  body: Body<never>,
  options: TaskOptions,
) => Future<never>;

/**
 * A coroutine that runs by itself, beside others. Made with `createTask`; await it for its result.
 *
 * @example
 * const task = createTask(fetchPage(url), { name: 'fetch' });
 * task.cancel('not needed any more');
 */
export class Task<T = unknown> extends Future<T> implements Runnable, Observer, Linked, CallOwner {
  /** @internal */ _previous: Linked | null = null;
  /** @internal */ _next: Linked | null = null;
  /** @internal */ _context: Context;
  /** @internal What its generator waits for. */ _future: Future<unknown> | null = null;
  /** @internal Where it waits; in debug mode only. */ declare _suspended: Site | null;
  #body: Body<T>;
  #generator: AnyGenerator | null = null;
  #async: AsyncPart | null = null;
  #name: string | number;
  #cancels = 0;
  #cancelledError: CancelledError | null = null;

  /**
   * @param body a coroutine, a generator object, or a function of no arguments that is called at the first step
   * @throws TypeError for anything else: a Promise, most of all, whose function has started already
   */
  constructor(
    body: Body<T>,
    options: TaskOptions & { loop?: AbstractEventLoop | null | undefined } = NO_OPTIONS,
    /** @internal */ loop: AbstractEventLoop | null = null,
  ) {
    const where = loop === null ? 'Task' : 'createTask()';
    checkBody(body, where);
    if (options !== NO_OPTIONS) {
      checkOptions(options, where, loop === null ? TASK_AND_LOOP_OPTIONS : TASK_OPTIONS);
    }
    const { name, context, signal } = options;
    if (signal !== undefined && signal !== null) checkSignal(signal);
    if (context !== undefined && context !== null) checkContext(context, where);
    super((loop as { loop?: AbstractEventLoop } | null) ?? { loop: options.loop });
    // A loop that makes a task itself has looked.
    if (loop === null) this._loop._checkClosed();
    this.#body = body;
    if (body instanceof Coroutine) body._adopt();
    this.#name = name === undefined || name === null ? nextTaskNumber() : String(name);
    this._context = context ?? copyContext();
    this._loop._tasks.add(this);
    if (signal !== undefined && signal !== null) linkSignal(this, signal);
    if (Boolean(options.eagerStart) && this._loop.isRunning()) this._startNow();
    else this._loop._enqueue(this);
  }

  /**
   * Asks the task to end: a `CancelledError` with `message` is thrown into its body where it waits, at its next step,
   * or, when it awaits a promise of the host's, at its next await of something of ours (and at once to `signal()`).
   * @returns false when it is done already
   */
  override cancel(message?: string | null): boolean {
    if (this.done()) {
      super.cancel();
      return false;
    }
    this.#cancels++;
    const passed =
      this._future === null
        ? this.#async !== null && this.#async.cancel(message)
        : this._future.cancel(message);
    if (!passed) {
      this._bits |= MUST_CANCEL;
      this._value = message;
    }
    if ((this._bits & HAS_SIGNAL) !== 0) {
      const thrownByHost = abortTaskSignal(this, message);
      if (!passed && thrownByHost && this._adrift()) this._bits &= ~MUST_CANCEL;
    }
    return true;
  }

  /** How many cancellations were requested and not taken back by `uncancel()`. */
  cancelling(): number {
    return this.#cancels;
  }

  /** Takes one request of cancellation back; at none left, one not delivered yet is forgotten. Returns how many remain. */
  uncancel(): number {
    if (this.#cancels > 0) {
      this.#cancels--;
      if (this.#cancels === 0) this._bits &= ~MUST_CANCEL;
    }
    return this.#cancels;
  }

  /** What the task was made of: the coroutine, generator object or function. */
  getCoro(): Body<T> {
    return this.#body;
  }

  /** The context variables that the task runs with. */
  getContext(): Context {
    return this._context;
  }

  /** Its name; `Task-N` unless it was given one. */
  getName(): string {
    return typeof this.#name === 'number' ? `Task-${this.#name}` : this.#name;
  }

  setName(name: string): void {
    this.#name = String(name);
  }

  /**
   * Where the task stands, oldest frame first: a waiting one where it waits, a failed one where its error came from.
   * In debug mode every coroutine between is there; else the outermost one.
   * @param options.limit at most so many frames
   */
  getStack(options: { limit?: number | null | undefined } = {}): StackFrame[] {
    checkOptions(options, 'getStack()', ['limit']);
    return taskStack(this, checkLimit(options.limit, 'getStack()'));
  }

  /** Prints what `getStack` knows; with `write` (a function of the text) instead of the error log. */
  printStack(
    options: {
      limit?: number | null | undefined;
      write?: ((text: string) => void) | undefined;
    } = {},
  ): void {
    checkOptions(options, 'printStack()', ['limit', 'write']);
    printTaskStack(this, checkLimit(options.limit, 'printStack()'), options.write ?? null);
  }

  /** @throws RuntimeError always: the body decides a task's result */
  override setResult(_value: T): never {
    throw new RuntimeError('A Task does not support setResult(): its body decides the result');
  }

  /** @throws RuntimeError always: the body decides a task's result */
  override setException(_exception: unknown): never {
    throw new RuntimeError('A Task does not support setException(): its body decides the result');
  }

  override toString(): string {
    const where = this._site === null ? '' : ` created at ${this._site.place()}`;
    return `<Task ${this._stateText()} name='${this.getName()}' coro=${describeBody(this.#body)}${this._waitsText()}${where}>`;
  }

  /** @internal */
  override _traceName(): string {
    return `task '${this.getName()}' (${describeBody(this.#body)})`;
  }

  /** @internal */
  override _stateText(): string {
    return !this.done() && this.#cancels > 0 ? 'cancelling' : super._stateText();
  }

  /** @internal */
  _waitsText(): string {
    if (this.done()) return '';
    const [first] = this._waitsFor();
    if (first instanceof Task) return ` waits for <Task ${first.getName()}>`;
    if (first !== undefined) {
      const where = first._waitsIn();
      return where === null ? ` waits for <${first.constructor.name}>` : ` waits in ${where}`;
    }
    return this._adrift() ? ' waits for a promise of the host' : '';
  }

  /** @internal The futures it waits for now. */
  _waitsFor(): Future<unknown>[] {
    return this._future === null ? (this.#async?.futures ?? []) : [this._future];
  }

  /** @internal The generator that is stepped, if there is one. */
  _generatorObject(): AnyGenerator | null {
    return this.#generator;
  }

  /** @internal */
  _asyncPart(): AsyncPart {
    return (this.#async ??= new AsyncPart(this));
  }

  /** @internal */
  _notify(): void {
    this._loop._enqueue(this);
  }

  /** @internal The turn of this task: its first step, or the next one. Only the loop calls it, outside of any task. */
  _run(): void {
    const generator = this.#generator;
    if (generator === null) {
      if (!this.done()) this._startNow();
      return;
    }
    const future = this._future;
    this._future = null;
    if ((this._bits & MUST_CANCEL) !== 0) this._runCancelled(future);
    // Thrown in rather than found by the future's `next()`: V8 throws a third faster this way.
    else if (future !== null && future.cancelled()) {
      this._advance(true, future._makeCancelledError());
    } else {
      // `_advance`, without what only others than the loop need: most steps of most programs come through here.
      const rt = runtime;
      rt.task = this;
      let answer: IteratorResult<unknown, unknown>;
      try {
        answer = generator.next();
      } catch (thrown) {
        rt.task = null;
        this._failed(thrown);
        return;
      }
      rt.task = null;
      if (answer.done === true) this._returned(answer.value);
      else this._waitFor(answer.value);
    }
  }

  /** @internal */
  _runCancelled(future: Future<unknown> | null): void {
    if (future !== null && endsCancelled(future)) {
      this._dropCancel();
      this._advance(false, undefined);
      return;
    }
    if (future !== null) future._retrieve();
    this._advance(true, this._takeCancel());
  }

  /** @internal An async function that the generator waited for has ended. */
  step(): void {
    this.#async?.arrive();
    if (!this.done()) this._advance(false, undefined);
  }

  /** @internal */
  _mustCancel(): boolean {
    return (this._bits & MUST_CANCEL) !== 0;
  }

  /** @internal `signal()` was asked for. */
  _markSignal(): void {
    this._bits |= HAS_SIGNAL;
  }

  /** @internal */
  _markForRun(): void {
    this._bits |= FOR_RUN;
  }

  /** @internal Whoever runs it is told when it does not end. */
  _isForRun(): boolean {
    return (this._bits & FOR_RUN) !== 0;
  }

  /** @internal The pending cancellation reaches the body by another way. */
  _dropCancel(): void {
    this._bits &= ~MUST_CANCEL;
  }

  /** @internal The error of the pending cancellation, to be thrown into the body now. */
  _takeCancel(): CancelledError {
    this._dropCancel();
    return this._makeCancelledError();
  }

  /** @internal The pending cancellation goes on to what the body has begun to wait for. */
  _passCancel(future: Future<unknown>): void {
    if (future.cancel(this._value as string)) this._dropCancel();
  }

  /** @internal A second look at a cancelled task gets an error of its own, without the message. */
  override _makeCancelledError(): CancelledError {
    const error = this.#cancelledError;
    if (error === null) return super._makeCancelledError();
    // A task that survived its cancellation keeps the message for every gather that ends with it.
    if (!this.cancelled()) return withoutStack(() => cancelledError(error.message));
    this.#cancelledError = null;
    return error;
  }

  /** @internal */
  _adrift(): boolean {
    return this.#async !== null && this.#async.adrift;
  }

  /** @internal */
  _startNow(): void {
    this._bits |= STARTED;
    if ((this._bits & MUST_CANCEL) !== 0) {
      this._closeUnstarted();
      this._failed(this._takeCancel());
      return;
    }
    const body: unknown = this.#body;
    if (isGenerator(body)) {
      this.#generator = body;
      this._advance(false, undefined);
      return;
    }
    const outer = enterTask(this);
    let started: unknown;
    try {
      started = this._callBody(body);
    } catch (error) {
      leaveTask(outer);
      this._failed(error);
      return;
    }
    leaveTask(outer);
    this._goOn(started);
  }

  /** @internal */
  _callBody(body: unknown): unknown {
    if (body instanceof Coroutine) {
      return body._isAsync ? callUnderTask(this, () => body._start()) : body._start();
    }
    if (typeof body !== 'function') return awaitValue(body);
    return isGeneratorFunction(body)
      ? (body as () => unknown)()
      : callUnderTask(this, body as () => unknown);
  }

  // Goes on with what the body's function returned.
  /** @internal */
  _goOn(started: unknown): void {
    if (isGenerator(started)) {
      this.#generator = started;
      this._advance(false, undefined);
    } else if (!isThenable(started)) {
      this._returned(started);
    } else if (Symbol.iterator in started) {
      // Something of ours: awaited in this task, as if the function had been a generator around it.
      this.#generator = awaitValue(started);
      this._advance(false, undefined);
    } else {
      const part = this._asyncPart();
      started.then(
        (value) => {
          part.arrive();
          this._returned(value);
        },
        (error: unknown) => {
          part.arrive();
          this._failed(error);
        },
      );
      part.resume();
    }
  }

  /** @internal */
  _advance(throws: boolean, error: unknown): void {
    const generator = this.#generator as AnyGenerator;
    const outer = enterTask(this);
    let answer: IteratorResult<unknown, unknown>;
    try {
      answer = throws ? generator.throw(error) : generator.next();
    } catch (thrown) {
      leaveTask(outer);
      this._failed(thrown);
      return;
    }
    leaveTask(outer);
    if (answer.done === true) this._returned(answer.value);
    else this._waitFor(answer.value);
  }

  /** @internal */
  _waitFor(trap: unknown): void {
    const answer = answerTrap(this, trap);
    if (answer === null) {
      this._loop._enqueue(this);
    } else if (answer instanceof Future) {
      this._future = answer;
      answer._observe(this);
      if ((this._bits & MUST_CANCEL) !== 0) this._passCancel(answer);
    } else if (answer instanceof Error) {
      const throwIn = (): void => this._throwIn(answer);
      this._loop._enqueue(new Handle(throwIn, [], this._loop, this._context));
    } else {
      answer.owner = this;
    }
  }

  /** @internal */
  _throwIn(error: Error): void {
    const thrown = (this._bits & MUST_CANCEL) !== 0 ? this._takeCancel() : error;
    this._advance(true, thrown);
  }

  /** @internal */
  _returned(value: unknown): void {
    if (this.done()) return;
    this._loop._tasks.remove(this);
    this.#generator = null;
    if ((this._bits & MUST_CANCEL) !== 0) {
      this._bits &= ~MUST_CANCEL;
      this._cancelNow(this._value);
      return;
    }
    if (this._loop._debug && this.#cancels > 0) {
      logger.warning(
        `${this.toString()} swallowed its cancellation: a CancelledError was caught and neither thrown again nor taken back with uncancel()`,
      );
    }
    this._keepMessage();
    this._finish(value);
  }

  // The message of a cancellation that the body survived stays with the task: a cancelled gather ends with it.
  /** @internal */
  _keepMessage(): void {
    const message = this._value;
    if (message === undefined || message === null) return;
    this.#cancelledError = withoutStack(() => cancelledError(message));
  }

  /** @internal */
  _failed(error: unknown): void {
    if (this.done()) return;
    this._loop._tasks.remove(this);
    this.#generator = null;
    if (isCancellation(error)) {
      this.#cancelledError = error instanceof CancelledError ? error : null;
      this._cancelNow(undefined);
      return;
    }
    this._keepMessage();
    this._fail(error);
    if (error instanceof KeyboardInterrupt) this._loop._interrupt(error);
  }

  /** @internal */
  _closeUnstarted(): void {
    const body: unknown = this.#body;
    if (body instanceof Coroutine) body.close();
    else if (isGenerator(body)) body.return(undefined);
  }
}

// Null for every one that has none of its own: a field less to write and to keep.
Task.prototype._suspended = null;
