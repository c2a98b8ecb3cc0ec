// What tests of several layers use.
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import type { AbstractEventLoop } from '../../src/index.ts';

/** Collects garbage until `done()`, for some rounds at most: finalizers run in turns of the host's own. */
export async function collectGarbage(done: () => boolean): Promise<void> {
  for (let round = 0; round < 50 && !done(); round++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Options of `run` for a loop with a virtual clock. */
export const virtual = { loopFactory: (): AbstractEventLoop => new VirtualTimeEventLoop() };
