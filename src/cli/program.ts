// Running the program, and what its end means for the exit code.
import { CancelledError, KeyboardInterrupt } from '../core/index.ts';
import { run } from '../runners/index.ts';
import { type Main, ProgramError, UnreadableProgram } from './load.ts';

const OK = 0;
const FAILED = 1;
const INTERRUPTED = 130;

/** Runs what `load` gives as the main task; the exit code. */
export async function runProgram(
  load: () => Promise<Main>,
  args: readonly string[],
  debug: boolean,
): Promise<number> {
  try {
    const main = await load();
    await run(() => main(...args), debug ? { debug } : {});
    return OK;
  } catch (error) {
    if (error instanceof KeyboardInterrupt) return INTERRUPTED;
    if (error instanceof ProgramError) console.error(`asyncio-ts: ${error.message}`);
    else if (error instanceof CancelledError) console.error(`Cancelled: ${String(error)}`);
    else console.error(error);
    // Uncaught, it is printed with file, line and caret, in whichever module that is; the exit code is the same.
    if (error instanceof UnreadableProgram) queueMicrotask(() => rethrow(error.cause));
    return FAILED;
  }
}

function rethrow(error: unknown): never {
  throw error;
}
