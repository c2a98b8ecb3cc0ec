// Every error class of the package: asyncio's names, each with a stable `code`.
import { INSPECT } from './format.ts';

/** What all errors of this package share: a `code` that never changes between versions. */
export interface CodedError extends Error {
  readonly code: string;
}

function mark(type: { prototype: object; name: string }, code: string): void {
  Object.defineProperty(type.prototype, 'name', {
    value: type.name,
    writable: true,
    configurable: true,
  });
  Object.defineProperty(type.prototype, 'code', {
    value: code,
    writable: true,
    configurable: true,
  });
}

/** An operation that is not possible in the present state. Python's `RuntimeError`. */
export class RuntimeError extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_RUNTIME');
  }
}

/** A method that this kind of event loop or transport does not have. */
export class NotImplementedError extends RuntimeError {
  static {
    mark(this, 'ERR_ASYNCIO_NOT_IMPLEMENTED');
  }
}

/**
 * Thrown inside a coroutine whose task was cancelled, and by whoever awaits that task.
 * Let it pass, or throw it again once the clean-up is done: a task that swallows it stays alive.
 *
 * @example
 * try { await sleep(3600) } finally { await connection.close() }
 */
export class CancelledError extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_CANCELLED');
  }
}

/** A future or task was asked for something that its state does not allow (`result()` while pending). */
export class InvalidStateError extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_INVALID_STATE');
  }
}

/** The time given to an operation has passed. */
export class TimeoutError extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_TIMEOUT');
  }
}

/** A look-up that found nothing: a context variable that has neither a value nor a default. */
export class LookupError extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_LOOKUP');
  }
}

/** The program was interrupted (Ctrl-C): `run` ends with it when SIGINT cancelled the main task. */
export class KeyboardInterrupt extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_INTERRUPT');
  }
}

/** The stream ended before the wanted number of bytes had been read. */
export class IncompleteReadError extends Error implements CodedError {
  declare readonly code: string;
  /** What was read before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were wanted; `null` when a separator was looked for. */
  readonly expected: number | null;
  constructor(partial: Uint8Array, expected: number | null) {
    const wanted = expected === null ? 'undefined' : String(expected);
    super(`${partial.length} bytes read on a total of ${wanted} expected bytes`);
    this.partial = partial;
    this.expected = expected;
  }
  static {
    mark(this, 'ERR_ASYNCIO_INCOMPLETE_READ');
  }
}

/** The separator was not found within the stream's limit; the data stays in the buffer. */
export class LimitOverrunError extends Error implements CodedError {
  declare readonly code: string;
  /** How many bytes may be read before the search would go on. */
  readonly consumed: number;
  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
  static {
    mark(this, 'ERR_ASYNCIO_LIMIT_OVERRUN');
  }
}

/** The barrier was broken while, or before, this party waited. */
export class BrokenBarrierError extends RuntimeError {
  static {
    mark(this, 'ERR_ASYNCIO_BROKEN_BARRIER');
  }
}

/** An executor that can no longer run something: its thread or process died, or its initializer failed. */
export class BrokenExecutor extends RuntimeError {
  static {
    mark(this, 'ERR_ASYNCIO_BROKEN_EXECUTOR');
  }
}

/** A worker thread ended while it ran a job, or the pool's initializer failed. */
export class BrokenThreadPool extends BrokenExecutor {
  static {
    mark(this, 'ERR_ASYNCIO_BROKEN_THREAD_POOL');
  }
}

/** A worker process ended while it ran a job, or the pool's initializer failed. */
export class BrokenProcessPool extends BrokenExecutor {
  static {
    mark(this, 'ERR_ASYNCIO_BROKEN_PROCESS_POOL');
  }
}

/** `getNowait()` found the queue empty. */
export class QueueEmpty extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_QUEUE_EMPTY');
  }
}

/** `putNowait()` found the queue full. */
export class QueueFull extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_QUEUE_FULL');
  }
}

/** The queue was shut down: nothing can be put any more, and nothing is left to get. */
export class QueueShutDown extends Error implements CodedError {
  declare readonly code: string;
  static {
    mark(this, 'ERR_ASYNCIO_QUEUE_SHUT_DOWN');
  }
}

/**
 * A connection is gone. `code` is the system's: `ECONNRESET`, `ECONNABORTED`, `EPIPE`, `ESRCH`. What the host itself
 * reports comes through as the host's own error, with the same `code`.
 */
export class ConnectionError extends Error implements CodedError {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'ConnectionError',
      writable: true,
      configurable: true,
    });
  }
}

/** The platform cannot send this file on this transport without copying it. */
export class SendfileNotAvailableError extends RuntimeError {
  static {
    mark(this, 'ERR_ASYNCIO_SENDFILE_NOT_AVAILABLE');
  }
}

/** How `split` and `subgroup` choose: an error class, several, or a predicate. */
export type ErrorCondition =
  | (abstract new (...args: never[]) => Error)
  | readonly (abstract new (...args: never[]) => Error)[]
  | ((error: unknown) => boolean);

