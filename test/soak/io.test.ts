// Connections by the thousand, and peers that misbehave, for SOAK_SECONDS (default 20; the long form is 300): no byte
// that was acknowledged is lost, memory is bounded by the water marks, and nothing is left behind.
import * as net from 'node:net';
import { expect, test } from 'vitest';
import {
  allTasks,
  createSubprocessExec,
  createTask,
  getRunningLoop,
  IncompleteReadError,
  type InetAddress,
  LimitOverrunError,
  openConnection,
  PIPE,
  run,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from '../../src/index.ts';
import { heapInUse, MiB } from './heap.ts';

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 20);
const CONNECTIONS = 10_000;

const portOf = (server: { sockets: readonly { getsockname(): unknown }[] }): number =>
  (server.sockets[0]!.getsockname() as InetAddress)[1];

/** Sockets and servers of this process that are open at the moment, as text. */
function openHandles(): string[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles
    .filter((handle) => handle instanceof net.Socket || handle instanceof net.Server)
    .map((handle) => {
      const { constructor, localPort, destroyed, fd } = handle as net.Socket & { fd?: number };
      return `${constructor.name} ${localPort ?? 'no port'} ${destroyed ? 'destroyed' : 'open'} ${fd ?? ''}`;
    });
}

const CROWD = `
import net from 'node:net';
const [port, count] = process.argv.slice(1).map(Number);
let open = 0, answered = 0, failed = 0, started = 0;
const sockets = [];
function next() {
  if (started === count) return;
  started++;
  const socket = net.connect(port, '127.0.0.1', () => {
    open++;
    sockets.push(socket);
    next();
    if (open === count) { console.log('open'); }
  });
  socket.on('error', (error) => { if (failed++ === 0) console.log('failed ' + error); });
  socket.on('data', () => {
    if (++answered % count === 0) console.log('answered');
  });
}
for (let i = 0; i < 100; i++) next();
process.stdin.on('data', (data) => {
  for (const line of String(data).trim().split('\\n')) {
    if (line === 'ask') for (const socket of sockets) socket.write('question\\n');
    if (line === 'end') { for (const socket of sockets) socket.end(); process.stdin.destroy(); }
  }
});
`;

const quiet = (): string[] =>
  openHandles().filter((text) => / \d+ (open|destroyed)/.test(text) || text.startsWith('Server'));

test('10,000 connections open at once on one loop, all answered', { timeout: 120_000 }, () =>
  run(async () => {
    let open = 0;
    const server = await startServer(
      async (reader, writer) => {
        open++;
        try {
          for await (const line of reader) {
            writer.write(line);
            await writer.drain();
          }
        } finally {
          open--;
          writer.close();
        }
      },
      '127.0.0.1',
      0,
      { backlog: 1000 },
    );
    const before = await heapInUse();
    const crowd = await createSubprocessExec(
      process.execPath,
      ['--input-type=module', '-e', CROWD, String(portOf(server)), String(CONNECTIONS)],
      { stdin: PIPE, stdout: PIPE },
    );
    const told = async (): Promise<string> =>
      new TextDecoder().decode(await (crowd.stdout as StreamReader).readline()).trim();
    const answer = await told();
    if (answer !== 'open')
      throw new Error(`${answer}: does the limit of open files (ulimit -n) allow for 10,000?`);
    // oxlint-disable-next-line no-unmodified-loop-condition -- the server's callbacks modify it
    while (open < CONNECTIONS) await sleep(0.05);
    const perConnection = ((await heapInUse()) - before) / CONNECTIONS;
    console.log(`heap per connection: ${(perConnection / 1024).toFixed(1)} KiB`);
    expect(perConnection).toBeLessThan(20 * 1024);
    for (let round = 0; round < 3; round++) {
      crowd.stdin?.write(new TextEncoder().encode('ask\n'));
      expect(await told()).toBe('answered');
    }
    crowd.stdin?.write(new TextEncoder().encode('end\n'));
    expect(await crowd.wait()).toBe(0);
    // oxlint-disable-next-line no-unmodified-loop-condition -- the server's callbacks modify it
    while (open > 0) await sleep(0.05);
    server.close();
    await server.waitClosed();
    await sleep(0.1);
    expect(allTasks().size).toBe(1);
    expect(quiet()).toEqual([]);
  }),
);

