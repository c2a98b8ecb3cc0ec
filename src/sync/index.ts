// The layer of synchronization: what tasks use to wait for each other and to hand things over.
export { Lock } from './lock.ts';
export { Event } from './event.ts';
export { Condition } from './condition.ts';
export type { LockLike } from './condition.ts';
export { Semaphore, BoundedSemaphore } from './semaphore.ts';
export { Barrier } from './barrier.ts';
export { Queue } from './queue.ts';
export { PriorityQueue } from './priorityqueue.ts';
export type { PriorityQueueOptions } from './priorityqueue.ts';
export { LifoQueue } from './lifoqueue.ts';
