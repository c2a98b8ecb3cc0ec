/**
 * What the classes of this package do not show at run time: members that are fields of their instances, and names that are
 * interfaces. The compiler checks what is listed here against the types, so the lists cannot say too much.
 */
import * as asyncio from '../../../src/index.ts';

/** An instance of each class that keeps public members in fields, where its prototype does not show them. */
export const instances: Readonly<Record<string, () => object>> = {
  IncompleteReadError: () => new asyncio.IncompleteReadError(new Uint8Array(), 1),
  LimitOverrunError: () => new asyncio.LimitOverrunError('', 0),
  EventLoop: () => closed(),
  Token: () => new asyncio.ContextVar<number>('sample').set(1),
  ContextVar: () => new asyncio.ContextVar<number>('sample'),
  Queue: () => new asyncio.Queue<number>(),
  LifoQueue: () => new asyncio.LifoQueue<number>(),
  PriorityQueue: () => new asyncio.PriorityQueue<number>(),
  Barrier: () => new asyncio.Barrier(1),
};

/** Members of classes that are abstract or cannot be made without a system call, and of interfaces. */
export const declared: Readonly<Record<string, readonly string[]>> = {
  BaseEventLoop: ['slowCallbackDuration'] satisfies (keyof asyncio.BaseEventLoop)[],
  Process: ['pid', 'stdin', 'stdout', 'stderr', 'returncode'] satisfies (keyof asyncio.Process)[],
  AbstractServer: [
    'close',
    'closeClients',
    'abortClients',
    'getLoop',
    'isServing',
    'startServing',
    'serveForever',
    'waitClosed',
  ] satisfies (keyof asyncio.AbstractServer)[],
  FutureCallGraph: ['future', 'callStack', 'awaitedBy'] satisfies (keyof asyncio.FutureCallGraph)[],
  FrameCallGraphEntry: ['frame'] satisfies (keyof asyncio.FrameCallGraphEntry)[],
};

function closed(): object {
  const loop = asyncio.newEventLoop();
  loop.close();
  return loop;
}
