// Connections that nobody can close any more, and those that a loop finds open at its end.
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type AbstractServer,
  createTask,
  DatagramProtocol,
  getRunningLoop,
  logger,
  openConnection,
  Protocol,
  run,
  sleep,
  startServer,
  type StreamReader,
  StreamReader as Reader,
  type StreamWriter,
} from '../../src/index.ts';
import { b, portOf, s } from './support.ts';

const told: string[] = [];
const { warning } = logger;
beforeEach(() => {
  told.length = 0;
  logger.warning = (message) => told.push(message);
});
afterEach(() => {
  logger.warning = warning;
});

async function collect(until: () => boolean = () => false): Promise<void> {
  for (let i = 0; i < 15 && !until(); i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await sleep(0.01);
  }
}

/** A server that keeps its ends, and says when a client's end has come. */
async function listener(): Promise<{
  server: AbstractServer;
  ends: () => number;
  all: StreamWriter[];
}> {
  let ended = 0;
  const all: StreamWriter[] = [];
  const server = await startServer(
    async (reader, writer) => {
      all.push(writer);
      while ((await reader.read(1000)).length > 0);
      ended++;
      writer.close();
    },
    '127.0.0.1',
    0,
  );
  return { server, ends: () => ended, all };
}

test('a connection whose reader and writer are forgotten is closed, and that is told', () =>
  run(async () => {
    const { server, ends } = await listener();
    // In a function of its own, so that nothing stays on the stack.
    await (async () => void (await openConnection('127.0.0.1', portOf(server))))();
    await collect(() => ends() === 1);
    expect(ends()).toBe(1);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^ResourceWarning: unclosed <Transport open .*close\(\) on the writer/);
    server.close();
    await server.waitClosed();
  }));

test('one of the two keeps it open, and so does a read under way', () =>
  run(async () => {
    const { server, ends, all } = await listener();
    const port = portOf(server);
    const readers: StreamReader[] = [];
    const writers: StreamWriter[] = [];
    await (async () => void readers.push((await openConnection('127.0.0.1', port))[0]))();
    await (async () => void writers.push((await openConnection('127.0.0.1', port))[1]))();
    const reading = createTask(async () => {
      const [reader] = await openConnection('127.0.0.1', port);
      return reader.readline();
    });
    const iterating = createTask(async () => {
      const lines: string[] = [];
      for await (const line of (await openConnection('127.0.0.1', port))[0]) lines.push(s(line));
      return lines;
    });
    await collect();
    expect(ends()).toBe(0);
    for (const writer of all) {
      writer.write(b('for all\n'));
      writer.writeEof();
    }
    expect(s(await readers[0]!.readline())).toBe('for all\n');
    expect(s(await reading)).toBe('for all\n');
    expect(await iterating).toEqual(['for all\n']);
    expect(writers[0]?.isClosing()).toBe(false);
    expect(told).toEqual([]);
    readers.length = 0;
    writers.length = 0;
    await collect(() => ends() === 4);
    expect(ends()).toBe(4);
    expect(told).toHaveLength(4);
    server.close();
    await server.waitClosed();
  }));

test('closed, or taken over by its transport, it is nobody’s business', () =>
  run(async () => {
    const { server, ends } = await listener();
    const port = portOf(server);
    await (async () => (await openConnection('127.0.0.1', port))[1].close())();
    const transport = await (async () => (await openConnection('127.0.0.1', port))[1].transport)();
    await collect();
    expect(told).toEqual([]);
    expect(ends()).toBe(1);
    expect(transport.isClosing()).toBe(false);
    transport.close();
    server.close();
    await server.waitClosed();
  }));

test('a server’s end that its callback forgets is closed as well', () =>
  run(async () => {
    const server = await startServer((_reader, writer) => writer.write(b('hello')), '127.0.0.1', 0);
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    const all = createTask(reader.read());
    await collect(() => all.done());
    expect(s(await all)).toBe('hello');
    expect(told).toHaveLength(1);
    writer.close();
    server.close();
    await server.waitClosed();
  }));

test('a reader of a class of the program’s own is fed through its methods', () =>
  run(async () => {
    const { StreamReaderProtocol } = await import('../../src/index.ts');
    let fed = 0;
    class Counting extends Reader {
      override feedData(data: Uint8Array): void {
        fed += data.length;
        super.feedData(data);
      }
    }
    const server = await startServer(
      (_reader, writer) => (writer.write(b('12345')), writer.close()),
      '127.0.0.1',
      0,
    );
    const loop = getRunningLoop();
    const reader = new Counting();
    const make = (): Protocol => new StreamReaderProtocol(reader);
    const [transport] = await loop.createConnection(make, '127.0.0.1', portOf(server));
    expect(s(await reader.read())).toBe('12345');
    expect(fed).toBe(5);
    transport.close();
    server.close();
    await server.waitClosed();
  }));

test('in debug mode the end of a run names what is still open; otherwise it only closes it', async () => {
  const leave = async (): Promise<void> => {
    const loop = getRunningLoop();
    const server = await loop.createServer(() => new Protocol(), '127.0.0.1', 0);
    await loop.createConnection(() => new Protocol(), '127.0.0.1', portOf(server));
    await loop.createDatagramEndpoint(() => new DatagramProtocol(), ['127.0.0.1', 0]);
    await sleep(0.02);
  };
  await run(leave);
  expect(told).toEqual([]);
  await run(leave, { debug: true });
  expect(
    told.filter((text) => text.startsWith('ResourceWarning: unclosed transport <')),
  ).toHaveLength(3);
});
