/**
 * Our side of the conformance tests: runs a program on a `VirtualTimeEventLoop` and writes the same trace as `judge.py`.
 */
import {
  type AbstractEventLoop,
  type Body,
  type Future,
  type GeneratorBody,
  Task,
  type TaskOptions,
  gather,
} from '../../../src/index.ts';
import { VirtualTimeEventLoop } from '../../../src/testing/index.ts';
import type { EventRecord, Json, StateRecord, Trace } from '../reference/reference.ts';
import { Plain } from './values.ts';

/** Writes one event down: its name, and what was seen. */
export type Ev = (name: string, ...values: unknown[]) => void;
/** A program as a coroutine of either kind. */
export type Main = (ev: Ev) => Promise<unknown> | GeneratorBody<unknown>;
/** A program that makes and runs its loops itself. */
export type PlainMain = (ev: Ev, newLoop: () => VirtualTimeEventLoop) => unknown;

/** A loop that remembers the tasks it made. */
class RecordingLoop extends VirtualTimeEventLoop {
  readonly tasks: Future<unknown>[] = [];

  override createTask<T>(body: Body<T>, options?: TaskOptions): Task<T> {
    const task = super.createTask(body, options);
    this.tasks.push(task);
    return task;
  }
}

class Run {
  readonly events: EventRecord[] = [];
  readonly loops: RecordingLoop[] = [];
  readonly plain: Plain;
  over = false;

  constructor(firstTask: number) {
    this.plain = new Plain(firstTask);
  }

  readonly ev: Ev = (name, ...values) => {
    if (this.over) return;
    const now = this.loops.at(-1)?.time() ?? 0;
    this.events.push([now, name, ...values.map((v) => this.plain.value(v))]);
  };

  readonly newLoop = (): RecordingLoop => {
    const loop = new RecordingLoop();
    this.loops.push(loop);
    loop.setExceptionHandler((_loop, context) => {
      // Said by the garbage collector, at times of its own.
      if (/never retrieved|destroyed but it is pending|never awaited/.test(context.message)) return;
      const seen = context as unknown as Record<string, unknown>;
      this.ev(
        'exception handler',
        HANDLER_KEYS.filter((key) => seen[key] !== undefined && seen[key] !== null),
        context.exception,
      );
    });
    return loop;
  };

  outcome(value: unknown): { value: Json } {
    return { value: this.plain.value(value) };
  }
}

const HANDLER_KEYS = [
  'asyncgen',
  'exception',
  'future',
  'handle',
  'protocol',
  'socket',
  'task',
  'transport',
];

/** Runs a coroutine to its end, then cancels what it left and waits for that too, as `judge.py` does. */
export async function runOurs(main: Main): Promise<Trace> {
  const run = new Run(lastTaskNumber());
  const loop = run.newLoop();
  let outcome: Trace['outcome'];
  let rest: [string, StateRecord][] | undefined;
  try {
    outcome = run.outcome(await loop.runUntilComplete(() => main(run.ev)));
  } catch (e) {
    outcome = run.plain.error(e);
  }
  const made = [...loop.tasks];
  const tasks = run.plain.states(made);
  const left = made.filter((task) => !task.done());
  if (left.length > 0) {
    run.ev('main is over');
    for (const task of left) task.cancel();
    try {
      await loop.runUntilComplete(gather(...left, { returnExceptions: true }));
    } catch (e) {
      run.ev('cleanup failed', e);
    }
    rest = run.plain.states(left);
  }
  run.over = true;
  loop.close();
  return { events: run.events, outcome, tasks, ...(rest === undefined ? {} : { rest }) };
}

/** Runs a program that makes its loops itself. */
export async function runOursPlain(main: PlainMain): Promise<Trace> {
  const run = new Run(lastTaskNumber());
  let outcome: Trace['outcome'];
  try {
    outcome = run.outcome(await main(run.ev, run.newLoop));
  } catch (e) {
    outcome = run.plain.error(e);
  }
  const tasks = run.plain.states(run.loops.flatMap((loop) => loop.tasks));
  run.over = true;
  for (const loop of run.loops) if (!loop.isClosed()) loop.close();
  return { events: run.events, outcome, tasks };
}

/** The counter of default names cannot be read, only used. */
function lastTaskNumber(): number {
  const loop: AbstractEventLoop = new VirtualTimeEventLoop();
  // It is left pending, which nobody needs to hear.
  loop.setExceptionHandler(() => {});
  const task = new Task(function* () {}, { loop });
  const number = Number(/^Task-(\d+)$/.exec(task.getName())![1]);
  task.cancel();
  loop.close();
  return number;
}
