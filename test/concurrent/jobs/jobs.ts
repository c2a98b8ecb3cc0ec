// Functions that the tests have run in threads and processes.
import { renameSync, writeFileSync } from 'node:fs';
import { type MessagePort, threadId } from 'node:worker_threads';
import {
  jobSignal,
  LoopRemote,
  offload,
  ThreadPoolExecutor,
  transfer,
} from '../../../src/concurrent/index.ts';
import {
  CancelledError,
  ContextVar,
  ExceptionGroup,
  getRunningLoop,
  run,
  sleep,
  TimeoutError as OurTimeoutError,
} from '../../../src/index.ts';

const factor = 2;

/** Uses something of its module. */
export const double = offload(import.meta, function double(x: number): number {
  return factor * x;
});

/** Has no name of its own, and is not exported under the name it has there. */
export const triple = offload(import.meta, (x: number): number => 3 * x);
export const quadruple = offload(import.meta, (x: number): number => 4 * x);

export const add = offload(import.meta, function add(a: number, b: number): number {
  return a + b;
});

export const doubleLater = offload(import.meta, async function doubleLater(x: number) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return factor * x;
});

export const where = offload(import.meta, function where(): [pid: number, thread: number] {
  return [process.pid, threadId];
});

export const nap = offload(import.meta, function nap(seconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
  return seconds;
});

export const fail = offload(import.meta, function fail(kind: string): never {
  if (kind === 'range') throw new RangeError('out of range', { cause: new TypeError('the cause') });
  if (kind === 'cancelled') throw new CancelledError('by itself');
  if (kind === 'group') throw new AggregateError([new SyntaxError('one'), 'two'], 'several');
  if (kind === 'fields')
    throw Object.assign(new Error('with fields'), { code: 'E_CODE', port: 80 });
  if (kind === 'own') {
    class OwnError extends Error {
      override name = 'OwnError';
    }
    throw new OwnError('my own');
  }
  throw kind;
});

/** A class that both sides can find. */
export const KnownError = offload(
  import.meta,
  class KnownError extends RangeError {
    readonly limit: number;
    constructor(limit: number) {
      super(`more than ${limit}`);
      this.limit = limit;
    }
    describe(): string {
      return `limit ${this.limit}`;
    }
  },
);

/** Throws errors of classes that are not the language's. */
export const failAs = offload(import.meta, function failAs(kind: string): never {
  class Nearer extends KnownError {}
  class HttpError extends TypeError {
    override name = 'HttpError';
  }
  // Not the one of this package.
  class TimeoutError extends Error {
    override name = 'TimeoutError';
  }
  if (kind === 'known') throw new KnownError(3);
  if (kind === 'nearer') throw new Nearer(4);
  if (kind === 'http') throw new HttpError('404');
  if (kind === 'dom') throw new DOMException('too late', 'TimeoutError');
  if (kind === 'named') throw new TimeoutError('of the program');
  throw new ExceptionGroup('several', [new KnownError(5), new OurTimeoutError('ours')]);
});

export const exit = offload(import.meta, function exit(code: number): void {
  process.exit(code);
});

export const eat = offload(import.meta, function eat(): void {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(1000).fill(Math.random()));
});

/** Ends its worker by an error outside of the job. */
export const stumble = offload(import.meta, async function stumble(): Promise<void> {
  setTimeout(() => {
    throw new RangeError('outside of the job');
  }, 1);
  await new Promise(() => undefined);
});

export const spin = offload(import.meta, function spin(): void {
  const signal = jobSignal();
  for (;;) signal.throwIfAborted();
});

/** Does not care for its signal. */
export const spinForEver = offload(import.meta, function spinForEver(): void {
  for (;;);
});

/** Takes its signal only after some time. */
export const signalLate = offload(import.meta, async function signalLate(): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return jobSignal().aborted;
});

/** Gives the process id to its owner by a file, and computes on without end. */
export const outlive = offload(import.meta, function outlive(file: string): void {
  writeFileSync(`${file}.new`, String(process.pid));
  renameSync(`${file}.new`, file);
  for (;;);
});

/** Will not hear of SIGTERM. */
export const persist = offload(import.meta, function persist(file: string): void {
  process.on('SIGTERM', () => undefined);
  outlive(file);
});

/** Gives its result, and ends right after that. */
export const leaveAfter = offload(import.meta, function leaveAfter(size: number): string {
  setImmediate(() => process.exit(0));
  return 'x'.repeat(size);
});

export const mapped = offload(import.meta, function mapped(loop: LoopRemote): boolean {
  return loop instanceof LoopRemote;
});

