import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test, vi } from 'vitest';
import {
  type AbstractServer,
  ConnectionError,
  coroutine,
  createTask,
  openConnection,
  run,
  RuntimeError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from '../../src/index.ts';
import { b, fails, inBothKinds, pattern, portOf, s, type Kind, type Script } from './support.ts';

async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
  await writer.waitClosed();
}

function* echoServer(kind: Kind): Script<AbstractServer> {
  return yield* kind.wait(startServer(echo, '127.0.0.1', 0));
}

function* closeServer(kind: Kind, server: AbstractServer): Script<void> {
  server.close();
  yield* kind.wait(server.waitClosed());
}

inBothKinds('lines go to an echo server and come back', function* (kind) {
  const server = yield* echoServer(kind);
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  writer.write(b('one\ntwo\n'));
  writer.writelines([b('thr'), b('ee\n')]);
  yield* kind.wait(writer.drain());
  expect(s(yield* kind.wait(reader.readline()))).toBe('one\n');
  expect(s(yield* kind.wait(reader.readuntil(b('o\n'))))).toBe('two\n');
  expect(s(yield* kind.wait(reader.readexactly(6)))).toBe('three\n');
  writer.writeEof();
  expect((yield* kind.wait(reader.read())).length).toBe(0);
  expect(reader.atEof()).toBe(true);
  writer.close();
  yield* kind.wait(writer.waitClosed());
  expect(writer.isClosing()).toBe(true);
  yield* closeServer(kind, server);
});

inBothKinds(
  'ten megabytes go through the water marks unchanged, in both directions',
  function* (kind) {
    const server = yield* echoServer(kind);
    const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
    const data = pattern(10 * 1024 * 1024);
    let most = 0;
    const sender = kind.task(function* () {
      for (let at = 0; at < data.length; at += 50_000) {
        writer.write(data.subarray(at, at + 50_000));
        most = Math.max(most, writer.transport.getWriteBufferSize());
        yield* kind.wait(writer.drain());
      }
      writer.writeEof();
    });
    const back = yield* kind.wait(reader.read());
    yield* kind.wait(sender);
    expect(Buffer.compare(back, data)).toBe(0);
    expect(most).toBeLessThan(65_536 + 50_001);
    writer.close();
    yield* closeServer(kind, server);
  },
);

