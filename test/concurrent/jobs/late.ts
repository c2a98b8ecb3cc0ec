// A module that takes its time to be loaded.
import { offload } from '../../../src/concurrent/index.ts';

export const late = offload(import.meta, function late(): string {
  return 'late';
});

await new Promise((resolve) => setTimeout(resolve, 300));
