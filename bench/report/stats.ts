// Numbers: from the samples of the rounds to a spread, and how numbers are written.

import { middle } from '../harness/sampler.ts';
import type { Case, Results, Sample, Spread } from '../harness/types.ts';

/** Median, least and greatest of each metric over the rounds. */
export function spreads(rounds: readonly Sample[]): Record<string, Spread> {
  const result: Record<string, Spread> = {};
  for (const metric of Object.keys(rounds[0] ?? {})) {
    const values = rounds.map((sample) => sample[metric]!);
    result[metric] = {
      median: round(middle(values)),
      min: round(Math.min(...values)),
      max: round(Math.max(...values)),
      rounds: values.length,
    };
  }
  return result;
}

/** Four significant digits: more would be noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** The median that a contestant reached, or undefined where it took no part. */
export function medianOf(
  results: Results,
  id: string,
  contestant: string,
  metric: string,
): number | undefined {
  return results[id]?.[contestant]?.[metric]?.median;
}

/** The metric that stands for a case where one number must do: the whole of it. */
export function mainMetric(spec: Case): string {
  return spec.metrics.some(({ id }) => id === 'total') ? 'total' : spec.metrics[0]!.id;
}

/** `1,234`, `56`, `7.8`. */
export function plain(value: number): string {
  const digits = Math.abs(value) < 10 && value !== 0 ? 1 : 0;
  const text = value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return text === '-0.0' || text === '-0' ? '0' : text;
}

/** `12×`, `3.4×`, `0.56×`. */
export function times(value: number): string {
  if (value < 0.1) return `${Number(value.toPrecision(1))}×`;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2)}×`;
}

/** The title of a case, with its size. */
export function titleOf(spec: Case, size: number): string {
  return spec.title.replace('{n}', size.toLocaleString('en'));
}
