// The deadline of a Timeout in the loop's heap of timers: a TimerHandle in small, since nearly every one is taken out
// again. Only one whose time comes makes a handle, and so has a context of its own and its errors told.
import { type BaseEventLoop, Handle, type Task, type TimerHandle } from '../core/index.ts';

/** What has a deadline. */
export interface Expiring {
  /** @internal The time has come. */
  _expire(): void;
  toString(): string;
}

/** Tells `owner`; for `callSoon`. */
export function expire(owner: Expiring): void {
  owner._expire();
}

export class Deadline {
  /** @internal On the loop's clock, in seconds. */ readonly _when: number;
  /** @internal In the heap. */ _scheduled = false;
  /** @internal */ _cancelled = false;
  #owner: Expiring | null;
  #task: Task<unknown> | null;

  /** Puts it into the heap of the loop of `task`. */
  constructor(owner: Expiring, task: Task<unknown>, when: number) {
    this._when = when;
    this.#owner = owner;
    this.#task = task;
    const loop: BaseEventLoop = task._loop;
    loop._timers.push(this as unknown as TimerHandle);
    if (!loop._awake) loop._wake();
  }

  cancel(): void {
    if (this._cancelled) return;
    this._cancelled = true;
    if (!this._scheduled) return;
    this.#task!._loop._timers.noteCancelled(this as unknown as TimerHandle);
    // It may stay in the heap until its time: the task and what that gave need not.
    if (this._scheduled) this.#owner = this.#task = null;
  }

  /** @internal */
  _run(): void {
    if (this._cancelled) return;
    const task = this.#task!;
    const callback = expire as (...args: unknown[]) => void;
    new Handle(callback, [this.#owner], task._loop, task._context.copy())._run();
  }

  toString(): string {
    return `<deadline of ${String(this.#owner)}>`;
  }
}
