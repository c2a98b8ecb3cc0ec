/**
 * Compares traces, and prints where they part.
 *
 * Everything has to be equal but the texts of messages that the library made: of those only that there is one
 * is looked at. `chosen` says which messages are the program's own; they have to come through unchanged.
 */
import type { EventRecord, Json, Trace } from '../reference/reference.ts';

/** Stands for a message that the library made (or for none). */
const LIBRARY_MESSAGE = '*';

/** A trace with the messages of the library made equal. */
export function normalise(trace: Trace, chosen: (message: string) => boolean): Trace {
  return clean(trace as unknown as Json, chosen) as unknown as Trace;
}

/** What differs, as text to read; null where nothing does. */
export function difference(
  expected: Trace,
  actual: Trace,
  title = 'ours',
  judge = 'CPython',
): string | null {
  const parts: string[] = [];
  const events = eventsDifference(expected.events, actual.events, title, judge);
  if (events !== null) parts.push(events);
  if (!same(expected.outcome, actual.outcome)) {
    parts.push(
      `outcome:\n  ${judge}: ${JSON.stringify(expected.outcome)}\n  ${title}: ${JSON.stringify(actual.outcome)}`,
    );
  }
  for (const key of ['tasks', 'rest'] as const) {
    const [a, b] = [expected[key] ?? [], actual[key] ?? []];
    if (!same(a, b)) {
      parts.push(sideBySide(key === 'tasks' ? 'tasks' : 'tasks after cleanup', a, b, title, judge));
    }
  }
  return parts.length === 0 ? null : parts.join('\n');
}

function clean(value: Json, chosen: (message: string) => boolean): Json {
  if (Array.isArray(value)) return value.map((v) => clean(v, chosen));
  if (typeof value !== 'object' || value === null) return value;
  const out: { [key: string]: Json } = {};
  for (const [key, v] of Object.entries(value)) {
    const isMessage = (key === 'message' && 'error' in value) || key === 'cancelled';
    out[key] =
      isMessage && typeof v === 'string' ? (chosen(v) ? v : LIBRARY_MESSAGE) : clean(v, chosen);
  }
  return out;
}

function eventsDifference(
  expected: EventRecord[],
  actual: EventRecord[],
  title: string,
  judge: string,
): string | null {
  if (same(expected, actual)) return null;
  return sideBySide('events', expected, actual, title, judge);
}

/** Lines that are equal stand once; the first that part are marked, with what each side has. */
function sideBySide(what: string, a: Json[][], b: Json[][], title: string, judge: string): string {
  const lines = [`${what}:`];
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (same(a[i], b[i])) {
      lines.push(`    ${show(a[i])}`);
    } else {
      lines.push(`  ! ${judge}: ${show(a[i])}`, `  ! ${title}: ${show(b[i])}`);
    }
  }
  return lines.join('\n');
}

function show(entry: Json[] | undefined): string {
  return entry === undefined ? '(nothing)' : entry.map((v) => JSON.stringify(v)).join('  ');
}

/** Equality of JSON: the order of keys does not count. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(y, key) && same(x[key], y[key]));
}
