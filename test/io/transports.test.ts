import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  BufferedProtocol,
  type BaseTransport,
  fromCallback,
  getRunningLoop,
  KeyboardInterrupt,
  NotImplementedError,
  openConnection,
  Protocol,
  RuntimeError,
  run,
  Runner,
  sleep,
  type Transport,
  waitFor,
} from '../../src/index.ts';
import { b, failure, inBothKinds, pattern, portOf, s, scratch } from './support.ts';

/** Writes down what happens to it. */
class Recorder extends Protocol {
  readonly log: string[] = [];
  transport: Transport | null = null;
  received = 0;
  keepOpen = false;
  override connectionMade(transport: Transport): void {
    this.transport = transport;
    this.log.push('made');
  }
  override dataReceived(data: Uint8Array): void {
    this.received += data.length;
    this.log.push(data.length < 100 ? `data ${s(data)}` : 'data');
  }
  override eofReceived(): boolean {
    this.log.push('eof');
    return this.keepOpen;
  }
  override connectionLost(error: Error | null): void {
    this.log.push(error === null ? 'lost' : `lost ${String((error as { code?: unknown }).code)}`);
  }
  override pauseWriting(): void {
    this.log.push('pause');
  }
  override resumeWriting(): void {
    this.log.push('resume');
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    await sleep(0.005);
  }
  throw new Error(`waited too long for: ${what}`);
}

/** A pair of connected recorders on one loop. */
async function pair(): Promise<{ client: Recorder; server: Recorder; close: () => Promise<void> }> {
  const loop = getRunningLoop();
  const accepted: Recorder[] = [];
  const listening = await loop.createServer(
    () => {
      const recorder = new Recorder();
      accepted.push(recorder);
      return recorder;
    },
    '127.0.0.1',
    0,
  );
  const [, client] = await loop.createConnection(
    () => new Recorder(),
    '127.0.0.1',
    portOf(listening),
  );
  await until(() => accepted.length > 0 && accepted[0]?.transport !== null, 'the server side');
  const close = async (): Promise<void> => {
    listening.close();
    listening.abortClients();
    client.transport?.abort();
    await listening.waitClosed();
  };
  return { client, server: accepted[0] as Recorder, close };
}

test('connectionMade, dataReceived, eofReceived, connectionLost, each in its place', () =>
  run(async () => {
    const { client, server, close } = await pair();
    expect(client.log).toEqual(['made']);
    client.transport?.write(b('hello'));
    await until(() => server.received === 5, 'the data');
    client.transport?.close();
    await until(() => server.log.includes('lost'), 'the end');
    expect(server.log).toEqual(['made', 'data hello', 'eof', 'lost']);
    expect(client.log).toEqual(['made', 'lost']);
    await close();
    expect(server.log.filter((line) => line === 'lost')).toHaveLength(1);
  }));

test('createConnection comes back after connectionMade, and getExtraInfo knows both ends', () =>
  run(async () => {
    const { client, server, close } = await pair();
    expect(client.transport?.getExtraInfo('peername')).toEqual(
      server.transport?.getExtraInfo('sockname'),
    );
    expect(client.transport?.getExtraInfo('sockname')).toEqual(
      server.transport?.getExtraInfo('peername'),
    );
    expect(client.transport?.getExtraInfo('socket')?.family).toBe(4);
    expect(client.transport?.getExtraInfo('socket')?.fileno()).toBeGreaterThan(0);
    expect(client.transport?.getExtraInfo('nothing', 'fallback')).toBe('fallback');
    expect(client.transport?.getProtocol()).toBe(client);
    await close();
    expect(client.transport?.getExtraInfo('peername')).toEqual(
      server.transport?.getExtraInfo('sockname'),
    );
  }));

