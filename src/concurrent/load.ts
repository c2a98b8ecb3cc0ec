// Finding a function again, in a worker or in the thread of a loop.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { registered } from './offload.ts';
import type { FunctionSpec, ModuleSpec } from './wire.ts';
import { workerState } from './workerstate.ts';

export type Loaded = (...args: unknown[]) => unknown;

/** The function, or a promise of it when its module has to be loaded first. */
export function loadFunction(spec: FunctionSpec): Loaded | Promise<Loaded> {
  if (spec.kind === 'source') return compile(spec.source);
  return find(spec) ?? importAndFind(spec);
}

/** The same for a job: while its module is loaded, no jobs may be submitted, or they would be, for ever. */
export function loadJob(spec: FunctionSpec): Loaded | Promise<Loaded> {
  const fn = loadFunction(spec);
  if (typeof fn === 'function') return fn;
  workerState.loading++;
  return fn.finally(() => workerState.loading--);
}

function find(spec: ModuleSpec): Loaded | null {
  const fn = registered(spec.url).get(spec.name);
  if (fn === undefined) return null;
  if (spec.text !== null && String(fn) !== spec.text) return null;
  return fn as Loaded;
}

async function importAndFind(spec: ModuleSpec): Promise<Loaded> {
  const module = await importModule(spec.url);
  const fn = find(spec) ?? module[spec.name];
  if (typeof fn === 'function') return fn as Loaded;
  throw new TypeError(
    `The function '${spec.name}' is not in ${spec.url} when that is loaded in a worker: ` +
      `export it, and call offload(import.meta, …) on loading, not later`,
  );
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    if (/\.[cm]?tsx?$/.test(url)) await setUpTsx(url);
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new TypeError(
        `The worker cannot load ${url}: this Node (${process.version}) does not run TypeScript by itself. ` +
          `Use Node 22.18 or newer, or start the program with --import tsx`,
        { cause: error },
      );
    }
    throw error;
  }
}

let tsxIsSetUp = false;

// A program under tsx: its worker threads have tsx's options, and yet load no TypeScript before tsx is told again.
async function setUpTsx(url: string): Promise<void> {
  if (tsxIsSetUp || 'typescript' in process.features) return;
  tsxIsSetUp = true;
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
  if (!options.some((option) => option.includes('tsx'))) return;
  try {
    // Found by require, which can be asked from where the module is; loaded as what import would take.
    const path = createRequire(url)
      .resolve('tsx/esm/api')
      .replace(/\.cjs$/, '.mjs');
    const { register } = (await import(pathToFileURL(path).href)) as { register(): unknown };
    register();
  } catch {
    // Not the tsx we know: the import says what is wrong.
  }
}

/** A function of its own text, in the global scope. */
function compile(source: string): Loaded {
  // What some compilers put around inner functions to keep their names.
  const text = source.includes('__name(')
    ? `'use strict'; { const __name = (fn) => fn; (${source}); }`
    : `'use strict'; (${source})`;
  // An indirect eval: the text sees the globals and nothing of this module.
  // oxlint-disable-next-line no-eval -- to run a function by its text is the point
  return (0, eval)(text) as Loaded;
}
