/**
 * Makes random programs from seeds.
 *
 * Every program uses a random part of the API only ("swarm testing"): a lock and two cancels collide far more often in a program
 * of few kinds of statement than in one that has a little of everything. Delays come from few values, so that ties are common.
 *
 * Longer than most files: one entry for every statement of the language (program.ts).
 */
import type {
  Aw,
  Catch,
  Handler,
  Program,
  Raise,
  Ref,
  Stmt,
  SyncStmt,
  TaskOptions,
  WaitMode,
} from './program.ts';
import { Prng } from './prng.ts';

/** Parts of the API that a program may or may not use. */
export const FEATURES = [
  'cancel',
  'future',
  'callback',
  'gather',
  'wait',
  'waitFor',
  'shield',
  'asCompleted',
  'timeout',
  'group',
  'lock',
  'event',
  'cond',
  'sem',
  'barrier',
  'queue',
  'var',
  'eager',
  'try',
  'error',
  'stop',
  'race',
  'once',
  'native',
  'interrupt',
  'job',
  'factory',
] as const;
export type Feature = (typeof FEATURES)[number];

/** How often each feature is part of a program. */
const LIKELY: Record<Feature, number> = {
  cancel: 0.8,
  future: 0.5,
  callback: 0.4,
  gather: 0.3,
  wait: 0.25,
  waitFor: 0.25,
  shield: 0.2,
  asCompleted: 0.15,
  timeout: 0.3,
  group: 0.3,
  lock: 0.25,
  event: 0.2,
  cond: 0.15,
  sem: 0.2,
  barrier: 0.12,
  queue: 0.25,
  var: 0.12,
  eager: 0.2,
  try: 0.75,
  error: 0.5,
  stop: 0.02,
  race: 0.12,
  once: 0.08,
  native: 0.15,
  interrupt: 0.06,
  job: 0.1,
  factory: 0.06,
};

const DELAYS = [0, 0, 0, 1, 1, 1, 2, 2, 3, 0.5];
/** Slots of each function: two for its tasks, one for futures that it stores. */
const SLOTS = 3;

type Place = { fn: number; callback: boolean; depth: number; loop: boolean; handler: boolean };

/** Makes the program of a seed. */
export function generate(seed: string): Program {
  return new Maker(new Prng(seed)).program();
}

class Maker {
  readonly #r: Prng;
  readonly #on: ReadonlySet<Feature>;
  readonly #functions: number;
  readonly #callbacks: number;
  readonly #length: number;
  readonly #p: Program;
  /** Slots that some statement made so far stores to: referring to others would seldom find anything. */
  readonly #stored = new Set<number>();
  #n = 0;
  #messages = 0;

