// `npm run bench`: measures this library beside its peers in one run, interleaved in rounds, each sample run in a
// fresh process; prints a table and the targets; keeps JSON and a chart in bench/results/. See bench/README.md.

import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { cases } from './cases/index.ts';
import { benchConcurrent } from './concurrent/run.ts';
import { findContestants, installedNodes, ROOT } from './harness/contestants.ts';
import { fieldOf, orderFor, PLANS, roundsOf, sizeOf } from './harness/plan.ts';
import type { Plan } from './harness/plan.ts';
import { measure } from './harness/spawn.ts';
import type { Case, ClockKind, Contestant, Results, Sample } from './harness/types.ts';
import { benchIo } from './io/run.ts';
import { loadNow, machine, published } from './report/record.ts';
import type { RunRecord } from './report/record.ts';
import { spreads, titleOf } from './report/stats.ts';
import { chart } from './report/svg.ts';
import { absences, table, verdictList } from './report/table.ts';
import { judge } from './report/targets.ts';

const USAGE = `Usage: npm run bench -- [options]
       npm run bench -- io [options]             echo over TCP: see npm run bench -- io --help
       npm run bench -- concurrent [options]     jobs in threads and processes, likewise

  --quick            fewer and shorter samples: below 90 seconds, rougher numbers
  --only CASE,…      these cases only
  --peers PEER,…     these peers only (generator, async, native, effect, effection, asyncio, uvloop)
  --rounds N         rounds of the short cases (default 3; with --quick 1)
  --nodes            ours and native promises also on every Node installed by scripts/nodes
  --node PATH        the same on this binary; may be repeated
  --cpu              times the work of the process (helper threads of the engine included) instead of
                     the clock on the wall: for a busy machine
  --list             names the cases and ends
  --help             this text

A whole full run replaces bench/results/; any other run leaves its results in .build/bench-results/.`;

interface Options {
  readonly plan: Plan;
  readonly cases: readonly Case[];
  readonly peers: readonly string[];
  readonly nodes: readonly string[];
  readonly clock: ClockKind;
  /** Whether the run is the one whose results are published. */
  readonly whole: boolean;
}

async function readOptions(): Promise<Options | undefined> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      nodes: { type: 'boolean', default: false },
      node: { type: 'string', multiple: true, default: [] },
      cpu: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  if (values.list) {
    for (const spec of cases) console.log(spec.id.padEnd(16) + titleOf(spec, spec.size.full));
    return undefined;
  }
  const only = values.only?.split(',');
  const unknown = only?.find((id) => !cases.some((spec) => spec.id === id));
  if (unknown !== undefined) {
    throw new Error(
      `There is no case ${unknown}. The cases: ${cases.map(({ id }) => id).join(', ')}.`,
    );
  }
  const base = PLANS[values.quick ? 'quick' : 'full'];
  const rounds = values.rounds === undefined ? base.rounds : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds wants a whole number from 1, not ${values.rounds}.`);
  }
  const installed = values.nodes ? await installedNodes() : [];
  if (values.nodes && installed.length === 0) {
    throw new Error(
      '--nodes found no other Node: run `npm ci` in scripts/nodes, or name one with --node PATH.',
    );
  }
  return {
    plan: { ...base, rounds },
    cases: only === undefined ? cases : cases.filter(({ id }) => only.includes(id)),
    peers: values.peers?.split(',') ?? [],
    nodes: [...installed, ...values.node],
    clock: values.cpu ? 'cpu' : 'wall',
    whole: !values.cpu && !values.quick && only === undefined && values.peers === undefined,
  };
}

/** All rounds of one case, the contestants taking turns, so that a noisy minute hits them all. */
async function runCase(
  spec: Case,
  contestants: readonly Contestant[],
  { plan, clock }: Options,
  failures: string[],
): Promise<Results[string]> {
  const samples = new Map<string, Sample[]>();
  const field = new Set(fieldOf(spec, contestants));
  for (let round = 0; round < roundsOf(spec, plan); round++) {
    for (const contestant of field) {
      try {
        const sample = await measure(contestant, orderFor(spec, contestant, plan), clock);
        const before = samples.get(contestant.key) ?? [];
        samples.set(contestant.key, [...before, sample]);
      } catch (error) {
        failures.push(`${spec.id}, ${contestant.key}: ${(error as Error).message}`);
        field.delete(contestant);
      }
    }
  }
  return Object.fromEntries([...samples].map(([key, rounds]) => [key, spreads(rounds)]));
}

function progress(words: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${words}`);
}

