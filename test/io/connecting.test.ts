// Which address is connected to, what names and flags mean, and wrong arguments, told at the call.
import { spawn } from 'node:child_process';
import * as net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  ExceptionGroup,
  getRunningLoop,
  NotImplementedError,
  openConnection,
  openReader,
  openUnixConnection,
  openWriter,
  Protocol,
  run,
  sleep,
  startServer,
  startUnixServer,
  TimeoutError,
  waitFor,
  toReadableStream,
  toWritableStream,
} from '../../src/index.ts';
import { failure, have, portOf, resolveTo } from './support.ts';

const hasPython = have('python3');

/** Somebody listens there, and answers nothing any more: his line is full, and he accepts nobody. */
async function silence(address: string, port: number): Promise<void> {
  const child = spawn(
    'python3',
    [
      '-c',
      `
import socket, sys, time
address = (sys.argv[1], int(sys.argv[2]))
listener = socket.socket()
listener.bind(address)
listener.listen(0)
waiting = []
while True:
    one = socket.socket()
    one.settimeout(0.3)
    waiting.append(one)
    try:
        one.connect(address)
    except TimeoutError:
        break
print('silent', flush=True)
time.sleep(60)`,
      address,
      String(port),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(String(line).trim()).toBe('silent');
}

const connecting = (): net.Socket[] =>
  (process as unknown as { _getActiveHandles(): unknown[] })
    ._getActiveHandles()
    .filter((handle): handle is net.Socket => handle instanceof net.Socket && handle.connecting);

test.skipIf(!hasPython)(
  'happy eyeballs: an address that is silent does not hold up the next one',
  () =>
    run(async () => {
      const server = await startServer((_reader, writer) => writer.close(), '127.0.0.1', 0);
      const port = portOf(server);
      await silence('127.0.0.9', port);
      resolveTo('two.test', ['127.0.0.9', '127.0.0.1']);
      const loop = getRunningLoop();
      const before = loop.time();
      const [, writer] = await openConnection('two.test', port, { happyEyeballsDelay: 0.1 });
      const took = loop.time() - before;
      expect(writer.getExtraInfo('peername')).toEqual(['127.0.0.1', port]);
      expect(took).toBeGreaterThan(0.09);
      expect(took).toBeLessThan(0.9);
      // The loser's socket is gone with him.
      expect(connecting()).toEqual([]);
      writer.close();
      // One after the other it takes as long as the system is patient.
      const patient = await failure(() => waitFor(openConnection('two.test', port), 0.3));
      expect(patient).toBeInstanceOf(TimeoutError);
      expect(connecting()).toEqual([]);
      // Cancelled while several are under way, none of them stays.
      resolveTo('two.test', ['127.0.0.9', '127.0.0.9', '127.0.0.9']);
      const attempt = openConnection('two.test', port, { happyEyeballsDelay: 0.05 });
      expect(await failure(() => waitFor(attempt, 0.3))).toBeInstanceOf(TimeoutError);
      expect(connecting()).toEqual([]);
      server.close();
      await server.waitClosed();
    }),
);

test('happy eyeballs: an address that refuses makes way at once, whatever the delay', () =>
  run(async () => {
    const server = await startServer((_reader, writer) => writer.close(), '127.0.0.1', 0);
    const port = portOf(server);
    resolveTo('two.test', ['127.0.0.8', '127.0.0.7', '127.0.0.1']);
    const loop = getRunningLoop();
    const before = loop.time();
    const [, writer] = await openConnection('two.test', port, { happyEyeballsDelay: 30 });
    expect(loop.time() - before).toBeLessThan(5);
    expect(writer.getExtraInfo('peername')).toEqual(['127.0.0.1', port]);
    writer.close();
    server.close();
    await server.waitClosed();
    const all = await failure(() =>
      openConnection('two.test', port, { happyEyeballsDelay: 30, allErrors: true }),
    );
    expect(all).toBeInstanceOf(ExceptionGroup);
    expect((all as ExceptionGroup).errors).toHaveLength(3);
  }));

test('getnameinfo: flags are honoured, and those that Node cannot are refused', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [NUMERICHOST, NUMERICSERV, NOFQDN, NAMEREQD, DGRAM] = [1, 2, 4, 8, 16] as const;
    expect(await loop.getnameinfo(['127.0.0.1', 80], NUMERICHOST | NUMERICSERV)).toEqual([
      '127.0.0.1',
      '80',
    ]);
    expect((await loop.getnameinfo(['127.0.0.1', 80], NUMERICSERV))[1]).toBe('80');
    expect((await loop.getnameinfo(['192.0.2.1', 80], NUMERICHOST))[0]).toBe('192.0.2.1');
    expect(await loop.getnameinfo(['::1', 9, 0, 0], NUMERICHOST | NUMERICSERV)).toEqual([
      '::1',
      '9',
    ]);
    // Without a name, the address stands for itself.
    expect((await loop.getnameinfo(['192.0.2.1', 80]))[0]).toBe('192.0.2.1');
    expect((await failure(() => loop.getnameinfo(['192.0.2.1', 80], NAMEREQD))).code).toMatch(
      /ENOTFOUND|EAI_AGAIN/,
    );
    expect(await loop.getnameinfo(['127.0.0.1', 53], NUMERICHOST | NUMERICSERV | DGRAM)).toEqual([
      '127.0.0.1',
      '53',
    ]);
    expect(() => loop.getnameinfo(['127.0.0.1', 53], DGRAM)).toThrow(NotImplementedError);
    expect(() => loop.getnameinfo(['127.0.0.1', 53], NOFQDN)).toThrow(NotImplementedError);
    expect(() => loop.getnameinfo(['127.0.0.1', 53], 4096)).toThrow(/expects a sum of these flags/);
    expect(() => loop.getnameinfo(['127.0.0.1', 53], '1' as never)).toThrow(TypeError);
    expect(() => loop.getnameinfo(['localhost', 53])).toThrow(/in figures/);
    expect(() => loop.getnameinfo('127.0.0.1' as never)).toThrow(TypeError);
  }));

