/**
 * Prints a program as readable TypeScript of either kind; `printed.ts` executes it. It is the twin of print-python.ts: the same names,
 * the same records. Where a body inside of `asyncWith` is left by `return`, `break` or `continue`, the printed program hands the reason out.
 *
 * Longer than most files: one case for every statement of the language (program.ts).
 */
import type { Aw, Program, Raise, Ref, Stmt, SyncStmt, TaskOptions } from './program.ts';
import { isAsync } from './program.ts';
import { type Kind, isAsyncFunction } from './ours.ts';
import { leaves, usedNames } from './print-common.ts';

const ERRORS = {
  E1: 'E1',
  E2: 'E2',
  C: 'CancelledError',
  T: 'TimeoutError',
  K: 'KeyboardInterrupt',
};
/** What Python's `except Exception` lets pass. */
const NO_EXCEPTION = 'e instanceof CancelledError || e instanceof KeyboardInterrupt';
const CATCHES = { ...ERRORS, G: 'ExceptionGroup' };

export function printTypeScript(p: Program, kind: Kind): string {
  const out = new TypeScript();
  out.header(p);
  p.callbacks.forEach((body, i) => {
    out.line('');
    out.line(`const cb${i} = callback(${i}, (me) => {`);
    out.block(body);
    out.line('});');
  });
  for (let i = p.functions.length - 1; i >= 0; i--) {
    out.begin(isAsyncFunction(kind, i));
    out.line('');
    out.line(`const fn${i} = func(${i}, ${out.fn('me')}${i === 0 ? ' // main' : ''}`);
    out.block(p.functions[i]!);
    out.line('});');
  }
  return out.text();
}

/** How a block is left at this place: by JavaScript's own statements, or by the value of the function around it. */
type Place = { closure: boolean; inLoop: boolean };

class TypeScript {
  /** Whether the function that is being printed is an async function. */
  #async = false;
  #wait = 'yield*';
  readonly #lines: string[] = [];
  readonly #caught: string[] = [];
  #place: Place = { closure: false, inLoop: false };
  #depth = 0;

  begin(isAsync: boolean): void {
    this.#async = isAsync;
    this.#wait = isAsync ? 'await' : 'yield*';
  }

  text(): string {
    return this.#lines.join('\n');
  }

  line(text: string): void {
    this.#lines.push(text === '' ? '' : `${'  '.repeat(this.#depth)}${text}`);
  }

  /** The head of a function. */
  fn(parameter: string): string {
    return this.#async ? `async (${parameter}) => {` : `function* (${parameter}) {`;
  }

  header(p: Program): void {
    const list = (name: string, items: string[]): void => {
      if (items.length > 0) this.line(`const ${name} = [${items.join(', ')}];`);
    };
    list(
      'fut',
      Array.from({ length: p.futures }, () => 'loop.createFuture()'),
    );
    list(
      'lock',
      Array.from({ length: p.locks }, () => 'new Lock()'),
    );
    list(
      'event',
      Array.from({ length: p.events }, () => 'new Event()'),
    );
    list(
      'cond',
      p.conds.map((i) => (i === null ? 'new Condition()' : `new Condition(lock[${i}])`)),
    );
    list(
      'sem',
      p.sems.map((s) => `new ${s.bounded ? 'BoundedSemaphore' : 'Semaphore'}(${s.value})`),
    );
    list(
      'barrier',
      p.barriers.map((n) => `new Barrier(${n})`),
    );
    const kinds = { fifo: 'Queue', lifo: 'LifoQueue', priority: 'PriorityQueue' };
    list(
      'queue',
      p.queues.map((q) => `new ${kinds[q.kind]}(${q.max})`),
    );
    list(
      'cvar',
      p.vars.map((d, i) => `new ContextVar('v${i}'${d === null ? '' : `, { default: ${d} }`})`),
    );
    for (const name of usedNames(p)) this.line(`const ${name} = [];`);
    if (p.eager) this.line('loop.setTaskFactory(eagerTaskFactory);');
    if (p.factory) this.line('loop.setTaskFactory(taskFactory);');
    if (p.jobs) this.line(`const job = makeJobs(${p.jobs});`);
  }

