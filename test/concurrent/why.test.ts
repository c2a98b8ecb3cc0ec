// Why the pools are our own: a program that waits by blocking. One worker, two jobs; then the thread blocks until the second has run. Pools that
// hand jobs out from the event loop of that thread never begin it. (The reason is told in docs/executors.md.)
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { built } from './built.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Inside the project, where the packages are found.
const folder = mkdtempSync(join(root, '.build', 'test-why-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(
  join(folder, 'jobs.mjs'),
  `import { writeFileSync } from 'node:fs';
   export function touch(file) { writeFileSync(file, 'done'); }
   export default touch;`,
);
writeFileSync(
  join(folder, 'workerpool.mjs'),
  `import workerpool from 'workerpool'; import { touch } from './jobs.mjs'; workerpool.worker({ touch });`,
);

const pools = {
  'ThreadPoolExecutor of asyncio-ts': `
    const { ThreadPoolExecutor, offload } = await import('${built('src/concurrent/index.js')}');
    const pool = new ThreadPoolExecutor(1);
    const touch = offload({ url: new URL('jobs.mjs', import.meta.url).href }, jobs.touch, 'touch');
    const submit = (file) => pool.submit(touch, file);`,
  'ProcessPoolExecutor of asyncio-ts': `
    const { ProcessPoolExecutor, offload } = await import('${built('src/concurrent/index.js')}');
    const pool = new ProcessPoolExecutor(1);
    const touch = offload({ url: new URL('jobs.mjs', import.meta.url).href }, jobs.touch, 'touch');
    const submit = (file) => pool.submit(touch, file);`,
  piscina: `
    const { Piscina } = await import('piscina');
    const filename = new URL('jobs.mjs', import.meta.url).href;
    const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1 });
    const submit = (file) => pool.run(file);`,
  'workerpool, threads': `
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(import.meta.dirname + '/workerpool.mjs', { maxWorkers: 1, workerType: 'thread' });
    const submit = (file) => pool.exec('touch', [file]);`,
  'workerpool, processes': `
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(import.meta.dirname + '/workerpool.mjs', { maxWorkers: 1, workerType: 'process' });
    const submit = (file) => pool.exec('touch', [file]);`,
};

/** Which of two jobs had run, after the program had blocked for two seconds, or both. */
function blocked(pool: string): string[] {
  const program = `
    import { existsSync } from 'node:fs';
    import * as jobs from './jobs.mjs';
    ${pool}
    const files = ['first', 'second'].map((name) => import.meta.filename + '.' + name);
    // The worker is there, and the pool goes by itself from now on.
    await submit(files[0] + '.warm');
    const given = files.map((file) => submit(file));
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const end = Date.now() + 2000;
    // A pool that can be waited for is; the others get a blocked thread.
    if (given[1].result) given[1].result(5);
    else while (!existsSync(files[1]) && Date.now() < end) Atomics.wait(cell, 0, 0, 10);
    console.log(files.filter((file) => existsSync(file)).map((file) => file.split('.').at(-1)).join());
    process.exit(0);`;
  const path = join(folder, `program-${Math.random()}.mjs`);
  writeFileSync(path, program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim().split(',');
}

it.each([
  ['ThreadPoolExecutor of asyncio-ts', ['first', 'second']],
  ['ProcessPoolExecutor of asyncio-ts', ['first', 'second']],
  ['piscina', ['first']],
  ['workerpool, threads', ['first']],
  ['workerpool, processes', ['first']],
] as const)(
  '%s: to a thread that blocks, %j of two jobs are run by one worker',
  (name, run) => {
    expect(blocked(pools[name])).toEqual(run);
  },
  30_000,
);