test('getaddrinfo: flags and services', () =>
  run(async () => {
    const loop = getRunningLoop();
    const [PASSIVE, CANONNAME, NUMERICHOST] = [1, 2, 4] as const;
    const addresses = async (flags: number): Promise<unknown[]> =>
      (await loop.getaddrinfo(null, 80, { type: 'stream', flags })).map(([, , , , one]) => one[0]);
    expect(await addresses(0)).toEqual(['127.0.0.1', '::1']);
    expect(await addresses(PASSIVE)).toEqual(['0.0.0.0', '::']);
    expect(
      await loop.getaddrinfo('127.0.0.1', '80', { type: 'dgram', flags: NUMERICHOST }),
    ).toEqual([[4, 'dgram', 17, '', ['127.0.0.1', 80]]]);
    expect(() => loop.getaddrinfo('localhost', 80, { flags: NUMERICHOST })).toThrow(/in figures/);
    expect(() => loop.getaddrinfo('localhost', 80, { flags: CANONNAME })).toThrow(
      NotImplementedError,
    );
    expect(() => loop.getaddrinfo('localhost', 'http')).toThrow(/services by name/);
    expect(() => loop.getaddrinfo('localhost', 80, { flags: -1 })).toThrow(RangeError);
    expect(() => loop.getaddrinfo(5 as never, 80)).toThrow(TypeError);
  }));

test('reusePort: where Node cannot, it is said at the call', async () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 23 || (major === 23 && minor > 0)) return;
  await run(async () => {
    const loop = getRunningLoop();
    const make = (): Protocol => new Protocol();
    expect(() => loop.createServer(make, '127.0.0.1', 0, { reusePort: true })).toThrow(
      `needs Node 23.1 or newer, and this is ${process.versions.node}`,
    );
    expect(() =>
      loop.createDatagramEndpoint(make as never, ['127.0.0.1', 0], null, { reusePort: true }),
    ).toThrow(NotImplementedError);
    await sleep(0);
  });
});

