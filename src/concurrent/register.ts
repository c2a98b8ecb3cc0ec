// Tells the loops how executors and remote handles are made here. Loaded for its effect.
import { setConcurrency } from '../core/index.ts';
import { openToThreads } from './loopend.ts';
import { watchThreads } from './threadends.ts';
import { ThreadPoolExecutor } from './threads.ts';

setConcurrency({
  executor: () => new ThreadPoolExecutor(null, { threadNamePrefix: 'asyncio' }),
  remote: openToThreads,
});
watchThreads();
