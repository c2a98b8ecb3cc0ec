// First in, first out, in chunks: every operation is O(1) in the worst case (no million items are copied when a
// buffer grows), and what has been taken out is given back to the garbage collector chunk by chunk.

/** What a queue keeps its items in. */
export interface QueueStore<T> {
  readonly size: number;
  push(item: T): void;
  /** Takes the next item out; only called while there is one. */
  take(): T;
  clear(): void;
  [Symbol.iterator](): Iterator<T>;
}

const CHUNK = 1024;

class Chunk<T> {
  readonly items: (T | undefined)[] = [];
  next: Chunk<T> | null = null;
}

/** The store of a plain `Queue`. */
export class FifoStore<T> implements QueueStore<T> {
  size: number;
  #head: Chunk<T>;
  #tail: Chunk<T>;
  /** Where the next item is read in the head chunk, and written in the tail chunk. */
  #read: number;
  #write: number;

  constructor() {
    this.size = 0;
    this.#head = this.#tail = new Chunk<T>();
    this.#read = 0;
    this.#write = 0;
  }

  push(item: T): void {
    if (this.#write === CHUNK) {
      this.#tail = this.#tail.next = new Chunk<T>();
      this.#write = 0;
    }
    this.#tail.items[this.#write++] = item;
    this.size++;
  }

  take(): T {
    if (this.#read === CHUNK) {
      this.#head = this.#head.next as Chunk<T>;
      this.#read = 0;
    }
    const items = this.#head.items;
    const item = items[this.#read] as T;
    items[this.#read++] = undefined;
    if (--this.size === 0) {
      // The one chunk left starts anew, so a queue that never holds much never makes another.
      this.#read = 0;
      this.#write = 0;
    }
    return item;
  }

  clear(): void {
    this.size = 0;
    this.#head = this.#tail = new Chunk<T>();
    this.#read = 0;
    this.#write = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    let chunk = this.#head;
    let at = this.#read;
    for (let left = this.size; left > 0; left--) {
      if (at === CHUNK) {
        chunk = chunk.next as Chunk<T>;
        at = 0;
      }
      yield chunk.items[at++] as T;
    }
  }
}
