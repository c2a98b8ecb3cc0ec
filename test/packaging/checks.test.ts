// The project's checks can fail: each is given something wrong and has to say so.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputMatches, readSnippets, syntaxError } from '../../scripts/check-snippets.mjs';
import { countsLine, toolFile } from '../../scripts/lib/project.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a tool of the project; resolves with its exit code and all that it printed. */
async function tool(name: string, command: string, ...args: string[]): Promise<[number, string]> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [toolFile(name, command), ...args],
      { cwd: root },
    );
    return [0, stdout];
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return [code, `${stdout}${stderr}`];
  }
}

describe('the linter', () => {
  let folder: string;
  beforeAll(() => {
    // Inside test/, where the settings for tests hold and no layer's.
    folder = mkdtempSync(join(root, 'test', '.lint-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function lint(text: string): Promise<string[]> {
    const file = join(folder, 'subject.ts');
    writeFileSync(file, text);
    const [, out] = await tool('oxlint', 'oxlint', '--format=unix', file);
    return [...out.matchAll(/\[Error\/([^\]]+)\]/g)].map(([, rule]) => rule ?? '');
  }

  test('passes what is right', async () => {
    expect(
      await lint('export const f = async (): Promise<void> => { await Promise.resolve(); };\n'),
    ).toEqual([]);
  });
  test('refuses a promise that nobody waits for', async () => {
    expect(await lint('export function f(): void { Promise.resolve(1); }\n')).toEqual([
      'typescript(no-floating-promises)',
    ]);
  });
  test('refuses any', async () => {
    expect(await lint('export const f = (x: any): unknown => x;\n')).toEqual([
      'typescript(no-explicit-any)',
    ]);
  });
});

describe('the compiler, for tests of types', () => {
  let folder: string;
  beforeAll(() => {
    mkdirSync(join(root, '.build'), { recursive: true });
    folder = mkdtempSync(join(root, '.build', 'types-'));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.types.json', include: ['./*.ts'] }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function compile(text: string): Promise<string[]> {
    writeFileSync(
      join(folder, 'subject.ts'),
      `import { type Equal, holds } from '../../test/types/equal.ts';\n${text}`,
    );
    const [, out] = await tool('typescript', 'tsc', '--project', folder, '--pretty', 'false');
    return [...out.matchAll(/error (TS\d+)/g)].map(([, code]) => code ?? '');
  }

  test('passes equal types', async () => {
    expect(await compile('holds<Equal<{ a?: 1 }, { a?: 1 }>>();')).toEqual([]);
  });
  test.each([
    'holds<Equal<1, number>>();',
    'holds<Equal<any, string>>();',
    'holds<Equal<unknown, any>>();',
    'holds<Equal<{ a: 1 }, { readonly a: 1 }>>();',
  ])('refuses %s', async (text) => {
    expect(await compile(text)).toEqual(['TS2344']);
  });
  test('refuses an expected error that does not come', async () => {
    expect(await compile('// @ts-expect-error nothing wrong\nholds<Equal<1, 1>>();')).toEqual([
      'TS2578',
    ]);
  });
});

describe('code in the documentation', () => {
  const page = [
    '# Title',
    '```ts',
    'one();',
    '```',
    '```text output',
    '1',
    '```',
    '- list',
    '  ```ts fragment',
    '  yield* two();',
    '  ```',
    '```ts exit=3',
    '```',
    '```ts norun',
    '```',
    '```ts ignore',
    '```',
    '```sh',
    'npm ci',
    '```',
  ];
  test('is found with its line, its kind and its output', () => {
    const found = readSnippets('a.md', page.join('\n'));
    expect(found.map(({ line, kind, exitCode }) => [line, kind, exitCode])).toEqual([
      [2, 'program', 0],
      [9, 'fragment', 0],
      [12, 'program', 3],
      [14, 'norun', 0],
      [16, 'ignore', 0],
    ]);
    expect(found[0]).toMatchObject({ document: 'a.md', code: 'one();\n', output: '1\n' });
    expect(found[1]?.code).toBe('yield* two();\n');
  });
  test.each([
    ['a mark nobody knows', '```ts skip\n```'],
    ['a block without end', '```ts\nlet a;'],
    ['an output of nothing', '```text output\n```'],
    ['an output of a fragment', '```ts fragment\n```\n```text output\n```'],
  ])('is refused with %s', (_, text) => {
    expect(() => readSnippets('a.md', text)).toThrow(/^a\.md:/);
  });
  test('has the syntax of a module or of a coroutine', () => {
    expect(syntaxError(`import { run } from 'asyncio-ts';\nawait run(main);`)).toBeUndefined();
    expect(syntaxError('const x = yield* queue.get();\nreturn x;')).toBeUndefined();
    expect(syntaxError('const x = = 1;')).toEqual(expect.any(String));
  });
  test('prints what the page says', () => {
    expect(outputMatches('a\nb (1.5 s)\n', 'a\nb (1.5 s)\n')).toBe(true);
    expect(outputMatches('a\n...\nz\n', 'a\nb\nc\nz\n')).toBe(true);
    expect(outputMatches('a\n...\nz\n', 'a\nz\n')).toBe(true);
    expect(outputMatches('a\n', 'a\nb\n')).toBe(false);
    expect(outputMatches('a.c\n', 'abc\n')).toBe(false);
  });
});

describe('the count at the end', () => {
  test('names what there is', () => {
    expect(countsLine({ passed: 3, failed: 0 })).toBe('3 passed, 0 failed');
    expect(countsLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });
  test('is a failure where a check failed, and where there was none', async () => {
    const script = (checks: string): string =>
      `import { runChecks } from './scripts/lib/project.mjs'; process.exitCode = await runChecks('trial', ${checks});`;
    const outcome = async (checks: string): Promise<unknown[]> => {
      try {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          ['--input-type=module', '-e', script(checks)],
          { cwd: root },
        );
        return [0, stdout.trimEnd().split('\n').at(-1)];
      } catch (error) {
        const { code, stdout } = error as { code: number; stdout: string };
        return [code, stdout.trimEnd().split('\n').at(-1)];
      } finally {
        rmSync(join(root, '.build/results/trial.json'), { force: true });
      }
    };
    expect(await outcome(`[{ title: 'a', run() {} }]`)).toEqual([0, '1 passed, 0 failed']);
    expect(
      await outcome(`[{ title: 'a', run() {} }, { title: 'b', run() { throw new Error('no'); } }]`),
    ).toEqual([1, '1 passed, 1 failed']);
    expect(await outcome('[]')).toEqual([1, '0 passed, 1 failed']);
  });
});