inBothKinds(
  'drain waits while the peer does not read, and the buffers stay bounded',
  function* (kind) {
    const held: [StreamReader, StreamWriter][] = [];
    const server = yield* kind.wait(
      startServer((reader, writer) => void held.push([reader, writer]), '127.0.0.1', 0),
    );
    const [, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
    const piece = new Uint8Array(65_536);
    let written = 0;
    const error = yield* fails(function* () {
      yield* kind.wait(
        timeout(0.3, async () => {
          for (;;) {
            writer.write(piece);
            written += piece.length;
            await writer.drain();
          }
        }),
      );
    });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(writer.transport.getWriteBufferSize()).toBeGreaterThan(0);
    expect(writer.transport.getWriteBufferSize()).toBeLessThanOrEqual(65_536 * 2);
    // What the kernel and two limits of the reader hold, not more.
    expect(written).toBeLessThan(16 * 1024 * 1024);
    // Nothing of it was lost.
    const [reader, peer] = held[0] as [StreamReader, StreamWriter];
    let read = 0;
    while (read < written) read += (yield* kind.wait(reader.read(1_000_000))).length;
    expect(read).toBe(written);
    yield* kind.wait(writer.drain());
    writer.close();
    peer.close();
    yield* closeServer(kind, server);
  },
);

inBothKinds('what was written before close() arrives', function* (kind) {
  const data = pattern(3_000_000, 7);
  const server = yield* kind.wait(
    startServer(
      (_reader, writer) => {
        writer.write(data);
        writer.close();
      },
      '127.0.0.1',
      0,
    ),
  );
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  yield* kind.wait(sleep(0.05));
  expect(Buffer.compare(yield* kind.wait(reader.read()), data)).toBe(0);
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('abort() drops what was not sent', function* (kind) {
  const server = yield* kind.wait(
    startServer(
      (_reader, writer) => {
        writer.write(new Uint8Array(50_000_000));
        writer.transport.abort();
      },
      '127.0.0.1',
      0,
    ),
  );
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  let got = 0;
  try {
    got = (yield* kind.wait(reader.read())).length;
  } catch (error) {
    expect((error as { code: unknown }).code).toBe('ECONNRESET');
  }
  expect(got).toBeLessThan(50_000_000);
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('a line over the limit is an error, readuntil keeps the data', function* (kind) {
  const server = yield* echoServer(kind);
  const [reader, writer] = yield* kind.wait(
    openConnection('127.0.0.1', portOf(server), { limit: 10 }),
  );
  writer.write(b('0123456789ABCDEF\nshort\n'));
  while (!String(reader).includes('23 bytes')) yield* kind.wait(sleep(0.005));
  const over = yield* fails(() => kind.wait(reader.readuntil()));
  expect(over.name).toBe('LimitOverrunError');
  expect((over as unknown as { consumed: number }).consumed).toBe(16);
  expect(s(yield* kind.wait(reader.readexactly(4)))).toBe('0123');
  const dropped = yield* fails(() => kind.wait(reader.readline()));
  expect(dropped).toBeInstanceOf(RangeError);
  expect(dropped.message).toMatch(
    /^A line of 12 bytes is longer than the limit of 10: it is dropped/,
  );
  expect(s(yield* kind.wait(reader.readline()))).toBe('short\n');
  writer.write(b('no newline yet'));
  const part = yield* fails(() => kind.wait(reader.readline()));
  expect(part.message).toMatch(/^No end of the line within the limit of 10 bytes: the 14 bytes/);
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('reading goes on over several connections at once', function* (kind) {
  const server = yield* echoServer(kind);
  const work = Array.from({ length: 50 }, (_, i) =>
    kind.task(function* () {
      const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
      for (let round = 0; round < 5; round++) {
        writer.write(b(`${i} ${round}\n`));
        expect(s(yield* kind.wait(reader.readline()))).toBe(`${i} ${round}\n`);
      }
      writer.close();
      yield* kind.wait(writer.waitClosed());
    }),
  );
  for (const task of work) yield* kind.wait(task);
  yield* closeServer(kind, server);
});

inBothKinds('a peer that resets: the reader fails, drain and waitClosed tell it', function* (kind) {
  const server = yield* kind.wait(
    startServer(
      async (reader, writer) => {
        await reader.readexactly(1);
        writer.transport.abort();
      },
      '127.0.0.1',
      0,
    ),
  );
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  // Unread data in the closed socket makes the kernel answer with a reset.
  writer.write(new Uint8Array(1_000_000));
  const error = yield* fails(() => kind.wait(reader.read()));
  expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  expect(yield* fails(() => kind.wait(writer.waitClosed()))).toBe(error);
  expect(yield* fails(() => kind.wait(writer.drain()))).toBe(error);
  yield* closeServer(kind, server);
});

inBothKinds('drain throws once the connection is lost', function* (kind) {
  const server = yield* echoServer(kind);
  const [, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  writer.close();
  yield* kind.wait(writer.waitClosed());
  const error = yield* fails(() => kind.wait(writer.drain()));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.code).toBe('ECONNRESET');
  yield* closeServer(kind, server);
});

inBothKinds('writing a string, after writeEof, after close: told at the call', function* (kind) {
  const server = yield* echoServer(kind);
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  expect(() => writer.write('text' as never)).toThrow(/write\(\) expects bytes.*TextEncoder/);
  writer.write(b('kept'));
  writer.writeEof();
  expect(() => writer.write(b('late'))).toThrow(RuntimeError);
  expect(s(yield* kind.wait(reader.read()))).toBe('kept');
  writer.close();
  expect(() => writer.write(b('later'))).toThrow(RuntimeError);
  yield* closeServer(kind, server);
});

inBothKinds('a failing handler is reported, and its connection closed', function* (kind) {
  const told: unknown[] = [];
  const server = yield* kind.wait(
    startServer(
      async () => {
        await sleep(0);
        throw new Error('handler failed');
      },
      '127.0.0.1',
      0,
    ),
  );
  server.getLoop().setExceptionHandler((_loop, context) => told.push(context.exception));
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  expect((yield* kind.wait(reader.read())).length).toBe(0);
  expect(String(told)).toBe('Error: handler failed');
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('a cancelled read loses nothing', function* (kind) {
  const server = yield* echoServer(kind);
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  const waiting = createTask(reader.readexactly(8));
  writer.write(b('half'));
  yield* kind.wait(sleep(0.05));
  waiting.cancel();
  yield* fails(() => kind.wait(waiting));
  writer.write(b('done'));
  expect(s(yield* kind.wait(reader.readexactly(8)))).toBe('halfdone');
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('two readers at once are refused', function* (kind) {
  const server = yield* echoServer(kind);
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  const first = createTask(reader.read(1));
  yield* kind.wait(sleep(0));
  const error = yield* fails(() => kind.wait(reader.readline()));
  expect(error).toBeInstanceOf(RuntimeError);
  expect(error.message).toMatch(/already waiting for incoming data/);
  writer.write(b('x'));
  expect(s(yield* kind.wait(first))).toBe('x');
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('for await reads line by line', function* (kind) {
  const server = yield* kind.wait(
    startServer(
      (_reader, writer) => {
        writer.write(b('a\nb\nrest'));
        writer.close();
      },
      '127.0.0.1',
      0,
    ),
  );
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  const lines = yield* kind.wait(
    createTask(async () => {
      const all: string[] = [];
      for await (const line of reader) all.push(s(line));
      return all;
    }),
  );
  expect(lines).toEqual(['a\n', 'b\n', 'rest']);
  writer.close();
  yield* closeServer(kind, server);
});

inBothKinds('one who no longer waits for the end takes it from nobody else', function* (kind) {
  const server = yield* echoServer(kind);
  const [, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  const other = createTask(writer.waitClosed());
  const given = createTask(writer.waitClosed());
  yield* kind.wait(sleep(0.01));
  given.cancel();
  yield* fails(() => kind.wait(given));
  expect(other.done()).toBe(false);
  writer.close();
  yield* kind.wait(other);
  yield* kind.wait(writer.waitClosed());
  yield* closeServer(kind, server);
});

inBothKinds('drain behind a write that the system refuses throws', function* (kind) {
  for (const way of ['write', 'writelines'] as const) {
    const server = yield* kind.wait(
      startServer((_reader, writer) => writer.transport.abort(), '127.0.0.1', 0),
    );
    const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
    expect((yield* kind.wait(reader.read())).length).toBe(0);
    // The peer answers this one with a reset, which nobody sees who does not write again.
    writer.write(b('x'));
    yield* kind.wait(sleep(0.05));
    if (way === 'write') writer.write(b('y'));
    else writer.writelines([b('y'), b('z')]);
    expect((yield* fails(() => kind.wait(writer.drain()))).code).toBe('ECONNRESET');
    writer.close();
    expect((yield* fails(() => kind.wait(writer.waitClosed()))).code).toBe('EPIPE');
    yield* closeServer(kind, server);
  }
});

// From the first use of the store on, Node 20 and 22 make each callback of the process dearer.
test('a program of generators never enters the store of async functions', async () => {
  const entered = vi.spyOn(AsyncLocalStorage.prototype, 'run');
  function* upper(reader: StreamReader, writer: StreamWriter) {
    writer.write(b(s(yield* reader.readline()).toUpperCase()));
    yield* writer.drain();
    writer.close();
  }
  try {
    await run(function* () {
      for (const served of [upper, coroutine(upper)]) {
        const server = yield* startServer(served, '127.0.0.1', 0);
        const [reader, writer] = yield* openConnection('127.0.0.1', portOf(server));
        writer.write(b('line\n'));
        yield* writer.drain();
        expect(s(yield* reader.read())).toBe('LINE\n');
        writer.close();
        yield* writer.waitClosed();
        server.close();
        yield* server.waitClosed();
      }
    });
    expect(entered).not.toHaveBeenCalled();
  } finally {
    entered.mockRestore();
  }
});
