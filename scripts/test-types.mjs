// Tests of inferred types: every file of test/types is compiled against the declarations in dist/.
// A wrong type is a compiler error; a misuse that should be refused stands under @ts-expect-error,
// which is an error itself as soon as the misuse compiles.
import { readdirSync } from 'node:fs';
import { relative } from 'node:path';
import { needBuild } from './build.mjs';
import { capture, inRoot, must, runChecks, toolFile } from './lib/project.mjs';

needBuild();
const { stdout, stderr } = capture(process.execPath, [
  toolFile('typescript', 'tsc'),
  '--project',
  inRoot('tsconfig.types.json'),
  '--pretty',
  'false',
]);

const files = readdirSync(inRoot('test/types'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(inRoot('.'), `${entry.parentPath}/${entry.name}`))
  .sort();
const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
const isOf = (/** @type {string} */ file) => (/** @type {string} */ line) =>
  line.startsWith(`${file}(`);
const others = lines.filter(
  (line) => /^\S+\(\d+,\d+\)|^error/.test(line) && !files.some((file) => isOf(file)(line)),
);

process.exitCode = await runChecks('types', [
  ...files.map((file) => ({
    title: file,
    run: () => {
      const errors = lines.filter(isOf(file));
      must(errors.length === 0, errors.join('\n'));
    },
  })),
  {
    title: 'the declarations in dist/, on their own',
    run: () => must(others.length === 0, others.join('\n')),
  },
]);
