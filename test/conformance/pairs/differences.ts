// Differences on purpose: what CPython does, and what happens here instead (docs/differences.md).
import {
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  isfuture,
  run,
  sleep,
  wait,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';
import type { EventRecord } from '../reference/reference.ts';

const refused: EventRecord[] = [
  [0, 'sleep', 'threw', { error: 'TypeError', message: '*' }],
  [0, 'wait', 'threw', { error: 'RangeError', message: '*' }],
  [0, 'wait_for', 'threw', { error: 'TypeError', message: '*' }],
];

const sharedContext: EventRecord[] = [
  [0, 'child runs', true],
  [0, 'value', 'value'],
  [0, 'the current task is main', true],
  [1, 'then', 'by the child', true],
];

const refusal = { error: 'RuntimeError', message: '*' };
const stillAwaitable: EventRecord[] = [
  [0, 'refused', 0, refusal],
  [0, 'refused', 1, refusal],
  [0, 'waits'],
  [1, 'awaited', 'value'],
  [1, 'over', 'value'],
];

export const pairs: Pair[] = [
  {
    title: 'arguments are looked at in the call, not when its awaitable is awaited',
    py: `
      async def main(ev):
          async def child():
              pass
          made = []
          attempt(ev, 'sleep', lambda: made.append(sleep('soon')))
          attempt(ev, 'wait', lambda: made.append(wait([])))
          attempt(ev, 'wait_for', lambda: made.append(wait_for(child(), 'soon')))
    `,
    async: async (ev) => {
      const child = coroutine(async () => {});
      const made: unknown[] = [];
      const soon = 'soon' as unknown as number;
      attempt(ev, 'sleep', () => void made.push(sleep(soon)));
      attempt(ev, 'wait', () => void made.push(wait([])));
      attempt(ev, 'wait_for', () => void made.push(waitFor(child(), soon)));
    },
    gen: function* (ev) {
      function* child() {}
      const made: unknown[] = [];
      const soon = 'soon' as unknown as number;
      attempt(ev, 'sleep', () => void made.push(sleep(soon)));
      attempt(ev, 'wait', () => void made.push(wait([])));
      attempt(ev, 'wait_for', () => void made.push(waitFor(child(), soon)));
    },
    differs: {
      async: { name: 'arguments-at-the-call', events: refused },
      gen: { name: 'arguments-at-the-call', events: refused },
    },
  },
  {
    title:
      'an async function that returns a task delivers the result of the task; a generator function the task',
    py: `
      async def main(ev):
          async def child():
              await sleep(1)
              return 'value'
          async def make():
              return create_task(child())
          made = await make()
          ev('made', isfuture(made))
          ev('value', await made)
    `,
    async: async (ev) => {
      const child = coroutine(async () => {
        await sleep(1);
        return 'value';
      });
      const make = coroutine(async () => createTask(child()));
      const made: unknown = await make();
      ev('made', isfuture(made));
      ev('value', await made);
    },
    gen: function* (ev) {
      function* child() {
        yield* sleep(1);
        return 'value';
      }
      const make = coroutine(function* () {
        return createTask(child());
      });
      const made = yield* make();
      ev('made', isfuture(made));
      ev('value', yield* made);
    },
    differs: {
      async: {
        name: 'async-return-unwraps',
        events: [
          [1, 'made', false],
          [1, 'value', 'value'],
        ],
      },
    },
  },
  {
    title: 'send() and throw() of an async function: only the host can step it',
    py: `
      async def main(ev):
          async def child():
              ev('starts')
              await sleep(0)
          c = child()
          attempt(ev, 'send', lambda: c.send(None))
          attempt(ev, 'throw', lambda: c.throw(ValueError('thrown in')))
    `,
    async: async (ev) => {
      const c = coroutine(async () => {
        ev('starts');
        await sleep(0);
      })();
      attempt(ev, 'send', () => void c.send(null));
      attempt(ev, 'throw', () => void c.throw(new RangeError('thrown in')));
    },
    gen: function* (ev) {
      const c = coroutine(function* () {
        ev('starts');
        yield* sleep(0);
      })();
      attempt(ev, 'send', () => void c.send(null));
      attempt(ev, 'throw', () => void c.throw(new RangeError('thrown in')));
    },
    differs: {
      async: {
        name: 'async-functions-are-stepped-by-the-host',
        events: [
          [0, 'send', 'threw', { error: 'RuntimeError', message: '*' }],
          [0, 'throw', 'threw', { error: 'RuntimeError', message: '*' }],
        ],
      },
    },
  },
  {
    title: 'an asynchronous loop that is left closes its generator at once',
    py: `
      async def main(ev):
          kept = []
          async def numbers():
              try:
                  yield 1
                  await sleep(1)
                  yield 2
              finally:
                  ev('closed')
          kept.append(numbers())
          async for n in kept[0]:
              ev('got', n)
              break
          ev('main ends')
    `,
    async: async (ev) => {
      async function* numbers() {
        try {
          yield 1;
          await sleep(1);
          yield 2;
        } finally {
          ev('closed');
        }
      }
      const kept = [numbers()];
      for await (const n of kept[0]!) {
        ev('got', n);
        break;
      }
      ev('main ends');
    },
    differs: {
      async: {
        name: 'async-generators-are-the-hosts',
        events: [
          [0, 'got', 1],
          [0, 'closed'],
          [0, 'main ends'],
        ],
      },
    },
  },
  {
    title:
      'an asynchronous generator that is dropped half way is closed at the end of the run in CPython only',
    py: `
      def main(ev, new_loop):
          kept = []
          async def numbers():
              try:
                  yield 1
                  yield 2
              finally:
                  ev('closed')
          async def body():
              kept.append(numbers())
              ev('got', await anext(kept[0]))
              ev('main ends')
          asyncio.run(body(), loop_factory=new_loop)
    `,
    plain: async (ev, newLoop) => {
      async function* numbers() {
        try {
          yield 1;
          yield 2;
        } finally {
          ev('closed');
        }
      }
      const kept = [numbers()];
      await run(
        async () => {
          ev('got', (await kept[0]!.next()).value);
          ev('main ends');
        },
        { loopFactory: newLoop },
      );
    },
    differs: {
      plain: {
        name: 'async-generators-are-the-hosts',
        events: [
          [0, 'got', 1],
          [0, 'main ends'],
        ],
      },
    },
  },
  {
    title: 'an eager start in the context that the starting task runs in: the child shares it',
    py: `
      async def main(ev):
          var = ContextVar('var', default='unset')
          async def child():
              ev('child runs', current_task() is not me)
              var.set('by the child')
              return 'value'
          me = current_task()
          try:
              ev('value', await create_task(child(), context=me.get_context(), eager_start=True))
          except RuntimeError as e:
              ev('threw', e)
          ev('the current task is main', current_task() is me)
          # CPython 3.14.2 forgot to go back to it; nothing would run any more.
          asyncio.tasks._swap_current_task(get_running_loop(), me)
          await sleep(1)
          ev('then', var.get(), current_task() is me)
    `,
    async: async (ev) => {
      const variable = new ContextVar<string>('var', { default: 'unset' });
      const me = currentTask()!;
      const child = coroutine(async () => {
        ev('child runs', currentTask() !== me);
        variable.set('by the child');
        return 'value';
      });
      try {
        const options = { context: me.getContext(), eagerStart: true };
        ev('value', await createTask(child(), options));
      } catch (e) {
        ev('threw', e);
      }
      ev('the current task is main', currentTask() === me);
      await sleep(1);
      ev('then', variable.get(), currentTask() === me);
    },
    gen: function* (ev) {
      const variable = new ContextVar<string>('var', { default: 'unset' });
      const me = currentTask()!;
      function* child() {
        ev('child runs', currentTask() !== me);
        variable.set('by the child');
        return 'value';
      }
      try {
        const options = { context: me.getContext(), eagerStart: true };
        ev('value', yield* createTask(child(), options));
      } catch (e) {
        ev('threw', e);
      }
      ev('the current task is main', currentTask() === me);
      yield* sleep(1);
      ev('then', variable.get(), currentTask() === me);
    },
    differs: {
      async: { name: 'eager-start-in-an-entered-context', events: sharedContext },
      gen: { name: 'eager-start-in-an-entered-context', events: sharedContext },
    },
  },
  {
    title: 'a task that awaited itself, was refused, and is awaited by others and by itself again',
    py: `
      async def main(ev):
          async def selfish():
              for i in range(2):
                  try:
                      await current_task()
                  except RuntimeError as e:
                      ev('refused', i, e)
              ev('waits')
              await sleep(1)
              return 'value'
          t = create_task(selfish(), name='selfish')
          await sleep(0)
          await sleep(0)
          await sleep(0)
          try:
              ev('awaited', await t)
          except RuntimeError as e:
              ev('awaited', e)
          await wait([t])
          ev('over', t.result())
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          for (let i = 0; i < 2; i++) {
            try {
              await currentTask()!;
            } catch (e) {
              ev('refused', i, e);
            }
          }
          ev('waits');
          await sleep(1);
          return 'value';
        },
        { name: 'selfish' },
      );
      await sleep(0);
      await sleep(0);
      await sleep(0);
      try {
        ev('awaited', await t);
      } catch (e) {
        ev('awaited', e);
      }
      await wait([t]);
      ev('over', t.result());
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          for (let i = 0; i < 2; i++) {
            try {
              yield* currentTask()!;
            } catch (e) {
              ev('refused', i, e);
            }
          }
          ev('waits');
          yield* sleep(1);
          return 'value';
        },
        { name: 'selfish' },
      );
      yield* sleep(0);
      yield* sleep(0);
      yield* sleep(0);
      try {
        ev('awaited', yield* t);
      } catch (e) {
        ev('awaited', e);
      }
      yield* wait([t]);
      ev('over', t.result());
    },
    differs: {
      async: { name: 'a-task-that-awaited-itself', events: stillAwaitable },
      gen: { name: 'a-task-that-awaited-itself', events: stillAwaitable },
    },
  },
];
