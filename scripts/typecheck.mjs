// Type-checks everything, each part under the rules that hold for it. Nothing built is needed.
import { existsSync } from 'node:fs';
import { inRoot, tsc } from './lib/project.mjs';

const parts = [
  ['the package', 'tsconfig.build.json', '--noEmit', '--noUnusedLocals', '--noUnusedParameters'],
  ['core, tasks and sync without any platform', 'tsconfig.portable.json'],
  ['tests, examples and benchmarks', 'tsconfig.json'],
  ['tests of legacy decorators', 'test/legacy-decorators/tsconfig.json'],
  ['scripts', 'scripts/tsconfig.json'],
];

let failed = 0;
for (const [title, config, ...more] of parts) {
  if (config === undefined || !existsSync(inRoot(config))) continue;
  const ok = tsc(inRoot(config), ...more);
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${title} (${config})`);
  if (!ok) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
