// Where a task stands: `Task.getStack`, `Task.printStack`.
import { Coroutine } from './coroutines.ts';
import { functionName } from './format.ts';
import { describe, isGenerator } from './checks.ts';
import { logger } from './log.ts';
import { framesThrough } from './opensites.ts';
import { runtime } from './runtime.ts';
import type { Task } from './tasks.ts';

/** A place in a coroutine. */
export interface StackFrame {
  /** The name of the function. */
  readonly name: string;
  /** The address of the module; empty when unknown. */
  readonly file: string;
  /** Counted from 1; 0 when unknown. */
  readonly line: number;
  /** Counted from 1; 0 when unknown. */
  readonly column: number;
}

/** The line of one frame, as V8 writes it, taken apart. */
export function parseFrame(text: string): StackFrame {
  const match = /^\s*at (?:async )?(?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/.exec(text);
  if (match === null) return { name: text.replace(/^\s*at /, ''), file: '', line: 0, column: 0 };
  const [, name, file, line, column] = match;
  return {
    name: name ?? '<anonymous>',
    file: file ?? '',
    line: Number(line),
    column: Number(column),
  };
}

/** The option `limit`, with null for none. @throws TypeError unless it is a number */
export function checkLimit(limit: unknown, where: string): number | null {
  if (limit === undefined || limit === null) return null;
  if (typeof limit === 'number') return limit;
  throw new TypeError(`${where} expects a number of frames as {limit}, not ${describe(limit)}`);
}

/** Where the task stands, oldest frame first; of a failed task, where its error came from. */
export function taskStack(task: Task<unknown>, limit: number | null): StackFrame[] {
  const frames = task.done() ? failureFrames(task) : suspendedFrames(task);
  if (limit === null || frames.length <= limit) return frames;
  if (limit <= 0) return [];
  // As in Python: of a waiting task the newest frames are kept, of an error the oldest.
  return task.done() ? frames.slice(0, limit) : frames.slice(frames.length - limit);
}

function failureFrames(task: Task<unknown>): StackFrame[] {
  if (task.cancelled() || !(task._value instanceof Error)) return [];
  return stackLines(task._value.stack ?? '')
    .map(parseFrame)
    .reverse();
}

function stackLines(stack: string): string[] {
  return stack.split('\n').filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
}

function suspendedFrames(task: Task<unknown>): StackFrame[] {
  const frames = framesThrough(task, task._suspended);
  if (frames.length > 0) return frames.map(parseFrame).reverse();
  const body: unknown = task.getCoro();
  const generator = task._generatorObject();
  const what = generator ?? (body instanceof Coroutine ? body._function : body);
  const place = runtime.locate?.(what as object) ?? { file: '', line: 0, column: 0 };
  return [{ name: nameOf(body), ...place }];
}

function nameOf(body: unknown): string {
  if (body instanceof Coroutine) return body.name;
  if (typeof body === 'function') return functionName(body);
  return isGenerator(body) ? '<generator>' : '<awaitable>';
}

/** The text of `printStack`. */
export function formatTaskStack(task: Task<unknown>, limit: number | null): string {
  const frames = taskStack(task, limit);
  const failed = task.done() && !task.cancelled() && task._value instanceof Error;
  const title = frames.length === 0 ? 'No stack' : failed ? 'Traceback' : 'Stack';
  const lines = frames.map((frame) => {
    const where = frame.file === '' ? '' : ` (${frame.file}:${frame.line}:${frame.column})`;
    return `  at ${frame.name}${where}`;
  });
  const end = failed ? [String(task._value)] : [];
  return [`${title} for ${task.toString()} (oldest first):`, ...lines, ...end].join('\n');
}

/** Writes the stack with `write`, by default as a message of the library's. */
export function printTaskStack(
  task: Task<unknown>,
  limit: number | null,
  write: ((text: string) => void) | null,
): void {
  const text = formatTaskStack(task, limit);
  if (write === null) logger.error(text);
  else write(text);
}
