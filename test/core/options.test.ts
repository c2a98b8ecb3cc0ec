// Options: what is misspelt or of the wrong kind is told at the call, and nothing is dropped in silence.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  asCompleted,
  captureCallGraph,
  ContextVar,
  copyContext,
  coroutine,
  createEagerTaskFactory,
  createTask,
  ensureFuture,
  Future,
  getRunningLoop,
  iscoroutine,
  iscoroutinefunction,
  once,
  PriorityQueue,
  Queue,
  run,
  Runner,
  sleep,
  staggeredRace,
  Task,
  TaskGroup,
  Timeout,
  wait,
} from '../../src/index.ts';

const work = async (): Promise<number> => 1;
const plain = (): void => {};
// What a caller without types could write.
const any = (value: unknown): never => value as never;

describe('an option that is not there', () => {
  test.each<[string, string, () => unknown]>([
    ['createTask()', 'nam', () => createTask(work, any({ nam: 'x' }))],
    ['createTask()', 'nam', () => getRunningLoop().createTask(work, any({ nam: 'x' }))],
    ['Task', 'nam', () => new Task(work, any({ nam: 'x' }))],
    ['ensureFuture()', 'lop', () => ensureFuture(work, any({ lop: null }))],
    ['Future', 'lop', () => new Future(any({ lop: null }))],
    ['addDoneCallback()', 'contxt', () => new Future().addDoneCallback(plain, any({ contxt: 1 }))],
    ['wait()', 'timout', () => wait([new Future()], any({ timout: 1 }))],
    ['asCompleted()', 'timout', () => asCompleted([new Future()], any({ timout: 1 }))],
    ['staggeredRace()', 'lop', () => staggeredRace([work], null, any({ lop: null }))],
    ['captureCallGraph()', 'dept', () => captureCallGraph(null, any({ dept: 2 }))],
    ['once()', 'sgnal', () => once(new EventTarget(), 'x', any({ sgnal: null }))],
    ['PriorityQueue', 'compar', () => new PriorityQueue(0, any({ compar: work }))],
    ['ContextVar', 'defalt', () => new ContextVar('x', any({ defalt: 1 }))],
    ['Runner()', 'debg', () => new Runner(any({ debg: true }))],
  ])('%s: %s', (where, option, call) =>
    run(async () => {
      const message = `${where} has no option '${option}'; it takes `;
      expect(call).toThrow(expect.objectContaining({ name: 'TypeError' }) as Error);
      expect(call).toThrow(message);
    }),
  );

  test('run(): debg', () => {
    expect(() => run(work, any({ debg: true }))).toThrow(
      "run() has no option 'debg'; it takes 'debug', 'loopFactory', 'signal'",
    );
  });

  test("is the factory's affair where the program has its own", () =>
    run(async () => {
      const seen: unknown[] = [];
      getRunningLoop().setTaskFactory((loop, body, options) => {
        seen.push(options);
        return new Task(body, { loop });
      });
      await createTask(work, any({ priority: 3 }));
      expect(seen).toEqual([{ priority: 3 }]);
    }));
});

describe('options of the wrong kind', () => {
  test.each<[string, RegExp, () => unknown]>([
    ['a number', /createTask\(\) expects its options as an object/, () => createTask(work, any(5))],
    ['null', /createTask\(\) expects its options as an object/, () => createTask(work, any(null))],
    ['ContextVar', /ContextVar expects its options/, () => new ContextVar('x', any(5))],
    ['bind', /Context\.bind\(\) expects a function/, () => copyContext().bind(any(5))],
    [
      'a context that is none',
      /addDoneCallback\(\) expects a Context as \{context\}, not/,
      () => new Future().addDoneCallback(plain, any({ context: 5 })),
    ],
    ['a Promise', /as an object, not a Promise/, () => createTask(work, any(Promise.resolve()))],
    [
      'a Promise',
      /wait\(\) expects its options/,
      () => wait([new Future()], any(Promise.resolve())),
    ],
    ['an array', /as an object, not an array of 0/, () => createTask(work, any([]))],
    [
      'a loop that is none',
      /an event loop as \{loop\}/,
      () => ensureFuture(work, any({ loop: 5 })),
    ],
  ])('%s', (_, message, call) => run(async () => expect(call).toThrow(message)));
});

test('options may be of a class, or inherited, where they name an option', () =>
  run(async () => {
    class Named {
      name = 'of a class';
    }
    expect(createTask(work, new Named()).getName()).toBe('of a class');
    const inherited = Object.create({ name: 'inherited' }) as object;
    expect(createTask(work, inherited).getName()).toBe('inherited');
  }));

test('createEagerTaskFactory takes a function that makes a task, too', () =>
  run(async () => {
    getRunningLoop().setTaskFactory(createEagerTaskFactory((body, o) => new Task(body, o)));
    const seen: string[] = [];
    const task = createTask(function* () {
      seen.push('begun');
      yield* sleep(0);
    });
    expect(seen).toEqual(['begun']);
    await task;
  }));

test('console.log shows what toString says, not the insides', () =>
  run(async () => {
    const task = createTask(() => sleep(1), { name: 'napper' });
    expect(inspect(task)).toBe(String(task));
    expect(inspect({ task })).toContain("name='napper'");
    const objects: { toString(): string }[] = [
      new Future(),
      new Queue(3),
      new TaskGroup(),
      new Timeout(null),
      getRunningLoop(),
      new ContextVar('v'),
      getRunningLoop().callLater(1, plain),
    ];
    for (const shown of objects) {
      expect(inspect(shown)).toBe(shown.toString());
    }
    const unawaited = sleep(1);
    expect(inspect(unawaited)).toBe('<coroutine sleep>');
    unawaited.close();
    task.cancel();
  }));

test('iscoroutine and iscoroutinefunction tell the compiler too', () => {
  const given: unknown = sleep(1);
  if (!iscoroutine(given)) throw new Error('sleep() gives a coroutine');
  if ('close' in given) given.close();
  const fn: unknown = coroutine(async () => 1);
  if (!iscoroutinefunction(fn)) throw new Error('coroutine() gives a coroutine function');
  const made = fn();
  if ('close' in made) made.close();
});
