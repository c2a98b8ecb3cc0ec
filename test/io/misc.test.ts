// Pipes, files, names, signals, and loops with a virtual clock.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import {
  BaseProtocol,
  createTask,
  Event,
  getRunningLoop,
  openConnection,
  Protocol,
  run,
  RuntimeError,
  SendfileNotAvailableError,
  sleep,
  startServer,
  StreamReader,
  StreamReaderProtocol,
  timeout,
  TimeoutError,
  type Transport,
} from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import { b, failure, inBothKinds, pattern, portOf, s, scratch } from './support.ts';

test('a FIFO between connectWritePipe and connectReadPipe', () =>
  run(async () => {
    const loop = getRunningLoop();
    const path = join(scratch(), 'fifo');
    execFileSync('mkfifo', [path]);
    // Opened for both, a FIFO does not wait for its other end.
    const keeper = openSync(path, constants.O_RDWR);
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    closeSync(keeper);
    const reader = new StreamReader(65_536, { loop });
    const [readTransport] = await loop.connectReadPipe(
      () => new StreamReaderProtocol(reader, null, { loop }),
      readEnd,
    );
    const [writeTransport] = await loop.connectWritePipe(() => new BaseProtocol(), writeEnd);
    const data = pattern(1_000_000);
    writeTransport.write(data);
    writeTransport.close();
    expect(Buffer.compare(await reader.read(), data)).toBe(0);
    expect(readTransport.isClosing()).toBe(true);
    expect(() => (readTransport as Transport).write(b('x'))).toThrow(/transport/);
  }));

test('streams of the host serve as pipes', () =>
  run(async () => {
    const loop = getRunningLoop();
    const stream = new PassThrough();
    const reader = new StreamReader(65_536, { loop });
    await loop.connectReadPipe(() => new StreamReaderProtocol(reader, null, { loop }), stream);
    stream.write('line\n');
    stream.end('end');
    expect(s(await reader.readline())).toBe('line\n');
    expect(s(await reader.read())).toBe('end');
    const sink = new PassThrough();
    const [transport] = await loop.connectWritePipe(() => new BaseProtocol(), sink);
    transport.write(b('out'));
    transport.close();
    let text = '';
    for await (const chunk of sink) text += String(chunk);
    expect(text).toBe('out');
  }));

test('what is no pipe is refused', () =>
  run(async () => {
    const loop = getRunningLoop();
    const path = join(scratch(), 'file');
    writeFileSync(path, 'x');
    const fd = openSync(path, 'r');
    expect(await failure(() => loop.connectReadPipe(() => new Protocol(), fd))).toBeInstanceOf(
      RangeError,
    );
    closeSync(fd);
    expect(await failure(() => loop.connectReadPipe(() => new Protocol(), -1))).toBeInstanceOf(
      RangeError,
    );
    expect(await failure(() => loop.connectWritePipe(() => new Protocol(), {}))).toBeInstanceOf(
      TypeError,
    );
  }));

inBothKinds('sendfile sends a part or all of a file, in bounded memory', function* (kind) {
  const path = join(scratch(), 'file');
  const data = pattern(30_000_000);
  writeFileSync(path, data);
  const received: Uint8Array[] = [];
  const server = yield* kind.wait(
    startServer(
      async (reader, writer) => {
        received.push(await reader.readexactly(1000), await reader.read());
        writer.close();
      },
      '127.0.0.1',
      0,
    ),
  );
  const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(server)));
  const loop = getRunningLoop();
  const file = yield* kind.wait(createTask(async () => await open(path)));
  expect(yield* kind.wait(loop.sendfile(writer.transport, file, 500, 1000))).toBe(1000);
  let most = 0;
  const all = createTask(loop.sendfile(writer.transport, file));
  yield* kind.wait(sleep(0));
  expect(() => writer.write(b('x'))).toThrow(/sendfile/);
  while (!all.done()) {
    most = Math.max(most, writer.transport.getWriteBufferSize());
    yield* kind.wait(sleep(0));
  }
  expect(yield* kind.wait(all)).toBe(data.length);
  expect(most).toBeLessThan(600_000);
  writer.write(b('after'));
  writer.writeEof();
  yield* kind.wait(reader.read());
  expect(Buffer.compare(received[0] as Uint8Array, data.subarray(500, 1500))).toBe(0);
  expect(Buffer.compare((received[1] as Uint8Array).subarray(0, -5), data)).toBe(0);
  let refused: unknown;
  try {
    yield* kind.wait(loop.sendfile(writer.transport, file, 0, null, { fallback: false }));
  } catch (error) {
    refused = error;
  }
  expect(refused).toBeInstanceOf(SendfileNotAvailableError);
  yield* kind.wait(createTask(async () => await file.close()));
  writer.close();
  server.close();
  yield* kind.wait(server.waitClosed());
});

