// A loop as other threads reach it.
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { asyncio, built, concurrent, jobs } from './built.ts';

const { run, sleep } = asyncio;

describe('loop.remote()', () => {
  it('takes calls and coroutines from a worker, waited for in all ways', async () => {
    jobs.notes.length = 0;
    const pool = new concurrent.ThreadPoolExecutor(1);
    await run(async () => {
      const loop = asyncio.getRunningLoop();
      const answers = await pool.submit(jobs.callHome, loop.remote() as never);
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
});
