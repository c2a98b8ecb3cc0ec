// The report on the terminal: a table of medians, what was missing, the targets.

import type { Case, Contestant, Results } from '../harness/types.ts';
import { medianOf, plain, times, titleOf } from './stats.ts';
import type { Verdict } from './targets.ts';

export interface TableInput {
  readonly cases: readonly Case[];
  readonly contestants: readonly Contestant[];
  readonly results: Results;
  /** Size of each case as it was run. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** Nanoseconds (bytes in the memory rows) per operation, one row a metric, and the ratios to uvloop. */
export function table(input: TableInput): string {
  const { contestants, results } = input;
  const here = contestants.filter(({ key, peer }) => key === peer);
  const elsewhere = contestants.filter(({ key, peer }) => key !== peer);
  const parts = [grid(input, here, ratioColumns(here, results))];
  if (elsewhere.length > 0) {
    parts.push(
      'On other versions of Node:',
      grid(input, elsewhere, ratioColumns(elsewhere, results)),
    );
  }
  return parts.join('\n\n');
}

interface RatioColumn {
  readonly title: string;
  readonly key: string;
}

/** How many times faster than uvloop each of our kinds is, where uvloop took part. */
function ratioColumns(contestants: readonly Contestant[], results: Results): RatioColumn[] {
  const measured = Object.values(results).some((byKey) => byKey['uvloop'] !== undefined);
  if (!measured) return [];
  return contestants
    .filter(({ peer }) => peer === 'generator' || peer === 'async')
    .map(({ key }) => ({ key, title: `${key.replace('generator', 'gen')}/uv` }));
}

function grid(
  { cases, results, sizes }: TableInput,
  columns: readonly Contestant[],
  ratios: readonly RatioColumn[],
): string {
  const rows: string[][] = [
    ['per operation', ...columns.map(({ key }) => key), ...ratios.map(({ title }) => title)],
  ];
  for (const spec of cases) {
    for (const metric of spec.metrics) {
      const values = columns.map(({ key }) => medianOf(results, spec.id, key, metric.id));
      if (values.every((value) => value === undefined)) continue;
      const uvloop = medianOf(results, spec.id, 'uvloop', metric.id);
      const title = [titleOf(spec, sizes[spec.id] ?? 0), metric.title].filter(Boolean).join(': ');
      rows.push([
        `${title} [${metric.unit === 'ns' ? 'ns' : 'B'}]`,
        ...values.map((value) => (value === undefined ? '–' : plain(value))),
        ...ratios.map(({ key }) => {
          const ours = medianOf(results, spec.id, key, metric.id);
          return ours === undefined || uvloop === undefined ? '' : times(uvloop / ours);
        }),
      ]);
    }
  }
  return align(rows);
}

/** First column to the left, the others to the right, a rule under the head. */
function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, '─'.repeat(Math.max(...lines.map((line) => line.length))));
  return lines.join('\n');
}

/** Why a dash stands in the table. */
export function absences(cases: readonly Case[]): string {
  const casesByReason = new Map<string, string[]>();
  for (const spec of cases) {
    for (const [peer, why] of Object.entries(spec.absent)) {
      const reason = `${peer} ${why}`;
      casesByReason.set(reason, [...(casesByReason.get(reason) ?? []), spec.id]);
    }
  }
  const lines = [...casesByReason].map(([reason, ids]) => `  ${ids.join(', ')}: ${reason}`);
  return lines.length === 0 ? '' : ['Not measured, as there is no equal:', ...lines].join('\n');
}

/** The targets, missed ones first. */
export function verdictList(verdicts: readonly Verdict[]): string {
  const missed = verdicts.filter(({ reached }) => reached === false);
  const reached = verdicts.filter(({ reached }) => reached === true);
  const open = verdicts.filter(({ reached }) => reached === undefined);
  const line = (mark: string) => (verdict: Verdict) =>
    `  ${mark} ${verdict.case}, ${verdict.target}: ${verdict.found}`;
  return [
    `Targets: ${reached.length} reached, ${missed.length} missed, ${open.length} not judged in this run`,
    ...missed.map(line('✗')),
    ...reached.map(line('✓')),
    ...open.map(line('?')),
  ].join('\n');
}
