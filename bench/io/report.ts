// What becomes of the echo benchmark's samples: medians, the judgement of the targets, a table.
import type { Peer, Sample } from './peers.ts';

export interface Row {
  readonly peer: string;
  readonly cpu: number;
  readonly rate: number;
  /** CPU time beside that of node:net on the same runtime, round by round. */
  readonly toNet?: number;
  /** Requests in a second beside those of uvloop's streams, round by round. */
  readonly toUvloop?: number;
}

export interface CaseResult {
  readonly size: number;
  readonly connections: number;
  readonly rows: readonly Row[];
}

export interface Verdict {
  readonly case: string;
  readonly peer: string;
  readonly target: string;
  readonly reached: boolean;
  readonly found: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((x, y) => x - y)[values.length >> 1] as number;

/** The medians of a case; ratios are those of one round, since peers measured side by side share the noise. */
export function rowsOf(
  peers: readonly Peer[],
  samples: ReadonlyMap<string, readonly Sample[]>,
): Row[] {
  return peers.flatMap((peer) => {
    const own = samples.get(peer.key) ?? [];
    if (own.length === 0) return [];
    const net = samples.get(`net${peer.group}`);
    const uvloop = samples.get('uvloop-streams');
    const ratio = (
      others: readonly Sample[] | undefined,
      of: (sample: Sample) => number,
    ): number | undefined =>
      others?.length === own.length
        ? median(own.map((sample, i) => of(sample) / of(others[i] as Sample)))
        : undefined;
    const toNet = peer.group === 'python' ? undefined : ratio(net, ({ cpu }) => cpu);
    const toUvloop = ratio(uvloop, ({ rate }) => rate);
    return [
      {
        peer: peer.key,
        cpu: median(own.map(({ cpu }) => cpu)),
        rate: median(own.map(({ rate }) => rate)),
        ...(toNet === undefined ? {} : { toNet }),
        ...(toUvloop === undefined ? {} : { toUvloop }),
      },
    ];
  });
}

export const titleOf = ({ size, connections }: CaseResult): string =>
  `${size >= 1024 ? `${size / 1024} KiB` : `${size} bytes`}, ${connections === 1 ? 'one connection' : `${connections} connections`}`;

/** The protocol within a tenth of node:net; the streams, in both kinds of coroutine, no slower than uvloop's. */
export function judge(peers: readonly Peer[], cases: readonly CaseResult[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const one of cases) {
    for (const row of one.rows) {
      const role = peers.find(({ key }) => key === row.peer)?.role;
      if (role === 'protocol' && row.toNet !== undefined) {
        verdicts.push({
          case: titleOf(one),
          peer: row.peer,
          target: 'CPU time a request at most 1.10 × node:net',
          reached: row.toNet <= 1.1,
          found: `${row.toNet.toFixed(2)} ×`,
        });
      }
      if ((role === 'generator' || role === 'async') && row.toUvloop !== undefined) {
        verdicts.push({
          case: titleOf(one),
          peer: row.peer,
          target: "requests a second at least uvloop's streams'",
          reached: row.toUvloop >= 1,
          found: `${row.toUvloop.toFixed(2)} ×`,
        });
      }
    }
  }
  return verdicts;
}

/** A table in Markdown, its columns padded as the formatter wants them. */
export function table(peers: readonly Peer[], cases: readonly CaseResult[]): string {
  const head = [
    'served by',
    ...cases.map(
      ({ size, connections }) => `${size >= 1024 ? `${size / 1024} K` : size} × ${connections}`,
    ),
  ];
  const lines = peers.map((peer) => [
    `${peer.label}${peer.group.startsWith('@') ? `, Node ${peer.group.slice(1)}` : ''}`,
    ...cases.map(({ rows }) => {
      const row = rows.find((each) => each.peer === peer.key);
      return row === undefined
        ? '–'
        : `${row.cpu.toFixed(1)} µs, ${(row.rate / 1000).toFixed(1)} k/s`;
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
