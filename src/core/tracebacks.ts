// An error that crosses awaits shows where it came through: at each crossing, the frames of who awaited are added to
// its stack. Nothing of this is done before an error is thrown into an awaiter.
import { CancelledError } from './errors.ts';
import { isMachinery } from './format.ts';

const MAX_FRAMES = 30;
const MAX_LINES = 120;

const settled = Promise.resolve();

type V8Error = { stackTraceLimit?: number };

/** Adds the frames of the generator that is being thrown into, and the task that the error came out of. */
export function traceThroughGenerator(error: unknown, from: string | null): void {
  if (isTraceable(error)) extend(error, from, frames());
}

/**
 * Rejects an await of an async function, with its frames added. They can be seen only from a microtask whose promise
 * is what the function awaits, so the rejection takes that way. The answer is what the handlers make of it.
 */
export function rejectTraced(
  error: unknown,
  from: string | null,
  resolve: ((value: never) => unknown) | null | undefined,
  reject: (error: unknown) => unknown,
): Promise<unknown> {
  return settled
    .then(() => {
      if (isTraceable(error)) extend(error, from, frames());
      throw error;
    })
    .then(resolve, reject);
}

/** Adds the task that an error came out of to its stack, for who gets it in another way than by awaiting that task. */
export function traceFrom(error: unknown, from: string | null): void {
  if (isTraceable(error)) extend(error, from, []);
}

/** Takes the library's own frames out of the stack of an error that leaves a run, or is looked at. */
export function cleanStack(error: unknown): void {
  if (isTraceable(error)) extend(error, null, []);
}

/**
 * Has the engine write the stack out. Until then an error holds the objects whose methods were running, so that a report
 * which holds the error would keep the very task alive whose collection it waits for.
 */
export function settleStack(error: unknown): void {
  if (error instanceof Error) String(error.stack);
}

/** Whether anything would be added: cancellations and foreign things stay as they are. */
export function isTraceable(error: unknown): error is Error & { stack: string } {
  return (
    error instanceof Error && !(error instanceof CancelledError) && typeof error.stack === 'string'
  );
}

function frames(): string[] {
  const limit = (Error as V8Error).stackTraceLimit;
  (Error as V8Error).stackTraceLimit = MAX_FRAMES;
  const { stack } = new Error('');
  if (limit === undefined) delete (Error as V8Error).stackTraceLimit;
  else (Error as V8Error).stackTraceLimit = limit;
  return (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line) && !isMachinery(line));
}

function extend(error: Error & { stack: string }, from: string | null, through: string[]): void {
  const lines = error.stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || !isMachinery(line));
  if (lines.length > MAX_LINES) return;
  if (from !== null) lines.push(`    at ${from}`);
  // Frames that the engine has linked already need not stand twice.
  const known = new Set(lines.map((line) => line.replace('at async ', 'at ')));
  for (const line of through) if (!known.has(line.replace('at async ', 'at '))) lines.push(line);
  try {
    error.stack = lines.join('\n');
  } catch {
    // A frozen error keeps the stack it has.
  }
}
