/**
 * Runs one side of a pair against the judge.
 */
import type { Reference, Trace } from '../reference/reference.ts';
import { difference, normalise } from './compare.ts';
import { runOurs, runOursPlain } from './ours.ts';
import type { Pair } from './pair.ts';

/** Which of our versions of the program: an async function, a generator function, or plain code that runs loops. */
export type Kind = 'async' | 'gen' | 'plain';

/** The versions that a pair has. */
export function kindsOf(pair: Pair): Kind[] {
  if ('plain' in pair) return ['plain'];
  return pair.gen === undefined ? ['async'] : ['async', 'gen'];
}

/** The name of the difference that this version has on purpose. */
export function namedDifference(pair: Pair, kind: Kind): string | undefined {
  return (pair.differs as Partial<Record<Kind, string>> | undefined)?.[kind];
}

/** What our version does otherwise than CPython, as text to read; null where nothing differs. */
export async function check(reference: Reference, pair: Pair, kind: Kind): Promise<string | null> {
  const literals = reference.literals(pair.py);
  const chosen = (message: string): boolean => literals.has(message);
  const expected = normalise(reference.run(pair.py), chosen);
  const actual = normalise(await runVersion(pair, kind), chosen);
  return difference(expected, actual, kind);
}

function runVersion(pair: Pair, kind: Kind): Promise<Trace> {
  if ('plain' in pair) return runOursPlain(pair.plain);
  const main = kind === 'async' ? pair.async : pair.gen;
  if (main === undefined) throw new TypeError(`'${pair.title}' has no ${kind} version`);
  return runOurs(main);
}
