// All cases, in the order of the report.

import type { Case } from '../harness/types.ts';
import { memory } from './memory.ts';
import { scheduling } from './scheduling.ts';
import { sync } from './sync.ts';
import { timers } from './timers.ts';

export const cases: readonly Case[] = [...scheduling, ...sync, ...timers, ...memory];
