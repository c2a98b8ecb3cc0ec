// `npm test`: builds what the tests want built, then runs all of them. Arguments go on to vitest
// (`npm test -- locks`). The last line counts, whatever vitest printed.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { needBuild } from './build.mjs';
import { inRoot, passThrough, report, toolFile } from './lib/project.mjs';

needBuild();

const details = inRoot('.build/vitest.json');
rmSync(details, { force: true });
const status = await passThrough(process.execPath, [
  toolFile('vitest'),
  'run',
  '--reporter=default',
  `--reporter=${inRoot('scripts/lib/stall-reporter.mjs')}`,
  '--reporter=json',
  `--outputFile.json=${details}`,
  ...process.argv.slice(2),
]);

const counts = { passed: 0, failed: 0, skipped: 0 };
if (existsSync(details)) {
  const found = JSON.parse(readFileSync(details, 'utf8'));
  counts.passed = found.numPassedTests;
  counts.failed = found.numFailedTests;
  counts.skipped = found.numPendingTests + found.numTodoTests;
}
// A file that does not load, an error outside any test: no test has failed, and yet the run has.
if (status !== 0 && counts.failed === 0) counts.failed = 1;
process.exitCode = report('tests', counts) || status;
