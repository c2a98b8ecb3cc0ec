// Bytes at the door: what is given to be sent must be bytes already.
import { describe } from '../core/index.ts';

/** Nothing, as bytes. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** @throws TypeError unless `data` is a Uint8Array (Node's Buffer is one); says how to encode a string */
export function checkBytes(data: unknown, where: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const hint =
    typeof data === 'string'
      ? '; text has to be encoded: new TextEncoder().encode(text), or on Node Buffer.from(text)'
      : '';
  throw new TypeError(`${where} expects bytes (a Uint8Array), not ${describe(data)}${hint}`);
}

/** @throws TypeError unless given an iterable of Uint8Arrays; the answer is an array of them */
export function checkChunks(chunks: unknown, where: string): Uint8Array[] {
  const iterable = typeof chunks === 'object' && chunks !== null && Symbol.iterator in chunks;
  if (!iterable || chunks instanceof Uint8Array) {
    throw new TypeError(
      `${where} expects several Uint8Arrays (in an array), not ${describe(chunks)}`,
    );
  }
  const all = [...(chunks as Iterable<Uint8Array>)];
  for (const chunk of all) checkBytes(chunk, where);
  return all;
}

/** The index of `wanted` in `data` at or behind `from`, or -1. `wanted` has at least one byte. */
export function findBytes(data: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] as number;
  const { length } = wanted;
  const last = data.length - length;
  for (let at = from; at <= last; at++) {
    at = data.indexOf(first, at);
    if (at < 0 || at > last) return -1;
    let matched = 1;
    while (matched < length && data[at + matched] === wanted[matched]) matched++;
    if (matched === length) return at;
  }
  return -1;
}

/** One array of the bytes of all. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
