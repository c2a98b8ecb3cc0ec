// The folders of TypeScript programs that are compiled into .build/ before they run.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { inRoot, tsc } from './project.mjs';

/** Folder of the programs; its tsconfig; where the folder itself ends up. */
const folders = [
  { folder: 'examples', config: 'tsconfig.examples.json', out: '.build/examples' },
  { folder: 'bench', config: 'tsconfig.bench.json', out: '.build/bench' },
  {
    folder: 'test/conformance',
    config: 'tsconfig.conformance.json',
    out: '.build/conformance/test/conformance',
  },
];

/** @param {string} program its path from the project's root */
function home(program) {
  const found = folders.find(({ folder }) => program.startsWith(`${folder}/`));
  if (found) return found;
  const known = folders.map(({ folder }) => `${folder}/`).join(', ');
  throw new Error(`${program} is in no folder of programs (${known})`);
}

/** The JavaScript file that a program becomes.
 * @param {string} program its path from the project's root */
export function compiled(program) {
  const { folder, out } = home(program);
  return inRoot(out, relative(folder, program).replace(/\.ts$/, '.js'));
}

/** Compiles the folder a program is in, and takes along what else lies there (data, other languages).
 * @param {string} program its path from the project's root
 * @returns {boolean} false when the compiler found errors; they have been printed */
export function compile(program) {
  const { folder, config, out } = home(program);
  if (!tsc(inRoot(config))) return false;
  for (const entry of readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
    const from = join(entry.parentPath, entry.name);
    const path = relative(inRoot(folder), from);
    if (path.startsWith('results')) continue;
    mkdirSync(dirname(inRoot(out, path)), { recursive: true });
    copyFileSync(from, inRoot(out, path));
  }
  return true;
}
