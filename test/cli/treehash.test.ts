// The main job: examples/treehash.ts on real directories, against sha256sum.
import { execFileSync } from 'node:child_process';
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
afterAll(() => shop.remove());

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
  const program = hash('--timeout', '3600', root);
  await program.said(`${root}/a\n`);
  program.interrupt();
  const end = await program.ended;
  expect(end.code).toBe(130);
  expect(end.stderr).toMatch(
    /^interrupted: 1 of at least 8 files hashed, 1 bytes, 0 not readable\n$/,
  );
});
