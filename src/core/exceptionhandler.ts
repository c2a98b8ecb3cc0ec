// How errors that nobody handles are told: through the program's handler, or in the log.
import { describe } from './checks.ts';
import type { Context } from './context.ts';
import { KeyboardInterrupt } from './errors.ts';
import type { BaseEventLoop } from './baseloop.ts';
import type { AbstractEventLoop, ExceptionContext, ExceptionHandler } from './events.ts';
import { logger } from './log.ts';
import type { Task } from './tasks.ts';
import { cleanStack } from './tracebacks.ts';

/** Writes what is known to the log, the error with its stack. */
export function reportContext(context: ExceptionContext): void {
  const lines = [context.message || 'Unhandled exception in event loop'];
  for (const key of Object.keys(context).sort()) {
    if (key === 'message' || key === 'exception') continue;
    const value = context[key];
    if (key === 'sourceTraceback') lines.push('Object created at:', ...(value as string[]));
    else if (key === 'context') lines.push(`in the handling of: ${messageOf(value)}`);
    else lines.push(`${key}: ${String(value)}`);
  }
  if ('exception' in context) logger.error(lines.join('\n'), context.exception);
  else logger.error(lines.join('\n'));
}

// The context of an error whose handler failed in its turn.
function messageOf(context: unknown): string {
  const message = (context as Partial<ExceptionContext> | null)?.message;
  return typeof message === 'string' ? message : describe(context);
}

/** The loop is closed: tells its exception handler of every task that will never end. */
export function tellPending(loop: BaseEventLoop): void {
  for (const task of [...loop._tasks] as Iterable<unknown> as Iterable<Task>) {
    if (task._isForRun()) continue;
    const site = task._site;
    loop.callExceptionHandler({
      message:
        'Task was destroyed but it is pending: its event loop was closed before it had ended',
      task,
      ...(site === null ? {} : { sourceTraceback: site.frames() }),
    });
  }
}

/** Calls `handler` (null: the loop's default), and survives a handler that throws. */
export function callHandler(
  loop: AbstractEventLoop,
  handler: ExceptionHandler | null,
  context: ExceptionContext,
): void {
  if (typeof context !== 'object' || context === null) {
    throw new TypeError(
      `callExceptionHandler() expects a context object ({message, exception, task, …}), not ${describe(context)}`,
    );
  }
  cleanStack(context.exception);
  try {
    if (handler === null) loop.defaultExceptionHandler(context);
    else runIn(contextOf(context), () => handler(loop, context));
    return;
  } catch (error) {
    if (error instanceof KeyboardInterrupt) throw error;
    try {
      if (handler === null) throw error;
      loop.defaultExceptionHandler({
        message: 'Unhandled error in exception handler',
        exception: error,
        context,
      });
    } catch (second) {
      logger.error('Exception in default exception handler', second);
    }
  }
}

// The handler sees the context variables of what failed.
function contextOf(context: ExceptionContext): Context | null {
  const source = context.task ?? context.handle ?? context.future;
  if (source !== undefined && 'getContext' in source) return source.getContext();
  return null;
}

// Where it is entered already, at this place or further out, the handler is called in what is current.
function runIn(context: Context | null, fn: () => void): void {
  if (context === null || context._isEntered()) fn();
  else context.run(fn);
}
