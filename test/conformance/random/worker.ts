/** A worker of the command line: compares the seeds that it is sent, and says what it found. */
import { parentPort } from 'node:worker_threads';

import { type Comparison, compareSeeds } from './compare.ts';
import { loadJudge } from './judge.ts';
import type { Kind } from './ours.ts';

export interface Work {
  seeds: string[];
  kinds: Kind[];
}

export type Answer = { started: Work } | { finished: Work; result: Comparison } | { failed: Work; error: string };

const port = parentPort;
if (port) {
  port.on('message', (work: Work) => {
    const say = (answer: Answer): void => port.postMessage(answer);
    say({ started: work });
    loadJudge()
      .then((judge) => compareSeeds(judge, work.seeds, work.kinds))
      .then(
        (result) => say({ finished: work, result }),
        (e: unknown) => say({ failed: work, error: e instanceof Error ? (e.stack ?? e.message) : String(e) }),
      );
  });
}
