// The echo benchmark, by hand: node scripts/run-program.mjs bench/io/run.ts [--quick] [SIZE:CONNECTIONS...]
// One server process and one load process at a time; the peers take turns. What counts is the server's CPU time per
// request: the rate depends on the load, which may be the slower one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const python = '/usr/bin/python3';
const hasUvloop = spawnSync(python, ['-c', 'import uvloop']).status === 0;
if (!hasUvloop) console.log('SKIPPED: asyncio and uvloop (no /usr/bin/python3 with uvloop)');

type Peer = readonly [label: string, command: string, args: readonly string[]];
const node = process.execPath;
const peers: readonly Peer[] = [
  ['node:net', node, [here('server.js'), 'net']],
  ['ours, protocol', node, [here('server.js'), 'protocol']],
  ['ours, streams, generator', node, [here('server.js'), 'generator']],
  ['ours, streams, async', node, [here('server.js'), 'async']],
  ...(hasUvloop
    ? ([
        ['asyncio, protocol', python, [here('server.py'), 'asyncio', 'protocol']],
        ['asyncio, streams', python, [here('server.py'), 'asyncio', 'streams']],
        ['uvloop, protocol', python, [here('server.py'), 'uvloop', 'protocol']],
        ['uvloop, streams', python, [here('server.py'), 'uvloop', 'streams']],
      ] as const)
    : []),
];

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

async function measure(
  [, command, args]: Peer,
  size: number,
  connections: number,
  seconds: number,
): Promise<{ cpu: number; rate: number }> {
  const server = spawn(command, [...args, String(size)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = new Lines(server);
  const cpu = async (): Promise<number> => {
    server.stdin?.write('\n');
    return Number(await answers.next());
  };
  try {
    const port = await answers.next();
    const load = spawn(
      node,
      [here('load.js'), port, String(size), String(connections), String(seconds)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const told = new Lines(load);
    await told.next();
    const before = await cpu();
    const { requests, took } = JSON.parse(await told.next()) as { requests: number; took: number };
    const used = (await cpu()) - before;
    return { cpu: used / requests, rate: requests / (took / 1000) };
  } finally {
    server.kill('SIGKILL');
  }
}

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const given = args.filter((arg) => arg.includes(':'));
const cases =
  given.length > 0
    ? given
    : ['1024:1', '1024:10', '1024:100', '1024:1000', '65536:1', '65536:10', '65536:100'];
const rounds = quick ? 1 : 3;
const median = (values: number[]): number =>
  values.sort((x, y) => x - y)[values.length >> 1] as number;

for (const one of cases) {
  const [size = 0, connections = 0] = one.split(':').map(Number);
  const results = new Map<string, { cpu: number[]; rate: number[] }>();
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const { cpu, rate } = await measure(peer, size, connections, quick ? 1.5 : 3);
      const entry = results.get(peer[0]) ?? { cpu: [], rate: [] };
      entry.cpu.push(cpu);
      entry.rate.push(rate);
      results.set(peer[0], entry);
    }
  }
  console.log(`\n${size} bytes, ${connections} connections`);
  const base = median([...(results.get('node:net')?.cpu ?? [1])]);
  for (const [label, { cpu, rate }] of results) {
    const used = median(cpu);
    console.log(
      `  ${label.padEnd(26)} ${used.toFixed(1).padStart(7)} µs CPU a request ${(used / base).toFixed(2).padStart(6)} x net ${median(rate).toFixed(0).padStart(8)} requests/s`,
    );
  }
}
