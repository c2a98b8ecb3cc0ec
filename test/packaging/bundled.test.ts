// A program bundled into one file with the package: it runs, and what needs the package's own files says so.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needBuild } from '../../scripts/build.mjs';

let folder: string;
beforeAll(() => {
  needBuild();
  folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-bundled-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['cjs', 'esm'] as const)('a program bundled as %s', async (format) => {
  const source = join(folder, 'program.ts');
  const entry = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  writeFileSync(
    source,
    `import { run, sleep, toThread } from ${JSON.stringify(entry)};
     void run(async () => {
       await sleep(0.001);
       console.log('slept');
       try { console.log(await toThread((n: number) => n + 1, 1)); }
       catch (error) { console.log(String(error)); }
     });`,
  );
  const outfile = join(folder, `program.${format === 'cjs' ? 'cjs' : 'mjs'}`);
  await build({
    entryPoints: [source],
    outfile,
    format,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
  expect(stdout).toMatch(
    /^slept\nError: The executors' own file worker\.js is not beside them: .*packages: 'external'/,
  );
});
