/** Random programs as async functions: every function of the program is one, `await` waits. */
import {
  type AsyncContextManager,
  type Awaitable,
  type Coroutine,
  type Future,
  type Task,
  TaskGroup,
  asCompleted,
  asyncWith,
  coroutine,
  sleep,
  timeout,
  timeoutAt,
} from '../../../src/index.ts';
import { type AsyncStmt, type Stmt, isAsync } from './program.ts';
import {
  type Frame,
  type Left,
  type Spawn,
  World,
  catches,
  handlerFor,
  unclosed,
} from './world.ts';

export class AsyncWorld extends World {
  readonly #call: (fn: number) => Coroutine<number | null> = coroutine(async (fn: number) =>
    this.#function(fn),
  );

  override call(fn: number): Awaitable<unknown> {
    return this.#call(fn);
  }

  async #function(fn: number): Promise<number | null> {
    const fr = this.begin(fn);
    let left: Left;
    try {
      left = await this.#block(this.program.functions[fn]!, fr);
    } catch (e) {
      this.rec(fr.label, 0, 'ends with', e);
      throw e;
    }
    const value = typeof left === 'object' ? left.value : null;
    this.rec(fr.label, 0, 'ends with', value);
    return value;
  }

  async #block(stmts: readonly Stmt[], fr: Frame): Promise<Left> {
    for (const s of stmts) {
      const eager = (s.op === 'spawn' || s.op === 'groupSpawn') && s.eager;
      const left = isAsync(s)
        ? await this.#wait(s, fr)
        : eager
          ? await this.#startEagerly(s, fr)
          : this.sync(s, fr);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  /** An async function that was started eagerly shows what it did some microtasks later. */
  async #startEagerly(s: Spawn, fr: Frame): Promise<undefined> {
    if (!this.burn()) return;
    try {
      let task: Task<unknown> | undefined;
      await this.settled(() => {
        task = this.start(s);
      });
      if (task !== undefined) this.rec(fr.label, s.n, ...this.spawned(s.t, task));
    } catch (e) {
      if (!s.g) throw e;
      this.rec(fr.label, s.n, 'threw', e);
    }
  }

  async #wait(s: AsyncStmt, fr: Frame): Promise<Left> {
    if (!this.burn()) return undefined;
    if (!s.g) return this.#perform(s, fr);
    try {
      return await this.#perform(s, fr);
    } catch (e) {
      if (!catches('X', e)) throw e;
      this.rec(fr.label, s.n, 'threw', e);
      return undefined;
    }
  }

  async #perform(s: AsyncStmt, fr: Frame): Promise<Left> {
    switch (s.op) {
      case 'await': {
        const aw = this.aw(s.aw);
        if (aw !== undefined) this.rec(fr.label, s.n, await aw);
        return undefined;
      }
      case 'turn':
        await sleep(0);
        this.rec(fr.label, s.n, 'turn');
        return undefined;
      case 'asCompleted': {
        const of = this.aws(s.of);
        const it =
          s.t === undefined ? asCompleted(of) : unclosed(asCompleted(of, { timeout: s.t }));
        if (s.async) {
          for await (const x of it) {
            const fut = x as Future<unknown>;
            this.rec(fr.label, s.n, 'next', fut, this.state(fut));
            const left = await this.#block(s.body, fr);
            if (left === 'break') break;
            if (left !== undefined && left !== 'continue') return left;
          }
          return undefined;
        }
        for (const aw of it) {
          try {
            this.rec(fr.label, s.n, 'next', await aw);
          } catch (e) {
            if (!catches('X', e)) throw e;
            this.rec(fr.label, s.n, 'next', e);
          }
          const left = await this.#block(s.body, fr);
          if (left === 'break') break;
          if (left !== undefined && left !== 'continue') return left;
        }
        return undefined;
      }
      case 'timeout': {
        const cm = s.at ? timeoutAt(s.d === null ? null : this.loop.time() + s.d) : timeout(s.d);
        try {
          return await asyncWith(cm, async (tm) => {
            this.timeouts.set(s.w, tm);
            return this.#block(s.body, fr);
          });
        } finally {
          this.rec(fr.label, s.n, 'expired', cm.expired());
        }
      }
      case 'group': {
        const left = await asyncWith(new TaskGroup(), async (tg) => {
          this.groups.set(s.grp, tg);
          return this.#block(s.body, fr);
        });
        if (left === undefined) this.rec(fr.label, s.n, 'group ends');
        return left;
      }
      case 'with': {
        const cm = s.on === 'barrier' ? this.barriers[s.i]! : this.lockable(s.on, s.i);
        const left = await asyncWith(cm as AsyncContextManager<unknown>, async (got) => {
          this.rec(fr.label, s.n, 'in', got);
          return this.#block(s.body, fr);
        });
        if (left === undefined) this.rec(fr.label, s.n, 'out');
        return left;
      }
      case 'barrierReset':
        await this.barriers[s.i]!.reset();
        this.rec(fr.label, s.n, 'reset');
        return undefined;
      case 'barrierAbort':
        await this.barriers[s.i]!.abort();
        this.rec(fr.label, s.n, 'abort');
        return undefined;
      case 'try':
        try {
          try {
            return await this.#block(s.body, fr);
          } catch (e) {
            const handler = handlerFor(s, e);
            if (handler === undefined || !this.open) throw e;
            this.rec(fr.label, s.n, 'caught', e);
            const before = fr.caught;
            fr.caught = e;
            try {
              return await this.#block(handler, fr);
            } finally {
              fr.caught = before;
            }
          }
        } finally {
          if (s.fin && this.open) {
            this.rec(fr.label, s.n, 'finally');
            const left = await this.#block(s.fin, fr);
            // As in Python, leaving a `finally` block early forgets the error that was on its way.
            // eslint-disable-next-line no-unsafe-finally
            if (left !== undefined) return left;
          }
        }
      case 'loop':
        for (let i = 0; i < s.times; i++) {
          const left = await this.#block(s.body, fr);
          if (left === 'break') break;
          if (left !== undefined && left !== 'continue') return left;
        }
        return undefined;
    }
  }
}
