/**
 * Longer than most: one case for every statement of the language of random programs (program.ts), and they belong together.
 *
 * Our side of the random programs: the objects of one running program, its trace, its values and every statement
 * that does not wait. Line for line what `driver.py` does; the two interpreters add the statements that wait.
 */
import {
  type AbstractEventLoop,
  type AsCompleted,
  type Awaitable,
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  type Context,
  ContextVar,
  Event,
  ExceptionGroup,
  Future,
  type Handle,
  KeyboardInterrupt,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  Task,
  type TaskFactory,
  type TaskGroup,
  TimeoutError,
  TimerHandle,
  type Timeout,
  type Token,
  allTasks,
  copyContext,
  createTask,
  currentTask,
  eagerTaskFactory,
  ensureFuture,
  RuntimeError,
  gather,
  runCoroutineThreadsafe,
  shield,
  sleep,
  staggeredRace,
  wait,
  waitFor,
  wrapFuture,
} from '../../../src/index.ts';
import { Future as ConcurrentFuture } from '../../../src/concurrent/index.ts';
import {
  type Aw,
  type Catch,
  FUEL,
  JOBS_END,
  type Program,
  type Raise,
  type Ref,
  type Stmt,
  type SyncStmt,
  type TaskOptions,
} from './program.ts';

// Levels of nesting that are shown of a value.
const DEEPEST = 6;

export class E1 extends Error {
  static {
    this.prototype.name = 'E1';
  }
}

export class E2 extends E1 {
  static {
    this.prototype.name = 'E2';
  }
}

/** Why a block was left: nothing (its end was reached), or what Python calls break, continue, return. */
export type Left = undefined | 'break' | 'continue' | { value: number };

export type Spawn = Extract<SyncStmt, { op: 'spawn' | 'groupSpawn' }>;

export interface Frame {
  readonly label: string;
  caught: unknown;
}

export function frame(label: string): Frame {
  return { label, caught: undefined };
}

const RAISE = { E1, E2, C: CancelledError, T: TimeoutError, K: KeyboardInterrupt };

export function catches(kind: Catch, e: unknown): boolean {
  switch (kind) {
    case 'C':
      return e instanceof CancelledError;
    case 'E1':
      return e instanceof E1;
    case 'E2':
      return e instanceof E2;
    case 'T':
      return e instanceof TimeoutError;
    case 'G':
      return e instanceof ExceptionGroup;
    case 'X':
      return !(e instanceof CancelledError) && !(e instanceof KeyboardInterrupt);
    case 'B':
      return true;
  }
}

type AnyFuture = Future<unknown>;
type AnyAwaitable = Awaitable<unknown>;
type Job = ConcurrentFuture<unknown>;
type Lockable = Lock | Semaphore | Condition;

const HANDLER_KEYS = [
  'asyncgen',
  'exception',
  'future',
  'handle',
  'protocol',
  'socket',
  'task',
  'transport',
];

export class World {
  readonly loop: AbstractEventLoop;
  readonly program: Program;
  readonly trace: string[] = [];
  open = true;
  fuel = FUEL;
  main!: Task<unknown>;
  readonly timeouts = new Map<number, Timeout>();
  readonly groups = new Map<number, TaskGroup>();
  readonly locks: Lock[];
  readonly events: Event[];
  readonly conds: Condition[];
  readonly sems: Semaphore[];
  readonly barriers: Barrier[];
  readonly queues: Queue<number>[];
  counter = 0;
  #settling = 0;
  #futures: AnyFuture[] = [];
  readonly #known: Task<unknown>[] = [];
  readonly #labels = new Map<unknown, string>();
  readonly #runs = new Map<number, number>();
  readonly #slots = new Map<number, AnyFuture>();
  readonly #handles = new Map<number, Handle>();
  readonly #coroutines = new Map<number, AnyAwaitable>();
  readonly #contexts = new Map<number, Context>();
  readonly #tokens = new Map<number, Token<number>>();
  #vars: ContextVar<number>[];
  /** Every concurrent future there ever was; null when they are over. */
  #allJobs: Job[] | null = [];
  #jobs: Job[];
  readonly #callbacks: ((...args: unknown[]) => void)[];

