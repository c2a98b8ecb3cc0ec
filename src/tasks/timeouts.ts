// timeout, timeoutAt and the Timeout class: a deadline over whatever the body awaits.
//
// States of a Timeout, and who moves it on:
//   created  --enter()-->                 active
//   active   --the deadline passes-->     expiring   (the loop; the task is cancelled at this moment)
//   active   --exit()-->                  finished
//   expiring --exit()-->                  expired
// Only an active one can be rescheduled; each can be entered once. The cancel request made on expiry is
// taken back by exit(); the CancelledError that reaches exit() becomes a TimeoutError only when no
// cancel request from elsewhere is left, so that a cancellation from outside is never swallowed.

import {
  type AsyncContextManager,
  type BodyFunction,
  type AbstractEventLoop,
  activeLoop,
  callDirectly,
  checkTimeout,
  isCancellation,
  type Coroutine,
  RuntimeError,
  type Task,
  TimeoutError,
  currentTask,
  getRunningLoop,
  inlineSteps,
  showAsText,
  SteppedCoroutine,
  type Steps,
} from '../core/index.ts';
import { checkFunction } from './arguments.ts';
import { Deadline, expire, type Expiring } from './deadline.ts';
import { LimitedSteps } from './limited.ts';

type TimeoutState = 'created' | 'active' | 'expiring' | 'expired' | 'finished';

/**
 * A deadline, as an async context manager: `asyncWith(new Timeout(when), body)`. Usually made by
 * `timeout(delay)` or `timeoutAt(when)`.
 *
 * When the deadline passes while the body runs, the task is cancelled; at the end of the body that
 * cancellation turns into a `TimeoutError`. A cancellation from elsewhere passes through unchanged.
 * A body that never suspends cannot be interrupted, and ends normally.
 *
 * @example
 * const limit = timeout(10);
 * await asyncWith(limit, async () => {
 *   for (const part of parts) {
 *     await upload(part);
 *     limit.reschedule(getRunningLoop().time() + 10);
 *   }
 * });
 */
export class Timeout implements AsyncContextManager<Timeout>, Expiring {
  #state: TimeoutState = 'created';
  #when: number | null;
  #handle: { cancel(): void } | null = null;
  #task: Task<unknown> | null = null;
  #cancelling = 0;
  /** The deadline passed while the body awaited a promise of the host's, where nothing could be told to it. */
  #adrift = false;

  /**
   * @param when the deadline, on the loop's clock in seconds (`loop.time()`); `null`: none yet
   * @throws TypeError or RangeError when `when` is no number (NaN included) and not null
   */
  constructor(when: number | null) {
    checkTimeout(when, 'Timeout()', 'when');
    this.#when = when;
  }

  /** The deadline on the loop's clock, in seconds; `null` when there is none. */
  when(): number | null {
    return this.#when;
  }

  /** Whether the deadline has passed while the body was running. */
  expired(): boolean {
    return this.#state === 'expiring' || this.#state === 'expired';
  }

  /**
   * Moves the deadline. One that lies in the past fires at the loop's next turn.
   *
   * @param when on the loop's clock, in seconds; `null` takes the deadline away
   * @throws RuntimeError when the timeout is not active: not entered yet, expired or finished
   * @throws TypeError or RangeError when `when` is no number (NaN included) and not null
   */
  reschedule(when: number | null): void {
    checkTimeout(when, 'Timeout.reschedule()', 'when');
    if (this.#state !== 'active') {
      throw new RuntimeError(
        this.#state === 'created'
          ? 'Timeout.reschedule expects an active timeout, but this one has not been entered; ' +
              'call it inside asyncWith(timeout, body)'
          : `Timeout.reschedule expects an active timeout, but this one is ${this.#state}; ` +
              'make a new one',
      );
    }
    this.#when = when;
    this._arm(when);
  }

