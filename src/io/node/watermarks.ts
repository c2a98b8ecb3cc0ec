// When a protocol is told to pause writing, and to go on.
import { checkOptions, describe } from '../../core/index.ts';

/** @internal Bytes. */
export const DEFAULT_HIGH = 65_536;

/** @internal `[low, high]`. */
export function writeBufferLimits(limits: {
  high?: number | null | undefined;
  low?: number | null | undefined;
}): readonly [low: number, high: number] {
  checkOptions(limits, 'setWriteBufferLimits()', ['high', 'low']);
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value === 'number' || value === undefined || value === null) continue;
    throw new TypeError(
      `setWriteBufferLimits() expects {${name}} in bytes (a number), not ${describe(value)}`,
    );
  }
  const high = limits.high ?? (typeof limits.low === 'number' ? limits.low * 4 : DEFAULT_HIGH);
  const low = limits.low ?? Math.floor(high / 4);
  if (!(high >= low && low >= 0)) {
    throw new RangeError(
      `setWriteBufferLimits() expects high >= low >= 0 (bytes), not high ${high} and low ${low}`,
    );
  }
  return [low, high];
}
