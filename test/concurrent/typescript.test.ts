// Functions of TypeScript modules, under tsx and under Node's own type stripping, in threads and processes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { built } from './built.ts';

const home = fileURLToPath(new URL('../../.build/', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(home, 'test-typescript-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'job.ts'),
    `import { offload } from '${built('src/concurrent/index.js')}';
     export const typed = offload(import.meta, (x: number): number => 2 * x);`,
  );
  writeFileSync(
    join(folder, 'main.ts'),
    `import { ProcessPoolExecutor, ThreadPoolExecutor } from '${built('src/concurrent/index.js')}';
     import { typed } from './job.ts';
     for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
       const pool = new Pool(1);
       console.log(pool.submit(typed, 4).result(20), pool.submit((x: number): number => x + 1, 4).result(20));
       pool.shutdown().result(20);
     }`,
  );
});

// Program and jobs in one file.
const single = (guard: string): string => `
  import { inWorker, offload, ProcessPoolExecutor, ThreadPoolExecutor } from '${built('src/concurrent/index.js')}';
  export const square = offload(import.meta, (x) => x * x, 'square');
  const main = () => {
    for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
      const pool = new Pool(1);
      console.log(pool.submit(square, 4).result(20), pool.submit(() => 5).result(20), inWorker());
      pool.shutdown().result(20);
    }
  };
  ${guard} main();`;

it('can be in one file with the program, which looks where it is', () => {
  writeFileSync(join(folder, 'single.js'), single('if (!inWorker())'));
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'single.js')], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect([stdout, stderr]).toEqual(['16 5 false\n16 5 false\n', '']);
  writeFileSync(join(folder, 'unguarded.js'), single(''));
  const bad = spawnSync(process.execPath, [join(folder, 'unguarded.js')], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(bad.status).toBe(1);
  expect(bad.stderr).toMatch(/RuntimeError: A worker that loads the module.*if \(!inWorker\(\)\)/);
  // Not the line of this package that put the error together.
  expect(bad.stderr).not.toMatch(/revive/);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runMain(options: string[]): { status: number | null; stdout: string; stderr: string } {
  const program = join(folder, 'main.ts');
  return spawnSync(process.execPath, [...options, program], { encoding: 'utf8', timeout: 60_000 });
}

it('are found under tsx', () => {
  const { status, stdout, stderr } = runMain(['--import', 'tsx']);
  expect([status, stdout, stderr]).toEqual([0, '8 5\n8 5\n', '']);
}, 60_000);

it.runIf('typescript' in process.features && process.features.typescript !== false)(
  'are found under the type stripping of Node',
  () => {
    const { status, stdout } = runMain([]);
    expect([status, stdout]).toEqual([0, '8 5\n8 5\n']);
  },
  60_000,
);
