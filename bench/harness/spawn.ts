// Starts one fresh child process for one sample run, and reads its answer.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ANSWER } from './tools.ts';
import { CLOCK_VARIABLE } from './types.ts';
import type { ClockKind, Contestant, Order, Sample } from './types.ts';

const exec = promisify(execFile);
const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const PYTHON_PEER = fileURLToPath(new URL('../peers/python_peer.py', import.meta.url));

/** Room for a million tasks of any peer; collections can be asked for. */
const NODE_OPTIONS: readonly string[] = ['--expose-gc', '--max-old-space-size=8192'];

/** A child that takes longer than this is stuck. Milliseconds. */
const PATIENCE = 180_000;

/** Runs one order in a fresh process. Throws, with what the child said, when it fails. */
export async function measure(
  contestant: Contestant,
  order: Order,
  clock: ClockKind,
): Promise<Sample> {
  const words = JSON.stringify(order);
  const args =
    contestant.nodeMajor === undefined ? [PYTHON_PEER, words] : [...NODE_OPTIONS, CHILD, words];
  return (await ask(contestant.executable, args, clock)) as Sample;
}

/** The versions that a Python interpreter has. Throws when there is no such interpreter. */
export async function askPython(
  executable: string,
): Promise<{ python: string; uvloop: string | null }> {
  return (await ask(executable, [PYTHON_PEER], 'wall')) as {
    python: string;
    uvloop: string | null;
  };
}

async function ask(
  executable: string,
  args: readonly string[],
  clock: ClockKind,
): Promise<unknown> {
  const { NODE_OPTIONS: _, PYTHONASYNCIODEBUG: __, ASYNCIO_DEBUG: ___, ...env } = process.env;
  env[CLOCK_VARIABLE] = clock;
  const { stdout, stderr } = await exec(executable, args, { env, timeout: PATIENCE });
  const line = stdout.split('\n').find((text) => text.startsWith(ANSWER));
  if (line === undefined) throw new Error(`The child ended without an answer. ${stderr}`.trim());
  return JSON.parse(line.slice(ANSWER.length)) as unknown;
}
