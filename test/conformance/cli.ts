/**
 * `npm run conformance`: random programs on CPython and on this package, and the breadth of the API.
 *
 *   npm run conformance -- --programs 100000 --seed monday --kind both --jobs 2
 *   npm run conformance -- --replay found.json
 *   npm run conformance -- --api [--json]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { runCampaign } from './random/campaign.ts';
import { type Difference, compareSeeds, differenceOf, shrunk } from './random/compare.ts';
import { loadJudge } from './random/judge.ts';
import { KINDS, type Kind } from './random/ours.ts';
import { type Program, sizeOf } from './random/program.ts';
import { report, shapeOf } from './random/report.ts';

const USAGE = `Usage: npm run conformance -- [options]

Random programs (the default):
  --programs N    how many (default 2000)
  --seed S        any text; program i of seed S has the seed S:i (default: the clock's)
  --kind K        async, generator, mixed, both (async and generator) or all (the default)
  --jobs N        worker threads (default 1)
  --enough N      stop after N differences (default 20)
  --one SEED      only the program of this seed (as in S:17)
  --replay FILE   only the program in this JSON file ({"kind", "program"}, as a report ends with)
  --no-shrink     report programs as they were made
  --out FILE      write the shrunk differences there too, as JSON

Breadth of the API:
  --api           every public name of CPython's asyncio, and ours beside it
  --json          as JSON
  --missing       only the missing names, as JSON (what api/known-missing.json has)
`;

const { values: flags } = parseArgs({
  options: {
    programs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    kind: { type: 'string', default: 'all' },
    jobs: { type: 'string', default: '1' },
    enough: { type: 'string', default: '20' },
    one: { type: 'string' },
    replay: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    out: { type: 'string' },
    api: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (flags.api) {
    const { printBreadth } = await import('./api/table.ts');
    await printBreadth(flags.missing ? 'missing' : flags.json ? 'json' : 'table');
    return 0;
  }
  const kinds = kindsOf(flags.kind);
  if (flags.replay !== undefined) {
    const { program, kind } = JSON.parse(readFileSync(flags.replay, 'utf8')) as {
      program: Program;
      kind?: Kind;
    };
    const found: Difference[] = [];
    for (const k of kind === undefined ? kinds : [kind]) {
      const d = await differenceOf(await loadJudge(), program, k);
      if (d) found.push(d);
    }
    return tell(found);
  }
  if (flags.one !== undefined)
    return tell((await compareSeeds(await loadJudge(), [flags.one], kinds)).differences);
  return campaign(kinds);
}

function kindsOf(text: string): Kind[] {
  if (text === 'all') return [...KINDS];
  if (text === 'both') return ['generator', 'async'];
  if (text === 'async' || text === 'generator' || text === 'mixed') return [text];
  throw new Error(`Expected --kind async, generator, mixed, both or all; got ${text}.`);
}

function wholeNumber(flag: 'programs' | 'jobs' | 'enough'): number {
  const n = Number(flags[flag]);
  if (!Number.isInteger(n) || n < 1)
    throw new Error(`Expected --${flag} to be a positive whole number; got ${flags[flag]}.`);
  return n;
}

async function campaign(kinds: Kind[]): Promise<number> {
  // A fresh seed that can be read off the screen and typed again.
  const seed = flags.seed ?? Date.now().toString(36);
  const programs = wholeNumber('programs');
  console.log(`seed ${seed}: ${programs} programs, ${kinds.join(' and ')}`);
  let shown = 0;
  const totals = await runCampaign({
    seed,
    programs,
    kinds,
    jobs: wholeNumber('jobs'),
    enough: wholeNumber('enough'),
    progress: (done, t) => {
      if (t.seconds - shown < 5) return;
      shown = t.seconds;
      console.log(
        `  ${done} programs, ${Math.round(done / t.seconds)} a second, ${t.differences.length} differences`,
      );
    },
  });
  const compared = kinds.map((kind) => `${totals.compared[kind]} ${kind}`).join(', ');
  const named = Object.entries(totals.named)
    .map(([name, count]) => `${count} (${name})`)
    .join(', ');
  console.log(
    `${totals.programs} programs in ${totals.seconds.toFixed(1)} s (${Math.round(totals.programs / totals.seconds)} a second); ` +
      `compared: ${compared}; left out: ${named === '' ? 0 : named}; differences: ${totals.differences.length}`,
  );
  for (const error of totals.stray) console.log(`unhandled rejection: ${error}`);
  return Math.max(await tell(totals.differences), totals.stray.length > 0 ? 1 : 0);
}

/** Shrinks differences, reports one of each shape, and gives the exit code. */
async function tell(differences: readonly Difference[]): Promise<number> {
  const shapes = new Map<string, Difference>();
  for (const d of differences) {
    const small = flags['no-shrink'] ? d : await shrunk(await loadJudge(), d);
    const shape = shapeOf(small);
    const known = shapes.get(shape);
    if (known === undefined || sizeOf(small.program) < sizeOf(known.program))
      shapes.set(shape, small);
  }
  for (const d of shapes.values()) console.log(`\n${'='.repeat(100)}\n${report(d)}`);
  if (flags.out !== undefined) {
    const found = [...shapes.values()].map(({ seed, kind, program }) => ({ seed, kind, program }));
    writeFileSync(flags.out, `${JSON.stringify(found, undefined, 2)}\n`);
  }
  console.log(`${differences.length} differences, ${shapes.size} shapes`);
  return differences.length > 0 ? 1 : 0;
}
