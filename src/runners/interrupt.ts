// SIGINT while a main task runs: the first one cancels it, the second one ends the process.
import { type BaseEventLoop, CancelledError, KeyboardInterrupt, type Task } from '../core/index.ts';

/** The exit code of a process that was ended by SIGINT. */
export const INTERRUPTED = 130;

interface SignalHost {
  on(signal: 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGINT', listener: () => void): unknown;
  listenerCount(signal: 'SIGINT'): number;
  exit(code: number): void;
}

/** Runs `start()` with SIGINT caught, unless the program (or a worker thread) handles the signal itself. */
export async function interruptible<T>(
  loop: BaseEventLoop,
  task: Task<T>,
  start: () => Promise<T>,
): Promise<T> {
  const host = signalHost();
  if (host === null) return start();
  let count = 0;
  const listener = (): void => {
    // The loop was given a handler of its own for it.
    if (loop._caughtSignals.has('SIGINT')) return;
    count++;
    if (count > 1) host.exit(INTERRUPTED);
    else loop.callSoonThreadsafe(() => task.cancel());
  };
  host.on('SIGINT', listener);
  try {
    return await start();
  } catch (error) {
    if (count > 0 && error instanceof CancelledError && task.uncancel() === 0) {
      throw new KeyboardInterrupt('Interrupted');
    }
    throw error;
  } finally {
    host.off('SIGINT', listener);
  }
}

function signalHost(): SignalHost | null {
  const host = (globalThis as { process?: Partial<SignalHost> }).process;
  if (typeof host?.on !== 'function' || typeof host.listenerCount !== 'function') return null;
  return host.listenerCount('SIGINT') > 0 ? null : (host as SignalHost);
}