test('getaddrinfo and getnameinfo', () =>
  run(async () => {
    const loop = getRunningLoop();
    expect(await loop.getaddrinfo('127.0.0.1', 80, { type: 'stream' })).toEqual([
      [4, 'stream', 6, '', ['127.0.0.1', 80]],
    ]);
    expect(await loop.getaddrinfo('::1', 53)).toEqual([
      [6, 'stream', 6, '', ['::1', 53, 0, 0]],
      [6, 'dgram', 17, '', ['::1', 53, 0, 0]],
    ]);
    const local = await loop.getaddrinfo('localhost', 80, { family: 4 });
    expect(local.map(([, , , , address]) => address[0])).toContain('127.0.0.1');
    const [host, service] = await loop.getnameinfo(['127.0.0.1', 80]);
    expect(host).not.toBe('');
    expect(service).toMatch(/^(http|80)$/);
    expect(await failure(() => loop.getaddrinfo(5 as never, 80))).toBeInstanceOf(TypeError);
    expect(await failure(() => loop.getaddrinfo('127.0.0.1', 80_000))).toBeInstanceOf(RangeError);
  }));

test('a signal handler runs in the loop, and keeps it waiting for the signal', () =>
  run(async () => {
    const loop = getRunningLoop();
    const seen: unknown[] = [];
    const came = new Event();
    loop.addSignalHandler(
      'SIGUSR2',
      (...args: number[]) => {
        seen.push(...args, getRunningLoop() === loop);
        came.set();
      },
      1,
      2,
    );
    process.kill(process.pid, 'SIGUSR2');
    await came.wait();
    expect(seen).toEqual([1, 2, true]);
    expect(loop.removeSignalHandler('SIGUSR2')).toBe(true);
    expect(loop.removeSignalHandler('SIGUSR2')).toBe(false);
    expect(process.listenerCount('SIGUSR2')).toBe(0);
    expect(() => loop.addSignalHandler('SIGKILL', () => {})).toThrow(RuntimeError);
    expect(() => loop.addSignalHandler('SIGNONE', () => {})).toThrow(RangeError);
    expect(() => loop.addSignalHandler('SIGTERM', async () => {})).toThrow(TypeError);
    loop.addSignalHandler('SIGUSR2', () => {});
  }).then(() => expect(process.listenerCount('SIGUSR2')).toBe(0)));

test('the loop closes its signal handlers, and SIGINT is the program’s where it handles it', () =>
  run(async () => {
    const loop = getRunningLoop();
    const came = new Event();
    loop.addSignalHandler('SIGINT', () => came.set());
    process.kill(process.pid, 'SIGINT');
    await came.wait();
    await sleep(0.01);
    expect(createTask(sleep(0)).cancelling()).toBe(0);
    return loop;
  }).then((loop) => expect(loop.removeSignalHandler('SIGINT')).toBe(false)));

