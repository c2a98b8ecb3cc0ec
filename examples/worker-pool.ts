// A pool of workers over a queue, with a graceful end: Ctrl-C stops new jobs from coming in, and gives the workers a time
// of grace to finish what was accepted; what has not been begun by then is dropped. (A second Ctrl-C ends the process.)
//
//   node scripts/run-program.mjs examples/worker-pool.ts [jobs] [workers] [seconds of grace] [interrupt itself after]
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  PriorityQueue,
  QueueShutDown,
  run,
  shield,
  sleep,
  TaskGroup,
  TimeoutError,
  waitFor,
} from 'asyncio-ts';
import type { Task } from 'asyncio-ts';

interface Job {
  readonly number: number;
  /** Small ones go first; jobs of the same priority in the order of their coming. */
  readonly priority: number;
}

class Pool {
  readonly queue = new PriorityQueue<Job>(20, {
    key: ({ priority, number }) => [priority, number],
  });
  accepted = 0;
  finished = 0;

  /** Ends when every accepted job has been finished or dropped. */
  async run(jobs: number, workers: number): Promise<void> {
    await asyncWith(new TaskGroup(), (tasks) => {
      tasks.createTask(() => this.#produce(jobs), { name: 'producer' });
      for (let i = 1; i <= workers; i++)
        tasks.createTask(() => this.#work(), { name: `worker ${i}` });
    });
    await this.queue.join();
  }

  async #produce(jobs: number): Promise<void> {
    try {
      for (let number = 0; number < jobs; number++) {
        // Waits while the queue is full: the workers set the pace.
        await this.queue.put({ number, priority: number % 3 });
        this.accepted++;
      }
      // Nothing more will come. The workers end when they have done what is there.
      this.queue.shutdown();
    } catch (error) {
      if (!(error instanceof QueueShutDown)) throw error;
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      let job: Job;
      try {
        job = await this.queue.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      await sleep(0.001 * (1 + (job.number % 3)));
      this.finished++;
      this.queue.taskDone();
    }
  }
}

/** Waits for the pool. A cancellation (`run` makes one of Ctrl-C) does not hit it, but ends it in order. */
async function untilDone(pool: Pool, working: Task<void>, grace: number): Promise<void> {
  try {
    await shield(working);
    return;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    // Taken note of: from here on this task is not being cancelled any more.
    currentTask()?.uncancel();
  }
  console.log(`interrupted: no new jobs; ${grace} s for the ${pool.queue.qsize()} that wait`);
  pool.queue.shutdown();
  try {
    await waitFor(shield(working), grace);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log(`time is up: dropping ${pool.queue.qsize()} jobs`);
    pool.queue.shutdown(true);
    await working;
  }
}

async function main(): Promise<void> {
  const [jobs = 200, workers = 5, grace = 10, interruptAfter = Infinity] = process.argv
    .slice(2)
    .map(Number);
  const pool = new Pool();
  const working = createTask(() => pool.run(jobs, workers), { name: 'pool' });
  const interrupter = createTask(() => interruptSelf(pool, interruptAfter), {
    name: 'interrupter',
  });
  await untilDone(pool, working, grace);
  interrupter.cancel();
  const dropped = pool.accepted - pool.finished;
  console.log(`${pool.accepted} jobs accepted, ${pool.finished} finished, ${dropped} dropped`);
}

/** Stands in for the person at the keyboard, so that this example can be tested. */
async function interruptSelf(pool: Pool, after: number): Promise<void> {
  while (pool.finished < after) await sleep(0.001);
  process.kill(process.pid, 'SIGINT');
}

await run(main);
