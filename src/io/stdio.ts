// What a child's standard streams can be, besides a file descriptor.

/** A pipe to the child. */
export const PIPE: -1 = -1;
/** For stderr: wherever stdout goes. */
export const STDOUT: -2 = -2;
/** Nothing: reads are at their end, writes vanish. */
export const DEVNULL: -3 = -3;
