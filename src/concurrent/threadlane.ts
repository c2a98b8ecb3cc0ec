// A lane to a worker thread.
import type { MessagePort, Transferable, Worker, WorkerOptions } from 'node:worker_threads';
import { bell } from './blocking.ts';
import { workerThreads } from './builtins.ts';
import { entry } from './entry.ts';
import type { LaneOwner } from './lane.ts';
import { makeFlags, PortLane } from './portlane.ts';
import { threadEnded } from './threadends.ts';
import { CANCEL, CANCELLED_JOB, SENT, type ThreadStart, type ToWorker } from './wire.ts';

export class ThreadLane extends PortLane {
  readonly #worker: Worker;
  readonly #thread: number;
  #life: MessagePort | null;
  #error: unknown = undefined;

  constructor(owner: LaneOwner, initializer: ThreadStart['initializer'], options: WorkerOptions) {
    const { MessageChannel, Worker: WorkerClass } = workerThreads();
    const { port1, port2 } = new MessageChannel();
    const life = new MessageChannel();
    const flags = makeFlags();
    const start: ThreadStart = { port: port2, flags, bell, life: life.port2, initializer };
    // Before the lane: what cannot be sent along, or an option Node refuses, is thrown here.
    const worker = new WorkerClass(entry('worker'), {
      ...options,
      workerData: start,
      transferList: [port2, life.port2],
    });
    super(owner, port1, flags);
    this.#worker = worker;
    this.#thread = worker.threadId;
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

  takeLife(): MessagePort | null {
    const life = this.#life;
    this.#life = null;
    return life;
  }

  override wake(): void {
    Atomics.notify(this.flags, SENT);
  }

  protected override send(message: ToWorker, transfer: readonly Transferable[] = []): void {
    super.send(message, transfer);
    if (message[0] === CANCEL) Atomics.store(this.flags, CANCELLED_JOB, message[1]);
    Atomics.add(this.flags, SENT, 1);
    // What is sent ahead goes to a worker that is busy; or it is woken when the last one is sent.
    if (!this.sendingAhead) Atomics.notify(this.flags, SENT);
  }

  protected override holdWorker(on: boolean): void {
    if (on) this.#worker.ref();
    else this.#worker.unref();
  }

  protected override end(): void {
    void this.#worker.terminate();
  }

  protected override gone(): void {
    super.gone();
    threadEnded(this.#thread);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `by an error (${error.name}: ${error.message})` : 'by an error';
}
