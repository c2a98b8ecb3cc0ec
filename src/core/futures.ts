// Futures: a result that is not there yet.
//
// States: PENDING -> FINISHED (setResult), FAILED (setException) or CANCELLED (cancel); each at most once, by whoever
// holds the future. Reaching an end schedules the callbacks and wakes the waiting tasks, all through the loop's ready
// queue, in the order in which they came.
// (Above 400 lines: one state machine, and every method of it reads the same bits.)
import type { BaseEventLoop } from './baseloop.ts';
import { checkCallback, checkOptions, className, describe } from './checks.ts';
import { checkContext, type Context, copyContext } from './context.ts';
import {
  cancelledError,
  type CancelledError,
  InvalidStateError,
  isErrorClass,
  RuntimeError,
} from './errors.ts';
import { AbstractEventLoop } from './events.ts';
import {
  captureSite,
  errorLine,
  functionName,
  showAsText,
  type Site,
  withoutStack,
} from './format.ts';
import { Handle } from './handles.ts';
import { loopForFuture } from './loopchoice.ts';
import { claim, type Report, type Reportable, watch } from './reports.ts';
import { awaitingTask, runtime } from './runtime.ts';
import { cleanStack, settleStack, traceFrom, traceThroughGenerator } from './tracebacks.ts';
import { type Awaitable, SUSPENDED, type Trap } from './traps.ts';

/** @internal The two low bits of `_bits`. */
export const PENDING = 0;
/** @internal */
export const CANCELLED = 1;
/** @internal */
export const FINISHED = 2;
/** @internal */
export const FAILED = 3;
const STATE = 3;
// Yielded through `yield*`, so by someone who means to wait.
const BLOCKING = 4;
// Failed, and nobody has asked for the exception yet.
const UNRETRIEVED = 8;
/** @internal The first bit that subclasses may use. */
export const FREE_BIT = 16;

/** @internal Who is told, through the loop, that a future is done. */
export interface Observer {
  /** Puts what is to happen into the ready queue. */
  _notify(future: Future<unknown>): void;
}

class DoneCallback implements Observer {
  readonly fn: (future: never) => unknown;
  readonly context: Context;
  constructor(fn: (future: never) => unknown, context: Context) {
    this.fn = fn;
    this.context = context;
  }
  _notify(future: Future<unknown>): void {
    const loop = future._loop;
    loop._enqueue(
      new Handle(this.fn as (...args: unknown[]) => unknown, [future], loop, this.context),
    );
  }
}

/** Takes the end of a future. */
export interface Receiver {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** `reject`, for the error of a task or future that goes on through an await. */
  rejectFrom?(error: unknown, from: string | null): void;
}

/** Resolves a host promise: for awaits outside of any task. */
class PromiseObserver implements Observer, Receiver {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  constructor(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.resolve = resolve;
    this.reject = reject;
  }
  rejectFrom(error: unknown, from: string | null): void {
    traceFrom(error, from);
    this.reject(error);
  }
  _notify(future: Future<unknown>): void {
    future._deliver(this);
  }
}

/**
 * A result that is not there yet. Await it in either kind of coroutine: `await fut`, `yield* fut`.
 *
 * @example
 * const fut = getRunningLoop().createFuture<number>();
 * getRunningLoop().callLater(1, () => fut.setResult(42));
 * const answer = await fut;
 */
export class Future<T = unknown> implements Awaitable<T>, Reportable {
  /** @internal */ _loop: BaseEventLoop;
  /** @internal State and flags. */ _bits: number = PENDING;
  /** @internal The result or the error; while pending and when cancelled, the message of the cancellation. */
  _value: unknown = undefined;
  /** @internal One observer stands for itself, several in a set, in the order in which they came. */
  _observers: Observer | Set<Observer> | null = null;
  /** @internal Where it was made; in debug mode only. */
  declare _site: Site | null;

