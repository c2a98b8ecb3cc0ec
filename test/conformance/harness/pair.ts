/**
 * The form of a written pair: one behaviour, as a program in Python and the same program in TypeScript.
 */
import type { GeneratorBody } from '../../../src/index.ts';
import type { Ev, PlainMain } from './ours.ts';

export type { Ev } from './ours.ts';

interface PairBase {
  /** The behaviour, as a sentence. */
  title: string;
  /** Python source; every public name of `asyncio` and `contextvars` is there without a prefix. */
  py: string;
}

/** A program that is a coroutine, in both kinds of TypeScript. */
export interface CoroutinePair extends PairBase {
  async: (ev: Ev) => Promise<unknown>;
  /** Absent only where generators have no such syntax (`for await`). */
  gen?: (ev: Ev) => GeneratorBody<unknown>;
  /** The kinds that differ on purpose, with the name that the difference has in docs/differences.md. */
  differs?: { async?: string; gen?: string };
}

/** A program that makes and runs its loops itself. */
export interface LoopPair extends PairBase {
  plain: PlainMain;
  differs?: { plain?: string };
}

export type Pair = CoroutinePair | LoopPair;
