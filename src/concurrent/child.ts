// The program of a worker process. Requests come, and answers go, as frames through a pipe; see frames.ts.
import { Socket } from 'node:net';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { readBytes } from './bytes.ts';
import { entry } from './entry.ts';
import { CHUNK, type Frame, readFrames, START, TEACH, writeFrame } from './frames.ts';
import { loadJob } from './load.ts';
import { type Outlet, Server } from './serve.ts';
import {
  BYE,
  CANCEL,
  CLOSE,
  DONE,
  FAIL,
  type Failure,
  type FunctionSpec,
  JOB,
  packFailure,
  READY,
  UNUSABLE,
} from './wire.ts';

/** What to do before any job. */
export type Initializer = { readonly spec: FunctionSpec; readonly args: Uint8Array } | null;

const pipe = new Socket({ fd: 3, readable: true, writable: true });

const outlet: Outlet = {
  done: (id, value) => writeFrame(pipe, DONE, id, 0, serialize(value)),
  fail: (id, failure) => writeFrame(pipe, FAIL, id, 0, bytesOf(failure)),
  next: () => undefined,
};
const server = new Server(outlet);
const never = (): boolean => false;
let ready = false;
// What came while the initializer ran.
const early: Frame[] = [];

function bytesOf(failure: Failure): Uint8Array {
  try {
    return serialize(failure);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return serialize(
      packFailure(new TypeError(`What the job threw cannot be sent back: ${reason}`)),
    );
  }
}

function take(frame: Frame): void {
  const { kind, a, b, body } = frame;
  switch (kind) {
    case START:
      void begin(readBytes(body) as Initializer);
      break;
    case TEACH:
      server.remember(b, readBytes(body) as FunctionSpec);
      break;
    case JOB:
    case CHUNK:
      if (!ready) early.push(frame);
      else server.run(a, b, null, readBytes(body) as unknown[], kind === CHUNK, never);
      break;
    case CANCEL:
      if (!ready) early.push(frame);
      else server.control([CANCEL, a]);
      break;
    default:
      server.control([CLOSE]);
  }
}

async function begin(initializer: Initializer): Promise<void> {
  try {
    if (initializer !== null) {
      startLifeline();
      const fn = await loadJob(initializer.spec);
      await fn(...(readBytes(initializer.args) as unknown[]));
    }
  } catch (error) {
    writeFrame(pipe, UNUSABLE, 0, 0, bytesOf(packFailure(error)));
    return;
  }
  ready = true;
  writeFrame(pipe, READY, 0, 0);
  if (initializer === null) startLifeline();
  for (const frame of early) take(frame);
}

// A job that computes keeps the process from hearing that its owner has ended: a thread hears it.
function startLifeline(): void {
  const compiled = import.meta.url.endsWith('.js');
  new Worker(entry('lifeline'), {
    name: 'asyncio-ts lifeline',
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
    // Nothing of what the program loads first.
    ...(compiled ? { execArgv: [], env: {} } : {}),
  }).unref();
}

process.on('uncaughtExceptionMonitor', (error) => {
  writeFrame(pipe, BYE, 0, 0, bytesOf(packFailure(error)));
});
// Ctrl-C reaches every process of the terminal; what it means is for the owner to say.
process.on('SIGINT', () => undefined);
// What is lost here with an owner that has ended, 'close' tells.
pipe.on('error', () => undefined);
pipe.on('close', () => process.exit(0));
readFrames(pipe, take);
