/**
 * Random programs as data: what a program may consist of.
 *
 * The same program is run by three interpreters (`driver.py`, `interpret-async.ts`, `interpret-generator.ts`), printed
 * by two printers, made by `generate.ts` and made smaller by `shrink.ts`. Everything is plain JSON.
 *
 * A program always ends: a function starts only functions behind it in the list, loops count to a few, and every
 * statement costs one unit of fuel. A deadlock is a legal end; both sides say it in the same way.
 */

/** A thing with the face of a future: `f` shared future, `t` slot of a stored task or future, or a task by its role. */
export type Ref = { f: number } | { t: number } | { who: 'self' | 'main' };

/**
 * An error that a program throws or stores: its class (E2 extends E1; C is CancelledError, T TimeoutError, K KeyboardInterrupt, which
 * leaves the loop), its message.
 */
export type Raise = { cls: 'E1' | 'E2' | 'C' | 'T' | 'K'; msg: string };

/** How a task is made beyond its body. */
export type TaskOptions = { name?: string; eager?: boolean; ctx?: number };

/** Something that can be awaited; evaluated where it stands. */
export type Aw =
  | { a: 'ref'; ref: Ref }
  /** A fresh coroutine object of function `fn`. */
  | { a: 'call'; fn: number }
  | { a: 'sleep'; d: number; v?: number }
  /** A task made on the spot. */
  | ({ a: 'task'; fn: number } & TaskOptions)
  | { a: 'gather'; of: Aw[]; re?: boolean }
  | { a: 'shield'; of: Aw }
  /** `staggered_race` of functions of the program. */
  | { a: 'race'; fns: number[]; d: number | null }
  /** A coroutine object that was kept: awaited twice, it refuses. */
  | { a: 'once'; c: number }
  | { a: 'waitFor'; of: Aw; t: number | null }
  | { a: 'wait'; of: Aw[]; t?: number; rw: WaitMode }
  | { a: 'acquire'; on: 'lock' | 'sem' | 'cond'; i: number }
  | { a: 'eventWait'; i: number }
  | { a: 'condWait'; i: number }
  | { a: 'condWaitFor'; i: number; atLeast: number }
  | { a: 'barrierWait'; i: number }
  | { a: 'put'; i: number; v: number }
  | { a: 'get'; i: number }
  | { a: 'join'; i: number }
  /** What `wrap_future` makes of concurrent future `j`. */
  | { a: 'wrap'; j: number };

export type WaitMode = 'FIRST_COMPLETED' | 'FIRST_EXCEPTION' | 'ALL_COMPLETED';

/** What an `except` clause catches: CancelledError, E1, E2, TimeoutError, ExceptionGroup, Exception (no cancellation, no interrupt), BaseException. */
export type Catch = 'C' | 'E1' | 'E2' | 'T' | 'G' | 'X' | 'B';

export type Handler = { catch: Catch; body: Stmt[] };

/** `n` numbers the statements of a program; traces name them by it. `g` guards a statement: an error is recorded and swallowed. */
type Numbered = { n: number; g?: true };

/** Statements that never wait: allowed in callbacks too. */
export type SyncStmt = Numbered &
  (
    | { op: 'mark' }
    | { op: 'count' }
    | { op: 'raise'; err: Raise }
    | ({ op: 'spawn'; fn: number; t: number } & TaskOptions)
    /** Stores a future made by gather or shield, or a task, without waiting. */
    | { op: 'store'; t: number; aw: Aw }
    /** Keeps a coroutine object of function `fn`. */
    | { op: 'keep'; c: number; fn: number }
    /** Stores what `ensure_future` makes of an awaitable. */
    | { op: 'ensure'; t: number; aw: Aw }
    | { op: 'cancel'; ref: Ref; msg?: string }
    | { op: 'uncancel'; ref: Ref }
    | { op: 'cancelling'; ref: Ref }
    | { op: 'state'; ref: Ref }
    | { op: 'result'; ref: Ref }
    | { op: 'exception'; ref: Ref }
    | { op: 'rename'; ref: Ref; name: string }
    | { op: 'setResult'; f: number; v: number }
    | { op: 'setException'; f: number; err: Raise }
    | { op: 'freshFuture'; f: number }
    | { op: 'addCallback'; ref: Ref; cb: number; ctx?: number }
    | { op: 'removeCallback'; ref: Ref; cb: number }
    | { op: 'callSoon'; cb: number; h: number; threadsafe?: true; ctx?: number }
    | { op: 'callLater'; cb: number; h: number; d: number; ctx?: number }
    | { op: 'callAt'; cb: number; h: number; d: number; ctx?: number }
    | { op: 'handleCancel'; h: number }
    | { op: 'handleState'; h: number }
    | { op: 'currentTask' }
    | { op: 'allTasks' }
    | { op: 'stop' }
    | { op: 'release'; on: 'lock' | 'sem' | 'cond'; i: number }
    | { op: 'locked'; on: 'lock' | 'sem' | 'cond'; i: number }
    | { op: 'eventSet'; i: number }
    | { op: 'eventClear'; i: number }
    | { op: 'eventIsSet'; i: number }
    | { op: 'notify'; i: number; k: number }
    | { op: 'notifyAll'; i: number }
    | { op: 'barrierState'; i: number }
    | { op: 'putNowait'; i: number; v: number }
    | { op: 'getNowait'; i: number }
    | { op: 'taskDone'; i: number }
    | { op: 'queueState'; i: number }
    | { op: 'shutdown'; i: number; immediate: boolean }
    | { op: 'reschedule'; w: number; d: number | null }
    | { op: 'timeoutState'; w: number }
    | { op: 'groupCancel'; grp: number }
    | ({ op: 'groupSpawn'; grp: number; fn: number; t: number } & TaskOptions)
    | { op: 'varGet'; v: number }
    | { op: 'varSet'; v: number; to: number }
    | { op: 'varReset'; v: number }
    | { op: 'ctxCopy'; x: number }
    | { op: 'ctxRun'; x: number; cb: number }
    /** Calls the loop's exception handler. */
    | { op: 'report'; err: Raise }
    /** Concurrent futures: the loop's own thread plays the other one. */
    | { op: 'jobResult'; j: number; v: number }
    | { op: 'jobException'; j: number; err: Raise }
    | { op: 'jobCancel'; j: number }
    | { op: 'jobRuns'; j: number }
    | { op: 'jobState'; j: number }
    /** Stores what `run_coroutine_threadsafe` gives. */
    | { op: 'threadsafe'; j: number; fn: number }
    | { op: 'return'; v: number }
    | { op: 'break' }
    | { op: 'continue' }
    /** Throws again what the nearest `except` caught; nothing outside of one. */
    | { op: 'reraise' }
  );