test('half-closed: writeEof ends one direction, the other goes on', () =>
  run(async () => {
    const { client, server, close } = await pair();
    server.keepOpen = true;
    expect(client.transport?.canWriteEof()).toBe(true);
    client.transport?.write(b('question'));
    client.transport?.writeEof();
    client.transport?.writeEof();
    expect(() => client.transport?.write(b('more'))).toThrow(RuntimeError);
    await until(() => server.log.includes('eof'), 'the end of the question');
    expect(server.transport?.isClosing()).toBe(false);
    server.transport?.write(b('answer'));
    await until(() => client.received === 6, 'the answer');
    expect(server.log).toEqual(['made', 'data question', 'eof']);
    server.transport?.close();
    await until(() => client.log.includes('lost'), 'the end');
    expect(client.log).toEqual(['made', 'data answer', 'eof', 'lost']);
    await close();
  }));

test('both directions ended and kept open: connectionLost comes with close() only', () =>
  run(async () => {
    const { client, server, close } = await pair();
    client.keepOpen = server.keepOpen = true;
    client.transport?.writeEof();
    server.transport?.writeEof();
    await until(() => client.log.includes('eof') && server.log.includes('eof'), 'both ends');
    await sleep(0.05);
    expect(client.log).toEqual(['made', 'eof']);
    client.transport?.close();
    await until(() => client.log.includes('lost'), 'lost');
    expect(server.log).not.toContain('lost');
    await close();
  }));

test('pauseReading really stops: nothing is delivered, and the sender is held back', () =>
  run(async () => {
    const { client, server, close } = await pair();
    server.transport?.pauseReading();
    server.transport?.pauseReading();
    expect(server.transport?.isReading()).toBe(false);
    const piece = new Uint8Array(100_000);
    let sent = 0;
    while (!client.log.includes('pause')) {
      client.transport?.write(piece);
      sent += piece.length;
      await sleep(0);
      expect(sent).toBeLessThan(50_000_000);
    }
    await sleep(0.05);
    expect(server.received).toBe(0);
    expect(client.log).not.toContain('resume');
    server.transport?.resumeReading();
    await until(() => server.received === sent, 'all of it');
    await until(() => client.log.includes('resume'), 'resumeWriting');
    expect(client.log.filter((line) => line === 'pause' || line === 'resume')).toEqual([
      'pause',
      'resume',
    ]);
    await close();
  }));

test('pauseReading inside dataReceived: not one more call', () =>
  run(async () => {
    const loop = getRunningLoop();
    class Once extends Recorder {
      override dataReceived(data: Uint8Array): void {
        super.dataReceived(data);
        this.transport?.pauseReading();
      }
    }
    const accepted: Once[] = [];
    const server = await loop.createServer(
      () => {
        const once = new Once();
        accepted.push(once);
        return once;
      },
      '127.0.0.1',
      0,
    );
    const [transport] = await loop.createConnection(
      () => new Protocol(),
      '127.0.0.1',
      portOf(server),
    );
    for (let i = 0; i < 20; i++) {
      transport.write(new Uint8Array(100_000));
      await sleep(0.002);
    }
    await until(() => accepted[0]?.received !== 0, 'the first piece');
    const [once] = accepted as [Once];
    for (let i = 1; i < 20; i++) {
      const calls = once.log.length;
      await sleep(0.003);
      expect(once.log.length).toBe(calls);
      once.transport?.resumeReading();
      await until(() => once.log.length > calls, 'the next piece');
      expect(once.log.length).toBe(calls + 1);
      if (once.received === 2_000_000) break;
    }
    transport.abort();
    server.close();
    server.abortClients();
    await server.waitClosed();
  }));

