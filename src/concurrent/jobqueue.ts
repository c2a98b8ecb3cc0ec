// The jobs of a pool that wait for a worker, first come, first served.
import type { Job } from './lane.ts';

export class JobQueue {
  // A set keeps the order of insertion, and gives up any member at once.
  readonly #jobs = new Set<Job>();
  // Jobs that came back from a worker before it began them: they are first.
  readonly #back = new Set<Job>();

  get size(): number {
    return this.#jobs.size + this.#back.size;
  }

  add(job: Job): void {
    this.#jobs.add(job);
  }

  /** Takes the oldest out; null when there is none. */
  take(): Job | null {
    const job = this.peek();
    if (job !== null) this.remove(job);
    return job;
  }

  /** The oldest, left where it is. */
  peek(): Job | null {
    for (const job of this.#back) return job;
    for (const job of this.#jobs) return job;
    return null;
  }

  putBack(job: Job): void {
    this.#back.add(job);
  }

  remove(job: Job): void {
    if (!this.#jobs.delete(job)) this.#back.delete(job);
  }
}
