// What the lanes of threads and of processes share: messages in, messages out.
import type { MessagePort, Transferable } from 'node:worker_threads';
import { fromHost } from '../core/index.ts';
import { workerThreads } from './builtins.ts';
import type { Job, Lane, LaneOwner } from './lane.ts';
import { revive } from './revive.ts';
import {
  BYE,
  CANCEL,
  CLOSE,
  DONE,
  FAIL,
  type FromWorker,
  JOB,
  READY,
  type ToWorker,
  UNUSABLE,
} from './wire.ts';

export abstract class PortLane implements Lane {
  job: Job | null = null;
  readonly ahead: Job[] = [];
  depth = 1;
  aheadSince = 0;
  readonly takesAhead: boolean = false;
  ready = false;
  ended = false;
  served = 0;
  protected readonly port: MessagePort;
  /** Whether nothing is left of the worker once it has said BYE. */
  protected readonly lastWord: boolean = false;
  readonly #owner: LaneOwner;
  readonly #known = new Set<number>();
  #held = false;
  #polling = false;
  #gone = false;

  constructor(owner: LaneOwner, port: MessagePort) {
    this.#owner = owner;
    this.port = port;
    port.on('message', (message: FromWorker) => fromHost(() => this.#take(message)));
    port.unref();
  }

  give(job: Job): void {
    this.post(job, 0, 0);
    this.job = job;
    this.hold(true);
  }

  giveAhead(_job: Job): boolean {
    return false;
  }

  wake(): void {}

  recall(_job: Job): boolean {
    return false;
  }

  recallAll(): Job[] {
    return [];
  }

  promote(): Job | null {
    return null;
  }

  ask(id: number): void {
    this.send([CANCEL, id]);
  }

  close(): void {
    this.hold(true);
    this.send([CLOSE]);
  }

  kill(): void {
    if (this.ended) return;
    this.ended = true;
    this.hold(true);
    this.end();
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
  protected abstract end(): void;

  protected send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  /** The value of a job, out of what was sent. */
  protected unpack(value: unknown): unknown {
    return value;
  }

  protected post(job: Job, slot: number, claim: number): void {
    const { number, spec } = job.reference;
    const known = this.#known.has(number);
    const taught = known ? null : spec;
    this.send([JOB, job.id, number, taught, job.args, job.chunk, slot, claim], job.transfer);
    if (!known) this.#known.add(number);
    this.served++;
    job.lane = this;
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

  #take(message: FromWorker): void {
    if (this.ended) {
      if (message[0] === BYE && (this.#polling || this.lastWord)) this.gone();
      return;
    }
    switch (message[0]) {
      case READY:
        this.ready = true;
        this.#owner.laneReady(this);
        break;
      case DONE:
        this.#owner.laneDone(this, message[1], this.unpack(message[2]));
        break;
      case FAIL:
        this.#owner.laneFailed(this, message[1], message[2]);
        break;
      case UNUSABLE:
        this.#owner.laneUnusable(this, message[1]);
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
