// Where several things happen at once, or in the middle of each other.
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import * as net from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import {
  BufferedProtocol,
  createTask,
  DatagramProtocol,
  gather,
  getRunningLoop,
  newEventLoop,
  openConnection,
  openWriter,
  Protocol,
  run,
  RuntimeError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  type Transport,
} from '../../src/index.ts';
import { b, failure, pattern, portOf, resolveTo, s, scratch } from './support.ts';

test('two tasks that write and drain: neither waits for ever, whatever the sizes', () =>
  run(async () => {
    const finish: (() => void)[] = [];
    const sink = new Writable({
      write(_chunk, _encoding, done) {
        finish.push(done);
      },
    });
    const writer = await openWriter(sink);
    const next = async (): Promise<void> => {
      finish.shift()?.();
      await sleep(0.001);
    };
    writer.write(new Uint8Array(70_000));
    writer.write(new Uint8Array(30_000));
    const first = createTask(writer.drain());
    await sleep(0);
    await next();
    // Below the high water mark again, above the low one: still paused, and now another writes.
    expect(first.done()).toBe(false);
    writer.write(new Uint8Array(20_000));
    const second = createTask(writer.drain());
    await next();
    await next();
    expect(writer.transport.getWriteBufferSize()).toBe(0);
    await timeout(1, () => gather(first, second));
    sink.destroy();
  }));

