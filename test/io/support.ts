// What the I/O tests share: text to bytes and back, loops with real I/O in both kinds of coroutine, and the presence of
// the programs that take part.
import { spawnSync } from 'node:child_process';
import dns from 'node:dns';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AbstractServer, type Body, type InetAddress, run } from '../../src/index.ts';
import { type Kind, kinds, type Script } from '../support/kinds.ts';

export type { Kind, Script } from '../support/kinds.ts';
export { kinds } from '../support/kinds.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as bytes. */
export const b = (text: string): Uint8Array => encoder.encode(text);
/** Bytes as text. */
export const s = (bytes: Uint8Array): string => decoder.decode(bytes);

/** `length` bytes that differ from place to place. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = seed * 2_654_435_761;
  for (let i = 0; i < length; i++) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

/** Runs a body on a real loop of its own. */
export function onLoop<T>(body: Body<T>): Promise<T> {
  return run(body);
}

/** A test with real I/O, once in each kind of coroutine. */
export function inBothKinds(
  title: string,
  script: (kind: Kind) => Script<void>,
  { timeout = 10_000, missing = false }: { timeout?: number; missing?: boolean } = {},
): void {
  describe.skipIf(missing)(title, () => {
    for (const kind of kinds) {
      test(kind.name, { timeout }, () => run(kind.body(() => script(kind))));
    }
  });
}

/** Where a server listens. */
export function portOf(server: AbstractServer): number {
  return (server.sockets[0]!.getsockname() as InetAddress)[1];
}

/** A folder for one test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aio-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Whether a program is there; if not, the tests that need it are skipped, and that is said. */
export function have(program: string, ...args: string[]): boolean {
  const { error } = spawnSync(program, args.length > 0 ? args : ['--version'], { stdio: 'ignore' });
  if (error === undefined) return true;
  console.warn(`SKIPPED: tests with ${program}, which is not installed`);
  return false;
}

/** Has `name` stand for these addresses, during one test. */
export function resolveTo(name: string, addresses: readonly string[]): void {
  const { lookup } = dns;
  const fake = (host: string, ...rest: unknown[]): void => {
    if (host !== name) Reflect.apply(lookup, dns, [host, ...rest]);
    else {
      const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
      setImmediate(rest.at(-1) as (...args: unknown[]) => void, null, found);
    }
  };
  dns.lookup = fake as never;
  syncBuiltinESMExports();
  onTestFinished(() => {
    dns.lookup = lookup;
    syncBuiltinESMExports();
  });
}

/** The error that a piece of work fails with. */
export async function failure(work: () => unknown): Promise<Error & { code?: unknown }> {
  try {
    await work();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  throw new Error('expected a failure, but it went well');
}

/** `failure`, inside a script. */
export function* fails<T>(work: () => Script<T>): Script<Error & { code?: unknown }> {
  try {
    yield* work();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error;
  }
  throw new Error('expected a failure, but it went well');
}
