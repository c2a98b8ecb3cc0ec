// `npm run bench -- concurrent`: jobs in threads and processes; see bench/README.md, section "Executors".
// Every measurement runs in a process of its own, and the peers take turns within a round.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ROOT } from '../harness/contestants.ts';
import { loadNow, machine } from '../report/record.ts';
import { type CaseResult, judge, rowsOf, tables, titleOf } from './report.ts';

const USAGE = `Usage: npm run bench -- concurrent [options]

  --quick            one round: about a minute, rougher numbers
  --rounds N         rounds (default 3; with --quick 1)
  --kind KIND        threads or processes only
  --help             this text

A whole run (some four minutes) replaces bench/results/concurrent.json and the table in bench/README.md; any other
leaves its results in .build/bench-results/.`;

const README = new URL('bench/README.md', ROOT);
const BEGIN = '<!-- executor table: written by npm run bench -- concurrent -->\n';
const END = '\n<!-- end of executor table -->';

const PEERS = {
  threads: ['threads', 'piscina', 'workerpool', 'python-threads'],
  processes: ['processes', 'workerpool-processes', 'python-processes'],
} as const;

const CASES = (['threads', 'processes'] as const).flatMap((kind) => [
  { kind, what: 'round-trip' as const, workers: 1 },
  ...[1, 2, 4].map((workers) => ({ kind, what: 'throughput' as const, workers })),
  ...[1, 2].map((workers) => ({ kind, what: 'compute' as const, workers })),
]);

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function measure(
  python: string | undefined,
  peer: string,
  what: string,
  workers: number,
): number[] {
  const [program, args] = peer.startsWith('python')
    ? [python ?? 'python3', [here('peer.py')]]
    : [process.execPath, [here('measure.js')]];
  const run = spawnSync(program, [...args, peer, what, String(workers)], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (run.status !== 0) throw new Error(`${peer}, ${what}, ${workers}: ${run.stderr}`);
  return JSON.parse(run.stdout) as number[];
}

/** The whole benchmark; the answer is the exit code. */
export async function benchConcurrent(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      kind: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = values.rounds === undefined ? (values.quick ? 1 : 3) : Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds wants a whole number.');
  if (values.kind !== undefined && !(values.kind in PEERS)) {
    throw new Error(`--kind is threads or processes, not ${values.kind}.`);
  }
  const python = ['/usr/bin/python3', 'python3'].find(
    (one) => spawnSync(one, ['--version']).status === 0,
  );
  if (python === undefined) console.error('MISSING: Python (no python3)');
  const begin = performance.now();
  const before = loadNow();
  const results: CaseResult[] = [];
  const failures: string[] = [];
  for (const one of CASES.filter(({ kind }) => values.kind === undefined || kind === values.kind)) {
    const { kind, what, workers } = one;
    const peers = PEERS[kind].filter((peer) => python !== undefined || !peer.startsWith('python'));
    // The scale of jobs that compute is a matter between our own pools.
    const field = new Set<string>(what === 'compute' ? [kind] : peers);
    const samples = new Map<string, number[][]>();
    for (let round = 0; round < rounds; round++) {
      for (const peer of field) {
        if (process.stderr.isTTY) {
          process.stderr.write(
            `\r\u001b[K${kind}, ${what}, ${workers}: ${peer}, round ${round + 1}`,
          );
        }
        try {
          samples.set(peer, [...(samples.get(peer) ?? []), measure(python, peer, what, workers)]);
        } catch (error) {
          failures.push((error as Error).message);
          field.delete(peer);
        }
      }
    }
    results.push({ ...one, rows: rowsOf(samples, kind) });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');

  const verdicts = judge(results);
  const text = tables(results);
  const whole = !values.quick && values.kind === undefined;
  const record = {
    schema: 1,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    node: process.version,
    load: { before, after: loadNow() },
    seconds: Math.round((performance.now() - begin) / 1000),
    rounds,
    cases: results.map((each) => ({ title: titleOf(each), ...each })),
    targets: verdicts,
  };
  const { cpu, cores } = record.machine;
  const subtitle = `${record.date}, ${cores} × ${cpu}, Node ${process.versions.node}; median of ${rounds} round${rounds === 1 ? '' : 's'}`;
  console.log(`${subtitle}\n\n${text}\n`);
  for (const { reached, case: title, target, found } of verdicts) {
    console.log(`${reached ? 'reached' : 'MISSED '}  ${title}: ${target}: ${found}`);
  }
  await keep(record, `${subtitle}; load before ${before}.\n\n${text}`, whole);
  for (const words of failures) console.error(`FAILED: ${words}`);
  console.log(`${record.seconds} s; load before ${before}, after ${record.load.after}.`);
  return failures.length === 0 ? 0 : 1;
}

async function keep(record: object, text: string, whole: boolean): Promise<void> {
  const place = whole ? 'bench/results/' : '.build/bench-results/';
  await mkdir(new URL(place, ROOT), { recursive: true });
  await writeFile(new URL(`${place}concurrent.json`, ROOT), `${JSON.stringify(record, null, 2)}\n`);
  console.log(`\nKept in ${place}.`);
  if (!whole) return;
  const readme = await readFile(README, 'utf8');
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error('bench/README.md has lost the marks of the table.');
  await writeFile(README, `${readme.slice(0, from + BEGIN.length)}\n${text}\n${readme.slice(to)}`);
}
