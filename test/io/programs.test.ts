// Other people's programs at the other end: netcat, socat, curl, CPython. What is missing is said, and skipped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  asyncWith,
  createSubprocessExec,
  DatagramProtocol,
  type DatagramTransport,
  getRunningLoop,
  type InetAddress,
  openConnection,
  openReader,
  openUnixConnection,
  PIPE,
  type Process,
  run,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
  timeout,
} from '../../src/index.ts';
import { b, have, inBothKinds, pattern, portOf, s, scratch } from './support.ts';

const hasNetcat = have('nc', '-h');
const hasSocat = have('socat', '-V');
const hasCurl = have('curl');
const hasPython = have('python3');

async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
}

async function program(name: string, ...args: string[]): Promise<Process> {
  return await createSubprocessExec(name, args, { stdin: PIPE, stdout: PIPE });
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = await startServer(() => {}, '127.0.0.1', 0);
  const port = portOf(server);
  server.close();
  await server.waitClosed();
  return port;
}

/** Connects as soon as somebody listens. */
async function connectSoon(port: number): Promise<[StreamReader, StreamWriter]> {
  for (;;) {
    try {
      return await openConnection('127.0.0.1', port);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ECONNREFUSED') throw error;
      await sleep(0.02);
    }
  }
}

test.skipIf(!hasNetcat)(
  'netcat sends five megabytes, half-closes, and gets them back',
  { timeout: 20_000 },
  () =>
    run(async () => {
      const server = await startServer(echo, '127.0.0.1', 0);
      // -N: end our direction at the end of the input.
      const netcat = await program('nc', '-N', '127.0.0.1', String(portOf(server)));
      const data = pattern(5_000_000, 3);
      const [back] = await netcat.communicate(data);
      expect(Buffer.compare(back as Uint8Array, data)).toBe(0);
      expect(netcat.returncode).toBe(0);
      server.close();
      await server.waitClosed();
    }),
);

test.skipIf(!hasNetcat)(
  'netcat listens: our client writes, half-closes, and reads to the end',
  { timeout: 20_000 },
  () =>
    run(async () => {
      const port = await freePort();
      const netcat = await program('nc', '-l', '-N', '127.0.0.1', String(port));
      netcat.stdin?.write(b('from netcat\n'));
      const [reader, writer] = await connectSoon(port);
      expect(s(await reader.readline())).toBe('from netcat\n');
      writer.write(b('to netcat\n'));
      await writer.drain();
      netcat.stdin?.close();
      expect((await reader.read()).length).toBe(0);
      writer.close();
      await writer.waitClosed();
      expect(s((await netcat.communicate())[0] as Uint8Array)).toBe('to netcat\n');
    }),
);

inBothKinds(
  'socat on both ends of TCP',
  function* (kind) {
    const server = yield* kind.wait(startServer(echo, '127.0.0.1', 0));
    const client = yield* kind.wait(
      createSubprocessExec('socat', ['-', `TCP:127.0.0.1:${portOf(server)}`], {
        stdin: PIPE,
        stdout: PIPE,
      }),
    );
    const [out] = yield* kind.wait(client.communicate(b('there and back\n')));
    expect(s(out as Uint8Array)).toBe('there and back\n');
    expect(client.returncode).toBe(0);
    server.close();
    yield* kind.wait(server.waitClosed());
  },
  { missing: !hasSocat },
);

test.skipIf(!hasSocat)('socat serves what a program says, line by line', { timeout: 20_000 }, () =>
  run(async () => {
    const port = await freePort();
    const socat = await createSubprocessExec('socat', [
      `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr`,
      'EXEC:sort -n',
    ]);
    const [reader, writer] = await connectSoon(port);
    writer.write(b('10\n9\n1\n'));
    writer.writeEof();
    const lines: string[] = [];
    for await (const line of reader) lines.push(s(line));
    expect(lines).toEqual(['1\n', '9\n', '10\n']);
    writer.close();
    expect(await socat.wait()).toBe(0);
  }),
);

test.skipIf(!hasSocat)(
  'socat over Unix sockets, as client and as server',
  { timeout: 20_000 },
  () =>
    run(async () => {
      const folder = scratch();
      const ours = join(folder, 'ours');
      const server = await startUnixServer(echo, ours);
      const client = await program('socat', '-', `UNIX-CONNECT:${ours}`);
      expect(s((await client.communicate(b('by name\n')))[0] as Uint8Array)).toBe('by name\n');
      server.close();
      await server.waitClosed();
      const theirs = join(folder, 'theirs');
      const socat = await createSubprocessExec('socat', [`UNIX-LISTEN:${theirs}`, 'EXEC:cat']);
      await timeout(5, async () => {
        while (!existsSync(theirs)) await sleep(0.02);
      });
      const [reader, writer] = await openUnixConnection(theirs);
      writer.write(b('the other way\n'));
      expect(s(await reader.readline())).toBe('the other way\n');
      writer.close();
      expect(await socat.wait()).toBe(0);
    }),
);