  /**
   * Starts the clock for the current task.
   *
   * @throws RuntimeError when entered before, or outside of a task
   */
  enter(): this {
    if (this.#state !== 'created') {
      throw new RuntimeError(
        `A timeout can be entered once, and this one has already been entered (it is ${this.#state}); ` +
          'make a new one',
      );
    }
    const task = currentTask();
    if (task === null) {
      throw new RuntimeError(
        'A timeout should be used inside a task, but no task is running; run the code through ' +
          'run(main) or createTask(body)',
      );
    }
    this.#state = 'active';
    this.#task = task;
    this.#cancelling = task.cancelling();
    if (this.#when !== null) this._arm(this.#when);
    return this;
  }

  /**
   * Ends it. Called by `asyncWith`, with the error that the body ended with.
   *
   * @throws TimeoutError when the deadline passed and the body ended cancelled; its `cause` is the CancelledError
   */
  exit(error?: unknown): boolean {
    const handle = this.#handle;
    if (handle !== null) {
      handle.cancel();
      this.#handle = null;
    }
    if (this.#state === 'active') {
      this.#state = 'finished';
    } else if (this.#state === 'expiring') {
      this.#state = 'expired';
      const task = this.#task!;
      // The body awaited the host to its end, so its cancellation never found a place to be told: this is the place. (One
      // that is pending for another reason, as after a second cancellation, is forgotten by uncancel(), as in CPython.)
      const untold = error === undefined && this.#adrift && task._mustCancel();
      if (task.uncancel() <= this.#cancelling && (untold || isCancellation(error))) {
        throw new TimeoutError(`The timeout expired (deadline ${this.#when} on the loop's clock)`, {
          cause: error,
        });
      }
    }
    this.#task = null;
    return false;
  }

  toString(): string {
    const when =
      this.#state === 'active'
        ? ` when=${this.#when === null ? 'null' : Math.round(this.#when * 1000) / 1000}`
        : '';
    return `<Timeout [${this.#state}]${when}>`;
  }

  /** @internal */
  _arm(when: number | null): void {
    if (this.#handle !== null) {
      this.#handle.cancel();
      this.#handle = null;
    }
    if (when === null) return;
    // The task's loop, so that a callback of the host's can reschedule too.
    const task = this.#task!;
    const { _loop: loop } = task;
    this.#handle =
      when <= loop.time() ? loop.callSoon(expire, this) : new Deadline(this, task, when);
  }

  /** @internal The deadline has passed. */
  _expire(): void {
    const task = this.#task!;
    task.cancel();
    this.#adrift = task._mustCancel() && task._asyncPart().withHost;
    this.#state = 'expiring';
    this.#handle = null;
  }
}

/**
 * A deadline `delay` seconds from now, for `asyncWith`, or around `body` right away.
 *
 * In the second form the body may be an async function, a generator function or a plain function; it gets the
 * `Timeout` (to reschedule it, or to ask `expired()`), and its value is the value of the whole. The
 * time counts from the call. `timeout(0, body)` lets a body through that never suspends. A promise of the host's cannot be
 * interrupted: give its maker `signal()`, or await `ensureFuture(promise)`. Cancelling the task that awaits the whole cancels the body.
 *
 * @param delay seconds; `null`: no deadline yet (`reschedule` sets one)
 * @throws TypeError or RangeError when `delay` is no number (NaN included) and not null; RuntimeError when no
 *   loop is running (first form)
 * @throws TimeoutError from the awaited whole, when the deadline passed first
 *
 * @example
 * const page = await timeout(10, () => download(url));
 */
export function timeout(delay: number | null): Timeout;
/**
 * Runs `body` with a deadline `delay` seconds from now.
 *
 * @param delay seconds; `null`: no deadline yet
 * @throws TypeError or RangeError at the call when `delay` is no number and not null, or `body` no function
 * @throws TimeoutError when the deadline passed first; its `cause` is the CancelledError
 *
 * @example
 * const page = await timeout(10, () => fetch(url, { signal: signal() }));
 */
export function timeout<R>(delay: number | null, body: BodyFunction<R, [Timeout]>): Coroutine<R>;
export function timeout<R>(
  delay: number | null,
  body?: BodyFunction<R, [Timeout]>,
): Timeout | Coroutine<R> {
  checkTimeout(delay, 'timeout()', 'delay');
  if (arguments.length < 2) return new Timeout(deadline(delay, getRunningLoop()));
  checkFunction(body, 'timeout()');
  const loop = activeLoop();
  const cm = loop === null ? null : new Timeout(deadline(delay, loop));
  return new LimitedCall('timeout', cm, delay, body!);
}

/**
 * Like `timeout`, with the moment itself instead of a delay.
 *
 * @param when on the loop's clock (`loop.time()`), in seconds; `null`: no deadline yet
 * @throws TypeError or RangeError when `when` is no number (NaN included) and not null
 * @throws TimeoutError from the awaited whole, when the deadline passed first
 *
 * @example
 * const end = getRunningLoop().time() + 60;
 * for (const url of urls) await timeoutAt(end, () => download(url));
 */
export function timeoutAt(when: number | null): Timeout;
/**
 * Runs `body` with a deadline at `when`.
 *
 * @param when on the loop's clock (`loop.time()`), in seconds; `null`: no deadline yet
 * @throws TypeError or RangeError at the call when `when` is no number and not null, or `body` no function
 * @throws TimeoutError when the deadline passed first; its `cause` is the CancelledError
 */
export function timeoutAt<R>(when: number | null, body: BodyFunction<R, [Timeout]>): Coroutine<R>;
export function timeoutAt<R>(
  when: number | null,
  body?: BodyFunction<R, [Timeout]>,
): Timeout | Coroutine<R> {
  const cm = new Timeout(when);
  if (arguments.length < 2) return cm;
  checkFunction(body, 'timeoutAt()');
  return new LimitedCall('timeoutAt', cm, null, body!);
}

function deadline(delay: number | null, loop: AbstractEventLoop): number | null {
  return delay === null ? null : loop.time() + delay;
}

/** What `timeout` and `timeoutAt` return around a body. */
class LimitedCall<R> extends SteppedCoroutine<R> {
  readonly #name: string;
  readonly #delay: number | null;
  readonly #body: BodyFunction<R, [Timeout]>;
  readonly #limit: Timeout | null;

  /** @param limit null when no loop runs yet: the delay counts from the moment it is awaited */
  constructor(
    name: string,
    limit: Timeout | null,
    delay: number | null,
    body: BodyFunction<R, [Timeout]>,
  ) {
    super();
    this.#name = name;
    this.#limit = limit;
    this.#delay = delay;
    this.#body = body;
  }

  override get name(): string {
    return this.#name;
  }

  override get _function(): unknown {
    return this.#body;
  }

  protected override _steps(): Steps {
    const limit = this.#limit ?? new Timeout(deadline(this.#delay, getRunningLoop()));
    return new BodySteps(limit, this.#body);
  }
}

class BodySteps<R> extends LimitedSteps {
  readonly #limit: Timeout;
  readonly #body: BodyFunction<R, [Timeout]>;

  constructor(limit: Timeout, body: BodyFunction<R, [Timeout]>) {
    super(limit);
    this.#limit = limit;
    this.#body = body;
  }

  protected override open(): Iterator<unknown, unknown, unknown> {
    return inlineSteps(this.#body, this.#limit);
  }
}

showAsText(Timeout);
callDirectly(Timeout.prototype.enter, Timeout.prototype.exit);
