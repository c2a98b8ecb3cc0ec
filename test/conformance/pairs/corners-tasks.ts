// Corners of tasks and combinators: two things in one turn, one thing twice, and what is left behind.
import {
  asCompleted,
  asyncWith,
  createTask,
  currentTask,
  ensureFuture,
  FIRST_EXCEPTION,
  type Future,
  gather,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  TimeoutError,
  type Timeout,
  wait,
  waitFor,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'waitFor around a future that is done, cancelled before its first step and after it',
    py: `
      async def main(ev):
          done = get_running_loop().create_future()
          done.set_result('there')
          async def child(name):
              try:
                  ev(name, await wait_for(done, 5))
                  await sleep(1)
              except CancelledError as e:
                  ev(name, e)
                  raise
          early = create_task(child('early'), name='early')
          late = create_task(child('late'), name='late')
          early.cancel('too early')
          await sleep(0)
          late.cancel('too late')
          await wait([early, late])
          ev('result', done.result())
    `,
    async: async (ev) => {
      const done = getRunningLoop().createFuture<string>();
      done.setResult('there');
      const child = (name: string) => async () => {
        try {
          ev(name, await waitFor(done, 5));
          await sleep(1);
        } catch (e) {
          ev(name, e);
          throw e;
        }
      };
      const early = createTask(child('early'), { name: 'early' });
      const late = createTask(child('late'), { name: 'late' });
      early.cancel('too early');
      await sleep(0);
      late.cancel('too late');
      await wait([early, late]);
      ev('result', done.result());
    },
    gen: function* (ev) {
      const done = getRunningLoop().createFuture<string>();
      done.setResult('there');
      const child = (name: string) =>
        function* () {
          try {
            ev(name, yield* waitFor(done, 5));
            yield* sleep(1);
          } catch (e) {
            ev(name, e);
            throw e;
          }
        };
      const early = createTask(child('early'), { name: 'early' });
      const late = createTask(child('late'), { name: 'late' });
      early.cancel('too early');
      yield* sleep(0);
      late.cancel('too late');
      yield* wait([early, late]);
      ev('result', done.result());
    },
  },
  {
    title: 'a limit, its future set, and the waiter cancelled in one turn, in each order',
    py: `
      async def main(ev):
          async def child(name, fut):
              try:
                  ev(name, await wait_for(fut, 10))
              except (CancelledError, TimeoutError) as e:
                  ev(name, e)
          for order in ('set, cancel', 'cancel, set', 'fail, cancel', 'cancel future, cancel', 'cancel, cancel future'):
              fut = get_running_loop().create_future()
              t = create_task(child(order, fut), name=order)
              await sleep(0)
              for step in order.split(', '):
                  if step == 'set' and not fut.done():
                      fut.set_result('value')
                  elif step == 'fail':
                      fut.set_exception(ValueError('failed'))
                  elif step == 'cancel':
                      ev('cancel', t.cancel('of the task'))
                  elif step == 'cancel future':
                      ev('cancel future', fut.cancel('of the future'))
              await wait([t])
              ev('future', fut.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const child = async (name: string, fut: Future<string>) => {
        try {
          ev(name, await waitFor(fut, 10));
        } catch (e) {
          ev(name, e);
        }
      };
      for (const order of [
        'set, cancel',
        'cancel, set',
        'fail, cancel',
        'cancel future, cancel',
        'cancel, cancel future',
      ]) {
        const fut = getRunningLoop().createFuture<string>();
        const t = createTask(() => child(order, fut), { name: order });
        await sleep(0);
        for (const step of order.split(', ')) {
          if (step === 'set' && !fut.done()) fut.setResult('value');
          else if (step === 'fail') fut.setException(new RangeError('failed'));
          else if (step === 'cancel') ev('cancel', t.cancel('of the task'));
          else if (step === 'cancel future') ev('cancel future', fut.cancel('of the future'));
        }
        await wait([t]);
        ev('future', fut.cancelled(), t.cancelling());
      }
    },
    gen: function* (ev) {
      function* child(name: string, fut: Future<string>) {
        try {
          ev(name, yield* waitFor(fut, 10));
        } catch (e) {
          ev(name, e);
        }
      }
      for (const order of [
        'set, cancel',
        'cancel, set',
        'fail, cancel',
        'cancel future, cancel',
        'cancel, cancel future',
      ]) {
        const fut = getRunningLoop().createFuture<string>();
        const t = createTask(child(order, fut), { name: order });
        yield* sleep(0);
        for (const step of order.split(', ')) {
          if (step === 'set' && !fut.done()) fut.setResult('value');
          else if (step === 'fail') fut.setException(new RangeError('failed'));
          else if (step === 'cancel') ev('cancel', t.cancel('of the task'));
          else if (step === 'cancel future') ev('cancel future', fut.cancel('of the future'));
        }
        yield* wait([t]);
        ev('future', fut.cancelled(), t.cancelling());
      }
    },
  },
  {
    title:
      'a timeout that expires while its body cleans up after a cancellation from outside: the latter comes out',
    py: `
      async def main(ev):
          async def child():
              cm = timeout(2)
              try:
                  async with cm:
                      try:
                          await sleep(10)
                      finally:
                          try:
                              await sleep(10)
                          except CancelledError as e:
                              ev('cleanup', e)
                              raise
              except (CancelledError, TimeoutError) as e:
                  ev('outside', e, cm.expired(), current_task().cancelling())
                  raise
          t = create_task(child(), name='child')
          await sleep(1)
          t.cancel('from outside')
          await wait([t])
    `,
    async: async (ev) => {
      const child = async () => {
        const cm = timeout(2);
        try {
          await asyncWith(cm, async () => {
            try {
              await sleep(10);
            } finally {
              try {
                await sleep(10);
              } catch (e) {
                ev('cleanup', e);
                // oxlint-disable-next-line no-unsafe-finally -- as the program in Python does
                throw e;
              }
            }
          });
        } catch (e) {
          ev('outside', e, cm.expired(), currentTask()!.cancelling());
          throw e;
        }
      };
      const t = createTask(child, { name: 'child' });
      await sleep(1);
      t.cancel('from outside');
      await wait([t]);
    },
    gen: function* (ev) {
      function* child() {
        const cm = timeout(2);
        try {
          yield* asyncWith(cm, function* () {
            try {
              yield* sleep(10);
            } finally {
              try {
                yield* sleep(10);
              } catch (e) {
                ev('cleanup', e);
                // oxlint-disable-next-line no-unsafe-finally -- as the program in Python does
                throw e;
              }
            }
          });
        } catch (e) {
          ev('outside', e, cm.expired(), currentTask()!.cancelling());
          throw e;
        }
      }
      const t = createTask(child(), { name: 'child' });
      yield* sleep(1);
      t.cancel('from outside');
      yield* wait([t]);
    },
  },
  {
    title:
      'uncancel() in the body of a timeout: of an earlier cancellation, and of the expiry itself',
    py: `
      async def main(ev):
          async def earlier():
              me = current_task()
              me.cancel('earlier')
              try:
                  async with timeout(1):
                      ev('uncancel', me.uncancel())
                      await sleep(5)
              except (CancelledError, TimeoutError) as e:
                  ev('earlier', e, me.cancelling())
          async def expiry():
              me = current_task()
              try:
                  async with timeout(1) as cm:
                      try:
                          await sleep(5)
                      except CancelledError as e:
                          ev('body', e, me.cancelling(), me.uncancel())
                          raise
              except (CancelledError, TimeoutError) as e:
                  ev('expiry', e, cm.expired(), me.cancelling())
          await create_task(earlier())
          await create_task(expiry())
    `,
    async: async (ev) => {
      const earlier = async () => {
        const me = currentTask()!;
        me.cancel('earlier');
        try {
          await timeout(1, async () => {
            ev('uncancel', me.uncancel());
            await sleep(5);
          });
        } catch (e) {
          ev('earlier', e, me.cancelling());
        }
      };
      const expiry = async () => {
        const me = currentTask()!;
        const cm = timeout(1);
        try {
          await asyncWith(cm, async () => {
            try {
              await sleep(5);
            } catch (e) {
              ev('body', e, me.cancelling(), me.uncancel());
              throw e;
            }
          });
        } catch (e) {
          ev('expiry', e, cm.expired(), me.cancelling());
        }
      };
      await createTask(earlier);
      await createTask(expiry);
    },
    gen: function* (ev) {
      function* earlier() {
        const me = currentTask()!;
        me.cancel('earlier');
        try {
          yield* timeout(1, function* () {
            ev('uncancel', me.uncancel());
            yield* sleep(5);
          });
        } catch (e) {
          ev('earlier', e, me.cancelling());
        }
      }
      function* expiry() {
        const me = currentTask()!;
        const cm = timeout(1);
        try {
          yield* asyncWith(cm, function* () {
            try {
              yield* sleep(5);
            } catch (e) {
              ev('body', e, me.cancelling(), me.uncancel());
              throw e;
            }
          });
        } catch (e) {
          ev('expiry', e, cm.expired(), me.cancelling());
        }
      }
      yield* createTask(earlier());
      yield* createTask(expiry());
    },
  },
  {
    title: 'reschedule() by another task while the expired body cleans up is refused',
    py: `
      async def main(ev):
          held = []
          async def child():
              try:
                  async with timeout(1) as cm:
                      held.append(cm)
                      try:
                          await sleep(5)
                      finally:
                          await sleep(2)
              except TimeoutError as e:
                  ev('caught', e, cm.expired())
          t = create_task(child())
          await sleep(2)
          attempt(ev, 'reschedule', lambda: held[0].reschedule(100))
          ev('expired', held[0].expired(), held[0].when())
          await t
          attempt(ev, 'reschedule', lambda: held[0].reschedule(100))
    `,
    async: async (ev) => {
      const held: Timeout[] = [];
      const t = createTask(async () => {
        const cm = timeout(1);
        try {
          await asyncWith(cm, async () => {
            held.push(cm);
            try {
              await sleep(5);
            } finally {
              await sleep(2);
            }
          });
        } catch (e) {
          ev('caught', e, cm.expired());
        }
      });
      await sleep(2);
      attempt(ev, 'reschedule', () => held[0]!.reschedule(100));
      ev('expired', held[0]!.expired(), held[0]!.when());
      await t;
      attempt(ev, 'reschedule', () => held[0]!.reschedule(100));
    },
    gen: function* (ev) {
      const held: Timeout[] = [];
      const t = createTask(function* () {
        const cm = timeout(1);
        try {
          yield* asyncWith(cm, function* () {
            held.push(cm);
            try {
              yield* sleep(5);
            } finally {
              yield* sleep(2);
            }
          });
        } catch (e) {
          ev('caught', e, cm.expired());
        }
      });
      yield* sleep(2);
      attempt(ev, 'reschedule', () => held[0]!.reschedule(100));
      ev('expired', held[0]!.expired(), held[0]!.when());
      yield* t;
      attempt(ev, 'reschedule', () => held[0]!.reschedule(100));
    },
  },
  {
    title:
      'a child of a group that cancels itself, one that cancels the parent, and one that makes a sibling on its way down',
    py: `
      async def main(ev):
          async def selfish():
              current_task().cancel('self')
              await sleep(1)
          async def waits():
              await sleep(3)
              return 'ended'
          async with TaskGroup() as tg:
              tg.create_task(selfish(), name='selfish')
              t = tg.create_task(waits(), name='waits')
          ev('first', t.result())
          async def patricide(parent):
              await sleep(1)
              ev('cancel', parent.cancel('by the child'))
              await sleep(1)
          async def late(tg):
              try:
                  await sleep(5)
              finally:
                  attempt(ev, 'a sibling', lambda: tg.create_task(waits()))
          async def group():
              async with TaskGroup() as tg:
                  tg.create_task(patricide(current_task()), name='patricide')
                  tg.create_task(late(tg), name='late')
          t = create_task(group(), name='group')
          await wait([t])
          ev('group', t.cancelled(), t.cancelling())
    `,
    async: async (ev) => {
      const waits = async () => {
        await sleep(3);
        return 'ended';
      };
      const first = new TaskGroup();
      let t!: Task<string>;
      await asyncWith(first, (tg) => {
        tg.createTask(
          async () => {
            currentTask()!.cancel('self');
            await sleep(1);
          },
          { name: 'selfish' },
        );
        t = tg.createTask(waits, { name: 'waits' });
      });
      ev('first', t.result());
      const patricide = async (parent: Task<unknown>) => {
        await sleep(1);
        ev('cancel', parent.cancel('by the child'));
        await sleep(1);
      };
      const late = async (tg: TaskGroup) => {
        try {
          await sleep(5);
        } finally {
          attempt(ev, 'a sibling', () => tg.createTask(waits));
        }
      };
      const group = createTask(
        () =>
          asyncWith(new TaskGroup(), (tg) => {
            const parent = currentTask()!;
            tg.createTask(() => patricide(parent), { name: 'patricide' });
            tg.createTask(() => late(tg), { name: 'late' });
          }),
        { name: 'group' },
      );
      await wait([group]);
      ev('group', group.cancelled(), group.cancelling());
    },
    gen: function* (ev) {
      function* waits() {
        yield* sleep(3);
        return 'ended';
      }
      let t!: Task<string>;
      yield* asyncWith(new TaskGroup(), (tg) => {
        tg.createTask(
          function* () {
            currentTask()!.cancel('self');
            yield* sleep(1);
          },
          { name: 'selfish' },
        );
        t = tg.createTask(waits(), { name: 'waits' });
      });
      ev('first', t.result());
      function* patricide(parent: Task<unknown>) {
        yield* sleep(1);
        ev('cancel', parent.cancel('by the child'));
        yield* sleep(1);
      }
      function* late(tg: TaskGroup) {
        try {
          yield* sleep(5);
        } finally {
          attempt(ev, 'a sibling', () => tg.createTask(waits()));
        }
      }
      const group = createTask(
        function* () {
          yield* asyncWith(new TaskGroup(), (tg) => {
            tg.createTask(patricide(currentTask()!), { name: 'patricide' });
            tg.createTask(late(tg), { name: 'late' });
          });
        },
        { name: 'group' },
      );
      yield* wait([group]);
      ev('group', group.cancelled(), group.cancelling());
    },
  },
  {
    title:
      'a body struck by a failure that throws from its finally: its own error joins the group, behind',
    py: `
      async def main(ev):
          async def fails(after, message):
              await sleep(after)
              raise ValueError(message)
          async def stubborn():
              try:
                  await sleep(5)
              except CancelledError:
                  await sleep(1)
                  raise ValueError('on the way down')
          try:
              async with TaskGroup() as tg:
                  tg.create_task(fails(1, 'first'), name='first')
                  tg.create_task(stubborn(), name='stubborn')
                  try:
                      await sleep(5)
                  finally:
                      raise ValueError('the body')
          except ExceptionGroup as e:
              ev('caught', e, current_task().cancelling())
          await sleep(1)
    `,
    async: async (ev) => {
      const fails = async (after: number, message: string) => {
        await sleep(after);
        throw new RangeError(message);
      };
      const stubborn = async () => {
        try {
          await sleep(5);
        } catch {
          await sleep(1);
          throw new RangeError('on the way down');
        }
      };
      try {
        await asyncWith(new TaskGroup(), async (tg) => {
          tg.createTask(() => fails(1, 'first'), { name: 'first' });
          tg.createTask(stubborn, { name: 'stubborn' });
          try {
            await sleep(5);
          } finally {
            // oxlint-disable-next-line no-unsafe-finally -- as the program in Python does
            throw new RangeError('the body');
          }
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      await sleep(1);
    },
    gen: function* (ev) {
      function* fails(after: number, message: string) {
        yield* sleep(after);
        throw new RangeError(message);
      }
      function* stubborn() {
        try {
          yield* sleep(5);
        } catch {
          yield* sleep(1);
          throw new RangeError('on the way down');
        }
      }
      try {
        yield* asyncWith(new TaskGroup(), function* (tg) {
          tg.createTask(fails(1, 'first'), { name: 'first' });
          tg.createTask(stubborn(), { name: 'stubborn' });
          try {
            yield* sleep(5);
          } finally {
            // oxlint-disable-next-line no-unsafe-finally -- as the program in Python does
            throw new RangeError('the body');
          }
        });
      } catch (e) {
        ev('caught', e, currentTask()!.cancelling());
      }
      yield* sleep(1);
    },
  },
  {
    title:
      'a gather with returnExceptions inside one without: cancelled from outside, and with a child that fails on the way down',
    py: `
      async def main(ev):
          async def child(name, how):
              try:
                  await sleep(5)
              except CancelledError as e:
                  ev(name, e)
                  if how == 'fails':
                      raise ValueError(name)
                  if how == 'swallows':
                      return name
                  raise
          async def outer(how):
              inner = gather(child('a', 'goes'), child('b', how), return_exceptions=True)
              try:
                  ev('results', await gather(inner, child('c', 'goes')))
              except BaseException as e:
                  ev('outer', e)
                  ev('inner', inner.done(), inner.cancelled())
                  raise
          for how in ('goes', 'fails', 'swallows'):
              t = create_task(outer(how), name=how)
              await sleep(1)
              t.cancel('stop')
              await wait([t])
    `,
    async: async (ev) => {
      const child = async (name: string, how: string) => {
        try {
          await sleep(5);
        } catch (e) {
          ev(name, e);
          if (how === 'fails') throw new RangeError(name);
          if (how === 'swallows') return name;
          throw e;
        }
        return null;
      };
      const outer = async (how: string) => {
        const inner = gather(
          () => child('a', 'goes'),
          () => child('b', how),
          { returnExceptions: true },
        );
        try {
          ev('results', await gather(inner, () => child('c', 'goes')));
        } catch (e) {
          ev('outer', e);
          ev('inner', inner.done(), inner.cancelled());
          throw e;
        }
      };
      for (const how of ['goes', 'fails', 'swallows']) {
        const t = createTask(() => outer(how), { name: how });
        await sleep(1);
        t.cancel('stop');
        await wait([t]);
      }
    },
    gen: function* (ev) {
      function* child(name: string, how: string) {
        try {
          yield* sleep(5);
        } catch (e) {
          ev(name, e);
          if (how === 'fails') throw new RangeError(name);
          if (how === 'swallows') return name;
          throw e;
        }
        return null;
      }
      function* outer(how: string) {
        const inner = gather(child('a', 'goes'), child('b', how), { returnExceptions: true });
        try {
          ev('results', yield* gather(inner, child('c', 'goes')));
        } catch (e) {
          ev('outer', e);
          ev('inner', inner.done(), inner.cancelled());
          throw e;
        }
      }
      for (const how of ['goes', 'fails', 'swallows']) {
        const t = createTask(outer(how), { name: how });
        yield* sleep(1);
        t.cancel('stop');
        yield* wait([t]);
      }
    },
  },
  {
    title: 'a gather that a done callback of its first child cancels',
    py: `
      async def main(ev):
          async def child(d):
              await sleep(d)
              return d
          a, b = create_task(child(1), name='a'), create_task(child(2), name='b')
          g = gather(a, b)
          a.add_done_callback(lambda t: ev('cancel', g.cancel('by a callback')))
          g.add_done_callback(lambda t: ev('over', t.cancelled()))
          try:
              await g
          except CancelledError as e:
              ev('caught', e)
          ev('children', a.cancelled(), b.cancelled())
          ev('again', g.cancel('again'))
    `,
    async: async (ev) => {
      const child = async (d: number) => {
        await sleep(d);
        return d;
      };
      const a = createTask(() => child(1), { name: 'a' });
      const b = createTask(() => child(2), { name: 'b' });
      const g = gather(a, b);
      a.addDoneCallback(() => ev('cancel', g.cancel('by a callback')));
      g.addDoneCallback((t) => ev('over', t.cancelled()));
      try {
        await g;
      } catch (e) {
        ev('caught', e);
      }
      ev('children', a.cancelled(), b.cancelled());
      ev('again', g.cancel('again'));
    },
    gen: function* (ev) {
      function* child(d: number) {
        yield* sleep(d);
        return d;
      }
      const a = createTask(child(1), { name: 'a' });
      const b = createTask(child(2), { name: 'b' });
      const g = gather(a, b);
      a.addDoneCallback(() => ev('cancel', g.cancel('by a callback')));
      g.addDoneCallback((t) => ev('over', t.cancelled()));
      try {
        yield* g;
      } catch (e) {
        ev('caught', e);
      }
      ev('children', a.cancelled(), b.cancelled());
      ev('again', g.cancel('again'));
    },
  },
  {
    title:
      'a shield around a shield: the outer waiter goes, the inner one goes, the task fails later and is told once',
    py: `
      async def main(ev):
          async def child():
              await sleep(3)
              raise ValueError('late')
          inner = create_task(child(), name='child')
          one = shield(inner)
          two = shield(one)
          async def waits(f):
              await f
          w = create_task(waits(two), name='waiter')
          await sleep(1)
          w.cancel('away')
          await wait([w])
          ev('shields', one.done(), two.cancelled(), inner.done())
          ev('cancel', one.cancel('the inner shield'))
          await sleep(3)
          ev('task', inner.done(), one.cancelled())
    `,
    async: async (ev) => {
      const inner = createTask(
        async () => {
          await sleep(3);
          throw new RangeError('late');
        },
        { name: 'child' },
      );
      const one = shield(inner);
      const two = shield(one);
      const w = createTask(async () => void (await two), { name: 'waiter' });
      await sleep(1);
      w.cancel('away');
      await wait([w]);
      ev('shields', one.done(), two.cancelled(), inner.done());
      ev('cancel', one.cancel('the inner shield'));
      await sleep(3);
      ev('task', inner.done(), one.cancelled());
    },
    gen: function* (ev) {
      const inner = createTask(
        function* () {
          yield* sleep(3);
          throw new RangeError('late');
        },
        { name: 'child' },
      );
      const one = shield(inner);
      const two = shield(one);
      const w = createTask(
        function* () {
          yield* two;
        },
        { name: 'waiter' },
      );
      yield* sleep(1);
      w.cancel('away');
      yield* wait([w]);
      ev('shields', one.done(), two.cancelled(), inner.done());
      ev('cancel', one.cancel('the inner shield'));
      yield* sleep(3);
      ev('task', inner.done(), one.cancelled());
    },
  },
  {
    title:
      'a timeout around asCompleted of its own timeout: who comes first, and what still comes out after it',
    py: `
      async def main(ev):
          async def child(d):
              await sleep(d)
              return d
          async def consume(limit, own):
              made = [create_task(child(d), name=f'{own} {d}') for d in (1, 2, 3)]
              try:
                  async with timeout(limit):
                      for each in as_completed(made, timeout=own):
                          try:
                              ev('next', await each)
                          except TimeoutError as e:
                              ev('place', e)
              except TimeoutError as e:
                  ev('block', e)
              ev('pending', [t for t in made if not t.done()])
              await sleep(5)
          await consume(5, 2)
          await consume(2, 5)
          await consume(2, 2)
    `,
    async: async (ev) => {
      const child = async (d: number) => {
        await sleep(d);
        return d;
      };
      const consume = async (limit: number, own: number) => {
        const made = [1, 2, 3].map((d) => createTask(() => child(d), { name: `${own} ${d}` }));
        try {
          await timeout(limit, async () => {
            for (const each of asCompleted(made, { timeout: own })) {
              try {
                ev('next', await each);
              } catch (e) {
                if (!(e instanceof TimeoutError)) throw e;
                ev('place', e);
              }
            }
          });
        } catch (e) {
          ev('block', e);
        }
        ev(
          'pending',
          made.filter((t) => !t.done()),
        );
        await sleep(5);
      };
      await consume(5, 2);
      await consume(2, 5);
      await consume(2, 2);
    },
    gen: function* (ev) {
      function* child(d: number) {
        yield* sleep(d);
        return d;
      }
      function* consume(limit: number, own: number) {
        const made = [1, 2, 3].map((d) => createTask(child(d), { name: `${own} ${d}` }));
        try {
          yield* timeout(limit, function* () {
            for (const each of asCompleted(made, { timeout: own })) {
              try {
                ev('next', yield* each);
              } catch (e) {
                if (!(e instanceof TimeoutError)) throw e;
                ev('place', e);
              }
            }
          });
        } catch (e) {
          ev('block', e);
        }
        ev(
          'pending',
          made.filter((t) => !t.done()),
        );
        yield* sleep(5);
      }
      yield* consume(5, 2);
      yield* consume(2, 5);
      yield* consume(2, 2);
    },
  },
  {
    title:
      'FIRST_EXCEPTION, a limit, a failure and a cancellation of one of the tasks at one moment',
    py: `
      async def main(ev):
          async def fails(d):
              await sleep(d)
              raise ValueError('failed')
          async def sleeps(d):
              await sleep(d)
              return d
          a = create_task(fails(2), name='a')
          b = create_task(sleeps(2), name='b')
          c = create_task(sleeps(5), name='c')
          get_running_loop().call_later(2, c.cancel)
          done, pending = await wait([a, b, c], timeout=2, return_when=FIRST_EXCEPTION)
          ev('first', done, pending)
          done, pending = await wait([a, b, c], timeout=2, return_when=FIRST_EXCEPTION)
          ev('second', done, pending)
          a.exception()
    `,
    async: async (ev) => {
      const a = createTask(
        async () => {
          await sleep(2);
          throw new RangeError('failed');
        },
        { name: 'a' },
      );
      const b = createTask(() => sleep(2, 2), { name: 'b' });
      const c = createTask(() => sleep(5, 5), { name: 'c' });
      getRunningLoop().callLater(2, () => c.cancel());
      const first = await wait([a, b, c], { timeout: 2, returnWhen: FIRST_EXCEPTION });
      ev('first', ...first);
      const second = await wait([a, b, c], { timeout: 2, returnWhen: FIRST_EXCEPTION });
      ev('second', ...second);
      a.exception();
    },
    gen: function* (ev) {
      const a = createTask(
        function* () {
          yield* sleep(2);
          throw new RangeError('failed');
        },
        { name: 'a' },
      );
      const b = createTask(() => sleep(2, 2), { name: 'b' });
      const c = createTask(() => sleep(5, 5), { name: 'c' });
      getRunningLoop().callLater(2, () => c.cancel());
      const first = yield* wait([a, b, c], { timeout: 2, returnWhen: FIRST_EXCEPTION });
      ev('first', ...first);
      const second = yield* wait([a, b, c], { timeout: 2, returnWhen: FIRST_EXCEPTION });
      ev('second', ...second);
      a.exception();
    },
  },
  {
    title:
      'eager tasks that fail, cancel themselves, or await what is done at once, and nobody awaits them',
    py: `
      async def main(ev):
          async def fails():
              raise ValueError('at once')
          async def cancels():
              current_task().cancel('myself')
              return 'lost'
          async def throws():
              current_task().cancel('myself')
              raise ValueError('kept')
          async def waits():
              current_task().cancel('myself')
              await sleep(0)
          for f, name in ((fails, 'fails'), (cancels, 'cancels'), (throws, 'throws'), (waits, 'waits')):
              t = create_task(f(), name=name, eager_start=True)
              t.add_done_callback(lambda t: ev('callback', t))
              await sleep(0)
              await sleep(0)
              ev(name, t.done(), t.cancelled(), t.cancelling())
              if not t.cancelled():
                  ev('exception', t.exception())
    `,
    gen: function* (ev) {
      function* fails(): Generator<undefined, string> {
        throw new RangeError('at once');
      }
      function* cancels(): Generator<undefined, string> {
        currentTask()!.cancel('myself');
        return 'lost';
      }
      function* throws(): Generator<undefined, string> {
        currentTask()!.cancel('myself');
        throw new RangeError('kept');
      }
      function* waits() {
        currentTask()!.cancel('myself');
        yield* sleep(0);
        return 'never';
      }
      for (const [f, name] of [
        [fails, 'fails'],
        [cancels, 'cancels'],
        [throws, 'throws'],
        [waits, 'waits'],
      ] as const) {
        const t = createTask<string>(f(), { name, eagerStart: true });
        t.addDoneCallback((task) => ev('callback', task));
        yield* sleep(0);
        yield* sleep(0);
        ev(name, t.done(), t.cancelled(), t.cancelling());
        if (!t.cancelled()) ev('exception', t.exception());
      }
    },
  },
  {
    title:
      'looking at a cancelled task again and again: exception(), result(), await, in a gather, in a wait',
    py: `
      async def main(ev):
          async def child():
              await sleep(5)
          t = create_task(child(), name='child')
          await sleep(0)
          t.cancel('once')
          await wait([t])
          attempt(ev, 'exception', t.exception)
          attempt(ev, 'result', t.result)
          try:
              await t
          except CancelledError as e:
              ev('await', e)
          ev('gather', await gather(t, return_exceptions=True))
          try:
              await gather(t)
          except CancelledError as e:
              ev('gather', e)
          try:
              await shield(t)
          except CancelledError as e:
              ev('shield', e)
          ev('same', ensure_future(t) is t, t.cancel('again'), t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(() => sleep(5), { name: 'child' });
      await sleep(0);
      t.cancel('once');
      await wait([t]);
      attempt(ev, 'exception', () => t.exception());
      attempt(ev, 'result', () => t.result());
      try {
        await t;
      } catch (e) {
        ev('await', e);
      }
      ev('gather', await gather(t, { returnExceptions: true }));
      try {
        await gather(t);
      } catch (e) {
        ev('gather', e);
      }
      try {
        await shield(t);
      } catch (e) {
        ev('shield', e);
      }
      ev('same', ensureFuture(t) === t, t.cancel('again'), t.cancelling());
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          yield* sleep(5);
        },
        { name: 'child' },
      );
      yield* sleep(0);
      t.cancel('once');
      yield* wait([t]);
      attempt(ev, 'exception', () => t.exception());
      attempt(ev, 'result', () => t.result());
      try {
        yield* t;
      } catch (e) {
        ev('await', e);
      }
      ev('gather', yield* gather(t, { returnExceptions: true }));
      try {
        yield* gather(t);
      } catch (e) {
        ev('gather', e);
      }
      try {
        yield* shield(t);
      } catch (e) {
        ev('shield', e);
      }
      ev('same', ensureFuture(t) === t, t.cancel('again'), t.cancelling());
    },
  },
  {
    title:
      'a task that is renamed while it runs, and one that is cancelled between its creation and a second name',
    py: `
      async def main(ev):
          async def child():
              ev('name', current_task().get_name())
              current_task().set_name('second')
              await sleep(1)
              ev('name', current_task().get_name())
          t = create_task(child(), name='first')
          u = create_task(child(), name='other')
          u.cancel('before it began')
          u.set_name('renamed')
          await sleep(0.5)
          t.set_name('third')
          await wait([t, u])
          ev('names', t.get_name(), u.get_name())
    `,
    async: async (ev) => {
      const child = async () => {
        ev('name', currentTask()!.getName());
        currentTask()!.setName('second');
        await sleep(1);
        ev('name', currentTask()!.getName());
      };
      const t = createTask(child, { name: 'first' });
      const u = createTask(child, { name: 'other' });
      u.cancel('before it began');
      u.setName('renamed');
      await sleep(0.5);
      t.setName('third');
      await wait([t, u]);
      ev('names', t.getName(), u.getName());
    },
    gen: function* (ev) {
      function* child() {
        ev('name', currentTask()!.getName());
        currentTask()!.setName('second');
        yield* sleep(1);
        ev('name', currentTask()!.getName());
      }
      const t = createTask(child(), { name: 'first' });
      const u = createTask(child(), { name: 'other' });
      u.cancel('before it began');
      u.setName('renamed');
      yield* sleep(0.5);
      t.setName('third');
      yield* wait([t, u]);
      ev('names', t.getName(), u.getName());
    },
  },
  {
    title: 'an await in a finally of a cancelled task, cancelled there, whose finally awaits again',
    py: `
      async def main(ev):
          async def child():
              me = current_task()
              try:
                  await sleep(5)
              finally:
                  ev('first', me.cancelling())
                  try:
                      await sleep(5)
                  finally:
                      ev('second', me.cancelling())
                      await sleep(1)
                      ev('third', me.cancelling(), me.uncancel())
          t = create_task(child(), name='child')
          for message in ('one', 'two'):
              await sleep(1)
              t.cancel(message)
          try:
              await t
          except CancelledError as e:
              ev('caught', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(
        async () => {
          const me = currentTask()!;
          try {
            await sleep(5);
          } finally {
            ev('first', me.cancelling());
            try {
              await sleep(5);
            } finally {
              ev('second', me.cancelling());
              await sleep(1);
              ev('third', me.cancelling(), me.uncancel());
            }
          }
        },
        { name: 'child' },
      );
      for (const message of ['one', 'two']) {
        await sleep(1);
        t.cancel(message);
      }
      try {
        await t;
      } catch (e) {
        ev('caught', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(
        function* () {
          const me = currentTask()!;
          try {
            yield* sleep(5);
          } finally {
            ev('first', me.cancelling());
            try {
              yield* sleep(5);
            } finally {
              ev('second', me.cancelling());
              yield* sleep(1);
              ev('third', me.cancelling(), me.uncancel());
            }
          }
        },
        { name: 'child' },
      );
      for (const message of ['one', 'two']) {
        yield* sleep(1);
        t.cancel(message);
      }
      try {
        yield* t;
      } catch (e) {
        ev('caught', e, t.cancelling());
      }
    },
  },
  {
    title:
      'a CancelledError of another task, caught and thrown on by a task that nobody cancelled, in a group and in a timeout',
    py: `
      async def main(ev):
          async def victim():
              await sleep(5)
          async def carrier(v):
              await v
          v = create_task(victim(), name='victim')
          try:
              async with TaskGroup() as tg:
                  t = tg.create_task(carrier(v), name='carrier')
                  await sleep(1)
                  v.cancel('the victim')
          except BaseException as e:
              ev('group', e)
          ev('carrier', t.cancelled(), t.cancelling())
          w = create_task(victim(), name='other victim')
          get_running_loop().call_later(1, w.cancel, 'the other')
          try:
              async with timeout(3):
                  await w
          except (CancelledError, TimeoutError) as e:
              ev('timeout', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const victim = () => sleep(5);
      const v = createTask(victim, { name: 'victim' });
      let t!: Task<void>;
      try {
        await asyncWith(new TaskGroup(), async (tg) => {
          t = tg.createTask(async () => await v, { name: 'carrier' });
          await sleep(1);
          v.cancel('the victim');
        });
      } catch (e) {
        ev('group', e);
      }
      ev('carrier', t.cancelled(), t.cancelling());
      const w = createTask(victim, { name: 'other victim' });
      getRunningLoop().callLater(1, () => w.cancel('the other'));
      try {
        await timeout(3, async () => await w);
      } catch (e) {
        ev('timeout', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      function* victim() {
        yield* sleep(5);
      }
      const v = createTask(victim(), { name: 'victim' });
      let t!: Task<void>;
      try {
        yield* asyncWith(new TaskGroup(), function* (tg) {
          t = tg.createTask(
            function* () {
              yield* v;
            },
            { name: 'carrier' },
          );
          yield* sleep(1);
          v.cancel('the victim');
        });
      } catch (e) {
        ev('group', e);
      }
      ev('carrier', t.cancelled(), t.cancelling());
      const w = createTask(victim(), { name: 'other victim' });
      getRunningLoop().callLater(1, () => w.cancel('the other'));
      try {
        yield* timeout(3, function* () {
          yield* w;
        });
      } catch (e) {
        ev('timeout', e, currentTask()!.cancelling());
      }
    },
  },
];
