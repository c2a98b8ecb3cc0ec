// The program of the thread that keeps the processes of a pool. Its event loop is never blocked by jobs or by the
// program: so a program that waits by blocking still gets its answers, and hears of processes that die.
//
// Jobs that are sent ahead stop here, until the process has ended the one before: so they can be taken back.
import { type ChildProcess, fork } from 'node:child_process';
import { type MessagePort, workerData } from 'node:worker_threads';
import { entry } from './entry.ts';
import {
  BYE,
  claimed,
  DONE,
  FAIL,
  type Failure,
  type FromWorker,
  type FunctionSpec,
  JOB,
  type JobMessage,
  KILL,
  packFailure,
  ring,
  type ToWorker,
} from './wire.ts';

/** What a process is started with. */
export interface ProcessStart {
  readonly port: MessagePort;
  readonly flags: Int32Array;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>> | null;
  /** The initializer and its arguments, as the child gets them. */
  readonly initializer: unknown;
}

const { control, bell } = workerData as { control: MessagePort; bell: Int32Array };

control.on('message', start);

function start({ port, flags, execArgv, env, initializer }: ProcessStart): void {
  let lastError: Failure | null = null;
  let over = false;
  let busy = false;
  const ahead: JobMessage[] = [];
  // Functions that came with jobs that were taken back.
  const untold = new Map<number, FunctionSpec>();

  const tell = (message: FromWorker): void => {
    port.postMessage(message);
    ring(bell);
  };
  const end = (code: number | string | null): void => {
    if (over) return;
    over = true;
    tell([BYE, code, lastError]);
    port.close();
  };
  let child: ChildProcess;
  try {
    child = fork(entry('child'), [], {
      serialization: 'advanced',
      execArgv: [...execArgv],
      // The last one is never written to: it closes when this thread is no more (see lifeline.ts).
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      ...(env === null ? {} : { env: { ...env } }),
    });
  } catch (error) {
    lastError = packFailure(error);
    end('an error at its start');
    return;
  }
  const pass = (message: ToWorker): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  // Begins a job, unless it was taken back; true when the process is busy by that.
  const begin = (message: JobMessage): boolean => {
    const [kind, id, fn, given, args, chunk] = message;
    if (!claimed(flags, message)) {
      if (given !== null) untold.set(fn, given);
      return false;
    }
    const spec = given ?? untold.get(fn) ?? null;
    untold.delete(fn);
    pass([kind, id, fn, spec, args, chunk, 0, 0]);
    return true;
  };

  child.on('error', (error) => {
    lastError ??= packFailure(error);
    if (child.pid === undefined) end('an error at its start');
  });
  child.on('exit', (code, signal) => {
    // What it said before is read first.
    if (child.connected) child.once('disconnect', () => end(code ?? signal));
    else end(code ?? signal);
  });
  child.on('message', (given) => {
    const message = given as FromWorker;
    const [kind] = message;
    // Its last words come again with its exit code.
    if (kind === BYE) lastError = message[2];
    else tell(message);
    if (kind !== DONE && kind !== FAIL) return;
    busy = false;
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      busy = begin(next);
      if (busy) return;
    }
  });
  child.stdio[4]?.on('error', () => undefined);
  port.on('message', (message: ToWorker) => {
    if (message[0] === KILL) child.kill(message[1]);
    else if (message[0] !== JOB) pass(message);
    else if (busy) ahead.push(message);
    else busy = begin(message);
  });
  child.send(initializer as never, () => undefined);
}
