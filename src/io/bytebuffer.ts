// The buffer of a stream reader: bytes come in at the end and go out at the front.
//
// What comes into an empty buffer is taken over as it is, without a copy; what comes behind it is collected in an
// array of our own that at least doubles when it is full. Bytes that were given out are never written to again: an
// array is filled from front to back, once.
import { EMPTY, findBytes } from './bytes.ts';

// A piece that is smaller than this part of what it was taken from is copied, so as not to hold all of it.
const HELD_PART = 4;

export class ByteBuffer {
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  // The array was made here, and what lies behind `#end` is free.
  #own = false;

  get length(): number {
    return this.#end - this.#start;
  }

  append(data: Uint8Array): void {
    if (this.#start === this.#end) {
      this.#bytes = data;
      this.#start = 0;
      this.#end = data.length;
      this.#own = false;
      return;
    }
    const end = this.#end + data.length;
    if (!this.#own || end > this.#bytes.length) this.#grow(data.length);
    this.#bytes.set(data, this.#end);
    this.#end += data.length;
  }

  /** Puts bytes in at the front again. */
  putBack(data: Uint8Array): void {
    const rest = this.take(Infinity);
    this.append(data);
    if (rest.length > 0) this.append(rest);
  }

  /** Takes the first `count` bytes, or all there are. */
  take(count: number): Uint8Array {
    const bytes = this.#bytes;
    const start = this.#start;
    const end = Math.min(start + count, this.#end);
    if (end === this.#end) this.clear();
    else this.#start = end;
    const size = end - start;
    // Buffers of Node's go out as plain arrays.
    if (size === bytes.length && bytes.constructor === Uint8Array) return bytes;
    if (size * HELD_PART < bytes.length) return copy(bytes, start, end);
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
  }

  /** Forgets the first `count` bytes. */
  skip(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#own = false;
  }

  /** The index of `wanted` at or behind `from`, or -1. */
  find(wanted: Uint8Array, from: number): number {
    return findBytes(this.#bytes.subarray(this.#start, this.#end), wanted, from);
  }

  /** Whether `wanted` stands at index `at`. */
  hasAt(wanted: Uint8Array, at: number): boolean {
    if (at + wanted.length > this.length) return false;
    const from = this.#start + at;
    return wanted.every((byte, i) => this.#bytes[from + i] === byte);
  }

  #grow(by: number): void {
    const size = this.length;
    const bytes = new Uint8Array(Math.max((size + by) * 2, 1024));
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = size;
    this.#own = true;
  }
}

// Uint8Array's slice, also where the array is of a subclass whose slice() shares memory.
function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(
    bytes.constructor === Uint8Array
      ? bytes
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    start,
    end,
  );
}