  block(stmts: readonly Stmt[]): void {
    this.#depth++;
    for (const s of stmts) {
      if (!s.g) {
        this.#statement(s);
        continue;
      }
      this.line('try {');
      this.#depth++;
      this.#statement(s);
      this.#depth--;
      this.line('} catch (e) {');
      if (isAsync(s)) this.line(`  if (${NO_EXCEPTION}) throw e;`);
      this.line(`  log(me, ${s.n}, 'threw', e);`);
      this.line('}');
    }
    this.#depth--;
  }

  #inner(stmts: readonly Stmt[], place: Partial<Place>): void {
    const before = this.#place;
    this.#place = { ...before, ...place };
    this.block(stmts);
    this.#place = before;
  }

  /** `asyncWith(cm, body)` or the like, `call` up to its body; and what follows from how the body was left. */
  #with(
    s: { n: number; body: Stmt[] },
    call: string,
    parameter: string,
    first: string[],
    after: string | undefined,
  ): void {
    const left = leaves(s.body) ? `left${s.n}` : undefined;
    this.line(
      `${left === undefined ? '' : `const ${left} = `}${this.#wait} ${call}${this.fn(parameter)}`,
    );
    for (const text of first) this.line(`  ${text}`);
    this.#inner(s.body, { closure: true, inLoop: false });
    this.line('});');
    if (left !== undefined) {
      if (this.#place.closure) {
        if (this.#place.inLoop) {
          this.line(`if (${left} === 'break') break;`);
          this.line(`if (${left} === 'continue') continue;`);
        }
        this.line(`if (${left} !== undefined) return ${left};`);
      } else {
        this.line(`if (${left} === 'break') ${this.#place.inLoop ? 'break' : 'return'};`);
        this.line(`if (${left} === 'continue') ${this.#place.inLoop ? 'continue' : 'return'};`);
        this.line(`if (${left} !== undefined) return ${left}.value;`);
      }
    }
    if (after !== undefined) this.line(after);
  }

  #statement(s: Stmt): void {
    const log = (...values: string[]): string => `log(me, ${[s.n, ...values].join(', ')});`;
    const wait = this.#wait;
    switch (s.op) {
      case 'await':
        this.line(log(`${wait} ${this.#aw(s.aw)}`));
        return;
      case 'turn':
        this.line(this.#async ? 'await sleep(0);' : 'yield;');
        this.line(log(`'turn'`));
        return;
      case 'native':
        if (this.#async) this.line(`for (let i = 0; i < ${s.k}; i++) await Promise.resolve();`);
        this.line(log(`'native'`));
        return;
      case 'asCompleted': {
        const of = s.of.map((a) => this.#aw(a)).join(', ');
        const all =
          s.t === undefined
            ? `asCompleted([${of}])`
            : `unclosed(asCompleted([${of}], { timeout: ${s.t} }))`;
        const x = `x${s.n}`;
        if (!s.async) {
          this.line(`for (const ${x} of ${all}) {`);
          this.line('  try {');
          this.line(`    ${log(`'next'`, `${wait} ${x}`)}`);
          this.line('  } catch (e) {');
          this.line(`    if (${NO_EXCEPTION}) throw e;`);
          this.line(`    ${log(`'next'`, 'e')}`);
          this.line('  }');
        } else if (this.#async) {
          this.line(`for await (const ${x} of ${all}) {`);
          this.line(`  ${log(`'next'`, x, `state(${x})`)}`);
        } else {
          this.line(`const it${s.n} = ${all}[Symbol.asyncIterator]();`);
          this.line(`for (let r${s.n}; !(r${s.n} = yield* step(it${s.n}.next())).done; ) {`);
          this.line(`  ${log(`'next'`, `r${s.n}.value`, `state(r${s.n}.value)`)}`);
        }
        this.#inner(s.body, { inLoop: true });
        this.line('}');
        return;
      }
      case 'timeout': {
        const when = s.d === null ? 'null' : s.at ? `loop.time() + ${s.d}` : `${s.d}`;
        const cm = `cm${s.n}`;
        const short = s.short && !s.at;
        this.line(
          short ? `let ${cm};` : `const ${cm} = ${s.at ? 'timeoutAt' : 'timeout'}(${when});`,
        );
        this.line('try {');
        this.#depth++;
        if (short)
          this.#with(
            s,
            `timeout(${when}, `,
            'entered',
            [`tm[${s.w}] = ${cm} = entered;`],
            undefined,
          );
        else this.#with(s, `asyncWith(${cm}, `, '', [`tm[${s.w}] = ${cm};`], undefined);
        this.#depth--;
        this.line('} finally {');
        this.line(`  ${log(`'expired'`, `cm${s.n}.expired()`)}`);
        this.line('}');
        return;
      }
      case 'group':
        if (s.early) {
          this.line(`const early${s.n} = new TaskGroup();`);
          this.line(`early${s.n}.cancel();`);
        }
        this.#with(
          s,
          s.early
            ? `asyncWith(early${s.n}, `
            : s.short
              ? 'taskGroup('
              : 'asyncWith(new TaskGroup(), ',
          `tg${s.n}`,
          [`tg[${s.grp}] = tg${s.n};`],
          log(`'group ends'`),
        );
        return;
      case 'with':
        this.#with(s, `asyncWith(${s.on}[${s.i}], `, 'got', [log(`'in'`, 'got')], log(`'out'`));
        return;
      case 'barrierReset':
        this.line(`${wait} barrier[${s.i}].reset();`);
        this.line(log(`'reset'`));
        return;
      case 'barrierAbort':
        this.line(`${wait} barrier[${s.i}].abort();`);
        this.line(log(`'abort'`));
        return;
      case 'try': {
        this.line('try {');
        this.block(s.body);
        if (s.handlers.length > 0) {
          const e = `e${s.n}`;
          this.line(`} catch (${e}) {`);
          this.#depth++;
          s.handlers.forEach((h, i) => {
            const test =
              h.catch === 'B'
                ? 'true'
                : h.catch === 'X'
                  ? `!(${NO_EXCEPTION.replaceAll('e ', `${e} `)})`
                  : `${e} instanceof ${CATCHES[h.catch]}`;
            this.line(`${i === 0 ? '' : '} else '}if (${test}) {`);
            this.line(`  log(me, ${s.n}, 'caught', ${e});`);
            this.#caught.push(e);
            this.block(h.body);
            this.#caught.pop();
          });
          this.line(`} else throw ${e};`);
          this.#depth--;
        }
        if (s.fin) {
          this.line('} finally {');
          this.line(`  ${log(`'finally'`)}`);
          this.block(s.fin);
        }
        this.line('}');
        return;
      }
      case 'loop':
        this.line(`for (let i${s.n} = 0; i${s.n} < ${s.times}; i${s.n}++) {`);
        this.#inner(s.body, { inLoop: true });
        this.line('}');
        return;
      case 'raise':
        this.line(`throw ${this.#error(s.err)};`);
        return;
      case 'reraise': {
        const name = this.#caught.at(-1);
        if (name !== undefined) this.line(`throw ${name};`);
        return;
      }
      case 'return':
        this.line(`return ${this.#place.closure ? `{ value: ${s.v} }` : s.v};`);
        return;
      case 'break':
      case 'continue':
        this.line(this.#place.closure && !this.#place.inLoop ? `return '${s.op}';` : `${s.op};`);
        return;
      default: {
        const [before, ...values] = this.#effect(s);
        if (before !== '') this.line(`${before};`);
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
          this.#settled(s, `t[${s.t}] = makeTask(fn${s.fn}()${this.#options(s)})`),
          `'spawned'`,
          `t[${s.t}]`,
          `done(t[${s.t}])`,
        ];
      case 'groupSpawn':
        return [
          this.#settled(
            s,
            `t[${s.t}] = know(tg[${s.grp}].createTask(fn${s.fn}()${this.#options(s)}))`,
          ),
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
        return [`t[${s.t}] = ensureFuture(${this.#aw(s.aw)})`, `'ensured'`, `done(t[${s.t}])`];
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
        return ['', `'renamed'`, `${ref}.setName('${s.name}')`];
      case 'setResult':
        return ['', `'set'`, `fut[${s.f}].setResult(${s.v})`];
      case 'setException':
        return ['', `'set'`, `fut[${s.f}].setException(${this.#error(s.err)})`];
      case 'freshFuture':
        return [`fut[${s.f}] = fresh(${s.f})`, `'fresh'`, `fut[${s.f}]`];
      case 'addCallback':
        return [
          '',
          `'added'`,
          `${ref}.addDoneCallback(cb${s.cb}${s.ctx === undefined ? '' : `, { context: ctx[${s.ctx}] }`})`,
        ];
      case 'removeCallback':
        return ['', `'removed'`, `${ref}.removeDoneCallback(cb${s.cb})`];
      case 'callSoon':
        return [
          `handle[${s.h}] = loop.callSoon${s.threadsafe ? 'Threadsafe' : ''}(${this.#bound(s)}, ${s.n})`,
          `'scheduled'`,
        ];
      case 'callLater':
        return [
          `handle[${s.h}] = loop.callLater(${s.d}, ${this.#bound(s)}, ${s.n})`,
          `'scheduled'`,
        ];
      case 'callAt':
        return [
          `handle[${s.h}] = loop.callAt(loop.time() + ${s.d}, ${this.#bound(s)}, ${s.n})`,
          `'scheduled'`,
        ];
      case 'handleCancel':
        return ['', `'cancelled'`, `handle[${s.h}].cancel()`];
      case 'handleState':
        return ['', `'handle'`, `...handleState(handle[${s.h}])`];
      case 'currentTask':
        return ['', `'current'`, 'currentTask(loop)', 'name(currentTask(loop))'];
      case 'allTasks':
        return ['', `'all'`, 'allTasks(loop)'];
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
        return ['', `'is set'`, `event[${s.i}].isSet()`];
      case 'notify':
        return ['', `'notified'`, `cond[${s.i}].notify(${s.k})`];
      case 'notifyAll':
        return ['', `'notified'`, `cond[${s.i}].notifyAll()`];
      case 'barrierState':
        return [
          '',
          `'barrier'`,
          ...['nWaiting', 'parties', 'broken'].map((x) => `barrier[${s.i}].${x}`),
        ];
      case 'putNowait':
        return ['', `'put'`, `queue[${s.i}].putNowait(${s.v})`];
      case 'getNowait':
        return ['', `'got'`, `queue[${s.i}].getNowait()`];
      case 'taskDone':
        return ['', `'task done'`, `queue[${s.i}].taskDone()`];
      case 'queueState':
        return ['', `'queue'`, ...['qsize', 'empty', 'full'].map((x) => `queue[${s.i}].${x}()`)];
      case 'shutdown':
        return ['', `'shut down'`, `queue[${s.i}].shutdown(${s.immediate})`];
      case 'reschedule':
        return [
          '',
          `'rescheduled'`,
          `tm[${s.w}].reschedule(${s.d === null ? 'null' : `loop.time() + ${s.d}`})`,
        ];
      case 'timeoutState':
        return ['', `'timeout'`, `tm[${s.w}].when()`, `tm[${s.w}].expired()`];
      case 'varGet':
        return ['', `'var'`, `cvar[${s.v}].get()`];
      case 'varSet':
        return [`token[${s.v}] = cvar[${s.v}].set(${s.to})`, `'var set'`];
      case 'varReset':
        return ['', `'var reset'`, `cvar[${s.v}].reset(token[${s.v}])`];
      case 'ctxCopy':
        return [`ctx[${s.x}] = copyContext()`, `'copied'`];
      case 'ctxRun':
        return ['', `'ran'`, `ctx[${s.x}].run(cb${s.cb}, ${s.n})`];
      case 'report':
        return ['', `'reported'`, `report(${this.#error(s.err)})`];
      case 'jobResult':
        return ['', `'job ends'`, `job[${s.j}].setResult(${s.v})`];
      case 'jobException':
        return ['', `'job ends'`, `job[${s.j}].setException(${this.#error(s.err)})`];
      case 'jobCancel':
        return ['', `'job cancel'`, `job[${s.j}].cancel()`];
      case 'jobRuns':
        return ['', `'job runs'`, `job[${s.j}].setRunningOrNotifyCancel()`];
      case 'jobState':
        return ['', `'job'`, `jobState(job[${s.j}])`];
      case 'threadsafe':
        return [`job[${s.j}] = threadsafe(fn${s.fn}())`, `'sent'`];
    }
  }

  /** An async function that was started eagerly shows what it did some microtasks later. */
  #settled(s: TaskOptions, make: string): string {
    return s.eager && this.#async ? `await settled(() => (${make}))` : make;
  }

  #bound(s: { cb: number; ctx?: number }): string {
    return s.ctx === undefined ? `cb${s.cb}` : `ctx[${s.ctx}].bind(cb${s.cb})`;
  }

  #ref(r: Ref): string {
    if ('f' in r) return `fut[${r.f}]`;
    if ('t' in r) return `t[${r.t}]`;
    return r.who === 'main' ? 'main()' : 'currentTask()';
  }

  #error(r: Raise): string {
    return `new ${ERRORS[r.cls]}('${r.msg}')`;
  }

  #options(s: TaskOptions): string {
    const options = [
      ...(s.ctx === undefined ? [] : [`context: ctx[${s.ctx}]`]),
      ...(s.name === undefined ? [] : [`name: '${s.name}'`]),
      ...(s.eager === undefined ? [] : [`eagerStart: ${s.eager}`]),
    ];
    return options.length > 0 ? `, { ${options.join(', ')} }` : '';
  }

  #aw(a: Aw): string {
    switch (a.a) {
      case 'ref':
        return this.#ref(a.ref);
      case 'call':
        return `fn${a.fn}()`;
      case 'sleep':
        return `sleep(${a.d}${a.v === undefined ? '' : `, ${a.v}`})`;
      case 'task':
        return `makeTask(fn${a.fn}()${this.#options(a)})`;
      case 'gather':
        return `gather(${[...a.of.map((x) => this.#aw(x)), ...(a.re ? ['{ returnExceptions: true }'] : [])].join(', ')})`;
      case 'shield':
        return `shield(${this.#aw(a.of)})`;
      case 'race':
        return `staggeredRace([${a.fns.map((fn) => `fn${fn}`).join(', ')}], ${a.d})`;
      case 'once':
        return `coro[${a.c}]`;
      case 'waitFor':
        return `waitFor(${this.#aw(a.of)}, ${a.t})`;
      case 'wait': {
        const options = [
          ...(a.t === undefined ? [] : [`timeout: ${a.t}`]),
          ...(a.rw === 'ALL_COMPLETED' ? [] : [`returnWhen: ${a.rw}`]),
        ];
        return `wait([${a.of.map((x) => this.#aw(x)).join(', ')}]${options.length > 0 ? `, { ${options.join(', ')} }` : ''})`;
      }
      case 'acquire':
        return `${a.on}[${a.i}].acquire()`;
      case 'eventWait':
        return `event[${a.i}].wait()`;
      case 'condWait':
        return `cond[${a.i}].wait()`;
      case 'condWaitFor':
        return `cond[${a.i}].waitFor(() => counter() >= ${a.atLeast})`;
      case 'barrierWait':
        return `barrier[${a.i}].wait()`;
      case 'put':
        return `queue[${a.i}].put(${a.v})`;
      case 'get':
        return `queue[${a.i}].get()`;
      case 'join':
        return `queue[${a.i}].join()`;
      case 'wrap':
        return `wrapFuture(job[${a.j}])`;
    }
  }
}