test('water marks: pauseWriting above high, resumeWriting at low; a limit of 0 says any buffering', () =>
  run(async () => {
    const { client, server, close } = await pair();
    const transport = client.transport as Transport;
    expect(transport.getWriteBufferLimits()).toEqual([16_384, 65_536]);
    transport.setWriteBufferLimits({ high: 1000 });
    expect(transport.getWriteBufferLimits()).toEqual([250, 1000]);
    transport.setWriteBufferLimits({ low: 1000 });
    expect(transport.getWriteBufferLimits()).toEqual([1000, 4000]);
    expect(() => transport.setWriteBufferLimits({ high: 10, low: 20 })).toThrow(RangeError);
    transport.setWriteBufferLimits({ high: 0 });
    server.transport?.pauseReading();
    // As much as the kernel takes, and then one byte more.
    while (transport.getWriteBufferSize() === 0) transport.write(new Uint8Array(65_536));
    expect(client.log).toEqual(['made', 'pause']);
    server.transport?.resumeReading();
    await until(() => client.log.includes('resume'), 'resumeWriting');
    expect(transport.getWriteBufferSize()).toBe(0);
    await close();
  }));

test('lowering the limits below what is buffered pauses at once, and resumes later', () =>
  run(async () => {
    const { client, server, close } = await pair();
    const transport = client.transport as Transport;
    transport.setWriteBufferLimits({ high: 100_000_000 });
    server.transport?.pauseReading();
    transport.write(new Uint8Array(20_000_000));
    expect(client.log).toEqual(['made']);
    transport.setWriteBufferLimits();
    expect(client.log).toEqual(['made', 'pause']);
    server.transport?.resumeReading();
    await until(() => client.log.includes('resume'), 'resumeWriting');
    await until(() => server.received === 20_000_000, 'all of it');
    await close();
  }));

test('an error in dataReceived is reported and ends the connection with it', () =>
  run(async () => {
    const loop = getRunningLoop();
    const told: Record<string, unknown>[] = [];
    loop.setExceptionHandler((_loop, context) => told.push(context));
    class Failing extends Recorder {
      override dataReceived(): void {
        throw new TypeError('cannot parse');
      }
      override connectionLost(error: Error | null): void {
        this.log.push(`lost ${String(error)}`);
      }
    }
    const accepted: Failing[] = [];
    const server = await loop.createServer(
      () => {
        const one = new Failing();
        accepted.push(one);
        return one;
      },
      '127.0.0.1',
      0,
    );
    const [transport, protocol] = await loop.createConnection(
      () => new Recorder(),
      '127.0.0.1',
      portOf(server),
    );
    transport.write(b('?'));
    await until(() => protocol.log.some((line) => line.startsWith('lost')), 'the end');
    expect(accepted[0]?.log).toEqual(['made', 'lost TypeError: cannot parse']);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ protocol: accepted[0], transport: accepted[0]?.transport });
    server.close();
    await server.waitClosed();
  }));

test('BufferedProtocol reads into its own buffer', () =>
  run(async () => {
    const loop = getRunningLoop();
    const memory = new Uint8Array(200_000);
    let filled = 0;
    const hints: number[] = [];
    class Buffered extends BufferedProtocol {
      override getBuffer(sizeHint: number): Uint8Array {
        hints.push(sizeHint);
        return memory.subarray(filled, filled + 1000);
      }
      override bufferUpdated(count: number): void {
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(1000);
        filled += count;
      }
    }
    const server = await loop.createServer(() => new Buffered(), '127.0.0.1', 0);
    const [transport] = await loop.createConnection(
      () => new Protocol(),
      '127.0.0.1',
      portOf(server),
    );
    const data = pattern(100_000);
    transport.write(data);
    await until(() => filled === data.length, 'all of it');
    expect(Buffer.compare(memory.subarray(0, filled), data)).toBe(0);
    expect(hints.length).toBeGreaterThanOrEqual(100);
    transport.close();
    server.close();
    await server.waitClosed();
  }));

test('setProtocol hands a connection over', () =>
  run(async () => {
    const { client, server, close } = await pair();
    const next = new Recorder();
    server.transport?.setProtocol(next);
    client.transport?.write(b('to the next'));
    await until(() => next.received > 0, 'the data');
    expect(next.log).toEqual(['data to the next']);
    client.transport?.close();
    await until(() => next.log.includes('lost'), 'the end');
    expect(server.log).toEqual(['made']);
    await close();
  }));

