// One echo server in a process of its own: raw node:net, or this library by protocol or by streams. Prints its port;
// answers every line on its standard input with the CPU time it has used so far, in microseconds.
import * as net from 'node:net';
import { createInterface } from 'node:readline';
import {
  type AbstractServer,
  getRunningLoop,
  type InetAddress,
  Protocol,
  run,
  startServer,
  type StreamReader,
  type StreamWriter,
  type Transport,
} from 'asyncio-ts';

const [kind = 'net', size = '1024'] = process.argv.slice(2);
const message = Number(size);

createInterface({ input: process.stdin }).on('line', () => {
  const { user, system } = process.cpuUsage();
  console.log(user + system);
});

class Echo extends Protocol {
  #transport: Transport | null = null;
  override connectionMade(transport: Transport): void {
    this.#transport = transport;
  }
  override dataReceived(data: Uint8Array): void {
    this.#transport?.write(data);
  }
}

async function echoAsync(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for (;;) {
    const data = await reader.read(message);
    if (data.length === 0) break;
    writer.write(data);
    await writer.drain();
  }
  writer.close();
}

function* echoGenerator(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const data = yield* reader.read(message);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
}

if (kind === 'net') {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (data) => socket.write(data));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1', 1024, () =>
    console.log((server.address() as net.AddressInfo).port),
  );
} else if (kind === 'async') {
  await run(async () => {
    const server = await startServer(echoAsync, '127.0.0.1', 0, { backlog: 1024 });
    tell(server);
    await server.serveForever();
  });
} else {
  // A program of generators alone never makes Node keep track of async functions.
  await run(function* () {
    const server =
      kind === 'protocol'
        ? yield* getRunningLoop().createServer(() => new Echo(), '127.0.0.1', 0, { backlog: 1024 })
        : yield* startServer(echoGenerator, '127.0.0.1', 0, { backlog: 1024 });
    tell(server);
    yield* server.serveForever();
  });
}

function tell(server: AbstractServer): void {
  console.log(((server.sockets[0]?.getsockname() ?? []) as InetAddress)[1]);
}
