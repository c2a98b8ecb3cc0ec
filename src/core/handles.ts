// Handles: a callback that was given to a loop, with its arguments and its context.
//
// States of a Handle: waiting -> run, or waiting -> cancelled. Only its owner cancels it; only the loop runs it.
import type { BaseEventLoop } from './baseloop.ts';
import type { Context } from './context.ts';
import { captureSite, functionName, showAsText, type Site } from './format.ts';
import { KeyboardInterrupt } from './errors.ts';
import type { Runnable } from './readyqueue.ts';
import { runtime } from './runtime.ts';

/** Any function a loop can call later. */
export type Callback<A extends readonly unknown[] = readonly never[]> = (...args: A) => unknown;

const NO_ARGS: readonly unknown[] = [];

/** What `callSoon` returns. */
export class Handle implements Runnable {
  /** @internal */ _callback: ((...args: unknown[]) => unknown) | null;
  /** @internal */ _args: readonly unknown[];
  /** @internal */ _context: Context;
  /** @internal */ _loop: BaseEventLoop;
  /** @internal */ _cancelled = false;
  /** @internal Where it was made; in debug mode only. */
  declare _site: Site | null;

  /** @internal */
  constructor(
    callback: (...args: unknown[]) => unknown,
    args: readonly unknown[],
    loop: BaseEventLoop,
    context: Context,
  ) {
    this._callback = callback;
    this._args = args.length === 0 ? NO_ARGS : args;
    this._context = context;
    this._loop = loop;
    if (loop._debug) this._site = captureSite(Handle);
  }

  /** Makes sure that the callback is not called, if it was not yet. */
  cancel(): void {
    if (this._cancelled) return;
    this._cancelled = true;
    this._callback = null;
    this._args = NO_ARGS;
  }

  /** Whether `cancel()` was called. */
  cancelled(): boolean {
    return this._cancelled;
  }

  /** The context that the callback runs in. */
  getContext(): Context {
    return this._context;
  }

  /** @internal */
  _run(): void {
    if (this._cancelled) return;
    const callback = this._callback as (...args: unknown[]) => unknown;
    const args = this._args;
    runtime.context = this._context;
    try {
      switch (args.length) {
        case 0:
          callback();
          break;
        case 1:
          callback(args[0]);
          break;
        default:
          callback(...args);
      }
    } catch (error) {
      if (error instanceof KeyboardInterrupt) throw error;
      this._loop.callExceptionHandler({
        message: `Exception in callback ${functionName(callback)}`,
        exception: error,
        handle: this,
        ...(this._site === null ? {} : { sourceTraceback: this._site.frames() }),
      });
    } finally {
      runtime.context = null;
    }
  }

  toString(): string {
    const what = this._cancelled
      ? 'cancelled'
      : `${functionName(this._callback as Callback)}(${this._args.length === 0 ? '' : '…'})`;
    const where = this._site === null ? '' : ` created at ${this._site.place()}`;
    return `<${this.constructor.name} ${what}${where}>`;
  }
}

// Null for every one that has none of its own: a field less to write and to keep.
Handle.prototype._site = null;
showAsText(Handle);

/** What `callLater` and `callAt` return. */
export class TimerHandle extends Handle {
  /** @internal */ _when: number;
  /** @internal In the loop's heap of timers. */
  _scheduled = false;

  /** @internal */
  constructor(
    when: number,
    callback: (...args: unknown[]) => unknown,
    args: readonly unknown[],
    loop: BaseEventLoop,
    context: Context,
  ) {
    super(callback, args, loop, context);
    this._when = when;
  }

  /** The loop's time, in seconds, at which the callback is due. */
  when(): number {
    return this._when;
  }

  override cancel(): void {
    if (!this._cancelled && this._scheduled) this._loop._timers.noteCancelled(this);
    super.cancel();
  }
}
