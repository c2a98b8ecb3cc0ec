// The smallest program that touches everything a release of Node could break: both kinds of
// coroutine, each in the other, a cancellation with an await in its `finally`, a context variable.
import assert from 'node:assert/strict';
import {
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  gather,
  run,
  sleep,
} from 'asyncio-ts';

const user = new ContextVar('user', { default: 'nobody' });

const byGenerator = coroutine(function* (value) {
  yield* sleep(0.001);
  yield;
  return [value, user.get(), currentTask().getName()];
});

const byAsync = coroutine(async (value) => {
  const inner = await byGenerator(value);
  await Promise.resolve();
  assert.equal(currentTask().getName(), inner[2]);
  return inner;
});

const around = coroutine(function* (value) {
  return yield* byAsync(value);
});

const log = [];
const stubborn = (kind, wait) =>
  createTask(
    kind === 'async'
      ? async () => {
          try {
            await wait();
          } catch (error) {
            assert.ok(error instanceof CancelledError);
            throw error;
          } finally {
            await sleep(0);
            log.push(kind);
          }
        }
      : (function* () {
          try {
            yield* wait();
          } catch (error) {
            assert.ok(error instanceof CancelledError);
            throw error;
          } finally {
            yield* sleep(0);
            log.push(kind);
          }
        })(),
  );

const result = await run(
  coroutine(async () => {
    user.set('somebody');
    const [a, b] = await gather(
      createTask(byAsync(1), { name: 'first' }),
      createTask(around(2), { name: 'second' }),
    );
    const tasks = ['async', 'generator'].map((kind) => stubborn(kind, () => sleep(60)));
    await sleep(0.001);
    for (const task of tasks) task.cancel('enough');
    const ends = await gather(...tasks, { returnExceptions: true });
    assert.ok(ends.every((end) => end instanceof CancelledError));
    return [a, b];
  }),
);

assert.deepEqual(result, [
  [1, 'somebody', 'first'],
  [2, 'somebody', 'second'],
]);
assert.deepEqual(new Set(log), new Set(['async', 'generator']));
