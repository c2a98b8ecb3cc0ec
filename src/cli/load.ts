// Loading the program: JavaScript as it is; TypeScript by Node itself where it can, else through `tsx`.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe } from '../core/index.ts';

/** The function that a program exports as `main`. */
export type Main = (...args: string[]) => unknown;

/** What is wrong with the program itself, told without a stack. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** A program that is no valid source: its `cause` has the place, which only Node itself can tell. */
export class UnreadableProgram extends ProgramError {}

/** Imports the module and finds its `main`. @throws ProgramError */
export async function loadMain(file: string): Promise<Main> {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new ProgramError(`there is no file ${file}`);
  if (!found.isFile()) throw new ProgramError(`${file} is not a file; name the module to run`);
  if (/\.[cm]?tsx?$/.test(path)) await prepareTypeScript(path.endsWith('x'));
  const module = (await importFile(path, file)) as {
    main?: unknown;
    default?: { main?: unknown };
  };
  // The exports of a CommonJS module may be visible only as its default.
  const main = module.main ?? module.default?.main;
  if (typeof main !== 'function') {
    throw new ProgramError(
      `${file} has to export a function named main, not ${describe(main)}; write: export async function main() { … }`,
    );
  }
  return main as Main;
}

async function importFile(path: string, file: string): Promise<unknown> {
  try {
    if (importFails(path)) return createRequire(path)(path) as unknown;
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const { code = '' } = error as { code?: string };
    const { message } = error as Error;
    if (code === 'ERR_MODULE_NOT_FOUND') {
      throw new ProgramError(`cannot load ${file}: ${message}`, { cause: error });
    }
    if (!(error instanceof SyntaxError) && !code.endsWith('_TYPESCRIPT_SYNTAX')) throw error;
    const hint =
      stripsTypes() && code !== ''
        ? ' (Node only strips types: for enums, namespaces and decorators install tsx and use --import tsx)'
        : '';
    throw new UnreadableProgram(`cannot load ${file}${hint}:`, { cause: error });
  }
}

// `import()` of Node 20 and 22 loads CommonJS that is TypeScript in such a way that its require() cannot link an ES module (this
// package, for one), and what was not linked once is broken for good. A module without import and export is CommonJS.
function importFails(path: string): boolean {
  if (Number.parseInt(process.versions.node, 10) >= 24) return false;
  return (
    path.endsWith('.cts') ||
    (path.endsWith('.ts') && !/^\s*(?:import|export)\b/m.test(readFileSync(path, 'utf8')))
  );
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: string | false }).typescript);
}

async function prepareTypeScript(jsx: boolean): Promise<void> {
  if (stripsTypes() && !jsx) return;
  try {
    // A .ts file is CommonJS where no package.json says otherwise, so both kinds of module are prepared.
    for (const api of [await import('tsx/cjs/api'), await import('tsx/esm/api')]) api.register();
    return;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  }
  throw new ProgramError(
    `Node ${process.version} does not run TypeScript by itself: npm install tsx, or use Node 22.18 or newer`,
  );
}
