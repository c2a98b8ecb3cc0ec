// The sources and the jobs of these tests, compiled: workers load them from there. Compiled once for a state of the
// sources, whichever test file comes first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Asyncio from '../../src/index.ts';
import type * as Concurrent from '../../src/concurrent/index.ts';
import type * as Jobs from './jobs/jobs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const home = join(root, '.build', 'test-concurrent');

function stateOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['src', 'test/concurrent/jobs']) {
    for (const name of readdirSync(join(root, folder), { recursive: true }) as string[]) {
      if (!name.endsWith('.ts')) continue;
      const { mtimeMs, size } = statSync(join(root, folder, name));
      hash.update(`${name} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function compile(): string {
  const folder = join(home, stateOfSources());
  if (existsSync(folder)) return folder;
  mkdirSync(home, { recursive: true });
  const temporary = mkdtempSync(join(home, 'new-'));
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      join(root, 'test/concurrent/tsconfig.json'),
      '--outDir',
      temporary,
    ],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`The sources do not compile:\n${run.stdout}${run.stderr}`);
  for (const old of readdirSync(home)) {
    // Another test file may still be loading a state of a moment ago.
    const age =
      Date.now() - (statSync(join(home, old), { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > 3_600_000) rmSync(join(home, old), { recursive: true, force: true });
  }
  try {
    renameSync(temporary, folder);
  } catch {
    // Another test file was faster.
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

const folder = compile();

/** The address of a compiled file: `src/concurrent/index.js`. */
export function built(path: string): string {
  return pathToFileURL(join(folder, path)).href;
}

export const asyncio: typeof Asyncio = await import(/* @vite-ignore */ built('src/index.js'));
export const concurrent: typeof Concurrent = await import(
  /* @vite-ignore */ built('src/concurrent/index.js')
);
export const jobs: typeof Jobs = await import(
  /* @vite-ignore */ built('test/concurrent/jobs/jobs.js')
);
