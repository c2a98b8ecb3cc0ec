// When a protocol is told to pause writing, and to go on.

/** @internal Bytes. */
export const DEFAULT_HIGH = 65_536;

/** @internal `[low, high]`. */
export function writeBufferLimits(limits: {
  high?: number | null;
  low?: number | null;
}): readonly [low: number, high: number] {
  const high = limits.high ?? (typeof limits.low === 'number' ? limits.low * 4 : DEFAULT_HIGH);
  const low = limits.low ?? Math.floor(high / 4);
  if (!(high >= low && low >= 0)) {
    throw new RangeError(
      `setWriteBufferLimits() expects high >= low >= 0 (bytes), not high ${high} and low ${low}`,
    );
  }
  return [low, high];
}
