// A loop as other threads reach it.
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type {
  LoopHandle,
  LoopRemote,
  ThreadPoolExecutor as Pool,
} from '../../src/concurrent/index.ts';
import { asyncio, built, concurrent, jobs } from './built.ts';

const { run, RuntimeError, sleep } = asyncio;

describe('loop.remote()', () => {
  it('takes calls and coroutines from a worker, waited for in all ways', async () => {
    jobs.notes.length = 0;
    const pool = new concurrent.ThreadPoolExecutor(1);
    await run(async () => {
      const loop = asyncio.getRunningLoop();
      const answers = await pool.submit(jobs.callHome, loop.remote());
      expect(answers).toEqual([
        'blocking 0',
        'awaited 0',
        42,
        'called 0',
        'RangeError: refused',
        'TimeoutError',
        true,
        true,
      ]);
      await sleep(0.01);
      expect(jobs.cancelled).toEqual(['CancelledError']);
    });
    expect(jobs.notes).toEqual(['from a worker in 0']);
    await pool.shutdown();
  });

  it('is plain data that any worker can be given', async () => {
    await run(async () => {
      const handle = asyncio.getRunningLoop().remote();
      const worker = new Worker(
        `const { workerData, parentPort } = require('node:worker_threads');
         Promise.all([import(workerData.package), import(workerData.jobs)]).then(async ([{ LoopRemote }, jobs]) => {
           const loop = LoopRemote.from(workerData.loop);
           parentPort.postMessage(await loop.runCoroutineThreadsafe(jobs.ask, 'own worker'));
         });`,
        {
          eval: true,
          workerData: {
            loop: handle,
            package: built('src/concurrent/index.js'),
            jobs: built('test/concurrent/jobs/jobs.js'),
          },
        },
      );
      const answer = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      expect(answer).toBe('own worker 0');
      await worker.terminate();
    });
  });

  it('says when the loop is closed', async () => {
    const handle = await run(async () => asyncio.getRunningLoop().remote());
    const pool = new concurrent.ThreadPoolExecutor(1);
    expect(await pool.submit(jobs.callClosed, handle as never)).toBe('Event loop is closed');
    expect(() => concurrent.LoopRemote.from(handle).runCoroutineThreadsafe(jobs.ask, 'x')).toThrow(
      /closed/,
    );
    await pool.shutdown();
  });

  it('cannot be sent to another process, and says so', async () => {
    const pool = new concurrent.ProcessPoolExecutor(1);
    await run(async () => {
      const handle = asyncio.getRunningLoop().remote();
      expect(() => pool.submit(jobs.callHome, handle as never)).toThrow(/cannot be sent/);
    });
    await pool.shutdown();
  });

  it('says that blocking on a loop of this thread would be for ever', async () => {
    await run(async () => {
      const remote = concurrent.LoopRemote.from(asyncio.getRunningLoop().remote());
      const answer = remote.runCoroutineThreadsafe(jobs.ask, 'own');
      expect(() => answer.result()).toThrow(/would block forever/);
      expect(await answer).toBe('own 0');
    });
  });
});

describe('when the thread of a loop ends', () => {
  const { BrokenExecutor } = concurrent;

  /** A loop in a thread of a pool. */
  async function serving(): Promise<[LoopRemote, Pool]> {
    const pool = new concurrent.ThreadPoolExecutor(1);
    const { port1, port2 } = new MessageChannel();
    pool.submit(jobs.serve, concurrent.transfer(port2));
    const [handle] = (await once(port1, 'message')) as [LoopHandle];
    return [concurrent.LoopRemote.from(handle), pool];
  }

  it('its calls fail: awaited', async () => {
    const [remote, pool] = await serving();
    const answer = remote.runCoroutineThreadsafe(jobs.sleepLong);
    pool.killWorkers();
    await expect(asyncio.wrapFuture(answer)).rejects.toThrow(BrokenExecutor);
    expect(() => remote.runCoroutineThreadsafe(jobs.sleepLong)).toThrow(/thread of the loop/);
    await pool.shutdown();
  });

  it('its calls fail: waited for by blocking', async () => {
    const [remote, pool] = await serving();
    const answer = remote.runCoroutineThreadsafe(jobs.sleepLong);
    pool.killWorkers();
    expect(() => answer.result(20)).toThrow(BrokenExecutor);
    await pool.shutdown();
  });

  it('its calls fail: it ended itself', async () => {
    const [remote, pool] = await serving();
    const answer = remote.runCoroutineThreadsafe(jobs.sleepLong);
    remote.callSoonThreadsafe(jobs.endThread);
    expect(() => answer.result(20)).toThrow(RuntimeError);
    await pool.shutdown();
  });

  it('its calls fail: seen by a thread that has not made it', async () => {
    const [remote, pool] = await serving();
    const other = new concurrent.ThreadPoolExecutor(1);
    const told = other.submit(jobs.askDoomed, remote);
    await sleep(0.3);
    pool.killWorkers();
    expect(await told).toBe('BrokenExecutor');
    await Promise.all([pool.shutdown(), other.shutdown()]);
  });

  it('its calls fail: made by a thread that hears of the loop after its end', async () => {
    const [remote, pool] = await serving();
    const answer = remote.runCoroutineThreadsafe(jobs.sleepLong);
    pool.killWorkers();
    await expect(asyncio.wrapFuture(answer)).rejects.toThrow(BrokenExecutor);
    const other = new concurrent.ThreadPoolExecutor(1);
    expect(await other.submit(jobs.askDoomed, remote)).toBe('BrokenExecutor');
    await Promise.all([pool.shutdown(), other.shutdown()]);
  });

  it('its calls fail: a worker of the program', async () => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       import(workerData.jobs).then((jobs) => jobs.serve(workerData.port));`,
      {
        eval: true,
        workerData: { port: port2, jobs: built('test/concurrent/jobs/jobs.js') },
        transferList: [port2],
      },
    );
    const [handle] = (await once(port1, 'message')) as [LoopHandle];
    const answer = concurrent.LoopRemote.from(handle).runCoroutineThreadsafe(jobs.sleepLong);
    await worker.terminate();
    await expect(asyncio.wrapFuture(answer)).rejects.toThrow(BrokenExecutor);
  });
});
