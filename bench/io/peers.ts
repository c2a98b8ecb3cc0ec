// Who serves in the echo benchmark, and one measurement of one of them: a server process, a load process, and the
// server's CPU time before and after.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { findContestants } from '../harness/contestants.ts';

export type Role = 'net' | 'protocol' | 'generator' | 'async' | 'py-protocol' | 'py-streams';

export interface Peer {
  readonly key: string;
  readonly label: string;
  readonly runtime: string;
  readonly role: Role;
  /** Which of the runtimes that were asked for: peers are compared within it, and with Python's. */
  readonly group: string;
  readonly command: string;
  readonly args: readonly string[];
}

export interface Sample {
  /** Microseconds of the server's CPU time for one request. */
  readonly cpu: number;
  /** Requests in a second. */
  readonly rate: number;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const OURS: readonly (readonly [Role, string])[] = [
  ['net', 'node:net alone'],
  ['protocol', 'asyncio-ts, protocol'],
  ['generator', 'asyncio-ts, streams, generators'],
  ['async', 'asyncio-ts, streams, async functions'],
];

/** All that can run here. `missing` says what cannot. */
export async function findPeers(
  nodes: readonly string[],
): Promise<{ peers: Peer[]; missing: readonly string[] }> {
  const { contestants, missing } = await findContestants(nodes);
  const peers: Peer[] = [];
  for (const { peer, key, runtime, executable, library } of contestants) {
    if (peer === 'native') {
      for (const [role, label] of OURS) {
        const group = key.replace('native', '');
        const args = [here('server.js'), role];
        peers.push({
          key: role + group,
          label,
          runtime,
          role,
          group,
          command: executable ?? process.execPath,
          args,
        });
      }
    } else if (peer === 'asyncio' || peer === 'uvloop') {
      const version = library === undefined ? runtime : `${runtime}, ${peer} ${library}`;
      for (const kind of ['protocol', 'streams'] as const) {
        peers.push({
          key: `${peer}-${kind}`,
          label: `${peer}, ${kind}`,
          runtime: version,
          role: `py-${kind}`,
          group: 'python',
          command: executable ?? 'python3',
          args: [here('server.py'), peer, kind],
        });
      }
    }
  }
  return { peers, missing };
}

class Lines {
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #lines: string[] = [];
  constructor(child: ChildProcess) {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#lines.push(line);
      else next(line);
    });
  }
  next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Serves `connections` echoing connections for so many seconds, after a second of warming up. */
export async function measure(
  { command, args }: Peer,
  size: number,
  connections: number,
  seconds: number,
): Promise<Sample> {
  const server = spawn(command, [...args, String(size)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = new Promise<never>((_resolve, reject) => {
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`The server ended by itself (${code})`)));
  });
  failed.catch(() => {});
  const answers = new Lines(server);
  const cpu = async (): Promise<number> => {
    server.stdin?.write('\n');
    return Number(await Promise.race([answers.next(), failed]));
  };
  try {
    const port = await Promise.race([answers.next(), failed]);
    const load = spawn(
      process.execPath,
      [here('load.js'), port, String(size), String(connections), String(seconds)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const over = new Promise<number | null>((resolve) => load.on('exit', resolve));
    const broken = over.then((code) => {
      throw new Error(`The load ended before its time (${code})`);
    });
    broken.catch(() => {});
    const told = new Lines(load);
    await Promise.race([told.next(), failed, broken]);
    const before = await cpu();
    const answer = await Promise.race([told.next(), failed, broken]);
    const used = (await cpu()) - before;
    const { requests, took } = JSON.parse(answer) as { requests: number; took: number };
    await over;
    return { cpu: used / requests, rate: requests / (took / 1000) };
  } finally {
    server.kill('SIGKILL');
  }
}
