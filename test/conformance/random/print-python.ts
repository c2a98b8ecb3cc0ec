/**
 * Prints a program as readable Python. What is printed is the program: `run_printed` in driver.py executes it, and a
 * test compares its trace with the interpreter's. (Where the trace says that a slot was empty the printed line would throw instead.)
 *
 * Longer than most files: one case for every statement of the language (program.ts).
 */
import type { Aw, Program, Raise, Ref, Stmt, SyncStmt, TaskOptions } from './program.ts';
import { isAsync } from './program.ts';
import { usedNames } from './print-common.ts';

const ERRORS = {
  E1: 'E1',
  E2: 'E2',
  C: 'asyncio.CancelledError',
  T: 'TimeoutError',
  K: 'KeyboardInterrupt',
};
const CATCHES = { ...ERRORS, G: 'ExceptionGroup', X: 'Exception', B: 'BaseException' };

export function printPython(p: Program): string {
  const out = new Python();
  out.header(p);
  p.callbacks.forEach((body, i) => {
    out.line('');
    out.line(`@callback(${i})`);
    out.line(`def cb${i}(me):`);
    out.block(body);
  });
  // A function starts only functions behind it, so main comes last.
  for (let i = p.functions.length - 1; i >= 0; i--) {
    out.line('');
    out.line(`@function(${i})`);
    out.line(`async def fn${i}(me):${i === 0 ? '  # main' : ''}`);
    out.block(p.functions[i]!);
  }
  return out.text();
}

class Python {
  readonly #lines: string[] = [];
  #depth = 0;
  /** The variables of the handlers around this place. */
  readonly #caught: string[] = [];

  text(): string {
    return this.#lines.join('\n');
  }

  line(text: string): void {
    this.#lines.push(text === '' ? '' : `${'    '.repeat(this.#depth)}${text}`);
  }

  header(p: Program): void {
    const list = (name: string, items: string[]): void => {
      if (items.length > 0) this.line(`${name} = [${items.join(', ')}]`);
    };
    list(
      'fut',
      Array.from({ length: p.futures }, () => 'loop.create_future()'),
    );
    list(
      'lock',
      Array.from({ length: p.locks }, () => 'asyncio.Lock()'),
    );
    list(
      'event',
      Array.from({ length: p.events }, () => 'asyncio.Event()'),
    );
    list(
      'cond',
      p.conds.map((i) => (i === null ? 'asyncio.Condition()' : `asyncio.Condition(lock[${i}])`)),
    );
    list(
      'sem',
      p.sems.map((s) => `asyncio.${s.bounded ? 'BoundedSemaphore' : 'Semaphore'}(${s.value})`),
    );
    list(
      'barrier',
      p.barriers.map((n) => `asyncio.Barrier(${n})`),
    );
    const kinds = { fifo: 'Queue', lifo: 'LifoQueue', priority: 'PriorityQueue' };
    list(
      'queue',
      p.queues.map((q) => `asyncio.${kinds[q.kind]}(${q.max})`),
    );
    list(
      'var',
      p.vars.map((d, i) => `ContextVar('v${i}'${d === null ? '' : `, default=${d}`})`),
    );
    const slots = usedNames(p);
    for (const name of slots) this.line(`${name} = {}`);
    if (p.eager) this.line('loop.set_task_factory(asyncio.eager_task_factory)');
    if (p.factory) this.line('loop.set_task_factory(task_factory)');
    if (p.jobs) this.line(`job = make_jobs(${p.jobs})`);
  }

