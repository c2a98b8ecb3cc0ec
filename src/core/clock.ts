// The clock seam: core asks a Clock for the time and never the platform.

/** A monotonic clock. */
export interface Clock {
  /** Seconds since some fixed moment; never goes back. */
  now(): number;
}
