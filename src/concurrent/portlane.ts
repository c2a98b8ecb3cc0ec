// What the lanes of threads and of processes share: messages in, messages out, and jobs that are sent ahead.
//
// A job that was sent ahead has a claim: a field of shared memory with its number. Whoever first sets it to 0 has the job: the other side,
// which then begins it, or this one, which takes it back.
import type { MessagePort, Transferable } from 'node:worker_threads';
import { fromHost } from '../core/index.ts';
import { workerThreads } from './builtins.ts';
import type { Force, Job, Lane, LaneOwner } from './lane.ts';
import { revive } from './revive.ts';
import {
  BYE,
  CANCEL,
  CLAIM_FIELDS,
  CLAIMS,
  CLOSE,
  DONE,
  FAIL,
  type Failure,
  type FromWorker,
  JOB,
  READY,
  type ToWorker,
  UNUSABLE,
} from './wire.ts';

// A whole number of rounds through the fields, below 2 ** 31.
const MAX_CLAIM = CLAIM_FIELDS * 1_000_000;

function slotOf(claim: number): number {
  return CLAIMS + (claim % CLAIM_FIELDS);
}

/** The shared fields of a lane. */
export function makeFlags(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (CLAIMS + CLAIM_FIELDS)));
}

export abstract class PortLane implements Lane {
  job: Job | null = null;
  readonly ahead: Job[] = [];
  depth = 1;
  aheadSince = 0;
  ready = false;
  ended = false;
  served = 0;
  protected readonly port: MessagePort;
  protected readonly flags: Int32Array;
  /** Whether nothing is left of the worker once it has said BYE. */
  protected readonly lastWord: boolean = false;
  protected sendingAhead = false;
  readonly #owner: LaneOwner;
  readonly #known = new Set<number>();
  #claim = 0;
  #held = false;
  #polling = false;
  #gone = false;

  constructor(owner: LaneOwner, port: MessagePort, flags: Int32Array) {
    this.#owner = owner;
    this.port = port;
    this.flags = flags;
    port.on('message', (message: FromWorker) => fromHost(() => this.#take(message)));
    // What cannot be read may have been the end of the job: nobody would wait for it any more.
    port.on('messageerror', (error) => {
      this.over('as what it sent could not be read', error);
      this.end('kill');
    });
    port.unref();
  }

  give(job: Job): void {
    this.#post(job, 0, 0);
    this.job = job;
    this.hold(true);
  }

  giveAhead(job: Job): boolean {
    const claim = (this.#claim % MAX_CLAIM) + 1;
    const slot = slotOf(claim);
    // Not yet claimed by the other side: there is no room.
    if (Atomics.load(this.flags, slot) !== 0) return false;
    this.#claim = claim;
    Atomics.store(this.flags, slot, claim);
    job.claim = claim;
    this.sendingAhead = true;
    try {
      this.#post(job, slot, claim);
    } finally {
      this.sendingAhead = false;
    }
    this.ahead.push(job);
    return true;
  }

  wake(): void {}

  recall(job: Job): boolean {
    const { claim } = job;
    if (Atomics.compareExchange(this.flags, slotOf(claim), claim, 0) !== claim) return false;
    this.ahead.splice(this.ahead.indexOf(job), 1);
    job.lane = null;
    return true;
  }

  recallAll(): Job[] {
    return this.ahead.length === 0 ? [] : [...this.ahead].filter((job) => this.recall(job));
  }

  promote(): Job | null {
    const job = this.ahead.shift();
    if (job === undefined) return null;
    this.job = job;
    return job;
  }

  ask(id: number): void {
    this.send([CANCEL, id]);
  }

  close(): void {
    this.hold(true);
    this.send([CLOSE]);
  }

  kill(force: Force): void {
    if (this.#gone || (this.ended && force !== 'kill')) return;
    this.ended = true;
    this.hold(true);
    this.end(force);
  }

  poll(): void {
    if (this.#gone) return;
    const { receiveMessageOnPort } = workerThreads();
    this.#polling = true;
    try {
      for (;;) {
        const next = receiveMessageOnPort(this.port);
        if (next === undefined) return;
        this.#take(next.message as FromWorker);
      }
    } finally {
      this.#polling = false;
    }
  }

  hold(on: boolean): void {
    if (this.#held === on) return;
    this.#held = on;
    this.holdWorker(on);
  }

  /** The watcher saw it end, and this thread is blocked. */
  died(): void {
    this.poll();
    this.over('without a word (it ran out of memory, or crashed)', undefined);
    this.gone();
  }

  abstract takeLife(): MessagePort | null;
  protected abstract holdWorker(on: boolean): void;
  /** Ends the thread or process at once. */
  protected abstract end(force: Force): void;

  protected send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  /** The value or failure of a job, out of what was sent. */
  protected unpack(value: unknown): unknown {
    return value;
  }

  /** It has ended, whoever saw it first. */
  protected over(why: string, cause: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.#owner.laneEnded(this, why, cause);
  }

  /** Nothing is left of it. */
  protected gone(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.port.close();
    this.#owner.laneGone(this);
  }

  #post(job: Job, slot: number, claim: number): void {
    const { number, spec } = job.reference;
    const known = this.#known.has(number);
    const taught = known ? null : spec;
    this.send([JOB, job.id, number, taught, job.args, job.chunk, slot, claim], job.transfer);
    if (!known) this.#known.add(number);
    this.served++;
    job.lane = this;
  }

  #take(message: FromWorker): void {
    if (this.ended) {
      if (message[0] === BYE && (this.#polling || this.lastWord)) this.gone();
      return;
    }
    switch (message[0]) {
      case READY:
        this.ready = true;
        break;
      case DONE:
        this.#owner.laneDone(this, message[1], this.unpack(message[2]));
        break;
      case FAIL:
        this.#owner.laneFailed(this, message[1], this.unpack(message[2]) as Failure);
        break;
      case UNUSABLE:
        this.#owner.laneUnusable(message[1]);
        break;
      case BYE: {
        const [, code, failure] = message;
        const how =
          typeof code === 'number' ? `with exit code ${code}` : `by ${code ?? 'a signal'}`;
        this.over(how, failure === null ? undefined : revive(failure));
        // Of a thread the exit is seen by itself, unless this thread is blocked.
        if (this.#polling || this.lastWord) this.gone();
        break;
      }
    }
  }
}
