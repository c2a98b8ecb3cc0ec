// Compiles one of the project's own TypeScript programs and runs it against the built package:
//   node scripts/run-program.mjs [--node-option=OPTION]... examples/treehash.ts [args...]
// (Node 20 cannot strip types.) Exit code, terminal and signals are the program's.
import { existsSync } from 'node:fs';
import { needBuild } from './build.mjs';
import { compiled, compile } from './lib/programs.mjs';
import { inRoot, passThrough } from './lib/project.mjs';

const args = process.argv.slice(2);
const nodeOptions = [];
while (args[0]?.startsWith('--node-option=')) {
  nodeOptions.push(/** @type {string} */ (args.shift()).slice('--node-option='.length));
}
const [program, ...rest] = args;
if (program === undefined || !existsSync(inRoot(program))) {
  console.error(
    `No such program: ${program ?? '(none given)'}. Give its path from the project's root.`,
  );
  process.exit(2);
}
needBuild();
if (!compile(program)) process.exit(1);
process.exitCode = await passThrough(
  process.execPath,
  ['--enable-source-maps', ...nodeOptions, compiled(program), ...rest],
  // A program is given paths by the person who started it, from where that person is.
  { cwd: process.env['INIT_CWD'] ?? process.cwd() },
);
