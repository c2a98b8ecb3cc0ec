// The main job: examples/treehash.ts on real directories, against sha256sum.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needBuild } from '../../scripts/build.mjs';
import { compile, compiled } from '../../scripts/lib/programs.mjs';
import { Program, Workshop } from './programs.ts';

const shop = new Workshop();
beforeAll(() => {
  needBuild();
  compile('examples/treehash.ts');
}, 60_000);
afterAll(() => shop.remove(), 60_000);

function tree(name: string): string {
  const path = join(shop.folder, name);
  mkdirSync(join(path, 'deep/er'), { recursive: true });
  return path;
}

function hash(...args: string[]): Program {
  return new Program([compiled('examples/treehash.ts'), ...args], shop.folder, {});
}

const sorted = (text: string): string[] => text.trimEnd().split('\n').sort();

test('digests equal those of sha256sum, whatever the names and sizes', async () => {
  const root = tree('plain');
  for (const [name, size] of [
    ['empty', 0],
    ['one', 1],
    ['a b', 70_000],
    ['deep/er/ünï', 300_000],
  ] as const) {
    writeFileSync(join(root, name), Buffer.alloc(size, name));
  }
  symlinkSync('one', join(root, 'link'));
  const end = await hash(root).ended;
  const expected = execFileSync('find', [root, '-type', 'f', '-exec', 'sha256sum', '{}', '+'], {
    encoding: 'utf8',
  });
  expect(end.code).toBe(0);
  expect(sorted(end.stdout)).toEqual(sorted(expected));
  expect(end.stderr).toBe('4 files hashed, 370001 bytes, 0 not readable\n');
});

test('what cannot be read is listed at the end; exit code 1', async () => {
  const root = tree('partly');
  writeFileSync(join(root, 'fine'), 'fine');
  const end = await hash(root, join(root, 'missing')).ended;
  expect(end.code).toBe(0);
  const none = await hash(join(root, 'missing')).ended;
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/0 files hashed, 0 bytes, 1 not readable\n {2}.*missing: ENOENT/);
  if (process.getuid?.() !== 0) {
    writeFileSync(join(root, 'locked'), 'x');
    chmodSync(join(root, 'locked'), 0);
    const locked = await hash(root).ended;
    expect(locked.code).toBe(1);
    expect(locked.stderr).toMatch(/1 not readable\n {2}.*locked: EACCES/);
  }
});

test('a file that takes longer than the timeout is given up', async () => {
  const root = tree('slow');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  writeFileSync(join(root, 'big'), '');
  truncateSync(join(root, 'big'), 2 ** 30);
  const end = await hash('--timeout', '0.05', root).ended;
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(/0 files hashed, 0 bytes, 1 not readable\n {2}.*big: /);
});

test('Ctrl-C stops promptly and tells what was done; exit code 130', async () => {
  const root = tree('interrupted');
  writeFileSync(join(root, 'a'), 'a');
  for (let i = 0; i < 7; i++) {
    writeFileSync(join(root, `big${i}`), '');
    truncateSync(join(root, `big${i}`), 2 ** 32);
  }
  // Each of the eight files has a thread.
  const program = hash('--jobs', '8', '--timeout', '3600', root);
  await program.said(`${root}/a\n`);
  program.interrupt();
  const end = await program.ended;
  expect(end.code).toBe(130);
  expect(end.stderr).toMatch(
    /^interrupted: 1 of at least 8 files hashed, 1 bytes, 0 not readable\n$/,
  );
});

// Runs a command, and prints its peak of resident memory (KiB) behind its standard error.
const METER = `
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)`;

function metered(...args: string[]): { stdout: string; peakMiB: number } {
  const words = ['-c', METER, process.execPath, compiled('examples/treehash.ts'), ...args];
  const end = spawnSync('python3', words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  expect(end.status).toBe(0);
  return { stdout: end.stdout, peakMiB: Number(end.stderr.trimEnd().split('\n').at(-1)) / 1024 };
}

test('20,000 small files, in bounded memory', { timeout: 60_000 }, () => {
  const root = tree('many');
  for (let i = 0; i < 20_000; i++) {
    if (i % 500 === 0) mkdirSync(join(root, `d${i / 500}`));
    writeFileSync(join(root, `d${Math.floor(i / 500)}`, `f${i}`), `content of ${i}`);
  }
  const { stdout, peakMiB } = metered(root);
  const digests = new Set(sorted(stdout).map((line) => line.slice(0, 64)));
  expect(digests.size).toBe(20_000);
  expect(digests).toContain(createHash('sha256').update('content of 19999').digest('hex'));
  expect(peakMiB).toBeLessThan(256);
});

test('a file of 1 GiB, in bounded memory', { timeout: 60_000 }, () => {
  const root = tree('large');
  writeFileSync(join(root, 'gibibyte'), 'begin');
  truncateSync(join(root, 'gibibyte'), 2 ** 30);
  const { stdout, peakMiB } = metered(root);
  const expected = execFileSync('sha256sum', [join(root, 'gibibyte')], { encoding: 'utf8' });
  expect(stdout).toBe(expected);
  expect(peakMiB).toBeLessThan(256);
});
