// The watcher as its owner sees it: a thread that tells, by a port, which of the watched threads have ended.
import type * as WorkerThreads from 'node:worker_threads';
import type { Guarded } from './blocking.ts';
import { entry } from './entry.ts';
import { ownArgv } from './execargv.ts';

export class Guard {
  readonly #threads: typeof WorkerThreads;
  readonly #worker: WorkerThreads.Worker;
  readonly #port: WorkerThreads.MessagePort;
  readonly #watched = new Map<number, Guarded>();
  #last = 0;

  constructor(threads: typeof WorkerThreads, bell: Int32Array) {
    this.#threads = threads;
    const { port1, port2 } = new threads.MessageChannel();
    this.#port = port1;
    this.#worker = new threads.Worker(entry('guard'), {
      workerData: { port: port2, bell },
      transferList: [port2],
      ...ownArgv(),
    });
    this.#worker.unref();
    this.#port.on('message', (id: number) => this.#died(id));
    this.#port.unref();
  }

  watch(life: WorkerThreads.MessagePort, guarded: Guarded): void {
    const id = ++this.#last;
    this.#watched.set(id, guarded);
    try {
      this.#port.postMessage([id, life], [life]);
    } catch {
      // The port is closed: the thread has ended, and the message of that could not be read yet.
      this.#died(id);
    }
  }

  poll(): void {
    for (;;) {
      const next = this.#threads.receiveMessageOnPort(this.#port);
      if (next === undefined) return;
      this.#died(next.message as number);
    }
  }

  end(): void {
    this.#port.close();
    void this.#worker.terminate();
  }

  #died(id: number): void {
    const guarded = this.#watched.get(id);
    this.#watched.delete(id);
    guarded?.died();
  }
}
