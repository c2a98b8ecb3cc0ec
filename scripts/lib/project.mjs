// What all scripts share: where things are, how a command is run, how a result is counted.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** @param {...string} parts */
export const inRoot = (...parts) => join(root, ...parts);

/** True when the module is what `node` was started with, not an import of something else.
 * @param {string} url */
export const isMain = (url) =>
  process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;

/** The file a development dependency's command starts, so that no shell and no PATH is needed.
 * @param {string} name the package
 * @param {string} [command] its command, where it is not called as the package */
export function toolFile(name, command = name) {
  // Not every package lets its own package.json be resolved; its folder is found all the same.
  const manifest = (createRequire(import.meta.url).resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, 'package.json'))
    .find((file) => existsSync(file));
  if (manifest === undefined) {
    throw new Error(`${name} is not installed. Run "npm ci" first.`);
  }
  /** @type {{ bin?: string | Record<string, string> }} */
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const file = typeof bin === 'string' ? bin : bin?.[command];
  if (file === undefined) throw new Error(`${name} has no command "${command}"`);
  return join(dirname(manifest), file);
}

/** Runs a command to its end and keeps what it printed. It never throws for an exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, timeout?: number }} [options]
 *   `timeout` in seconds; a command over it is killed and reports status null. */
export function capture(
  command,
  args,
  { cwd = root, env = process.env, input = '', timeout } = {},
) {
  const result = spawnSync(command, args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    killSignal: 'SIGKILL',
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
  });
  const code = result.error && 'code' in result.error ? result.error.code : undefined;
  if (result.error && code !== 'ETIMEDOUT') throw result.error;
  return {
    status: result.status,
    signal: result.signal,
    timedOut: code === 'ETIMEDOUT',
    stdout: result.stdout,
    stderr: result.stderr,
  };
}

/** @typedef {ReturnType<typeof capture>} Captured */

/** Runs a command on this terminal and resolves with the exit code the shell would see. While it
 * runs, a Ctrl-C is the command's business: it is in the same group of processes and has got it too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} */
export function passThrough(command, args, { cwd = root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    const leaveIt = () => {};
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', leaveIt).on('SIGTERM', forward).on('SIGHUP', forward);
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      process.off('SIGINT', leaveIt).off('SIGTERM', forward).off('SIGHUP', forward);
      resolve(status ?? 128 + signalNumber(signal));
    });
  });
}

/** @param {NodeJS.Signals | null} signal */
function signalNumber(signal) {
  /** @type {Partial<Record<NodeJS.Signals, number>>} */
  const numbers = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGABRT: 6,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGTERM: 15,
  };
  return (signal && numbers[signal]) ?? 0;
}

/** The compiler, quietly. Prints what it found and returns whether it found nothing.
 * @param {string} config a tsconfig file
 * @param {...string} more */
export function tsc(config, ...more) {
  const { status, stdout, stderr } = capture(process.execPath, [
    toolFile('typescript', 'tsc'),
    '--project',
    config,
    '--pretty',
    process.stdout.isTTY ? 'true' : 'false',
    ...more,
  ]);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return status === 0;
}

/** Numbers of one run: what `.ci/run` adds up at its end.
 * @typedef {{ passed: number, failed: number, skipped?: number }} Counts */

/** Prints the closing line and leaves the numbers for `.ci/run`.
 * @param {string} name one file per kind of test
 * @param {Counts} counts */
export function report(name, counts) {
  mkdirSync(inRoot('.build/results'), { recursive: true });
  writeFileSync(inRoot('.build/results', `${name}.json`), `${JSON.stringify(counts)}\n`);
  console.log(countsLine(counts));
  return counts.failed === 0 ? 0 : 1;
}

/** @param {Counts} counts */
export const countsLine = ({ passed, failed, skipped = 0 }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** Runs named checks one after another, prints a line for each, and counts.
 * @param {string} name of the whole, as `report` takes it
 * @param {AsyncIterable<Check> | Iterable<Check>} checks
 * @typedef {{ title: string, run: () => void | string | Promise<void | string>, skip?: string }} Check
 *   `run` throws when the check fails; what it returns is printed beside its title. */
export async function runChecks(name, checks) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const check of checks) {
    if (check.skip !== undefined) {
      counts.skipped += 1;
      console.log(`skip  ${check.title}: ${check.skip}`);
      continue;
    }
    const start = performance.now();
    try {
      const note = await check.run();
      counts.passed += 1;
      const took = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`ok    ${check.title}${note ? `: ${note}` : ''} (${took} s)`);
    } catch (error) {
      counts.failed += 1;
      console.log(`FAIL  ${check.title}`);
      const text =
        error instanceof CheckFailed
          ? error.message
          : String(/** @type {any} */ (error)?.stack ?? error);
      console.log(text.replaceAll(/^/gm, '      '));
    }
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    console.log(`FAIL  ${name}: there was nothing to check`);
    counts.failed = 1;
  }
  return report(name, counts);
}

/** A check's verdict; its message is all that has to be shown. */
export class CheckFailed extends Error {
  static {
    this.prototype.name = 'CheckFailed';
  }
}

/** @param {unknown} condition
 * @param {string} message
 * @returns {asserts condition} */
export function must(condition, message) {
  if (!condition) throw new CheckFailed(message);
}

/** What a finished command printed, for a message.
 * @param {Captured} run */
export function printed(run) {
  const how = run.timedOut ? 'killed at its time limit' : `exit ${run.status ?? run.signal}`;
  return [how, tail('stdout', run.stdout), tail('stderr', run.stderr)].filter(Boolean).join('\n');
}

/** @param {string} label
 * @param {string} text */
function tail(label, text) {
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(-40).join('\n');
  return (
    shown &&
    `--- ${label}${lines.length > 40 ? ` (last 40 of ${lines.length} lines)` : ''}\n${shown}`
  );
}