/**
 * Several errors that happened side by side, as a `TaskGroup` raises them. Groups may nest.
 *
 * @example
 * try { await taskGroup(body) } catch (error) {
 *   if (error instanceof ExceptionGroup) console.error(error.errors);
 * }
 */
export class ExceptionGroup extends AggregateError implements CodedError {
  declare readonly code: string;

  /**
   * @param message what the group is about
   * @param errors at least one error
   * @throws TypeError when `message` is no string or `errors` no array; RangeError when it is empty
   */
  constructor(message: string, errors: readonly unknown[]) {
    if (typeof message !== 'string') {
      throw new TypeError(`ExceptionGroup expects a message string first, not ${typeof message}`);
    }
    if (!Array.isArray(errors)) {
      throw new TypeError(`ExceptionGroup expects an array of errors second, not ${typeof errors}`);
    }
    if (errors.length === 0) {
      throw new RangeError('ExceptionGroup expects at least one error, not an empty array');
    }
    super(errors, message);
  }

  /** A group of the same kind around other errors; override it in a subclass that carries more. */
  derive(errors: readonly unknown[]): ExceptionGroup {
    return new ExceptionGroup(this.message, errors);
  }

  /** The part of this group, nesting kept, whose errors match; `null` when none does. */
  subgroup(condition: ErrorCondition): ExceptionGroup | null {
    return this.split(condition)[0];
  }

  /** The matching part and the rest, nesting kept; either is `null` when it would be empty. */
  split(condition: ErrorCondition): [ExceptionGroup | null, ExceptionGroup | null] {
    const matches = predicate(condition);
    if (matches(this)) return [this, null];
    const hit: unknown[] = [];
    const rest: unknown[] = [];
    for (const error of this.errors as unknown[]) {
      if (error instanceof ExceptionGroup) {
        const [inner, other] = error.split(matches);
        if (inner !== null) hit.push(inner);
        if (other !== null) rest.push(other);
      } else if (matches(error)) hit.push(error);
      else rest.push(error);
    }
    return [partOf(this, hit), partOf(this, rest)];
  }

  override toString(): string {
    const n = this.errors.length;
    return `${this.name}: ${this.message} (${n} sub-exception${n === 1 ? '' : 's'})`;
  }

  static {
    mark(this, 'ERR_ASYNCIO_EXCEPTION_GROUP');
    Object.defineProperty(this.prototype, INSPECT, {
      value: printGroup,
      writable: true,
      configurable: true,
    });
  }
}

// No private method: a group that came from another thread was not made by this constructor.
function partOf(group: ExceptionGroup, errors: unknown[]): ExceptionGroup | null {
  if (errors.length === 0) return null;
  const part = group.derive(errors);
  part.stack = group.stack ?? part.stack ?? '';
  if (group.cause !== undefined) part.cause = group.cause;
  return part;
}

// How Node prints a group: with every member, however deep.
function printGroup(
  this: ExceptionGroup,
  _depth: number,
  options: object,
  inspect: (value: unknown, options: object) => string,
): string {
  const head = `${this.name}: ${this.message}`;
  const stack = this.stack ?? '';
  const own = stack.startsWith(head) ? this.toString() + stack.slice(head.length) : stack;
  const members = (this.errors as unknown[]).map(
    (error, i) => `[${i + 1}] ${inspect(error, options)}`,
  );
  if (this.cause !== undefined) members.push(`[cause] ${inspect(this.cause, options)}`);
  return [own, ...members.map((text) => `  ${text.replaceAll('\n', '\n  ')}`)].join('\n');
}

/** @internal Whether `value` is `Error` or a class that extends it. */
export function isErrorClass(value: unknown): value is new () => Error {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}

function predicate(condition: ErrorCondition): (error: unknown) => boolean {
  const classes = (Array.isArray(condition) ? condition : [condition]) as readonly unknown[];
  // Of an empty array, as of Python's (), nothing matches.
  if (classes.every(isErrorClass)) {
    const types = classes as readonly (new () => Error)[];
    return (error) => types.some((type) => error instanceof type);
  }
  if (typeof condition === 'function') return condition as (error: unknown) => boolean;
  throw new TypeError(
    'Expected an error class, an array of error classes or a predicate function as condition',
  );
}

/** @internal The error of a cancellation with its message, if there is one. */
export function cancelledError(message: unknown): CancelledError {
  if (message === undefined || message === null) return new CancelledError();
  return new CancelledError((message as string).toString());
}

/** @internal The host's APIs wrap the reason of a signal in an AbortError: the CancelledError inside, else `error`. */
export function cancellationOf(error: unknown): unknown {
  const wrapped =
    error instanceof Error && error.name === 'AbortError' && error.cause instanceof CancelledError;
  return wrapped ? error.cause : error;
}

/** @internal Whether an error says that the task was cancelled. */
export function isCancellation(error: unknown): boolean {
  return cancellationOf(error) instanceof CancelledError;
}