test('what is no protocol is no protocol', () =>
  run(async () => {
    const { client, close } = await pair();
    expect(() => client.transport?.setProtocol(5 as never)).toThrow(/expects a protocol/);
    const wrong = { high: '5' } as never;
    expect(() => client.transport?.setWriteBufferLimits(wrong)).toThrow(/\{high\} in bytes/);
    await close();
  }));

test('what the transport cannot do says so', () =>
  run(async () => {
    const { client, close } = await pair();
    const transport = client.transport as Transport;
    expect(() => transport.write('x' as never)).toThrow(TypeError);
    expect(() => transport.writelines([b('ok'), 'x' as never])).toThrow(TypeError);
    expect(() => transport.writelines(b('ok') as never)).toThrow(/expects several Uint8Arrays/);
    expect(() => transport.writelines('ok' as never)).toThrow(/expects several Uint8Arrays/);
    transport.close();
    expect(() => transport.write(b('x'))).toThrow(/write\(\) on a closed transport/);
    expect(transport.isClosing()).toBe(true);
    transport.close();
    transport.abort();
    await close();
    expect(client.log.filter((line) => line.startsWith('lost'))).toEqual(['lost']);
  }));

test('callbacks run in the context of the connection', () =>
  run(async () => {
    const { ContextVar } = await import('../../src/index.ts');
    const name = new ContextVar<string>('name', { default: 'none' });
    const loop = getRunningLoop();
    const seen: string[] = [];
    class Looking extends Protocol {
      override connectionMade(_transport: BaseTransport): void {
        seen.push(name.get());
      }
      override dataReceived(): void {
        seen.push(name.get());
      }
    }
    name.set('server');
    const server = await loop.createServer(() => new Looking(), '127.0.0.1', 0);
    name.set('client');
    const [transport] = await loop.createConnection(
      () => new Protocol(),
      '127.0.0.1',
      portOf(server),
    );
    transport.write(b('x'));
    await until(() => seen.length === 2, 'both callbacks');
    expect(seen).toEqual(['server', 'server']);
    transport.close();
    server.close();
    await server.waitClosed();
  }));

test('a connected socket of the host can be taken over', () =>
  run(async () => {
    const loop = getRunningLoop();
    const listener = net.createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const sock = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
    await new Promise<void>((resolve) => sock.once('connect', () => resolve()));
    const [transport, protocol] = await loop.createConnection(() => new Recorder(), null, null, {
      sock,
    });
    transport.write(b('over'));
    await until(() => protocol.received === 4, 'the echo');
    transport.close();
    await until(() => protocol.log.includes('lost'), 'the end');
    listener.close();
  }));

test('connectAcceptedSocket serves what somebody else accepted', () =>
  run(async () => {
    const loop = getRunningLoop();
    const sockets: net.Socket[] = [];
    const listener = net.createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as net.AddressInfo;
    const [client] = await loop.createConnection(() => new Protocol(), '127.0.0.1', port);
    client.write(b('early'));
    await until(() => sockets.length === 1, 'the accepted socket');
    const [, protocol] = await loop.connectAcceptedSocket(
      () => new Recorder(),
      sockets[0] as net.Socket,
    );
    await until(() => protocol.received === 5, 'the data');
    client.close();
    await until(() => protocol.log.includes('lost'), 'the end');
    expect(protocol.log).toEqual(['made', 'data early', 'eof', 'lost']);
    listener.close();
  }));

