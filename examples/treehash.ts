// Hashes every file below a directory in threads, and prints the digests as they are ready, as sha256sum does:
//
//   npm start -- [--jobs N] [--timeout SECONDS] [DIRECTORY]
//
// Without a directory it hashes this project (without what was installed or built). Files that cannot be read, or take
// longer than the timeout, are listed at the end, and the exit code is 1. Ctrl-C stops at once and tells what was done.
//
// The main thread walks the tree, some files ahead of the hashing. A pool of threads reads and hashes, one file after another in
// each; a file that is given up, by its timeout or by Ctrl-C, ends its job at the next chunk.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import {
  asyncWith,
  CancelledError,
  gather,
  getRunningLoop,
  KeyboardInterrupt,
  Queue,
  run,
  TaskGroup,
  timeout,
} from 'asyncio-ts';
import { jobSignal, offload, ThreadPoolExecutor } from 'asyncio-ts/concurrent';

// Of this project itself, what is not its own.
const NOT_OURS = new Set(['.git', '.build', 'dist', 'node_modules']);
// Bytes that a thread reads at a time.
const CHUNK = 1 << 18;

interface Options {
  readonly root: string;
  readonly skip: ReadonlySet<string>;
  /** How many threads hash. */
  readonly jobs: number;
  /** Seconds for one file. */
  readonly limit: number;
}

/** What has come out so far. */
class Report {
  found = 0;
  hashed = 0;
  bytes = 0;
  readonly failures: string[] = [];
  readonly #bar: SingleBar | null;

  constructor() {
    this.#bar = process.stderr.isTTY
      ? new SingleBar({ format: '{bar} {value}/{total} files', clearOnComplete: true })
      : null;
    this.#bar?.start(0, 0);
  }

  discovered(): void {
    this.found++;
    this.#bar?.setTotal(this.found);
  }

  done(path: string, digest: string, size: number): void {
    this.hashed++;
    this.bytes += size;
    console.log(`${digest}  ${path}`);
    this.#bar?.update(this.hashed + this.failures.length);
  }

  failed(path: string, error: unknown): void {
    this.failures.push(
      `${path}: ${error instanceof Error ? error.message || error.name : String(error)}`,
    );
    this.#bar?.update(this.hashed + this.failures.length);
  }

  print(interrupted: boolean): void {
    this.#bar?.stop();
    const state = interrupted
      ? `interrupted: ${this.hashed} of at least ${this.found}`
      : `${this.hashed}`;
    console.error(
      `${state} files hashed, ${this.bytes} bytes, ${this.failures.length} not readable`,
    );
    for (const failure of this.failures) console.error(`  ${failure}`);
  }
}

/** Every regular file below a directory; a directory that cannot be read is a failure, not the end. */
async function* walk(directory: string, options: Options, report: Report): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(directory)) {
      const path = join(directory, entry.name);
      if (entry.isFile()) yield path;
      else if (entry.isDirectory() && !options.skip.has(entry.name))
        yield* walk(path, options, report);
    }
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    report.failed(directory, error);
  }
}

let buffer: Buffer | null = null;

/** Runs in a thread: the digest and size of one file, read in chunks. */
const hashFile = offload(import.meta, function hashFile(path: string): [
  digest: string,
  size: number,
] {
  const cancelled = jobSignal();
  buffer ??= Buffer.allocUnsafe(CHUNK);
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    for (let size = 0; ;) {
      const length = readSync(file, buffer, 0, CHUNK, null);
      if (length === 0) return [hash.digest('hex'), size];
      hash.update(buffer.subarray(0, length));
      size += length;
      cancelled.throwIfAborted();
    }
  } finally {
    closeSync(file);
  }
});

/** Runs in a thread: nothing, once the thread is there. */
const beReady = offload(import.meta, function beReady(): void {});

/** One of the tasks that have files hashed: takes a path, waits for a thread to hash the file, takes the next. */
async function worker(
  paths: Queue<string>,
  threads: ThreadPoolExecutor,
  options: Options,
  report: Report,
): Promise<never> {
  const loop = getRunningLoop();
  for (;;) {
    const path = await paths.get();
    try {
      const [digest, size] = await timeout(options.limit, () =>
        loop.runInExecutor(threads, hashFile, path),
      );
      report.done(path, digest, size);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      report.failed(path, error);
    } finally {
      paths.taskDone();
    }
  }
}

async function hashTree(options: Options, report: Report): Promise<void> {
  // Threads make garbage in young space until that is full: less of it keeps them small.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  await using threads = new ThreadPoolExecutor(options.jobs, { resourceLimits });
  // The time that threads take to start is not to count for the first files.
  await gather(...Array.from({ length: options.jobs }, () => threads.submit(beReady)));
  // A short queue: the walk does not run far ahead of the hashing.
  const paths = new Queue<string>(options.jobs * 16);
  await asyncWith(new TaskGroup(), async (group) => {
    const workers = Array.from({ length: options.jobs }, (_, n) =>
      group.createTask(() => worker(paths, threads, options, report), { name: `worker-${n + 1}` }),
    );
    for await (const path of walk(options.root, options, report)) {
      report.discovered();
      await paths.put(path);
    }
    await paths.join();
    for (const each of workers) each.cancel();
  });
}

/** Hashes the tree that the arguments name; the exit code. */
export async function main(...args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      // More would wait for the disk.
      jobs: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
      timeout: { type: 'string', default: '60' },
    },
  });
  const [directory] = positionals;
  const options: Options = {
    root: directory ?? (relative(process.cwd(), resolve(import.meta.dirname, '../..')) || '.'),
    skip: directory === undefined ? NOT_OURS : new Set(),
    jobs: Math.max(1, Number(values.jobs)),
    limit: Number(values.timeout),
  };
  const report = new Report();
  let interrupted = true;
  try {
    await hashTree(options, report);
    interrupted = false;
  } finally {
    report.print(interrupted);
  }
  return report.failures.length === 0 ? 0 : 1;
}

// The threads load this file for `hashFile`; the program is for the main one.
if (isMainThread) {
  try {
    process.exitCode = await run(() => main(...process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    process.exitCode = 130;
  }
}
