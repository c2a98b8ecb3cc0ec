/** Seeded random numbers (sfc32): the same seed gives the same programs, on every machine and in every version. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: string) {
    // FNV-1a spread over three words, then warmed up.
    let h = 0x811c9dc5;
    for (let i = 0; i < seed.length; i++) h = Math.imul(h ^ seed.charCodeAt(i), 0x01000193);
    this.#a = h;
    this.#b = Math.imul(h ^ 0x9e3779b9, 0x85ebca6b);
    this.#c = Math.imul(h ^ 0x7f4a7c15, 0xc2b2ae35);
    for (let i = 0; i < 16; i++) this.#next();
  }

  #next(): number {
    const t = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t >>> 0;
  }

  /** An integer from 0 up to, not including, `end`. */
  below(end: number): number {
    return this.#next() % end;
  }

  /** True with the given probability. */
  chance(p: number): boolean {
    return this.#next() < p * 0x1_0000_0000;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0)
      throw new RangeError('Expected something to pick from; got an empty list.');
    return items[this.below(items.length)] as T;
  }

  /** One of the items, each as likely as its weight. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let total = 0;
    for (const [weight] of items) total += weight;
    let at = (this.#next() / 0x1_0000_0000) * total;
    for (const [weight, item] of items) {
      at -= weight;
      if (at < 0) return item;
    }
    return items[items.length - 1]![1];
  }
}
