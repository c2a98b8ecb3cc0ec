// The one door between a coroutine and the scheduler: what a body may yield, and what may be awaited.
//
// A generator body hands the scheduler one of three things:
//   * nothing (a bare `yield`): give the loop one turn;
//   * a pending Future that has marked itself as awaited (through `yield* future`): resume when it is done;
//   * an AsyncCall (through `yield*` on the coroutine of an async function): resume when that function ends.
// Anything else is answered with a RuntimeError, thrown into the body at the place of the `yield`.

declare const trap: unique symbol;

/** What a generator coroutine yields to the scheduler. Only the library makes values of this type. */
export interface Trap {
  readonly [trap]: never;
}

/** What the body of a generator coroutine looks like to the type system. */
export type GeneratorBody<T> = Generator<Trap | undefined | void, T, unknown>;

/** A generator coroutine as the scheduler sees it, which may be an object that is none. */
export interface Steps {
  [Symbol.iterator](): Iterator<unknown, unknown, unknown>;
  next(): IteratorResult<unknown, unknown>;
  throw(error: unknown): IteratorResult<unknown, unknown>;
  return(value: unknown): IteratorResult<unknown, unknown>;
}

/** Whatever can be awaited in both kinds of coroutine: `await x` in async functions, `yield* x` in generators. */
export interface Awaitable<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<Trap, T, unknown>;
}

/** A function that a task can run: async, generator or plain. */
export type BodyFunction<T, A extends readonly unknown[] = []> = (
  ...args: A
) => GeneratorBody<T> | PromiseLike<T> | T;

/** Work for a task: a coroutine object, a generator object, or a function of no arguments. */
export type Body<T> = Awaitable<T> | GeneratorBody<T> | BodyFunction<T>;

/** An awaitable that nobody runs yet. A future, which is under way already, has a `getLoop`. */
export interface Unstarted<T> extends Awaitable<T> {
  readonly getLoop?: never;
}

/** `Body`, without the futures that the compiler knows to be some: work that a new task can be made of. */
export type NewBody<T> = Unstarted<T> | GeneratorBody<T> | BodyFunction<T>;

/** The generator's answer when it has suspended; shared, since it is read at once and never kept. */
export const SUSPENDED: { value: Trap | undefined; done: false } = {
  value: undefined,
  done: false,
};