  /**
   * @param options.loop the loop that runs the callbacks; by default the running one
   * @throws TypeError when `loop` is no event loop
   */
  constructor(options: { loop?: AbstractEventLoop | null | undefined } = {}) {
    const loop =
      options instanceof AbstractEventLoop ? (options as BaseEventLoop) : loopForFuture(options);
    this._loop = loop;
    if (loop._debug) this._site = captureSite(new.target);
  }

  /** The loop this future belongs to. */
  getLoop(): AbstractEventLoop {
    return this._loop;
  }

  /** Whether there is a result, an exception or a cancellation. */
  done(): boolean {
    return (this._bits & STATE) !== PENDING;
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return (this._bits & STATE) === CANCELLED;
  }

  /** @throws CancelledError, InvalidStateError while there is none yet, or the exception that was set */
  result(): T {
    switch (this._bits & STATE) {
      case FINISHED:
        return this._value as T;
      case FAILED:
        this._retrieve();
        throw this._value;
      case CANCELLED:
        throw this._makeCancelledError();
      default:
        throw new InvalidStateError(
          'The result is not set yet; await this future, or ask done() first',
        );
    }
  }

  /** The exception, or `null` when it ended well. @throws CancelledError, InvalidStateError while pending */
  exception(): unknown {
    switch (this._bits & STATE) {
      case FINISHED:
        return null;
      case FAILED:
        if ((this._bits & UNRETRIEVED) !== 0) cleanStack(this._value);
        this._retrieve();
        return this._value;
      case CANCELLED:
        throw this._makeCancelledError();
      default:
        throw new InvalidStateError(
          'The exception is not set yet; await this future, or ask done() first',
        );
    }
  }

  /**
   * Ends it with a result.
   * @throws InvalidStateError when it is done already; RuntimeError when tasks or callbacks wait for it on a closed loop
   */
  setResult(value: T): void {
    if ((this._bits & STATE) !== PENDING) refuse(this, 'setResult');
    if (this._loop.isClosed()) endOnClosedLoop(this, FINISHED, value);
    else this._finish(value);
  }

  /** Ends it with an error (or a class of errors). @throws as `setResult` */
  setException(exception: unknown): void {
    if ((this._bits & STATE) !== PENDING) refuse(this, 'setException');
    let error = exception;
    if (isErrorClass(error)) error = new error();
    if (!(error instanceof Error)) {
      throw new TypeError(
        `setException() expects an Error or a class of errors, not ${describe(error)}`,
      );
    }
    if (this._loop.isClosed()) endOnClosedLoop(this, FAILED, error);
    else this._fail(error);
  }

  /** Cancels it, so that who awaits it gets a `CancelledError` with `message`. False when it is done already. */
  cancel(message?: string | null): boolean {
    if ((this._bits & STATE) !== PENDING) {
      if ((this._bits & UNRETRIEVED) !== 0) this._retrieve();
      return false;
    }
    if (this._loop.isClosed()) endOnClosedLoop(this, CANCELLED, message);
    else this._cancelNow(message);
    return true;
  }

  /**
   * Calls `fn(future)` through the loop once it is done; soon, when it is done already.
   * @param options.context what it runs in; by default a copy of the current context
   */
  addDoneCallback(
    fn: (future: this) => unknown,
    options: { context?: Context | undefined } = {},
  ): void {
    checkCallback(fn, 'addDoneCallback()');
    checkOptions(options, 'addDoneCallback()', ['context']);
    const { context } = options;
    if (context !== undefined) checkContext(context, 'addDoneCallback()');
    if (this.done()) this._loop._checkClosed();
    this._observe(new DoneCallback(fn, context ?? copyContext()));
  }

  /** Takes every occurrence of `fn` out of the callbacks; returns how many there were. */
  removeDoneCallback(fn: (future: this) => unknown): number {
    let removed = 0;
    for (const one of this._observerList()) {
      if (!(one instanceof DoneCallback) || one.fn !== fn) continue;
      this._unobserve(one);
      removed++;
    }
    return removed;
  }

