// What I/O needs of Node beyond its documentation has to hold on every version: sockets read past the streams, half-closing,
// TLS that begins on such a socket's bytes, reusePort where it exists, a child process.
import assert from 'node:assert/strict';
import {
  createSubprocessExec,
  getRunningLoop,
  NotImplementedError,
  openConnection,
  PIPE,
  Protocol,
  run,
  sleep,
  startServer,
} from 'asyncio-ts';

const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);
const portOf = (server) => server.sockets[0].getsockname()[1];

const echo = async (reader, writer) => {
  for (;;) {
    const data = await reader.read(65_536);
    if (data.length === 0) break;
    // Plain arrays, not the buffers of Node's own streams.
    assert.equal(data.constructor, Uint8Array);
    writer.write(data);
    await writer.drain();
  }
  writer.close();
};

await run(async () => {
  const server = await startServer(echo, '127.0.0.1', 0);
  const [reader, writer] = await openConnection('127.0.0.1', portOf(server));
  const data = new Uint8Array(3_000_000).map((_, i) => i * 31);
  writer.write(bytes('a line\n'));
  assert.equal(text(await reader.readline()), 'a line\n');
  writer.write(data);
  writer.writeEof();
  const back = await reader.read();
  assert.equal(Buffer.compare(back, data), 0);
  writer.close();
  await writer.waitClosed();
  server.close();
  await server.waitClosed();

  const cat = await createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
  assert.equal(text((await cat.communicate(bytes('meow')))[0]), 'meow');
});

await run(async () => {
  const loop = getRunningLoop();
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 23 || (major === 23 && minor < 1)) {
    assert.throws(
      () => loop.createServer(() => new Protocol(), '127.0.0.1', 0, { reusePort: true }),
      NotImplementedError,
    );
    return;
  }
  // Two servers on one port: the kernel shares the connections out.
  const served = [0, 0];
  const start = (i, port) =>
    startServer((_reader, writer) => (served[i]++, writer.close()), '127.0.0.1', port, {
      reusePort: true,
    });
  const first = await start(0, 0);
  const second = await start(1, portOf(first));
  assert.equal(portOf(second), portOf(first));
  for (let i = 0; i < 50; i++) {
    const [reader, writer] = await openConnection('127.0.0.1', portOf(first));
    await reader.read();
    writer.close();
  }
  await sleep(0.05);
  assert.equal(served[0] + served[1], 50);
  assert.ok(served[0] > 0 && served[1] > 0, `all to one of them: ${served}`);
  for (const server of [first, second]) {
    server.close();
    await server.waitClosed();
  }
});