  block(stmts: readonly Stmt[]): void {
    this.#depth++;
    const before = this.#lines.length;
    for (const s of stmts) {
      if (!s.g) {
        this.#statement(s);
        continue;
      }
      this.line('try:');
      this.#depth++;
      this.#statement(s);
      this.#depth--;
      this.line(`except ${isAsync(s) ? 'Exception' : 'BaseException'} as e:`);
      this.line(`    log(me, ${s.n}, 'threw', e)`);
    }
    if (this.#lines.length === before) this.line('pass');
    this.#depth--;
  }

  #statement(s: Stmt): void {
    const log = (...values: string[]): string => `log(me, ${[s.n, ...values].join(', ')})`;
    switch (s.op) {
      case 'await':
        this.line(log(`await ${this.#aw(s.aw)}`));
        return;
      case 'turn':
        this.line('await asyncio.sleep(0)');
        this.line(log(`'turn'`));
        return;
      case 'native':
        this.line(log(`'native'`));
        return;
      case 'asCompleted': {
        const all = `asyncio.as_completed([${s.of.map((a) => this.#aw(a)).join(', ')}]${s.t === undefined ? '' : `, timeout=${s.t}`})`;
        this.line(`${s.async ? 'async ' : ''}for x${s.n} in ${all}:`);
        this.#depth++;
        if (s.async) this.line(log(`'next'`, `x${s.n}`, `state(x${s.n})`));
        else {
          this.line('try:');
          this.line(`    ${log(`'next'`, `await x${s.n}`)}`);
          this.line('except Exception as e:');
          this.line(`    ${log(`'next'`, 'e')}`);
        }
        this.#depth--;
        if (s.body.length > 0) this.block(s.body);
        return;
      }
      case 'timeout': {
        const when = s.d === null ? 'None' : s.at ? `loop.time() + ${s.d}` : `${s.d}`;
        this.line(`cm${s.n} = asyncio.${s.at ? 'timeout_at' : 'timeout'}(${when})`);
        this.line('try:');
        this.line(`    async with cm${s.n}:`);
        this.#depth++;
        this.line(`    tm[${s.w}] = cm${s.n}`);
        if (s.body.length > 0) this.block(s.body);
        this.#depth--;
        this.line('finally:');
        this.line(`    ${log(`'expired'`, `cm${s.n}.expired()`)}`);
        return;
      }
      case 'group':
        // `TaskGroup` is asyncio's with the `cancel()` of 3.15.
        this.line(`tg${s.n} = TaskGroup()`);
        if (s.early) this.line(`tg${s.n}.cancel()`);
        this.line(`async with tg${s.n}:`);
        this.line(`    tg[${s.grp}] = tg${s.n}`);
        if (s.body.length > 0) this.block(s.body);
        this.line(log(`'group ends'`));
        return;
      case 'with':
        this.line(`async with ${s.on}[${s.i}] as got:`);
        this.line(`    ${log(`'in'`, 'got')}`);
        if (s.body.length > 0) this.block(s.body);
        this.line(log(`'out'`));
        return;
      case 'barrierReset':
        this.line(`await barrier[${s.i}].reset()`);
        this.line(log(`'reset'`));
        return;
      case 'barrierAbort':
        this.line(`await barrier[${s.i}].abort()`);
        this.line(log(`'abort'`));
        return;
      case 'try': {
        this.line('try:');
        this.block(s.body);
        s.handlers.forEach((h, i) => {
          const name = `e${s.n}${i === 0 ? '' : `_${i}`}`;
          this.line(`except ${CATCHES[h.catch]} as ${name}:`);
          this.line(`    log(me, ${s.n}, 'caught', ${name})`);
          this.#caught.push(name);
          if (h.body.length > 0) this.block(h.body);
          this.#caught.pop();
        });
        if (s.fin) {
          this.line('finally:');
          this.line(`    ${log(`'finally'`)}`);
          if (s.fin.length > 0) this.block(s.fin);
        }
        return;
      }
      case 'loop':
        this.line(`for _ in range(${s.times}):`);
        this.block(s.body);
        return;
      case 'raise':
        this.line(`raise ${this.#error(s.err)}`);
        return;
      case 'reraise': {
        const name = this.#caught.at(-1);
        this.line(name === undefined ? 'pass' : `raise ${name}`);
        return;
      }
      case 'return':
        this.line(`return ${s.v}`);
        return;
      case 'break':
      case 'continue':
        this.line(s.op);
        return;
      default: {
        const [before, ...values] = this.#effect(s);
        if (before !== '') this.line(before);
        this.line(log(...values));
      }
    }
  }

