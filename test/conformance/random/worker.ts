/** A worker of the command line: compares the seeds that it is sent, and says what it found. */
import { parentPort } from 'node:worker_threads';

import { type Comparison, compareSeeds } from './compare.ts';
import { loadJudge } from './judge.ts';
import type { Kind } from './ours.ts';

export interface Work {
  seeds: string[];
  kinds: Kind[];
}

export type Answer =
  | {
      finished: Work;
      result: Comparison;
      /** Rejections that nobody could have handled. */ stray: string[];
    }
  | { failed: Work; error: string };

const port = parentPort;
if (port) {
  let stray: string[] = [];
  process.on('unhandledRejection', (e) => stray.push(text(e)));
  port.on('message', (work: Work) => {
    const say = (answer: Answer): void => port.postMessage(answer);
    stray = [];
    loadJudge()
      .then((judge) => compareSeeds(judge, work.seeds, work.kinds))
      .then(
        (result) => say({ finished: work, result, stray }),
        (e: unknown) => say({ failed: work, error: text(e) }),
      );
  });
}

function text(e: unknown): string {
  return e instanceof Error ? (e.stack ?? e.message) : String(e);
}
