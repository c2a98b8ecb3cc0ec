// How this thread waits, blocked, for its workers.
//
// Workers send through ports and then ring the thread's bell, a shared counter. A blocked thread sleeps on the bell, and reads
// the ports itself when it rings: its event loop stands still. That a thread has died (out of memory, say) only an event
// loop can see; so for a wait that takes longer, another thread is set to watch (see guard.ts).
import { type Blocker, setBlocker } from '../core/index.ts';
import type { MessagePort } from 'node:worker_threads';
import { workerThreads } from './builtins.ts';
import { Guard } from './guardian.ts';
import { BLOCKED, RINGS } from './wire.ts';

/** Something that messages of other threads arrive at. */
export interface Source {
  /** Delivers what has arrived. */
  poll(): void;
  /** Whether something may still arrive. */
  expecting(): boolean;
  /** What a watcher needs to see the ends of its threads. */
  guarded(): Iterable<Guarded>;
}

/** A thread whose end is of interest. */
export interface Guarded {
  /** A port that closes when the thread ends; given away once. */
  takeLife(): MessagePort | null;
  /** The thread has ended. */
  died(): void;
}

// Milliseconds that a wait lasts before a watcher is set up.
const PATIENCE = 50;

const sources = new Set<Source>();

/** The bell of this thread. */
export const bell: Int32Array = new Int32Array(new SharedArrayBuffer(8));

let guard: Guard | null = null;

const blocker: Blocker = {
  poll(): void {
    for (const source of sources) source.poll();
    guard?.poll();
  },
  expecting(): boolean {
    for (const source of sources) if (source.expecting()) return true;
    return false;
  },
  wait(seconds): void {
    const limit = seconds === null ? Infinity : seconds * 1000;
    Atomics.store(bell, BLOCKED, 1);
    const seen = Atomics.load(bell, RINGS);
    this.poll();
    if (Atomics.load(bell, RINGS) === seen) {
      const first = Math.min(limit, PATIENCE);
      const late = Atomics.wait(bell, RINGS, seen, first) === 'timed-out';
      if (late && limit > PATIENCE && !setGuard()) {
        Atomics.wait(bell, RINGS, seen, Math.min(limit - PATIENCE, 1000));
      }
    }
    Atomics.store(bell, BLOCKED, 0);
    this.poll();
  },
};

/** From now on the thread can wait for `source`. */
export function addSource(source: Source): void {
  if (sources.size === 0) setBlocker(blocker);
  sources.add(source);
}

export function removeSource(source: Source): void {
  sources.delete(source);
  if (sources.size > 0) return;
  guard?.end();
  guard = null;
}

// Has every thread watched that is not yet; true when there was one.
function setGuard(): boolean {
  let found = false;
  for (const source of sources) {
    for (const guarded of source.guarded()) {
      const life = guarded.takeLife();
      if (life === null) continue;
      guard ??= new Guard(workerThreads(), bell);
      guard.watch(life, guarded);
      found = true;
    }
  }
  return found;
}
