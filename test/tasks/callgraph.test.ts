import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import {
  captureCallGraph,
  createTask,
  currentTask,
  formatCallGraph,
  Future,
  futureAddToAwaitedBy,
  type FutureCallGraph,
  futureDiscardFromAwaitedBy,
  gather,
  type GeneratorBody,
  getRunningLoop,
  printCallGraph,
  run,
  RuntimeError,
  shield,
  sleep,
  type Task,
  taskGroup,
  type TaskGroup,
  timeout,
  wait,
  waitFor,
} from '../../src/index.ts';
import { virtual } from '../support/common.ts';
import { inBothKinds, type Kind } from '../support/kinds.ts';

/** The graph as nested lists of task names. */
type Names = [string, ...Names[]];

function names(graph: FutureCallGraph | null): Names {
  if (graph === null) return ['-'];
  const { future, awaitedBy } = graph;
  const name = 'getName' in future ? (future as Task<unknown>).getName() : 'future';
  return [name, ...awaitedBy.map(names)];
}

/** A task `name` that waits for whatever `what` makes; the leaf that all wait for goes on until it is cancelled. */
function waiter(kind: Kind, name: string, what: () => Parameters<Kind['wait']>[0]): Task<unknown> {
  return kind.task(function* () {
    return yield* kind.wait(what());
  }, name);
}

describe('captureCallGraph', () => {
  inBothKinds('tells who waits for a task, and who for those', function* (kind) {
    const leaf = waiter(kind, 'leaf', () => sleep(5));
    const middle = waiter(kind, 'middle', () => leaf);
    waiter(kind, 'top', () => middle);
    waiter(kind, 'beside', () => leaf);
    yield* kind.turns(2);
    expect(names(captureCallGraph(leaf))).toEqual(['leaf', ['middle', ['top']], ['beside']]);
    yield* kind.wait(sleep(9));
    expect(names(captureCallGraph(leaf))).toEqual(['leaf']);
  });

  inBothKinds('sees through gather, wait, waitFor, shield and timeouts', function* (kind) {
    const leaf = waiter(kind, 'leaf', () => sleep(5));
    waiter(kind, 'gather', () => gather(leaf, sleep(1)));
    waiter(kind, 'wait', () => wait([leaf]));
    waiter(kind, 'waitFor', () => waitFor(leaf, 50));
    waiter(kind, 'shield', () => shield(leaf));
    waiter(kind, 'shielded gather', () => shield(gather(leaf)));
    waiter(kind, 'timeout', () => timeout(50, () => leaf));
    yield* kind.turns(4);
    const [, ...awaiters] = names(captureCallGraph(leaf));
    expect(awaiters.map(([name]) => name)).toEqual([
      'gather',
      'wait',
      'waitFor',
      'shield',
      'shielded gather',
      'timeout',
    ]);
    yield* kind.wait(leaf);
  });

  inBothKinds('a task of a group is awaited by the parent from the start', function* (kind) {
    let seen: Names = ['-'];
    const parent = kind.task(function* () {
      yield* kind.wait(
        taskGroup(
          kind.body(function* (tg: TaskGroup) {
            const child = tg.createTask(sleep(1), { name: 'child' });
            seen = names(captureCallGraph(child));
            yield* kind.turns();
          }),
        ),
      );
    }, 'parent');
    yield* kind.wait(parent);
    const main = currentTask()?.getName();
    expect(seen).toEqual(['child', ['parent', [main]]]);
  });

  inBothKinds('knows where the current task stands', function* (kind) {
    const graph = captureCallGraph();
    expect(graph?.future).toBe(currentTask());
    expect(graph?.callStack[0]?.frame.file).toMatch(/callgraph\.test\.ts/);
    expect(graph?.callStack[0]?.frame.line).toBeGreaterThan(1);
    expect(captureCallGraph(null, { limit: 0 })?.callStack).toEqual([]);
    expect(captureCallGraph(null, { limit: 1 })?.callStack).toHaveLength(1);
    const deeper = (): FutureCallGraph | null => captureCallGraph(null, { depth: 2 });
    const [first] = deeper()?.callStack ?? [];
    const [second] = deeper()?.callStack ?? [];
    expect(second?.frame.line).toBe((first?.frame.line ?? 0) + 1);
    yield* kind.turns();
  });

  inBothKinds('a ring of tasks that wait for each other is drawn once', function* (kind) {
    const tasks: Task<unknown>[] = [];
    tasks.push(waiter(kind, 'a', () => shield(tasks[1] as Task<unknown>)));
    tasks.push(waiter(kind, 'b', () => shield(tasks[0] as Task<unknown>)));
    yield* kind.turns(2);
    expect(names(captureCallGraph(tasks[0]))).toEqual(['a', ['b']]);
    for (const task of tasks) task.cancel();
    yield* kind.turns(2);
  });

  inBothKinds('links can be added for what the library cannot see', function* (kind) {
    const future = new Future<void>();
    const task = waiter(kind, 'told', () => sleep(1));
    futureAddToAwaitedBy(future, task);
    futureAddToAwaitedBy(future, task);
    expect(names(captureCallGraph(future))).toEqual(['future', ['told']]);
    futureDiscardFromAwaitedBy(future, task);
    futureDiscardFromAwaitedBy(future, task);
    expect(names(captureCallGraph(future))).toEqual(['future']);
    yield* kind.wait(task);
  });

  test('outside of a loop it needs a future; in a plain callback there is none', async () => {
    expect(() => captureCallGraph()).toThrow(RuntimeError);
    expect(() => captureCallGraph(5 as never)).toThrow(TypeError);
    expect(() => futureAddToAwaitedBy(5 as never, 6 as never)).toThrow(/future or task.*number 5/);
    await run(async () => {
      const inCallback = new Future<unknown>();
      getRunningLoop().callSoon(() => inCallback.setResult(captureCallGraph()));
      expect(await inCallback).toBeNull();
      expect(formatCallGraph(inCallback)).toBe('* Future');
    }, virtual);
  });
});

