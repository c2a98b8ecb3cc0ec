// What becomes of the executors' samples: medians, ratios within one round, the judgement of the targets, a table.

/** How the pools are driven: one job after another, many at once, or jobs that compute. */
export type What = 'round-trip' | 'throughput' | 'compute';

export interface Row {
  readonly peer: string;
  /** Microseconds a job; of jobs that compute: jobs a second. */
  readonly value: number;
  /** How late a ticker of one millisecond is at the 99th percentile, in milliseconds: of jobs that compute. */
  readonly late?: number;
  /** Our time beside this one's, round by round. */
  readonly ours?: number;
}

export interface CaseResult {
  readonly kind: 'threads' | 'processes';
  readonly what: What;
  readonly workers: number;
  readonly rows: readonly Row[];
}

export interface Verdict {
  readonly case: string;
  readonly target: string;
  readonly reached: boolean;
  readonly found: string;
}

const LABELS: Readonly<Record<string, string>> = {
  threads: '`ThreadPoolExecutor`',
  processes: '`ProcessPoolExecutor`',
  piscina: 'piscina',
  workerpool: 'workerpool, threads',
  'workerpool-processes': 'workerpool, processes',
  'python-threads': "Python's `ThreadPoolExecutor`",
  'python-processes': "Python's `ProcessPoolExecutor`",
};

/** What each peer is held to: our time at most so many times its own. */
const LIMITS: Readonly<Record<string, number>> = {
  piscina: 1.15,
  workerpool: 1,
  'workerpool-processes': 1,
  'python-threads': 1,
  'python-processes': 1,
};

const median = (values: readonly number[]): number =>
  values.toSorted((x, y) => x - y)[values.length >> 1] as number;

/** The medians of a case. A ratio is that of one round: what is measured side by side shares the noise. */
export function rowsOf(samples: ReadonlyMap<string, readonly number[][]>, ours: string): Row[] {
  const own = samples.get(ours) ?? [];
  return [...samples].map(([peer, rounds]) => {
    const values = rounds.map(([value = 0]) => value);
    const late = rounds.flatMap((round) => round.slice(1));
    return {
      peer,
      value: median(values),
      ...(late.length === 0 ? {} : { late: median(late) }),
      ...(peer === ours || own.length !== values.length
        ? {}
        : { ours: median(values.map((value, i) => (own[i]?.[0] as number) / value)) }),
    };
  });
}

export function titleOf({ kind, what, workers }: CaseResult): string {
  const words = {
    'round-trip': 'an empty job and back',
    throughput: 'many empty jobs',
    compute: 'jobs that compute',
  };
  return `${kind}, ${words[what]}, ${workers} worker${workers === 1 ? '' : 's'}`;
}

export function judge(cases: readonly CaseResult[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const one of cases) {
    for (const { peer, ours, late } of one.rows) {
      const limit = LIMITS[peer];
      if (ours !== undefined && limit !== undefined) {
        verdicts.push({
          case: titleOf(one),
          target: `time at most ${limit.toFixed(2)} × ${LABELS[peer]}`,
          reached: ours <= limit,
          found: `${ours.toFixed(2)} ×`,
        });
      }
      if (late !== undefined) {
        verdicts.push({
          case: titleOf(one),
          target: 'a ticker of 1 ms is late by less than 5 ms at the 99th percentile',
          reached: late < 5,
          found: `${late.toFixed(1)} ms`,
        });
      }
    }
  }
  for (const kind of ['threads', 'processes'] as const) {
    const rate = (workers: number): number | undefined =>
      cases.find((one) => one.kind === kind && one.what === 'compute' && one.workers === workers)
        ?.rows[0]?.value;
    const [one, two] = [rate(1), rate(2)];
    if (one === undefined || two === undefined) continue;
    verdicts.push({
      case: `${kind}, jobs that compute`,
      target: 'two workers at least 1.80 × one worker',
      reached: two / one >= 1.8,
      found: `${(two / one).toFixed(2)} ×`,
    });
  }
  return verdicts;
}

/** Tables in Markdown, one of threads and one of processes, the columns padded as the formatter wants them. */
export function tables(cases: readonly CaseResult[]): string {
  return (['threads', 'processes'] as const)
    .map((kind) => table(cases.filter((one) => one.kind === kind)))
    .filter((text) => text !== '')
    .join('\n\n');
}

function table(cases: readonly CaseResult[]): string {
  if (cases.length === 0) return '';
  const short = { 'round-trip': 'there and back', throughput: 'many', compute: 'computing' };
  const head = ['', ...cases.map(({ what, workers }) => `${short[what]}, ${workers}`)];
  const peers = [...new Set(cases.flatMap(({ rows }) => rows.map(({ peer }) => peer)))];
  const lines = peers.map((peer) => [
    LABELS[peer] ?? peer,
    ...cases.map(({ what, rows }) => {
      const row = rows.find((each) => each.peer === peer);
      if (row === undefined) return '–';
      return what === 'compute' ? `${row.value.toFixed(0)} /s` : `${row.value.toFixed(1)} µs`;
    }),
  ]);
  const widths = head.map((text, i) =>
    Math.max(text.length, ...lines.map((line) => (line[i] as string).length)),
  );
  const render = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [render(head), rule, ...lines.map(render)].join('\n');
}
