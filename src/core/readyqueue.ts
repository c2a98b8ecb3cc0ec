// The queue of what is ready to run: a ring buffer, first in, first out.

/** Anything the loop can run: a handle, or a task that is to take its next step. */
export interface Runnable {
  /** @internal Runs now, inside the loop's turn. */
  _run(): void;
  /** How it shows in debug output. */
  toString(): string;
}

const INITIAL = 256;

export class ReadyQueue {
  #items: (Runnable | undefined)[] = new Array<Runnable | undefined>(INITIAL).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: Runnable): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size) & (this.#items.length - 1)] = item;
    this.#size++;
  }

  /** The oldest item; only to be called when `size` is above zero. */
  shift(): Runnable {
    const item = this.#items[this.#head] as Runnable;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size--;
    return item;
  }

  clear(): void {
    this.#items = new Array<Runnable | undefined>(INITIAL).fill(undefined);
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const old = this.#items;
    const items = new Array<Runnable | undefined>(old.length * 2).fill(undefined);
    for (let i = 0; i < old.length; i++) items[i] = old[(this.#head + i) & (old.length - 1)];
    this.#items = items;
    this.#head = 0;
  }
}
