// Node's modules for threads and processes, loaded at first use: importing this layer costs nothing of them. Loaded at
// once rather than by import(): a job can be submitted, and waited for by blocking, in one go.
import { createRequire } from 'node:module';
import type * as ChildProcess from 'node:child_process';
import type * as Fs from 'node:fs';
import type * as Os from 'node:os';
import type * as V8 from 'node:v8';
import type * as Vm from 'node:vm';
import type * as WorkerThreads from 'node:worker_threads';

// A program that was bundled as CommonJS has no `import.meta.url`.
const load = createRequire(import.meta.url ?? `${process.cwd()}/`);

export function workerThreads(): typeof WorkerThreads {
  return load('node:worker_threads') as typeof WorkerThreads;
}

export function childProcess(): typeof ChildProcess {
  return load('node:child_process') as typeof ChildProcess;
}

export function fs(): typeof Fs {
  return load('node:fs') as typeof Fs;
}

export function os(): typeof Os {
  return load('node:os') as typeof Os;
}

export function v8(): typeof V8 {
  return load('node:v8') as typeof V8;
}

export function vm(): typeof Vm {
  return load('node:vm') as typeof Vm;
}

/** An optional package; null when it is not installed. */
export function optional(name: string): unknown {
  try {
    return load(name);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
