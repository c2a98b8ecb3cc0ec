// Hashes every file below a directory, some at a time, and prints the digests as they are ready, as sha256sum does:
//
//   npm start -- [--jobs N] [--timeout SECONDS] [DIRECTORY]
//
// Without a directory it hashes this project (without what was installed or built). Files that cannot be read, or take
// longer than the timeout, are listed at the end, and the exit code is 1. Ctrl-C stops at once and tells what was done.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import {
  CancelledError,
  KeyboardInterrupt,
  Queue,
  run,
  signal,
  TaskGroup,
  asyncWith,
  timeout,
} from 'asyncio-ts';

// Of this project itself, what is not its own.
const NOT_OURS = new Set(['.git', '.build', 'dist', 'node_modules']);
// Bytes read at a time; with the number of jobs it bounds the memory.
const CHUNK = 1 << 18;

interface Options {
  readonly root: string;
  readonly skip: ReadonlySet<string>;
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

/** The digest and size of one file, read in chunks. The stream closes when the task is cancelled. */
async function hashFile(path: string): Promise<[digest: string, size: number]> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { signal: signal(), highWaterMark: CHUNK })) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return [hash.digest('hex'), size];
}

/** One of the tasks that hash: takes a path, hashes the file, takes the next. */
async function worker(paths: Queue<string>, options: Options, report: Report): Promise<never> {
  for (;;) {
    const path = await paths.get();
    try {
      const [digest, size] = await timeout(options.limit, () => hashFile(path));
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
  // A short queue: the walk does not run ahead of the hashing.
  const paths = new Queue<string>(options.jobs * 2);
  await asyncWith(new TaskGroup(), async (group) => {
    const workers = Array.from({ length: options.jobs }, (_, n) =>
      group.createTask(() => worker(paths, options, report), { name: `worker-${n + 1}` }),
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
      jobs: { type: 'string', default: '8' },
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

try {
  process.exitCode = await run(() => main(...process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  process.exitCode = 130;
}
