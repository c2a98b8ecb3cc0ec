// What an async function waits for. It cannot be stepped from outside, so everything goes through what it awaits:
// `await x` calls `x.then(resolve, reject)`, and the task's AsyncPart records a Wait; a cancellation cancels what the
// Wait waits for, and the wake-up comes through the loop's ready queue like any other.
//
// States of a Wait: registered -> in the ready queue -> settled (once). A GeneratorWait goes round several times.
import { CancelledError } from './errors.ts';
import { answerTrap } from './asynccall.ts';
import type { AsyncPart } from './asyncpart.ts';
import type { Site } from './format.ts';
import type { Future, Observer } from './futures.ts';
import type { Runnable } from './readyqueue.ts';
import { runtime } from './runtime.ts';
import { enterTask, leaveTask } from './stepping.ts';
import { isTraceable, rejectTraced } from './tracebacks.ts';
import type { Steps } from './traps.ts';

type OnError = (error: unknown) => unknown;
type Settle = ((value: never) => unknown) | null | undefined;

const OPEN = 0;
const RESOLVED = 1;
const REJECTED = 2;
// Rejected, and nobody has asked yet: the outcome is a rejected promise, so that the host tells if nobody ever does.
const UNSEEN = 3;

// In debug mode, where the awaits stood that have come to their end.
const resumedAt = new WeakMap<Wait, Site>();

function noteResumed(wait: Wait): void {
  const site = wait.part.task._suspended;
  if (site !== null) resumedAt.set(wait, site);
}

/** One await of an async function; also the promise-like that `then` answers with. */
export abstract class Wait implements PromiseLike<unknown>, Runnable {
  readonly part: AsyncPart;
  /** The future waited for; null when it only gives the loop a turn. */
  future: Future<unknown> | null = null;
  readonly #onResult: Settle;
  readonly #onError: Settle;
  #state = OPEN;
  #outcome: unknown = undefined;
  #chain: { resolve: (value: unknown) => void; reject: (error: unknown) => void }[] | null = null;

  constructor(part: AsyncPart, onResult: Settle, onError: Settle) {
    this.part = part;
    this.#onResult = onResult;
    this.#onError = onError;
  }

  abstract _run(): void;

  /** For reports of slow steps: the task, and where it went on. */
  toString(): string {
    const site = resumedAt.get(this);
    return `${String(this.part.task)}${site === undefined ? '' : ` resumed at ${site.place()}`}`;
  }

  /** Passes a cancellation on; false when there is nothing that can be cancelled. */
  cancel(message: unknown): boolean {
    return this.future !== null && this.future.cancel(message as string);
  }

