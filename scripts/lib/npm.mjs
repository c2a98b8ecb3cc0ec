// npm, as the one that runs this script or else the one on the PATH.
import { capture, CheckFailed, printed } from './project.mjs';

/** Runs npm to its end and returns what it printed; a failure throws.
 * @param {readonly string[]} args
 * @param {string} cwd */
export function npm(args, cwd) {
  const { npm_execpath: self } = process.env;
  // What an outer "npm run" has set describes the outer package, not the one in `cwd`.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|config_(local_prefix|prefix|workspace))/i.test(name),
    ),
  );
  const run =
    self?.endsWith('.js') === true
      ? capture(process.execPath, [self, ...args], { cwd, env })
      : capture('npm', args, { cwd, env });
  if (run.status !== 0) throw new CheckFailed(`npm ${args.join(' ')}: ${printed(run)}`);
  return run.stdout;
}