  /** A fresh coroutine object of a function of the program. */
  readonly call: (fn: number) => AnyAwaitable;

  /** `interpret` gives what makes coroutine objects: an interpreter of the wanted kind. */
  constructor(
    program: Program,
    loop: AbstractEventLoop,
    interpret: (world: World) => (fn: number) => AnyAwaitable,
  ) {
    this.loop = loop;
    this.program = program;
    this.call = interpret(this);
    loop.setDebug(program.debug ?? false);
    this.#callbacks = program.callbacks.map((body, i) => (...args: unknown[]): void => {
      const who = frame(`c${i}`);
      this.rec(who.label, 0, 'called', args);
      for (const s of body) if (this.sync(s, who) !== undefined) return;
    });
    this.useFutures(Array.from({ length: program.futures }, () => loop.createFuture()));
    this.locks = Array.from({ length: program.locks }, () => new Lock());
    this.events = Array.from({ length: program.events }, () => new Event());
    this.conds = program.conds.map((i) =>
      i === null ? new Condition() : new Condition(this.locks[i]),
    );
    this.sems = program.sems.map((s) => new (s.bounded ? BoundedSemaphore : Semaphore)(s.value));
    this.barriers = program.barriers.map((parties) => new Barrier(parties));
    const kinds = { fifo: Queue, lifo: LifoQueue, priority: PriorityQueue };
    this.queues = program.queues.map((q) => new kinds[q.kind]<number>(q.max));
    this.#vars = program.vars.map(
      (d, i) => new ContextVar<number>(`v${i}`, d === null ? {} : { default: d }),
    );
    loop.setExceptionHandler((_loop, context) => {
      if (/never retrieved|destroyed but it is pending|never awaited/.test(context.message)) return; // said by the garbage collector
      const seen = context as unknown as Record<string, unknown>;
      const keys = HANDLER_KEYS.filter((key) => seen[key] !== undefined && seen[key] !== null);
      this.rec('!', 0, 'handler', keys.join(','), context.exception);
    });
    if (program.eager) loop.setTaskFactory(eagerTaskFactory);
    if (program.factory) loop.setTaskFactory(this.taskFactory);
    this.#jobs = this.makeJobs(program.jobs ?? 0);
  }

  // ---- the record ----

  rec(who: string, n: number, ...values: unknown[]): void {
    if (!this.open) return;
    this.trace.push(`${this.loop.time()}|${who}|${n}|${values.map((v) => this.show(v)).join(' ')}`);
  }

  /** What a slot holds; the use of an empty one is recorded, and has no other effect. */
  #find<T>(where: ReadonlyMap<number, T>, key: number, what: string): T | undefined {
    const found = where.get(key);
    if (found === undefined) this.rec('?', 0, `${what}${key} is unset`);
    return found;
  }

  readonly taskFactory: TaskFactory = (loop, body, options) => {
    const given = Object.entries(options as object).filter(
      ([, v]) => v !== undefined && v !== null,
    );
    const keys = given.map(([key]) => (key === 'eagerStart' ? 'eager_start' : key)).sort();
    this.rec('!', 0, 'factory', keys.join(','));
    return new Task(body, { ...options, loop });
  };

  /** Makes the concurrent futures of the program, and sees that none is pending for ever. */
  makeJobs(count: number): Job[] {
    if (count > 0) this.loop.callAt(JOBS_END, () => this.#endJobs());
    for (let i = 0; i < count; i++) this.#allJobs!.push(new ConcurrentFuture<unknown>());
    return [...this.#allJobs!];
  }

  #endJobs(): void {
    for (const job of this.#allJobs!) if (!job.cancel() && !job.done()) job.setResult(null);
    this.#allJobs = null;
  }

  jobState(job: Job): string {
    if (!job.done()) return job.running() ? 'running' : 'waits';
    if (job.cancelled()) return 'cancelled';
    const e = job.exception();
    return e === null ? `value ${this.show(job.result())}` : `error ${this.show(e)}`;
  }

  threadsafe(body: AnyAwaitable): Job {
    const job = runCoroutineThreadsafe(body, this.loop);
    this.#allJobs!.push(job);
    return job;
  }

  /** The program's concurrent futures, where they are not the interpreter's own. */
  useJobs(jobs: Job[]): void {
    this.#jobs = jobs;
  }

  #late(): boolean {
    if (this.#allJobs === null) this.rec('?', 0, 'too late for jobs');
    return this.#allJobs === null;
  }

  know(task: Task<unknown>): void {
    if (this.#labels.has(task)) return;
    this.#labels.set(task, `k${this.#known.length}`);
    this.#known.push(task);
  }

  show(v: unknown, depth = 0): string {
    // A gather of the results of gathers, in a loop, would be a text without end.
    if (depth > DEEPEST) return '...';
    if (v === null || v === undefined) return '-';
    if (typeof v === 'boolean' || typeof v === 'number' || typeof v === 'string') return String(v);
    if (v instanceof Error) return this.#showError(v, depth);
    if (v instanceof Future) return this.#labels.get(v) ?? 'future';
    if (Array.isArray(v)) return `[${v.map((x) => this.show(x, depth + 1)).join(' ')}]`;
    if (v instanceof Set)
      return `{${[...v]
        .map((x) => this.show(x, depth + 1))
        .sort()
        .join(' ')}}`;
    return v.constructor.name;
  }

  #showError(e: Error, depth: number): string {
    if (e instanceof ExceptionGroup)
      return `ExceptionGroup[${e.errors.map((x) => this.show(x, depth + 1)).join(' ')}]`;
    const chosen = e instanceof E1 || e instanceof CancelledError || e instanceof KeyboardInterrupt;
    const message = chosen ? `(${e.message})` : '';
    const cause = e.cause === undefined ? '' : `<${this.show(e.cause, depth + 1)}>`;
    return `${e.constructor.name}${message}${cause}`;
  }

  state(fut: AnyFuture): string {
    if (!fut.done()) return 'pending';
    if (fut.cancelled()) {
      try {
        fut.result();
      } catch (e) {
        return `cancelled ${this.show(e)}`;
      }
    }
    const e = fut.exception();
    return e === null ? `value ${this.show(fut.result())}` : `error ${this.show(e)}`;
  }

  /** The shared futures f0, f1, … */
  useFutures(futures: AnyFuture[]): void {
    this.#futures = futures;
    futures.forEach((fut, i) => this.#labels.set(fut, `f${i}`));
  }

  /** The context variables, where they are not the program's own. */
  useVars(vars: ContextVar<number>[]): void {
    this.#vars = vars;
  }

  freshFuture(i: number): AnyFuture {
    const fut: AnyFuture = this.loop.createFuture();
    this.#labels.set(fut, `f${i}'`);
    return fut;
  }

  /** A function begins: its frame, named by function and number of the run. */
  begin(fn: number): Frame {
    const run = (this.#runs.get(fn) ?? 0) + 1;
    this.#runs.set(fn, run);
    const task = currentTask();
    if (task !== null) this.know(task);
    const fr = frame(`f${fn}.${run}`);
    this.rec(fr.label, 0, 'starts in', task);
    return fr;
  }

  // ---- names and values ----

  #ref(r: Ref): AnyFuture | undefined {
    if ('f' in r) return this.#futures[r.f];
    if ('t' in r) return this.#find(this.#slots, r.t, 't');
    if (r.who === 'main') return this.main;
    const task = currentTask();
    if (task === null) this.rec('?', 0, 'no task here');
    return task ?? undefined;
  }

  error(r: Raise): Error {
    return new RAISE[r.cls](r.msg);
  }

  #context(s: { ctx?: number }): Context | undefined {
    return s.ctx === undefined ? undefined : this.#find(this.#contexts, s.ctx, 'ctx');
  }

  #taskOptions(s: TaskOptions): { name?: string; eagerStart?: boolean; context?: Context } {
    const context = this.#context(s);
    return {
      ...(s.name === undefined ? {} : { name: s.name }),
      ...(s.eager === undefined ? {} : { eagerStart: s.eager }),
      ...(context === undefined ? {} : { context }),
    };
  }

  aws(of: readonly Aw[]): AnyAwaitable[] {
    return of.map((a) => this.aw(a)).filter((x) => x !== undefined);
  }

  /** The awaitable that is meant; undefined for a slot that nothing was stored in. */
  aw(a: Aw): AnyAwaitable | undefined {
    switch (a.a) {
      case 'ref':
        return this.#ref(a.ref);
      case 'call':
        return this.call(a.fn);
      case 'sleep':
        return sleep(a.d, a.v ?? null);
      case 'task': {
        const task = createTask(this.call(a.fn), this.#taskOptions(a));
        this.know(task);
        return task;
      }
      case 'gather':
        return gather(...this.aws(a.of), { returnExceptions: a.re ?? false });
      case 'shield': {
        const of = this.aw(a.of);
        return of === undefined ? undefined : shield(of);
      }
      case 'race':
        return staggeredRace(
          a.fns.map((fn) => () => this.call(fn)),
          a.d,
        );
      case 'once':
        return this.#find(this.#coroutines, a.c, 'coro');
      case 'waitFor': {
        const of = this.aw(a.of);
        return of === undefined ? undefined : waitFor(of, a.t);
      }
      case 'wait': {
        const of = this.aws(a.of) as AnyFuture[];
        if (of.length === 0) {
          // Ours refuses an empty collection at the call, CPython when the coroutine runs.
          this.rec('?', 0, 'nothing to wait for');
          return undefined;
        }
        const options = { returnWhen: a.rw, ...(a.t === undefined ? {} : { timeout: a.t }) };
        return wait(of, options);
      }
      case 'acquire':
        return this.lockable(a.on, a.i).acquire();
      case 'eventWait':
        return this.events[a.i]!.wait();
      case 'condWait':
        return this.conds[a.i]!.wait();
      case 'condWaitFor':
        return this.conds[a.i]!.waitFor(() => this.counter >= a.atLeast);
      case 'barrierWait':
        return this.barriers[a.i]!.wait();
      case 'put':
        return this.queues[a.i]!.put(a.v);
      case 'get':
        return this.queues[a.i]!.get();
      case 'join':
        return this.queues[a.i]!.join();
      case 'wrap':
        return this.#late() ? undefined : wrapFuture(this.#jobs[a.j]!);
    }
  }

  lockable(on: 'lock' | 'sem' | 'cond', i: number): Lockable {
    return (on === 'lock' ? this.locks : on === 'sem' ? this.sems : this.conds)[i]!;
  }

  // ---- statements that do not wait ----

  /** Takes one unit of fuel; false when there is none left, or the program is over. */
  burn(): boolean {
    if (this.fuel <= 0 || !this.open) {
      if (this.fuel === 0) {
        this.fuel = -1;
        this.rec('?', 0, 'out of fuel');
      }
      return false;
    }
    this.fuel--;
    return true;
  }

  sync(s: SyncStmt, fr: Frame): Left {
    if (!this.burn()) return undefined;
    if (!s.g) return this.#perform(s, fr);
    try {
      return this.#perform(s, fr);
    } catch (e) {
      this.rec(fr.label, s.n, 'threw', e);
      return undefined;
    }
  }

  #perform(s: SyncStmt, fr: Frame): Left {
    switch (s.op) {
      case 'raise':
        throw this.error(s.err);
      case 'reraise':
        if (fr.caught !== undefined) throw fr.caught;
        return undefined;
      case 'return':
        return { value: s.v };
      case 'break':
      case 'continue':
        return s.op;
      default: {
        const seen = this.#effect(s);
        if (seen !== undefined) this.rec(fr.label, s.n, ...seen);
        return undefined;
      }
    }
  }

  /** Does what a statement says, and gives what there is to record of it: nothing where it named an empty slot. */
  #effect(
    s: Exclude<SyncStmt, { op: 'raise' | 'reraise' | 'return' | 'break' | 'continue' }>,
  ): unknown[] | undefined {
    switch (s.op) {
      case 'mark':
        return ['mark'];
      case 'count':
        return ['counter', ++this.counter];
      case 'spawn':
      case 'groupSpawn': {
        const task = this.start(s);
        return task && this.spawned(s.t, task);
      }
      case 'groupCancel': {
        const group = this.#find(this.groups, s.grp, 'tg');
        return group && ['group cancelled', group.cancel()];
      }
      case 'store': {
        const aw = this.aw(s.aw) as AnyFuture | undefined;
        if (aw === undefined) return undefined;
        this.#slots.set(s.t, aw);
        return ['stored', done(aw)];
      }
      case 'keep':
        this.#coroutines.set(s.c, this.call(s.fn));
        return ['kept'];
      case 'ensure': {
        const aw = this.aw(s.aw);
        if (aw === undefined) return undefined;
        const fut = ensureFuture(aw);
        this.#slots.set(s.t, fut);
        return ['ensured', done(fut)];
      }
      case 'cancel':
        return this.#onRef(s.ref, (fut) => [
          'cancel',
          fut,
          s.msg === undefined ? fut.cancel() : fut.cancel(s.msg),
        ]);
      case 'uncancel':
        return this.#onTask(s.ref, (task) => ['uncancel', task.uncancel()]);
      case 'cancelling':
        return this.#onTask(s.ref, (task) => ['cancelling', task.cancelling()]);
      case 'state':
        return this.#onRef(s.ref, (fut) => ['state', this.state(fut)]);
      case 'result':
        return this.#onRef(s.ref, (fut) => ['result', fut.result()]);
      case 'exception':
        return this.#onRef(s.ref, (fut) => ['exception', fut.exception()]);
      case 'rename':
        return this.#onTask(s.ref, (task) => ['renamed', task.setName(s.name)]);
      case 'setResult':
        return ['set', this.#futures[s.f]!.setResult(s.v)];
      case 'setException':
        return ['set', this.#futures[s.f]!.setException(this.error(s.err))];
      case 'freshFuture':
        return ['fresh', (this.#futures[s.f] = this.freshFuture(s.f))];
      case 'addCallback':
        return this.#onRef(s.ref, (fut) => {
          const context = this.#context(s);
          return [
            'added',
            fut.addDoneCallback(this.#callbacks[s.cb]!, context === undefined ? {} : { context }),
          ];
        });
      case 'removeCallback':
        return this.#onRef(s.ref, (fut) => [
          'removed',
          fut.removeDoneCallback(this.#callbacks[s.cb]!),
        ]);
      case 'callSoon': {
        const cb = this.#bound(s);
        this.#handles.set(
          s.h,
          s.threadsafe ? this.loop.callSoonThreadsafe(cb, s.n) : this.loop.callSoon(cb, s.n),
        );
        return ['scheduled'];
      }
      case 'callLater':
        this.#handles.set(s.h, this.loop.callLater(s.d, this.#bound(s), s.n));
        return ['scheduled'];
      case 'callAt':
        this.#handles.set(s.h, this.loop.callAt(this.loop.time() + s.d, this.#bound(s), s.n));
        return ['scheduled'];
      case 'handleCancel': {
        const handle = this.#find(this.#handles, s.h, 'handle');
        return handle && ['cancelled', handle.cancel()];
      }
      case 'handleState': {
        const handle = this.#find(this.#handles, s.h, 'handle');
        return (
          handle && [
            'handle',
            handle.cancelled(),
            handle instanceof TimerHandle ? handle.when() : null,
          ]
        );
      }
      case 'currentTask': {
        const task = currentTask(this.loop);
        return ['current', task, task && taskName(task)];
      }
      case 'allTasks':
        return ['all', allTasks(this.loop)];
      case 'stop':
        return ['stop', this.loop.stop()];
      case 'release':
        return ['released', this.lockable(s.on, s.i).release()];
      case 'locked':
        return ['locked', this.lockable(s.on, s.i).locked()];
      case 'eventSet':
        return ['set', this.events[s.i]!.set()];
      case 'eventClear':
        return ['cleared', this.events[s.i]!.clear()];
      case 'eventIsSet':
        return ['is set', this.events[s.i]!.isSet()];
      case 'notify':
        return ['notified', this.conds[s.i]!.notify(s.k)];
      case 'notifyAll':
        return ['notified', this.conds[s.i]!.notifyAll()];
      case 'barrierState': {
        const b = this.barriers[s.i]!;
        return ['barrier', b.nWaiting, b.parties, b.broken];
      }
      case 'putNowait':
        return ['put', this.queues[s.i]!.putNowait(s.v)];
      case 'getNowait':
        return ['got', this.queues[s.i]!.getNowait()];
      case 'taskDone':
        return ['task done', this.queues[s.i]!.taskDone()];
      case 'queueState': {
        const q = this.queues[s.i]!;
        return ['queue', q.qsize(), q.empty(), q.full()];
      }
      case 'shutdown':
        return ['shut down', this.queues[s.i]!.shutdown(s.immediate)];
      case 'reschedule': {
        const tm = this.#find(this.timeouts, s.w, 'tm');
        return tm && ['rescheduled', tm.reschedule(s.d === null ? null : this.loop.time() + s.d)];
      }
      case 'timeoutState': {
        const tm = this.#find(this.timeouts, s.w, 'tm');
        return tm && ['timeout', tm.when(), tm.expired()];
      }
      case 'varGet':
        return ['var', this.#vars[s.v]!.get()];
      case 'varSet':
        this.#tokens.set(s.v, this.#vars[s.v]!.set(s.to));
        return ['var set'];
      case 'varReset': {
        const token = this.#find(this.#tokens, s.v, 'token');
        return token && ['var reset', this.#vars[s.v]!.reset(token)];
      }
      case 'ctxCopy':
        this.#contexts.set(s.x, copyContext());
        return ['copied'];
      case 'ctxRun': {
        const context = this.#find(this.#contexts, s.x, 'ctx');
        return context && ['ran', context.run(this.#callbacks[s.cb]!, s.n)];
      }
      case 'report':
        return ['reported', this.report(this.error(s.err))];
      case 'jobResult':
        return ['job ends', this.#jobs[s.j]!.setResult(s.v)];
      case 'jobException':
        return ['job ends', this.#jobs[s.j]!.setException(this.error(s.err))];
      case 'jobCancel':
        return ['job cancel', this.#jobs[s.j]!.cancel()];
      case 'jobRuns':
        return ['job runs', this.#jobs[s.j]!.setRunningOrNotifyCancel()];
      case 'jobState':
        return ['job', this.jobState(this.#jobs[s.j]!)];
      case 'threadsafe':
        if (this.#late()) return undefined;
        this.#jobs[s.j] = this.threadsafe(this.call(s.fn));
        return ['sent'];
    }
  }

  report(e: Error): void {
    this.loop.callExceptionHandler({ message: 'reported', exception: e });
  }

  /**
   * Starts an async function eagerly and lets microtasks pass until nothing more happens: it is at its first wait, or at its end, and so
   * are others that it started in turn. The loop runs nothing meanwhile.
   */
  async settled(start: () => void): Promise<void> {
    const level = ++this.#settling;
    try {
      start();
      let seen = '';
      for (let quiet = 0; quiet < 100; quiet++) {
        await Promise.resolve();
        const now = `${this.#settling > level} ${this.trace.length} ${this.fuel}`;
        if (now !== seen || this.#settling > level) quiet = 0;
        seen = now;
      }
    } finally {
      this.#settling--;
    }
  }

  /** Makes the task of a statement; undefined where its group is unknown. */
  start(s: Spawn): Task<unknown> | undefined {
    if (s.op === 'spawn') return createTask(this.call(s.fn), this.#taskOptions(s));
    return this.#find(this.groups, s.grp, 'tg')?.createTask(this.call(s.fn), this.#taskOptions(s));
  }

  /** Stores a task that was started, and gives what there is to record. */
  spawned(slot: number, task: Task<unknown>): unknown[] {
    this.know(task);
    this.#slots.set(slot, task);
    return ['spawned', task, done(task)];
  }

  /** A callback, to run in the context that the statement names. */
  #bound(s: { cb: number; ctx?: number }): (...args: unknown[]) => void {
    const callback = this.#callbacks[s.cb]!;
    return this.#context(s)?.bind(callback) ?? callback;
  }

  #onRef(ref: Ref, use: (fut: AnyFuture) => unknown[]): unknown[] | undefined {
    const fut = this.#ref(ref);
    return fut && use(fut);
  }

  #onTask(ref: Ref, use: (task: Task<unknown>) => unknown[]): unknown[] | undefined {
    const task = this.#ref(ref);
    if (task instanceof Task) return use(task);
    if (task !== undefined) this.rec('?', 0, 'no task');
    return undefined;
  }

  // ---- the whole program ----

  async #phase(name: string, fut: AnyFuture): Promise<void> {
    try {
      const value = await this.loop.runUntilComplete(fut);
      this.rec('*', 0, name, 'gives', value);
    } catch (e) {
      if (fut.done()) this.rec('*', 0, name, 'throws', e);
      else if (e instanceof KeyboardInterrupt) {
        this.rec('*', 0, name, 'is interrupted', e);
        await this.#phase(name, fut);
      } else if (e instanceof RuntimeError && e.message.startsWith('Deadlock'))
        this.rec('*', 0, name, 'deadlocks');
      else if (e instanceof RuntimeError && e.message.includes('stopped before'))
        this.rec('*', 0, name, 'is stopped');
      else throw e;
    }
  }

  #endOfPhase(): void {
    this.#futures.forEach((fut, i) => this.rec('*', 0, `f${i}`, this.state(fut)));
    this.#jobs.forEach((job, i) => this.rec('*', 0, `j${i}`, this.jobState(job)));
    for (const task of this.#known) {
      this.rec('*', 0, task, this.state(task), task.cancelling(), taskName(task));
      const context = task.getContext();
      const values = this.#vars.map((v) => context.get(v));
      if (values.length > 0) this.rec('*', 0, task, 'context', values);
    }
  }

  /** Runs the program; cancels what main left behind, and runs that too. Gives the trace. */
  async run(): Promise<string[]> {
    this.main = new Task(this.call(0), { loop: this.loop });
    this.know(this.main);
    await this.#phase('main', this.main);
    this.#endOfPhase();
    const rest = this.#known.filter((task) => !task.done());
    if (rest.length > 0) {
      for (const task of rest) task.cancel('end');
      const all = new Task(
        function* () {
          yield* gather(...rest, { returnExceptions: true });
        },
        { loop: this.loop },
      );
      await this.#phase('rest', all);
      this.#endOfPhase();
    }
    this.open = false;
    return this.trace;
  }
}

function done(fut: AnyFuture): string {
  return fut.done() ? 'done' : 'pending';
}

/** The name that the program gave; numbered names depend on what ran before. */
function taskName(task: Task<unknown>): string | null {
  const name = task.getName();
  return name.startsWith('Task-') ? null : name;
}

/**
 * The iterator without its `return`: leaving our `asCompleted` loop early stops its timer, which CPython's does not.
 * With a timeout the two would jump to different deadlines later on.
 */
export function unclosed(
  all: AsCompleted<unknown>,
): Pick<AsCompleted<unknown>, typeof Symbol.iterator | typeof Symbol.asyncIterator> {
  return {
    [Symbol.iterator]: () => withoutReturn(all[Symbol.iterator]()),
    [Symbol.asyncIterator]: () => withoutReturn(all[Symbol.asyncIterator]()),
  } as AsCompleted<unknown>;
}

function withoutReturn(it: { next(): unknown }): unknown {
  return { next: () => it.next() };
}

/** The handler of a `try` that catches an error. */
export function handlerFor(s: Extract<Stmt, { op: 'try' }>, e: unknown): Stmt[] | undefined {
  return s.handlers.find((h) => catches(h.catch, e))?.body;
}
