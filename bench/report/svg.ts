// The chart: how many times uvloop's rate each contestant reaches, on a logarithmic axis, and what
// races leave behind. Hand-made SVG with a style sheet for light and dark.

import type { Case, Contestant, PeerId } from '../harness/types.ts';
import { mainMetric, medianOf, plain, times, titleOf } from './stats.ts';
import type { TableInput } from './table.ts';

const WIDTH = 880;
const LEFT = 292;
const RIGHT = 96;
const ROW = 26;
const TOP = 92;

/** Rates below this stand at the left edge, with their value beside them: a few outliers must not squeeze the rest. */
const LOWEST = 0.05;

type Shape = 'dot' | 'square' | 'diamond' | 'triangle';

/** Order of drawing: ours last, on top. */
const MARKS: readonly { peer: PeerId; label: string; shape: Shape }[] = [
  { peer: 'asyncio', label: 'asyncio', shape: 'diamond' },
  { peer: 'effection', label: 'effection', shape: 'triangle' },
  { peer: 'effect', label: 'effect', shape: 'square' },
  { peer: 'native', label: 'native promises', shape: 'diamond' },
  { peer: 'async', label: 'asyncio-ts, async functions', shape: 'dot' },
  { peer: 'generator', label: 'asyncio-ts, generators', shape: 'dot' },
];

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .head { font-size: 15px; font-weight: 600; }
  .soft { fill: #59636e; font-size: 11px; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .one { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .range { stroke-width: 2; opacity: .55; }
  .generator { fill: #0b62c4; stroke: #0b62c4; } .async { fill: #d4640b; stroke: #d4640b; }
  .native { fill: #7d8590; stroke: #7d8590; } .effect { fill: #1a8a5a; stroke: #1a8a5a; }
  .effection { fill: #b4459b; stroke: #b4459b; } .asyncio { fill: #a07d00; stroke: #a07d00; }
  text .strong { font-weight: 600; stroke: none; }
  .far { font-size: 10px; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .soft { fill: #9198a1; } .grid { stroke: #3d444d; } .one { stroke: #9198a1; }
    .generator { fill: #58a6ff; stroke: #58a6ff; } .async { fill: #ff9d57; stroke: #ff9d57; }
    .native { fill: #9198a1; stroke: #9198a1; } .effect { fill: #3fb984; stroke: #3fb984; }
    .effection { fill: #e27fcb; stroke: #e27fcb; } .asyncio { fill: #d9b44a; stroke: #d9b44a; }
  }`;

interface Point {
  readonly peer: PeerId;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Row {
  readonly title: string;
  readonly points: readonly Point[];
}

/** The chart of a run, or undefined when there is nothing to compare with. */
export function chart(input: TableInput, subtitle: string): string | undefined {
  const base = (['uvloop', 'asyncio', 'native'] as const).find((peer) =>
    Object.values(input.results).some((byKey) => byKey[peer] !== undefined),
  );
  if (base === undefined) return undefined;
  const rows = ratioRows(input, base);
  const leaks = leakRows(input);
  if (rows.length === 0) return undefined;
  const ratioHeight = rows.length * ROW;
  const leakTop = TOP + ratioHeight + 76;
  const height = leaks.length === 0 ? TOP + ratioHeight + 40 : leakTop + leaks.length * ROW + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(`Rates compared with ${base}`)}">`,
    `<style>${STYLE}\n</style>`,
    text(16, 26, `Times the rate of ${base} (further right is faster; logarithmic)`, 'head'),
    text(16, 44, subtitle, 'soft'),
    legend(input.contestants),
    ...ratioPanel(rows, base),
    ...(leaks.length === 0 ? [] : leakPanel(leaks, leakTop)),
    '</svg>',
    '',
  ].join('\n');
}

/** One row a case that is timed, and the memory of a task. */
function ratioRows({ cases, results, sizes, contestants }: TableInput, base: PeerId): Row[] {
  const rows: Row[] = [];
  for (const spec of cases) {
    if (spec.id.startsWith('leak-')) continue;
    const metric = spec.id === 'memory' ? 'rss' : mainMetric(spec);
    const reference = medianOf(results, spec.id, base, metric);
    if (reference === undefined) continue;
    const points = pointsOf(spec, metric, contestants, results, (value) => reference / value);
    const suffix = spec.id === 'memory' ? ' (less)' : '';
    rows.push({ title: titleOf(spec, sizes[spec.id] ?? 0) + suffix, points });
  }
  return rows;
}

/** Bytes left behind by each race or signal. */
function leakRows({ cases, results, sizes, contestants }: TableInput): Row[] {
  return cases
    .filter(({ id }) => id.startsWith('leak-'))
    .map((spec) => ({
      title: titleOf(spec, sizes[spec.id] ?? 0),
      points: pointsOf(spec, 'heap', contestants, results, (value) => Math.max(0, value)),
    }))
    .filter(({ points }) => points.length > 0);
}

function pointsOf(
  spec: Case,
  metric: string,
  contestants: readonly Contestant[],
  results: TableInput['results'],
  scale: (value: number) => number,
): Point[] {
  const points: Point[] = [];
  for (const { peer } of MARKS) {
    if (!contestants.some(({ key }) => key === peer)) continue;
    const spread = results[spec.id]?.[peer]?.[metric];
    if (spread === undefined) continue;
    const ends = [scale(spread.min), scale(spread.max)];
    points.push({
      peer,
      value: scale(spread.median),
      low: Math.min(...ends),
      high: Math.max(...ends),
    });
  }
  return points;
}

function ratioPanel(rows: readonly Row[], base: PeerId): string[] {
  const values = rows.flatMap(({ points }) => points.map(({ high }) => high));
  const first = Math.log10(LOWEST);
  const last = Math.log10(Math.max(10, ...values) * 1.15);
  const scale = (WIDTH - LEFT - RIGHT) / (last - first);
  const x = (value: number): number => LEFT + (Math.log10(Math.max(value, LOWEST)) - first) * scale;
  const bottom = TOP + rows.length * ROW;
  const parts: string[] = [];
  for (let power = Math.floor(first); power <= last; power++) {
    for (const step of [1, 2, 5]) {
      const value = step * 10 ** power;
      if (value < LOWEST || Math.log10(value) > last) continue;
      const kind = value === 1 ? 'one' : 'grid';
      parts.push(
        `<line class="${kind}" x1="${x(value).toFixed(1)}" y1="${TOP - 6}" x2="${x(value).toFixed(1)}" y2="${bottom}"/>`,
      );
      parts.push(text(x(value), bottom + 16, `${Number(value.toPrecision(1))}`, 'soft', 'middle'));
    }
  }
  parts.push(text(x(1), bottom + 30, `${base} = 1`, 'soft', 'middle'));
  rows.forEach((row, i) => {
    const y = TOP + i * ROW + ROW / 2;
    parts.push(text(LEFT - 12, y + 4, row.title, '', 'end'));
    for (const point of row.points) parts.push(...drawPoint(point, x, y));
    parts.push(ourNumbers(row, y, times));
  });
  return parts;
}

function leakPanel(rows: readonly Row[], top: number): string[] {
  const most = Math.max(1, ...rows.flatMap(({ points }) => points.map(({ value }) => value)));
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - RIGHT - 24);
  const bottom = top + rows.length * ROW;
  const parts = [text(16, top - 22, 'Bytes left behind by each (further left is better)', 'head')];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const value = most * share;
    parts.push(
      `<line class="grid" x1="${x(value).toFixed(1)}" y1="${top - 6}" x2="${x(value).toFixed(1)}" y2="${bottom}"/>`,
    );
    parts.push(text(x(value), bottom + 16, plain(Math.round(value)), 'soft', 'middle'));
  }
  rows.forEach((row, i) => {
    const y = top + i * ROW + ROW / 2;
    parts.push(text(LEFT - 12, y + 4, row.title, '', 'end'));
    for (const point of row.points) parts.push(...drawPoint(point, x, y));
    parts.push(ourNumbers(row, y, plain));
  });
  return parts;
}

/** At the right edge: our two kinds in figures. */
function ourNumbers(row: Row, y: number, write: (value: number) => string): string {
  const figure = (peer: PeerId): string => {
    const point = row.points.find((candidate) => candidate.peer === peer);
    return point === undefined ? '' : `<tspan class="${peer} strong">${write(point.value)}</tspan>`;
  };
  const both = [figure('generator'), figure('async')].filter(Boolean).join(' ');
  return `<text x="${WIDTH - 14}" y="${y + 4}" text-anchor="end">${both}</text>`;
}

function drawPoint(point: Point, x: (value: number) => number, y: number): string[] {
  const mark = MARKS.find(({ peer }) => peer === point.peer)!;
  const parts: string[] = [];
  // Only rates can lie beyond the edge: bytes left behind begin at nothing.
  const beyond = point.value > 0 && x(point.value) === x(point.value / 2);
  if (point.high > point.low && !beyond) {
    parts.push(
      `<line class="range ${point.peer}" x1="${x(point.low).toFixed(1)}" y1="${y}" x2="${x(point.high).toFixed(1)}" y2="${y}"/>`,
    );
  }
  parts.push(shape(mark.shape, point.peer, x(point.value), y));
  if (beyond) parts.push(text(x(point.value) + 9, y + 4, `← ${times(point.value)}`, 'soft far'));
  return parts;
}

function shape(kind: Shape, peer: PeerId, x: number, y: number): string {
  const at = (dx: number, dy: number): string => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`;
  if (kind === 'dot') {
    return `<circle class="${peer}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5.5"/>`;
  }
  const corners: Record<Exclude<Shape, 'dot'>, readonly string[]> = {
    square: [at(-4, -4), at(4, -4), at(4, 4), at(-4, 4)],
    diamond: [at(0, -5), at(5, 0), at(0, 5), at(-5, 0)],
    triangle: [at(0, -5), at(5, 4), at(-5, 4)],
  };
  return `<polygon class="${peer}" points="${corners[kind].join(' ')}"/>`;
}

function legend(contestants: readonly Contestant[]): string {
  let x = 22;
  const parts: string[] = [];
  for (const { peer, label, shape: kind } of MARKS.toReversed()) {
    const contestant = contestants.find(({ key }) => key === peer);
    if (contestant === undefined) continue;
    const words =
      peer === 'effect' || peer === 'effection' ? `${label} ${contestant.library ?? ''}` : label;
    parts.push(shape(kind, peer, x, 62), text(x + 11, 66, words, ''));
    x += 34 + words.length * 6.3;
  }
  return parts.join('\n');
}

function text(x: number, y: number, words: string, kind: string, anchor = 'start'): string {
  const of = kind === '' ? '' : ` class="${kind}"`;
  return `<text x="${x.toFixed(1)}" y="${y}"${of} text-anchor="${anchor}">${escape(words)}</text>`;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