test.skipIf(!hasSocat)('socat sends datagrams and gets the answers', { timeout: 20_000 }, () =>
  run(async () => {
    class Shout extends DatagramProtocol {
      #transport: DatagramTransport | null = null;
      override connectionMade(transport: DatagramTransport): void {
        this.#transport = transport;
      }
      override datagramReceived(data: Uint8Array, address: InetAddress): void {
        this.#transport?.sendto(b(s(data).toUpperCase()), address);
      }
    }
    const [transport] = await getRunningLoop().createDatagramEndpoint(
      () => new Shout(),
      ['127.0.0.1', 0],
    );
    const [, port] = transport.getExtraInfo('sockname') as InetAddress;
    const socat = await program('socat', '-t', '1', '-', `UDP:127.0.0.1:${port}`);
    expect(s((await socat.communicate(b('quietly')))[0] as Uint8Array)).toBe('QUIETLY');
    transport.close();
  }),
);

test.skipIf(!hasCurl)(
  'curl uploads ten megabytes to a server of streams',
  { timeout: 20_000 },
  () =>
    run(async () => {
      const server = await startServer(
        async (reader, writer) => {
          const head = s(await reader.readuntil(b('\r\n\r\n')));
          const size = Number(/content-length: (\d+)/i.exec(head)?.[1]);
          if (/expect: 100-continue/i.test(head)) writer.write(b('HTTP/1.1 100 Continue\r\n\r\n'));
          let sum = 0;
          for (let left = size; left > 0;) {
            const piece = await reader.read(Math.min(left, 65_536));
            for (const byte of piece) sum = (sum + byte) >>> 0;
            left -= piece.length;
          }
          writer.write(b(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${sum}`));
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      const data = pattern(10_000_000, 5);
      const curl = await program(
        'curl',
        '-sS',
        '--noproxy',
        '*',
        '--data-binary',
        '@-',
        `http://127.0.0.1:${portOf(server)}/`,
      );
      const [answer] = await curl.communicate(data);
      let sum = 0;
      for (const byte of data) sum = (sum + byte) >>> 0;
      expect(s(answer as Uint8Array)).toBe(String(sum));
      server.close();
      await server.waitClosed();
    }),
);

test.skipIf(!hasPython)(
  'CPython asyncio on the other side, as client and as server, without TLS',
  { timeout: 20_000 },
  () =>
    run(async () => {
      const server = await startServer(echo, '127.0.0.1', 0);
      const client = await program(
        'python3',
        '-c',
        `
import asyncio, sys
async def main():
    r, w = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]))
    data = bytes(range(256)) * 20000
    async def send():
        w.write(data); await w.drain(); w.write_eof()
    task = asyncio.create_task(send())
    assert await r.read() == data
    await task
    w.close()
    await w.wait_closed()
    print('fine')
asyncio.run(main())`,
        String(portOf(server)),
      );
      expect(s((await client.communicate())[0] as Uint8Array)).toBe('fine\n');
      server.close();
      await server.waitClosed();
      const python = await program(
        'python3',
        '-c',
        `
import asyncio
async def handle(r, w):
    try:
        while True:
            n = int.from_bytes(await r.readexactly(4), 'big')
            w.write((await r.readexactly(n))[::-1]); await w.drain()
    except asyncio.IncompleteReadError as e:
        w.write(b'incomplete %d' % len(e.partial))
    w.close()
async def main():
    s = await asyncio.start_server(handle, '127.0.0.1', 0)
    print(s.sockets[0].getsockname()[1], flush=True)
    await s.serve_forever()
asyncio.run(main())`,
      );
      await asyncWith(python, async () => {
        const port = Number(s((await python.stdout?.readline()) as Uint8Array));
        const [reader, writer] = await openConnection('127.0.0.1', port);
        for (const size of [1, 1000, 3_000_000]) {
          const data = pattern(size, size);
          const head = new Uint8Array(4);
          new DataView(head.buffer).setUint32(0, size);
          writer.writelines([head, data]);
          expect(Buffer.compare(await reader.readexactly(size), data.toReversed())).toBe(0);
        }
        writer.write(b('\0\0'));
        writer.writeEof();
        expect(s(await reader.read())).toBe('incomplete 2');
        writer.close();
      });
    }),
);

test.skipIf(!hasNetcat || !hasSocat)(
  'the chat example: guests with netcat and socat, lines that end as telnet ends them',
  { timeout: 60_000 },
  () =>
    run(async () => {
      const root = fileURLToPath(new URL('../../', import.meta.url));
      const room = spawn(
        process.execPath,
        ['scripts/run-program.mjs', 'examples/chat-server.ts', '0'],
        {
          cwd: root,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      onTestFinished(() => void room.kill());
      const log = await openReader(room.stdout);
      const port = /nc 127\.0\.0\.1 (\d+)/.exec(s(await log.readline()))?.[1] as string;
      const ada = await program('nc', '127.0.0.1', port);
      const alan = await program('socat', '-', `TCP:127.0.0.1:${port},crlf`);
      const hears = async (guest: Process, line: string): Promise<void> =>
        expect(s((await guest.stdout?.readline()) as Uint8Array).trimEnd()).toBe(line);
      await hears(ada, 'Your name?');
      ada.stdin?.write(b('ada\r\n'));
      await hears(ada, 'Welcome, ada. Here: ada');
      await hears(alan, 'Your name?');
      alan.stdin?.write(b('alan\n'));
      await hears(alan, 'Welcome, alan. Here: ada, alan');
      await hears(ada, '* alan has come in');
      ada.stdin?.write(b('hello, alan\r\n'));
      await hears(alan, 'ada: hello, alan');
      alan.kill();
      await hears(ada, '* alan has left');
      ada.kill();
      await ada.wait();
      await alan.wait();
    }),
);