test('what opens or listens tells wrong arguments at the call, also outside of a loop', () => {
  const serve = (): void => {};
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => openConnection(), /RangeError: openConnection\(\) expects a host and a port/],
    [
      () => openConnection('127.0.0.1'),
      /TypeError: openConnection\(\) expects a port \(a number\), not undefined/,
    ],
    [() => openConnection('127.0.0.1', '80' as never), /TypeError.*expects a port \(a number\)/],
    [() => openConnection('127.0.0.1', 65_536), /RangeError.*from 0 to 65535, not 65536/],
    [
      () => openConnection(['127.0.0.1', 80] as never, 80),
      /TypeError.*expects a host \(a string\)/,
    ],
    [() => openConnection('127.0.0.1', 80, 1 as never), /TypeError.*options/],
    [() => openConnection('a\0b', 80), /RangeError.*NUL/],
    [() => openConnection('http://a.test', 80), /RangeError.*no URL/],
    [
      () => openReader('stdin' as never),
      /TypeError: openReader.*a file descriptor or a readable stream/,
    ],
    [() => openWriter(-1), /RangeError: openWriter.*zero or more/],
    [() => openConnection('127.0.0.1', 80, { ssl: 'yes' as never }), /TypeError.*\{ssl\}/],
    [() => openConnection('127.0.0.1', 80, { serverHostname: 'x' }), /RangeError.*\{ssl\} only/],
    [
      () => openConnection('127.0.0.1', 80, { ssl: true, sslHandshakeTimeout: 0 }),
      /RangeError.*above zero/,
    ],
    [
      () => openConnection('127.0.0.1', 80, { ssl: true, serverHostname: 5 as never }),
      /TypeError.*serverHostname/,
    ],
    [() => openConnection('127.0.0.1', 80, { limit: 0 }), /RangeError.*\{limit\}/],
    [() => openConnection('127.0.0.1', 80, { limit: 1.5 }), /RangeError.*\{limit\}.*whole/],
    [() => openConnection('127.0.0.1', 80, { limit: '1' as never }), /TypeError.*\{limit\}/],
    [() => openConnection('127.0.0.1', 80, { family: 5 as never }), /RangeError.*0, 4 or 6/],
    [
      () => openConnection('127.0.0.1', 80, { happyEyeballsDelay: -1 }),
      /RangeError.*happyEyeballsDelay/,
    ],
    [
      () => openConnection('127.0.0.1', 80, { localAddr: '127.0.0.1' as never }),
      /TypeError.*localAddr/,
    ],
    [() => openConnection('127.0.0.1', 80, { sock: {} }), /RangeError.*not both/],
    [() => startServer(5 as never, '127.0.0.1', 0), /TypeError.*\(reader, writer\)/],
    [() => startServer(serve), /RangeError.*expects a host or a port/],
    [() => startServer(serve, 127 as never, 80), /TypeError.*expects a host/],
    [() => startServer(serve, [], 80), /RangeError.*at least one host/],
    [() => startServer(serve, '127.0.0.1', -1), /RangeError.*0 to 65535/],
    [() => startServer(serve, '127.0.0.1', 0, { ssl: true as never }), /TypeError.*cert and key/],
    [() => startServer(serve, '127.0.0.1', 0, { ssl: {} }), /TypeError.*certificate/],
    [() => startServer(serve, '127.0.0.1', 0, { backlog: 1.5 }), /RangeError.*backlog/],
    [() => openUnixConnection(), /RangeError.*expects a path/],
    [() => openUnixConnection(5 as never), /TypeError.*path/],
    [() => openUnixConnection('/x', { ssl: true }), /RangeError.*serverHostname/],
    [() => startUnixServer(serve, ''), /TypeError.*path/],
    [() => createSubprocessExec(''), /RangeError.*name of a program/],
    [() => createSubprocessExec(['ls'] as never), /TypeError.*a program/],
    [() => createSubprocessExec('ls', [5] as never), /TypeError.*arguments/],
    [
      () => createSubprocessExec('ls', [], { stdout: 'pipe' as never }),
      /RangeError.*\{stdout\} as PIPE/,
    ],
    [() => createSubprocessExec('ls', [], { limit: -1 }), /RangeError.*\{limit\}/],
    [() => createSubprocessShell(5 as never), /TypeError.*command line/],
  ];
  for (const [call, message] of wrong) {
    let told = 'nothing';
    try {
      call();
    } catch (error) {
      told = String(error);
    }
    expect(told).toMatch(message);
  }
});

