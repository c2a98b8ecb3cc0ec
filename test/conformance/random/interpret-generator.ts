/** Random programs as generator functions: every function of the program is one, `yield*` waits. */
import {
  type AsyncContextManager,
  type Awaitable,
  type Coroutine,
  type Future,
  type GeneratorBody,
  TaskGroup,
  type Timeout,
  asCompleted,
  asyncWith,
  coroutine,
  taskGroup,
  timeout,
  timeoutAt,
} from '../../../src/index.ts';
import { type AsyncStmt, type Stmt, isAsync } from './program.ts';
import { type Frame, type Left, type World, catches, handlerFor, unclosed } from './world.ts';

export class GeneratorInterpreter {
  readonly #world: World;
  /** A fresh coroutine object of a function of the program. */
  readonly call: (fn: number) => Coroutine<number | null>;

  constructor(world: World) {
    this.#world = world;
    const run = (fn: number): GeneratorBody<number | null> => this.#function(fn);
    this.call = coroutine(function* (fn: number): GeneratorBody<number | null> {
      return yield* run(fn);
    });
  }

  *#function(fn: number): GeneratorBody<number | null> {
    const fr = this.#world.begin(fn);
    let left: Left;
    try {
      left = yield* this.#block(this.#world.program.functions[fn]!, fr);
    } catch (e) {
      this.#world.rec(fr.label, 0, 'ends with', e);
      throw e;
    }
    const value = typeof left === 'object' ? left.value : null;
    this.#world.rec(fr.label, 0, 'ends with', value);
    return value;
  }

  *#block(stmts: readonly Stmt[], fr: Frame): GeneratorBody<Left> {
    for (const s of stmts) {
      const left = isAsync(s) ? yield* this.#wait(s, fr) : this.#world.sync(s, fr);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  *#wait(s: AsyncStmt, fr: Frame): GeneratorBody<Left> {
    if (!this.#world.burn()) return undefined;
    if (!s.g) return yield* this.#perform(s, fr);
    try {
      return yield* this.#perform(s, fr);
    } catch (e) {
      if (!catches('X', e)) throw e;
      this.#world.rec(fr.label, s.n, 'threw', e);
      return undefined;
    }
  }

  *#perform(s: AsyncStmt, fr: Frame): GeneratorBody<Left> {
    const block = (stmts: readonly Stmt[]): GeneratorBody<Left> => this.#block(stmts, fr);
    switch (s.op) {
      case 'await': {
        const aw = this.#world.aw(s.aw);
        if (aw !== undefined) this.#world.rec(fr.label, s.n, yield* aw);
        return undefined;
      }
      case 'turn':
        yield;
        this.#world.rec(fr.label, s.n, 'turn');
        return undefined;
      case 'asCompleted': {
        const of = this.#world.aws(s.of);
        const it =
          s.t === undefined ? asCompleted(of) : unclosed(asCompleted(of, { timeout: s.t }));
        if (s.async) {
          const all = it[Symbol.asyncIterator]();
          for (;;) {
            const next = yield* step(all.next());
            if (next.done) return undefined;
            const fut = next.value as Future<unknown>;
            this.#world.rec(fr.label, s.n, 'next', fut, this.#world.state(fut));
            const left = yield* this.#block(s.body, fr);
            if (left === 'break') return undefined;
            if (left !== undefined && left !== 'continue') return left;
          }
        }
        for (const aw of it) {
          try {
            this.#world.rec(fr.label, s.n, 'next', yield* aw);
          } catch (e) {
            if (!catches('X', e)) throw e;
            this.#world.rec(fr.label, s.n, 'next', e);
          }
          const left = yield* this.#block(s.body, fr);
          if (left === 'break') break;
          if (left !== undefined && left !== 'continue') return left;
        }
        return undefined;
      }
      case 'timeout': {
        if (s.short && !s.at) return yield* this.#timeoutInShort(s, fr);
        const cm = s.at
          ? timeoutAt(s.d === null ? null : this.#world.loop.time() + s.d)
          : timeout(s.d);
        const timeouts = this.#world.timeouts;
        try {
          return yield* asyncWith(cm, function* (tm): GeneratorBody<Left> {
            timeouts.set(s.w, tm);
            return yield* block(s.body);
          });
        } finally {
          this.#world.rec(fr.label, s.n, 'expired', cm.expired());
        }
      }
      case 'group': {
        const groups = this.#world.groups;
        const body = function* (tg: TaskGroup): GeneratorBody<Left> {
          groups.set(s.grp, tg);
          return yield* block(s.body);
        };
        const group = new TaskGroup();
        if (s.early) group.cancel();
        const left = s.short && !s.early ? yield* taskGroup(body) : yield* asyncWith(group, body);
        if (left === undefined) this.#world.rec(fr.label, s.n, 'group ends');
        return left;
      }
      case 'with': {
        const cm =
          s.on === 'barrier' ? this.#world.barriers[s.i]! : this.#world.lockable(s.on, s.i);
        const entered = (got: unknown): void => this.#world.rec(fr.label, s.n, 'in', got);
        const left = yield* asyncWith(
          cm as AsyncContextManager<unknown>,
          function* (got): GeneratorBody<Left> {
            entered(got);
            return yield* block(s.body);
          },
        );
        if (left === undefined) this.#world.rec(fr.label, s.n, 'out');
        return left;
      }
      case 'native':
        this.#world.rec(fr.label, s.n, 'native');
        return undefined;
      case 'barrierReset':
        yield* this.#world.barriers[s.i]!.reset();
        this.#world.rec(fr.label, s.n, 'reset');
        return undefined;
      case 'barrierAbort':
        yield* this.#world.barriers[s.i]!.abort();
        this.#world.rec(fr.label, s.n, 'abort');
        return undefined;
      case 'try':
        try {
          try {
            return yield* this.#block(s.body, fr);
          } catch (e) {
            const handler = handlerFor(s, e);
            if (handler === undefined || !this.#world.open) throw e;
            this.#world.rec(fr.label, s.n, 'caught', e);
            const before = fr.caught;
            fr.caught = e;
            try {
              return yield* this.#block(handler, fr);
            } finally {
              fr.caught = before;
            }
          }
        } finally {
          if (s.fin && this.#world.open) {
            this.#world.rec(fr.label, s.n, 'finally');
            const left = yield* this.#block(s.fin, fr);
            // As in Python, leaving a `finally` block early forgets the error that was on its way.
            // eslint-disable-next-line no-unsafe-finally
            if (left !== undefined) return left;
          }
        }
      case 'loop':
        for (let i = 0; i < s.times; i++) {
          const left = yield* this.#block(s.body, fr);
          if (left === 'break') break;
          if (left !== undefined && left !== 'continue') return left;
        }
        return undefined;
    }
  }

  *#timeoutInShort(s: Extract<AsyncStmt, { op: 'timeout' }>, fr: Frame): GeneratorBody<Left> {
    let cm: Timeout | undefined;
    const block = (): GeneratorBody<Left> => this.#block(s.body, fr);
    const timeouts = this.#world.timeouts;
    try {
      return yield* timeout(s.d, function* (tm): GeneratorBody<Left> {
        cm = tm;
        timeouts.set(s.w, tm);
        return yield* block();
      });
    } finally {
      this.#world.rec(fr.label, s.n, 'expired', cm!.expired());
    }
  }
}

/** A step of an async iterator of ours: an awaitable, but for the end, which comes as a plain promise. */
export function* step<T>(
  next: PromiseLike<IteratorResult<T, undefined>>,
): GeneratorBody<IteratorResult<T, undefined>> {
  if (next instanceof Promise) return { value: undefined, done: true };
  return yield* next as Awaitable<IteratorResult<T, undefined>>;
}
