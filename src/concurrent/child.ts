// The program of a worker process.
import { deserialize, serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { entry } from './entry.ts';
import { loadFunction } from './load.ts';
import { type Outlet, Server } from './serve.ts';
import {
  BYE,
  DONE,
  FAIL,
  type FromWorker,
  type FunctionSpec,
  JOB,
  packFailure,
  READY,
  type ToWorker,
  UNUSABLE,
} from './wire.ts';

/** The first message: what to do before any job. */
export type Initializer = { readonly spec: FunctionSpec; readonly args: Uint8Array } | null;

function send(message: FromWorker): void {
  process.send?.(message, () => undefined);
}

const outlet: Outlet = {
  done: (id, value) => send([DONE, id, serialize(value)]),
  fail: (id, failure) => send([FAIL, id, failure]),
  next: () => undefined,
};
const server = new Server(outlet);
const never = (): boolean => false;
let ready = false;
// What came while the initializer ran.
const early: ToWorker[] = [];

function take(message: ToWorker): void {
  if (message[0] !== JOB) {
    server.control(message);
    return;
  }
  const [, id, fn, spec, args, chunk] = message;
  server.run(id, fn, spec, deserialize(args as Uint8Array) as unknown[], chunk, never);
}

async function begin(initializer: Initializer): Promise<void> {
  try {
    if (initializer !== null) {
      const fn = await loadFunction(initializer.spec);
      await fn(...(deserialize(initializer.args) as unknown[]));
    }
  } catch (error) {
    send([UNUSABLE, packFailure(error)]);
    return;
  }
  ready = true;
  send([READY]);
  startLifeline();
  for (const message of early) take(message);
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

process.on('uncaughtExceptionMonitor', (error) => send([BYE, null, packFailure(error)]));
// The owner has ended.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of the terminal; what it means is for the owner to say.
process.on('SIGINT', () => undefined);
process.once('message', (initializer: Initializer) => {
  process.on('message', (message: ToWorker) => {
    if (ready) take(message);
    else early.push(message);
  });
  void begin(initializer);
});
