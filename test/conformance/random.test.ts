/** Random programs: the same on CPython and here, in both kinds of coroutine. */
import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from 'vitest';

import { seedsFor } from './random/campaign.ts';
import { type Difference, comparePrograms, compareSeeds, shrunk } from './random/compare.ts';
import { generate } from './random/generate.ts';
import { type Judge, type Lines, loadJudge } from './random/judge.ts';
import { KINDS, applies, runOurs } from './random/ours.ts';
import { printPython } from './random/print-python.ts';
import { printTypeScript } from './random/print-typescript.ts';
import { runPrinted } from './random/printed.ts';
import { type Program, sizeOf } from './random/program.ts';
import { report } from './random/report.ts';
import { shrink } from './random/shrink.ts';

/** How many fresh programs a run of the tests compares, in each kind. */
const PROGRAMS = Number(process.env['CONFORMANCE_PROGRAMS'] ?? 3000);
const SEED = process.env['CONFORMANCE_SEED'] ?? Date.now().toString(36);

interface Past {
  /** What was wrong. */
  title: string;
  program: Program;
}

/** Every shrunk program that ever differed. */
const PAST = (
  JSON.parse(readFileSync(new URL('./seeds.json', import.meta.url), 'utf8')) as { programs: Past[] }
).programs;

let judge: Judge;
beforeAll(async () => {
  judge = await loadJudge();
}, 60_000);

describe('random programs', () => {
  test(
    `leave the same trace as on CPython (seed ${SEED}, ${PROGRAMS} programs)`,
    { timeout: 600_000 },
    async () => {
      const compared = { generator: 0, async: 0, mixed: 0 };
      const differences: Difference[] = [];
      for (let from = 0; from < PROGRAMS && differences.length === 0; from += 100) {
        const seeds = seedsFor(SEED, from, Math.min(100, PROGRAMS - from));
        const result = await compareSeeds(judge, seeds, KINDS);
        for (const kind of KINDS) compared[kind] += result.compared[kind];
        compared.mixed += result.compared.mixed;
        differences.push(...result.differences);
      }
      const first = differences[0];
      expect(
        first && report(await shrunk(judge, first)),
        `${differences.length} differ`,
      ).toBeUndefined();
      expect(compared.generator).toBeGreaterThan(PROGRAMS * 0.9);
      expect(Math.min(compared.async, compared.mixed)).toBeGreaterThan(PROGRAMS * 0.6);
    },
  );

  test.each(PAST.map((past) => [past.title, past] as const))(
    'no longer differ: %s',
    async (title, past) => {
      const { differences } = await comparePrograms(
        judge,
        [{ seed: title, program: past.program }],
        KINDS,
      );
      expect(differences.map(report).join('\n')).toBe('');
    },
  );
});

describe('the generator of programs', () => {
  test('makes the same program of the same seed', () => {
    expect(generate('a:1')).toEqual(generate('a:1'));
    expect(generate('a:1')).not.toEqual(generate('a:2'));
  });

  test('makes programs that use every operation, and that end in every way', () => {
    const programs = seedsFor('ways', 0, 1500).map(generate);
    const ops = new Set(programs.flatMap((p) => JSON.stringify(p).match(/"(op|a)":"\w+"/g) ?? []));
    // Statements that do not wait, those that may, and kinds of awaitable: all that program.ts has.
    const source = readFileSync(new URL('./random/program.ts', import.meta.url), 'utf8');
    const all = new Set(source.match(/(?<=\{ )(op|a): '\w+'/g));
    expect(all.size).toBeGreaterThan(75);
    expect([...all].map((op) => op.replace(/(\w+): '(\w+)'/, '"$1":"$2"'))).toEqual(
      expect.arrayContaining([...ops]),
    );
    expect(ops.size).toBe(all.size);
    const ends = judge
      .run(programs)
      .map((trace) => /main (gives|throws|deadlocks|is stopped)/.exec(trace.join('\n'))?.[1]);
    expect(new Set(ends)).toEqual(new Set(['gives', 'throws', 'deadlocks', 'is stopped']));
  });
});

describe('the shrinker', () => {
  test('finds the smallest program that still shows what is looked for', async () => {
    // Looked for: the reference sees a timeout expire.
    const shows = (p: Program): Promise<boolean> =>
      Promise.resolve(judge.run([p])[0]!.some((line) => line.endsWith('expired true')));
    for (let i = 0, shown = 0; shown < 3; i++) {
      const program = generate(`shrink:${i}`);
      if (!(await shows(program))) continue;
      shown++;
      const small = await shrink(program, shows);
      expect(await shows(small)).toBe(true);
      expect(sizeOf(small)).toBeLessThanOrEqual(6);
    }
  });
});

describe('the printers tell the truth:', () => {
  /** Programs whose trace names no empty slot: those are printed without the check for it. */
  function printable(count: number): { program: Program; trace: Lines }[] {
    const programs = seedsFor('print', 0, count).map(generate);
    return judge
      .run(programs)
      .map((trace, i) => ({ program: programs[i]!, trace }))
      .filter(
        ({ trace }) =>
          !trace.some((line) => line.includes('|?|') || line.includes('RecursionError')),
      );
  }

  test('a program printed as Python does on CPython what its interpreter does', () => {
    const all = printable(150);
    expect(all.length).toBeGreaterThan(50);
    for (const { program, trace } of all)
      expect(judge.runPrinted(printPython(program)), printPython(program)).toEqual(trace);
  });

  test.each(KINDS)(
    'a program printed as TypeScript (%s) does what its interpreter does',
    async (kind) => {
      const all = printable(150).filter(({ program }) => applies(program, kind));
      expect(all.length).toBeGreaterThan(40);
      for (const { program } of all) {
        const source = printTypeScript(program, kind);
        expect(await runPrinted(source, kind), source).toEqual(await runOurs(program, kind));
      }
    },
  );
});
