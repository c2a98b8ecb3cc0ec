// The jobs of our pools: an empty one, and one that only computes.
import { offload } from 'asyncio-ts/concurrent';
import { compute, empty } from './work.ts';

export const emptyJob = offload(import.meta, empty, 'emptyJob');
export const computeJob = offload(import.meta, compute, 'computeJob');
