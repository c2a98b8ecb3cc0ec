// The jobs of a pool that wait for a worker, first come, first served.
import type { Job } from './lane.ts';

export class JobQueue {
  // A set keeps the order of insertion, and gives up any member at once.
  readonly #jobs = new Set<Job>();

  get size(): number {
    return this.#jobs.size;
  }

  add(job: Job): void {
    this.#jobs.add(job);
  }

  /** Takes the oldest out; null when there is none. */
  take(): Job | null {
    for (const job of this.#jobs) {
      this.#jobs.delete(job);
      return job;
    }
    return null;
  }

  remove(job: Job): void {
    this.#jobs.delete(job);
  }
}
