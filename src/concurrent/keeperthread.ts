// The thread that keeps processes, as its owner sees it: one for all pools of a thread, alive while there are processes.
import type { MessagePort, Worker } from 'node:worker_threads';
import { bell } from './blocking.ts';
import { workerThreads } from './builtins.ts';
import { entry } from './entry.ts';
import { ownArgv } from './execargv.ts';
import type { ProcessStart } from './keeper.ts';

interface Keeper {
  readonly worker: Worker;
  readonly control: MessagePort;
  readonly onDeath: Set<() => void>;
  holds: number;
}

let keeper: Keeper | null = null;

/** Starts a process; `died` is called should the keeper end before it. */
export function startProcess(start: ProcessStart, died: () => void): void {
  keeper ??= makeKeeper();
  keeper.onDeath.add(died);
  try {
    keeper.control.postMessage(start, [start.port]);
  } catch (error) {
    endProcess(died);
    throw error;
  }
}

/** A process started with `died` is gone. */
export function endProcess(died: () => void): void {
  if (keeper === null || !keeper.onDeath.delete(died) || keeper.onDeath.size > 0) return;
  const { worker, control } = keeper;
  keeper = null;
  control.close();
  void worker.terminate();
}

/** Whether a process keeps the program running. */
export function holdKeeper(on: boolean): void {
  if (keeper === null) return;
  keeper.holds += on ? 1 : -1;
  if (keeper.holds > 0) keeper.worker.ref();
  else keeper.worker.unref();
}

function makeKeeper(): Keeper {
  const { MessageChannel, Worker: WorkerClass } = workerThreads();
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  const worker = new WorkerClass(entry('keeper'), {
    workerData: { control: port2, bell },
    transferList: [port2],
    name: 'asyncio-ts keeper of processes',
    ...ownArgv(),
  });
  worker.unref();
  const made: Keeper = { worker, control: port1, onDeath: new Set(), holds: 0 };
  worker.on('exit', () => {
    if (keeper === made) keeper = null;
    for (const died of made.onDeath) died();
  });
  return made;
}