test(
  'an idle program that only waits for a signal stays alive, and ends on it',
  { timeout: 20_000 },
  async () => {
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { run, getRunningLoop, Event } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
     await run(async () => {
       const stop = new Event();
       getRunningLoop().addSignalHandler('SIGTERM', () => stop.set());
       console.log('ready');
       await stop.wait();
     });
     console.log('ended in order');`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (data) => {
      text += String(data);
      if (text === 'ready\n') setTimeout(() => child.kill('SIGTERM'), 100);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(text).toBe('ready\nended in order\n');
    expect(code).toBe(0);
  },
);

/** Runs a program in a process of its own, against the built package. */
async function program(
  text: string,
  input: Uint8Array,
): Promise<[output: Uint8Array, code: number]> {
  const dist = new URL('../../dist/index.js', import.meta.url).href;
  const source = `import * as asyncio from ${JSON.stringify(dist)};\n${text}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const parts: Uint8Array[] = [];
  child.stdout.on('data', (part: Uint8Array) => parts.push(part));
  child.stdin.end(input);
  const code = await new Promise<number>((resolve) => child.on('close', resolve));
  return [Buffer.concat(parts), code];
}

test(
  'standard input and output, by their descriptors and by their streams',
  { timeout: 20_000 },
  async () => {
    const data = pattern(3_000_000, 11);
    for (const [input, output] of [
      ['0', '1'],
      ['process.stdin', 'process.stdout'],
    ]) {
      const [back, code] = await program(
        `await asyncio.run(async () => {
        const reader = await asyncio.openReader(${input});
        const writer = await asyncio.openWriter(${output});
        for (;;) {
          const data = await reader.read(10_000);
          if (data.length === 0) break;
          writer.write(data);
          await writer.drain();
        }
        writer.close();
        await writer.waitClosed();
      });`,
        data,
      );
      expect(code).toBe(0);
      expect(Buffer.compare(back, data)).toBe(0);
    }
  },
);

test('signal handlers belong to their loop: two loops, each with its own', async () => {
  const seen: string[] = [];
  const listen = (name: string) => async (): Promise<void> => {
    const loop = getRunningLoop();
    const came = new Event();
    loop.addSignalHandler('SIGUSR2', () => {
      seen.push(`${name} ${getRunningLoop() === loop}`);
      came.set();
    });
    await came.wait();
    // The first to end does not take the other's handler with it.
    if (name === 'first') {
      loop.removeSignalHandler('SIGUSR2');
      return;
    }
    came.clear();
    await came.wait();
  };
  const both = Promise.all([run(listen('first')), run(listen('second'))]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(process.pid, 'SIGUSR2');
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(process.pid, 'SIGUSR2');
  await both;
  expect(seen.slice(0, 2).toSorted()).toEqual(['first true', 'second true']);
  expect(seen.slice(2)).toEqual(['second true']);
  expect(process.listenerCount('SIGUSR2')).toBe(0);
});

test('under a virtual clock I/O is real, time-outs are not waited for, and nothing is called a deadlock', () =>
  run(
    async () => {
      const server = await startServer(
        async (reader, writer) => {
          await sleep(3600);
          writer.write(await reader.readline());
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
      writer.write(b('an hour later\n'));
      expect(s(await reader.readline())).toBe('an hour later\n');
      expect(getRunningLoop().time()).toBeGreaterThanOrEqual(3600);
      const silent = await openConnection('127.0.0.1', portOf(server));
      expect(await failure(() => timeout(60, () => silent[0].read(1)))).toBeInstanceOf(
        TimeoutError,
      );
      writer.close();
      silent[1].close();
      server.close();
      server.abortClients();
      await server.waitClosed();
    },
    { loopFactory: () => new VirtualTimeEventLoop() },
  ));

test('a protocol that no address has is an error, as in CPython', () =>
  run(async () => {
    const asked = (): unknown => getRunningLoop().getaddrinfo('127.0.0.1', 80, { proto: 99 });
    expect((await failure(async () => await asked())).name).toBe('RangeError');
  }));

test('sendfile refuses options that it does not have', () =>
  run(async () => {
    const server = await startServer((_reader, writer) => writer.close(), '127.0.0.1', 0);
    const [, writer] = await openConnection('127.0.0.1', portOf(server));
    const file = { read: async () => ({ bytesRead: 0 }) };
    const send = (options: object) => () =>
      void getRunningLoop().sendfile(writer.transport, file, 0, null, options);
    expect(send({ foo: 1 })).toThrow(/has no option 'foo'/);
    expect(send({ fallback: 5 })).toThrow(/expects \{fallback\} as true or false/);
    writer.transport.close();
    server.close();
  }));
