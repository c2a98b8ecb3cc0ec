// Errors put together again on arrival: the same class where it is a standard one, with the worker's stack.
import {
  BrokenBarrierError,
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  CancelledError,
  ExceptionGroup,
  IncompleteReadError,
  InvalidStateError,
  KeyboardInterrupt,
  LimitOverrunError,
  LookupError,
  NotImplementedError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  SendfileNotAvailableError,
  TimeoutError,
} from '../core/index.ts';
import type { Failure, WireError } from './wire.ts';

const classes = new Map<string, { prototype: Error }>(
  [
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
    BrokenBarrierError,
    BrokenExecutor,
    BrokenProcessPool,
    BrokenThreadPool,
    CancelledError,
    ExceptionGroup,
    IncompleteReadError,
    InvalidStateError,
    KeyboardInterrupt,
    LimitOverrunError,
    LookupError,
    NotImplementedError,
    QueueEmpty,
    QueueFull,
    QueueShutDown,
    RuntimeError,
    SendfileNotAvailableError,
    TimeoutError,
  ].map((type) => [type.name, type]),
);

/** What was thrown in the worker, as far as it can be had here. */
export function revive(failure: Failure): unknown {
  return 'error' in failure ? reviveError(failure.error) : failure.value;
}

function reviveError(wire: WireError): Error {
  const error: Error & { errors?: unknown } =
    wire.name === 'AbortError' || wire.name === 'DataCloneError'
      ? new DOMException(wire.message, wire.name)
      : new Error(wire.message);
  const known = classes.get(wire.name);
  if (known !== undefined) Object.setPrototypeOf(error, known.prototype);
  else if (error.name !== wire.name) hide(error, 'name', wire.name);
  if (wire.stack !== null) hide(error, 'stack', wire.stack);
  if (wire.cause !== null) hide(error, 'cause', revive(wire.cause));
  if (wire.errors !== null) hide(error, 'errors', wire.errors.map(revive));
  if (wire.fields !== null) Object.assign(error, wire.fields);
  return error;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}
