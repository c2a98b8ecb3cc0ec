// Types of jobs: arguments and results are kept, and what cannot be sent is an error.
import { getRunningLoop, runCoroutineThreadsafe, toThread, wrapFuture } from 'asyncio-ts';
import {
  asCompleted,
  type Future,
  jobSignal,
  LoopRemote,
  offload,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  transfer,
} from 'asyncio-ts/concurrent';
import { type Equal, holds } from './equal.ts';

const threads = new ThreadPoolExecutor(2, { initializer: () => undefined });
const processes = new ProcessPoolExecutor();
const area = (w: number, h: string): Date => new Date(w + h);
const later = async (w: number): Promise<string> => String(w);

export async function kept(): Promise<void> {
  const date = threads.submit(area, 1, 'x');
  holds<Equal<typeof date, Future<Date>>>();
  const text = processes.submit(later, 1);
  holds<Equal<typeof text, Future<string>>>();
  const threaded = await toThread(area, 1, 'x');
  holds<Equal<typeof threaded, Date>>();
  const executed = await getRunningLoop().runInExecutor(null, later, 1);
  holds<Equal<typeof executed, string>>();
  const marked = offload(import.meta, area);
  holds<Equal<typeof marked, typeof area>>();
  for (const one of threads.map(area, [1, 2], ['a', 'b'])) holds<Equal<typeof one, Date>>();
  for await (const one of threads.map(later, [1], { chunksize: 2 })) {
    holds<Equal<typeof one, string>>();
  }
  for await (const one of asCompleted([text])) one.result().slice();
  const wrapped = await wrapFuture(text);
  holds<Equal<typeof wrapped, string>>();
  const ran = runCoroutineThreadsafe(later.bind(null, 1), getRunningLoop());
  holds<Equal<typeof ran, Future<string>>>();
  const bytes = transfer(new Uint8Array(1));
  holds<Equal<typeof bytes, Uint8Array<ArrayBuffer>>>();
  const remote = LoopRemote.from(getRunningLoop().remote());
  const stepped = remote.runCoroutineThreadsafe(function* (n: number) {
    yield;
    return n;
  }, 1);
  holds<Equal<typeof stepped, Future<number>>>();
  const handled = threads.submit(
    (loop: LoopRemote) => loop.state.length,
    getRunningLoop().remote(),
  );
  holds<Equal<typeof handled, Future<number>>>();
  const signal: AbortSignal = jobSignal();
  signal.throwIfAborted();
}

export function refused(): void {
  // @ts-expect-error too few arguments
  threads.submit(area, 1);
  // @ts-expect-error of the wrong type
  threads.submit(area, 1, 2);
  const fn = (): void => undefined;
  // @ts-expect-error a function cannot be sent
  threads.submit((given: () => void) => given(), fn);
  // @ts-expect-error nor a symbol
  threads.submit((key: symbol) => String(key), Symbol.iterator);
  // @ts-expect-error nor a promise
  processes.submit(async (p: Promise<number>) => p, Promise.resolve(1));
  // @ts-expect-error of the wrong type
  void toThread(later, 'x');
  // @ts-expect-error no iterable
  threads.map(later, 1);
  // @ts-expect-error of the wrong elements
  threads.map(later, ['x']);
}
