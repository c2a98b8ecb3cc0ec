// The jobs of a pool that wait for a worker, first come, first served.
import type { Job } from './lane.ts';

// How many places of jobs that are gone may always be kept.
const SLACK = 64;

export class JobQueue {
  // Those that wait, for giving up any of them at once; and all of them in order, from `#first` on, with those that were given
  // up. (To take the first of a set again and again takes the longer the more have gone before it.)
  readonly #jobs = new Set<Job>();
  #order: (Job | null)[] = [];
  #first = 0;
  // Jobs that came back from a worker before it began them: they are first. Never many.
  readonly #back = new Set<Job>();

  get size(): number {
    return this.#jobs.size + this.#back.size;
  }

  add(job: Job): void {
    this.#jobs.add(job);
    this.#order.push(job);
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
    if (this.#jobs.size === 0) return null;
    for (;;) {
      const job = this.#order[this.#first] as Job | null;
      if (job !== null && this.#jobs.has(job)) return job;
      this.#order[this.#first++] = null;
    }
  }

  putBack(job: Job): void {
    this.#back.add(job);
  }

  remove(job: Job): void {
    if (!this.#jobs.delete(job)) {
      this.#back.delete(job);
      return;
    }
    if (this.#order[this.#first] === job) this.#order[this.#first++] = null;
    if (this.#order.length <= 2 * this.#jobs.size + (this.#jobs.size === 0 ? 0 : SLACK)) return;
    this.#order = [...this.#jobs];
    this.#first = 0;
  }
}
