/**
 * Runs one side of a pair against the judge.
 */
import type { Reference, Trace } from '../reference/reference.ts';
import { difference, normalise } from './compare.ts';
import { runOurs, runOursPlain } from './ours.ts';
import type { Difference, Pair } from './pair.ts';

/** Which of our versions of the program: an async function, a generator function, or plain code that runs loops. */
export type Kind = 'async' | 'gen' | 'plain';

/** The versions that a pair has. */
export function kindsOf(pair: Pair): Kind[] {
  if ('plain' in pair) return ['plain'];
  return (['async', 'gen'] as const).filter((kind) => pair[kind] !== undefined);
}

/** The difference that this version has on purpose. */
export function differenceOnPurpose(pair: Pair, kind: Kind): Difference | undefined {
  const differs: Partial<Record<Kind, Difference>> | undefined = pair.differs;
  return differs?.[kind];
}

/**
 * What our version does otherwise than CPython, as text to read; null where nothing differs. Where it differs on
 * purpose: what it does otherwise than is written down for it, or that it does not differ any more.
 */
export async function check(reference: Reference, pair: Pair, kind: Kind): Promise<string | null> {
  const literals = reference.literals(pair.py);
  const chosen = (message: string): boolean => literals.has(message);
  const expected = normalise(reference.run(pair.py), chosen);
  const actual = normalise(await runVersion(pair, kind), chosen);
  const onPurpose = differenceOnPurpose(pair, kind);
  if (onPurpose === undefined) return difference(expected, actual, kind);
  if (difference(expected, actual) === null) return `no longer differs: ${onPurpose.name}`;
  return difference({ ...actual, events: onPurpose.events }, actual, kind, 'on purpose');
}

function runVersion(pair: Pair, kind: Kind): Promise<Trace> {
  if ('plain' in pair) return runOursPlain(pair.plain);
  const main = kind === 'async' ? pair.async : pair.gen;
  if (main === undefined) throw new TypeError(`'${pair.title}' has no ${kind} version`);
  return runOurs(main);
}
