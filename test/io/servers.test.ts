import * as net from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import {
  asyncWith,
  CancelledError,
  createTask,
  ExceptionGroup,
  getRunningLoop,
  openConnection,
  Protocol,
  run,
  RuntimeError,
  sleep,
  startServer,
  TimeoutError,
  waitFor,
  type InetAddress,
} from '../../src/index.ts';
import { b, failure, portOf, resolveTo, s } from './support.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ family, internal }) => family === 'IPv6' && internal),
);
if (!hasIpv6) console.warn('SKIPPED: tests of IPv6, which this machine does not have');

const ignore = (): void => {};

test('sockets tells where it listens; closed, it listens nowhere', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const [host, port] = server.sockets[0]!.getsockname() as InetAddress;
    expect(host).toBe('127.0.0.1');
    expect(port).toBeGreaterThan(0);
    expect(server.isServing()).toBe(true);
    server.close();
    server.close();
    expect(server.sockets).toEqual([]);
    expect(server.isServing()).toBe(false);
    await server.waitClosed();
    expect((await failure(() => openConnection('127.0.0.1', port))).code).toBe('ECONNREFUSED');
    expect(await failure(() => server.startServing())).toBeInstanceOf(RuntimeError);
  }));

test('waitClosed waits for the last connection, whichever comes first', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const [, writer] = await openConnection('127.0.0.1', portOf(server));
    await sleep(0.02);
    const closed = createTask(server.waitClosed());
    await sleep(0.02);
    expect(closed.done()).toBe(false);
    server.close();
    await sleep(0.02);
    expect(closed.done()).toBe(false);
    server.closeClients();
    await closed;
    await server.waitClosed();
    writer.close();
  }));

test('closeClients flushes, abortClients does not', () =>
  run(async () => {
    for (const flush of [true, false]) {
      const size = flush ? 5_000_000 : 50_000_000;
      const server = await startServer((_r, w) => w.write(new Uint8Array(size)), '127.0.0.1', 0);
      const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
      await sleep(0.05);
      server.close();
      if (flush) server.closeClients();
      else server.abortClients();
      let got = 0;
      try {
        got = (await reader.read()).length;
      } catch (error) {
        expect((error as { code: unknown }).code).toBe('ECONNRESET');
      }
      if (flush) expect(got).toBe(size);
      else expect(got).toBeLessThan(size);
      writer.close();
      await server.waitClosed();
    }
  }));

test('serveForever serves until it is cancelled, and has closed the server then', () =>
  run(async () => {
    const server = await startServer(
      async (reader, writer) => {
        writer.write(await reader.readline());
        writer.close();
      },
      '127.0.0.1',
      0,
      { startServing: false },
    );
    expect(server.isServing()).toBe(false);
    const port = portOf(server);
    const serving = createTask(server.serveForever());
    await sleep(0);
    expect(server.isServing()).toBe(true);
    expect(await failure(() => server.serveForever())).toBeInstanceOf(RuntimeError);
    const [reader, writer] = await openConnection('127.0.0.1', port);
    writer.write(b('hi\n'));
    expect(s(await reader.readline())).toBe('hi\n');
    writer.close();
    serving.cancel('enough');
    const error = await failure(() => serving);
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.message).toBe('enough');
    expect(server.sockets).toEqual([]);
    await server.waitClosed();
  }));

test('close() ends serveForever with a CancelledError', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const serving = createTask(server.serveForever());
    await sleep(0.01);
    server.close();
    expect(await failure(() => serving)).toBeInstanceOf(CancelledError);
  }));

test('before startServing nothing is accepted', () =>
  run(async () => {
    let accepted = 0;
    const server = await startServer(() => void accepted++, '127.0.0.1', 0, {
      startServing: false,
    });
    const [, writer] = await openConnection('127.0.0.1', portOf(server));
    await sleep(0.05);
    expect(accepted).toBe(0);
    await server.startServing();
    await sleep(0.02);
    expect(accepted).toBe(1);
    writer.close();
    server.close();
    server.closeClients();
    await server.waitClosed();
  }));

test('asyncWith closes the server and waits', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const managed = server as typeof server & { enter(): unknown; exit(): unknown };
    await asyncWith(managed as never, () => {
      expect(server.isServing()).toBe(true);
    });
    expect(server.isServing()).toBe(false);
  }));

test('a taken port is an error with the code of the host, and leaves nothing behind', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const error = await failure(() => startServer(ignore, '127.0.0.1', portOf(server)));
    expect(error.code).toBe('EADDRINUSE');
    server.close();
    await server.waitClosed();
  }));

test('several addresses, one server', () =>
  run(async () => {
    const hosts = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1', '127.0.0.2'];
    const server = await startServer(
      (_reader, writer) => {
        writer.write(b('served'));
        writer.close();
      },
      hosts,
      0,
    );
    expect(server.sockets).toHaveLength(2);
    for (const socket of server.sockets) {
      const [host, port] = socket.getsockname() as InetAddress;
      const [reader, writer] = await openConnection(host, port);
      expect(s(await reader.read())).toBe('served');
      writer.close();
    }
    server.close();
    await server.waitClosed();
  }));

