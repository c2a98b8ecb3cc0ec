/** Random programs as async functions: every function of the program is one, `await` waits. */
import {
  type AsyncContextManager,
  type Coroutine,
  type Future,
  type Task,
  TaskGroup,
  type Timeout,
  asCompleted,
  asyncWith,
  coroutine,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
} from '../../../src/index.ts';
import { type AsyncStmt, type Stmt, isAsync } from './program.ts';
import {
  type Frame,
  type Left,
  type Spawn,
  type World,
  catches,
  handlerFor,
  unclosed,
} from './world.ts';

export class AsyncInterpreter {
  readonly #world: World;
  /** A fresh coroutine object of a function of the program. */
  readonly call: (fn: number) => Coroutine<number | null> = coroutine(async (fn: number) =>
    this.#function(fn),
  );

  constructor(world: World) {
    this.#world = world;
  }

  async #function(fn: number): Promise<number | null> {
    const fr = this.#world.begin(fn);
    let left: Left;
    try {
      left = await this.#block(this.#world.program.functions[fn]!, fr);
    } catch (e) {
      this.#world.rec(fr.label, 0, 'ends with', e);
      throw e;
    }
    const value = typeof left === 'object' ? left.value : null;
    this.#world.rec(fr.label, 0, 'ends with', value);
    return value;
  }

  async #block(stmts: readonly Stmt[], fr: Frame): Promise<Left> {
    for (const s of stmts) {
      const eager = (s.op === 'spawn' || s.op === 'groupSpawn') && s.eager;
      const left = isAsync(s)
        ? await this.#wait(s, fr)
        : eager
          ? await this.#startEagerly(s, fr)
          : this.#world.sync(s, fr);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  /** An async function that was started eagerly shows what it did some microtasks later. */
  async #startEagerly(s: Spawn, fr: Frame): Promise<undefined> {
    if (!this.#world.burn()) return;
    try {
      let task: Task<unknown> | undefined;
      await this.#world.settled(() => {
        task = this.#world.start(s);
      });
      if (task !== undefined) this.#world.rec(fr.label, s.n, ...this.#world.spawned(s.t, task));
    } catch (e) {
      if (!s.g) throw e;
      this.#world.rec(fr.label, s.n, 'threw', e);
    }
  }

  async #wait(s: AsyncStmt, fr: Frame): Promise<Left> {
    if (!this.#world.burn()) return undefined;
    if (!s.g) return this.#perform(s, fr);
    try {
      return await this.#perform(s, fr);
    } catch (e) {
      if (!catches('X', e)) throw e;
      this.#world.rec(fr.label, s.n, 'threw', e);
      return undefined;
    }
  }

  async #perform(s: AsyncStmt, fr: Frame): Promise<Left> {
    switch (s.op) {
      case 'await': {
        const aw = this.#world.aw(s.aw);
        if (aw !== undefined) this.#world.rec(fr.label, s.n, await aw);
        return undefined;
      }
      case 'turn':
        await sleep(0);
        this.#world.rec(fr.label, s.n, 'turn');
        return undefined;
      case 'asCompleted': {
        const of = this.#world.aws(s.of);
        const it =
          s.t === undefined ? asCompleted(of) : unclosed(asCompleted(of, { timeout: s.t }));
        if (s.async) {
          for await (const x of it) {
            const fut = x as Future<unknown>;
            this.#world.rec(fr.label, s.n, 'next', fut, this.#world.state(fut));
            const left = await this.#block(s.body, fr);
            if (left === 'break') break;
            if (left !== undefined && left !== 'continue') return left;
          }
          return undefined;
        }
        for (const aw of it) {
          try {
            this.#world.rec(fr.label, s.n, 'next', await aw);
          } catch (e) {
            if (!catches('X', e)) throw e;
            this.#world.rec(fr.label, s.n, 'next', e);
          }
          const left = await this.#block(s.body, fr);
          if (left === 'break') break;
          if (left !== undefined && left !== 'continue') return left;
        }
        return undefined;
      }
      case 'timeout': {
        if (s.short && !s.at) return this.#timeoutInShort(s, fr);
        const cm = s.at
          ? timeoutAt(s.d === null ? null : this.#world.loop.time() + s.d)
          : timeout(s.d);
        try {
          return await asyncWith(cm, async (tm) => {
            this.#world.timeouts.set(s.w, tm);
            return this.#block(s.body, fr);
          });
        } finally {
          this.#world.rec(fr.label, s.n, 'expired', cm.expired());
        }
      }
      case 'group': {
        const body = async (tg: TaskGroup): Promise<Left> => {
          this.#world.groups.set(s.grp, tg);
          return this.#block(s.body, fr);
        };
        const group = new TaskGroup();
        if (s.early) group.cancel();
        const left = s.short && !s.early ? await taskGroup(body) : await asyncWith(group, body);
        if (left === undefined) this.#world.rec(fr.label, s.n, 'group ends');
        return left;
      }
      case 'with': {
        const cm =
          s.on === 'barrier' ? this.#world.barriers[s.i]! : this.#world.lockable(s.on, s.i);
        const left = await asyncWith(cm as AsyncContextManager<unknown>, async (got) => {
          this.#world.rec(fr.label, s.n, 'in', got);
          return this.#block(s.body, fr);
        });
        if (left === undefined) this.#world.rec(fr.label, s.n, 'out');
        return left;
      }
      case 'native':
        // The host's own promises: no turn of the loop.
        for (let i = 0; i < s.k; i++) await Promise.resolve();
        this.#world.rec(fr.label, s.n, 'native');
        return undefined;
      case 'barrierReset':
        await this.#world.barriers[s.i]!.reset();
        this.#world.rec(fr.label, s.n, 'reset');
        return undefined;
      case 'barrierAbort':
        await this.#world.barriers[s.i]!.abort();
        this.#world.rec(fr.label, s.n, 'abort');
        return undefined;
      case 'try':
        try {
          try {
            return await this.#block(s.body, fr);
          } catch (e) {
            const handler = handlerFor(s, e);
            if (handler === undefined || !this.#world.open) throw e;
            this.#world.rec(fr.label, s.n, 'caught', e);
            const before = fr.caught;
            fr.caught = e;
            try {
              return await this.#block(handler, fr);
            } finally {
              fr.caught = before;
            }
          }
        } finally {
          if (s.fin && this.#world.open) {
            this.#world.rec(fr.label, s.n, 'finally');
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

  async #timeoutInShort(s: Extract<AsyncStmt, { op: 'timeout' }>, fr: Frame): Promise<Left> {
    let cm: Timeout | undefined;
    try {
      return await timeout(s.d, async (tm) => {
        cm = tm;
        this.#world.timeouts.set(s.w, tm);
        return this.#block(s.body, fr);
      });
    } finally {
      this.#world.rec(fr.label, s.n, 'expired', cm!.expired());
    }
  }
}
