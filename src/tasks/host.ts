// The host's world: callbacks, events and async iterables of the host's, as futures.
//
// Each future made here counts as awaited from outside while it is pending: the loop then knows that the host
// may still deliver, and does not take the waiting for a deadlock.
import {
  anyLoop,
  type BaseEventLoop,
  checkOptions,
  checkSignal,
  describe,
  Future,
  linkSignal,
  type Observer,
} from '../core/index.ts';

/** A callback as Node's functions want it: the error first, then the value. */
export type NodeCallback<T> = (error?: unknown, value?: T, ...more: unknown[]) => void;

/** What `once` needs of an emitter of Node's. */
export interface EmitterLike {
  on(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
  removeListener(name: string | symbol, listener: (...args: unknown[]) => void): unknown;
}

/** What `once` needs of an event target of the web's. */
export interface EventTargetLike {
  addEventListener(name: string, listener: (event: unknown) => void): void;
  removeEventListener(name: string, listener: (event: unknown) => void): void;
}

/**
 * Calls `start` with a callback, and gives a future of what that callback is called with: the first argument, when there is
 * one, is the error; the second the value (further ones are not kept: wrap the callback to choose). Only the first call counts.
 *
 * Cancelling the future ends the waiting; what was started runs on, unless it was given `signal()`.
 *
 * @throws TypeError when `start` is no function; whatever `start` throws
 *
 * @example
 * const stats = await fromCallback<Stats>((callback) => stat(path, callback));
 */
export function fromCallback<T = unknown>(
  start: (callback: NodeCallback<T>) => unknown,
): Future<T> {
  if (typeof start !== 'function') {
    throw new TypeError(
      `fromCallback() expects a function that takes a callback, not ${describe(start)}; ` +
        'write fromCallback((callback) => readFile(path, callback))',
    );
  }
  const future = new HostFuture<T>(anyLoop());
  try {
    start((error, value) => {
      if (future.done()) return;
      if (error === undefined || error === null) future._finish(value);
      else future._fail(error);
    });
  } catch (error) {
    future.cancel();
    throw error;
  }
  return future;
}

/**
 * The next event `name` of an emitter of Node's or of an event target: a future of the listener's arguments, as an array. An
 * `error` event of an emitter comes out as the error. The listeners are there from the call until the future is done; cancelling
 * it takes them away.
 *
 * @param options.signal its abort cancels the future
 * @throws TypeError for what is neither
 *
 * @example
 * const [code] = await once<[number]>(child, 'exit');
 */
export function once<A extends unknown[] = unknown[]>(
  emitter: EmitterLike | EventTargetLike,
  name: string | symbol,
  options: { signal?: AbortSignal | null | undefined } = {},
): Future<A> {
  checkOptions(options, 'once()', ['signal']);
  const { signal = null } = options;
  if (signal !== null) checkSignal(signal);
  if (typeof name !== 'string' && typeof name !== 'symbol') {
    throw new TypeError(`once() expects the name of an event, not ${describe(name)}`);
  }
  if (!isEmitter(emitter) && !isEventTarget(emitter)) {
    throw new TypeError(
      `once() expects an event emitter or an event target first, not ${describe(emitter)}`,
    );
  }
  const future = new HostFuture<A>(anyLoop());
  if (isEmitter(emitter)) listenToEmitter(emitter, name, future);
  else listenToTarget(emitter, name as string, future);
  if (signal !== null) linkSignal(future, signal);
  return future;
}

/**
 * A future that the host ends: with `_finish` and `_fail`, since the host is not the one to be told that the loop is closed by
 * then.
 */
class HostFuture<T> extends Future<T> {
  constructor(loop: BaseEventLoop) {
    super({ loop });
    loop._outside++;
  }

  /** @internal */
  override _end(state: number): void {
    this._loop._outside--;
    super._end(state);
  }
}

class Listening implements Observer {
  readonly #stop: () => void;
  constructor(stop: () => void) {
    this.#stop = stop;
  }
  /** The future is done, whichever way. */
  _notify(): void {
    this.#stop();
  }
}

function listenToEmitter<A extends unknown[]>(
  emitter: EmitterLike,
  name: string | symbol,
  future: Future<A>,
): void {
  const arrived = (...args: unknown[]): void => {
    if (!future.done()) future._finish(args);
  };
  const failed = (error: unknown): void => {
    if (!future.done()) future._fail(error);
  };
  emitter.on(name, arrived);
  if (name !== 'error') emitter.on('error', failed);
  const stop = (): void => {
    emitter.removeListener(name, arrived);
    if (name !== 'error') emitter.removeListener('error', failed);
  };
  future._observe(new Listening(stop));
}

function listenToTarget<A extends unknown[]>(
  target: EventTargetLike,
  name: string,
  future: Future<A>,
): void {
  const arrived = (event: unknown): void => {
    if (!future.done()) future._finish([event]);
  };
  target.addEventListener(name, arrived);
  future._observe(new Listening(() => target.removeEventListener(name, arrived)));
}

function isEmitter(value: unknown): value is EmitterLike {
  const candidate = value as Partial<EmitterLike> | null | undefined;
  return typeof candidate?.on === 'function' && typeof candidate.removeListener === 'function';
}

function isEventTarget(value: unknown): value is EventTargetLike {
  const candidate = value as Partial<EventTargetLike> | null | undefined;
  return (
    typeof candidate?.addEventListener === 'function' &&
    typeof candidate.removeEventListener === 'function'
  );
}
