// An option may be given as undefined, as without it: a program under exactOptionalPropertyTypes passes on what its own
// caller left out.
import {
  asCompleted,
  type Context,
  createTask,
  Future,
  getRunningLoop,
  type ReturnWhen,
  PriorityQueue,
  printCallGraph,
  sleep,
  type Transport,
  wait,
} from 'asyncio-ts';
import * as concurrent from 'asyncio-ts/concurrent';

interface Given {
  timeout?: number | null;
  returnWhen?: ReturnWhen;
  context?: Context;
  key?: (item: number) => unknown;
  limit?: number | null;
  write?: (text: string) => void;
  flag?: boolean;
  env?: Record<string, string>;
  names?: string[];
  count?: number;
}

export async function passedOn(given: Given, transport: Transport): Promise<void> {
  const { timeout, returnWhen, context, key, limit, write, flag, env, names, count } = given;
  const task = createTask(sleep(1), { context });
  await wait([task], { timeout, returnWhen });
  for (const next of asCompleted([task], { timeout })) await next;
  task.addDoneCallback(() => {}, { context });
  new Future({ loop: undefined });
  new PriorityQueue<number>(0, { key, compare: undefined });
  printCallGraph(task, { limit, write, depth: count });
  task.printStack({ limit, write });
  task.getStack({ limit });
  transport.setWriteBufferLimits({ high: count, low: limit });
  const loop = getRunningLoop();
  await loop.getaddrinfo('localhost', 80, { family: undefined, type: undefined, flags: count });
  await loop.startTls(transport, transport.getProtocol(), true, { serverSide: flag });
  loop.callExceptionHandler({ message: 'told', task: undefined, sourceTraceback: names });

  const pool = new concurrent.ThreadPoolExecutor(2, {
    initializer: undefined,
    initargs: names,
    terminate: flag,
    execArgv: names,
    threadNamePrefix: undefined,
    env,
  });
  new concurrent.ProcessPoolExecutor(count, { maxTasksPerChild: limit, env });
  pool.map((n: number) => n, [1], { timeout, chunksize: count, buffersize: limit });
  const job = pool.submit(() => 1);
  concurrent.wait([job], { timeout, returnWhen });
  job.cancel({ terminate: flag });
  await pool.shutdown(true, { cancelFutures: flag });
}
