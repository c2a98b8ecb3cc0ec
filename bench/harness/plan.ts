// How long and how often: the time boxes of a full and of a quick run, and the orders they make.

import type { Case, Contestant, Order } from './types.ts';

export interface Plan {
  readonly mode: 'full' | 'quick';
  readonly rounds: number;
  readonly heavyRounds: number;
  readonly warmupMs: number;
  readonly budgetMs: number;
}

/** Meant to stay below six minutes and below ninety seconds on two cores of 2025, without `--nodes`. */
export const PLANS: Readonly<Record<Plan['mode'], Plan>> = {
  full: { mode: 'full', rounds: 3, heavyRounds: 1, warmupMs: 150, budgetMs: 250 },
  quick: { mode: 'quick', rounds: 1, heavyRounds: 1, warmupMs: 80, budgetMs: 100 },
};

/** Operations per call of the program for this contestant. */
export function sizeOf(spec: Case, contestant: Contestant, plan: Plan): number {
  return (spec.sizeFor?.[contestant.peer] ?? spec.size)[plan.mode];
}

export function orderFor(spec: Case, contestant: Contestant, plan: Plan): Order {
  const size = sizeOf(spec, contestant, plan);
  return {
    peer: contestant.peer,
    case: spec.id,
    size,
    warmupSize: Math.min(size, spec.warmupSize ?? size),
    warmupMs: plan.warmupMs,
    minWarmups: spec.minWarmups ?? 1,
    budgetMs: spec.heavy === true ? 0 : plan.budgetMs,
    minSamples: spec.heavy === true ? 1 : 3,
  };
}

/** Rounds of a case: the shorter ones are repeated more. */
export function roundsOf(spec: Case, plan: Plan): number {
  return spec.heavy === true ? plan.heavyRounds : plan.rounds;
}

/** Who takes part in a case. */
export function fieldOf(spec: Case, contestants: readonly Contestant[]): readonly Contestant[] {
  return contestants.filter(({ peer }) => spec.absent[peer] === undefined);
}
