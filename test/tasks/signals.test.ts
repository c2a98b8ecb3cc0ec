// AbortSignals in and out of tasks, with the host's own APIs at the other end.
import { open } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as hostSleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CancelledError,
  createTask,
  ensureFuture,
  gather,
  run,
  signal,
  sleep,
  taskGroup,
  timeout,
  TimeoutError,
  waitFor,
} from '../../src/index.ts';

// A server that accepts requests, answers none but /quick, and tells when a connection was closed on it.
let server: Server;
let base = '';
let arrived: Promise<void>;
let closed: Promise<string>;

beforeEach(async () => {
  let tell = (_url: string): void => {};
  let greet = (): void => {};
  arrived = new Promise((resolve) => {
    greet = resolve;
  });
  closed = new Promise((resolve) => {
    tell = resolve;
  });
  server = createServer((request, response) => {
    if (request.url === '/quick') {
      response.end('quick');
      return;
    }
    response.on('close', () => tell(request.url ?? ''));
    greet();
    if (request.url === '/slow-body') response.write('begun');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Loads the host's fetch, so that the short limits below meet a request under way.
  await (await fetch(`${base}/quick`)).text();
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('signal() and fetch', () => {
  test('cancelling the task closes its connection', async () => {
    await run(async () => {
      const task = createTask(async () => {
        await fetch(`${base}/never`, { signal: signal() });
      });
      await arrived;
      task.cancel('not needed any more');
      await expect(Promise.resolve(task)).rejects.toThrow(CancelledError);
      expect(await closed).toBe('/never');
      expect(task.cancelled()).toBe(true);
    });
  });

  test('a timeout closes the connection, and tells itself from a cancellation', async () => {
    await run(async () => {
      await expect(
        Promise.resolve(
          timeout(0.2, async () => {
            const response = await fetch(`${base}/slow-body`, { signal: signal() });
            return await response.text();
          }),
        ),
      ).rejects.toThrow(TimeoutError);
      expect(await closed).toBe('/slow-body');
      // The task goes on, with a signal of its own.
      const response = await fetch(`${base}/quick`, { signal: signal() });
      expect(await response.text()).toBe('quick');
    });
  });

  test('waitFor does the same for a function', async () => {
    await run(async () => {
      const request = async (): Promise<string> =>
        (await fetch(`${base}/never`, { signal: signal() })).text();
      await expect(Promise.resolve(waitFor(request, 0.2))).rejects.toThrow(TimeoutError);
      expect(await closed).toBe('/never');
    });
  });

  test('a failing sibling closes the connections of a group', async () => {
    await run(async () => {
      const failing = taskGroup((tg) => {
        tg.createTask(() => fetch(`${base}/never`, { signal: signal() }));
        tg.createTask(async () => {
          await arrived;
          throw new Error('sibling');
        });
      });
      await expect(Promise.resolve(failing)).rejects.toThrow('unhandled errors in a TaskGroup');
      expect(await closed).toBe('/never');
    });
  });

  test('stopping a group with cancel() closes them without an error', async () => {
    await run(async () => {
      await taskGroup(async (tg) => {
        tg.createTask(() => fetch(`${base}/never`, { signal: signal() }));
        await arrived;
        tg.cancel();
      });
      expect(await closed).toBe('/never');
    });
  });

  test('a generator coroutine passes it on through ensureFuture', async () => {
    await run(function* () {
      const task = createTask(function* () {
        yield* ensureFuture(fetch(`${base}/never`, { signal: signal() }));
      });
      yield* ensureFuture(arrived);
      task.cancel();
      yield* sleep(0);
      expect(task.cancelled()).toBe(true);
      expect(yield* ensureFuture(closed)).toBe('/never');
    });
  });
});

describe("signal() and the rest of the host's APIs", () => {
  test('timers and files end with the task, as cancelled', async () => {
    await run(async () => {
      const timer = createTask(() => hostSleep(60_000, null, { signal: signal() }));
      const file = createTask(async () => {
        const handle = await open('/dev/zero');
        try {
          await handle.readFile({ signal: signal() });
        } finally {
          await handle.close();
        }
      });
      await sleep(0.02);
      timer.cancel();
      file.cancel();
      await expect(Promise.resolve(timer)).rejects.toThrow(CancelledError);
      await expect(Promise.resolve(file)).rejects.toThrow(CancelledError);
      expect([timer.cancelled(), file.cancelled()]).toEqual([true, true]);
    });
  });

  test('a timeout around one of them is a TimeoutError', async () => {
    await run(async () => {
      const body = (): Promise<void> => hostSleep(60_000, undefined, { signal: signal() });
      await expect(Promise.resolve(timeout(0.02, body))).rejects.toThrow(TimeoutError);
    });
  });
});

describe('a signal in', () => {
  test('cancels what a task-making call made: a task, a gather, a child of a group', async () => {
    await run(async () => {
      const controller = new AbortController();
      const options = { signal: controller.signal };
      const task = createTask(() => sleep(60), options);
      const together = gather(sleep(60), sleep(60), options);
      const future = ensureFuture(sleep(60), options);
      const grouped = createTask(
        taskGroup(async (tg) => {
          const child = tg.createTask(() => sleep(60), options);
          await sleep(0.01);
          controller.abort(new Error('shut down'));
          await sleep(0.01);
          return () => child;
        }),
      );
      expect((await grouped)().cancelled()).toBe(true);
      await expect(Promise.resolve(task)).rejects.toThrow('shut down');
      await expect(Promise.resolve(together)).rejects.toThrow(CancelledError);
      expect(future.cancelled()).toBe(true);
    });
  });

  test('one that was aborted before: the task does not start', async () => {
    await run(async () => {
      let started = false;
      const task = createTask(
        () => {
          started = true;
        },
        { signal: AbortSignal.abort() },
      );
      await sleep(0);
      expect(task.cancelled()).toBe(true);
      expect(started).toBe(false);
    });
  });
});
