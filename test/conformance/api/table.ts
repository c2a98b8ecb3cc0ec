/** Prints the breadth of the API: as a table with totals, or as JSON. */
import { type Breadth, type Row, type Status, breadth } from './breadth.ts';

const MARKS: Record<Status, string> = {
  there: '+',
  missing: '-',
  planned: '...',
  'not applicable': 'n/a',
};

/**
 * Prints the breadth in one of three forms: the table, all of it as JSON, or the JSON list of what is missing (the content of
 * known-missing.json).
 */
export async function printBreadth(form: 'table' | 'json' | 'missing'): Promise<void> {
  const found = await breadth();
  if (form === 'table') process.stdout.write(table(found));
  else
    process.stdout.write(
      `${JSON.stringify(form === 'json' ? found : missing(found), undefined, 2)}\n`,
    );
}

/** The Python names without a counterpart, where there should be one. */
export function missing({ rows }: Breadth): string[] {
  return rows.filter((r) => r.status === 'missing').map((r) => r.python);
}

export function table({ version, rows }: Breadth): string {
  const width = Math.max(...rows.map((r) => r.python.length));
  const ours = Math.max(...rows.map((r) => r.ours.length));
  const lines = rows.map((r) =>
    `${MARKS[r.status].padEnd(4)}${r.python.padEnd(width)}  ${r.ours.padEnd(ours)}  ${r.reason ?? ''}`.trimEnd(),
  );
  const home = (r: Row): string =>
    r.python.startsWith('asyncio')
      ? 'asyncio'
      : r.python.startsWith('contextvars')
        ? 'contextvars'
        : 'concurrent.futures';
  const totals = [...new Set(rows.map(home))].map(
    (name) => `${name.padEnd(20)}${counted(rows.filter((r) => home(r) === name))}`,
  );
  return [
    `CPython ${version}: its public names and ours`,
    '',
    ...lines,
    '',
    ...totals,
    `${'all'.padEnd(20)}${counted(rows)}`,
    '',
  ].join('\n');
}

function counted(rows: readonly Row[]): string {
  const count = (status: Status): number => rows.filter((r) => r.status === status).length;
  const applicable = rows.length - count('not applicable');
  const share = applicable === 0 ? 100 : (100 * count('there')) / applicable;
  return (
    `${rows.length} names: ${count('there')} there, ${count('missing')} missing, ${count('planned')} planned, ` +
    `${count('not applicable')} not applicable` +
    ` (${share.toFixed(1)} % of what applies)`
  );
}
