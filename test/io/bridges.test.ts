import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  createSubprocessExec,
  getRunningLoop,
  openConnection,
  openReader,
  openWriter,
  PIPE,
  run,
  sleep,
  startServer,
  toReadableStream,
  toWritableStream,
  type StreamReader,
  type StreamWriter,
} from '../../src/index.ts';
import { b, failure, pattern, portOf, s } from './support.ts';

const echo = async (reader: StreamReader, writer: StreamWriter): Promise<void> => {
  for (;;) {
    const data = await reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
};

test('a connection through web streams, with the pressure kept', () =>
  run(async () => {
    const server = await startServer(echo, '127.0.0.1', 0);
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    const data = pattern(5_000_000);
    let given = 0;
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (given >= data.length) controller.close();
        else controller.enqueue(data.subarray(given, (given += 100_000)));
      },
    });
    const sending = source.pipeTo(toWritableStream(writer), { preventClose: true });
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of toReadableStream(reader) as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
      if (size === data.length) writer.writeEof();
    }
    await sending;
    expect(Buffer.compare(Buffer.concat(parts), data)).toBe(0);
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('a web stream is read no further than it is asked for', () =>
  run(async () => {
    const server = await startServer(
      (_r, w) => w.write(new Uint8Array(20_000_000)),
      '127.0.0.1',
      0,
    );
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    const stream = toReadableStream(reader);
    await sleep(0.1);
    expect(Number(/(\d+) bytes/.exec(String(reader))?.[1])).toBeLessThan(400_000);
    await stream.cancel();
    writer.close();
    server.close();
    server.abortClients();
    await server.waitClosed();
  }));

test('Node streams: a pipeline of zlib between reader and writer', () =>
  run(async () => {
    const zipped = new PassThrough();
    const text = b('line\n'.repeat(100_000));
    void pipeline(Readable.from([text]), createGzip(), zipped);
    const cat = await createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
    const through = pipeline(
      zipped,
      Writable.fromWeb(toWritableStream(cat.stdin as StreamWriter) as never),
    );
    const unzipped = Readable.fromWeb(toReadableStream(cat.stdout as StreamReader) as never).pipe(
      createGunzip(),
    );
    const reader = await openReader(unzipped);
    let lines = 0;
    for await (const line of reader) {
      expect(s(line)).toBe('line\n');
      lines++;
    }
    expect(lines).toBe(100_000);
    await through;
    await cat.wait();
  }));

test('web streams as pipes', () =>
  run(async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = await openWriter(writable);
    const reader = await openReader(readable);
    writer.write(b('one\ntwo\n'));
    expect(s(await reader.readline())).toBe('one\n');
    writer.close();
    expect(s(await reader.read())).toBe('two\n');
    await writer.waitClosed();
  }));

test('a source that fails fails the reader', () =>
  run(async () => {
    const source = new PassThrough();
    const reader = await openReader(source);
    source.destroy(new Error('source failed'));
    expect((await failure(() => reader.read())).message).toBe('source failed');
  }));

test('openWriter drains to a slow sink', () =>
  run(async () => {
    let got = 0;
    const sink = new Writable({
      highWaterMark: 1000,
      write(chunk: Uint8Array, _encoding, done) {
        got += chunk.length;
        setTimeout(done, 1);
      },
    });
    const writer = await openWriter(sink);
    let most = 0;
    for (let i = 0; i < 50; i++) {
      writer.write(new Uint8Array(20_000));
      most = Math.max(most, writer.transport.getWriteBufferSize());
      await writer.drain();
    }
    writer.close();
    await writer.waitClosed();
    expect(got).toBe(1_000_000);
    expect(most).toBeLessThanOrEqual(65_536 + 20_000);
  }));

test('a web stream that is cancelled gives the reader back, with what it had not taken', () =>
  run(async () => {
    const server = await startServer(
      async (reader, writer) => {
        writer.write(b('one'));
        await reader.readline();
        writer.write(b('two'));
        writer.close();
      },
      '127.0.0.1',
      0,
    );
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    const web = toReadableStream(reader).getReader();
    expect(s((await web.read()).value as Uint8Array)).toBe('one');
    const pending = web.read();
    await sleep(0.02);
    await web.cancel('enough');
    expect((await pending).done).toBe(true);
    writer.write(b('go\n'));
    expect(s(await reader.read())).toBe('two');
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('drain and waitClosed of a pipe tell what its sink failed with', () =>
  run(async () => {
    const reason = new Error('full');
    const writer = await openWriter(
      new Writable({ write: (_chunk, _encoding, done) => done(reason) }),
    );
    writer.write(b('x'));
    await sleep(0.01);
    expect(await failure(() => writer.drain())).toBe(reason);
    expect(await failure(() => writer.waitClosed())).toBe(reason);
  }));

test('text in a stream is refused, whatever the stream', () =>
  run(async () => {
    const told: unknown[] = [];
    getRunningLoop().setExceptionHandler((_loop, { exception }) => told.push(exception));
    const web = new ReadableStream({
      start(controller) {
        controller.enqueue('text');
        controller.close();
      },
    });
    for (const source of [web, Readable.from(['text'])]) {
      const reader = await openReader(source);
      const error = await failure(() => reader.read());
      expect(String(error)).toMatch(/TypeError.*expects bytes.*not the string 'text'/);
      expect(told.pop()).toBe(error);
    }
  }));
