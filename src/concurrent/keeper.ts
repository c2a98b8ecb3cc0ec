// The program of the thread that keeps the processes of a pool. Its event loop is never blocked by jobs or by the
// program: so a program that waits by blocking still gets its answers, and hears of processes that die.
//
// Jobs that are sent ahead stop here, until the process has ended the one before: so they can be taken back.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { type MessagePort, workerData } from 'node:worker_threads';
import type { Initializer } from './child.ts';
import { entry } from './entry.ts';
import { CHUNK, type Frame, readFrames, START, TEACH, writeFrame } from './frames.ts';
import {
  BYE,
  CANCEL,
  claimed,
  CLOSE,
  DONE,
  FAIL,
  type Failure,
  type FromWorker,
  JOB,
  type JobMessage,
  packFailure,
  READY,
  ring,
  type ToWorker,
  UNUSABLE,
} from './wire.ts';

/** What a process is started with. */
export interface ProcessStart {
  readonly port: MessagePort;
  readonly flags: Int32Array;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>> | null;
  readonly initializer: Initializer;
}

// Above so many bytes, a result is handed to the owner rather than copied once more.
const HAND_OVER = 65_536;

const { control, bell } = workerData as { control: MessagePort; bell: Int32Array };

control.on('message', start);

function start({ port, flags, execArgv, env, initializer }: ProcessStart): void {
  let lastError: Failure | null = null;
  let over = false;
  let busy = false;
  const ahead: JobMessage[] = [];

  const tell = (message: FromWorker, bytes?: Uint8Array): void => {
    const handed = bytes !== undefined && bytes.byteLength > HAND_OVER;
    port.postMessage(message, handed ? [bytes.buffer as ArrayBuffer] : []);
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
    child = spawn(process.execPath, [...execArgv, fileURLToPath(entry('child'))], {
      // The first pipe is for frames. The other one is never written to: it closes when this thread is no more (see lifeline.ts).
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
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
  // Not before what it said has been read.
  child.on('close', (code, signal) => end(code ?? signal));
  child.stdio[4]?.on('error', () => undefined);
  const pipe = child.stdio[3] as Socket | undefined;
  if (pipe === undefined) return;
  pipe.on('error', () => undefined);

  // Begins a job, unless it was taken back; true when the process is busy by that.
  const begin = (message: JobMessage): boolean => {
    const [, id, fn, spec, args, chunk] = message;
    // Also with one that was taken back: those that follow do not tell again.
    if (spec !== null) writeFrame(pipe, TEACH, 0, fn, serialize(spec));
    if (!claimed(flags, message)) return false;
    writeFrame(pipe, chunk ? CHUNK : JOB, id, fn, args as Uint8Array);
    return true;
  };
  const ended = (message: FromWorker, body: Uint8Array): void => {
    tell(message, body);
    busy = false;
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      busy = begin(next);
      if (busy) return;
    }
  };
  readFrames(pipe, ({ kind, a, body }: Frame) => {
    switch (kind) {
      case DONE:
        ended([DONE, a, body], body);
        break;
      case FAIL:
        ended([FAIL, a, body], body);
        break;
      case READY:
        tell([READY]);
        break;
      case UNUSABLE:
        tell([UNUSABLE, deserialize(body) as Failure]);
        break;
      default:
        // BYE: its last words; they are told with its exit code.
        lastError = deserialize(body) as Failure;
    }
  });
  port.on('message', (message: ToWorker) => {
    switch (message[0]) {
      case JOB:
        if (busy) ahead.push(message);
        else busy = begin(message);
        break;
      case CANCEL:
        writeFrame(pipe, CANCEL, message[1], 0);
        break;
      case CLOSE:
        writeFrame(pipe, CLOSE, 0, 0);
        break;
      default:
        child.kill(message[1]);
    }
  });
  writeFrame(pipe, START, 0, 0, serialize(initializer));
}
