// Jobs of the tests of edges that need a module.
import { writeFileSync } from 'node:fs';
import { type LoopRemote, offload } from '../../../src/concurrent/index.ts';
import { ExceptionGroup } from '../../../src/index.ts';

/** An initializer: the first worker to come is well, the others are not. */
export const firstOnly = offload(import.meta, async function firstOnly(mark: string) {
  try {
    writeFileSync(mark, '', { flag: 'wx' });
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 300));
    throw new Error('one too many');
  }
});

export const leaveMark = offload(import.meta, async function leaveMark(path: string) {
  writeFileSync(path, '');
  await new Promise((resolve) => setTimeout(resolve, 50));
  return path;
});

export const failTwice = offload(import.meta, function failTwice(): never {
  throw new ExceptionGroup('both', [new TypeError('a'), new RangeError('b')]);
});

/** Calls the loop, and says so in `sent` before it waits. */
export const callAndTell = offload(
  import.meta,
  function callAndTell(loop: LoopRemote, sent: Int32Array): string {
    const answer = loop.runCoroutineThreadsafe(() => 1);
    sent[0] = 1;
    return String(answer.exception(5));
  },
);

export const callLate = offload(
  import.meta,
  async function callLate(loop: LoopRemote, module: string): Promise<string> {
    const { late } = (await import(module)) as { late: () => string };
    return loop.runCoroutineThreadsafe(late);
  },
);
