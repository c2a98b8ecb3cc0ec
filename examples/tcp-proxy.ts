// A TCP proxy. Each direction is copied by itself: a peer that has sent everything may still receive (half-close), and
// a slow peer holds the fast one back, so that the proxy's memory does not grow.
//
//   node scripts/run-program.mjs examples/tcp-proxy.ts <listen port> <host> <port>
//   node scripts/run-program.mjs examples/tcp-proxy.ts --demo
import {
  gather,
  type InetAddress,
  openConnection,
  run,
  startServer,
  type StreamReader,
  type StreamWriter,
} from 'asyncio-ts';

const PIECE = 65_536;

/** Copies until the end, then ends the other side's direction too. Gives the number of bytes. */
function* copy(reader: StreamReader, writer: StreamWriter) {
  let count = 0;
  for (;;) {
    const data = yield* reader.read(PIECE);
    if (data.length === 0) break;
    count += data.length;
    writer.write(data);
    yield* writer.drain();
  }
  if (writer.canWriteEof()) writer.writeEof();
  return count;
}

/** Serves one connection by connecting to the target and copying both ways. */
const forward = (host: string, port: number) =>
  async function proxy(reader: StreamReader, writer: StreamWriter): Promise<void> {
    let upstream: StreamWriter | null = null;
    try {
      const [fromTarget, toTarget] = await openConnection(host, port, { happyEyeballsDelay: 0.25 });
      upstream = toTarget;
      const [up, down] = await gather(copy(reader, toTarget), copy(fromTarget, writer));
      console.log(`${up} bytes there, ${down} bytes back`);
    } catch (error) {
      console.log(`cut: ${(error as Error).message}`);
      writer.transport.abort();
    } finally {
      upstream?.close();
      writer.close();
    }
  };

/** A target that reads everything before it answers, slowly: it needs the half-close, and the pressure. */
async function slowTarget(reader: StreamReader, writer: StreamWriter): Promise<void> {
  let sum = 0;
  for (;;) {
    const data = await reader.read(PIECE);
    if (data.length === 0) break;
    for (const byte of data) sum = (sum + byte) >>> 0;
  }
  writer.write(new TextEncoder().encode(`the sum is ${sum}\n`));
  writer.close();
}

async function demo(): Promise<void> {
  const target = await startServer(slowTarget, '127.0.0.1', 0);
  const [host, port] = target.sockets[0]!.getsockname() as InetAddress;
  const proxy = await startServer(forward(host, port), '127.0.0.1', 0);
  const [, proxyPort] = proxy.sockets[0]!.getsockname() as InetAddress;
  const [reader, writer] = await openConnection('127.0.0.1', proxyPort);
  let most = 0;
  for (let i = 0; i < 160; i++) {
    writer.write(new Uint8Array(PIECE).fill(1));
    most = Math.max(most, writer.transport.getWriteBufferSize());
    await writer.drain();
  }
  writer.writeEof();
  process.stdout.write(await reader.read());
  console.log(
    `never more than ${most <= 2 * PIECE ? '128 KiB' : `${most} bytes`} waiting to be sent`,
  );
  writer.close();
  for (const server of [proxy, target]) {
    server.close();
    await server.waitClosed();
  }
}

await run(async () => {
  const [listen = '--demo', host = '127.0.0.1', port = '0'] = process.argv.slice(2);
  if (listen === '--demo') return demo();
  const server = await startServer(forward(host, Number(port)), '127.0.0.1', Number(listen));
  return server.serveForever();
});