test('sendfile on a connection that was told to pause gives drain back its end', () =>
  run(async () => {
    const path = join(scratch(), 'file');
    writeFileSync(path, pattern(300_000));
    let release = (): void => {};
    const server = await startServer(
      async (reader, writer) => {
        await new Promise<void>((resolve) => (release = resolve));
        let size = 0;
        for (;;) {
          const data = await reader.read(100_000);
          if (data.length === 0) break;
          size += data.length;
        }
        writer.write(b(String(size)));
        writer.close();
      },
      '127.0.0.1',
      0,
    );
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    let written = 0;
    while (writer.transport.getWriteBufferSize() <= 65_536) {
      writer.write(new Uint8Array(500_000));
      written += 500_000;
      await sleep(0.001);
    }
    const file = await open(path);
    const drained = createTask(writer.drain());
    const sent = createTask(getRunningLoop().sendfile(writer.transport, file));
    await sleep(0.02);
    release();
    expect(await sent).toBe(300_000);
    await timeout(3, () => drained);
    await timeout(3, () => writer.drain());
    writer.writeEof();
    expect(s(await reader.read())).toBe(String(written + 300_000));
    await file.close();
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('happy eyeballs: of two addresses that answer at once, one connection is left', () =>
  run(async () => {
    resolveTo('three.test', ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
    const standing = new Set<net.Socket>();
    const listener = net.createServer((socket) => {
      standing.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => standing.delete(socket)).resume();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as net.AddressInfo;
    for (let i = 0; i < 20; i++) {
      const [, writer] = await openConnection('three.test', port, { happyEyeballsDelay: 0 });
      await sleep(0.02);
      expect(standing.size).toBe(1);
      writer.close();
      await sleep(0.01);
    }
    listener.close();
  }));

test('a cancelled read() to the end loses nothing of what it had read', () =>
  run(async () => {
    const held: StreamWriter[] = [];
    const server = await startServer((_reader, writer) => void held.push(writer), '127.0.0.1', 0);
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server), { limit: 1000 });
    const data = pattern(50_000);
    const all = createTask(reader.read());
    await sleep(0.01);
    held[0]?.write(data.subarray(0, 30_000));
    await sleep(0.05);
    all.cancel();
    await failure(() => all);
    held[0]?.write(data.subarray(30_000));
    held[0]?.close();
    expect(Buffer.compare(await reader.read(), data)).toBe(0);
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('a BufferedProtocol that pauses, or aborts, gets nothing more of the same piece', () =>
  run(async () => {
    const loop = getRunningLoop();
    class Small extends BufferedProtocol {
      transport: Transport | null = null;
      calls = 0;
      readonly got: number[] = [];
      end: 'pause' | 'abort' | 'hand over' = 'pause';
      readonly next: Protocol & { size: number } = new (class extends Protocol {
        size = 0;
        override dataReceived(data: Uint8Array): void {
          this.size += data.length;
        }
      })();
      override connectionMade(transport: Transport): void {
        this.transport = transport;
      }
      readonly #memory = new Uint8Array(100);
      override getBuffer(): Uint8Array {
        return this.#memory;
      }
      override bufferUpdated(count: number): void {
        this.calls++;
        this.got.push(...this.#memory.subarray(0, count));
        if (this.end === 'pause') this.transport?.pauseReading();
        else if (this.end === 'abort') this.transport?.abort();
        else this.transport?.setProtocol(this.next);
      }
    }
    const made: Small[] = [];
    const server = await loop.createServer(
      () => (made.push(new Small()), made.at(-1) as Small),
      '127.0.0.1',
      0,
    );
    const connect = async (): Promise<[Transport, Small]> => {
      const [transport] = await loop.createConnection(
        () => new Protocol(),
        '127.0.0.1',
        portOf(server),
      );
      await sleep(0.01);
      return [transport, made.at(-1) as Small];
    };
    const data = pattern(1000);
    const [paused, pausing] = await connect();
    paused.write(data);
    await sleep(0.02);
    expect(pausing.calls).toBe(1);
    for (let i = 2; i <= 10; i++) {
      pausing.transport?.resumeReading();
      await sleep(0.005);
      expect(pausing.calls).toBe(i);
    }
    expect(Uint8Array.from(pausing.got)).toEqual(data);
    const [aborted, aborting] = await connect();
    aborting.end = 'abort';
    aborted.write(data);
    await sleep(0.02);
    expect(aborting.calls).toBe(1);
    const [handed, handing] = await connect();
    handing.end = 'hand over';
    handed.write(data);
    await sleep(0.02);
    expect(handing.calls).toBe(1);
    expect(handing.next.size).toBe(900);
    for (const one of [paused, aborted, handed]) one.abort();
    server.close();
    server.abortClients();
    await server.waitClosed();
  }));

test('a read that another has overtaken waits on: an empty answer would mean the end', () =>
  run(async () => {
    const { StreamReader: Reader } = await import('../../src/index.ts');
    const reader = new Reader();
    const first = createTask(reader.read(3));
    await sleep(0);
    reader.feedData(b('abc'));
    // Woken, it has not run yet.
    expect(s(await reader.read(3))).toBe('abc');
    const late = createTask(sleep(0.01));
    await late;
    expect(first.done()).toBe(false);
    reader.feedData(b('def'));
    expect(s(await timeout(1, () => first))).toBe('def');
  }));

test('an error of the connection after a wake-up does not take away what came before it', () =>
  run(async () => {
    const { StreamReader: Reader } = await import('../../src/index.ts');
    const reader: StreamReader = new Reader();
    const reading = createTask(reader.read(10));
    const exactly = new Reader();
    const waiting = createTask(exactly.readexactly(10));
    await sleep(0);
    reader.feedData(b('last words'));
    reader.setException(new Error('reset'));
    exactly.feedData(b('not all'));
    exactly.setException(new Error('reset'));
    expect(s(await reading)).toBe('last words');
    expect((await failure(() => reader.read(1))).message).toBe('reset');
    // CPython waits for ever here.
    expect((await failure(() => timeout(1, () => waiting))).message).toBe('reset');
  }));

test('two files at once over one connection are refused, and the first goes on', () =>
  run(async () => {
    const path = join(scratch(), 'file');
    writeFileSync(path, pattern(3_000_000));
    const server = await startServer(
      async (reader, writer) => {
        const got = await reader.readexactly(3_000_000);
        writer.write(b(String(Buffer.compare(got, pattern(3_000_000)))));
        writer.close();
      },
      '127.0.0.1',
      0,
    );
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    const file = await open(path);
    const loop = getRunningLoop();
    const { transport } = writer;
    const first = createTask(loop.sendfile(transport, file));
    await sleep(0);
    const error = await failure(() => loop.sendfile(transport, file));
    expect(error).toBeInstanceOf(RuntimeError);
    expect(await timeout(3, () => first)).toBe(3_000_000);
    expect(s(await timeout(3, () => reader.read()))).toBe('0');
    await file.close();
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('a datagram endpoint that is closed when its loop closes is closed once', async () => {
  const loop = newEventLoop();
  const [transport] = await loop.runUntilComplete(
    loop.createDatagramEndpoint(() => new DatagramProtocol(), ['127.0.0.1', 0]),
  );
  loop.callSoon(() => {
    transport.close();
    loop.stop();
  });
  await loop.runForever();
  loop.close();
});
