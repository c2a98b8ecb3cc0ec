// Context variables: values that follow a task and everything it starts, as Python's `contextvars` has them.
import { checkOptions, describe, standFor } from './checks.ts';
import { showAsText } from './format.ts';
import { LookupError, RuntimeError } from './errors.ts';
import { activeTask, runtime } from './runtime.ts';

type Values = Map<ContextVar<unknown>, unknown>;

// Only read.
const NO_VALUES: Values = new Map();

const MISSING: unique symbol = Symbol('Token.MISSING');

/**
 * A mapping of context variables to values. A task runs in a copy of the context it was made in;
 * `run` calls a function in this one.
 *
 * @example
 * const ctx = copyContext();
 * ctx.run(() => requestId.set('r-17'));
 */
export class Context {
  // Copy on write: a copy shares the map until one of the two is written to.
  #values: Values | null = null;
  #shared = false;
  #entered = false;

  /** A copy that can change on its own; O(1). */
  copy(): Context {
    const copy = new Context();
    if (this.#values !== null) {
      copy.#values = this.#values;
      copy.#shared = true;
      this.#shared = true;
    }
    return copy;
  }

  /**
   * Calls `fn(...args)` in this context and returns its value. Changes of variables stay in this context.
   * @throws RuntimeError when this context is entered already
   */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (typeof fn !== 'function') {
      throw new TypeError(`Context.run() expects a function first, not ${describe(fn)}`);
    }
    if (this._isEntered()) {
      throw new RuntimeError('Cannot enter this context: it is already entered');
    }
    const outer = runtime.context;
    // The context of a task is entered too, though by nobody's `run`: not to be entered again from inside this one.
    const left = currentContext();
    const wasEntered = left.#entered;
    left.#entered = true;
    this.#entered = true;
    runtime.context = this;
    try {
      return fn(...args);
    } finally {
      runtime.context = outer;
      this.#entered = false;
      left.#entered = wasEntered;
    }
  }

  /** A function that runs `fn` in this context, for callbacks: `loop.callSoon(ctx.bind(fn), x)`. */
  bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
    if (typeof fn !== 'function') {
      throw new TypeError(`Context.bind() expects a function, not ${describe(fn)}`);
    }
    const bound = (...args: A): R => this.run(fn, ...args);
    standFor(bound, fn);
    return bound;
  }

  /** The value that `variable` has in this context, else `fallback` (undefined when not given). @throws TypeError */
  get<T>(variable: ContextVar<T>): T | undefined;
  get<T, D>(variable: ContextVar<T>, fallback: D): T | D;
  get<T>(variable: ContextVar<T>, fallback?: unknown): unknown {
    checkVariable(variable, 'Context.get()');
    return this._read(variable, fallback);
  }

  /** Whether `variable` has a value of its own in this context. @throws TypeError unless it is a ContextVar */
  has<T>(variable: ContextVar<T>): boolean {
    checkVariable(variable, 'Context.has()');
    return this.#values !== null && this.#values.has(variable);
  }

  /** How many variables have a value here. */
  get size(): number {
    return this.#values === null ? 0 : this.#values.size;
  }

  /** The variables that have a value here. */
  keys(): IterableIterator<ContextVar<unknown>> {
    return (this.#values ?? NO_VALUES).keys();
  }

  /** The values that variables have here, in the order of `keys()`. */
  values(): IterableIterator<unknown> {
    return (this.#values ?? NO_VALUES).values();
  }

  /** Variables with their values: `for (const [variable, value] of ctx.items())`. */
  items(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return (this.#values ?? NO_VALUES).entries();
  }

  /** The same as `items()`: what `new Map(ctx)` and `for … of` take. */
  [Symbol.iterator](): IterableIterator<[ContextVar<unknown>, unknown]> {
    return this.items();
  }

  /** @internal */
  _isEntered(): boolean {
    return this.#entered || currentContext() === this;
  }

  /** @internal `get`, of a variable that is one. */
  _read(variable: ContextVar<unknown>, fallback: unknown): unknown {
    const values = this.#values;
    return values !== null && values.has(variable) ? values.get(variable) : fallback;
  }

  /** @internal */
  _write(variable: ContextVar<unknown>, value: unknown): void {
    if (this.#values === null || this.#shared) {
      this.#values = new Map(this.#values ?? []);
      this.#shared = false;
    }
    if (value === MISSING) this.#values.delete(variable);
    else this.#values.set(variable, value);
  }
}

function checkVariable(value: unknown, where: string): void {
  if (value instanceof ContextVar) return;
  throw new TypeError(`${where} expects a ContextVar, not ${describe(value)}`);
}

const root = new Context();

/** The context of the running code: of the handle or task that runs, else this thread's own. */
export function currentContext(): Context {
  if (runtime.context !== null) return runtime.context;
  const task = activeTask();
  return task === null ? root : task.getContext();
}

/** A copy of the current context. */
export function copyContext(): Context {
  return currentContext().copy();
}

/** @throws TypeError unless the option `context` is one */
export function checkContext(value: unknown, where: string): void {
  if (!(value instanceof Context)) {
    throw new TypeError(`${where} expects a Context as {context}, not ${describe(value)}`);
  }
}

/** What `ContextVar.set` returns; gives the old value back with `ContextVar.reset`, or at the end of a `using` block. */
export class Token<T> {
  /** Stands in `oldValue` when the variable had no value before. */
  static readonly MISSING: typeof MISSING = MISSING;
  /** The variable that was set. */
  readonly var: ContextVar<T>;
  /** The value before, or `Token.MISSING`. */
  readonly oldValue: T | typeof MISSING;
  readonly #context: Context;
  #used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, oldValue: T | typeof MISSING, context: Context) {
    this.var = variable;
    this.oldValue = oldValue;
    this.#context = context;
  }

  /** @internal */
  _use(variable: ContextVar<T>): void {
    if (this.#used)
      throw new RuntimeError(`This token of '${variable.name}' has been used already`);
    if (this.var !== variable) {
      throw new RangeError(
        `Expected a token of the context variable '${variable.name}', not of '${this.var.name}'`,
      );
    }
    if (this.#context !== currentContext()) {
      throw new RangeError(`This token of '${variable.name}' was created in a different context`);
    }
    this.#used = true;
  }

  [Symbol.dispose](): void {
    this.var.reset(this);
  }
}

/**
 * A variable with a value per context, so per task.
 *
 * @example
 * const user = new ContextVar<string>('user', { default: 'nobody' });
 * user.set('ada');
 */
export class ContextVar<T> {
  readonly name: string;
  readonly #default: T | typeof MISSING;

  /** @param name for error messages and reprs */
  constructor(name: string, options: { default?: T } = {}) {
    if (typeof name !== 'string') {
      throw new TypeError(`ContextVar expects a name (string), not ${describe(name)}`);
    }
    checkOptions(options, 'ContextVar', ['default']);
    this.name = name;
    this.#default = 'default' in options ? options.default : MISSING;
  }

  /** The value in the current context, else `fallback` where given, else the variable's default. @throws LookupError */
  get(): T;
  get<D>(fallback: D): T | D;
  get(...fallback: unknown[]): unknown {
    const value = currentContext()._read(this, MISSING);
    if (value !== MISSING) return value;
    if (fallback.length > 0) return fallback[0];
    if (this.#default !== MISSING) return this.#default;
    throw new LookupError(
      `The context variable '${this.name}' has no value in this context and no default`,
    );
  }

  /** Sets the value in the current context; the token undoes it. */
  set(value: T): Token<T> {
    const context = currentContext();
    const token = new Token<T>(this, context._read(this, MISSING) as T, context);
    context._write(this, value);
    return token;
  }

  /**
   * Undoes the `set` that returned `token`.
   * @throws RangeError for a token of another variable or context, RuntimeError when it was used before
   */
  reset(token: Token<T>): void {
    if (!(token instanceof Token)) {
      throw new TypeError(
        `ContextVar.reset() expects the Token that set() returned, not ${typeof token}`,
      );
    }
    token._use(this);
    currentContext()._write(this, token.oldValue);
  }

  toString(): string {
    return `<ContextVar name='${this.name}'>`;
  }
}

showAsText(ContextVar);
