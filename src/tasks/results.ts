// Types: what comes out of something awaitable.
import type { GeneratorBody } from '../core/index.ts';

/** What a future, a coroutine, a generator object, a Promise or a function of no arguments gives when it is awaited. */
export type ResultOf<W> =
  W extends PromiseLike<infer T>
    ? T
    : W extends GeneratorBody<infer T>
      ? T
      : W extends () => infer R
        ? ReturnOf<R>
        : never;

type ReturnOf<R> = R extends PromiseLike<infer T> ? T : R extends GeneratorBody<infer T> ? T : R;
