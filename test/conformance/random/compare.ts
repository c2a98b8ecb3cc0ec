/** Runs the same programs on both sides and says where they differ. */
import { generate } from './generate.ts';
import type { Judge, Lines } from './judge.ts';
import { type Kind, applies, runOurs } from './ours.ts';
import type { Program } from './program.ts';
import { shrink } from './shrink.ts';

export interface Difference {
  /** The seed that `generate` made the program from; '' for one that came from elsewhere. */
  seed: string;
  kind: Kind;
  program: Program;
  reference: Lines;
  ours: Lines;
}

export interface Comparison {
  /** Comparisons made, by kind of coroutine. */
  compared: Record<Kind, number>;
  /** Programs that were left out, by the name of the reason (see `NAMED`). */
  named: Record<string, number>;
  differences: Difference[];
}

/** Compares the programs of some seeds. */
export function compareSeeds(
  judge: Judge,
  seeds: readonly string[],
  kinds: readonly Kind[],
): Promise<Comparison> {
  return comparePrograms(
    judge,
    seeds.map((seed) => ({ seed, program: generate(seed) })),
    kinds,
  );
}

export async function comparePrograms(
  judge: Judge,
  items: readonly { seed: string; program: Program }[],
  kinds: readonly Kind[],
): Promise<Comparison> {
  const result: Comparison = {
    compared: { generator: 0, async: 0, mixed: 0 },
    named: {},
    differences: [],
  };
  const references = referenceTraces(
    judge,
    items.map((item) => item.program),
  );
  for (const [i, { seed, program }] of items.entries()) {
    const reference = references[i]!;
    const name = NAMED.find(([sign]) => reference.some((line) => line.includes(sign)))?.[1];
    if (name !== undefined) {
      result.named[name] = (result.named[name] ?? 0) + 1;
      continue;
    }
    for (const kind of kinds) {
      if (!applies(program, kind)) continue;
      result.compared[kind]++;
      const ours = await runOurs(program, kind);
      if (firstDifference(reference, ours) !== undefined)
        result.differences.push({ seed, kind, program, reference, ours });
    }
  }
  return result;
}

/** Compares one program in one kind; undefined when there is no difference. */
export async function differenceOf(
  judge: Judge,
  program: Program,
  kind: Kind,
): Promise<Difference | undefined> {
  if (!applies(program, kind)) return undefined;
  return (await comparePrograms(judge, [{ seed: '', program }], [kind])).differences[0];
}

/** The smallest difference that a difference can be shrunk to. */
export async function shrunk(judge: Judge, d: Difference): Promise<Difference> {
  const differs = async (p: Program): Promise<boolean> =>
    (await differenceOf(judge, p, d.kind)) !== undefined;
  const small = await differenceOf(judge, await shrink(d.program, differs), d.kind);
  // A difference that comes and goes is told as it was seen.
  return small === undefined ? d : { ...small, seed: d.seed };
}

/** The number of the first line that is not the same; undefined when all are. */
export function firstDifference(reference: Lines, ours: Lines): number | undefined {
  const length = Math.max(reference.length, ours.length);
  for (let i = 0; i < length; i++) if (reference[i] !== ours[i]) return i;
  return undefined;
}

const ENDLESS = 'RecursionError';

/** What CPython does in errors of its own, by their sign in the trace; docs/differences.md has what happens here. */
const NAMED: readonly (readonly [sign: string, name: string])[] = [
  [ENDLESS, 'tasks that wait in a ring for each other'],
  ['AssertionError', 'a second winner of a staggered race'],
  ['NestedBaseException', 'an interrupt in a staggered race'],
  ['a coroutine given twice', 'a coroutine given to two tasks'],
];

function referenceTraces(judge: Judge, programs: readonly Program[]): Lines[] {
  try {
    return judge.run(programs);
  } catch (e) {
    if (!String(e).includes(ENDLESS)) throw e;
    if (programs.length === 1) return [[ENDLESS]];
    return programs.flatMap((program) => referenceTraces(judge, [program]));
  }
}
