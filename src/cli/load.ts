// Loading the program: JavaScript as it is; TypeScript by Node itself where it can, else through `tsx`.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe } from '../core/index.ts';

/** The function that a program exports as `main`. */
export type Main = (...args: string[]) => unknown;

/** What is wrong with the program itself, told without a stack. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

/** Imports the module and finds its `main`. @throws ProgramError */
export async function loadMain(file: string): Promise<Main> {
  const path = resolve(file);
  if (/\.[cm]?tsx?$/.test(path)) await prepareTypeScript();
  const module = (await import(pathToFileURL(path).href)) as {
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

async function prepareTypeScript(): Promise<void> {
  const features = process.features as { typescript?: string | false };
  if (features.typescript) return;
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
