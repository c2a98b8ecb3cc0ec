// Runs the programs that examples/ci.json lists and looks at what they print and how they end:
//   [{ "program": "treehash.ts",      the file in examples/
//      "args": ["test"],              what it is given; default nothing
//      "stdin": "text",               default: an empty standard input
//      "exitCode": 1,                 default 0
//      "stdout": "^\\d+ files",       regular expressions ("m" and "s" set) that must match
//      "stderr": "",                  where "" stands for: prints nothing
//      "timeout": 60 }]               seconds; default 30. A program over its time is killed and fails
// Every program directly in examples/ must be listed, so that none of them can rot.
import { readdirSync, readFileSync } from 'node:fs';
import { needBuild } from './build.mjs';
import { compile, compiled } from './lib/programs.mjs';
import { capture, inRoot, must, printed, root, runChecks } from './lib/project.mjs';

/** @typedef {{ program: string, args?: string[], stdin?: string, exitCode?: number, stdout?: string, stderr?: string, timeout?: number }} Example */

const keys = new Set(['program', 'args', 'stdin', 'exitCode', 'stdout', 'stderr', 'timeout']);

/** @type {Example[]} */
const examples = JSON.parse(readFileSync(inRoot('examples/ci.json'), 'utf8'));

needBuild();
if (!compile('examples/')) process.exit(1);

/** @param {string | undefined} pattern
 * @param {string} text */
const matches = (pattern, text) =>
  pattern === undefined || (pattern === '' ? text === '' : new RegExp(pattern, 'ms').test(text));

process.exitCode = await runChecks('examples', [
  {
    title: 'every program of examples/ is listed, and every listing is understood',
    run() {
      const listed = new Set(examples.map(({ program }) => program));
      const missing = readdirSync(inRoot('examples')).filter(
        (name) => name.endsWith('.ts') && !listed.has(name),
      );
      must(missing.length === 0, `Not in examples/ci.json: ${missing.join(', ')}`);
      for (const example of examples) {
        const strange = Object.keys(example).filter((key) => !keys.has(key));
        must(
          strange.length === 0,
          `${example.program} has ${strange.join(', ')}; known: ${[...keys].join(', ')}`,
        );
      }
    },
  },
  ...examples.map(
    ({ program, args = [], stdin = '', exitCode = 0, stdout, stderr, timeout = 30 }) => ({
      title: [program, ...args].join(' '),
      run() {
        const run = capture(
          process.execPath,
          ['--enable-source-maps', compiled(`examples/${program}`), ...args],
          { cwd: root, input: stdin, timeout },
        );
        must(run.status === exitCode, `expected exit ${exitCode}; got ${printed(run)}`);
        must(
          matches(stdout, run.stdout),
          `stdout does not match ${JSON.stringify(stdout)}; ${printed(run)}`,
        );
        must(
          matches(stderr, run.stderr),
          `stderr does not match ${JSON.stringify(stderr)}; ${printed(run)}`,
        );
      },
    }),
  ),
]);
