// What a child's standard streams can be, besides a file descriptor; and the arguments of what starts a child, looked at.
import { checkAll, describe, type SubprocessOptions } from '../core/index.ts';
import { CHILD } from './options.ts';

/** A pipe to the child. */
export const PIPE: -1 = -1;
/** For stderr: wherever stdout goes. */
export const STDOUT: -2 = -2;
/** Nothing: reads are at their end, writes vanish. */
export const DEVNULL: -3 = -3;

/** @throws TypeError or RangeError for what is no program, no arguments, or no standard stream */
export function checkCommand(
  program: unknown,
  args: unknown,
  options: SubprocessOptions,
  where: string,
): void {
  checkText(program, 'a program', where);
  if (program === '') throw new RangeError(`${where} expects the name of a program, not ''`);
  if (!Array.isArray(args)) {
    throw new TypeError(
      `${where} expects the arguments as an array of strings, not ${describe(args)}`,
    );
  }
  for (const argument of args) checkText(argument, 'arguments', where);
  checkStreams(options, where);
}

/** @throws TypeError or RangeError for what is no command line, or no standard stream */
export function checkCommandLine(
  command: unknown,
  options: SubprocessOptions,
  where: string,
): void {
  checkText(command, 'a command line', where);
  checkStreams(options, where);
}

function checkText(value: unknown, what: string, where: string): void {
  if (typeof value === 'string' && !value.includes('\0')) return;
  throw new TypeError(
    `${where} expects ${what} as text without NUL characters, not ${describe(value)}`,
  );
}

function checkStreams(options: SubprocessOptions, where: string): void {
  checkAll(options, where, CHILD);
  for (const name of ['stdin', 'stdout', 'stderr'] as const) {
    const value: unknown = options[name];
    if (value === undefined || value === null || value === PIPE || value === DEVNULL) continue;
    if (value === STDOUT && name === 'stderr') continue;
    if (Number.isInteger(value) && (value as number) >= 0) continue;
    throw new RangeError(
      `${where} expects {${name}} as PIPE, DEVNULL, ${name === 'stderr' ? 'STDOUT, ' : ''}null or a file descriptor, not ${describe(value)}`,
    );
  }
}
