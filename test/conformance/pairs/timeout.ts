// timeout, timeoutAt: a limit in time around a block.
// Long because it is a list: one program a pair, in Python and in both kinds of coroutine.
import {
  CancelledError,
  TimeoutError,
  asyncWith,
  coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  sleep,
  timeout,
  timeoutAt,
  wait,
} from '../../../src/index.ts';
import { attempt } from '../harness/attempt.ts';
import type { Pair } from '../harness/pair.ts';

export const pairs: Pair[] = [
  {
    title: 'a body that ends in time is not touched, and its deadline can be read',
    py: `
      async def main(ev):
          await sleep(1)
          async with timeout(5) as cm:
              ev('inside', cm.when(), cm.expired())
              await sleep(2)
          ev('after', cm.when(), cm.expired(), current_task().cancelling())
          async with timeout_at(4) as cm:
              ev('at', cm.when())
              await sleep(0.5)
    `,
    async: async (ev) => {
      await sleep(1);
      let cm = timeout(5);
      await asyncWith(cm, async () => {
        ev('inside', cm.when(), cm.expired());
        await sleep(2);
      });
      ev('after', cm.when(), cm.expired(), currentTask()!.cancelling());
      cm = timeoutAt(4);
      await asyncWith(cm, async (entered) => {
        ev('at', entered.when());
        await sleep(0.5);
      });
    },
    gen: function* (ev) {
      yield* sleep(1);
      let cm = timeout(5);
      yield* asyncWith(cm, function* () {
        ev('inside', cm.when(), cm.expired());
        yield* sleep(2);
      });
      ev('after', cm.when(), cm.expired(), currentTask()!.cancelling());
      cm = timeoutAt(4);
      yield* asyncWith(cm, function* (entered) {
        ev('at', entered.when());
        yield* sleep(0.5);
      });
    },
  },
  {
    title:
      'at the deadline the body is cancelled, and outside it is a TimeoutError; nothing of the cancellation stays',
    py: `
      async def main(ev):
          try:
              async with timeout(1) as cm:
                  try:
                      await sleep(5)
                  except CancelledError as e:
                      ev('inside', e, current_task().cancelling())
                      raise
          except TimeoutError as e:
              ev('outside', e, cm.expired(), current_task().cancelling())
          await sleep(1)
          ev('goes on')
    `,
    async: async (ev) => {
      const cm = timeout(1);
      try {
        await asyncWith(cm, async () => {
          try {
            await sleep(5);
          } catch (e) {
            ev('inside', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, cm.expired(), currentTask()!.cancelling());
      }
      await sleep(1);
      ev('goes on');
    },
    gen: function* (ev) {
      const cm = timeout(1);
      try {
        yield* asyncWith(cm, function* () {
          try {
            yield* sleep(5);
          } catch (e) {
            ev('inside', e, currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, cm.expired(), currentTask()!.cancelling());
      }
      yield* sleep(1);
      ev('goes on');
    },
  },
  {
    title: 'a limit of zero or in the past lets a body through that never suspends',
    py: `
      async def main(ev):
          async def value():
              return 'value'
          for limit in (0, -1):
              async with timeout(limit) as cm:
                  ev('no suspension', await value())
              ev('expired', cm.expired())
              try:
                  async with timeout(limit) as cm:
                      await sleep(0)
                      ev('never')
              except TimeoutError as e:
                  ev('caught', e, cm.expired())
    `,
    async: async (ev) => {
      const value = coroutine(async () => 'value');
      for (const limit of [0, -1]) {
        let cm = timeout(limit);
        await asyncWith(cm, async () => {
          ev('no suspension', await value());
        });
        ev('expired', cm.expired());
        cm = timeout(limit);
        try {
          await asyncWith(cm, async () => {
            await sleep(0);
            ev('never');
          });
        } catch (e) {
          ev('caught', e, cm.expired());
        }
      }
    },
    gen: function* (ev) {
      const value = coroutine(function* () {
        return 'value';
      });
      for (const limit of [0, -1]) {
        let cm = timeout(limit);
        yield* asyncWith(cm, function* () {
          ev('no suspension', yield* value());
        });
        ev('expired', cm.expired());
        cm = timeout(limit);
        try {
          yield* asyncWith(cm, function* () {
            yield* sleep(0);
            ev('never');
          });
        } catch (e) {
          ev('caught', e, cm.expired());
        }
      }
    },
  },
  {
    title:
      'a swallowed expiry throws nothing, but expired() is true, and the body is not struck again',
    py: `
      async def main(ev):
          async with timeout(1) as cm:
              try:
                  await sleep(5)
              except CancelledError:
                  ev('swallowed', cm.expired(), current_task().cancelling())
              await sleep(5)
          ev('after', cm.expired(), current_task().cancelling())
    `,
    async: async (ev) => {
      const cm = timeout(1);
      await asyncWith(cm, async () => {
        try {
          await sleep(5);
        } catch {
          ev('swallowed', cm.expired(), currentTask()!.cancelling());
        }
        await sleep(5);
      });
      ev('after', cm.expired(), currentTask()!.cancelling());
    },
    gen: function* (ev) {
      const cm = timeout(1);
      yield* asyncWith(cm, function* () {
        try {
          yield* sleep(5);
        } catch {
          ev('swallowed', cm.expired(), currentTask()!.cancelling());
        }
        yield* sleep(5);
      });
      ev('after', cm.expired(), currentTask()!.cancelling());
    },
  },
  {
    title: 'an error that the body throws in answer to the expiry comes out as it is',
    py: `
      async def main(ev):
          try:
              async with timeout(1) as cm:
                  try:
                      await sleep(5)
                  finally:
                      raise ValueError('own')
          except Exception as e:
              ev('caught', e, cm.expired(), current_task().cancelling())
    `,
    async: async (ev) => {
      const cm = timeout(1);
      try {
        await asyncWith(cm, async () => {
          try {
            await sleep(5);
          } catch {
            throw new RangeError('own');
          }
        });
      } catch (e) {
        ev('caught', e, cm.expired(), currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      const cm = timeout(1);
      try {
        yield* asyncWith(cm, function* () {
          try {
            yield* sleep(5);
          } catch {
            throw new RangeError('own');
          }
        });
      } catch (e) {
        ev('caught', e, cm.expired(), currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'cleanup in the body may take its time after the expiry',
    py: `
      async def main(ev):
          try:
              async with timeout(1):
                  try:
                      await sleep(5)
                  finally:
                      await sleep(3)
                      ev('clean')
          except TimeoutError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      try {
        await timeout(1, async () => {
          try {
            await sleep(5);
          } finally {
            await sleep(3);
            ev('clean');
          }
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      try {
        yield* timeout(1, function* () {
          try {
            yield* sleep(5);
          } finally {
            yield* sleep(3);
            ev('clean');
          }
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'reschedule() moves the deadline: later, earlier, away, and into the past',
    py: `
      async def main(ev):
          async with timeout(1) as cm:
              cm.reschedule(3)
              await sleep(2)
              ev('later', cm.when())
              cm.reschedule(None)
              await sleep(5)
              ev('away', cm.when(), cm.expired())
          try:
              async with timeout(None) as cm:
                  ev('none', cm.when())
                  cm.reschedule(get_running_loop().time() + 1)
                  await sleep(5)
          except TimeoutError as e:
              ev('earlier', e, cm.when())
          try:
              async with timeout(10) as cm:
                  cm.reschedule(1)
                  ev('still going')
                  await sleep(0)
                  ev('never')
          except TimeoutError as e:
              ev('past', e, cm.when())
    `,
    async: async (ev) => {
      let cm = timeout(1);
      await asyncWith(cm, async () => {
        cm.reschedule(3);
        await sleep(2);
        ev('later', cm.when());
        cm.reschedule(null);
        await sleep(5);
        ev('away', cm.when(), cm.expired());
      });
      cm = timeout(null);
      try {
        await asyncWith(cm, async () => {
          ev('none', cm.when());
          cm.reschedule(getRunningLoop().time() + 1);
          await sleep(5);
        });
      } catch (e) {
        ev('earlier', e, cm.when());
      }
      cm = timeout(10);
      try {
        await asyncWith(cm, async () => {
          cm.reschedule(1);
          ev('still going');
          await sleep(0);
          ev('never');
        });
      } catch (e) {
        ev('past', e, cm.when());
      }
    },
    gen: function* (ev) {
      let cm = timeout(1);
      yield* asyncWith(cm, function* () {
        cm.reschedule(3);
        yield* sleep(2);
        ev('later', cm.when());
        cm.reschedule(null);
        yield* sleep(5);
        ev('away', cm.when(), cm.expired());
      });
      cm = timeout(null);
      try {
        yield* asyncWith(cm, function* () {
          ev('none', cm.when());
          cm.reschedule(getRunningLoop().time() + 1);
          yield* sleep(5);
        });
      } catch (e) {
        ev('earlier', e, cm.when());
      }
      cm = timeout(10);
      try {
        yield* asyncWith(cm, function* () {
          cm.reschedule(1);
          ev('still going');
          yield* sleep(0);
          ev('never');
        });
      } catch (e) {
        ev('past', e, cm.when());
      }
    },
  },
  {
    title:
      'reschedule() before the block, after it, and after the expiry is refused; so is a second use',
    py: `
      async def main(ev):
          cm = timeout(1)
          attempt(ev, 'before', lambda: cm.reschedule(5))
          ev('when', cm.when(), cm.expired())
          async with cm:
              try:
                  await sleep(5)
              except CancelledError:
                  attempt(ev, 'after the expiry', lambda: cm.reschedule(9))
          attempt(ev, 'after', lambda: cm.reschedule(9))
          try:
              async with cm:
                  ev('never')
          except RuntimeError as e:
              ev('second use', e)
    `,
    async: async (ev) => {
      const cm = timeout(1);
      attempt(ev, 'before', () => cm.reschedule(5));
      ev('when', cm.when(), cm.expired());
      await asyncWith(cm, async () => {
        try {
          await sleep(5);
        } catch {
          attempt(ev, 'after the expiry', () => cm.reschedule(9));
        }
      });
      attempt(ev, 'after', () => cm.reschedule(9));
      try {
        await asyncWith(cm, async () => {
          ev('never');
        });
      } catch (e) {
        ev('second use', e);
      }
    },
    gen: function* (ev) {
      const cm = timeout(1);
      attempt(ev, 'before', () => cm.reschedule(5));
      ev('when', cm.when(), cm.expired());
      yield* asyncWith(cm, function* () {
        try {
          yield* sleep(5);
        } catch {
          attempt(ev, 'after the expiry', () => cm.reschedule(9));
        }
      });
      attempt(ev, 'after', () => cm.reschedule(9));
      try {
        yield* asyncWith(cm, function* () {
          ev('never');
        });
      } catch (e) {
        ev('second use', e);
      }
    },
  },
  {
    title: 'a cancellation from outside is no timeout: it goes through with its message',
    py: `
      async def main(ev):
          async def child():
              async with timeout(5) as cm:
                  try:
                      await sleep(10)
                  finally:
                      ev('expired', cm.expired())
          t = create_task(child())
          await sleep(1)
          t.cancel('from outside')
          try:
              await t
          except BaseException as e:
              ev('awaited', e, t.cancelling())
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        const cm = timeout(5);
        await asyncWith(cm, async () => {
          try {
            await sleep(10);
          } finally {
            ev('expired', cm.expired());
          }
        });
      });
      await sleep(1);
      t.cancel('from outside');
      try {
        await t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        const cm = timeout(5);
        yield* asyncWith(cm, function* () {
          try {
            yield* sleep(10);
          } finally {
            ev('expired', cm.expired());
          }
        });
      });
      yield* sleep(1);
      t.cancel('from outside');
      try {
        yield* t;
      } catch (e) {
        ev('awaited', e, t.cancelling());
      }
    },
  },
  {
    title:
      'expiry and a cancellation from outside at one moment: the cancellation wins, in either order',
    py: `
      async def main(ev):
          loop = get_running_loop()
          async def child():
              try:
                  async with timeout(1) as cm:
                      await sleep(10)
              except BaseException as e:
                  ev('caught', e, cm.expired(), current_task().cancelling())
          ts = []
          loop.call_later(1, lambda: ts[0].cancel('first'))
          ts.append(create_task(child()))
          await wait(ts)
          t = create_task(child())
          await sleep(0)
          loop.call_later(1, t.cancel, 'second')
          await t
    `,
    async: async (ev) => {
      const loop = getRunningLoop();
      const child = coroutine(async () => {
        const cm = timeout(1);
        try {
          await asyncWith(cm, async () => {
            await sleep(10);
          });
        } catch (e) {
          ev('caught', e, cm.expired(), currentTask()!.cancelling());
        }
      });
      loop.callLater(1, () => first.cancel('first'));
      const first = createTask(child());
      await wait([first]);
      const t = createTask(child());
      await sleep(0);
      loop.callLater(1, () => t.cancel('second'));
      await t;
    },
    gen: function* (ev) {
      const loop = getRunningLoop();
      function* child() {
        const cm = timeout(1);
        try {
          yield* asyncWith(cm, function* () {
            yield* sleep(10);
          });
        } catch (e) {
          ev('caught', e, cm.expired(), currentTask()!.cancelling());
        }
      }
      loop.callLater(1, () => first.cancel('first'));
      const first = createTask(child());
      yield* wait([first]);
      const t = createTask(child());
      yield* sleep(0);
      loop.callLater(1, () => t.cancel('second'));
      yield* t;
    },
  },
  {
    title: 'nested, the inner one expires: the outer one does not notice',
    py: `
      async def main(ev):
          async with timeout(5) as outer:
              try:
                  async with timeout(1) as inner:
                      await sleep(10)
              except TimeoutError as e:
                  ev('inner', e, inner.expired(), outer.expired(), current_task().cancelling())
              await sleep(1)
          ev('outer', outer.expired())
    `,
    async: async (ev) => {
      const [outer, inner] = [timeout(5), timeout(1)];
      await asyncWith(outer, async () => {
        try {
          await asyncWith(inner, async () => {
            await sleep(10);
          });
        } catch (e) {
          ev('inner', e, inner.expired(), outer.expired(), currentTask()!.cancelling());
        }
        await sleep(1);
      });
      ev('outer', outer.expired());
    },
    gen: function* (ev) {
      const [outer, inner] = [timeout(5), timeout(1)];
      yield* asyncWith(outer, function* () {
        try {
          yield* asyncWith(inner, function* () {
            yield* sleep(10);
          });
        } catch (e) {
          ev('inner', e, inner.expired(), outer.expired(), currentTask()!.cancelling());
        }
        yield* sleep(1);
      });
      ev('outer', outer.expired());
    },
  },
  {
    title:
      'nested, the outer one expires: inside it is a cancellation, and only outside a TimeoutError',
    py: `
      async def main(ev):
          try:
              async with timeout(1) as outer:
                  try:
                      async with timeout(5) as inner:
                          await sleep(10)
                  except BaseException as e:
                      ev('between', e, inner.expired(), outer.expired())
                      raise
          except BaseException as e:
              ev('outside', e, current_task().cancelling())
    `,
    async: async (ev) => {
      const [outer, inner] = [timeout(1), timeout(5)];
      try {
        await asyncWith(outer, async () => {
          try {
            await asyncWith(inner, async () => {
              await sleep(10);
            });
          } catch (e) {
            ev('between', e, inner.expired(), outer.expired());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
    },
    gen: function* (ev) {
      const [outer, inner] = [timeout(1), timeout(5)];
      try {
        yield* asyncWith(outer, function* () {
          try {
            yield* asyncWith(inner, function* () {
              yield* sleep(10);
            });
          } catch (e) {
            ev('between', e, inner.expired(), outer.expired());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, currentTask()!.cancelling());
      }
    },
  },
  {
    title: 'nested with one deadline, both expire, and both say so',
    py: `
      async def main(ev):
          try:
              async with timeout(1) as outer:
                  try:
                      async with timeout(1) as inner:
                          await sleep(10)
                  except BaseException as e:
                      ev('between', e, inner.expired(), outer.expired(), current_task().cancelling())
                      raise
          except BaseException as e:
              ev('outside', e, outer.expired(), current_task().cancelling())
          await sleep(1)
    `,
    async: async (ev) => {
      const [outer, inner] = [timeout(1), timeout(1)];
      try {
        await asyncWith(outer, async () => {
          try {
            await asyncWith(inner, async () => {
              await sleep(10);
            });
          } catch (e) {
            ev('between', e, inner.expired(), outer.expired(), currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, outer.expired(), currentTask()!.cancelling());
      }
      await sleep(1);
    },
    gen: function* (ev) {
      const [outer, inner] = [timeout(1), timeout(1)];
      try {
        yield* asyncWith(outer, function* () {
          try {
            yield* asyncWith(inner, function* () {
              yield* sleep(10);
            });
          } catch (e) {
            ev('between', e, inner.expired(), outer.expired(), currentTask()!.cancelling());
            throw e;
          }
        });
      } catch (e) {
        ev('outside', e, outer.expired(), currentTask()!.cancelling());
      }
      yield* sleep(1);
    },
  },
  {
    title: 'an expiry strikes every child of a gather in the body',
    py: `
      async def main(ev):
          async def child(n):
              try:
                  await sleep(n)
              except CancelledError as e:
                  ev('child', n, e)
                  raise
          try:
              async with timeout(2):
                  await gather(child(1), child(3), child(4))
          except TimeoutError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const child = coroutine(async (n: number) => {
        try {
          await sleep(n);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      });
      try {
        await timeout(2, async () => {
          await gather(child(1), child(3), child(4));
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      function* child(n: number) {
        try {
          yield* sleep(n);
        } catch (e) {
          ev('child', n, e);
          throw e;
        }
      }
      try {
        yield* timeout(2, function* () {
          yield* gather(child(1), child(3), child(4));
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title: 'a body that is woken at the very deadline is struck all the same',
    py: `
      async def main(ev):
          fut = get_running_loop().create_future()
          get_running_loop().call_later(1, fut.set_result, 'there')
          try:
              async with timeout(1):
                  ev('value', await fut)
          except TimeoutError as e:
              ev('caught', e, fut.result())
          try:
              async with timeout(1):
                  await sleep(1)
                  ev('slept')
          except TimeoutError as e:
              ev('caught', e)
    `,
    async: async (ev) => {
      const fut = getRunningLoop().createFuture<string>();
      getRunningLoop().callLater(1, () => fut.setResult('there'));
      try {
        await timeout(1, async () => {
          ev('value', await fut);
        });
      } catch (e) {
        ev('caught', e, fut.result());
      }
      try {
        await timeout(1, async () => {
          await sleep(1);
          ev('slept');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
    gen: function* (ev) {
      const fut = getRunningLoop().createFuture<string>();
      getRunningLoop().callLater(1, () => fut.setResult('there'));
      try {
        yield* timeout(1, function* () {
          ev('value', yield* fut);
        });
      } catch (e) {
        ev('caught', e, fut.result());
      }
      try {
        yield* timeout(1, function* () {
          yield* sleep(1);
          ev('slept');
        });
      } catch (e) {
        ev('caught', e);
      }
    },
  },
  {
    title:
      'a TimeoutError of the body itself, and a CancelledError thrown by hand, come through as they are',
    py: `
      async def main(ev):
          for error in (TimeoutError('own'), CancelledError('by hand'), ValueError('other')):
              try:
                  async with timeout(5) as cm:
                      await sleep(1)
                      raise error
              except BaseException as e:
                  ev('caught', e, e is error, cm.expired())
    `,
    async: async (ev) => {
      for (const error of [
        new TimeoutError('own'),
        new CancelledError('by hand'),
        new RangeError('other'),
      ]) {
        const cm = timeout(5);
        try {
          await asyncWith(cm, async () => {
            await sleep(1);
            throw error;
          });
        } catch (e) {
          ev('caught', e, e === error, cm.expired());
        }
      }
    },
    gen: function* (ev) {
      for (const error of [
        new TimeoutError('own'),
        new CancelledError('by hand'),
        new RangeError('other'),
      ]) {
        const cm = timeout(5);
        try {
          yield* asyncWith(cm, function* () {
            yield* sleep(1);
            throw error;
          });
        } catch (e) {
          ev('caught', e, e === error, cm.expired());
        }
      }
    },
  },
  {
    title:
      'a cancellation that was swallowed before the block began does not hinder its TimeoutError',
    py: `
      async def main(ev):
          async def child():
              try:
                  await sleep(5)
              except CancelledError:
                  ev('swallowed', current_task().cancelling())
              try:
                  async with timeout(1) as cm:
                      await sleep(5)
              except BaseException as e:
                  ev('caught', e, cm.expired(), current_task().cancelling())
          t = create_task(child())
          await sleep(1)
          t.cancel('before')
          await t
    `,
    async: async (ev) => {
      const t = createTask(async () => {
        try {
          await sleep(5);
        } catch {
          ev('swallowed', currentTask()!.cancelling());
        }
        const cm = timeout(1);
        try {
          await asyncWith(cm, async () => {
            await sleep(5);
          });
        } catch (e) {
          ev('caught', e, cm.expired(), currentTask()!.cancelling());
        }
      });
      await sleep(1);
      t.cancel('before');
      await t;
    },
    gen: function* (ev) {
      const t = createTask(function* () {
        try {
          yield* sleep(5);
        } catch {
          ev('swallowed', currentTask()!.cancelling());
        }
        const cm = timeout(1);
        try {
          yield* asyncWith(cm, function* () {
            yield* sleep(5);
          });
        } catch (e) {
          ev('caught', e, cm.expired(), currentTask()!.cancelling());
        }
      });
      yield* sleep(1);
      t.cancel('before');
      yield* t;
    },
  },
];
