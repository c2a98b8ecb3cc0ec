// Errors put together again on arrival: the same class where it is a standard one, with the worker's stack.
import {
  BrokenBarrierError,
  BrokenExecutor,
  BrokenProcessPool,
  BrokenThreadPool,
  CancelledError,
  ConnectionError,
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
import { typeName } from './errortypes.ts';
import { registered } from './offload.ts';
import type { Failure, WireError } from './wire.ts';

type ErrorType = { readonly prototype: Error; readonly name: string };

const classes = new Map<string, ErrorType>(
  [
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
    DOMException,
    BrokenBarrierError,
    BrokenExecutor,
    BrokenProcessPool,
    BrokenThreadPool,
    CancelledError,
    ConnectionError,
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
  ].map((type: ErrorType) => [typeName(type), type]),
);

/** What was thrown in the worker, as far as it can be had here. */
export function revive(failure: Failure): unknown {
  return 'error' in failure ? reviveError(failure.error) : failure.value;
}

function reviveError(wire: WireError): Error {
  const type = nearest(wire.types);
  const error = withoutPlace(() =>
    type === DOMException ? new DOMException(wire.message, wire.name) : new Error(wire.message),
  );
  if (type !== null && type !== DOMException) Object.setPrototypeOf(error, type.prototype);
  if (error.name !== wire.name) hide(error, 'name', wire.name);
  if (wire.stack !== null) hide(error, 'stack', wire.stack);
  if (wire.cause !== null) hide(error, 'cause', revive(wire.cause));
  if (wire.errors !== null) hide(error, 'errors', wire.errors.map(revive));
  // Defined, not assigned: the class may have an accessor of that name.
  for (const [key, value] of Object.entries(wire.fields ?? {})) {
    Object.defineProperty(error, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  return error;
}

// An error that nobody handles is shown with the line that made it, which is none of the program's.
function withoutPlace(make: () => Error): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The nearest of its classes that is known here. */
function nearest(types: WireError['types']): ErrorType | null {
  for (const one of types) {
    const type = typeof one === 'string' ? classes.get(one) : registered(one.url).get(one.name);
    if (type?.prototype instanceof Error) return type;
  }
  return null;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}
