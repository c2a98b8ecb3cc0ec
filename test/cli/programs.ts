// Programs in processes of their own: for exit codes, signals, and what is printed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageUrl = new URL('../../dist/index.js', import.meta.url).href;
const testingUrl = new URL('../../dist/testing/index.js', import.meta.url).href;

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program; `said(text)` waits until it has printed something. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[], cwd: string, env: Record<string, string>) {
    this.child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env } });
    this.child.stdout?.on('data', (data) => {
      this.#stdout += String(data);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.child.stderr?.on('data', (data) => (this.#stderr += String(data)));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        for (const wake of this.#waiting.splice(0)) wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  async said(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      if (this.child.exitCode !== null)
        throw new Error(`ended without saying ${text}: ${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }
}

/** A folder for programs, removed at the end. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-'));

  /** Writes a program that may import 'asyncio-ts'; its path. */
  write(name: string, source: string): string {
    const path = join(this.folder, name);
    const linked = source
      .replaceAll(`'asyncio-ts/testing'`, `'${testingUrl}'`)
      .replaceAll(`'asyncio-ts'`, `'${packageUrl}'`);
    writeFileSync(path, linked);
    return path;
  }

  /** Runs a module with Node. */
  node(source: string, env: Record<string, string> = {}): Program {
    return new Program([this.write('program.mjs', source)], this.folder, env);
  }

  /** Runs the command `asyncio-ts` with these words. */
  command(...words: string[]): Program {
    return new Program([join(root, 'dist/cli/main.js'), ...words], this.folder, {});
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
