// What the threads around a loop and the loop say to each other.
//
// Requests come through a broadcast channel with a name of its own, which is all that has to be known to send one:
// so a handle is plain data and can be sent anywhere in the process. Answers go to a channel of the asking thread.
import { RuntimeError } from '../core/index.ts';
import { workerThreads } from './builtins.ts';
import type { Failure, FunctionSpec } from './wire.ts';
import { workerState } from './workerstate.ts';

/** The fields of a handle's shared state: whether the loop is open, and the thread that it belongs to. */
export const STATE = 0;
export const THREAD = 1;

export const SOON = 0;
export const RUN = 1;
export const STOP = 2;

export type Request =
  | readonly [
      kind: typeof SOON | typeof RUN,
      id: number,
      replyTo: string,
      bell: Int32Array,
      spec: FunctionSpec,
      args: readonly unknown[],
    ]
  | readonly [kind: typeof STOP, id: number, replyTo: string];

export const RESULT = 0;
export const FAILURE = 1;
export const CANCELLED = 2;

export type Reply =
  | readonly [id: number, kind: typeof RESULT, value: unknown]
  | readonly [id: number, kind: typeof FAILURE, failure: Failure]
  | readonly [id: number, kind: typeof CANCELLED];

export const OPEN = 0;
export const CLOSED = 1;
/** Its thread has ended without closing it; written by whoever hears of that. */
export const ENDED = 2;

/** A name for a channel that no other one has. */
export function channelName(kind: string): string {
  return `asyncio-ts:${kind}:${workerThreads().threadId}:${++workerState.channels}`;
}

export function closedError(): RuntimeError {
  return new RuntimeError('Event loop is closed');
}
