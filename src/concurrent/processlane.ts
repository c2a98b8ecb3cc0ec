// A lane to a worker process: messages go through the thread that keeps it.
import type { MessagePort } from 'node:worker_threads';
import { workerThreads } from './builtins.ts';
import { readBytes } from './bytes.ts';
import type { ProcessStart } from './keeper.ts';
import { endProcess, holdKeeper, startProcess } from './keeperthread.ts';
import type { Force, LaneOwner } from './lane.ts';
import { makeFlags, PortLane } from './portlane.ts';
import { KILL } from './wire.ts';

export class ProcessLane extends PortLane {
  protected override readonly lastWord: boolean = true;
  #holding = false;

  constructor(owner: LaneOwner, start: Omit<ProcessStart, 'port' | 'flags'>) {
    const { port1, port2 } = new (workerThreads().MessageChannel)();
    super(owner, port1, makeFlags());
    startProcess({ ...start, port: port2, flags: this.flags }, this.#keeperDied);
  }

  /** The keeper tells of its end. */
  takeLife(): MessagePort | null {
    return null;
  }

  protected override unpack(value: unknown): unknown {
    return readBytes(value as Uint8Array);
  }

  protected override holdWorker(on: boolean): void {
    this.#holding = on;
    holdKeeper(on);
  }

  protected override end(force: Force): void {
    this.send([KILL, force === 'kill' ? 'SIGKILL' : 'SIGTERM']);
  }

  protected override gone(): void {
    if (this.#holding) this.hold(false);
    endProcess(this.#keeperDied);
    super.gone();
  }

  readonly #keeperDied = (): void => {
    this.over('with the thread that kept it', undefined);
    super.gone();
  };
}
