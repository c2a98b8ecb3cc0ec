/**
 * The form of a written pair: one behaviour, as a program in Python and the same program in TypeScript.
 */
import type { GeneratorBody } from '../../../src/index.ts';
import type { EventRecord } from '../reference/reference.ts';
import type { Ev, PlainMain } from './ours.ts';

export type { Ev } from './ours.ts';

/** A difference on purpose. */
export interface Difference {
  /** Its name in docs/differences.md. */
  name: string;
  /** What happens here instead. */
  events: EventRecord[];
}

interface PairBase {
  /** The behaviour, as a sentence. */
  title: string;
  /** Python source; every public name of `asyncio` and `contextvars` is there without a prefix. */
  py: string;
}

/** A program that is a coroutine, in both kinds of TypeScript. */
export interface CoroutinePair extends PairBase {
  /** Absent only where an async function cannot say it (it has no `yield`). */
  async?: (ev: Ev) => Promise<unknown>;
  /** Absent only where a generator function cannot say it (it has no `for await`). */
  gen?: (ev: Ev) => GeneratorBody<unknown>;
  /** The kinds that differ on purpose. */
  differs?: { async?: Difference; gen?: Difference };
}

/** A program that makes and runs its loops itself. */
export interface LoopPair extends PairBase {
  plain: PlainMain;
  differs?: { plain?: Difference };
}

export type Pair = CoroutinePair | LoopPair;
