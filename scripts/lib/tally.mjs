// The end of .ci/run: adds up the numbers of every kind of test in this run, counts each step that
// failed without a failed test of its own as one failure, and prints the sum as the last line.
//   node scripts/lib/tally.mjs [failed step]...
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { countsLine, inRoot } from './project.mjs';

const steps = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
let kindsThatFailed = 0;
const folder = inRoot('.build/results');
for (const file of existsSync(folder) ? readdirSync(folder).sort() : []) {
  /** @type {import('./project.mjs').Counts} */
  const counts = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  console.log(`${file.replace('.json', '').padEnd(12)} ${countsLine(counts)}`);
  if (counts.failed > 0) kindsThatFailed += 1;
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped ?? 0;
}
total.failed += Math.max(0, steps.length - kindsThatFailed);
for (const step of steps) console.log(`FAILED STEP: ${step}`);
console.log(countsLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