async function main(): Promise<number> {
  const options = await readOptions();
  if (options === undefined) return 0;
  const { plan } = options;
  const found = await findContestants(options.nodes);
  const contestants = found.contestants.filter(
    ({ peer }) => options.peers.length === 0 || options.peers.includes(peer),
  );
  for (const words of found.missing) console.error(`MISSING: ${words}`);
  const start = performance.now();
  const before = loadNow();
  if (before > 0.7)
    console.error(`This machine is busy (load ${before}): the numbers will be noisy.`);

  const results: Results = {};
  const failures: string[] = [];
  for (const [i, spec] of options.cases.entries()) {
    progress(`${i + 1}/${options.cases.length} ${spec.id}`);
    results[spec.id] = await runCase(spec, contestants, options, failures);
  }
  progress('');

  const sizes = Object.fromEntries(options.cases.map((spec) => [spec.id, spec.size[plan.mode]]));
  const input = { cases: options.cases, contestants, results, sizes };
  const verdicts = judge(options.cases, contestants, results);
  const record: RunRecord = {
    schema: 1,
    date: new Date().toISOString().slice(0, 10),
    mode: plan.mode,
    clock: options.clock,
    machine: machine(),
    load: { before, after: loadNow() },
    seconds: Math.round((performance.now() - start) / 1000),
    contestants: contestants.map(published),
    cases: options.cases.map((spec) => ({
      id: spec.id,
      title: titleOf(spec, sizes[spec.id]!),
      operation: spec.operation,
      sizes: Object.fromEntries(
        fieldOf(spec, contestants).map((one) => [one.key, sizeOf(spec, one, plan)]),
      ),
      absent: spec.absent,
      results: results[spec.id]!,
    })),
    targets: verdicts,
  };

  const { cpu, cores } = record.machine;
  const versions = [...new Set(contestants.map(({ runtime }) => runtime))].join(', ');
  const times = options.clock === 'cpu' ? 'CPU time, ' : '';
  const subtitle = `${record.date}, ${cores} × ${cpu}, ${versions}; ${times}median of ${plan.rounds} round${plan.rounds === 1 ? '' : 's'}`;
  console.log(`${subtitle}\n`);
  console.log(table(input));
  const notes = [absences(options.cases), verdictList(verdicts)].filter((text) => text !== '');
  console.log(`\n${notes.join('\n\n')}`);
  await keep(record, chart(input, subtitle), options.whole);
  for (const words of failures) console.error(`FAILED: ${words}`);
  console.log(`${record.seconds} s; load before ${before}, after ${record.load.after}.`);
  // The bench itself is a load of one.
  if (record.load.after > 2 && options.clock === 'wall') {
    console.error('Something else was running: do not publish these numbers (--cpu helps).');
  }
  return failures.length === 0 ? 0 : 1;
}

async function keep(record: RunRecord, svg: string | undefined, whole: boolean): Promise<void> {
  const place = whole ? 'bench/results/' : '.build/bench-results/';
  const folder = new URL(place, ROOT);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('latest.json', folder), `${JSON.stringify(record, null, 2)}\n`);
  if (svg !== undefined) await writeFile(new URL('chart.svg', folder), svg);
  console.log(`\nKept in ${place}.`);
}

// Echo over TCP and executors are benchmarks of their own: other peers, other targets.
const [first, ...rest] = process.argv.slice(2);
process.exitCode =
  first === 'io'
    ? await benchIo(rest)
    : first === 'concurrent'
      ? await benchConcurrent(rest)
      : await main();
