// sleep: the most frequent coroutine of all, so it is written as objects of its own instead of a generator.
//
// A Sleep is a Coroutine to everyone else. Awaited with a delay above zero, it makes way for a SleepFuture, which is
// future and timer in one: a sleeping task holds that one object. At zero and below it is its own iterator: it yields
// nothing once, which gives the loop one turn.
//
// States of a Sleep: CREATED, ADOPTED by a task, or REGISTERED for the report at its collection -> STARTED (awaited, run
// by its task, stepped by hand, closed); a bare turn counts on to YIELDED.
import {
  type AbstractEventLoop,
  asyncTask,
  type BaseEventLoop,
  captureSite,
  checkSeconds,
  Coroutine,
  fromGenerator,
  Future,
  type GeneratorBody,
  getRunningLoop,
  logger,
  type Report,
  RuntimeError,
  runtime,
  type Site,
  type TimerHandle,
  type Trap,
  watch,
} from '../core/index.ts';

const CREATED = 0;
const ADOPTED = 1;
const REGISTERED = 2;
const STARTED = 3;
const YIELDED = 4;

// Shared, since they are read at once and never kept.
const TURN: IteratorYieldResult<undefined> = { value: undefined, done: false };
const NOTHING: IteratorReturnResult<undefined> = { value: undefined, done: true };

/**
 * Waits for `delay` seconds, and gives `result`. At zero and below it gives the loop one turn. A cancelled sleep ends at once
 * and leaves no timer behind.
 *
 * @throws TypeError at the call for a delay that is no number, RangeError for NaN
 *
 * @example
 * await sleep(0.5);
 */
export function sleep(delay: number): Coroutine<void>;
export function sleep<T>(delay: number, result: T): Coroutine<T>;
export function sleep(delay: number, result?: unknown): Coroutine<unknown> {
  if (typeof delay !== 'number' || Number.isNaN(delay)) checkSeconds(delay, 'sleep()');
  const made = new Sleep(delay, result);
  remember(made);
  return made as unknown as Coroutine<unknown>;
}

// Nearly every sleep is awaited before the next one is made, so only the newest one is held, to be watched for the
// "never awaited" report if it is still unclaimed by then. When no other follows, the next collection asks.
let newest: Sleep | null = null;
let collectionAwaited = false;