describe('formatCallGraph', () => {
  test('draws the graph with places in the source', async () => {
    await run(async () => {
      async function inner(): Promise<void> {
        await sleep(5);
      }
      const leaf = createTask(inner, { name: 'leaf' });
      const top = createTask(() => leaf, { name: 'top' });
      await sleep(1);
      const lines = formatCallGraph(leaf).split('\n');
      expect(lines[0]).toBe("* Task(name='leaf')");
      expect(lines).toContain('  + Call stack:');
      expect(lines.find((line) => line.startsWith('  |   inner()'))).toMatch(
        /callgraph\.test\.ts:\d+/,
      );
      expect(lines).toContain('  + Awaited by:');
      expect(lines).toContain("     * Task(name='top')");
      await top;
    }, virtual);
  });

  test.each([
    ['generator', 'named by the function', false],
    ['async', 'named by the function', false],
    ['generator', 'and where each coroutine stands, in debug mode', true],
    ['async', 'and where each coroutine stands, in debug mode', true],
  ] as const)('has places in the source of %s functions: %s', async (kind, _what, debug) => {
    // The lines of these functions are looked up below.
    async function innerAsync(): Promise<void> {
      await sleep(5); // here waits async
    }
    async function outerAsync(): Promise<void> {
      await innerAsync();
    }
    function* innerGenerator(): GeneratorBody<void> {
      yield* sleep(5); // here waits generator
    }
    function* outerGenerator(): GeneratorBody<void> {
      yield* innerGenerator();
    }
    await run(
      async () => {
        const task: Task<void> =
          kind === 'async' ? createTask(outerAsync) : createTask(outerGenerator);
        await sleep(1);
        const frames = formatCallGraph(task).split('\n').slice(2);
        const source = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');
        const waits = source.findIndex((line) => line.includes(`; // here waits ${kind}`)) + 1;
        const inner = `${kind === 'async' ? 'innerAsync' : 'innerGenerator'}()`;
        const outer = `${kind === 'async' ? 'outerAsync' : 'outerGenerator'}()`;
        expect(frames.at(-1)).toMatch(
          new RegExp(`${outer.slice(0, -2)}.*callgraph\\.test\\.ts:\\d+`),
        );
        if (debug) {
          expect(frames).toHaveLength(2);
          expect(frames[0]).toContain(inner);
          expect(frames[0]).toMatch(new RegExp(`callgraph\\.test\\.ts:${waits}:`));
        }
        await task;
      },
      { ...virtual, debug },
    );
  });

  test('printCallGraph writes it to the standard output, or where it is told', async () => {
    await run(async () => {
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      const task = createTask(sleep(1), { name: 'printed' });
      printCallGraph(task, { limit: 0 });
      expect(log.mock.calls).toEqual([["* Task(name='printed')"]]);
      const texts: string[] = [];
      printCallGraph(null, { write: (text) => texts.push(text), limit: 1 });
      expect(log).toHaveBeenCalledTimes(1);
      expect(texts[0]).toMatch(/Task-\d+[^]*callgraph\.test\.ts/);
      await task;
    }, virtual);
  });
});