  /** What `await` calls. In a task, that task waits (and its cancellation reaches this future). */
  then<A = T, B = never>(
    onResult?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const task = awaitingTask();
    if (task !== null) return task._asyncPart().awaitFuture(this, onResult, onError);
    return this._toPromise().then(onResult, onError);
  }

  /** What `yield*` calls: a future is its own iterator, so that waiting allocates nothing. */
  [Symbol.iterator](): Iterator<Trap, T, unknown> {
    return this;
  }

  /** @internal One step of `yield*`: suspend while pending, else give the result. */
  next(): IteratorResult<Trap, T> {
    if ((this._bits & STATE) === PENDING) {
      if ((this._bits & BLOCKING) !== 0) refuseIteration(this);
      this._bits |= BLOCKING;
      if (runtime.debug && runtime.task !== null) runtime.task._suspended = captureSite(this.next);
      SUSPENDED.value = this as unknown as Trap;
      return SUSPENDED as IteratorYieldResult<Trap>;
    }
    if ((this._bits & STATE) === FAILED) traceThroughGenerator(this._value, this._traceName());
    return { value: this.result(), done: true };
  }

  /** @internal The task throws into the body at the place where it waits. */
  throw(error: unknown): IteratorResult<Trap, T> {
    throw error;
  }

  toString(): string {
    return `<${className(this)} ${this._stateText()}${this._site === null ? '' : ` created at ${this._site.place()}`}>`;
  }

  /** @internal */
  _stateText(): string {
    switch (this._bits & STATE) {
      case FINISHED:
        return `finished result=${describe(this._value)}`;
      case FAILED:
        return `finished exception=${errorLine(this._value)}`;
      case CANCELLED:
        return 'cancelled';
      default: {
        const list = this._observerList();
        const [one] = list;
        const more = list.length > 1 ? ` and ${list.length - 1} more` : '';
        if (!(one instanceof DoneCallback)) return 'pending';
        return `pending callback=${functionName(one.fn)}${more}`;
      }
    }
  }

  /** @internal Ended with an error; the exception alone does not tell, since a body can throw null. */
  _threw(): boolean {
    return (this._bits & STATE) === FAILED;
  }

  /** @internal What a task is in that waits for this (`Queue.get`); null where there is only the future itself. */
  _waitsIn(): string | null {
    return (this._bits & STATE) === PENDING && typeof this._value === 'string' ? this._value : null;
  }

  /** @internal Takes the mark of `yield*` away; whether it was there. */
  _takeBlocking(): boolean {
    const blocking = (this._bits & BLOCKING) !== 0;
    this._bits &= ~BLOCKING;
    return blocking;
  }

  /** @internal Ends a pending future with a result. */
  _finish(value: unknown): void {
    this._value = value;
    this._end(FINISHED);
  }

  /** @internal Ends a pending future with whatever was thrown. */
  _fail(error: unknown): void {
    this._value = error;
    this._bits |= UNRETRIEVED;
    this._end(FAILED);
    watch(this);
  }

  /** @internal Ends a pending future as cancelled. */
  _cancelNow(message: unknown): void {
    this._value = message;
    this._end(CANCELLED);
  }

  /** @internal */
  _end(state: number): void {
    this._bits |= state;
    const observers = this._observers;
    if (observers === null) return;
    this._observers = null;
    if (observers instanceof Set) for (const one of observers) one._notify(this);
    else observers._notify(this);
  }

  /** @internal Who is to be told, in the order in which they came. */
  _observerList(): Observer[] {
    const observers = this._observers;
    return observers instanceof Set ? [...observers] : observers === null ? [] : [observers];
  }

  /** @internal Tells `observer` when this is done; at once, when it is done already. */
  _observe(observer: Observer): void {
    if ((this._bits & STATE) !== PENDING) observer._notify(this);
    else if (this._observers === null) this._observers = observer;
    else if (this._observers instanceof Set) this._observers.add(observer);
    else this._observers = new Set([this._observers, observer]);
  }

