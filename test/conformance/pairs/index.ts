// All written pairs, by area.
import type { Pair } from '../harness/pair.ts';
import { pairs as asCompleted } from './as-completed.ts';
import { pairs as barrier } from './barrier.ts';
import { pairs as cancellation } from './cancellation.ts';
import { pairs as condition } from './condition.ts';
import { pairs as contextvars } from './contextvars.ts';
import { pairs as cornersLoop } from './corners-loop.ts';
import { pairs as cornersTasks } from './corners-tasks.ts';
import { pairs as differences } from './differences.ts';
import { pairs as eager } from './eager.ts';
import { pairs as errors } from './errors.ts';
import { pairs as futures } from './futures.ts';
import { pairs as gather } from './gather.ts';
import { pairs as locks } from './locks.ts';
import { pairs as loop } from './loop.ts';
import { pairs as ordering } from './ordering.ts';
import { pairs as queues } from './queues.ts';
import { pairs as semaphore } from './semaphore.ts';
import { pairs as shield } from './shield.ts';
import { pairs as staggered } from './staggered.ts';
import { pairs as taskgroup } from './taskgroup.ts';
import { pairs as timeout } from './timeout.ts';
import { pairs as waitFor } from './wait-for.ts';
import { pairs as wait } from './wait.ts';

export const areas: Record<string, Pair[]> = {
  ordering,
  cancellation,
  futures,
  gather,
  wait,
  waitFor,
  shield,
  asCompleted,
  timeout,
  taskgroup,
  locks,
  condition,
  semaphore,
  barrier,
  queues,
  eager,
  contextvars,
  loop,
  staggered,
  errors,
  'corners of tasks': cornersTasks,
  'corners of loop and locks': cornersLoop,
  differences,
};