  resolve(value: unknown): void {
    this._settle(RESOLVED, this.#onResult, value);
  }

  reject(error: unknown): void {
    this._settle(REJECTED, this.#onError, error);
  }

  /** Rejects with an error that has come through another coroutine: its stack goes on with this function's frames. */
  rejectFrom(error: unknown, from: string | null): void {
    if (!isTraceable(error) || typeof this.#onError !== 'function') this.reject(error);
    else {
      const handled = rejectTraced(error, from, this.#onResult, this.#onError as OnError);
      this.#state = RESOLVED;
      this.#outcome = handled;
      for (const link of this.#chain ?? []) link.resolve(handled);
    }
  }

  /** @internal */
  _settle(state: number, handler: Settle, value: unknown): void {
    this.#state = state;
    this.#outcome = value;
    if (typeof handler === 'function') {
      try {
        this.#outcome = (handler as (value: unknown) => unknown)(value);
        this.#state = RESOLVED;
      } catch (error) {
        this.#outcome = error;
        this.#state = REJECTED;
        // Only a handler of the program's own can throw; without a chain nobody would ever see it.
        if (this.#chain === null) void Promise.reject(error);
      }
    }
    if (this.#chain === null) {
      // `await` gives two handlers; this is the program's own `then`.
      if (this.#state === REJECTED && typeof handler !== 'function') this._unseen();
      return;
    }
    for (const link of this.#chain) {
      if (this.#state === RESOLVED) link.resolve(this.#outcome);
      else link.reject(this.#outcome);
    }
  }

  /** @internal A cancellation is nothing to be told. */
  _unseen(): void {
    const error = this.#outcome;
    if (error instanceof CancelledError) return;
    this.#state = UNSEEN;
    this.#outcome = Promise.reject(error);
  }

  then<A = unknown, B = never>(
    onResult?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#state === RESOLVED || this.#state === UNSEEN) resolve(this.#outcome);
      else if (this.#state === REJECTED) reject(this.#outcome);
      else (this.#chain ??= []).push({ resolve, reject });
    });
    return promise.then(onResult, onError);
  }

  catch<B = never>(
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<unknown> {
    return this.then(undefined, onError);
  }
}

/** `await future`, and with no future the bare turn of `await sleep(0)`. */
export class FutureWait extends Wait implements Observer {
  _notify(): void {
    this.part.task._loop._enqueue(this);
  }

  _run(): void {
    const { part, future } = this;
    const { task } = part;
    if (runtime.debug) noteResumed(this);
    part.leave(this);
    part.resume();
    if (task._mustCancel() && !(future !== null && endsCancelled(future))) {
      if (future !== null) future._retrieve();
      this.reject(task._takeCancel());
      return;
    }
    if (task._mustCancel()) task._dropCancel();
    if (future === null) this.resolve(undefined);
    else future._deliver(this);
  }
}

/** Whether waking up from `future` throws a CancelledError by itself. */
export function endsCancelled(future: Future<unknown>): boolean {
  return future.cancelled() || (future.done() && future._value instanceof CancelledError);
}

/** `await` on a generator coroutine inside an async function: steps the generator in the same task. */
export class GeneratorWait extends Wait implements Observer {
  readonly #body: Steps;
  #error: unknown = undefined;
  #throws = false;

  constructor(part: AsyncPart, body: Steps, onResult: Settle, onError: Settle) {
    super(part, onResult, onError);
    this.#body = body;
  }

  _notify(): void {
    this.part.task._loop._enqueue(this);
  }

  /** Takes the first step, or the next one after an AsyncCall has ended. */
  step(): void {
    const { task } = this.part;
    const error = this.#error;
    const throws = this.#throws;
    this.#throws = false;
    this.#error = undefined;
    const outer = enterTask(task);
    let answer: IteratorResult<unknown, unknown>;
    try {
      answer = throws ? this.#body.throw(error) : this.#body.next();
    } catch (thrown) {
      leaveTask(outer);
      this.rejectFrom(thrown, null);
      return;
    }
    leaveTask(outer);
    if (answer.done === true) this.resolve(answer.value);
    else this._wait(answer.value);
  }

  _run(): void {
    const { part, future } = this;
    const { task } = part;
    if (runtime.debug) noteResumed(this);
    part.leave(this);
    this.future = null;
    part.resume();
    if (task._mustCancel()) {
      if (future !== null && endsCancelled(future)) task._dropCancel();
      else {
        if (future !== null) future._retrieve();
        this.#throws = true;
        this.#error = task._takeCancel();
      }
    }
    this.step();
  }

  /** @internal */
  _wait(trap: unknown): void {
    const { part } = this;
    const { task } = part;
    const answer = answerTrap(task, trap);
    if (answer === null) {
      part.enter(this);
      task._loop._enqueue(this);
    } else if (answer instanceof Error) {
      this.#error = answer;
      this.#throws = true;
      part.enter(this);
      task._loop._enqueue(this);
    } else if ('owner' in answer) {
      answer.owner = this;
    } else {
      this.future = answer;
      part.enter(this);
      answer._observe(this);
      if (task._mustCancel()) task._passCancel(answer);
    }
  }
}