test(
  'a slow reader against a fast writer: memory stays within the water marks',
  { timeout: 120_000 },
  () =>
    run(async () => {
      const total = 1024 * MiB;
      let sent = 0;
      let most = 0;
      const server = await startServer(
        async (_reader, writer) => {
          const piece = new Uint8Array(65_536);
          try {
            while (sent < total) {
              writer.write(piece);
              sent += piece.length;
              most = Math.max(most, writer.transport.getWriteBufferSize());
              await writer.drain();
            }
          } catch (error) {
            // The reader has had enough, and goes.
            expect((error as { code?: unknown }).code).toBe('ECONNRESET');
          }
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
      // What is buffered lies outside of the heap, in array buffers.
      const memory = (): number => {
        (globalThis as { gc?: () => void }).gc?.();
        return process.memoryUsage().arrayBuffers;
      };
      const before = memory();
      let peak = 0;
      let reads = 0;
      const end = getRunningLoop().time() + 5;
      while (getRunningLoop().time() < end) {
        await reader.readexactly(100_000);
        await sleep(0.002);
        if (++reads % 20 === 0) peak = Math.max(peak, memory() - before);
      }
      expect(most).toBeLessThanOrEqual(2 * 65_536);
      expect(peak).toBeLessThan(8 * MiB);
      writer.transport.abort();
      server.close();
      server.abortClients();
      await server.waitClosed();
    }),
);

test(
  'a peer that sends 100 MiB without a separator: told at the limit, all of it passes, memory stays bounded',
  { timeout: 120_000 },
  () =>
    run(async () => {
      const total = 100 * MiB;
      let overruns = 0;
      let passed = 0;
      let most = 0;
      const memory = (): number => {
        // Twice: the first may leave what it has found to a thread that frees it.
        (globalThis as { gc?: () => void }).gc?.();
        (globalThis as { gc?: () => void }).gc?.();
        return process.memoryUsage().arrayBuffers;
      };
      const before = memory();
      const server = await startServer(
        async (reader, writer) => {
          for (let rounds = 0; ; rounds++) {
            try {
              const line = await reader.readuntil();
              passed += line.length;
              break;
            } catch (error) {
              if (!(error instanceof LimitOverrunError)) throw error;
              overruns++;
              // What was found to hold no separator may go.
              passed += (await reader.readexactly(error.consumed)).length;
            }
            if (rounds % 100 === 0) most = Math.max(most, memory() - before);
          }
          writer.write(new TextEncoder().encode(`${passed}\n`));
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
      const piece = new Uint8Array(65_536).fill(97);
      for (let sent = 0; sent < total; sent += piece.length) {
        writer.write(piece);
        await writer.drain();
      }
      writer.write(new Uint8Array([10]));
      expect(Number(new TextDecoder().decode(await reader.readline()))).toBe(total + 1);
      console.log(`${overruns} times over the limit, ${(most / MiB).toFixed(1)} MiB at most`);
      expect(overruns).toBeGreaterThan(100);
      expect(most).toBeLessThan(8 * MiB);
      writer.close();
      server.close();
      await server.waitClosed();
    }),
);

/** Frames: four bytes of length, then as many bytes; answered with the sum of the bytes, as four bytes. */
const LIMIT = 100_000;

async function store(
  stored: Map<number, number>,
  reader: StreamReader,
  writer: StreamWriter,
): Promise<void> {
  try {
    for (;;) {
      const head = await timeout(0.5, () => reader.readexactly(8));
      const view = new DataView(head.buffer, head.byteOffset, 8);
      const id = view.getUint32(0);
      const size = view.getUint32(4);
      if (size > LIMIT) break;
      const body = await timeout(0.5, () => reader.readexactly(size));
      let sum = 0;
      for (const byte of body) sum = (sum + byte) >>> 0;
      stored.set(id, sum);
      const answer = new Uint8Array(4);
      new DataView(answer.buffer).setUint32(0, sum);
      writer.write(answer);
      await writer.drain();
    }
  } catch (error) {
    const known =
      error instanceof IncompleteReadError ||
      error instanceof LimitOverrunError ||
      error instanceof TimeoutError ||
      typeof (error as { code?: unknown }).code === 'string';
    if (!known) throw error;
  } finally {
    writer.close();
  }
}

test(
  'peers that reset, half-close, stop in mid-frame, flood, or say nothing',
  { timeout: SECONDS * 1000 + 60_000 },
  () =>
    run(async () => {
      const loop = getRunningLoop();
      const told: unknown[] = [];
      loop.setExceptionHandler((_loop, context) => told.push(context));
      const stored = new Map<number, number>();
      const server = await startServer(
        (reader, writer) => store(stored, reader, writer),
        '127.0.0.1',
        0,
      );
      const port = portOf(server);
      let state = 12_345;
      const below = (n: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % n;
      };
      let nextId = 1;
      let acknowledged = 0;
      let faults = 0;
      const end = loop.time() + SECONDS;

      const frame = (): [bytes: Uint8Array, id: number, sum: number] => {
        const id = nextId++;
        const size = below(20) === 0 ? below(LIMIT) : below(2000);
        const bytes = new Uint8Array(8 + size);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, id);
        view.setUint32(4, size);
        let sum = 0;
        for (let i = 0; i < size; i++) sum += bytes[8 + i] = (id + i) & 0xff;
        return [bytes, id, sum >>> 0];
      };

      const client = async (): Promise<void> => {
        while (loop.time() < end) {
          const [reader, writer] = await openConnection('127.0.0.1', port);
          try {
            for (let n = below(10); n > 0; n--) {
              const [bytes, id, sum] = frame();
              const cut = below(bytes.length);
              writer.write(bytes.subarray(0, cut));
              if (below(4) === 0) await sleep(0.001);
              writer.write(bytes.subarray(cut));
              const answer = await reader.readexactly(4);
              expect(new DataView(answer.buffer, answer.byteOffset, 4).getUint32(0)).toBe(sum);
              expect(stored.get(id)).toBe(sum);
              acknowledged++;
            }
            faults++;
            switch (below(6)) {
              case 0:
                writer.close();
                break;
              case 1:
                writer.write(frame()[0].subarray(0, 5));
                writer.transport.abort();
                break;
              case 2:
                writer.write(frame()[0]);
                writer.writeEof();
                await reader.read();
                break;
              case 3: {
                // Unread bytes at the close: the kernel resets.
                writer.write(frame()[0]);
                await sleep(0.002);
                writer.transport.abort();
                break;
              }
              case 4:
                writer.write(new Uint8Array(1_000_000).fill(255));
                await timeout(1, () => reader.read());
                break;
              default:
                // Says nothing: the server gives it up.
                await timeout(2, () => reader.read());
            }
          } catch (error) {
            if ((error as { name?: unknown }).name === 'AssertionError') throw error;
          } finally {
            writer.transport.abort();
          }
        }
      };
      const clients = Array.from({ length: 40 }, () => createTask(client));
      await sleep(Math.min(3, SECONDS / 4));
      const before = await heapInUse();
      for (const one of clients) await one;
      stored.clear();
      server.close();
      await timeout(10, () => server.waitClosed());
      await sleep(0.1);
      console.log(`${acknowledged} frames acknowledged, ${faults} connections ended badly`);
      expect(told).toEqual([]);
      expect(faults).toBeGreaterThan(SECONDS * 5);
      expect(acknowledged).toBeGreaterThan(SECONDS * 20);
      expect(allTasks().size).toBe(1);
      expect(quiet()).toEqual([]);
      expect((await heapInUse()) - before).toBeLessThan(8 * MiB);
    }),
);