test('an option that is misspelt, unknown, or of another kind is told at the call, not dropped', () => {
  const serve = (): void => {};
  const connect =
    (options: object): (() => unknown) =>
    () =>
      openConnection('127.0.0.1', 80, options);
  const listen =
    (options: object): (() => unknown) =>
    () =>
      startServer(serve, '127.0.0.1', 0, options);
  const spawn =
    (options: object): (() => unknown) =>
    () =>
      createSubprocessExec('ls', [], options);
  const wrong: readonly [() => unknown, RegExp][] = [
    [connect({ happy_eyeballs_delay: 1 }), /TypeError.*no option 'happy_eyeballs_delay'/],
    [connect({ interleave: 'all' }), /TypeError.*\{interleave\} as a whole number/],
    [connect({ interleave: -1 }), /RangeError.*\{interleave\}/],
    [connect({ allErrors: 1 }), /TypeError.*\{allErrors\} as true or false/],
    [connect({ ssl: { rejectUnauthorized: false } }), /TypeError.*\{ssl\} has no option/],
    [connect({ ssl: { verify: 'no' } }), /TypeError.*\{verify\} as true or false/],
    [connect({ ssl: { alpnProtocols: 'h2' } }), /TypeError.*\{alpnProtocols\}.*array/],
    [connect({ ssl: { ca: 5 } }), /TypeError.*\{ca\} as PEM/],
    [() => openConnection(null, null, { sock: 5 as never }), /TypeError.*\{sock\}/],
    [listen({ keepAlive: 1 }), /TypeError.*\{keepAlive\} as true or false/],
    [listen({ startServing: 'later' }), /TypeError.*\{startServing\}/],
    [listen({ reuseAddress: false }), /NotImplementedError.*reuseAddress/],
    [listen({ backlog: '5' }), /TypeError.*\{backlog\} as a whole number/],
    [() => startUnixServer(serve, '/x', { mode: 5 } as never), /TypeError.*no option 'mode'/],
    [() => openUnixConnection('/x', { family: 4 } as never), /TypeError.*no option 'family'/],
    [spawn({ shell: true }), /TypeError.*no option 'shell'/],
    [spawn({ cwd: 5 }), /TypeError.*\{cwd\} as a string/],
    [spawn({ env: 'A=b' }), /TypeError.*\{env\}/],
    [spawn({ env: { A: 5 } }), /TypeError.*\{env\.A\} as a string, not the number 5/],
    [spawn({ uid: 'root' }), /TypeError.*\{uid\} as a whole number/],
    [spawn({ startNewSession: 1 }), /TypeError.*\{startNewSession\}/],
    [() => openReader(0, { size: 5 } as never), /TypeError.*no option 'size'/],
    [() => openReader(new Map()), /TypeError.*a file descriptor or a readable stream/],
    [() => openWriter({}), /TypeError.*a file descriptor or a writable stream/],
    [() => toReadableStream(5 as never), /TypeError.*a StreamReader, not the number 5/],
    [() => toWritableStream({} as never), /TypeError.*a StreamWriter, not an object/],
  ];
  for (const [call, message] of wrong) {
    let told = 'nothing';
    try {
      call();
    } catch (error) {
      told = String(error);
    }
    expect(told).toMatch(message);
  }
  // Python's default, and what this host does anyway.
  (listen({ reuseAddress: true })() as Coroutine<unknown>).close();
});

test('an address in figures of another family than the one asked for is not taken', () =>
  run(async () => {
    const loop = getRunningLoop();
    const error = await failure(() => openConnection('127.0.0.1', 80, { family: 6 }));
    expect(error.code).toBe('ENOTFOUND');
    expect((await failure(() => loop.getaddrinfo('::1', 80, { family: 4 }))).code).toBe(
      'ENOTFOUND',
    );
    const V4MAPPED = 8;
    const [found] = await loop.getaddrinfo('127.0.0.1', 80, {
      family: 6,
      type: 'stream',
      flags: V4MAPPED,
    });
    expect(found?.[4]).toEqual(['::ffff:127.0.0.1', 80, 0, 0]);
  }));
