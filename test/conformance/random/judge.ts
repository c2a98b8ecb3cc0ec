/** The reference for random programs: CPython in this process, with `driver.py` in it, given many programs a crossing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

import { loadPyodide } from 'pyodide';

import { FUEL, type Program } from './program.ts';

/** The trace of one program: its lines, see `driver.py`. */
export type Lines = string[];

export interface Judge {
  /** Runs programs and gives their traces, in order. */
  run(programs: readonly Program[]): Lines[];
  /** Runs printed Python (see print-python.ts) and gives its trace: shows that the printer tells the truth. */
  runPrinted(source: string): Lines;
  /** Evaluates Python source that ends in an expression and gives the value through JSON. */
  evaluate(source: string): unknown;
}

let loading: Promise<Judge> | undefined;

/** Loads CPython once in this process (2 to 3 seconds). */
export function loadJudge(): Promise<Judge> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Judge> {
  // Pyodide looks for its files beside the caller in a stack trace, which source maps change.
  const manifest = createRequire(import.meta.url).resolve('pyodide/package.json');
  const pyodide = await loadPyodide({ indexURL: dirname(manifest) });
  for (const file of ['../reference/judge.py', './driver.py']) {
    const url = new URL(file, import.meta.url);
    pyodide.runPython(readFileSync(url, 'utf8'), { filename: file.replace(/^.*\//, '') });
  }
  const runBatch = pyodide.globals.get('run_batch') as (programs: string, fuel: number) => string;
  const runPrinted = pyodide.globals.get('run_printed') as (source: string) => string;
  return {
    run: (programs) => JSON.parse(runBatch(JSON.stringify(programs), FUEL)) as Lines[],
    runPrinted: (source) => JSON.parse(runPrinted(source)) as Lines,
    evaluate: (source) => JSON.parse(pyodide.runPython(source) as string) as unknown,
  };
}
