import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  openUnixConnection,
  run,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
} from '../../src/index.ts';
import { b, failure, inBothKinds, s, scratch } from './support.ts';

async function shout(reader: StreamReader, writer: StreamWriter): Promise<void> {
  writer.write(b(s(await reader.readline()).toUpperCase()));
  writer.close();
}

inBothKinds('a Unix server and its client', function* (kind) {
  const path = join(scratch(), 'socket');
  const server = yield* kind.wait(startUnixServer(shout, path));
  expect(server.sockets[0]?.getsockname()).toBe(path);
  expect(server.sockets[0]?.family).toBe('unix');
  const [reader, writer] = yield* kind.wait(openUnixConnection(path));
  expect(writer.getExtraInfo('peername')).toBe(path);
  writer.write(b('hello\n'));
  expect(s(yield* kind.wait(reader.read()))).toBe('HELLO\n');
  writer.close();
  server.close();
  yield* kind.wait(server.waitClosed());
  expect(existsSync(path)).toBe(false);
});

test('what a dead server left is replaced, a file is not', () =>
  run(async () => {
    const path = join(scratch(), 'socket');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    const server = await startUnixServer(shout, path);
    const [reader, writer] = await openUnixConnection(path);
    writer.write(b('new\n'));
    expect(s(await reader.read())).toBe('NEW\n');
    writer.close();
    server.close();
    await server.waitClosed();
    dead.close();
    const file = join(scratch(), 'file');
    writeFileSync(file, 'precious');
    expect((await failure(() => startUnixServer(shout, file))).code).toBe('EADDRINUSE');
    expect(existsSync(file)).toBe(true);
    expect(await failure(() => startUnixServer(shout, 5 as never))).toBeInstanceOf(TypeError);
    expect(await failure(() => openUnixConnection())).toBeInstanceOf(RangeError);
  }));

test('a server that is closed leaves the socket alone that has taken its place', () =>
  run(async () => {
    const path = join(scratch(), 'socket');
    const one = await startUnixServer(shout, path);
    const two = await startUnixServer(shout, path);
    one.close();
    await one.waitClosed();
    const [reader, writer] = await openUnixConnection(path);
    writer.write(b('still\n'));
    expect(s(await reader.read())).toBe('STILL\n');
    writer.close();
    two.close();
    expect(existsSync(path)).toBe(false);
  }));

test('cleanupSocket: false leaves its socket', () =>
  run(async () => {
    const path = join(scratch(), 'socket');
    const server = await startUnixServer(shout, path, { cleanupSocket: false });
    server.close();
    await server.waitClosed();
    expect(existsSync(path)).toBe(true);
    expect((await failure(() => openUnixConnection(path))).code).toBe('ECONNREFUSED');
  }));

inBothKinds('both ends know the path', function* (kind) {
  const path = join(scratch(), 'socket');
  const names: unknown[] = [];
  const server = yield* kind.wait(
    startUnixServer((_reader, writer) => {
      names.push(writer.getExtraInfo('sockname'), writer.getExtraInfo('peername'));
      names.push(writer.getExtraInfo('socket')?.getsockname());
      writer.close();
    }, path),
  );
  const [reader, writer] = yield* kind.wait(openUnixConnection(path));
  yield* kind.wait(reader.read());
  writer.close();
  expect(names).toEqual([path, '', path]);
  server.close();
});

test('a path that the kernel would cut is refused at the call', () => {
  const path = join('/tmp', 'x'.repeat(120));
  expect(() => openUnixConnection(path)).toThrow(/RangeError|at most 107 bytes, not 125/);
  expect(() => startUnixServer(shout, path)).toThrow(RangeError);
});
