// Reading the heap: what is still held after garbage collection.

/** Bytes of JavaScript heap that are reachable now. */
export async function heapInUse(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run with --expose-gc');
  // Finalizers run in turns of the host's, and free more.
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

export const MiB = 2 ** 20;
