// Compiles and runs the code of the documentation: every ```ts block of README.md, ARCHITECTURE.md and
// docs/**/*.md, against the built package. What stands after "ts" says what kind of block it is:
//   ```ts             a whole program: it compiles, runs, ends by itself with exit code 0
//   ```ts exit=1      the same with another exit code
//   ```ts norun       a whole program that compiles, but is not run (a server, say)
//   ```ts fragment    part of a program: only its syntax is checked, as if inside an async generator
//   ```ts ignore      not looked at (another library's code)
// A ```text output block that follows a program is what the program must print, line for line; a line
// "..." in it stands for any lines.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseSync } from 'oxc-parser';
import { needBuild } from './build.mjs';
import {
  capture,
  CheckFailed,
  inRoot,
  isMain,
  must,
  printed,
  root,
  runChecks,
  toolFile,
} from './lib/project.mjs';

/** @typedef {{ document: string, line: number, kind: 'program' | 'norun' | 'fragment' | 'ignore',
 *   code: string, exitCode: number, output?: string }} Snippet */

/** @param {string} document its name, for messages
 * @param {string} text
 * @returns {Snippet[]} */
export function readSnippets(document, text) {
  /** @type {Snippet[]} */
  const found = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const open = /^( *)```(\w*) *(.*)$/.exec(lines[at] ?? '');
    if (!open) continue;
    const [, indent = '', language, rest = ''] = open;
    const line = at + 1;
    const body = [];
    for (at += 1; lines[at] !== `${indent}\`\`\``; at += 1) {
      if (at >= lines.length)
        throw new CheckFailed(`${document}:${line} opens a block that never closes`);
      body.push((lines[at] ?? '').slice(indent.length));
    }
    const code = `${body.join('\n')}\n`;
    if (language === 'ts' || language === 'typescript') {
      found.push({ document, line, code, ...kindOf(rest.trim(), `${document}:${line}`) });
    } else if (language === 'text' && rest.trim() === 'output') {
      const program = found.at(-1);
      if (program?.kind !== 'program')
        throw new CheckFailed(`${document}:${line} is the output of no program`);
      program.output = code;
    }
  }
  return found;
}

/** @param {string} words
 * @param {string} place
 * @returns {Pick<Snippet, 'kind' | 'exitCode'>} */
function kindOf(words, place) {
  const exit = /^exit=(\d+)$/.exec(words);
  if (words === '' || exit) return { kind: 'program', exitCode: Number(exit?.[1] ?? 0) };
  if (words === 'norun' || words === 'fragment' || words === 'ignore')
    return { kind: words, exitCode: 0 };
  throw new CheckFailed(`${place} says "ts ${words}"; known are: exit=N, norun, fragment, ignore`);
}

/** @param {string} wanted may have lines "..." that stand for any lines
 * @param {string} got */
export function outputMatches(wanted, got) {
  const pattern = wanted
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '...'
        ? '(?:.*\\n)*?'
        : `${line.trimEnd().replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}[ \\t]*\\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(`${got.trimEnd()}\n`);
}

/** @param {string} code
 * @returns {string | undefined} what is wrong with its syntax */
export function syntaxError(code) {
  const parse = (/** @type {string} */ text) =>
    parseSync('fragment.ts', text, { lang: 'ts', sourceType: 'module' }).errors[0]?.message;
  const asModule = parse(code);
  if (asModule === undefined) return undefined;
  return parse(`async function* fragment() {\n${code}\n}`) && asModule;
}

/** @param {Snippet[]} snippets
 * @returns {import('./lib/project.mjs').Check[]} */
function checks(snippets) {
  const folder = inRoot('.build/snippets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const whole = snippets.filter(({ kind }) => kind === 'program' || kind === 'norun');
  const fileOf = (/** @type {Snippet} */ s) => `${s.document.replaceAll(/\W/g, '_')}_${s.line}`;
  for (const snippet of whole) writeFileSync(`${folder}/${fileOf(snippet)}.ts`, snippet.code);
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: inRoot('tsconfig.programs.json'),
      compilerOptions: {
        rootDir: '.',
        outDir: 'out',
        noEmitOnError: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ['*.ts'],
    }),
  );
  const errors =
    whole.length === 0
      ? []
      : capture(
          process.execPath,
          [toolFile('typescript', 'tsc'), '--project', folder, '--pretty', 'false'],
          { cwd: folder },
        )
          .stdout.split(/\n(?=\S)/)
          .filter(Boolean);

  return snippets.map((snippet) => ({
    title: `${snippet.document}:${snippet.line} ${snippet.kind}`,
    ...(snippet.kind === 'ignore' ? { skip: 'marked to be ignored' } : {}),
    run() {
      if (snippet.kind === 'fragment') {
        const wrong = syntaxError(snippet.code);
        must(wrong === undefined, `${snippet.document}:${snippet.line}: ${wrong}`);
        return;
      }
      const mine = errors
        .map((error) => /^(\w+)\.ts\((\d+),(\d+)\): ([^]*)$/.exec(error))
        .filter((error) => error?.[1] === fileOf(snippet))
        .map(
          (error) =>
            `${snippet.document}:${snippet.line + Number(error?.[2])}:${error?.[3]} ${error?.[4]?.trimEnd()}`,
        );
      must(mine.length === 0, mine.join('\n'));
      if (snippet.kind === 'norun') return;
      const file = `${folder}/out/${fileOf(snippet)}.js`;
      must(
        existsSync(file),
        `${basename(file)} was not made; the compiler said:\n${errors.join('\n')}`,
      );
      const run = capture(process.execPath, ['--enable-source-maps', file], {
        cwd: root,
        timeout: 20,
      });
      must(
        run.status === snippet.exitCode,
        `expected exit ${snippet.exitCode}; got ${printed(run)}`,
      );
      if (snippet.output !== undefined) {
        must(
          outputMatches(snippet.output, run.stdout),
          `expected this output:\n${snippet.output}${printed(run)}`,
        );
      }
    },
  }));
}

if (isMain(import.meta.url)) {
  needBuild();
  const pages = ['README.md', 'ARCHITECTURE.md'].filter((page) => existsSync(inRoot(page)));
  if (existsSync(inRoot('docs'))) {
    for (const page of readdirSync(inRoot('docs'), { recursive: true }).map(String).sort()) {
      if (page.endsWith('.md') && !page.includes('node_modules')) pages.push(`docs/${page}`);
    }
  }
  const snippets = pages.flatMap((page) => readSnippets(page, readFileSync(inRoot(page), 'utf8')));
  process.exitCode = await runChecks('snippets', checks(snippets));
}
