import * as dgram from 'node:dgram';
import { expect, test } from 'vitest';
import {
  createSubprocessExec,
  DatagramProtocol,
  type DatagramTransport,
  type Future,
  getRunningLoop,
  type InetAddress,
  PIPE,
  run,
  RuntimeError,
  sleep,
} from '../../src/index.ts';
import { b, failure, have, inBothKinds, s } from './support.ts';

const hasPython = have('python3');

class Inbox extends DatagramProtocol {
  readonly got: [string, InetAddress][] = [];
  readonly errors: Error[] = [];
  readonly log: string[] = [];
  transport: DatagramTransport | null = null;
  #wanted: Future<void> | null = null;
  override connectionMade(transport: DatagramTransport): void {
    this.transport = transport;
    this.log.push('made');
  }
  override datagramReceived(data: Uint8Array, address: InetAddress): void {
    this.got.push([s(data), address]);
    this.#wake();
  }
  override errorReceived(error: Error): void {
    this.errors.push(error);
    this.#wake();
  }
  override connectionLost(error: Error | null): void {
    this.log.push(`lost ${String(error)}`);
  }
  #wake(): void {
    const wanted = this.#wanted;
    if (wanted !== null && !wanted.done()) wanted.setResult();
  }
  next(): Future<void> {
    return (this.#wanted = getRunningLoop().createFuture<void>());
  }
}

const portOf = (transport: DatagramTransport): number =>
  (transport.getExtraInfo('sockname') as InetAddress)[1];

inBothKinds('datagrams go and come, an empty one too', function* (kind) {
  const loop = getRunningLoop();
  const [server, inbox] = yield* kind.wait(
    loop.createDatagramEndpoint(() => new Inbox(), ['127.0.0.1', 0]),
  );
  const [client, replies] = yield* kind.wait(
    loop.createDatagramEndpoint(() => new Inbox(), null, ['127.0.0.1', portOf(server)]),
  );
  expect(client.getExtraInfo('peername')).toEqual(['127.0.0.1', portOf(server)]);
  let arrived = inbox.next();
  client.sendto(b('ping'));
  yield* kind.wait(arrived);
  expect(inbox.got[0]).toEqual(['ping', client.getExtraInfo('sockname')]);
  const replied = replies.next();
  server.sendto(b('pong'), inbox.got[0]?.[1]);
  yield* kind.wait(replied);
  expect(replies.got[0]?.[0]).toBe('pong');
  arrived = inbox.next();
  client.sendto(b(''), ['127.0.0.1', portOf(server)]);
  yield* kind.wait(arrived);
  expect(inbox.got[1]?.[0]).toBe('');
  client.close();
  client.close();
  server.abort();
  yield* kind.wait(sleep(0.02));
  expect(inbox.log).toEqual(['made', 'lost null']);
  expect(replies.log).toEqual(['made', 'lost null']);
});

test('what is sent before close() is sent', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [server, inbox] = await loop.createDatagramEndpoint(() => new Inbox(), ['127.0.0.1', 0]);
    const [client, protocol] = await loop.createDatagramEndpoint(() => new Inbox(), null, [
      '127.0.0.1',
      portOf(server),
    ]);
    for (let i = 0; i < 20; i++) client.sendto(b(`${i}`));
    client.close();
    await sleep(0.1);
    expect(inbox.got).toHaveLength(20);
    expect(client.getWriteBufferSize()).toBe(0);
    expect(protocol.log).toEqual(['made', 'lost null']);
    server.close();
  }));

test('a port that nobody listens on: errorReceived, and the endpoint goes on', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [gone] = await loop.createDatagramEndpoint(() => new Inbox(), ['127.0.0.1', 0]);
    const port = portOf(gone);
    gone.close();
    await sleep(0.02);
    const [client, inbox] = await loop.createDatagramEndpoint(() => new Inbox(), null, [
      '127.0.0.1',
      port,
    ]);
    const told = inbox.next();
    client.sendto(b('anyone?'));
    await told;
    expect((inbox.errors[0] as Error & { code: string }).code).toBe('ECONNREFUSED');
    expect(client.isClosing()).toBe(false);
    client.close();
  }));

test('a datagram that is too long is an error of that datagram', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [client, inbox] = await loop.createDatagramEndpoint(() => new Inbox(), null, [
      '127.0.0.1',
      9,
    ]);
    const told = inbox.next();
    client.sendto(new Uint8Array(100_000));
    await told;
    expect((inbox.errors[0] as Error & { code: string }).code).toBe('EMSGSIZE');
    client.close();
  }));

test('broadcast has to be asked for', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [shy, inbox] = await loop.createDatagramEndpoint(() => new Inbox(), ['0.0.0.0', 0]);
    const told = inbox.next();
    shy.sendto(b('all'), ['255.255.255.255', 9]);
    await told;
    expect((inbox.errors[0] as Error & { code: string }).code).toMatch(/EACCES|ENETUNREACH/);
    shy.close();
    const [loud, other] = await loop.createDatagramEndpoint(
      () => new Inbox(),
      ['0.0.0.0', 0],
      null,
      { allowBroadcast: true },
    );
    loud.sendto(b('all'), ['127.255.255.255', 9]);
    await sleep(0.05);
    expect(
      other.errors.filter((error) => (error as Error & { code: string }).code === 'EACCES'),
    ).toEqual([]);
    loud.close();
  }));

