/** Makes a program smaller as long as it still does what it is examined for. */
import {
  type Aw,
  type Program,
  type Stmt,
  innerAws,
  innerBlocks,
  walkAws,
  walkProgram,
} from './program.ts';

/**
 * The smallest program found that still passes `still`, by removing and simplifying one thing at a time until nothing
 * more can go. `still` is never asked about a program that could not be written in Python.
 */
export async function shrink(
  program: Program,
  still: (p: Program) => Promise<boolean>,
): Promise<Program> {
  let best = program;
  for (;;) {
    const smaller = await firstThat(candidates(best), still);
    if (smaller === undefined) return renumbered(best);
    best = smaller;
  }
}

async function firstThat(
  all: Iterable<Program>,
  still: (p: Program) => Promise<boolean>,
): Promise<Program | undefined> {
  for (const p of all) if (isValid(p) && (await still(p))) return p;
  return undefined;
}

function clone<T>(x: T): T {
  return JSON.parse(JSON.stringify(x)) as T;
}

/** Every list of statements of a program, outer before inner. */
function blocksOf(p: Program): Stmt[][] {
  const all: Stmt[][] = [];
  const add = (block: Stmt[]): void => {
    all.push(block);
    for (const s of block) innerBlocks(s).forEach(add);
  };
  [...p.functions, ...p.callbacks].forEach(add);
  return all;
}

function* candidates(p: Program): Iterable<Program> {
  yield* withoutUnused(p);
  yield* withFewerStatements(p);
  yield* withSimplerNodes(p);
}

function* withFewerStatements(p: Program): Iterable<Program> {
  const blocks = blocksOf(p);
  for (const [b, block] of blocks.entries()) {
    for (let size = block.length; size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < block.length; at += size) {
        const copy = clone(p);
        blocksOf(copy)[b]!.splice(at, size);
        yield copy;
      }
    }
    // In place of a compound statement one of its blocks.
    for (const [at, s] of block.entries()) {
      for (let inner = 0; inner < innerBlocks(s).length; inner++) {
        const copy = clone(p);
        const list = blocksOf(copy)[b]!;
        list.splice(at, 1, ...innerBlocks(list[at]!)[inner]!);
        yield copy;
      }
    }
  }
}

/** Leaves out functions and callbacks that nothing refers to, and the last objects of each kind. */
function* withoutUnused(p: Program): Iterable<Program> {
  for (let fn = p.functions.length - 1; fn > 0; fn--) {
    if (mentions(p, (x) => ('fn' in x && x.fn === fn) || ('fns' in x && x.fns.includes(fn))))
      continue;
    const copy = clone(p);
    copy.functions.splice(fn, 1);
    forNodes(copy, (x) => {
      if ('fn' in x && x.fn > fn) x.fn--;
      if ('fns' in x) x.fns = x.fns.map((other) => (other > fn ? other - 1 : other));
    });
    yield copy;
  }
  for (let cb = p.callbacks.length - 1; cb >= 0; cb--) {
    if (mentions(p, (x) => 'cb' in x && x.cb === cb)) continue;
    const copy = clone(p);
    copy.callbacks.splice(cb, 1);
    forNodes(copy, (x) => {
      if ('cb' in x && x.cb > cb) x.cb--;
    });
    yield copy;
  }
  const used = usedObjects(p);
  for (const kind of ['futures', 'locks', 'events'] as const) {
    if (p[kind] > 0 && !used.has(`${kind}${p[kind] - 1}`))
      yield { ...clone(p), [kind]: p[kind] - 1 };
  }
  for (const kind of ['conds', 'sems', 'barriers', 'queues', 'vars'] as const) {
    if (p[kind].length > 0 && !used.has(`${kind}${p[kind].length - 1}`))
      yield { ...clone(p), [kind]: clone(p[kind].slice(0, -1)) };
  }
  if (p.debug) {
    const copy = clone(p);
    delete copy.debug;
    yield copy;
  }
  if (p.eager) yield { ...clone(p), eager: false };
  if (p.factory) yield { ...clone(p), factory: false };
  if (p.jobs && !used.has(`jobs${p.jobs - 1}`)) yield { ...clone(p), jobs: p.jobs - 1 };
  for (const [i, lock] of p.conds.entries())
    if (lock !== null) yield { ...clone(p), conds: clone(p.conds).with(i, null) };
  for (const [i, queue] of p.queues.entries()) {
    if (queue.kind !== 'fifo')
      yield { ...clone(p), queues: clone(p.queues).with(i, { ...queue, kind: 'fifo' }) };
  }
}

/** The objects that statements and conditions refer to, as `locks0`. */
function usedObjects(p: Program): Set<string> {
  const used = new Set<string>();
  const places: Record<string, string> = {
    lock: 'locks',
    sem: 'sems',
    cond: 'conds',
    barrier: 'barriers',
  };
  for (const lock of p.conds) if (lock !== null) used.add(`locks${lock}`);
  forNodes(p, (x) => {
    const key = 'op' in x ? x.op : x.a;
    if ('f' in x) used.add(`futures${x.f}`);
    if ('j' in x) used.add(`jobs${x.j}`);
    if ('ref' in x && 'f' in x.ref) used.add(`futures${x.ref.f}`);
    if ('on' in x) used.add(`${places[x.on]}${x.i}`);
    else if ('i' in x) {
      if (key.startsWith('event')) used.add(`events${x.i}`);
      else if (key.startsWith('cond') || key.startsWith('notify')) used.add(`conds${x.i}`);
      else if (key.startsWith('barrier')) used.add(`barriers${x.i}`);
      else used.add(`queues${x.i}`);
    }
    if (key.startsWith('var') && 'v' in x) used.add(`vars${x.v}`);
  });
  return used;
}