test.skipIf(!hasIpv6)('IPv6 addresses have four parts, as in Python', () =>
  run(async () => {
    const server = await startServer(ignore, '::1', 0);
    expect(server.sockets[0]!.getsockname()).toEqual(['::1', portOf(server), 0, 0]);
    expect(server.sockets[0]?.family).toBe(6);
    server.close();
    await server.waitClosed();
  }),
);

test('a protocol factory that fails costs one connection, and is told', () =>
  run(async () => {
    const loop = getRunningLoop();
    const told: unknown[] = [];
    loop.setExceptionHandler((_loop, context) => told.push(context.exception));
    let calls = 0;
    const server = await loop.createServer(
      () => {
        if (calls++ === 0) throw new Error('no protocol');
        return new Protocol();
      },
      '127.0.0.1',
      0,
    );
    const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
    expect((await reader.read()).length).toBe(0);
    writer.close();
    expect(String(told)).toBe('Error: no protocol');
    const [, again] = await openConnection('127.0.0.1', portOf(server));
    await sleep(0.02);
    expect(calls).toBe(2);
    again.close();
    server.close();
    await server.waitClosed();
  }));

test('connection refused: the error of the host; with allErrors a group', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const port = portOf(server);
    server.close();
    await server.waitClosed();
    const error = await failure(() => openConnection('127.0.0.1', port));
    expect(error.code).toBe('ECONNREFUSED');
    const group = await failure(() => openConnection('127.0.0.1', port, { allErrors: true }));
    expect(group).toBeInstanceOf(ExceptionGroup);
    const eyeballs = await failure(() =>
      openConnection('localhost', port, { happyEyeballsDelay: 0.1 }),
    );
    expect(eyeballs.code).toBe('ECONNREFUSED');
    expect((await failure(() => openConnection('name.invalid', 80))).code).toMatch(
      /ENOTFOUND|EAI_AGAIN/,
    );
  }));

test('happy eyeballs: the address that answers wins over the one that does not', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const [, writer] = await openConnection('localhost', portOf(server), {
      happyEyeballsDelay: 0.05,
    });
    expect(writer.getExtraInfo('peername')).toEqual(['127.0.0.1', portOf(server)]);
    writer.close();
    server.close();
    server.closeClients();
    await server.waitClosed();
  }));

test('our own end can be chosen', () =>
  run(async () => {
    const server = await startServer(ignore, '127.0.0.1', 0);
    const [, writer] = await openConnection('127.0.0.1', portOf(server), {
      localAddr: ['127.0.0.3', 0],
    });
    expect((writer.getExtraInfo('sockname') as InetAddress)[0]).toBe('127.0.0.3');
    writer.close();
    server.close();
    server.closeClients();
    await server.waitClosed();
  }));

test('a cancelled connect leaves no socket', () =>
  run(async () => {
    // A full backlog: the kernel answers no further SYN.
    const listener = net.createServer(() => {});
    await new Promise<void>((resolve) =>
      listener.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve),
    );
    const { port } = listener.address() as net.AddressInfo;
    // 192.0.2.1 (a documentation address) answers nobody, or is unreachable at once where there is no route.
    const attempt = waitFor(openConnection('192.0.2.1', port), 0.1);
    const error = await failure(() => attempt);
    expect(error instanceof TimeoutError || typeof error.code === 'string').toBe(true);
    const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
    const connecting = handles.filter(
      (handle) => handle instanceof net.Socket && handle.connecting,
    );
    expect(connecting).toEqual([]);
    listener.close();
  }));

test('a loop that is closed closes what is open on its behalf', async () => {
  let port = 0;
  const peer = net.createServer(() => {});
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
  let ended = false;
  peer.on('connection', (socket) => {
    socket.on('close', () => (ended = true));
    socket.on('error', () => {});
    socket.resume();
  });
  await run(async () => {
    port = portOf(await startServer(ignore, '127.0.0.1', 0));
    await openConnection('127.0.0.1', (peer.address() as net.AddressInfo).port);
  });
  await run(async () => {
    expect((await failure(() => openConnection('127.0.0.1', port))).code).toBe('ECONNREFUSED');
    // oxlint-disable-next-line no-unmodified-loop-condition -- a callback modifies it
    for (let i = 0; i < 100 && !ended; i++) await sleep(0.01);
    expect(ended).toBe(true);
  });
  peer.close();
});

test('of the addresses of a name, those that the machine has are listened on', () =>
  run(async () => {
    const elsewhere = '203.0.113.5';
    resolveTo('two.test', [elsewhere, '127.0.0.1']);
    const server = await startServer(() => {}, 'two.test', 0);
    expect(server.sockets.map((socket) => (socket.getsockname() as InetAddress)[0])).toEqual([
      '127.0.0.1',
    ]);
    server.close();
    await server.waitClosed();
    const error = await failure(() => startServer(() => {}, elsewhere, 0));
    expect(error.code).toBe('EADDRNOTAVAIL');
  }));

test('without a port a server takes one that is free', () =>
  run(async () => {
    const server = await startServer((_reader, writer) => writer.close(), '127.0.0.1');
    expect(portOf(server)).toBeGreaterThan(0);
    server.close();
  }));