  /** @internal Takes one observer out again. */
  _unobserve(observer: Observer): void {
    if (this._observers === observer) this._observers = null;
    else if (this._observers instanceof Set) this._observers.delete(observer);
  }

  /** @internal Gives the end of a done future to a receiver. */
  _deliver(to: Receiver): void {
    switch (this._bits & STATE) {
      case FINISHED:
        to.resolve(this._value);
        break;
      case FAILED:
        this._retrieve();
        if (to.rejectFrom === undefined) to.reject(this._value);
        else to.rejectFrom(this._value, this._traceName());
        break;
      default:
        to.reject(this._makeCancelledError());
    }
  }

  /** @internal A host promise of the same end. */
  _toPromise(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this._observe(new PromiseObserver(resolve as (value: unknown) => void, reject));
    });
  }

  /** @internal How it shows in the stack of an error that comes out of it. */
  _traceName(): string | null {
    return null;
  }

  /** @internal The error of a cancelled future, made for one look. */
  _makeCancelledError(): CancelledError {
    // What is done otherwise has no message: a cancelled gather may ask.
    const message = (this._bits & STATE) >= FINISHED ? undefined : this._value;
    return withoutStack(() => cancelledError(message));
  }

  /** @internal */
  _retrieve(): void {
    if ((this._bits & UNRETRIEVED) === 0) return;
    this._bits &= ~UNRETRIEVED;
    claim(this);
  }

  /** @internal */
  _unclaimed(): boolean {
    return (this._bits & UNRETRIEVED) !== 0;
  }

  /** @internal */
  _report(): Report {
    const loop = this._loop;
    const exception = this._value;
    settleStack(exception);
    const kind = className(this);
    const text = this.toString();
    const site = this._site;
    const self = new WeakRef<Future>(this);
    return {
      owner: loop,
      emit(): void {
        // Once it is collected, another of the same look stands for it.
        const future = self.deref() ?? standIn(loop, exception, text);
        loop.callExceptionHandler({
          message: `${kind} exception was never retrieved`,
          exception,
          future,
          ...(site === null ? {} : { sourceTraceback: site.frames() }),
        });
      },
    };
  }
}

// Null for every one that has none of its own: a field less to write and to keep.
Future.prototype._site = null;
showAsText(Future);

// Functions instead of private methods, which V8 would mark on each new future.

// Asked for a second step without having been waited for: by a spread or a for loop, or a step too many by hand.
function refuseIteration(future: Future): never {
  future._takeBlocking();
  throw new RuntimeError(
    `${future.toString()} can be iterated only by a task: write yield* future in a generator coroutine`,
  );
}

// It ends, as CPython's does, and whoever ends it is told that its tasks and callbacks will not be.
function endOnClosedLoop(future: Future, state: number, value: unknown): void {
  const ready = future._loop._ready;
  const before = ready.size;
  if (state === FINISHED) future._finish(value);
  else if (state === FAILED) future._fail(value);
  else future._cancelNow(value);
  if (ready.size > before) future._loop._checkClosed();
}

function refuse(future: Future, method: string): never {
  throw new InvalidStateError(
    `${method}() needs a pending future, but this one is done: ${future.toString()}`,
  );
}

function standIn(loop: AbstractEventLoop, exception: unknown, text: string): Future {
  const future = new Future<unknown>({ loop });
  future._value = exception;
  future._bits = FAILED;
  Object.defineProperty(future, 'toString', { value: () => text });
  return future;
}

/** A future for one wait in `where` (`Queue.get`): tasks that wait for it say so in their reprs. */
export function waiter<T>(loop: AbstractEventLoop, where: string): Future<T> {
  const future = loop.createFuture<T>();
  // Until the end, a future's value is free for its owner.
  future._value = where;
  return future;
}

/** Whether `value` is a Future (or Task) of this package. */
export function isfuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
