// A reporter for vitest that does not let a run hang. A test that never gives the event loop a turn
// cannot be timed out by vitest, which lives in the same loop; here its process is ended from outside,
// which vitest reports as a failure of that file, and the run goes on.
import { readFileSync } from 'node:fs';

const limit = 180; // seconds without any test's end; more than the longest time limit of a test

/** A reporter, by the names of its methods. */
export default class StallReporter {
  /** @type {Set<string>} */ #running = new Set();
  #lastSign = performance.now();
  /** @type {NodeJS.Timeout | undefined} */ #timer;

  onTestRunStart() {
    this.#timer = setInterval(() => this.#look(), 5000);
    this.#timer.unref();
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleStart(module) {
    this.#running.add(module.relativeModuleId);
    this.#sign();
  }

  onTestCaseResult() {
    this.#sign();
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    this.#running.delete(module.relativeModuleId);
    this.#sign();
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  #sign() {
    this.#lastSign = performance.now();
  }

  #look() {
    if (this.#running.size === 0 || performance.now() - this.#lastSign < limit * 1000) return;
    const files = [...this.#running].join(', ');
    console.error(`No test has ended for ${limit} seconds in ${files}; its process is ended now.`);
    this.#sign();
    for (const pid of workers()) process.kill(pid, 'SIGKILL');
  }
}

/** The processes that run test files: children of this one. */
function workers() {
  try {
    return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number)
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('vitest'));
  } catch {
    // No /proc: the run as a whole has to end.
    process.exit(1);
  }
}