/** Statements that may wait. */
export type AsyncStmt = Numbered &
  (
    | { op: 'await'; aw: Aw }
    /** One turn of the loop: `sleep(0)`, in a generator a bare `yield`. */
    | { op: 'turn' }
    /** Async functions only: awaits `k` promises of the host that are resolved. No turn of the loop, nothing in Python. */
    | { op: 'native'; k: number }
    | { op: 'asCompleted'; of: Aw[]; t?: number; async: boolean; body: Stmt[] }
    /** `short`: in the short form of TypeScript, `timeout(d, body)`. */
    | { op: 'timeout'; w: number; d: number | null; at?: true; short?: true; body: Stmt[] }
    /** `early`: cancelled before it is entered; `short`: `taskGroup(body)`. */
    | { op: 'group'; grp: number; early?: true; short?: true; body: Stmt[] }
    | { op: 'with'; on: 'lock' | 'sem' | 'cond' | 'barrier'; i: number; body: Stmt[] }
    | { op: 'barrierReset'; i: number }
    | { op: 'barrierAbort'; i: number }
    | { op: 'try'; body: Stmt[]; handlers: Handler[]; fin?: Stmt[] }
    | { op: 'loop'; times: number; body: Stmt[] }
  );

export type Stmt = SyncStmt | AsyncStmt;

/** A whole program. Function 0 is the main task's. */
export interface Program {
  /** Whether the loop has the eager task factory. */
  eager: boolean;
  /** Whether the loop has a task factory that writes down what it is given. */
  factory?: boolean;
  /** Concurrent futures: whatever is left of them is cancelled or ended when the clock says `JOBS_END`. */
  jobs?: number;
  /** Whether our loop is in debug mode; CPython's never is, since it makes no difference. */
  debug?: boolean;
  futures: number;
  locks: number;
  events: number;
  /** For each condition the number of the lock that it uses, or null for one of its own. */
  conds: (number | null)[];
  sems: { value: number; bounded: boolean }[];
  /** For each barrier its parties. */
  barriers: number[];
  queues: { kind: 'fifo' | 'lifo' | 'priority'; max: number }[];
  /** For each context variable its default, or null for none. */
  vars: (number | null)[];
  functions: Stmt[][];
  /** Bodies of callbacks: a callback schedules only callbacks behind it, and starts any function but main. */
  callbacks: SyncStmt[][];
}

/** Statements that a run may execute, in all tasks and callbacks together. */
export const FUEL = 600;

/** When concurrent futures that are still pending are ended: a wait for one of them would be no deadlock on our side. */
export const JOBS_END = 10_000;

const ASYNC_OPS: ReadonlySet<string> = new Set([
  'await',
  'native',
  'turn',
  'asCompleted',
  'timeout',
  'group',
  'with',
  'barrierReset',
  'barrierAbort',
  'try',
  'loop',
]);

/** Whether a statement may wait. */
export function isAsync(s: Stmt): s is AsyncStmt {
  return ASYNC_OPS.has(s.op);
}

/** The statement lists directly inside a statement. */
export function innerBlocks(s: Stmt): Stmt[][] {
  switch (s.op) {
    case 'asCompleted':
    case 'timeout':
    case 'group':
    case 'with':
    case 'loop':
      return [s.body];
    case 'try':
      return [s.body, ...s.handlers.map((h) => h.body), ...(s.fin ? [s.fin] : [])];
    default:
      return [];
  }
}

/** The awaitables directly inside a statement or an awaitable. */
export function innerAws(x: Stmt | Aw): Aw[] {
  if ('aw' in x) return [x.aw];
  if ('of' in x) return Array.isArray(x.of) ? x.of : [x.of];
  return [];
}

/** Calls `visit` on every statement of a list, inner ones too. */
export function walk(block: readonly Stmt[], visit: (s: Stmt) => void): void {
  for (const s of block) {
    visit(s);
    for (const inner of innerBlocks(s)) walk(inner, visit);
  }
}

/** Calls `visit` on every statement of a program. */
export function walkProgram(p: Program, visit: (s: Stmt, inCallback: boolean) => void): void {
  for (const body of p.functions) walk(body, (s) => visit(s, false));
  for (const body of p.callbacks) walk(body, (s) => visit(s, true));
}

/** Calls `visit` on every awaitable of a statement, inner ones too. */
export function walkAws(x: Stmt | Aw, visit: (aw: Aw) => void): void {
  for (const aw of innerAws(x)) {
    visit(aw);
    walkAws(aw, visit);
  }
}

/** The number of statements. */
export function sizeOf(p: Program): number {
  let size = 0;
  walkProgram(p, () => size++);
  return size;
}
