// The side of a task that lives in async functions: what they wait for, and whether they wait for the host.
//
// States: running (resumed, counted in `runtime.busy`; the loop holds its batch for it), waiting (one Wait or
// several, as under Promise.all), adrift (no waits, and the microtasks ran dry: it awaits a promise of the host's).
import { RuntimeError } from './errors.ts';
import type { Future } from './futures.ts';
import { runtime } from './runtime.ts';
import type { Task } from './tasks.ts';
import type { Steps } from './traps.ts';
import { FutureWait, GeneratorWait, type Wait } from './waits.ts';

type OnResult<T, A> = ((value: T) => A | PromiseLike<A>) | null | undefined;
type OnError<B> = ((error: unknown) => B | PromiseLike<B>) | null | undefined;

export class AsyncPart {
  readonly task: Task<unknown>;
  #waits: Wait | Wait[] | null = null;
  #adrift = false;
  #running = false;

  constructor(task: Task<unknown>) {
    this.task = task;
  }

  /** Whether it awaits a promise of the host's. */
  get adrift(): boolean {
    return this.#adrift;
  }

  /** Whether it awaits a promise of the host's, or has just been resumed and may be about to: nothing of ours is waited for. */
  get withHost(): boolean {
    return this.#adrift || this.#running;
  }

  /** The futures it waits for; for inspection. */
  get futures(): Future<unknown>[] {
    const waits =
      this.#waits === null ? [] : Array.isArray(this.#waits) ? this.#waits : [this.#waits];
    return waits.flatMap((wait) => (wait.future === null ? [] : [wait.future]));
  }

  /** `await future` in one of the task's async functions. */
  awaitFuture<T, A, B>(
    future: Future<T>,
    onResult: OnResult<T, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    const { task } = this;
    const wait = new FutureWait(this, onResult, onError);
    if ((future as Future<unknown>) === task) {
      wait.reject(new RuntimeError(`A task cannot await itself: ${String(task)}`));
    } else if (future._loop !== task._loop) {
      wait.reject(
        new RuntimeError(
          `${String(task)} awaits ${String(future)}, which is attached to a different loop`,
        ),
      );
    } else if (this.#adrift && task._mustCancel()) {
      // Cancelled while it awaited the host: this is the first place where it can be told.
      wait.reject(task._takeCancel());
    } else if (future.done()) {
      future._deliver(wait);
    } else {
      wait.future = future;
      if (runtime.debug) task._suspended = future._site;
      this.enter(wait);
      future._observe(wait);
      if (task._mustCancel()) task._passCancel(future);
    }
    return wait as PromiseLike<A | B>;
  }

  /** Gives the loop one turn: `await sleep(0)`. */
  awaitTurn<A, B>(onResult: OnResult<unknown, A>, onError: OnError<B>): PromiseLike<A | B> {
    const wait = new FutureWait(this, onResult, onError);
    if (this.#adrift && this.task._mustCancel()) wait.reject(this.task._takeCancel());
    else {
      this.enter(wait);
      this.task._loop._enqueue(wait);
    }
    return wait as PromiseLike<A | B>;
  }

  /** `await` on a generator coroutine in one of the task's async functions. */
  awaitGenerator<A, B>(
    body: Steps,
    onResult: OnResult<never, A>,
    onError: OnError<B>,
  ): PromiseLike<A | B> {
    const wait = new GeneratorWait(this, body, onResult, onError);
    if (this.#adrift && this.task._mustCancel()) {
      body.return(undefined);
      wait.reject(this.task._takeCancel());
    } else wait.step();
    return wait as PromiseLike<A | B>;
  }

  /** Cancels whatever is waited for; false when nothing of it can be. */
  cancel(message: unknown): boolean {
    const waits = this.#waits;
    if (waits === null) return false;
    if (!Array.isArray(waits)) return waits.cancel(message);
    let any = false;
    for (const wait of waits.slice()) any = wait.cancel(message) || any;
    return any;
  }

  /** A wait begins: the function has shown what it waits for. */
  enter(wait: Wait): void {
    if (this.#waits === null) this.#waits = wait;
    else if (Array.isArray(this.#waits)) this.#waits.push(wait);
    else this.#waits = [this.#waits, wait];
    this.arrive();
  }

  /** A wait has come to its end. */
  leave(wait: Wait): void {
    const waits = this.#waits;
    if (waits === wait) this.#waits = null;
    else if (Array.isArray(waits)) {
      waits.splice(waits.indexOf(wait), 1);
      if (waits.length === 0) this.#waits = null;
    }
  }

  /** The function waits for something of ours again, or has ended: the loop may go on. */
  arrive(): void {
    if (this.#running) {
      this.#running = false;
      if (--runtime.busy === 0) runtime.resumed.length = 0;
    }
    if (this.#adrift) {
      this.#adrift = false;
      this.task._loop._outside--;
    }
  }

  /** One of its async functions goes on: until `arrive`, the loop waits for it. */
  resume(): void {
    if (this.#running || this.task.done()) return;
    this.#running = true;
    runtime.busy++;
    runtime.resumed.push(this);
  }

  /** The microtasks ran dry without `arrive`: it awaits the host. */
  driftIfRunning(): void {
    if (!this.#running) return;
    this.#running = false;
    if (this.#adrift || this.#waits !== null || this.task.done()) return;
    this.#adrift = true;
    this.task._loop._outside++;
  }
}