  /** A statement that does not wait: a line before the record ('' for none), and the values of the record. */
  #effect(
    s: Exclude<SyncStmt, { op: 'raise' | 'reraise' | 'return' | 'break' | 'continue' }>,
  ): [string, ...string[]] {
    const ref = 'ref' in s ? this.#ref(s.ref) : '';
    switch (s.op) {
      case 'mark':
        return ['', `'mark'`];
      case 'count':
        return ['', `'counter'`, 'count()'];
      case 'spawn':
        return [
          `t[${s.t}] = create_task(fn${s.fn}()${this.#options(s)})`,
          `'spawned'`,
          `t[${s.t}]`,
          `done(t[${s.t}])`,
        ];
      case 'groupSpawn':
        return [
          `t[${s.t}] = know(tg[${s.grp}].create_task(fn${s.fn}()${this.#options(s)}))`,
          `'spawned'`,
          `t[${s.t}]`,
          `done(t[${s.t}])`,
        ];
      case 'groupCancel':
        return ['', `'group cancelled'`, `tg[${s.grp}].cancel()`];
      case 'store':
        return [`t[${s.t}] = ${this.#aw(s.aw)}`, `'stored'`, `done(t[${s.t}])`];
      case 'keep':
        return [`coro[${s.c}] = fn${s.fn}()`, `'kept'`];
      case 'ensure':
        return [
          `t[${s.t}] = asyncio.ensure_future(${this.#aw(s.aw)})`,
          `'ensured'`,
          `done(t[${s.t}])`,
        ];
      case 'cancel':
        return ['', `'cancel'`, ref, `${ref}.cancel(${s.msg === undefined ? '' : `'${s.msg}'`})`];
      case 'uncancel':
        return ['', `'uncancel'`, `${ref}.uncancel()`];
      case 'cancelling':
        return ['', `'cancelling'`, `${ref}.cancelling()`];
      case 'state':
        return ['', `'state'`, `state(${ref})`];
      case 'result':
        return ['', `'result'`, `${ref}.result()`];
      case 'exception':
        return ['', `'exception'`, `${ref}.exception()`];
      case 'rename':
        return ['', `'renamed'`, `${ref}.set_name('${s.name}')`];
      case 'setResult':
        return ['', `'set'`, `fut[${s.f}].set_result(${s.v})`];
      case 'setException':
        return ['', `'set'`, `fut[${s.f}].set_exception(${this.#error(s.err)})`];
      case 'freshFuture':
        return [`fut[${s.f}] = fresh(${s.f})`, `'fresh'`, `fut[${s.f}]`];
      case 'addCallback':
        return ['', `'added'`, `${ref}.add_done_callback(cb${s.cb}${this.#context(s.ctx)})`];
      case 'removeCallback':
        return ['', `'removed'`, `${ref}.remove_done_callback(cb${s.cb})`];
      case 'callSoon':
        return [
          `handle[${s.h}] = loop.call_soon${s.threadsafe ? '_threadsafe' : ''}(cb${s.cb}, ${s.n}${this.#context(s.ctx)})`,
          `'scheduled'`,
        ];
      case 'callLater':
        return [
          `handle[${s.h}] = loop.call_later(${s.d}, cb${s.cb}, ${s.n}${this.#context(s.ctx)})`,
          `'scheduled'`,
        ];
      case 'callAt':
        return [
          `handle[${s.h}] = loop.call_at(loop.time() + ${s.d}, cb${s.cb}, ${s.n}${this.#context(s.ctx)})`,
          `'scheduled'`,
        ];
      case 'handleCancel':
        return ['', `'cancelled'`, `handle[${s.h}].cancel()`];
      case 'handleState':
        return ['', `'handle'`, `*handle_state(handle[${s.h}])`];
      case 'currentTask':
        return ['', `'current'`, 'asyncio.current_task(loop)', 'name(asyncio.current_task(loop))'];
      case 'allTasks':
        return ['', `'all'`, 'asyncio.all_tasks(loop)'];
      case 'stop':
        return ['', `'stop'`, 'loop.stop()'];
      case 'release':
        return ['', `'released'`, `${s.on}[${s.i}].release()`];
      case 'locked':
        return ['', `'locked'`, `${s.on}[${s.i}].locked()`];
      case 'eventSet':
        return ['', `'set'`, `event[${s.i}].set()`];
      case 'eventClear':
        return ['', `'cleared'`, `event[${s.i}].clear()`];
      case 'eventIsSet':
        return ['', `'is set'`, `event[${s.i}].is_set()`];
      case 'notify':
        return ['', `'notified'`, `cond[${s.i}].notify(${s.k})`];
      case 'notifyAll':
        return ['', `'notified'`, `cond[${s.i}].notify_all()`];
      case 'barrierState':
        return [
          '',
          `'barrier'`,
          ...['n_waiting', 'parties', 'broken'].map((x) => `barrier[${s.i}].${x}`),
        ];
      case 'putNowait':
        return ['', `'put'`, `queue[${s.i}].put_nowait(${s.v})`];
      case 'getNowait':
        return ['', `'got'`, `queue[${s.i}].get_nowait()`];
      case 'taskDone':
        return ['', `'task done'`, `queue[${s.i}].task_done()`];
      case 'queueState':
        return ['', `'queue'`, ...['qsize', 'empty', 'full'].map((x) => `queue[${s.i}].${x}()`)];
      case 'shutdown':
        return ['', `'shut down'`, `queue[${s.i}].shutdown(${s.immediate ? 'True' : 'False'})`];
      case 'reschedule':
        return [
          '',
          `'rescheduled'`,
          `tm[${s.w}].reschedule(${s.d === null ? 'None' : `loop.time() + ${s.d}`})`,
        ];
      case 'timeoutState':
        return ['', `'timeout'`, `tm[${s.w}].when()`, `tm[${s.w}].expired()`];
      case 'varGet':
        return ['', `'var'`, `var[${s.v}].get()`];
      case 'varSet':
        return [`token[${s.v}] = var[${s.v}].set(${s.to})`, `'var set'`];
      case 'varReset':
        return ['', `'var reset'`, `var[${s.v}].reset(token[${s.v}])`];
      case 'ctxCopy':
        return [`ctx[${s.x}] = copy_context()`, `'copied'`];
      case 'ctxRun':
        return ['', `'ran'`, `ctx[${s.x}].run(cb${s.cb}, ${s.n})`];
      case 'report':
        return ['', `'reported'`, `report(${this.#error(s.err)})`];
      case 'jobResult':
        return ['', `'job ends'`, `job[${s.j}].set_result(${s.v})`];
      case 'jobException':
        return ['', `'job ends'`, `job[${s.j}].set_exception(${this.#error(s.err)})`];
      case 'jobCancel':
        return ['', `'job cancel'`, `job[${s.j}].cancel()`];
      case 'jobRuns':
        return ['', `'job runs'`, `job[${s.j}].set_running_or_notify_cancel()`];
      case 'jobState':
        return ['', `'job'`, `job_state(job[${s.j}])`];
      case 'threadsafe':
        return [`job[${s.j}] = threadsafe(fn${s.fn}())`, `'sent'`];
    }
  }

  #ref(r: Ref): string {
    if ('f' in r) return `fut[${r.f}]`;
    if ('t' in r) return `t[${r.t}]`;
    return r.who === 'main' ? 'main()' : 'asyncio.current_task()';
  }

  #error(r: Raise): string {
    return `${ERRORS[r.cls]}('${r.msg}')`;
  }

  #context(ctx: number | undefined): string {
    return ctx === undefined ? '' : `, context=ctx[${ctx}]`;
  }

  #options(s: TaskOptions): string {
    const name = s.name === undefined ? '' : `, name='${s.name}'`;
    const eager = s.eager === undefined ? '' : `, eager_start=${s.eager ? 'True' : 'False'}`;
    return `${this.#context(s.ctx)}${name}${eager}`;
  }

  #aw(a: Aw): string {
    switch (a.a) {
      case 'ref':
        return this.#ref(a.ref);
      case 'call':
        return `fn${a.fn}()`;
      case 'sleep':
        return `asyncio.sleep(${a.d}${a.v === undefined ? '' : `, ${a.v}`})`;
      case 'task':
        return `create_task(fn${a.fn}()${this.#options(a)})`;
      case 'gather': {
        const args = [...a.of.map((x) => this.#aw(x)), ...(a.re ? ['return_exceptions=True'] : [])];
        return `asyncio.gather(${args.join(', ')})`;
      }
      case 'shield':
        return `asyncio.shield(${this.#aw(a.of)})`;
      case 'race':
        return `staggered_race([${a.fns.map((fn) => `fn${fn}`).join(', ')}], ${a.d ?? 'None'})`;
      case 'once':
        return `coro[${a.c}]`;
      case 'waitFor':
        return `asyncio.wait_for(${this.#aw(a.of)}, ${a.t ?? 'None'})`;
      case 'wait': {
        const t = a.t === undefined ? '' : `, timeout=${a.t}`;
        const rw = a.rw === 'ALL_COMPLETED' ? '' : `, return_when=asyncio.${a.rw}`;
        return `asyncio.wait([${a.of.map((x) => this.#aw(x)).join(', ')}]${t}${rw})`;
      }
      case 'acquire':
        return `${a.on}[${a.i}].acquire()`;
      case 'eventWait':
        return `event[${a.i}].wait()`;
      case 'condWait':
        return `cond[${a.i}].wait()`;
      case 'condWaitFor':
        return `cond[${a.i}].wait_for(lambda: counter() >= ${a.atLeast})`;
      case 'barrierWait':
        return `barrier[${a.i}].wait()`;
      case 'put':
        return `queue[${a.i}].put(${a.v})`;
      case 'get':
        return `queue[${a.i}].get()`;
      case 'join':
        return `queue[${a.i}].join()`;
      case 'wrap':
        return `asyncio.wrap_future(job[${a.j}])`;
    }
  }
}
