// The heap of timers: the earliest deadline first; equal deadlines in the order they were made.
import type { TimerHandle } from './handles.ts';

// As in CPython: cancelled timers stay until they reach the top, unless they are many and most of the heap.
const MIN_CANCELLED = 100;
const CANCELLED_FRACTION = 0.5;

/**
 * A 4-ary heap. Deadlines and sequence numbers lie in typed arrays beside the handles, so that sifting compares
 * flat numbers instead of following pointers.
 */
export class TimerHeap {
  #when = new Float64Array(64);
  #seq = new Float64Array(64);
  #handles: TimerHandle[] = [];
  #nextSeq = 0;
  #cancelled = 0;

  get size(): number {
    return this.#handles.length;
  }

  /** The earliest deadline; only to be asked when `size` is above zero. */
  get earliest(): number {
    return this.#when[0] as number;
  }

  push(handle: TimerHandle): void {
    const at = this.#handles.length;
    if (at === this.#when.length) this.#grow();
    this.#handles.push(handle);
    handle._scheduled = true;
    this.#siftUp(at, handle, handle._when, this.#nextSeq++);
  }

  /** Takes the earliest timer out; only to be called when `size` is above zero. */
  pop(): TimerHandle {
    const top = this.#handles[0] as TimerHandle;
    top._scheduled = false;
    const last = this.#handles.pop() as TimerHandle;
    const n = this.#handles.length;
    if (n > 0) this.#siftDown(0, last, this.#when[n] as number, this.#seq[n] as number);
    return top;
  }

  /** A timer in the heap was cancelled. Between two turns many may be, so the heap does not wait for the next turn. */
  noteCancelled(handle: TimerHandle): void {
    const handles = this.#handles;
    if (handles[handles.length - 1] === handle) {
      // The last one is a leaf and can simply go: a timeout that is made and cancelled in turn leaves nothing.
      handles.pop();
      handle._scheduled = false;
      return;
    }
    this.#cancelled++;
    const fraction = this.#cancelled / handles.length;
    if (this.#cancelled > MIN_CANCELLED && fraction > CANCELLED_FRACTION) this.#rebuild();
  }

  /** Removes the cancelled timers at the top. */
  prune(): void {
    if (this.#cancelled === 0) return;
    while (this.#handles.length > 0 && (this.#handles[0] as TimerHandle)._cancelled) {
      this.#cancelled--;
      this.pop();
    }
  }

  clear(): void {
    for (const handle of this.#handles) handle._scheduled = false;
    this.#handles = [];
    this.#cancelled = 0;
  }

  #rebuild(): void {
    const handles = this.#handles;
    let n = 0;
    for (let i = 0; i < handles.length; i++) {
      const handle = handles[i] as TimerHandle;
      if (handle._cancelled) {
        handle._scheduled = false;
        continue;
      }
      handles[n] = handle;
      this.#when[n] = this.#when[i] as number;
      this.#seq[n] = this.#seq[i] as number;
      n++;
    }
    handles.length = n;
    this.#cancelled = 0;
    for (let i = (n - 2) >> 2; i >= 0; i--) {
      this.#siftDown(i, handles[i] as TimerHandle, this.#when[i] as number, this.#seq[i] as number);
    }
  }

  #siftUp(from: number, handle: TimerHandle, when: number, seq: number): void {
    const whens = this.#when;
    const seqs = this.#seq;
    const handles = this.#handles;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      // A new timer has the highest sequence number: on equal deadlines it stays below.
      if ((whens[parent] as number) <= when) break;
      whens[at] = whens[parent] as number;
      seqs[at] = seqs[parent] as number;
      handles[at] = handles[parent] as TimerHandle;
      at = parent;
    }
    whens[at] = when;
    seqs[at] = seq;
    handles[at] = handle;
  }

  #siftDown(from: number, handle: TimerHandle, when: number, seq: number): void {
    const whens = this.#when;
    const seqs = this.#seq;
    const handles = this.#handles;
    const n = handles.length;
    let at = from;
    for (;;) {
      const first = at * 4 + 1;
      if (first >= n) break;
      let best = first;
      let bestWhen = whens[first] as number;
      const end = Math.min(first + 4, n);
      for (let child = first + 1; child < end; child++) {
        const w = whens[child] as number;
        if (w < bestWhen || (w === bestWhen && (seqs[child] as number) < (seqs[best] as number))) {
          best = child;
          bestWhen = w;
        }
      }
      if (bestWhen > when || (bestWhen === when && (seqs[best] as number) > seq)) break;
      whens[at] = bestWhen;
      seqs[at] = seqs[best] as number;
      handles[at] = handles[best] as TimerHandle;
      at = best;
    }
    whens[at] = when;
    seqs[at] = seq;
    handles[at] = handle;
  }

  #grow(): void {
    const when = new Float64Array(this.#when.length * 2);
    when.set(this.#when);
    this.#when = when;
    const seq = new Float64Array(this.#seq.length * 2);
    seq.set(this.#seq);
    this.#seq = seq;
  }
}
