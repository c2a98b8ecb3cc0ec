// The program of the thread that keeps the processes of a pool. Its event loop is never blocked by jobs or by the
// program: so a program that waits by blocking still gets its answers, and hears of processes that die.
import { type ChildProcess, fork } from 'node:child_process';
import { type MessagePort, workerData } from 'node:worker_threads';
import { entry } from './entry.ts';
import {
  BYE,
  type Failure,
  type FromWorker,
  KILL,
  packFailure,
  ring,
  type ToWorker,
} from './wire.ts';

/** What a process is started with. */
export interface ProcessStart {
  readonly port: MessagePort;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>> | null;
  /** The initializer and its arguments, as the child gets them. */
  readonly initializer: unknown;
}

const { control, bell } = workerData as { control: MessagePort; bell: Int32Array };

control.on('message', start);

function start({ port, execArgv, env, initializer }: ProcessStart): void {
  let lastError: Failure | null = null;
  let over = false;
  const send = (message: FromWorker): void => {
    port.postMessage(message);
    ring(bell);
  };
  const end = (code: number | string | null): void => {
    if (over) return;
    over = true;
    send([BYE, code, lastError]);
    port.close();
  };
  let child: ChildProcess;
  try {
    child = fork(entry('child'), [], {
      serialization: 'advanced',
      execArgv: [...execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(env === null ? {} : { env: { ...env } }),
    });
  } catch (error) {
    lastError = packFailure(error);
    end('an error at its start');
    return;
  }
  child.on('error', (error) => {
    lastError ??= packFailure(error);
    if (child.pid === undefined) end('an error at its start');
  });
  child.on('exit', (code, signal) => end(code ?? signal));
  child.on('message', (message) => {
    const [kind, , failure] = message as FromWorker;
    // Its last words come again with its exit code.
    if (kind === BYE) lastError = failure as Failure;
    else send(message as FromWorker);
  });
  port.on('message', (message: ToWorker) => {
    if (message[0] === KILL) child.kill('SIGKILL');
    else if (child.connected) child.send(message, () => undefined);
  });
  child.send(initializer as never, () => undefined);
}
