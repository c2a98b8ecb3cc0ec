// SIGINT while main tasks run: the first one cancels them, the second one ends the process.
import { type BaseEventLoop, CancelledError, KeyboardInterrupt, type Task } from '../core/index.ts';

/** The exit code of a process that was ended by SIGINT. */
export const INTERRUPTED = 130;

interface SignalHost {
  on(signal: 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGINT', listener: () => void): unknown;
  listenerCount(signal: 'SIGINT'): number;
  exit(code: number): void;
}

/** A main task that SIGINT is to cancel. */
interface Main {
  readonly loop: BaseEventLoop;
  readonly task: Task;
  interrupted: boolean;
}

// All main tasks of this thread; one listener serves them, as long as there are any.
const mains = new Set<Main>();

/** Runs `start()` with SIGINT caught, unless the program handles the signal itself. */
export async function interruptible<T>(
  loop: BaseEventLoop,
  task: Task<T>,
  start: () => Promise<T>,
): Promise<T> {
  const host = signalHost();
  if (host === null || (mains.size === 0 && host.listenerCount('SIGINT') > 0)) return start();
  const main: Main = { loop, task: task, interrupted: false };
  if (mains.size === 0) host.on('SIGINT', interrupt);
  mains.add(main);
  try {
    return await start();
  } catch (error) {
    if (main.interrupted && error instanceof CancelledError && task.uncancel() === 0) {
      throw new KeyboardInterrupt('Interrupted');
    }
    throw error;
  } finally {
    mains.delete(main);
    if (mains.size === 0) host.off('SIGINT', interrupt);
  }
}

function interrupt(): void {
  // A loop that was given a handler of its own for the signal looks after itself.
  const concerned = [...mains].filter(({ loop }) => !loop._caughtSignals.has('SIGINT'));
  if (concerned.some(({ interrupted }) => interrupted)) signalHost()?.exit(INTERRUPTED);
  for (const main of concerned) {
    main.interrupted = true;
    main.loop.callSoonThreadsafe(() => main.task.cancel());
  }
}

function signalHost(): SignalHost | null {
  const host = (globalThis as { process?: Partial<SignalHost> }).process;
  const able = typeof host?.on === 'function' && typeof host.listenerCount === 'function';
  return able ? (host as SignalHost) : null;
}
