// Which loop a new future belongs to: the one given, the running one, the one set, else the thread's default loop.
import type { BaseEventLoop } from './baseloop.ts';
import { checkOptions, describe } from './checks.ts';
import { RuntimeError } from './errors.ts';
import { AbstractEventLoop, currentWorkLoop } from './events.ts';
import { activeLoop } from './runtime.ts';

let makeDefault: (() => BaseEventLoop) | null = null;
let defaultOfThread: BaseEventLoop | null = null;

/** @internal The loops layer tells core how to make the loop that serves code outside of any `run`. */
export function setDefaultLoopMaker(make: () => BaseEventLoop): void {
  makeDefault = make;
}

/** @internal The loop that serves plain code outside of any task; alive whenever it has work. */
export function defaultLoop(): BaseEventLoop {
  if (defaultOfThread === null || defaultOfThread.isClosed()) {
    if (makeDefault === null) {
      throw new RuntimeError(
        'No event loop is registered for this platform; import the package itself',
      );
    }
    defaultOfThread = makeDefault();
  }
  return defaultOfThread;
}

/** @internal The running loop, the one set, or the default: for what works outside of tasks too. */
export function anyLoop(): BaseEventLoop {
  return activeLoop() ?? (currentWorkLoop() as BaseEventLoop | null) ?? defaultLoop();
}

/** @internal The loop named in options, else `anyLoop()`. @throws TypeError when it is no loop */
export function loopForFuture(options: {
  loop?: AbstractEventLoop | null | undefined;
}): BaseEventLoop {
  checkOptions(options, 'Future', ['loop']);
  const loop: unknown = typeof options === 'object' && options !== null ? options.loop : options;
  if (loop === undefined || loop === null) return anyLoop();
  checkLoop(loop);
  return loop as BaseEventLoop;
}

/** @internal @throws TypeError unless the option `loop` is one */
export function checkLoop(loop: unknown): void {
  if (loop instanceof AbstractEventLoop) return;
  throw new TypeError(`Expected an event loop as {loop}, not ${describe(loop)}`);
}
