// Judges the results by their targets. A missed target is said, with by how much; it fails nothing.

import type { Case, Contestant, PeerId, Results, Target } from '../harness/types.ts';
import { medianOf, plain, times } from './stats.ts';

export interface Verdict {
  readonly case: string;
  /** What was asked, in words. */
  readonly target: string;
  /** undefined: it could not be judged in this run. */
  readonly reached?: boolean;
  /** What was measured, or why nothing was. */
  readonly found: string;
}

/** A ratio this close to 1 is no difference: `never slower` leaves room for noise. */
const NOISE = 1.03;

/** Every target of every case that was run, in order. */
export function judge(
  cases: readonly Case[],
  contestants: readonly Contestant[],
  results: Results,
): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const spec of cases) {
    for (const target of spec.targets) {
      verdicts.push(...judgeTarget(spec, target, contestants, results));
    }
    verdicts.push(...neverSlower(spec, contestants, results));
  }
  return verdicts;
}

function judgeTarget(
  spec: Case,
  target: Target,
  contestants: readonly Contestant[],
  results: Results,
): Verdict[] {
  const metric = target.metric ?? 'time';
  const nodes = target.kind === 'times' ? target.nodes : undefined;
  const meant = contestants.filter(
    ({ peer, nodeMajor }) =>
      peer === target.peer && (nodes === undefined || nodes.includes(nodeMajor ?? 0)),
  );
  if (meant.length === 0) {
    const found =
      nodes === undefined ? 'not in this run' : `needs Node ${nodes.join(' or ')} (--nodes)`;
    return [{ case: spec.id, target: `${target.peer}: ${wording(target)}`, found }];
  }
  return meant.map((contestant) => {
    const words = `${contestant.key}: ${wording(target)}`;
    const ours = medianOf(results, spec.id, contestant.key, metric);
    if (ours === undefined) return { case: spec.id, target: words, found: 'not measured' };
    if (target.kind === 'atMost') {
      const reached = ours <= target.limit;
      return { case: spec.id, target: words, reached, found: `${plain(ours)} bytes` };
    }
    const reference =
      target.kind === 'times'
        ? medianOf(results, spec.id, target.against, metric)
        : medianOf(results, target.smallerCase, contestant.key, metric);
    if (reference === undefined) {
      const other = target.kind === 'times' ? target.against : target.smallerCase;
      return { case: spec.id, target: words, found: `${other} was not measured` };
    }
    return target.kind === 'times'
      ? ratioVerdict(spec.id, words, reference / ours, target.times)
      : growthVerdict(spec.id, words, ours / reference, target.factor);
  });
}

function wording(target: Target): string {
  if (target.kind === 'times') return `at least ${target.times} times ${target.against}`;
  if (target.kind === 'growth') {
    return `at most ${target.factor} times the cost in ${target.smallerCase}`;
  }
  return `at most ${target.limit} byte${target.limit === 1 ? '' : 's'}`;
}

function ratioVerdict(id: string, target: string, ratio: number, wanted: number): Verdict {
  const reached = ratio >= wanted;
  const short = `${plain((1 - ratio / wanted) * 100)} % short`;
  return { case: id, target, reached, found: reached ? times(ratio) : `${times(ratio)}, ${short}` };
}

function growthVerdict(id: string, target: string, factor: number, allowed: number): Verdict {
  return { case: id, target, reached: factor <= allowed, found: times(factor) };
}

/** Never slower than effect or effection on anything that both can do. */
function neverSlower(spec: Case, contestants: readonly Contestant[], results: Results): Verdict[] {
  const metric = spec.metrics.find(({ id }) => id === 'total' || id === 'time')?.id;
  const kinds: readonly PeerId[] = ['generator', 'async'];
  const others: readonly PeerId[] = ['effect', 'effection'];
  if (metric === undefined) return [];
  const verdicts: Verdict[] = [];
  for (const { key, peer } of contestants) {
    // effect and effection run on the current Node, and so do those who are held against them.
    if (!kinds.includes(peer) || key !== peer) continue;
    for (const other of others) {
      const ours = medianOf(results, spec.id, key, metric);
      const theirs = medianOf(results, spec.id, other, metric);
      if (ours === undefined || theirs === undefined) continue;
      const ratio = theirs / ours;
      verdicts.push({
        case: spec.id,
        target: `${key}: never slower than ${other}`,
        reached: ratio * NOISE >= 1,
        found: times(ratio),
      });
    }
  }
  return verdicts;
}
