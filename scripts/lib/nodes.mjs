// The other versions of Node that the project is tested on, from scripts/nodes (installed on demand).
import { existsSync, readFileSync } from 'node:fs';
import { npm } from './npm.mjs';
import { capture, inRoot, isMain, must, printed } from './project.mjs';

const folder = inRoot('scripts/nodes');
/** @type {{ dependencies: Record<string, string> }} */
const { dependencies } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));

/** Major versions there are packages for. */
export const majors = Object.keys(dependencies).map((name) => Number(name.replace('node', '')));

/** Says why there can be none here, or undefined where there can. */
export function unavailable() {
  if (process.platform === 'linux' && process.arch === 'x64') return undefined;
  return `the packaged binaries of Node are for linux x64, and this is ${process.platform} ${process.arch}`;
}

/** The binary of a major version. Installs what is missing or is another version than the one pinned.
 * @param {number} major */
export function nodeBinary(major) {
  const pinned = dependencies[`node${major}`]?.split('@').at(-1);
  must(pinned !== undefined, `scripts/nodes has no Node ${major}; it has ${majors.join(', ')}`);
  const binary = `${folder}/node_modules/node${major}/bin/node`;
  if (!existsSync(binary) || version(binary) !== `v${pinned}`) {
    npm(['ci', '--no-bin-links'], folder);
    must(version(binary) === `v${pinned}`, `${binary} is ${version(binary)}, not v${pinned}`);
  }
  return binary;
}

/** @param {string} binary */
function version(binary) {
  const run = capture(binary, ['--version']);
  must(run.status === 0, `${binary} does not start: ${printed(run)}`);
  return run.stdout.trim();
}

// node scripts/lib/nodes.mjs 24   prints the path of that binary
if (isMain(import.meta.url)) {
  const why = unavailable();
  if (why !== undefined) {
    console.error(why);
    process.exit(1);
  }
  console.log(nodeBinary(Number(process.argv[2] ?? majors.at(-1))));
}