test('wrong arguments are told, and nothing is left open', () =>
  run(async () => {
    const loop = getRunningLoop();
    const make = (): Protocol => new Protocol();
    const error = async (work: () => unknown): Promise<string> => String(await failure(work));
    expect(await error(() => loop.createConnection(5 as never, 'x', 1))).toMatch(
      /TypeError.*makes a protocol/,
    );
    expect(await error(() => loop.createConnection(make, '127.0.0.1', 70_000))).toMatch(
      /RangeError.*0 to 65535, not 70000/,
    );
    expect(await error(() => loop.createConnection(make, '127.0.0.1', 'http' as never))).toMatch(
      /TypeError.*port/,
    );
    expect(await error(() => loop.createConnection(make, 127 as never, 80))).toMatch(
      /TypeError.*host/,
    );
    expect(await error(() => loop.createConnection(make))).toMatch(/RangeError.*host and a port/);
    expect(
      await error(() => loop.createConnection(make, '127.0.0.1', 1, { serverHostname: 'x' })),
    ).toMatch(/\{ssl\} only/);
    expect(await error(() => loop.createServer(make, '127.0.0.1', -1))).toMatch(/RangeError/);
    expect(
      await error(() => loop.createServer(make, '127.0.0.1', 0, { ssl: true as never })),
    ).toMatch(/cert and key/);
    expect(await error(() => loop.createServer(make, '127.0.0.1', 0, { ssl: {} }))).toMatch(
      /certificate/,
    );
    expect(await error(() => loop.createUnixConnection(make, '/nowhere/at/all'))).toMatch(/ENOENT/);
    expect(await error(() => loop.createServer(Protocol as never, '127.0.0.1', 0))).toMatch(
      /TypeError.*not the class Protocol; write \(\) => new Protocol\(\)/,
    );
    const listening = await loop.createServer(make, '127.0.0.1', 0);
    expect(
      await error(() => loop.createConnection((() => {}) as never, '127.0.0.1', portOf(listening))),
    ).toMatch(/TypeError: The factory has to return a protocol, not undefined/);
    const pem = { cert: 'no certificate', key: 'no key' };
    expect(await error(() => loop.createServer(make, '127.0.0.1', 0, { ssl: pem }))).toMatch(
      /createServer\(\) cannot use \{ssl\}: .*PEM/,
    );
    listening.close();
    await listening.waitClosed();
    // At the call, before anything is awaited.
    expect(() => loop.createConnection(make, '127.0.0.1', 70_000)).toThrow(RangeError);
    expect(() => loop.createServer(make, 5 as never, 0)).toThrow(TypeError);
    expect(() => loop.subprocessExec(make as never, 5 as never)).toThrow(TypeError);
    expect(() => loop.addReader(0, () => {})).toThrow(NotImplementedError);
  }));

test('lowering the limits behind an end that is still to be sent loses nothing', () =>
  run(async () => {
    for (const end of ['writeEof', 'close'] as const) {
      const { client, server, close } = await pair();
      server.transport?.pauseReading();
      client.transport?.write(new Uint8Array(20_000_000));
      client.transport?.[end]();
      client.transport?.setWriteBufferLimits({ high: 0 });
      await sleep(0.01);
      server.transport?.resumeReading();
      await until(() => server.log.includes('eof'), 'the end');
      expect(server.received).toBe(20_000_000);
      await close();
    }
  }));

test('what could not be sent is no reason to go on writing', () =>
  run(async () => {
    const { client, server, close } = await pair();
    server.transport?.pauseReading();
    // So that the loss shows in writing.
    client.transport?.pauseReading();
    client.transport?.write(new Uint8Array(30_000_000));
    await sleep(0.02);
    server.transport?.abort();
    await until(() => client.log.at(-1)?.startsWith('lost') === true, 'the loss');
    expect(client.log.slice(0, 2)).toEqual(['made', 'pause']);
    expect(client.log).not.toContain('resume');
    await close();
  }));

test('a protocol whose connection ends before it is told of it is told of both, in order', () =>
  run(async () => {
    const loop = getRunningLoop();
    for (const end of ['closeClients', 'abortClients'] as const) {
      const recorder = new Recorder();
      const listening = await loop.createServer(
        () => {
          loop.callSoon(() => listening[end]());
          return recorder;
        },
        '127.0.0.1',
        0,
      );
      const peer = net.connect(portOf(listening), '127.0.0.1').resume();
      peer.on('error', () => {});
      await until(() => recorder.log.includes('lost'), 'the loss');
      expect(recorder.log).toEqual(['made', 'lost']);
      peer.destroy();
      listening.close();
      await listening.waitClosed();
    }
  }));

