// A lane to a worker thread.
import type { MessagePort, Transferable, Worker, WorkerOptions } from 'node:worker_threads';
import { bell } from './blocking.ts';
import { workerThreads } from './builtins.ts';
import { entry } from './entry.ts';
import type { Job, LaneOwner } from './lane.ts';
import { PortLane } from './portlane.ts';
import {
  CANCEL,
  CANCELLED_JOB,
  CLAIM_FIELDS,
  CLAIMS,
  SENT,
  type ThreadStart,
  type ToWorker,
} from './wire.ts';

// A whole number of rounds through the fields, below 2 ** 31.
const MAX_CLAIM = CLAIM_FIELDS * 1_000_000;

function slotOf(claim: number): number {
  return CLAIMS + (claim % CLAIM_FIELDS);
}

export class ThreadLane extends PortLane {
  readonly #worker: Worker;
  readonly #flags: Int32Array;
  #life: MessagePort | null;
  #error: unknown = undefined;
  override readonly takesAhead: boolean = true;
  #claim = 0;
  #sendingAhead = false;

  constructor(owner: LaneOwner, initializer: ThreadStart['initializer'], options: WorkerOptions) {
    const { MessageChannel, Worker: WorkerClass } = workerThreads();
    const { port1, port2 } = new MessageChannel();
    const life = new MessageChannel();
    const flags = new Int32Array(new SharedArrayBuffer(4 * (CLAIMS + CLAIM_FIELDS)));
    const start: ThreadStart = { port: port2, flags, bell, life: life.port2, initializer };
    // Before the lane: what cannot be sent along, or an option Node refuses, is thrown here.
    const worker = new WorkerClass(entry('worker'), {
      ...options,
      workerData: start,
      transferList: [port2, life.port2],
    });
    super(owner, port1);
    this.#worker = worker;
    this.#flags = flags;
    this.#life = life.port1;
    life.port1.unref();
    worker.unref();
    worker.on('error', (error) => {
      this.#error = error;
      this.poll();
      this.over(reasonOf(error), error);
    });
    worker.on('exit', (code) => {
      this.poll();
      this.over(`with exit code ${code}`, this.#error);
      this.#life?.close();
      this.gone();
    });
  }

  override giveAhead(job: Job): boolean {
    const claim = (this.#claim % MAX_CLAIM) + 1;
    const slot = slotOf(claim);
    // Not yet claimed by the worker: there is no room.
    if (Atomics.load(this.#flags, slot) !== 0) return false;
    this.#claim = claim;
    Atomics.store(this.#flags, slot, claim);
    job.claim = claim;
    this.#sendingAhead = true;
    try {
      this.post(job, slot, claim);
    } finally {
      this.#sendingAhead = false;
    }
    this.ahead.push(job);
    return true;
  }

  override recall(job: Job): boolean {
    const { claim } = job;
    if (Atomics.compareExchange(this.#flags, slotOf(claim), claim, 0) !== claim) return false;
    this.ahead.splice(this.ahead.indexOf(job), 1);
    job.lane = null;
    return true;
  }

  override recallAll(): Job[] {
    return [...this.ahead].filter((job) => this.recall(job));
  }

  override promote(): Job | null {
    const job = this.ahead.shift();
    if (job === undefined) return null;
    this.job = job;
    return job;
  }

  takeLife(): MessagePort | null {
    const life = this.#life;
    this.#life = null;
    return life;
  }

  protected override send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    super.send(message, transfer);
    if (message[0] === CANCEL) Atomics.store(this.#flags, CANCELLED_JOB, message[1]);
    Atomics.add(this.#flags, SENT, 1);
    // What is sent ahead goes to a worker that is busy; or it is woken when the last one is sent.
    if (!this.#sendingAhead) Atomics.notify(this.#flags, SENT);
  }

  override wake(): void {
    Atomics.notify(this.#flags, SENT);
  }

  protected override holdWorker(on: boolean): void {
    if (on) this.#worker.ref();
    else this.#worker.unref();
  }

  protected override end(): void {
    void this.#worker.terminate();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `by an error (${error.name}: ${error.message})` : 'by an error';
}
