/**
 * The judge: CPython 3.14 with its own C `_asyncio`, run inside this process by pyodide under a virtual clock.
 *
 * A program is Python source that defines `async def main(ev, *inputs)`, or `def main(ev, new_loop, *inputs)`
 * where the program runs its loops itself. `asyncio` and `contextvars` are already imported there, and
 * so is every public name of both.
 * `ev(name, *values)` writes one event down; `judge.py` says how values become JSON.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { loadPyodide } from 'pyodide';

/** What a trace is made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An error, under the name that its class has on the JavaScript side. */
export type ErrorRecord = {
  error: string;
  message: string;
  /** The members, where the error is a group. */
  errors?: ErrorRecord[];
};

/** How a task stands: still pending, or how it ended. */
export type StateRecord = 'pending' | { value: Json } | { cancelled: string } | ErrorRecord;

/** One event: virtual time in seconds, name, values. */
export type EventRecord = [time: number, name: string, ...values: Json[]];

/** All that a program left behind. */
export interface Trace {
  events: EventRecord[];
  /** How `main` ended. */
  outcome: { value: Json } | ErrorRecord;
  /** Every task that the loop made, in the order of making, as it stood when `main` ended. */
  tasks: [name: string, state: StateRecord][];
  /** The tasks that were pending then, after they were cancelled and waited for (absent: none, or no coroutine `main`). */
  rest?: [name: string, state: StateRecord][];
}

/** The judge, loaded. */
export interface Reference {
  /** CPython's version, as in `3.14.2`. */
  readonly version: string;
  /** Runs the program and gives its trace. Throws where the source itself does not compile or has no `main`. */
  run(source: string, ...inputs: Json[]): Trace;
  /** Every non-empty string that the source spells out: the messages that the program can have chosen. */
  literals(source: string): Set<string>;
  /** Evaluates Python and gives its value through JSON: for questions to the reference itself. */
  evaluate(expression: string): Json;
}

const judge = new URL('./judge.py', import.meta.url);

let loading: Promise<Reference> | undefined;

/** Loads the judge once in this process (about 3 seconds); later calls give the same one. */
export function loadReference(): Promise<Reference> {
  loading ??= load();
  return loading;
}

/** Runs one program on the judge. */
export async function runPython(source: string, ...inputs: Json[]): Promise<Trace> {
  return (await loadReference()).run(source, ...inputs);
}

async function load(): Promise<Reference> {
  // Pyodide looks for its files beside the caller in a stack trace, which source maps change.
  const manifest = createRequire(import.meta.url).resolve('pyodide/package.json');
  const pyodide = await loadPyodide({ indexURL: dirname(manifest) });
  pyodide.runPython(readFileSync(judge, 'utf8'), { filename: 'judge.py' });
  const runProgram = pyodide.globals.get('run_program') as (
    source: string,
    inputs: string,
  ) => string;
  const literals = pyodide.globals.get('string_literals') as (source: string) => string;
  return {
    version: pyodide.runPython('sys.version.split()[0]') as string,
    run: (source, ...inputs) =>
      JSON.parse(runProgram(dedent(source), JSON.stringify(inputs))) as Trace,
    literals: (source) => new Set(JSON.parse(literals(dedent(source))) as string[]),
    evaluate: (expression) =>
      JSON.parse(pyodide.runPython(`json.dumps(${expression})`) as string) as Json,
  };
}

/** Takes away the indentation that all lines share, so that a program can stand indented in a template string. */
export function dedent(source: string): string {
  const lines = source.replace(/^\n/, '').split('\n');
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^ */.exec(line)![0].length);
  const shared = Math.min(...indents);
  return Number.isFinite(shared) ? lines.map((line) => line.slice(shared)).join('\n') : source;
}