  constructor(r: Prng) {
    this.#r = r;
    const on = new Set<Feature>(
      r.chance(0.35)
        ? [r.pick(FEATURES), r.pick(FEATURES), 'cancel', 'try']
        : FEATURES.filter((f) => r.chance(LIKELY[f])),
    );
    // At least two things that can meet.
    while (on.size < 3) on.add(r.pick(FEATURES));
    this.#on = on;
    const large = r.weighted([
      [4, 0],
      [4, 1],
      [2, 2],
      [0.3, 3],
    ] as const);
    this.#functions = 2 + r.below([2, 3, 4, 5][large]!);
    this.#callbacks = on.has('callback') || on.has('future') ? 1 + r.below(3) : 0;
    this.#length = [3, 5, 7, 10][large]!;
    const some = (f: Feature, most: number): number => (on.has(f) ? 1 + r.below(most) : 0);
    const locks = Math.max(some('lock', 2), on.has('cond') && r.chance(0.3) ? 1 : 0);
    this.#p = {
      eager: on.has('eager') && !on.has('factory') && r.chance(0.5),
      ...(on.has('factory') ? { factory: true } : {}),
      ...(on.has('job') ? { jobs: 1 + r.below(2) } : {}),
      ...(r.chance(0.08) ? { debug: true } : {}),
      futures: some('future', 3),
      locks,
      events: some('event', 2),
      conds: times(some('cond', 1), () => (locks > 0 && r.chance(0.5) ? r.below(locks) : null)),
      sems: times(some('sem', 2), () => ({ value: r.below(3), bounded: r.chance(0.5) })),
      barriers: times(some('barrier', 1), () => 1 + r.below(3)),
      queues: times(some('queue', 2), () => ({
        kind: r.weighted([
          [3, 'fifo'],
          [1, 'lifo'],
          [1, 'priority'],
        ] as const),
        max: r.pick([0, 0, 1, 1, 2]),
      })),
      vars: times(some('var', 2), () => (r.chance(0.5) ? r.below(3) : null)),
      functions: [],
      callbacks: [],
    };
  }

  program(): Program {
    for (let fn = 0; fn < this.#functions; fn++) {
      const prologue = fn === 0 ? this.#prologue() : [];
      const body = this.#block(
        { fn, callback: false, depth: 0, loop: false, handler: false },
        this.#length,
      );
      this.#p.functions.push([...prologue, ...body]);
    }
    if (this.#syncObjects() > 0 && this.#functions > 1 && this.#r.chance(0.4)) {
      const main = this.#p.functions[0]!;
      main.splice(this.#r.chance(0.3) ? main.length : 0, 0, ...this.#crowd());
    }
    for (let cb = 0; cb < this.#callbacks; cb++) {
      this.#p.callbacks.push(this.#callbackBody(cb));
    }
    return this.#p;
  }

  /** Main begins by starting some of the others, and something that happens later. */
  #prologue(): Stmt[] {
    const place: Place = { fn: 0, callback: false, depth: 0, loop: false, handler: false };
    const out: Stmt[] = [];
    for (let i = 1 + this.#r.below(3); i > 0; i--) out.push(this.#spawn(place));
    if (this.#callbacks > 0) {
      for (let i = this.#r.below(3); i > 0; i--) out.push(this.#schedule(0));
    }
    return out;
  }

  #callbackBody(cb: number): SyncStmt[] {
    const place: Place = { fn: 0, callback: true, depth: 0, loop: false, handler: false };
    return times(1 + this.#r.below(3), () => {
      if (this.#r.chance(0.15) && cb + 1 < this.#callbacks) return [this.#schedule(cb + 1)];
      return this.#r.chance(0.2 * this.#has('cancel'))
        ? this.#collision(place)
        : [this.#sync(place)];
    }).flat();
  }

  /** Several tasks that wait in one line, then a collision: the first of them is woken and cancelled, or the like. */
  #crowd(): Stmt[] {
    const r = this.#r;
    const fn = this.#functions - 1;
    const place: Place = { fn: 0, callback: false, depth: 0, loop: false, handler: false };
    const aw = this.#syncAw();
    const waiting: Stmt = { op: 'await', ...this.#guarded(0.3), aw };
    this.#p.functions[fn]!.unshift(waiting);
    const spawns = times(r.chance(0.8) ? 2 : 3, (i): SyncStmt => {
      this.#stored.add(SLOTS * fn + (i % 2));
      return { op: 'spawn', ...this.#next(), fn, t: SLOTS * fn + (i % 2) };
    });
    const slots = [SLOTS * fn, SLOTS * fn + 1];
    const turns = times(1 + r.below(2), (): Stmt => ({ op: 'turn', ...this.#next() }));
    return [...spawns, ...turns, ...this.#collision(place, slots, () => this.#wakerOf(aw))];
  }

  #block(place: Place, most: number): Stmt[] {
    return times(1 + this.#r.below(most), () =>
      this.#r.chance(0.08 * this.#has('cancel'))
        ? this.#collision(place)
        : [this.#statement(place)],
    ).flat();
  }

  /** What wakes somebody who waits for `aw`, if a plain statement does. */
  #wakerOf(aw: Aw): SyncStmt | undefined {
    const head = { ...this.#next(), g: true } as const;
    switch (aw.a) {
      case 'acquire':
        return { op: 'release', ...head, on: aw.on, i: aw.i };
      case 'eventWait':
        return { op: 'eventSet', ...head, i: aw.i };
      case 'condWait':
      case 'condWaitFor':
        return { op: 'notify', ...head, i: aw.i, k: 1 };
      case 'get':
        return { op: 'putNowait', ...head, i: aw.i, v: this.#r.below(10) };
      case 'put':
        return { op: 'getNowait', ...head, i: aw.i };
      case 'join':
        return { op: 'taskDone', ...head, i: aw.i };
      default:
        return undefined;
    }
  }

  /** Something that wakes a waiter and something that cancels, in one turn: where most subtle rules apply. */
  #collision(
    place: Place,
    slots: readonly number[] = [],
    waker?: () => SyncStmt | undefined,
  ): SyncStmt[] {
    const r = this.#r;
    const p = this.#p;
    const wake = (): SyncStmt =>
      r.weighted<() => SyncStmt>([
        [0.1, () => ({ op: 'mark', ...this.#next() })],
        [
          p.futures,
          () => ({
            op: 'setResult',
            ...this.#next(),
            g: true,
            f: r.below(p.futures),
            v: r.below(10),
          }),
        ],
        [p.events, () => ({ op: 'eventSet', ...this.#next(), i: r.below(p.events) })],
        [
          p.locks,
          () => ({ op: 'release', ...this.#next(), g: true, on: 'lock', i: r.below(p.locks) }),
        ],
        [
          p.sems.length,
          () => ({ op: 'release', ...this.#next(), g: true, on: 'sem', i: r.below(p.sems.length) }),
        ],
        [
          p.conds.length,
          () => ({ op: 'notify', ...this.#next(), g: true, i: r.below(p.conds.length), k: 1 }),
        ],
        [
          p.queues.length,
          () => ({
            op: 'putNowait',
            ...this.#next(),
            g: true,
            i: r.below(p.queues.length),
            v: r.below(10),
          }),
        ],
        [
          p.queues.length,
          () => ({ op: 'getNowait', ...this.#next(), g: true, i: r.below(p.queues.length) }),
        ],
      ])();
    const cancel = (): SyncStmt => ({
      op: 'cancel',
      ...this.#next(),
      ref: slots.length > 0 && r.chance(0.8) ? { t: r.pick(slots) } : this.#ref(place),
      msg: this.#message(),
    });
    const wakeIt = (): SyncStmt => (r.chance(0.7) ? waker?.() : undefined) ?? wake();
    if (r.chance(0.4)) return r.chance(0.75) ? [wakeIt(), cancel()] : [cancel(), wakeIt()];
    return times(2 + r.below(2), () => (r.chance(0.5) ? wakeIt() : cancel()));
  }

  #inner(place: Place, change: Partial<Place> = {}): Stmt[] {
    return this.#block({ ...place, ...change, depth: place.depth + 1 }, place.depth === 0 ? 3 : 2);
  }

  #next(): { n: number } {
    return { n: ++this.#n };
  }

  #guarded(p: number): { n: number; g?: true } {
    return this.#r.chance(p) ? { ...this.#next(), g: true } : this.#next();
  }

  #has(f: Feature): number {
    return this.#on.has(f) ? 1 : 0;
  }

  #message(): string {
    return `m${++this.#messages}`;
  }

  #delay(): number {
    return this.#r.chance(0.02) ? -1 : this.#r.pick(DELAYS);
  }

  #error(): Raise {
    return {
      cls: this.#r.weighted([
        [5, 'E1'],
        [3, 'E2'],
        [1, 'C'],
        [1, 'T'],
        [2 * this.#has('interrupt'), 'K'],
      ] as const),
      msg: this.#message(),
    };
  }

  #ref(place: Place): Ref {
    const r = this.#r;
    return r.weighted<() => Ref>([
      [6, () => ({ t: this.#storedSlot(0) ?? 0 })],
      [this.#p.futures > 0 ? 3 : 0, () => ({ f: r.below(this.#p.futures) })],
      [1, () => ({ who: 'main' })],
      [place.callback ? 0 : 1, () => ({ who: 'self' })],
    ])();
  }

  /**
   * What a function may wait for: tasks of functions behind it and futures stored there or by itself. Not its own task, and no ring
   * of tasks: docs/differences.md, `a-task-that-awaited-itself` and `rings-cannot-be-cancelled`.
   */
  #waitableRef(place: Place): Ref | undefined {
    const futures = this.#p.futures;
    const slot =
      futures > 0 && this.#r.chance(0.4) ? undefined : this.#storedSlot(SLOTS * place.fn + 2);
    if (slot !== undefined) return { t: slot };
    return futures > 0 ? { f: this.#r.below(futures) } : undefined;
  }

  #storedSlot(first: number): number | undefined {
    const slots = [...this.#stored].filter((t) => t >= first);
    return slots.length > 0 ? this.#r.pick(slots) : undefined;
  }

  #slotOf(fn: number): number {
    const t = SLOTS * fn + this.#r.below(2);
    this.#stored.add(t);
    return t;
  }

  #ownSlot(fn: number): number {
    this.#stored.add(SLOTS * fn + 2);
    return SLOTS * fn + 2;
  }

  #laterFunction(place: Place): number | undefined {
    const first = place.fn + 1;
    return first < this.#functions ? first + this.#r.below(this.#functions - first) : undefined;
  }

  #taskOptions(): TaskOptions {
    const r = this.#r;
    const options: TaskOptions = {};
    if (r.chance(0.15)) options.name = `n${r.below(5)}`;
    if (this.#on.has('eager')) {
      if (r.chance(0.4)) options.eager = r.chance(0.8);
    }
    // Not together: docs/differences.md, `eager-start-in-an-entered-context`.
    else if (this.#on.has('var') && r.chance(0.2)) options.ctx = r.below(2);
    return options;
  }

  // ---- awaitables ----

  #aw(place: Place, depth = 0): Aw {
    const r = this.#r;
    const deep = depth >= 2 ? 0 : 1;
    const fn = this.#laterFunction(place);
    return r.weighted<() => Aw>([
      [3, () => this.#sleep()],
      [3, () => this.#refOr(place, () => this.#sleep())],
      [fn === undefined ? 0 : 3, () => ({ a: 'call', fn: fn! })],
      [fn === undefined ? 0 : 1, () => ({ a: 'task', fn: fn!, ...this.#taskOptions() })],
      [3 * deep * this.#has('gather'), () => this.#gather(place, depth)],
      [3 * deep * this.#has('shield'), () => ({ a: 'shield', of: this.#aw(place, depth + 1) })],
      [
        3 * deep * this.#has('waitFor'),
        () => ({
          a: 'waitFor',
          of: this.#aw(place, depth + 1),
          t: r.chance(0.1) ? null : this.#delay(),
        }),
      ],
      [3 * deep * this.#has('wait'), () => this.#wait(place, depth)],
      [4 * this.#syncObjects(), () => this.#syncAw()],
      [2 * this.#has('job'), () => ({ a: 'wrap', j: r.below(this.#p.jobs!) })],
      [
        fn === undefined ? 0 : 2 * this.#has('race'),
        () => ({
          a: 'race',
          fns: times(1 + r.below(3), () => this.#laterFunction(place)!),
          d: r.chance(0.2) ? null : Math.abs(this.#delay()),
        }),
      ],
      [
        fn === undefined ? 0 : (depth > 0 ? 0.7 : 2) * this.#has('once'),
        () => ({ a: 'once', c: place.fn }),
      ],
    ])();
  }

  #refOr(place: Place, other: () => Aw): Aw {
    const ref = this.#waitableRef(place);
    return ref === undefined ? other() : { a: 'ref', ref };
  }

  #sleep(): Aw {
    const d = this.#delay();
    return this.#r.chance(0.3) ? { a: 'sleep', d, v: this.#r.below(10) } : { a: 'sleep', d };
  }

  #gather(place: Place, depth: number): Aw {
    const of = times(this.#r.below(4), () => this.#aw(place, depth + 1));
    return this.#r.chance(0.4) ? { a: 'gather', of, re: true } : { a: 'gather', of };
  }

  #wait(place: Place, depth: number): Aw {
    const r = this.#r;
    const of = times(1 + r.below(3), () => this.#futureAw(place, depth + 1));
    const rw: WaitMode = r.pick(['FIRST_COMPLETED', 'FIRST_EXCEPTION', 'ALL_COMPLETED']);
    return r.chance(0.5) ? { a: 'wait', of, rw, t: this.#delay() } : { a: 'wait', of, rw };
  }

  /** An awaitable that is a future: what `wait` takes, and what can be stored. */
  #futureAw(place: Place, depth: number): Aw {
    const deep = depth >= 3 ? 0 : 1;
    const fn = this.#laterFunction(place);
    return this.#r.weighted<() => Aw>([
      [3, () => this.#refOr(place, () => ({ a: 'shield', of: this.#sleep() }))],
      [fn === undefined ? 0 : 3, () => ({ a: 'task', fn: fn!, ...this.#taskOptions() })],
      [2 * deep * this.#has('gather'), () => this.#gather(place, depth)],
      [2 * deep * this.#has('shield'), () => ({ a: 'shield', of: this.#aw(place, depth + 1) })],
    ])();
  }

  #storable(place: Place): Aw {
    return this.#has('gather') && this.#r.chance(0.5)
      ? this.#gather(place, 1)
      : { a: 'shield', of: this.#aw(place, 1) };
  }

  #syncObjects(): number {
    const p = this.#p;
    return (
      (p.locks > 0 ? 0.5 : 0) +
      (p.events > 0 ? 0.5 : 0) +
      (p.conds.length > 0 ? 0.3 : 0) +
      (p.sems.length > 0 ? 0.5 : 0) +
      (p.barriers.length > 0 ? 0.4 : 0) +
      (p.queues.length > 0 ? 0.8 : 0)
    );
  }

  #syncAw(): Aw {
    const r = this.#r;
    const p = this.#p;
    return r.weighted<() => Aw>([
      [p.locks > 0 ? 2 : 0, () => ({ a: 'acquire', on: 'lock', i: r.below(p.locks) })],
      [p.sems.length > 0 ? 2 : 0, () => ({ a: 'acquire', on: 'sem', i: r.below(p.sems.length) })],
      [
        p.conds.length > 0 ? 1 : 0,
        () => ({ a: 'acquire', on: 'cond', i: r.below(p.conds.length) }),
      ],
      [p.events > 0 ? 2 : 0, () => ({ a: 'eventWait', i: r.below(p.events) })],
      [p.conds.length > 0 ? 1 : 0, () => ({ a: 'condWait', i: r.below(p.conds.length) })],
      [
        p.conds.length > 0 ? 0.5 : 0,
        () => ({ a: 'condWaitFor', i: r.below(p.conds.length), atLeast: r.below(3) }),
      ],
      [p.barriers.length > 0 ? 2 : 0, () => ({ a: 'barrierWait', i: r.below(p.barriers.length) })],
      [p.queues.length > 0 ? 2 : 0, () => ({ a: 'get', i: r.below(p.queues.length) })],
      [
        p.queues.length > 0 ? 2 : 0,
        () => ({ a: 'put', i: r.below(p.queues.length), v: r.below(10) }),
      ],
      [p.queues.length > 0 ? 0.5 : 0, () => ({ a: 'join', i: r.below(p.queues.length) })],
    ])();
  }

  // ---- statements ----

  #statement(place: Place): Stmt {
    const r = this.#r;
    const inner = place.depth >= 3 ? 0 : 1;
    return r.weighted<() => Stmt>([
      [7, () => ({ op: 'await', ...this.#guarded(0.4), aw: this.#aw(place) })],
      [1, () => ({ op: 'turn', ...this.#next() })],
      [
        1.5 * this.#has('native'),
        () => ({ op: 'native', ...this.#next(), k: r.pick([1, 2, 5, 30]) }),
      ],
      [8, () => this.#sync(place)],
      [3 * inner * this.#has('try'), () => this.#try(place)],
      [
        1 * inner,
        () => ({
          op: 'loop',
          ...this.#next(),
          times: 2 + r.below(2),
          body: this.#inner(place, { loop: true }),
        }),
      ],
      [3 * inner * this.#has('timeout'), () => this.#timeout(place)],
      [3 * inner * this.#has('group'), () => this.#group(place)],
      [2 * inner * this.#has('asCompleted'), () => this.#asCompleted(place)],
      [3 * inner * Math.min(1, this.#syncObjects()), () => this.#with(place)],
      [
        this.#p.barriers.length > 0 ? 0.7 : 0,
        () => ({
          op: r.chance(0.5) ? 'barrierReset' : 'barrierAbort',
          ...this.#guarded(0.5),
          i: r.below(this.#p.barriers.length),
        }),
      ],
    ])();
  }

  #try(place: Place): Stmt {
    const r = this.#r;
    const handlers: Handler[] = [];
    const fin = r.chance(0.5);
    for (let i = fin ? r.below(3) : 1 + r.below(2); i > 0; i--) {
      const kind = r.weighted<Catch>([
        [5, 'C'],
        [2, 'E1'],
        [1, 'E2'],
        [1, 'T'],
        [1, 'G'],
        [3, 'X'],
        [2, 'B'],
      ]);
      handlers.push({ catch: kind, body: this.#inner(place, { handler: true }) });
    }
    const body = this.#inner(place);
    return fin
      ? { op: 'try', ...this.#next(), body, handlers, fin: this.#inner(place) }
      : { op: 'try', ...this.#next(), body, handlers };
  }

  #timeout(place: Place): Stmt {
    const r = this.#r;
    const d = r.chance(0.12) ? null : this.#delay();
    const head = { op: 'timeout' as const, ...this.#guarded(0.5), w: r.below(2), d };
    const body = this.#inner(place);
    if (r.chance(0.2)) return { ...head, at: true, body };
    return r.chance(0.4) ? { ...head, short: true, body } : { ...head, body };
  }

  #group(place: Place): Stmt {
    const r = this.#r;
    const grp = r.below(2);
    const spawns = times(r.below(4), () => this.#groupSpawn(place, grp));
    const form = r.weighted([
      [6, {}],
      [4, { short: true }],
      [0.7, { early: true }],
    ] as const);
    const body = [...spawns, ...this.#inner(place)];
    return { op: 'group', ...this.#guarded(0.5), grp, ...form, body };
  }

  #groupSpawn(place: Place, grp: number): SyncStmt {
    const fn = this.#laterFunction(place);
    if (fn === undefined) return { op: 'mark', ...this.#next() };
    return {
      op: 'groupSpawn',
      ...this.#guarded(0.8),
      grp,
      fn,
      t: this.#slotOf(fn),
      ...this.#taskOptions(),
    };
  }

  #asCompleted(place: Place): Stmt {
    const r = this.#r;
    const of = times(1 + r.below(3), () => this.#aw(place, 1));
    const head = { op: 'asCompleted' as const, ...this.#guarded(0.6), of, async: r.chance(0.5) };
    const body = r.chance(0.4) ? this.#inner(place, { loop: true }) : [];
    return r.chance(0.4) ? { ...head, t: this.#delay(), body } : { ...head, body };
  }

  #with(place: Place): Stmt {
    const r = this.#r;
    const p = this.#p;
    const choices: [number, 'lock' | 'sem' | 'cond' | 'barrier', number][] = [
      [p.locks > 0 ? 2 : 0, 'lock', p.locks],
      [p.sems.length > 0 ? 2 : 0, 'sem', p.sems.length],
      [p.conds.length > 0 ? 3 : 0, 'cond', p.conds.length],
      [p.barriers.length > 0 ? 1 : 0, 'barrier', p.barriers.length],
    ];
    if (choices.every(([weight]) => weight === 0)) return this.#sync(place);
    const [on, count] = r.weighted(
      choices.map(([weight, on, count]) => [weight, [on, count] as const] as const),
    );
    const body = this.#inner(place);
    const i = r.below(count);
    if (on === 'cond') {
      // Waiting and notifying make sense with the lock held.
      body.unshift(
        r.weighted<() => Stmt>([
          [3, () => ({ op: 'await', ...this.#next(), aw: { a: 'condWait', i } })],
          [
            1,
            () => ({
              op: 'await',
              ...this.#next(),
              aw: { a: 'condWaitFor', i, atLeast: 1 + r.below(2) },
            }),
          ],
          [2, () => ({ op: 'notify', ...this.#next(), i, k: 1 + r.below(2) })],
          [1, () => ({ op: 'notifyAll', ...this.#next(), i })],
        ])(),
      );
    }
    return { op: 'with', ...this.#guarded(0.3), on, i, body };
  }

  #spawn(place: Place): SyncStmt {
    const fn = this.#laterFunction(place);
    if (fn === undefined) return { op: 'mark', ...this.#next() };
    return { op: 'spawn', ...this.#next(), fn, t: this.#slotOf(fn), ...this.#taskOptions() };
  }

  /** What can be done with concurrent futures. */
  #jobs(place: Place): [number, () => SyncStmt][] {
    const r = this.#r;
    const job = this.#has('job');
    const head = (): { n: number; g?: true; j: number } => ({
      ...this.#guarded(0.9),
      j: r.below(this.#p.jobs!),
    });
    const fn = this.#laterFunction(place);
    return [
      [3 * job, () => ({ op: 'jobResult', ...head(), v: r.below(10) })],
      [1.5 * job, () => ({ op: 'jobException', ...head(), err: this.#error() })],
      [1 * job, () => ({ op: 'jobCancel', ...head() })],
      [0.7 * job, () => ({ op: 'jobRuns', ...head() })],
      [0.7 * job, () => ({ op: 'jobState', ...head() })],
      [fn === undefined ? 0 : 2 * job, () => ({ op: 'threadsafe', ...head(), fn: fn! })],
    ];
  }

  /** Schedules a callback of number `from` or higher. */
  #schedule(from: number): SyncStmt {
    const r = this.#r;
    const cb = from + r.below(this.#callbacks - from);
    const h = r.below(3);
    const ctx = this.#on.has('var') && r.chance(0.3) ? { ctx: r.below(2) } : {};
    return r.weighted<() => SyncStmt>([
      [2, () => ({ op: 'callSoon', ...this.#next(), cb, h, ...ctx })],
      [0.3, () => ({ op: 'callSoon', ...this.#next(), cb, h, threadsafe: true, ...ctx })],
      [4, () => ({ op: 'callLater', ...this.#next(), cb, h, d: this.#delay(), ...ctx })],
      [1, () => ({ op: 'callAt', ...this.#next(), cb, h, d: this.#delay(), ...ctx })],
    ])();
  }

  #sync(place: Place): SyncStmt {
    const r = this.#r;
    const p = this.#p;
    const fn = this.#laterFunction(place);
    const cancel = this.#has('cancel');
    const future = p.futures > 0 ? 1 : 0;
    const callback = this.#callbacks > 0 ? 1 : 0;
    const lists: [number, () => SyncStmt][] = [
      [1.5, () => ({ op: 'mark', ...this.#next() })],
      [fn === undefined ? 0 : 4, () => this.#spawn(place)],
      [
        6 * cancel,
        () => ({
          op: 'cancel',
          ...this.#next(),
          ref: this.#ref(place),
          ...(r.chance(0.6) ? { msg: this.#message() } : {}),
        }),
      ],
      [
        1 * cancel,
        () => ({
          op: 'uncancel',
          ...this.#next(),
          ref: !place.callback && r.chance(0.6) ? { who: 'self' } : this.#ref(place),
        }),
      ],
      [
        1 * cancel,
        () => ({
          op: 'cancelling',
          ...this.#next(),
          ref: !place.callback && r.chance(0.5) ? { who: 'self' } : this.#ref(place),
        }),
      ],
      [1, () => ({ op: 'state', ...this.#next(), ref: this.#ref(place) })],
      [0.5, () => ({ op: 'result', ...this.#guarded(0.8), ref: this.#ref(place) })],
      [0.5, () => ({ op: 'exception', ...this.#guarded(0.8), ref: this.#ref(place) })],
      [
        0.2,
        () => ({ op: 'rename', ...this.#next(), ref: this.#ref(place), name: `r${r.below(3)}` }),
      ],
      [0.5, () => ({ op: 'currentTask', ...this.#next() })],
      [0.4, () => ({ op: 'allTasks', ...this.#next() })],
      [
        2 * this.#has('error') * (place.callback ? 0.4 : 1),
        () => ({ op: 'raise', ...this.#next(), err: this.#error() }),
      ],
      [
        5 * future,
        () => ({ op: 'setResult', ...this.#guarded(0.9), f: r.below(p.futures), v: r.below(10) }),
      ],
      [
        3 * future,
        () => ({
          op: 'setException',
          ...this.#guarded(0.9),
          f: r.below(p.futures),
          err: this.#error(),
        }),
      ],
      [0.5 * future, () => ({ op: 'freshFuture', ...this.#next(), f: r.below(p.futures) })],
      [
        1.2 * callback,
        () => ({
          op: 'addCallback',
          ...this.#next(),
          ref: this.#ref(place),
          cb: r.below(this.#callbacks),
          ...(this.#on.has('var') && r.chance(0.3) ? { ctx: r.below(2) } : {}),
        }),
      ],
      [
        0.7 * callback,
        () => ({
          op: 'removeCallback',
          ...this.#next(),
          ref: this.#ref(place),
          cb: r.below(this.#callbacks),
        }),
      ],
      [(place.callback ? 0 : 3) * callback, () => this.#schedule(0)],
      [0.8 * callback, () => ({ op: 'handleCancel', ...this.#next(), h: r.below(3) })],
      [0.4 * callback, () => ({ op: 'handleState', ...this.#next(), h: r.below(3) })],
      [1 * this.#has('stop'), () => ({ op: 'stop', ...this.#next() })],
      [
        p.locks > 0 ? 2 : 0,
        () => ({ op: 'release', ...this.#guarded(0.9), on: 'lock', i: r.below(p.locks) }),
      ],
      [
        p.locks > 0 ? 0.7 : 0,
        () => ({ op: 'locked', ...this.#next(), on: 'lock', i: r.below(p.locks) }),
      ],
      [
        p.sems.length > 0 ? 3 : 0,
        () => ({ op: 'release', ...this.#guarded(0.9), on: 'sem', i: r.below(p.sems.length) }),
      ],
      [
        p.sems.length > 0 ? 1 : 0,
        () => ({ op: 'locked', ...this.#next(), on: 'sem', i: r.below(p.sems.length) }),
      ],
      [p.events > 0 ? 3 : 0, () => ({ op: 'eventSet', ...this.#next(), i: r.below(p.events) })],
      [p.events > 0 ? 1 : 0, () => ({ op: 'eventClear', ...this.#next(), i: r.below(p.events) })],
      [p.events > 0 ? 0.5 : 0, () => ({ op: 'eventIsSet', ...this.#next(), i: r.below(p.events) })],
      [
        p.conds.length > 0 ? 2 : 0,
        () => ({ op: 'notify', ...this.#guarded(0.9), i: r.below(p.conds.length), k: r.below(3) }),
      ],
      [
        p.conds.length > 0 ? 1 : 0,
        () => ({ op: 'notifyAll', ...this.#guarded(0.9), i: r.below(p.conds.length) }),
      ],
      [
        p.conds.length > 0 ? 1 : 0,
        () => ({ op: 'release', ...this.#guarded(0.9), on: 'cond', i: r.below(p.conds.length) }),
      ],
      [p.conds.length > 0 ? 1 : 0, () => ({ op: 'count', ...this.#next() })],
      [
        p.barriers.length > 0 ? 1 : 0,
        () => ({ op: 'barrierState', ...this.#next(), i: r.below(p.barriers.length) }),
      ],
      [
        p.queues.length > 0 ? 3 : 0,
        () => ({
          op: 'putNowait',
          ...this.#guarded(0.9),
          i: r.below(p.queues.length),
          v: r.below(10),
        }),
      ],
      [
        p.queues.length > 0 ? 3 : 0,
        () => ({ op: 'getNowait', ...this.#guarded(0.9), i: r.below(p.queues.length) }),
      ],
      [
        p.queues.length > 0 ? 1.5 : 0,
        () => ({ op: 'taskDone', ...this.#guarded(0.9), i: r.below(p.queues.length) }),
      ],
      [
        p.queues.length > 0 ? 0.7 : 0,
        () => ({ op: 'queueState', ...this.#next(), i: r.below(p.queues.length) }),
      ],
      [
        p.queues.length > 0 ? 0.5 : 0,
        () => ({
          op: 'shutdown',
          ...this.#next(),
          i: r.below(p.queues.length),
          immediate: r.chance(0.4),
        }),
      ],
      [
        2 * this.#has('timeout'),
        () => ({
          op: 'reschedule',
          ...this.#guarded(0.9),
          w: r.below(2),
          d: r.chance(0.15) ? null : this.#delay(),
        }),
      ],
      [0.7 * this.#has('timeout'), () => ({ op: 'timeoutState', ...this.#next(), w: r.below(2) })],
      [2 * this.#has('group'), () => this.#groupSpawn(place, r.below(2))],
      [1.2 * this.#has('group'), () => ({ op: 'groupCancel', ...this.#next(), grp: r.below(2) })],
      [0.15, () => ({ op: 'report', ...this.#guarded(0.8), err: this.#error() })],
      ...this.#jobs(place),
      [
        3 * this.#has('var'),
        () => ({ op: 'varGet', ...this.#next(), g: true, v: r.below(p.vars.length) }),
      ],
      [
        3 * this.#has('var'),
        () => ({ op: 'varSet', ...this.#next(), v: r.below(p.vars.length), to: r.below(10) }),
      ],
      [
        1 * this.#has('var'),
        () => ({ op: 'varReset', ...this.#next(), g: true, v: r.below(p.vars.length) }),
      ],
      [1.5 * this.#has('var'), () => ({ op: 'ctxCopy', ...this.#next(), x: r.below(2) })],
      [
        (place.callback ? 0 : 1.5) * callback * this.#has('var'),
        () => ({
          op: 'ctxRun',
          ...this.#next(),
          g: true,
          x: r.below(2),
          cb: r.below(this.#callbacks),
        }),
      ],
    ];
    if (!place.callback) {
      lists.push(
        [
          2 * (this.#has('gather') + this.#has('shield')),
          () => ({
            op: 'store',
            ...this.#next(),
            aw: this.#storable(place),
            t: this.#ownSlot(place.fn),
          }),
        ],
        [
          fn === undefined ? 0 : 2 * this.#has('once'),
          () => ({ op: 'keep', ...this.#next(), c: place.fn, fn: fn! }),
        ],
        [
          0.4,
          () => ({
            op: 'ensure',
            ...this.#next(),
            aw: this.#aw(place, 1),
            t: this.#ownSlot(place.fn),
          }),
        ],
        [0.8, () => ({ op: 'return', ...this.#next(), v: r.below(10) })],
        [place.loop ? 0.8 : 0, () => ({ op: 'break', ...this.#next() })],
        [place.loop ? 0.4 : 0, () => ({ op: 'continue', ...this.#next() })],
        [place.handler ? 3 : 0, () => ({ op: 'reraise', ...this.#next() })],
      );
    }
    return r.weighted(lists)();
  }
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