test('wrong use is told', () =>
  run(async () => {
    const loop = getRunningLoop();
    const make = (): Inbox => new Inbox();
    expect(await failure(() => loop.createDatagramEndpoint(make))).toBeInstanceOf(RangeError);
    expect(await failure(() => loop.createDatagramEndpoint(make, 'x' as never))).toBeInstanceOf(
      TypeError,
    );
    expect(
      await failure(() => loop.createDatagramEndpoint(5 as never, ['127.0.0.1', 0])),
    ).toBeInstanceOf(TypeError);
    const [one] = await loop.createDatagramEndpoint(make, ['127.0.0.1', 0]);
    expect(
      (await failure(() => loop.createDatagramEndpoint(make, ['127.0.0.1', portOf(one)]))).code,
    ).toBe('EADDRINUSE');
    expect(() => one.sendto(b('x'))).toThrow(TypeError);
    expect(() => one.sendto('x' as never, ['127.0.0.1', 9])).toThrow(/encode/);
    const [connected] = await loop.createDatagramEndpoint(make, null, ['127.0.0.1', 9]);
    expect(() => connected.sendto(b('x'), ['127.0.0.1', 10])).toThrow(RangeError);
    const before = process.getActiveResourcesInfo().length;
    const failing = (): never => {
      throw new Error('no protocol');
    };
    expect(
      (await failure(() => loop.createDatagramEndpoint(failing, ['127.0.0.1', 0]))).message,
    ).toBe('no protocol');
    await sleep(0.01);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    connected.close();
    one.close();
    expect(() => one.sendto(b('x'), ['127.0.0.1', 9])).toThrow(RuntimeError);
  }));

test.skipIf(!hasPython)('CPython asyncio answers our datagrams', { timeout: 15_000 }, () =>
  run(async () => {
    const program = `
import asyncio
class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport): self.transport = transport
    def datagram_received(self, data, addr): self.transport.sendto(data.upper(), addr)
async def main():
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=('127.0.0.1', 0))
    print(transport.get_extra_info('sockname')[1], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())`;
    const python = await createSubprocessExec('python3', ['-c', program], { stdout: PIPE });
    const port = Number(s((await python.stdout?.readline()) as Uint8Array));
    const [client, inbox] = await getRunningLoop().createDatagramEndpoint(() => new Inbox(), null, [
      '127.0.0.1',
      port,
    ]);
    const arrived = inbox.next();
    client.sendto(b('loud'));
    await arrived;
    expect(inbox.got[0]).toEqual(['LOUD', ['127.0.0.1', port]]);
    client.close();
    python.kill();
    await python.wait();
  }),
);

test('what comes while the endpoint is being made is delivered, behind connectionMade', () =>
  run(async () => {
    const log: string[] = [];
    class Log extends DatagramProtocol {
      override connectionMade(): void {
        log.push('made');
      }
      override datagramReceived(data: Uint8Array): void {
        log.push(s(data));
      }
    }
    const loop = getRunningLoop();
    const [probe] = await loop.createDatagramEndpoint(() => new Log(), ['127.0.0.1', 0]);
    const [, port] = probe.getExtraInfo('sockname') as InetAddress;
    const sender = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => sender.connect(port, '127.0.0.1', resolve));
    probe.close();
    await sleep(0.01);
    log.length = 0;
    const make = (): Log => {
      sender.send('early');
      // Long enough for the host to look for I/O before the loop's next turn.
      const end = performance.now() + 5;
      while (performance.now() < end);
      return new Log();
    };
    const [transport] = await loop.createDatagramEndpoint(make, ['127.0.0.1', port]);
    while (log.length < 2) await sleep(0.01);
    expect(log).toEqual(['made', 'early']);
    transport.close();
    sender.close();
  }));

test('a datagram that fails its receiver is told, and the next one comes', () =>
  run(async () => {
    const loop = getRunningLoop();
    const told: unknown[] = [];
    loop.setExceptionHandler((_loop, context) => told.push(context.exception));
    class Picky extends Inbox {
      override datagramReceived(data: Uint8Array, address: InetAddress): void {
        if (s(data) === 'bad') throw new Error('boom');
        super.datagramReceived(data, address);
      }
    }
    const [server, inbox] = await loop.createDatagramEndpoint(() => new Picky(), ['127.0.0.1', 0]);
    const [client] = await loop.createDatagramEndpoint(() => new Inbox(), null, [
      '127.0.0.1',
      portOf(server),
    ]);
    const next = inbox.next();
    client.sendto(b('bad'));
    client.sendto(b('good'));
    await next;
    expect([inbox.got[0]?.[0], String(told), server.isClosing()]).toEqual([
      'good',
      'Error: boom',
      false,
    ]);
    client.close();
    server.close();
  }));
