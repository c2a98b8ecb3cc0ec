import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CancelledError,
  createSubprocessExec,
  createTask,
  getRunningLoop,
  NotImplementedError,
  once,
  openConnection,
  PIPE,
  Protocol,
  run,
  RuntimeError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  type TlsOptions,
} from '../../src/index.ts';
import { tmpdir } from 'node:os';
import { b, failure, fails, have, inBothKinds, pattern, portOf, s } from './support.ts';

const hasOpenssl = have('openssl', 'version');
const hasCurl = have('curl');
const hasPython = have('python3');

let folder = '';
let ca: Buffer;
let server: TlsOptions;
let client: TlsOptions;
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  if (!hasOpenssl) return;
  folder = mkdtempSync(join(tmpdir(), 'aio-tls-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  const issue = (name: string, names: string): void => {
    writeFileSync(file(`${name}.ext`), `subjectAltName=${names}\n`);
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  };
  issue('server', 'DNS:localhost,IP:127.0.0.1');
  issue('other', 'DNS:other.test');
  issue('client', 'DNS:client.test');
  ca = readFileSync(file('ca.pem'));
  server = identity('server');
  client = { ca };
});

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

function identity(name: string): TlsOptions {
  return { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) };
}

async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
}

describe.skipIf(!hasOpenssl)('TLS', () => {
  inBothKinds('a client and a server, the certificate checked', function* (kind) {
    const listening = yield* kind.wait(startServer(echo, '127.0.0.1', 0, { ssl: server }));
    const [reader, writer] = yield* kind.wait(
      openConnection('127.0.0.1', portOf(listening), { ssl: client, serverHostname: 'localhost' }),
    );
    writer.write(b('secret\n'));
    expect(s(yield* kind.wait(reader.readline()))).toBe('secret\n');
    const data = pattern(3_000_000);
    const sending = kind.task(function* () {
      writer.write(data);
      yield* kind.wait(writer.drain());
    });
    expect(Buffer.compare(yield* kind.wait(reader.readexactly(data.length)), data)).toBe(0);
    yield* kind.wait(sending);
    const tls = writer.getExtraInfo('sslObject');
    expect(tls?.version()).toBe('TLSv1.3');
    expect(tls?.serverHostname).toBe('localhost');
    expect(writer.getExtraInfo('cipher')?.[0]).toMatch(/^TLS_/);
    expect(writer.getExtraInfo('sslcontext')).toBe(client);
    expect((writer.getExtraInfo('peercert') as { subject: { CN: string } }).subject.CN).toBe(
      'server',
    );
    expect(writer.canWriteEof()).toBe(false);
    expect(() => writer.writeEof()).toThrow(NotImplementedError);
    writer.close();
    yield* kind.wait(writer.waitClosed());
    listening.close();
    yield* kind.wait(listening.waitClosed());
  });

  inBothKinds('an unknown authority, a wrong name: refused', function* (kind) {
    const listening = yield* kind.wait(startServer(echo, '127.0.0.1', 0, { ssl: server }));
    const port = portOf(listening);
    const unknown = yield* fails(() => kind.wait(openConnection('127.0.0.1', port, { ssl: true })));
    expect(unknown.code).toMatch(/UNABLE_TO|SELF_SIGNED/);
    const wrong = yield* fails(() =>
      kind.wait(openConnection('127.0.0.1', port, { ssl: client, serverHostname: 'example.org' })),
    );
    expect(wrong.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const [, unchecked] = yield* kind.wait(
      openConnection('127.0.0.1', port, { ssl: { verify: false } }),
    );
    unchecked.close();
    const [, unnamed] = yield* kind.wait(
      openConnection('127.0.0.1', port, { ssl: client, serverHostname: '' }),
    );
    unnamed.close();
    const [, byAddress] = yield* kind.wait(openConnection('127.0.0.1', port, { ssl: client }));
    byAddress.close();
    listening.close();
    yield* kind.wait(listening.waitClosed());
  });

  test('ALPN and SNI', () =>
    run(async () => {
      const other = identity('other');
      const listening = await startServer(
        (_reader, writer) => {
          const tls = writer.getExtraInfo('sslObject');
          writer.write(b(`${tls?.selectedAlpnProtocol()} ${tls?.serverHostname}`));
          writer.close();
        },
        '127.0.0.1',
        0,
        {
          ssl: {
            ...server,
            alpnProtocols: ['h2', 'http/1.1'],
            sni: (name) => (name === 'other.test' ? other : null),
          },
        },
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening), {
        ssl: { ...client, alpnProtocols: ['http/1.1'] },
        serverHostname: 'other.test',
      });
      expect(writer.getExtraInfo('sslObject')?.selectedAlpnProtocol()).toBe('http/1.1');
      expect(s(await reader.read())).toBe('http/1.1 other.test');
      writer.close();
      listening.close();
      await listening.waitClosed();
    }));

  test('client certificates', () =>
    run(async () => {
      const listening = await startServer(
        (_reader, writer) => {
          writer.write(
            b((writer.getExtraInfo('peercert') as { subject: { CN: string } }).subject.CN),
          );
          writer.close();
        },
        '127.0.0.1',
        0,
        { ssl: { ...server, ca, verify: true } },
      );
      const port = portOf(listening);
      const [reader, writer] = await openConnection('127.0.0.1', port, {
        ssl: { ...client, ...identity('client') },
      });
      expect(s(await reader.read())).toBe('client');
      writer.close();
      // TLS 1.3 tells a client at its first read that it was not wanted.
      const refused = await failure(async () => {
        const [nobody, without] = await openConnection('127.0.0.1', port, { ssl: client });
        try {
          await nobody.read();
          throw new Error('was let in');
        } finally {
          without.close();
        }
      });
      expect(refused.message).not.toBe('was let in');
      listening.close();
      await listening.waitClosed();
    }));

  test('a peer that never shakes hands is given up, on both sides', () =>
    run(async () => {
      const silent = await startServer(() => {}, '127.0.0.1', 0);
      const error = await failure(() =>
        openConnection('127.0.0.1', portOf(silent), { ssl: client, sslHandshakeTimeout: 0.1 }),
      );
      expect(error.code).toBe('ECONNABORTED');
      silent.close();
      silent.abortClients();
      let made = 0;
      const listening = await startServer(() => void made++, '127.0.0.1', 0, {
        ssl: server,
        sslHandshakeTimeout: 0.1,
      });
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening));
      await reader.read().then(
        () => {},
        () => {},
      );
      expect(made).toBe(0);
      writer.close();
      // And one that speaks another language.
      const [shouting, shouter] = await openConnection('127.0.0.1', portOf(listening));
      shouter.write(b('GET / HTTP/1.0\r\n\r\n'));
      await shouting.read().then(
        () => {},
        () => {},
      );
      shouter.close();
      listening.close();
      await listening.waitClosed();
    }));

  inBothKinds('startTls in mid-stream, on both sides', function* (kind) {
    const listening = yield* kind.wait(
      startServer(
        async (reader, writer) => {
          expect(s(await reader.readline())).toBe('STARTTLS\n');
          writer.write(b('go ahead\n'));
          await writer.startTls(server);
          writer.write(b(`over TLS: ${s(await reader.readline())}`));
          writer.close();
          await writer.waitClosed();
        },
        '127.0.0.1',
        0,
      ),
    );
    const [reader, writer] = yield* kind.wait(openConnection('127.0.0.1', portOf(listening)));
    writer.write(b('STARTTLS\n'));
    expect(s(yield* kind.wait(reader.readline()))).toBe('go ahead\n');
    const plain = writer.transport;
    yield* kind.wait(writer.startTls(client, { serverHostname: 'localhost' }));
    expect(writer.transport).not.toBe(plain);
    expect(() => (plain as unknown as { write(d: Uint8Array): void }).write(b('x'))).toThrow(
      /transport/,
    );
    writer.write(b('hidden\n'));
    expect(s(yield* kind.wait(reader.readline()))).toBe('over TLS: hidden\n');
    writer.close();
    yield* kind.wait(writer.waitClosed());
    listening.close();
    yield* kind.wait(listening.waitClosed());
  });

  test('startTls checks what it is given at the call, the name to check above all', () =>
    run(async () => {
      const listening = await startServer(echo, '127.0.0.1', 0);
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening));
      expect(() => writer.startTls(client)).toThrow(/serverHostname/);
      expect(() => writer.startTls('tls' as never)).toThrow(TypeError);
      expect(() => writer.startTls({ ...client, cert: 'no certificate', key: 'no key' })).toThrow(
        /PEM/i,
      );
      expect(() => writer.startTls(client, { serverHostname: 5 as never })).toThrow(TypeError);
      // Nothing of it has touched the connection.
      writer.write(b('still plain\n'));
      expect(s(await reader.readline())).toBe('still plain\n');
      writer.close();
      expect(() => writer.startTls(client, { serverHostname: 'localhost' })).toThrow(RuntimeError);
      listening.close();
      await listening.waitClosed();
    }));

  test('plain text that came ahead of TLS is not read as if it had come through it', () =>
    run(async () => {
      const secrets: string[] = [];
      let failed: Error | null = null;
      const listening = await startServer(
        async (reader, writer) => {
          await reader.readline();
          writer.write(b('go ahead\n'));
          try {
            await writer.startTls(server, { sslHandshakeTimeout: 5 });
            secrets.push(s(await reader.readline()));
          } catch (error) {
            failed = error as Error;
          }
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening));
      // Somebody in between has put a command of his own behind ours, in the same packet.
      writer.write(b('STARTTLS\nMAIL everything to me\n'));
      await reader.readline();
      await failure(() => writer.startTls(client, { serverHostname: 'localhost' }));
      listening.close();
      await listening.waitClosed();
      expect(secrets).toEqual([]);
      expect(failed).not.toBe(null);
    }));

  test('a handshake that arrives together with the last plain line is not lost', () =>
    run(async () => {
      const listening = await startServer(
        async (reader, writer) => {
          expect(s(await reader.readline())).toBe('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n');
          await sleep(0.05);
          await writer.startTls(server);
          writer.write(await reader.readline());
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      // The client's first bytes are caught on their way and sent with the line before them.
      const listener = net.createServer((inner) => {
        inner.once('data', (hello) => {
          const outer = net.connect(portOf(listening), '127.0.0.1', () => {
            outer.write(
              Buffer.concat([Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'), hello]),
            );
            inner.pipe(outer);
            outer.pipe(inner);
          });
          outer.on('error', () => inner.destroy());
        });
      });
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const { port } = listener.address() as net.AddressInfo;
      const [reader, writer] = await openConnection('127.0.0.1', port, {
        ssl: client,
        sslHandshakeTimeout: 5,
      });
      writer.write(b('through\n'));
      expect(s(await reader.readline())).toBe('through\n');
      writer.close();
      listener.close();
      listening.close();
      await listening.waitClosed();
    }));

  test('a peer that ends in place of a handshake: startTls fails at once', () =>
    run(async () => {
      let failed: Error | null = null;
      const listening = await startServer(
        async (reader, writer) => {
          await reader.readline();
          await sleep(0.02);
          failed = await failure(() => writer.startTls(server));
        },
        '127.0.0.1',
        0,
      );
      const [, writer] = await openConnection('127.0.0.1', portOf(listening));
      writer.write(b('STARTTLS\n'));
      writer.writeEof();
      listening.close();
      await timeout(3, () => listening.waitClosed());
      expect(failed).not.toBe(null);
      writer.close();
    }));

  test('a connection that is changing to TLS still counts: waitClosed waits, abortClients ends it', () =>
    run(async () => {
      let failed: Error | null = null;
      const listening = await startServer(
        async (reader, writer) => {
          await reader.readline();
          failed = await failure(() => writer.startTls(server));
        },
        '127.0.0.1',
        0,
      );
      const [, writer] = await openConnection('127.0.0.1', portOf(listening));
      writer.write(b('STARTTLS\n'));
      await sleep(0.05);
      listening.close();
      const closed = createTask(listening.waitClosed());
      await sleep(0.05);
      expect(closed.done()).toBe(false);
      listening.abortClients();
      await timeout(3, () => closed);
      expect(failed).not.toBe(null);
      writer.close();
    }));

  test('a cancelled startTls closes the connection, and is no error to who reads', () =>
    run(async () => {
      const silent = await startServer(() => {}, '127.0.0.1', 0);
      const [reader, writer] = await openConnection('127.0.0.1', portOf(silent));
      const upgrade = createTask(writer.startTls(client, { serverHostname: 'localhost' }));
      await sleep(0.05);
      upgrade.cancel();
      expect(await failure(() => upgrade)).toBeInstanceOf(CancelledError);
      expect((await reader.read()).length).toBe(0);
      silent.close();
      silent.abortClients();
      await silent.waitClosed();
    }));

  test('a startTls that is cancelled at any time leaves nothing open', () =>
    run(async () => {
      let ended = 0;
      const listening = await startServer(
        async (reader, writer) => {
          try {
            await writer.startTls(server);
            await reader.read();
          } catch {
            // Its peer has gone in the middle.
          }
          ended++;
          writer.close();
        },
        '127.0.0.1',
        0,
      );
      for (let turns = 0; turns < 24; turns++) {
        const [, writer] = await openConnection('127.0.0.1', portOf(listening));
        let secured = false;
        const upgrade = createTask(async () => {
          await writer.startTls(client, { serverHostname: 'localhost' });
          secured = true;
        });
        for (let i = 0; i < turns; i++) await sleep(i < 4 ? 0 : 0.0004);
        const begun = turns > 1;
        upgrade.cancel();
        try {
          await upgrade;
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
        if (secured || !begun) writer.close();
        await timeout(2, () => writer.waitClosed());
      }
      listening.close();
      await timeout(2, () => listening.waitClosed());
      expect(ended).toBe(24);
    }));

  test('what goes wrong right behind the handshake is told to the reader', () =>
    run(async () => {
      // In TLS 1.2 the server has the last word of the handshake; something is put behind it.
      const target = tls.createServer({ ...identity('server'), maxVersion: 'TLSv1.2' } as never);
      target.on('tlsClientError', () => {});
      await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
      const proxy = net.createServer((near) => {
        const far = net.connect((target.address() as net.AddressInfo).port, '127.0.0.1');
        let flights = 0;
        for (const socket of [near, far]) socket.on('error', () => {});
        near.on('data', (data) => far.write(data)).on('close', () => far.destroy());
        far.on('data', (data) => {
          flights++;
          near.write(flights === 2 ? Buffer.concat([data, b('no record of TLS at all')]) : data);
        });
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as net.AddressInfo;
      const [reader, writer] = await openConnection('127.0.0.1', port, { ssl: client });
      const error = await failure(() => timeout(2, () => reader.read()));
      expect(error.code).toBe('ERR_SSL_WRONG_VERSION_NUMBER');
      writer.close();
      proxy.close();
      target.close();
    }));

  test('null stands for an option that is left out', () =>
    run(async () => {
      const nothing = { ca: null, sni: null, alpnProtocols: null, ciphers: null, passphrase: null };
      const listening = await startServer(echo, '127.0.0.1', 0, {
        ssl: { ...nothing, ...server } as never,
        limit: null as never,
      });
      const [reader, writer] = await openConnection('localhost', portOf(listening), {
        ssl: { ...nothing, cert: null, key: null, minVersion: null, ...client } as never,
      });
      writer.write(b('hello\n'));
      expect(s(await reader.readline())).toBe('hello\n');
      writer.close();
      listening.close();
      await listening.waitClosed();
    }));

  test('what a peer does not take in time after close() is lost, and that is told', () =>
    run(async () => {
      const stuck = tls.createServer(identity('server') as never, (socket) => {
        socket.on('error', () => {}).pause();
      });
      await new Promise<void>((resolve) => stuck.listen(0, '127.0.0.1', resolve));
      const { port } = stuck.address() as net.AddressInfo;
      const [, writer] = await openConnection('127.0.0.1', port, {
        ssl: client,
        sslShutdownTimeout: 0.1,
      });
      writer.write(new Uint8Array(30_000_000));
      writer.close();
      expect(await failure(() => timeout(2, () => writer.waitClosed()))).toHaveProperty(
        'message',
        expect.stringContaining('within 0.1 seconds'),
      );
      stuck.close();
    }));

  test('a peer that ends in mid-handshake is let go at once', () =>
    run(async () => {
      const listening = await startServer(echo, '127.0.0.1', 0, { ssl: server });
      let upgraded: Error | null = null;
      const plain = await startServer(
        async (_reader, writer) => {
          upgraded = await failure(() => writer.startTls(server));
        },
        '127.0.0.1',
        0,
      );
      for (const one of [listening, plain]) {
        const peer = net.connect({ port: portOf(one), host: '127.0.0.1', allowHalfOpen: true });
        const closed = once(peer, 'close');
        peer.on('error', () => {});
        // The head of a record that never comes.
        peer.resume().end(new Uint8Array([22, 3, 1, 2, 0, 1]));
        await timeout(2, () => closed);
        one.close();
        await timeout(2, () => one.waitClosed());
      }
      expect(upgraded).not.toBe(null);
    }));

  test('close() does not wait for those who have not shaken hands', () =>
    run(async () => {
      const listening = await startServer(echo, '127.0.0.1', 0, { ssl: server });
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening));
      await sleep(0.05);
      listening.close();
      await timeout(2, () => listening.waitClosed());
      await timeout(2, async () => {
        try {
          expect((await reader.read()).length).toBe(0);
        } catch (error) {
          expect((error as { code?: unknown }).code).toBe('ECONNRESET');
        }
      });
      writer.close();
    }));

  test('startTls that fails ends the connection', () =>
    run(async () => {
      const listening = await startServer(
        async (reader, writer) => {
          await reader.readline();
          writer.write(b('go\n'));
          await writer.startTls(server).then(
            () => {},
            () => {},
          );
        },
        '127.0.0.1',
        0,
      );
      const [reader, writer] = await openConnection('127.0.0.1', portOf(listening));
      writer.write(b('x\n'));
      await reader.readline();
      const error = await failure(() => writer.startTls(client, { serverHostname: 'example.org' }));
      expect(error.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      expect(await failure(() => reader.read())).toBe(error);
      listening.close();
      listening.abortClients();
      await listening.waitClosed();
    }));

  test('protocols: connectionMade after the handshake, eofReceived, connectionLost', () =>
    run(async () => {
      const loop = getRunningLoop();
      const log: string[] = [];
      class Recorder extends Protocol {
        override connectionMade(): void {
          log.push('made');
        }
        override dataReceived(data: Uint8Array): void {
          log.push(s(data));
        }
        override eofReceived(): boolean {
          log.push('eof');
          return true;
        }
        override connectionLost(error: Error | null): void {
          log.push(`lost ${String(error)}`);
        }
      }
      const listening = await loop.createServer(() => new Recorder(), '127.0.0.1', 0, {
        ssl: server,
      });
      const [transport] = await loop.createConnection(
        () => new Protocol(),
        '127.0.0.1',
        portOf(listening),
        { ssl: client },
      );
      transport.write(b('data'));
      transport.close();
      while (log.length < 2) await sleep(0.005);
      listening.close();
      await listening.waitClosed();
      expect(log).toEqual(['made', 'data', 'eof', 'lost null']);
    }));

  test('openssl s_client talks to our server', { timeout: 15_000 }, () =>
    run(async () => {
      const listening = await startServer(echo, '127.0.0.1', 0, { ssl: server });
      const args = [
        's_client',
        '-quiet',
        '-verify_return_error',
        '-CAfile',
        file('ca.pem'),
        '-connect',
        `127.0.0.1:${portOf(listening)}`,
      ];
      const peer = await createSubprocessExec('openssl', args, {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      peer.stdin?.write(b('to and fro\n'));
      expect(s((await peer.stdout?.readline()) as Uint8Array)).toBe('to and fro\n');
      peer.kill();
      await peer.wait();
      listening.close();
      listening.abortClients();
      await listening.waitClosed();
    }),
  );

  test('our client talks to openssl s_server', { timeout: 15_000 }, () =>
    run(async () => {
      const args = [
        's_server',
        '-cert',
        file('server.pem'),
        '-key',
        file('server.key'),
        '-accept',
        '127.0.0.1:0',
        '-rev',
      ];
      const peer = await createSubprocessExec('openssl', args, {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      let port = 0;
      while (port === 0) {
        const line = s((await peer.stdout?.readline()) as Uint8Array);
        expect(line).not.toBe('');
        port = Number(/^ACCEPT 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
      }
      const [reader, writer] = await openConnection('127.0.0.1', port, { ssl: client });
      writer.write(b('stressed\n'));
      expect(s(await reader.readline())).toBe('desserts\n');
      writer.close();
      peer.kill();
      await peer.wait();
    }),
  );

  test.skipIf(!hasCurl)('curl fetches over TLS from our server', { timeout: 15_000 }, () =>
    run(async () => {
      const listening = await startServer(
        async (reader, writer) => {
          await reader.readuntil(b('\r\n\r\n'));
          writer.write(b('HTTP/1.0 200 OK\r\n\r\nfetched'));
          writer.close();
        },
        '127.0.0.1',
        0,
        { ssl: server },
      );
      const curl = await createSubprocessExec(
        'curl',
        [
          '-sS',
          '--noproxy',
          '*',
          '--cacert',
          file('ca.pem'),
          `https://127.0.0.1:${portOf(listening)}/`,
        ],
        { stdout: PIPE },
      );
      expect(s((await curl.communicate())[0] as Uint8Array)).toBe('fetched');
      expect(curl.returncode).toBe(0);
      listening.close();
      await listening.waitClosed();
    }),
  );

  test.skipIf(!hasPython)(
    'CPython asyncio on the other side, as client and as server',
    { timeout: 20_000 },
    () =>
      run(async () => {
        const listening = await startServer(echo, '127.0.0.1', 0, { ssl: server });
        const asClient = `
import asyncio, ssl, sys
async def main():
    context = ssl.create_default_context(cafile=sys.argv[2])
    r, w = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]), ssl=context)
    data = bytes(range(256)) * 4000
    w.write(data)
    assert await r.readexactly(len(data)) == data
    w.close()
    await w.wait_closed()
    print('fine')
asyncio.run(main())`;
        const peer = await createSubprocessExec(
          'python3',
          ['-c', asClient, String(portOf(listening)), file('ca.pem')],
          { stdout: PIPE },
        );
        expect(s((await peer.communicate())[0] as Uint8Array)).toBe('fine\n');
        listening.close();
        await listening.waitClosed();
        const asServer = `
import asyncio, ssl, sys
async def handle(r, w):
    while line := await r.readline():
        w.write(line[::-1]); await w.drain()
    w.close()
async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    s = await asyncio.start_server(handle, '127.0.0.1', 0, ssl=context)
    print(s.sockets[0].getsockname()[1], flush=True)
    await s.serve_forever()
asyncio.run(main())`;
        const python = await createSubprocessExec(
          'python3',
          ['-c', asServer, file('server.pem'), file('server.key')],
          { stdout: PIPE },
        );
        const port = Number(s((await python.stdout?.readline()) as Uint8Array));
        const [reader, writer] = await openConnection('127.0.0.1', port, { ssl: client });
        writer.write(b('abc\n'));
        expect(s(await reader.readexactly(4))).toBe('\ncba');
        writer.close();
        await writer.waitClosed();
        python.kill();
        await python.wait();
      }),
  );
});
