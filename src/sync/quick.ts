// Coroutines that mostly have nothing to wait for: a free lock, a queue with an item in it. Then neither a generator nor
// a wait is made for them, they are answered on the spot. Only otherwise do they become coroutines like any other.
//
// States: CREATED (REGISTERED for the report at its collection, or ADOPTED by a task) -> BEGUN (awaited, started by its
// task, stepped by hand) or closed, which is BEGUN without ever running.
import {
  asyncTask,
  captureSite,
  Coroutine,
  fromGenerator,
  logger,
  runtime,
  RuntimeError,
  watch,
} from '../core/index.ts';
import type { GeneratorBody, Report, Site, Trap } from '../core/index.ts';

/** One method of a primitive, taken apart: `finish` at once where it is `ready`, otherwise `wait`. */
export interface Operation<Owner, A, T> {
  readonly name: string;
  /** Whether it would end without waiting, right now. Changes nothing, throws nothing. */
  ready(owner: Owner): boolean;
  /** Does it, once `ready` has said so. */
  finish(owner: Owner, argument: A): T;
  /** Does it in every case, waiting where it has to. */
  wait(owner: Owner, argument: A): GeneratorBody<T>;
}

const CREATED = 0;
const REGISTERED = 1;
const ADOPTED = 2;
const BEGUN = 3;

type AnyOperation = Operation<unknown, unknown, unknown>;

/** Makes the coroutine of one call. */
export function quick<Owner, A, T>(
  operation: Operation<Owner, A, T>,
  owner: Owner,
  argument: A,
): Coroutine<T> {
  const made = new Quick(operation, owner, argument);
  remember(made);
  return made as unknown as Coroutine<T>;
}

// Nearly every one is awaited before the next one is made, so only the newest is held, to be watched for the "never
// awaited" report if it is still unclaimed by then. When no other follows, the next collection asks.
let newest: Quick | null = null;
let collectionAwaited = false;

function remember(made: Quick): void {
  if (newest !== null && newest._unclaimed()) watch(newest);
  newest = made;
  if (!collectionAwaited) {
    collectionAwaited = true;
    collections.register({}, null);
  }
}

const collections = new FinalizationRegistry<null>(() => {
  collectionAwaited = false;
  if (newest !== null && newest._unclaimed()) watch(newest);
  newest = null;
});

/** It takes Coroutine's place without its constructor, whose fields it has no use for. */
class Quick {
  readonly #operation: AnyOperation;
  readonly #owner: unknown;
  /** The argument; afterwards the value. */
  #value: unknown;
  #state: number;
  #site: Site | null;

  constructor(operation: AnyOperation, owner: unknown, argument: unknown) {
    this.#operation = operation;
    this.#owner = owner;
    this.#value = argument;
    this.#state = CREATED;
    this.#site = runtime.debug ? captureSite(quick) : null;
  }

  get name(): string {
    return this.#operation.name;
  }

  then(
    onResult?: ((value: unknown) => unknown) | null,
    onError?: ((error: unknown) => unknown) | null,
  ): PromiseLike<unknown> {
    const task = runtime.stepping ? null : asyncTask();
    if (task === null) return Coroutine.prototype.then.call(this, onResult, onError);
    if (this.#site !== null) task._suspended = this.#site;
    const operation = this.#operation;
    const owner = this.#owner;
    let value: unknown;
    try {
      this.#begin();
      // Cancelled while it awaited the host: this is the first place where it can be told.
      if (task._mustCancel() && task._asyncPart().adrift) throw task._takeCancel();
      if (!operation.ready(owner)) {
        const body = operation.wait(owner, this.#value);
        return task._asyncPart().awaitGenerator(body, onResult, onError);
      }
      value = operation.finish(owner, this.#value);
      // It may live a while longer than the call (see `newest`); what went through it shall not.
      this.#value = undefined;
    } catch (error) {
      return Promise.reject(error as Error).then(onResult, onError);
    }
    return settle(value, onResult);
  }

  [Symbol.iterator](): Iterator<Trap, unknown, unknown> {
    this.#begin();
    if (!this.#operation.ready(this.#owner)) {
      return this.#operation.wait(this.#owner, this.#value) as Iterator<Trap, unknown, unknown>;
    }
    this.#value = this.#operation.finish(this.#owner, this.#value);
    return this as unknown as Iterator<Trap, unknown, unknown>;
  }

  /** What `yield*` asks of its iterator: the value is here. */
  next(): IteratorResult<Trap, unknown> {
    const value = this.#value;
    this.#value = undefined;
    return { value, done: true };
  }

  send(value: unknown): IteratorResult<Trap | undefined, unknown> {
    return this.#byHand().send(value);
  }

  throw(error: unknown): IteratorResult<Trap | undefined, unknown> {
    return this.#byHand().throw(error);
  }

  close(): void {
    const stepped = steppedByHand.get(this);
    if (stepped !== undefined) stepped.close();
    else if (this.#state !== BEGUN) this.#begin();
  }

  _start(): GeneratorBody<unknown> {
    this.#begin();
    return this.#operation.wait(this.#owner, this.#value);
  }

  _adopt(): void {
    // The task that adopts it starts it, or closes it.
    if (this.#state === CREATED) this.#state = ADOPTED;
  }

  get _isAsync(): boolean {
    return false;
  }

  get _function(): unknown {
    return this.#operation.wait;
  }

  _unclaimed(): boolean {
    return this.#state === CREATED;
  }

  _report(): Report {
    this.#state = REGISTERED;
    const name = this.#operation.name;
    const site = this.#site;
    const claim = { claimed: false };
    claims.set(this, claim);
    return {
      owner: null,
      emit(): void {
        if (claim.claimed) return;
        const where = site === null ? '' : `\nCoroutine created at:\n${site.frames().join('\n')}`;
        logger.warning(`RuntimeWarning: coroutine '${name}' was never awaited${where}`);
      },
    };
  }

  toString(): string {
    const where = this.#site === null ? '' : ` created at ${this.#site.place()}`;
    return `<coroutine ${this.#operation.name}${where}>`;
  }

  #begin(): void {
    if (this.#state === BEGUN) {
      throw new RuntimeError(
        `Cannot reuse the already awaited coroutine ${this.#operation.name}; call the function again for a new one`,
      );
    }
    if (this.#state === REGISTERED) (claims.get(this) as { claimed: boolean }).claimed = true;
    this.#state = BEGUN;
  }

  #byHand(): Coroutine<unknown> {
    let stepped = steppedByHand.get(this);
    if (stepped === undefined) {
      stepped = fromGenerator(this._start(), this.#operation.name);
      steppedByHand.set(this, stepped);
    }
    return stepped;
  }
}

Object.setPrototypeOf(Quick.prototype, Coroutine.prototype);

const NOTHING: Promise<undefined> = Promise.resolve(undefined);

/** Answers a `then` with a value that is here. `await` itself wants no promise in return. */
function settle(
  value: unknown,
  onResult?: ((value: unknown) => unknown) | null,
): PromiseLike<unknown> {
  if (typeof onResult !== 'function') return Promise.resolve(value);
  try {
    const result = onResult(value);
    return result === undefined ? NOTHING : Promise.resolve(result);
  } catch (error) {
    return Promise.reject(error);
  }
}

const steppedByHand = new WeakMap<Quick, Coroutine<unknown>>();
const claims = new WeakMap<Quick, { claimed: boolean }>();
