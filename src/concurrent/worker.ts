// The program of a worker thread.
//
// Jobs come through a port. After a job the thread waits a moment for the next one, blocked: that saves the way
// through the event loop. Then it goes back to the event loop, so that what a job left behind (timers, streams) goes on.
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Loaded, loadJob } from './load.ts';
import { type Outlet, reviveInWorker, Server } from './serve.ts';
import {
  BYE,
  CANCELLED_JOB,
  claimed,
  CLOSE,
  DONE,
  FAIL,
  type Failure,
  JOB,
  packFailure,
  READY,
  ring,
  SENT,
  type FromWorker,
  type ThreadStart,
  type ToWorker,
  UNUSABLE,
} from './wire.ts';
import { workerState } from './workerstate.ts';

// Milliseconds to wait, blocked, for the next job.
const WAIT = 1;
// Jobs in a row before the event loop has its turn.
const ROW = 256;

const { port, flags, bell, life, initializer } = workerData as ThreadStart;

let lastError: Failure | null = null;
let looking = false;
// Sent ahead while a job runs that awaits.
const waiting: ToWorker[] = [];

function send(message: FromWorker, transfer: readonly unknown[] = []): void {
  port.postMessage(message, transfer as readonly MessagePort[]);
  ring(bell);
}

const outlet: Outlet = {
  done: (id, value, transfer) => send([DONE, id, value], transfer),
  fail: (id, failure) => send([FAIL, id, failure]),
  next: look,
};
const server = new Server(outlet);

function take(message: ToWorker): void {
  if (message[0] !== JOB) {
    server.control(message);
    return;
  }
  const [, id, fn, spec, args, chunk] = message;
  if (!claimed(flags, message)) {
    server.remember(fn, spec);
    return;
  }
  const asked = (): boolean => Atomics.load(flags, CANCELLED_JOB) === id;
  server.run(id, fn, spec, args as unknown[], chunk, asked);
}

// Takes what has come, and waits a moment for more while no job runs.
function look(): void {
  if (looking) return;
  looking = true;
  try {
    for (let row = 0; row < ROW && workerState.job === null; row++) {
      const early = waiting.shift();
      if (early !== undefined) {
        take(early);
        continue;
      }
      const seen = Atomics.load(flags, SENT);
      let next = receiveMessageOnPort(port);
      if (next === undefined) {
        Atomics.wait(flags, SENT, seen, WAIT);
        next = receiveMessageOnPort(port);
        if (next === undefined) return;
      }
      take(next.message as ToWorker);
    }
  } finally {
    looking = false;
  }
}

process.on('uncaughtExceptionMonitor', (error: unknown) => {
  lastError = packFailure(error);
});
process.on('exit', (code) => send([BYE, code, lastError]));
// Kept, so that it closes with the thread and not before.
life.unref();

function begin(): void {
  port.on('message', (message: ToWorker) => {
    if (message[0] === JOB && workerState.job !== null) {
      waiting.push(message);
      return;
    }
    take(message);
    if (workerState.job === null && message[0] !== CLOSE) look();
  });
  // The job in it could never be answered.
  port.on('messageerror', (error) => {
    throw error;
  });
  send([READY]);
}

async function initialize(load: () => Loaded | Promise<Loaded>, args: unknown[]): Promise<void> {
  try {
    const fn = await load();
    await fn(...(await reviveInWorker(args)));
  } catch (error) {
    send([UNUSABLE, packFailure(error)]);
    return;
  }
  begin();
}

if (initializer === null) begin();
else void initialize(() => loadJob(initializer.spec), initializer.args as unknown[]);