function remember(made: Sleep): void {
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

/** The future of a sleep, which is at the same time its entry in the loop's heap of timers. */
class SleepFuture extends Future<unknown> {
  /** @internal */ _when: number;
  /** @internal */ _scheduled = false;
  /** @internal */ _cancelled = false;

  constructor(loop: BaseEventLoop, delay: number, result: unknown) {
    super(loop as { loop?: AbstractEventLoop });
    this._when = loop.time() + delay;
    // Until the end, a future's value is free for its owner.
    this._value = result;
    loop._timers.push(this as unknown as TimerHandle);
    if (!loop._awake) loop._wake();
  }

  /** @internal The time has come. */
  _run(): void {
    if (!this.done()) this._finish(this._value);
  }

  /** @internal */
  override _cancelNow(message: unknown): void {
    if (this._scheduled && !this._cancelled) {
      this._cancelled = true;
      this._loop._timers.noteCancelled();
    }
    super._cancelNow(message);
  }

  /** @internal Thrown in or closed by hand: the timer goes too. */
  override throw(error: unknown): IteratorResult<Trap, unknown> {
    this.cancel();
    throw error;
  }

  /** @internal */
  return(value: unknown): IteratorResult<Trap, unknown> {
    this.cancel();
    return { value, done: true };
  }
}

/** What `sleep` returns. It takes Coroutine's place without its constructor, whose fields it has no use for. */
class Sleep {
  readonly #delay: number;
  readonly #result: unknown;
  #state = CREATED;
  readonly #site: Site | null;

  constructor(delay: number, result: unknown) {
    this.#delay = delay;
    this.#result = result;
    this.#site = runtime.debug ? captureSite(sleep) : null;
  }

  get name(): string {
    return 'sleep';
  }

  then(
    onResult?: ((value: unknown) => unknown) | null,
    onError?: ((error: unknown) => unknown) | null,
  ): PromiseLike<unknown> {
    const task = runtime.stepping ? null : asyncTask();
    if (task === null) return Coroutine.prototype.then.call(this, onResult, onError);
    if (this.#site !== null) task._suspended = this.#site;
    try {
      this.#begin();
    } catch (error) {
      return Promise.reject(error as Error).then(onResult, onError);
    }
    const part = task._asyncPart();
    if (this.#delay <= 0) {
      const result = this.#result;
      const plain = result === undefined || typeof onResult !== 'function';
      return part.awaitTurn(plain ? onResult : () => onResult(result), onError);
    }
    const future = new SleepFuture(task._loop, this.#delay, this.#result);
    const wait = part.awaitFuture(future, onResult, onError);
    // A cancellation that had been waiting for the next await came in before the sleep.
    if (future._observers === null) future.cancel();
    return wait;
  }

  [Symbol.iterator](): Iterator<Trap | undefined, unknown, unknown> {
    this.#begin();
    if (this.#delay <= 0) return this;
    return new SleepFuture(getRunningLoop() as BaseEventLoop, this.#delay, this.#result);
  }

  /** The bare turn, as an iterator. */
  next(): IteratorResult<undefined, unknown> {
    if (this.#state === STARTED) {
      this.#state = YIELDED;
      if (runtime.debug && runtime.task !== null)
        runtime.task._suspended = captureSite(captureSite);
      return TURN;
    }
    return this.#result === undefined ? NOTHING : { value: this.#result, done: true };
  }

  /** While it is its own iterator, the task throws at the place of the turn; else by hand, as Coroutine's. */
  throw(error: unknown): IteratorResult<Trap | undefined, unknown> {
    if (this.#state === YIELDED) throw error;
    return this.#byHand().throw(error);
  }

  send(value: unknown): IteratorResult<Trap | undefined, unknown> {
    return this.#byHand().send(value);
  }

  close(): void {
    if (this.#state <= REGISTERED || steppedByHand.has(this)) this.#byHand().close();
  }

  _start(): unknown {
    return this.#whole()._start();
  }

  _adopt(): void {
    // The task that adopts it starts it, or closes it.
    if (this.#state === CREATED) this.#state = ADOPTED;
  }

  get _isAsync(): boolean {
    return false;
  }

  get _function(): unknown {
    return sleep;
  }

  _unclaimed(): boolean {
    return this.#state === CREATED;
  }

  _report(): Report {
    this.#state = REGISTERED;
    const site = this.#site;
    const claim = { claimed: false };
    claims.set(this, claim);
    return {
      owner: null,
      emit(): void {
        if (claim.claimed) return;
        const where = site === null ? '' : `\nCoroutine created at:\n${site.frames().join('\n')}`;
        logger.warning(`RuntimeWarning: coroutine 'sleep' was never awaited${where}`);
      },
    };
  }

  toString(): string {
    const where = this.#site === null ? '' : ` created at ${this.#site.place()}`;
    return `<coroutine sleep${where}>`;
  }

  #begin(): void {
    if (this.#state >= STARTED) {
      throw new RuntimeError(
        'Cannot reuse the already awaited coroutine sleep; call the function again for a new one',
      );
    }
    if (this.#state === REGISTERED) (claims.get(this) as { claimed: boolean }).claimed = true;
    this.#state = STARTED;
  }

  /** The same as a coroutine with a generator, for whoever steps it or makes a task of it. */
  #whole(): Coroutine<unknown> {
    this.#begin();
    return fromGenerator(sleepBody(this.#delay, this.#result), 'sleep');
  }

  #byHand(): Coroutine<unknown> {
    let stepped = steppedByHand.get(this);
    if (stepped === undefined) {
      stepped = this.#whole();
      steppedByHand.set(this, stepped);
    }
    return stepped;
  }
}

Object.setPrototypeOf(Sleep.prototype, Coroutine.prototype);

const steppedByHand = new WeakMap<Sleep, Coroutine<unknown>>();
const claims = new WeakMap<Sleep, { claimed: boolean }>();

function* sleepBody(delay: number, result: unknown): GeneratorBody<unknown> {
  if (delay <= 0) {
    yield;
    return result;
  }
  return yield* new SleepFuture(getRunningLoop() as BaseEventLoop, delay, result);
}
