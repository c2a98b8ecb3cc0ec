// What a pool and its workers say to each other. Workers load this file, so it imports next to nothing.
import type { MessagePort } from 'node:worker_threads';
import { typesOf } from './errortypes.ts';

/** A function of a module. */
export interface ModuleSpec {
  readonly kind: 'module';
  readonly url: string;
  /** The name it is exported or registered by. */
  readonly name: string;
  /** For a function without a name: its text, so that no other one is taken for it. */
  readonly text: string | null;
}

/** How a worker finds a function again: in its module, or by its own text. */
export type FunctionSpec =
  ModuleSpec | { readonly kind: 'source'; readonly name: string; readonly source: string };

export const JOB = 0;
export const CANCEL = 1;
export const CLOSE = 2;
/** For the thread that keeps the processes: send this one a signal. */
export const KILL = 3;

/** A job. Its function is a number, which a worker has met before or learns now. */
export type JobMessage = readonly [
  kind: typeof JOB,
  id: number,
  fn: number,
  spec: FunctionSpec | null,
  args: unknown,
  chunk: boolean,
  /** Sent ahead: the job has to be claimed in this field of `flags`, by this number; 0: nothing to claim. */
  slot: number,
  claim: number,
];

export type ToWorker =
  | JobMessage
  | readonly [kind: typeof CANCEL, id: number]
  | readonly [kind: typeof CLOSE]
  | readonly [kind: typeof KILL, signal: 'SIGTERM' | 'SIGKILL'];

export const READY = 0;
export const DONE = 1;
export const FAIL = 2;
/** The worker ends: with an exit code or a signal's name, and the error that ended it. */
export const BYE = 3;
/** The initializer failed: this worker is of no use. */
export const UNUSABLE = 4;

export type FromWorker =
  | readonly [kind: typeof READY]
  | readonly [kind: typeof DONE, id: number, value: unknown]
  /** Of a process: its bytes. */
  | readonly [kind: typeof FAIL, id: number, failure: Failure | Uint8Array]
  | readonly [kind: typeof BYE, code: number | string | null, failure: Failure | null]
  | readonly [kind: typeof UNUSABLE, failure: Failure];

/** What was thrown: an error taken apart, or any other value. */
export type Failure = { readonly error: WireError } | { readonly value: unknown };

export interface WireError {
  /** Its classes that can be found again, the nearest first. */
  readonly types: readonly (string | ModuleSpec)[];
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly cause: Failure | null;
  /** Of an AggregateError. */
  readonly errors: readonly Failure[] | null;
  /** Its own properties that can be cloned. */
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/** The fields of a lane's shared `flags`: how many messages were sent, and the job that is to be cancelled. */
export const SENT = 0;
export const CANCELLED_JOB = 1;
/** From here on, fields for claims: a job that was sent ahead belongs to whoever first sets its number to 0. */
export const CLAIMS = 2;
export const CLAIM_FIELDS = 64;

/** Whether a job may be begun: not if it was sent ahead and has been taken back. */
export function claimed(flags: Int32Array, [, , , , , , slot, claim]: JobMessage): boolean {
  return claim === 0 || Atomics.compareExchange(flags, slot, claim, 0) === claim;
}

/** The fields of a thread's shared bell: how often it rang, and whether its owner is blocked. */
export const RINGS = 0;
export const BLOCKED = 1;

/** What a worker thread is started with. */
export interface ThreadStart {
  readonly port: MessagePort;
  readonly flags: Int32Array;
  readonly bell: Int32Array;
  /** Closes when the thread ends, however it ends. */
  readonly life: MessagePort;
  readonly initializer: { readonly spec: FunctionSpec; readonly args: unknown } | null;
}

/** Tells the owner of a bell that something was sent. */
export function ring(bell: Int32Array): void {
  Atomics.add(bell, RINGS, 1);
  if (Atomics.load(bell, BLOCKED) !== 0) Atomics.notify(bell, RINGS);
}

const MAX_DEPTH = 8;

/** Takes apart what was thrown, so that it can be sent; whatever it is, this throws nothing itself. */
export function packFailure(thrown: unknown, depth = 0): Failure {
  try {
    return thrown instanceof Error
      ? { error: takeApart(thrown, depth) }
      : { value: sendable(thrown) };
  } catch {
    // A proxy that answers nothing.
    return { value: 'something that cannot be looked at' };
  }
}

function takeApart(error: Error, depth: number): WireError {
  const cause = read(error, 'cause');
  const errors = read(error, 'errors');
  const stack = read(error, 'stack');
  const deeper = depth < MAX_DEPTH;
  return {
    types: typesOf(error),
    name: text(read(error, 'name')),
    message: text(read(error, 'message')),
    stack: typeof stack === 'string' ? stack : null,
    cause: cause === undefined || !deeper ? null : packFailure(cause, depth + 1),
    errors:
      Array.isArray(errors) && deeper ? errors.map((one) => packFailure(one, depth + 1)) : null,
    fields: fieldsOf(error),
  };
}

const TAKEN_APART = new Set(['name', 'message', 'stack', 'cause', 'errors']);

function fieldsOf(error: Error): Record<string, unknown> | null {
  let fields: Record<string, unknown> | null = null;
  for (const key of Object.keys(error)) {
    if (TAKEN_APART.has(key)) continue;
    const value = read(error, key);
    if (!isCloneable(value)) continue;
    fields ??= {};
    fields[key] = value;
  }
  return fields;
}

// An error may be anything: its properties may be of any type, or throw when they are read.
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : inWords(value);
}

function sendable(value: unknown): unknown {
  return isCloneable(value) ? value : inWords(value);
}

function inWords(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
