// What is kept of a run: a JSON of numbers, versions and the machine's kind. No host names, no paths.

import { arch, cpus, loadavg, platform, totalmem } from 'node:os';

import type { Case, ClockKind, Contestant, Results } from '../harness/types.ts';
import type { Verdict } from './targets.ts';

export interface RunRecord {
  readonly schema: 1;
  readonly date: string;
  readonly mode: 'full' | 'quick';
  readonly clock: ClockKind;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly platform: string;
  };
  /** Processes ready to run, on average over a minute, before and after: much above 1 spoils the numbers. */
  readonly load: { readonly before: number; readonly after: number };
  readonly seconds: number;
  readonly contestants: readonly Omit<Contestant, 'executable'>[];
  readonly cases: readonly {
    readonly id: string;
    readonly title: string;
    readonly operation: string;
    readonly sizes: Readonly<Record<string, number>>;
    readonly absent: Case['absent'];
    readonly results: Results[string];
  }[];
  readonly targets: readonly Verdict[];
}

export function loadNow(): number {
  return Number(loadavg()[0]!.toFixed(2));
}

export function machine(): RunRecord['machine'] {
  const [first, ...rest] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: rest.length + 1,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
  };
}

/** A contestant without the path of its executable. */
export function published({ executable: _, ...rest }: Contestant): Omit<Contestant, 'executable'> {
  return rest;
}
