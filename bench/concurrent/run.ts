// The benchmark of executors, by hand: node scripts/run-program.mjs bench/concurrent/run.ts [--rounds N]
// Every measurement runs in a process of its own, and the peers take turns; the median of the rounds counts.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const python = ['/usr/bin/python3', 'python3'].find(
  (one) => spawnSync(one, ['--version']).status === 0,
);
if (python === undefined) console.log('SKIPPED: Python (no python3)');
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(values.rounds);

function measure(peer: string, what: string, workers: number): number[] | null {
  const ofPython = peer.startsWith('python');
  if (ofPython && python === undefined) return null;
  const [program, args] = ofPython
    ? [python as string, [here('peer.py')]]
    : [process.execPath, [here('measure.js')]];
  const run = spawnSync(program, [...args, peer, what, String(workers)], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (run.status !== 0) {
    console.error(`FAILED: ${peer}, ${what}, ${workers}: ${run.stderr}`);
    return null;
  }
  return JSON.parse(run.stdout) as number[];
}

/** Median of the rounds for each peer, the peers taking turns. */
function compare(peers: readonly string[], what: string, workers: number): Map<string, number[]> {
  const samples = new Map<string, number[][]>();
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      const sample = measure(peer, what, workers);
      if (sample !== null) samples.set(peer, [...(samples.get(peer) ?? []), sample]);
    }
  }
  return new Map(
    [...samples].map(([peer, all]) => [
      peer,
      (all[0] as number[]).map(
        (_, i) =>
          all.map((one) => one[i] as number).toSorted((a, b) => a - b)[all.length >> 1] as number,
      ),
    ]),
  );
}

const verdicts: string[] = [];
function judge(what: string, reached: boolean, found: string): void {
  verdicts.push(`${reached ? 'reached' : 'MISSED '}  ${what}: ${found}`);
}

const threads = ['threads', 'piscina', 'workerpool', 'python-threads'];
const processes = ['processes', 'workerpool-processes', 'python-processes'];

console.log(
  `${availableParallelism()} cores, Node ${process.version}; µs a job, median of ${rounds}`,
);
for (const peers of [threads, processes]) {
  for (const [what, counts] of [
    ['round-trip', [1]],
    ['throughput', [1, 2, 4]],
  ] as const) {
    for (const workers of counts) {
      const found = compare(peers, what, workers);
      const [mine = Number.NaN] = found.get(peers[0] as string) ?? [];
      const cells = [...found].map(([peer, [value = 0]]) => `${peer} ${value.toFixed(1)}`);
      console.log(`${what}, ${workers} worker(s): ${cells.join('   ')}`);
      const title = `${peers[0]}, ${what}, ${workers} worker(s)`;
      const [piscina] = found.get('piscina') ?? [];
      if (piscina !== undefined) {
        const over = (mine / piscina - 1) * 100;
        judge(`${title}: at most 15 % over piscina`, over <= 15, `${over.toFixed(0)} %`);
      }
      for (const other of [
        'workerpool',
        'workerpool-processes',
        'python-threads',
        'python-processes',
      ]) {
        const [value] = found.get(other) ?? [];
        if (value === undefined) continue;
        judge(`${title}: no slower than ${other}`, mine <= value, `${(value / mine).toFixed(1)} x`);
      }
    }
  }
}
const one = compare(['threads'], 'compute', 1).get('threads') ?? [];
const two = compare(['threads'], 'compute', 2).get('threads') ?? [];
console.log(
  `computing: ${one[0]?.toFixed(1)} jobs a second on 1 thread, ${two[0]?.toFixed(1)} on 2; ` +
    `a ticker of 1 ms is late by ${one[1]?.toFixed(1)} and ${two[1]?.toFixed(1)} ms at the 99th percentile`,
);
const scale = (two[0] ?? 0) / (one[0] ?? 1);
judge(
  'two threads compute at least 1.8 times as much as one',
  scale >= 1.8,
  `${scale.toFixed(2)} x`,
);
judge(
  'the loop is late by less than 5 ms at the 99th percentile',
  (two[1] ?? 99) < 5,
  `${two[1]?.toFixed(1)} ms`,
);
console.log(`\n${verdicts.join('\n')}`);
