// Signals of the process, handled by loops: each loop has at most one handler for a signal, as in CPython.
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import {
  type Callback,
  checkCallback,
  type Context,
  copyContext,
  describe,
  Handle,
  type Held,
  RuntimeError,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';

type AnyFunction = (...args: unknown[]) => unknown;

/** @internal The number of a signal. @throws RangeError for a name or number that no signal has */
export function signalNumber(signal: unknown, where: string): number {
  const known = constants.signals as Readonly<Record<string, number>>;
  if (typeof signal === 'string' && signal in known) return known[signal] as number;
  if (typeof signal === 'number' && Object.values(known).includes(signal)) return signal;
  if (typeof signal !== 'string' && typeof signal !== 'number') {
    throw new TypeError(
      `${where} expects the name of a signal ('SIGTERM'), not ${describe(signal)}`,
    );
  }
  throw new RangeError(
    `${where} expects the name of a signal ('SIGTERM'), not ${describe(signal)}`,
  );
}

// A handler keeps the host from ending: the loop waits for the signal, as asyncio's would.
class SignalHandler implements Held {
  readonly #loop: HostedEventLoop;
  readonly #signal: NodeJS.Signals;
  readonly #callback: AnyFunction;
  readonly #args: readonly unknown[];
  readonly #context: Context;
  readonly #endKeepAlive: () => void;

  constructor(
    loop: HostedEventLoop,
    signal: NodeJS.Signals,
    callback: AnyFunction,
    args: readonly unknown[],
  ) {
    this.#loop = loop;
    this.#signal = signal;
    this.#callback = callback;
    this.#args = args;
    this.#context = copyContext();
    loop._detached(() => process.on(signal, this.#onSignal));
    this.#endKeepAlive = loop._keepAlive();
    loop._caughtSignals.add(signal);
    loop._hold(this);
  }

  readonly #onSignal = (): void => {
    // Not from within Node's own callback: that comes in the context of whoever asked for signals first.
    this.#loop._enqueue(new Handle(this.#callback, this.#args, this.#loop, this.#context));
  };

  remove(): void {
    this._letGo();
    this.#loop._release(this);
  }

  /** @internal */
  _letGo(): void {
    process.off(this.#signal, this.#onSignal);
    handlers.get(this.#loop)?.delete(this.#signal);
    this.#endKeepAlive();
    this.#loop._caughtSignals.delete(this.#signal);
  }
}

const handlers = new WeakMap<HostedEventLoop, Map<string, SignalHandler>>();

/** @internal */
export function addSignalHandler<A extends unknown[]>(
  loop: HostedEventLoop,
  signal: string,
  callback: Callback<A>,
  args: A,
): void {
  const where = 'addSignalHandler()';
  const name = nameOf(signalNumber(signal, where));
  checkCallback(callback, where);
  loop._checkClosed();
  if (!isMainThread) {
    throw new RuntimeError(`${where} works in the main thread only: workers get no signals`);
  }
  if (name === 'SIGKILL' || name === 'SIGSTOP') {
    throw new RuntimeError(`${where}: ${name} cannot be caught`);
  }
  removeSignalHandler(loop, name);
  let own = handlers.get(loop);
  if (own === undefined) handlers.set(loop, (own = new Map()));
  own.set(name, new SignalHandler(loop, name, callback as AnyFunction, args));
}

/** @internal */
export function removeSignalHandler(loop: HostedEventLoop, signal: string): boolean {
  const name = nameOf(signalNumber(signal, 'removeSignalHandler()'));
  const own = handlers.get(loop);
  const handler = own?.get(name);
  if (handler === undefined) return false;
  own?.delete(name);
  handler.remove();
  return true;
}

function nameOf(number: number): NodeJS.Signals {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return (entry as [NodeJS.Signals, number])[0];
}