/** Runs a loop here, open to others, which get its handle by a port. */
export const serve = offload(import.meta, async function serve(port: MessagePort): Promise<void> {
  await run(async () => {
    port.postMessage(getRunningLoop().remote());
    port.close();
    await sleep(3600);
  });
});

/** Ends the thread of its loop. */
export const endThread = offload(import.meta, function endThread(): void {
  process.exit(0);
});

export const waitForAbort = offload(import.meta, async function waitForAbort(): Promise<string> {
  const signal = jobSignal();
  const timer = setInterval(() => undefined, 1000);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  clearInterval(timer);
  return `ended after ${String((signal.reason as Error).name)}`;
});

/** Counts its runs in shared memory. */
export const count = offload(import.meta, function count(counter: Int32Array): void {
  Atomics.add(counter, 0, 1);
});

let runs = 0;

/** Counts its runs in this worker. */
export const countRun = offload(import.meta, function countRun(): number {
  return ++runs;
});

export const countedRuns = offload(import.meta, function countedRuns(): number {
  return runs;
});

export const giveFunction = offload(import.meta, function giveFunction(): unknown {
  return () => 1;
});

export const giveBuffer = offload(import.meta, function giveBuffer(size: number): Uint8Array {
  return transfer(new Uint8Array(size).fill(7));
});

export const sum = offload(import.meta, function sum(bytes: Uint8Array): number {
  return bytes.reduce((a, b) => a + b, 0);
});

let setUp: string | null = null;

export const initialize = offload(import.meta, function initialize(value: string): void {
  setUp = value;
});

export const initialized = offload(import.meta, function initialized(): string | null {
  return setUp;
});

export const variable = new ContextVar<string>('variable', { default: 'the default' });

export const readVariable = offload(import.meta, function readVariable(): string {
  return variable.get();
});

/** A loop in the worker. */
export const runLoop = offload(import.meta, async function runLoop(n: number): Promise<number> {
  return run(function* () {
    yield* sleep(0.001);
    return n * 10;
  });
});

/** A pool in the worker. */
export const nested = offload(import.meta, async function nested(x: number): Promise<number> {
  const pool = new ThreadPoolExecutor(1);
  try {
    return await pool.submit(double, x);
  } finally {
    await pool.shutdown();
  }
});

export const notes: string[] = [];

export const note = offload(import.meta, function note(text: string): void {
  notes.push(`${text} in ${threadId}`);
});

export const ask = offload(import.meta, async function ask(question: string): Promise<string> {
  await sleep(0.001);
  return `${question} ${threadId}`;
});

export const askSteps = offload(import.meta, function* askSteps(n: number) {
  yield* sleep(0.001);
  return n + 1;
});

export const refuse = offload(import.meta, async function refuse(): Promise<never> {
  await sleep(0);
  throw new RangeError('refused');
});

export const cancelled: string[] = [];

export const sleepLong = offload(import.meta, async function sleepLong(): Promise<void> {
  try {
    await sleep(3600);
  } catch (error) {
    cancelled.push((error as Error).name);
    throw error;
  }
});

export const callHome = offload(import.meta, async function callHome(loop: LoopRemote): Promise<
  unknown[]
> {
  loop.callSoonThreadsafe(note, 'from a worker');
  const blocking = loop.runCoroutineThreadsafe(ask, 'blocking').result(5);
  const awaited = await loop.runCoroutineThreadsafe(ask, 'awaited');
  const stepped = await loop.runCoroutineThreadsafe(askSteps, 41);
  const called = await new Promise((resolve) =>
    loop.runCoroutineThreadsafe(ask, 'called').addDoneCallback((f) => resolve(f.result())),
  );
  let failed: unknown;
  try {
    await loop.runCoroutineThreadsafe(refuse);
  } catch (error) {
    failed = `${(error as Error).constructor.name}: ${(error as Error).message}`;
  }
  const long = loop.runCoroutineThreadsafe(sleepLong);
  let late: unknown;
  try {
    long.result(0.05);
  } catch (error) {
    late = (error as Error).name;
  }
  const ended = long.cancel();
  return [blocking, awaited, stepped, called, failed, late, ended, loop instanceof LoopRemote];
});

/** Calls a loop whose thread is going to end. */
export const askDoomed = offload(import.meta, function askDoomed(loop: LoopRemote): string {
  try {
    loop.runCoroutineThreadsafe(sleepLong).result(20);
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
});

export const callClosed = offload(import.meta, function callClosed(loop: LoopRemote): string {
  try {
    loop.callSoonThreadsafe(note, 'too late');
    return 'nothing';
  } catch (error) {
    return (error as Error).message;
  }
});