test('who gives away the memory of a small piece takes nothing from others', () =>
  run(async () => {
    const { client, server, close } = await pair();
    const pieces: Uint8Array[] = [];
    server.dataReceived = (data) => void pieces.push(data);
    for (const text of ['first', 'second']) {
      client.transport?.write(b(text));
      await until(() => pieces.length > 0 && s(pieces.at(-1) as Uint8Array) === text, text);
    }
    const { buffer } = pieces[0] as Uint8Array;
    try {
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    } catch {
      // Refused: newer versions of Node.
    }
    client.transport?.write(b('third'));
    await until(() => pieces.length > 2, 'the third');
    expect(pieces.slice(1).map(s)).toEqual(['second', 'third']);
    await close();
  }));

test('many connections bring much at once: each its own bytes, and they hold little when nothing comes', async () => {
  const COUNT = 500;
  const SIZE = 1 << 17;
  const collect = (globalThis as { gc?: () => void }).gc as () => void;
  const message = Buffer.from(pattern(SIZE));
  let wrong = 0;
  class Checker extends Recorder {
    // What is sent meanwhile is read in whole buffers.
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      transport.pauseReading();
    }
    override dataReceived(data: Uint8Array): void {
      const at = this.received;
      this.received += data.length;
      if (message.compare(data, 0, data.length, at, this.received) !== 0) wrong++;
    }
  }
  await run(async () => {
    const accepted: Checker[] = [];
    const make = (): Checker => {
      const checker = new Checker();
      accepted.push(checker);
      return checker;
    };
    const address = ['127.0.0.1', 0, { backlog: COUNT }] as const;
    const listening = await getRunningLoop().createServer(make, ...address);
    collect();
    const before = process.memoryUsage().arrayBuffers;
    const connect = (): net.Socket => net.connect(portOf(listening), '127.0.0.1');
    const sockets = Array.from({ length: COUNT }, connect);
    await until(() => accepted.length === COUNT, 'the connections');
    for (const socket of sockets) socket.write(message);
    await sleep(0.2);
    for (const { transport } of accepted) transport?.resumeReading();
    const all = (): number => accepted.reduce((sum, { received }) => sum + received, 0);
    await until(() => all() === COUNT * SIZE, 'all that was sent');
    expect(wrong).toBe(0);
    const held = (): number => {
      collect();
      return process.memoryUsage().arrayBuffers - before;
    };
    // It was 64 KiB for each of them.
    let tries = 0;
    while (held() > COUNT * 65_536 * 0.75 && tries++ < 20) await sleep(0.05);
    expect(held()).toBeLessThan(COUNT * 65_536 * 0.75);
    for (const socket of sockets) socket.destroy();
    listening.close();
    await until(() => accepted.every(({ log }) => log.at(-1)?.startsWith('lost')), 'their end');
  });
});

inBothKinds('whoever made a connection goes on before anything arrives on it', function* (kind) {
  const loop = getRunningLoop();
  // A server of Node's: it speaks first.
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  });
  yield* kind.wait(fromCallback<void>((done) => server.listen(0, '127.0.0.1', () => done(null))));
  const { port } = server.address() as net.AddressInfo;
  const log: string[] = [];
  const [transport] = yield* kind.wait(
    loop.createConnection(
      () => {
        // Longer than a turn may take: the host polls before the protocol is told.
        const end = Date.now() + 50;
        while (Date.now() < end);
        const recorder = new Recorder();
        Object.defineProperty(recorder, 'log', { value: log });
        return recorder;
      },
      '127.0.0.1',
      port,
    ),
  );
  log.push('returned');
  while (!log.includes('lost')) yield* kind.wait(sleep(0.005));
  expect(log).toEqual(['made', 'returned', 'data hello', 'eof', 'lost']);
  transport.close();
  server.close();
});

