/** Runs many random programs on worker threads and collects the differences. */
import { Worker } from 'node:worker_threads';

import type { Comparison, Difference } from './compare.ts';
import type { Kind } from './ours.ts';
import type { Answer, Work } from './worker.ts';

export interface CampaignOptions {
  seed: string;
  programs: number;
  kinds: Kind[];
  /** Worker threads: each loads a CPython of its own (about 3 s and 150 MB). */
  jobs: number;
  /** No new programs once so many differences were found. */
  enough: number;
  /** Called now and then. */
  progress?: (done: number, totals: CampaignResult) => void;
}

export interface CampaignResult {
  programs: number;
  compared: Record<Kind, number>;
  /** Programs that were left out, by the name of the reason. */
  named: Record<string, number>;
  /** Rejections that nobody could have handled, with the seeds among which they appeared: there must be none. */
  stray: string[];
  seconds: number;
  differences: Difference[];
}

/** Programs that a worker gets at once. */
const CHUNK = 100;
/** Seconds after which a worker that says nothing is given up. */
const PATIENCE = 120;

/** Program `i` of seed `S` has the seed `S:i`. */
export function seedsFor(seed: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${seed}:${from + i}`);
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const began = performance.now();
  const totals: CampaignResult = {
    programs: 0,
    compared: { generator: 0, async: 0, mixed: 0 },
    named: {},
    stray: [],
    seconds: 0,
    differences: [],
  };
  let next = 0;
  const take = (): Work | undefined => {
    const count = Math.min(CHUNK, options.programs - next);
    if (count <= 0 || totals.differences.length >= options.enough) return undefined;
    const seeds = seedsFor(options.seed, next, count);
    next += count;
    return { seeds, kinds: options.kinds };
  };
  const add = (work: Work, result: Comparison, stray: readonly string[]): void => {
    totals.stray.push(...stray.map((error) => `${work.seeds[0]} and following: ${error}`));
    totals.programs += work.seeds.length;
    for (const [name, count] of Object.entries(result.named)) {
      totals.named[name] = (totals.named[name] ?? 0) + count;
    }
    for (const kind of options.kinds) totals.compared[kind] += result.compared[kind];
    totals.differences.push(...result.differences);
    totals.seconds = (performance.now() - began) / 1000;
    options.progress?.(totals.programs, totals);
  };
  const jobs = Math.max(1, Math.min(options.jobs, Math.ceil(options.programs / CHUNK)));
  await Promise.all(Array.from({ length: jobs }, () => drive(take, add)));
  totals.seconds = (performance.now() - began) / 1000;
  return totals;
}

/** One worker from its start until there is no more work. */
function drive(
  take: () => Work | undefined,
  add: (work: Work, result: Comparison, stray: readonly string[]) => void,
): Promise<void> {
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  const worker = new Worker(new URL(file, import.meta.url));
  return new Promise<void>((resolve, reject) => {
    let silence: NodeJS.Timeout | undefined;
    const end = (error?: Error): void => {
      clearTimeout(silence);
      void worker.terminate();
      if (error) reject(error);
      else resolve();
    };
    const give = (): void => {
      clearTimeout(silence);
      const work = take();
      if (work === undefined) {
        end();
        return;
      }
      silence = setTimeout(() => {
        end(
          new Error(
            `A worker did not answer within ${PATIENCE} s; it has the programs ${work.seeds[0]} to ${work.seeds.at(-1)}.`,
          ),
        );
      }, PATIENCE * 1000);
      worker.postMessage(work);
    };
    worker.on('message', (answer: Answer) => {
      if ('failed' in answer)
        end(new Error(`Programs ${answer.failed.seeds[0]} and following: ${answer.error}`));
      else {
        add(answer.finished, answer.result, answer.stray);
        give();
      }
    });
    worker.on('error', (e) => end(e instanceof Error ? e : new Error(String(e))));
    give();
  });
}
