/** The breadth of the API: every public name of CPython's asyncio, asked of CPython itself, and ours beside it. */
import { readFileSync } from 'node:fs';

import * as asyncio from '../../../src/index.ts';
import { loadJudge } from '../random/judge.ts';
import { PLANNED, REASONS } from './reasons.ts';
import { declared, instances } from './instances.ts';

export type Status = 'there' | 'missing' | 'planned' | 'not applicable';

export interface Row {
  /** As `asyncio.Queue.get_nowait`. */
  python: string;
  /** As `Queue.getNowait`. */
  ours: string;
  status: Status;
  reason?: string;
}

export interface Breadth {
  /** CPython's version. */
  version: string;
  rows: Row[];
}

interface Listed {
  version: string;
  names: { home: string; name: string; kind: string; members: string[]; abstract: string[] }[];
}

/** Compares the public names of both sides. */
export async function breadth(): Promise<Breadth> {
  const judge = await loadJudge();
  const listed = judge.evaluate(
    readFileSync(new URL('./names.py', import.meta.url), 'utf8'),
  ) as Listed;
  const concurrent = await entry('concurrent');
  const selectors = await entry('selectors');
  const rows: Row[] = [];
  const main: Record<string, unknown> = { ...selectors, ...asyncio };
  for (const { home, name, kind, members, abstract } of listed.names) {
    const python = `${home}.${name}`;
    // Errors and constants have one home: there is one TimeoutError, as in Python.
    const shared = kind === 'exception' || kind === 'constant' ? main[name] : undefined;
    const space: Record<string, unknown> = home.startsWith('concurrent')
      ? { [name]: shared, ...concurrent }
      : main;
    const ours = kind === 'function' ? camelCase(name) : name;
    const found = space[ours];
    rows.push(row(python, ours, found !== undefined || ours in declared));
    for (const member of members) {
      const translated = member === member.toUpperCase() ? member : camelCase(member);
      const there =
        has(found, ours, translated) &&
        (abstract.includes(member) || !isAbstract(found, translated));
      rows.push(row(`${python}.${member}`, `${ours}.${translated}`, there));
    }
  }
  return { version: listed.version, rows };
}

/** `get_nowait` becomes `getNowait`. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function row(python: string, ours: string, there: boolean): Row {
  if (there) return { python, ours, status: 'there' };
  const says = (list: typeof REASONS): string | undefined =>
    list.find(([pattern]) => pattern.test(python))?.[1];
  const never = says(REASONS);
  if (never !== undefined) return { python, ours, status: 'not applicable', reason: never };
  const later = says(PLANNED);
  return later === undefined
    ? { python, ours, status: 'missing' }
    : { python, ours, status: 'planned', reason: later };
}

/** Whether a class of ours has a member: a method or accessor, a static, or a field that its instances have. */
function has(cls: unknown, name: string, member: string): boolean {
  if (declared[name]?.includes(member) === true) return true;
  if (typeof cls !== 'function') return false;
  if (
    member in cls ||
    (typeof cls.prototype === 'object' && cls.prototype !== null && member in cls.prototype)
  )
    return true;
  const instance = instances[name]?.();
  return instance !== undefined && member in instance;
}

/** Whether a loop class of ours has a method only from the abstract loop, where it throws NotImplementedError. */
function isAbstract(cls: unknown, member: string): boolean {
  const base: unknown = asyncio.AbstractEventLoop.prototype;
  if (
    typeof cls !== 'function' ||
    cls.prototype === base ||
    !(cls.prototype instanceof asyncio.AbstractEventLoop)
  )
    return false;
  return (
    cls.prototype[member as keyof object] === (base as object)[member as keyof object] &&
    member in (base as object)
  );
}

/** One of the further entries of the package; empty as long as it does not exist. */
async function entry(name: string): Promise<Record<string, unknown>> {
  const file = import.meta.url.endsWith('.ts') ? 'index.ts' : 'index.js';
  try {
    return (await import(new URL(`../../../src/${name}/${file}`, import.meta.url).href)) as Record<
      string,
      unknown
    >;
  } catch (e) {
    if (
      (e as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' ||
      /Failed to load|Cannot find/.test(String(e))
    )
      return {};
    throw e;
  }
}