test.each(['connectionMade', 'dataReceived', 'eofReceived', 'connectionLost'] as const)(
  'a KeyboardInterrupt in %s ends the run',
  async (method) => {
    class Interrupting extends Protocol {}
    Object.defineProperty(Interrupting.prototype, method, {
      value: () => {
        throw new KeyboardInterrupt('stop');
      },
    });
    const running = run(async () => {
      const server = await getRunningLoop().createServer(() => new Interrupting(), '127.0.0.1', 0);
      const [, writer] = await openConnection('127.0.0.1', portOf(server));
      writer.write(b('x'));
      writer.writeEof();
      await sleep(5);
    });
    expect(String(await failure(() => running))).toBe('KeyboardInterrupt: stop');
  },
);

test('a pipe that is closed while it is full resumes its writer before it is lost', () =>
  run(async () => {
    const path = join(scratch(), 'fifo');
    execFileSync('mkfifo', [path]);
    const { O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
    const keep = openSync(path, O_RDWR | O_NONBLOCK);
    const reader = openSync(path, O_NONBLOCK);
    const writer = openSync(path, O_WRONLY | O_NONBLOCK);
    closeSync(keep);
    const [transport, recorder] = await getRunningLoop().connectWritePipe(
      () => new Recorder(),
      writer,
    );
    transport.write(pattern(200_000));
    transport.close();
    const memory = Buffer.alloc(65_536);
    for (let got = 0; got < 200_000; await sleep(0)) {
      try {
        got += readSync(reader, memory);
      } catch (error) {
        expect((error as { code?: unknown }).code).toBe('EAGAIN');
      }
    }
    await until(() => recorder.log.includes('lost'), 'the end of the pipe');
    expect(recorder.log).toEqual(['made', 'pause', 'resume', 'lost']);
    closeSync(reader);
  }));

test('a KeyboardInterrupt in connectionMade does not make the connection deaf', async () => {
  const runner = new Runner();
  const recorders: Recorder[] = [];
  class Interrupting extends Recorder {
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      throw new KeyboardInterrupt('stop');
    }
  }
  const server = await runner.run(() =>
    getRunningLoop().createServer(
      () => {
        const recorder = new Interrupting();
        recorders.push(recorder);
        return recorder;
      },
      '127.0.0.1',
      0,
    ),
  );
  const first = runner.run(async () => {
    const [, writer] = await openConnection('127.0.0.1', portOf(server));
    writer.write(b('x'));
    writer.close();
    await sleep(5);
  });
  expect((await failure(() => first)).name).toBe('KeyboardInterrupt');
  await runner.run(async () => {
    server.close();
    await waitFor(server.waitClosed(), 5);
  });
  expect(recorders[0]?.log.at(-1)).toBe('lost');
  await runner.close();
});

inBothKinds('a pause in connectionMade stops the reading, not only the delivery', function* (kind) {
  const loop = getRunningLoop();
  const size = 50_000_000;
  let peer: net.Socket | null = null;
  const server = net.createServer((socket) => {
    peer = socket;
    socket.on('error', () => {});
    socket.write(new Uint8Array(size));
  });
  yield* kind.wait(fromCallback<void>((done) => server.listen(0, '127.0.0.1', () => done(null))));
  class Patient extends Recorder {
    override connectionMade(transport: Transport): void {
      super.connectionMade(transport);
      transport.pauseReading();
    }
  }
  const { port } = server.address() as net.AddressInfo;
  const [transport, recorder] = yield* kind.wait(
    loop.createConnection(() => new Patient(), '127.0.0.1', port),
  );
  yield* kind.wait(sleep(0.3));
  // What the system holds for both sides is some megabytes.
  expect((peer as net.Socket | null)?.writableLength).toBe(size);
  expect(recorder.received).toBe(0);
  transport.resumeReading();
  for (let i = 0; i < 2000 && recorder.received < size; i++) yield* kind.wait(sleep(0.005));
  expect(recorder.received).toBe(size);
  transport.close();
  server.close();
});