type Node = Stmt | Aw;

function forNodes(p: Program, visit: (x: Node) => void): void {
  walkProgram(p, (s) => {
    visit(s);
    walkAws(s, visit);
  });
}

function mentions(p: Program, test: (x: Node) => boolean): boolean {
  let found = false;
  forNodes(p, (x) => {
    if (test(x)) found = true;
  });
  return found;
}

/** Changes one statement or one awaitable to a simpler one. */
function* withSimplerNodes(p: Program): Iterable<Program> {
  const nodes = (q: Program): Node[] => {
    const all: Node[] = [];
    forNodes(q, (x) => all.push(x));
    return all;
  };
  const originals = nodes(p);
  for (const [i, original] of originals.entries()) {
    for (const change of changes(original)) {
      const copy = clone(p);
      change(nodes(copy)[i]!);
      yield copy;
    }
  }
}

type Loose = Record<string, unknown>;

function* changes(x: Node): Iterable<(y: Node) => void> {
  const loose = x as unknown as Loose;
  for (const key of [
    'g',
    'name',
    'eager',
    'ctx',
    'msg',
    'threadsafe',
    're',
    'at',
    'short',
    'early',
    'fin',
    'v',
    't',
  ]) {
    // A slot's number and a value to set are no options.
    if (
      !(key in loose) ||
      ((key === 't' || key === 'v') &&
        !('a' in x && (x.a === 'sleep' || x.a === 'wait')) &&
        !('op' in x && x.op === 'asCompleted'))
    )
      continue;
    yield (y) => {
      delete (y as unknown as Loose)[key];
    };
  }
  for (const key of ['d', 't', 'times', 'k', 'atLeast', 'v', 'to']) {
    const value = loose[key];
    if (typeof value !== 'number' || (key === 't' && 'op' in x && x.op !== 'asCompleted')) continue;
    for (const simple of [0, 1, 2]) {
      if (simple >= value && !(value < 0 && simple === 0)) break;
      if (key === 'times' && simple === 0) continue;
      yield (y) => {
        (y as unknown as Loose)[key] = simple;
      };
    }
  }
  if ('handlers' in x) {
    for (let h = 0; h < x.handlers.length; h++)
      yield (y) => void (y as typeof x).handlers.splice(h, 1);
    for (let h = 0; h < x.handlers.length; h++) {
      if (x.handlers[h]!.catch !== 'B')
        yield (y) => void ((y as typeof x).handlers[h]!.catch = 'B');
    }
  }
  if ('err' in x && x.err.cls !== 'E1') yield (y) => void ((y as typeof x).err.cls = 'E1');
  if ('async' in x && x.async) yield (y) => void ((y as typeof x).async = false);
  if ('rw' in x && x.rw !== 'ALL_COMPLETED')
    yield (y) => void ((y as typeof x).rw = 'ALL_COMPLETED');
  if ('fns' in x && x.fns.length > 1) {
    for (let k = 0; k < x.fns.length; k++) yield (y) => void (y as typeof x).fns.splice(k, 1);
  }
  if ('of' in x && Array.isArray(x.of)) {
    for (let k = 0; k < x.of.length; k++) yield (y) => void (y as { of: Aw[] }).of.splice(k, 1);
  }
  // In place of an awaitable one inside it, or a sleep: where futures are wanted, futures only.
  const wantsFutures = ('a' in x && x.a === 'wait') || ('op' in x && x.op === 'store');
  const inner = innerAws(x);
  for (const [k, aw] of inner.entries()) {
    for (const other of [
      ...innerAws(aw),
      { a: 'sleep', d: 0 } as const,
      { a: 'sleep', d: 1 } as const,
    ]) {
      const isFuture =
        other.a === 'ref' || other.a === 'gather' || other.a === 'shield' || other.a === 'task';
      if ((wantsFutures && !isFuture) || (aw.a === 'sleep' && aw.d <= 1)) continue;
      yield (y) => {
        if ('aw' in y) y.aw = clone(other);
        else if ('of' in y && Array.isArray(y.of)) y.of[k] = clone(other);
        else (y as { of: Aw }).of = clone(other);
      };
    }
  }
}

/** `break` and `continue` stand in loops; an `except` or `finally` is there for every `try`. */
function isValid(p: Program): boolean {
  const fine = (block: readonly Stmt[], inLoop: boolean): boolean =>
    block.every((s) => {
      if (s.op === 'break' || s.op === 'continue') return inLoop;
      if (s.op === 'try' && s.handlers.length === 0 && !s.fin) return false;
      const loop = inLoop || s.op === 'loop' || s.op === 'asCompleted';
      return innerBlocks(s).every((inner) => fine(inner, loop));
    });
  return [...p.functions, ...p.callbacks].every((block) => fine(block, false));
}

/** The statements numbered from 1 in the order of printing. */
function renumbered(p: Program): Program {
  const copy = clone(p);
  let n = 0;
  for (const block of [...copy.callbacks, ...copy.functions.toReversed()]) {
    for (const s of blocksIn(block)) s.n = ++n;
  }
  return copy;
}

function* blocksIn(block: readonly Stmt[]): Iterable<Stmt> {
  for (const s of block) {
    yield s;
    for (const inner of innerBlocks(s)) yield* blocksIn(inner);
  }
}
