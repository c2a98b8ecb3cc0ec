// Who takes part: which peers can run here, on which runtimes, in which versions.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { askPython } from './spawn.ts';
import type { Contestant, PeerId } from './types.ts';

const exec = promisify(execFile);

/** The project's root, seen from .build/bench/harness/. */
export const ROOT: URL = new URL('../../../', import.meta.url);

/** Interpreters that are tried for asyncio and uvloop, in this order; the first with uvloop wins. */
const PYTHONS: readonly string[] = ['/usr/bin/python3', 'python3'];

const LABELS: Readonly<Record<PeerId, string>> = {
  generator: 'asyncio-ts, generators',
  async: 'asyncio-ts, async functions',
  native: 'native promises',
  effect: 'effect',
  effection: 'effection',
  asyncio: 'asyncio',
  uvloop: 'uvloop',
};

export interface Field {
  readonly contestants: readonly Contestant[];
  /** What is missing, in words for the reader: said loudly, as its absence voids targets. */
  readonly missing: readonly string[];
}

async function onNode(
  peer: PeerId,
  version: string,
  executable: string,
  current: boolean,
): Promise<Contestant> {
  const major = Number.parseInt(version.replace(/^v/, ''), 10);
  const library = peer === 'native' ? undefined : await packageVersion(peer);
  return {
    key: current ? peer : `${peer}@${major}`,
    peer,
    label: current ? LABELS[peer] : `${LABELS[peer]}, Node ${major}`,
    runtime: `Node ${version.replace(/^v/, '')}`,
    ...(library === undefined ? {} : { library }),
    nodeMajor: major,
    executable,
  };
}

/** The version of the package behind a peer. Read as a file: not every package exports its manifest. */
async function packageVersion(peer: PeerId): Promise<string> {
  const ours = peer === 'generator' || peer === 'async';
  const manifest = new URL(ours ? 'package.json' : `node_modules/${peer}/package.json`, ROOT);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return version;
}

/** The current Node's peers and Python's; with `nodes` also ours and native promises on each of these binaries. */
export async function findContestants(nodes: readonly string[]): Promise<Field> {
  const missing: string[] = [];
  const here: readonly PeerId[] = ['generator', 'async', 'native', 'effect', 'effection'];
  const contestants: Contestant[] = [];
  for (const peer of here) {
    contestants.push(await onNode(peer, process.version, process.execPath, true));
  }
  for (const executable of nodes) {
    const { stdout } = await exec(executable, ['--version']);
    for (const peer of ['generator', 'async', 'native'] as const) {
      contestants.push(await onNode(peer, stdout.trim(), executable, false));
    }
  }
  const python = await findPython();
  if (python === undefined) {
    missing.push('asyncio and uvloop: no python3 was found, so no ratio to them can be given.');
    return { contestants, missing };
  }
  const runtime = `Python ${python.version}`;
  const { executable } = python;
  contestants.push({ key: 'asyncio', peer: 'asyncio', label: 'asyncio', runtime, executable });
  if (python.uvloop === null) {
    missing.push(
      'uvloop: python3 cannot import it (Debian: python3-uvloop), so no target can be judged.',
    );
  } else {
    const library = python.uvloop;
    contestants.push({
      key: 'uvloop',
      peer: 'uvloop',
      label: 'uvloop',
      runtime,
      library,
      executable,
    });
  }
  return { contestants, missing };
}

async function findPython(): Promise<
  { executable: string; version: string; uvloop: string | null } | undefined
> {
  let found: { executable: string; version: string; uvloop: string | null } | undefined;
  for (const executable of PYTHONS) {
    try {
      const { python, uvloop } = await askPython(executable);
      if (uvloop !== null) return { executable, version: python, uvloop };
      found ??= { executable, version: python, uvloop: null };
    } catch {
      // Not installed: the next one, or the report that none was found.
    }
  }
  return found;
}

/** Binaries of other versions of Node, installed as node22, node24, … by `npm ci` in scripts/nodes. */
export async function installedNodes(): Promise<string[]> {
  const folder = new URL('scripts/nodes/node_modules/', ROOT);
  const names = await readdir(folder).catch(() => []);
  const binaries: string[] = [];
  for (const name of names.toSorted((a, b) => a.localeCompare(b))) {
    if (!/^node\d+$/.test(name)) continue;
    const manifest = new URL(`${name}/package.json`, folder);
    const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin?: string | object };
    const path = typeof bin === 'string' ? bin : 'bin/node';
    binaries.push(new URL(`${name}/${path}`, folder).pathname);
  }
  return binaries;
}
