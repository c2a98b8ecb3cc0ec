/** Executes programs as print-typescript.ts printed them: shows that the printer tells the truth. */
import * as asyncio from '../../../src/index.ts';
import { VirtualTimeEventLoop } from '../../../src/testing/index.ts';
import type { Lines } from './judge.ts';
import { type Kind, isAsyncFunction } from './ours.ts';
import type { Program } from './program.ts';
import { step } from './interpret-generator.ts';
import { E1, E2, type Frame, World, frame, unclosed } from './world.ts';

const EMPTY: Program = {
  eager: false,
  futures: 0,
  locks: 0,
  events: 0,
  conds: [],
  sems: [],
  barriers: [],
  queues: [],
  vars: [],
  functions: [],
  callbacks: [],
};

type Body = (me: Frame) => PromiseLike<unknown> | asyncio.GeneratorBody<unknown>;

/** Runs a printed program and gives its trace. */
export async function runPrinted(source: string, kind: Kind): Promise<Lines> {
  const loop = new VirtualTimeEventLoop();
  let main: (() => asyncio.Awaitable<unknown>) | undefined;
  const world = new World(EMPTY, loop, () => () => main!());
  const ended = (me: Frame, how: unknown): void => world.rec(me.label, 0, 'ends with', how);
  const func = (fn: number, body: Body): unknown =>
    isAsyncFunction(kind, fn)
      ? asyncio.coroutine(async () => {
          const me = world.begin(fn);
          try {
            const value: unknown = await body(me);
            ended(me, value);
            return value;
          } catch (e) {
            ended(me, e);
            throw e;
          }
        })
      : asyncio.coroutine(function* () {
          const me = world.begin(fn);
          try {
            const value: unknown = yield* body(me) as asyncio.GeneratorBody<unknown>;
            ended(me, value);
            return value;
          } catch (e) {
            ended(me, e);
            throw e;
          }
        });
  const callback =
    (i: number, body: (me: Frame) => void) =>
    (...args: unknown[]): void => {
      const me = frame(`c${i}`);
      world.rec(me.label, 0, 'called', args);
      body(me);
    };
  const know = (task: asyncio.Task<unknown>): asyncio.Task<unknown> => {
    world.know(task);
    return task;
  };
  const scope = {
    ...(asyncio as Record<string, unknown>),
    E1,
    E2,
    step,
    unclosed,
    loop,
    func,
    callback,
    know,
    makeTask: (...args: Parameters<typeof asyncio.createTask>) => know(asyncio.createTask(...args)),
    settled: (start: () => void) => world.settled(start),
    fresh: (i: number) => world.freshFuture(i),
    makeJobs: (count: number) => world.makeJobs(count),
    threadsafe: (body: asyncio.Awaitable<unknown>) => world.threadsafe(body),
    jobState: (job: ReturnType<World['threadsafe']>) => world.jobState(job),
    report: (e: Error) => world.report(e),
    taskFactory: world.taskFactory,
    count: () => ++world.counter,
    counter: () => world.counter,
    main: () => world.main,
    state: (fut: asyncio.Future<unknown>) => world.state(fut),
    done: (fut: asyncio.Future<unknown>) => (fut.done() ? 'done' : 'pending'),
    handleState: (h: asyncio.Handle) => [
      h.cancelled(),
      h instanceof asyncio.TimerHandle ? h.when() : null,
    ],
    name: (task: asyncio.Task<unknown> | null) =>
      task && (task.getName().startsWith('Task-') ? null : task.getName()),
    log: (me: Frame, n: number, ...values: unknown[]) => world.rec(me.label, n, ...values),
  };
  const ends =
    '\nreturn { fn0, fut: typeof fut === "undefined" ? [] : fut, cvar: typeof cvar === "undefined" ? [] : cvar, job: typeof job === "undefined" ? [] : job };';
  // oxlint-disable-next-line typescript/no-implied-eval -- executing what was printed is the point
  const make = new Function(...Object.keys(scope), `'use strict';\n${source}${ends}`) as (
    ...values: unknown[]
  ) => {
    fn0: () => asyncio.Awaitable<unknown>;
    fut: asyncio.Future<unknown>[];
    cvar: asyncio.ContextVar<number>[];
    job: ReturnType<World['makeJobs']>;
  };
  try {
    const { fn0, fut, cvar, job } = make(...Object.values(scope));
    world.useFutures(fut);
    world.useVars(cvar);
    world.useJobs(job);
    main = fn0;
    return await world.run();
  } finally {
    loop.close();
  }
}
