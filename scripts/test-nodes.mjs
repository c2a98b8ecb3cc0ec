// Runs the smallest programs (test/nodes) against the built package, on this Node and on the others
// that are supported. Each program asserts for itself and ends with exit code 0.
import { readdirSync } from 'node:fs';
import { needBuild } from './build.mjs';
import { majors, nodeBinary, unavailable } from './lib/nodes.mjs';
import { capture, inRoot, must, printed, runChecks } from './lib/project.mjs';

needBuild();

const programs = readdirSync(inRoot('test/nodes'))
  .filter((name) => /\.[mc]js$/.test(name))
  .sort();

/** @typedef {import('./lib/project.mjs').Check} Check */

/** @returns {Generator<Check>} */
function* checks() {
  yield* onNode(`Node ${process.versions.node}`, () => process.execPath);
  const skip = unavailable();
  if (skip !== undefined) console.log(`\n*** Only this Node was tested: ${skip} ***\n`);
  for (const major of majors) {
    yield* onNode(`Node ${major}`, () => nodeBinary(major), skip);
    yield {
      title: `Node ${major}: src/ itself, its types stripped by Node`,
      ...(skip === undefined ? {} : { skip }),
      run: () => runFile(nodeBinary(major), inRoot('src/index.ts')),
    };
  }
}

/** @param {string} label
 * @param {() => string} binary
 * @param {string} [skip]
 * @returns {Generator<Check>} */
function* onNode(label, binary, skip) {
  for (const program of programs) {
    yield {
      title: `${label}: ${program}`,
      ...(skip === undefined ? {} : { skip }),
      run: () => runFile(binary(), inRoot('test/nodes', program)),
    };
  }
}

/** @param {string} binary
 * @param {string} file */
function runFile(binary, file) {
  const run = capture(binary, [file], { timeout: 30 });
  must(run.status === 0, printed(run));
}

process.exitCode = await runChecks('nodes', checks());
