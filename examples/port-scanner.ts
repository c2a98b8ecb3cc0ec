// Which TCP ports of a host are open? At most so many attempts at a time, each with a time limit. Scan hosts of your own.
//
//   node scripts/run-program.mjs examples/port-scanner.ts <host> <first port> <last port> [attempts at a time] [seconds]
//   node scripts/run-program.mjs examples/port-scanner.ts --demo
import {
  asyncWith,
  type InetAddress,
  openConnection,
  run,
  Semaphore,
  startServer,
  TaskGroup,
  TimeoutError,
  waitFor,
} from 'asyncio-ts';

type Verdict = 'open' | 'closed' | 'silent';

function* probe(host: string, port: number, patience: number) {
  try {
    const [, writer] = yield* waitFor(openConnection(host, port), patience);
    writer.close();
    return 'open' as const;
  } catch (error) {
    if (error instanceof TimeoutError) return 'silent' as const;
    const { code } = error as { code?: string };
    if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
      return 'closed' as const;
    }
    // A wrong host name, too many open files: no verdict about the port.
    throw error;
  }
}

async function scan(
  host: string,
  ports: readonly number[],
  atOnce: number,
  patience: number,
): Promise<Map<number, Verdict>> {
  const verdicts = new Map<number, Verdict>();
  const room = new Semaphore(atOnce);
  await asyncWith(new TaskGroup(), (group) => {
    for (const port of ports) {
      group.createTask(() =>
        asyncWith(room, function* () {
          verdicts.set(port, yield* probe(host, port, patience));
        }),
      );
    }
  });
  return verdicts;
}

async function demo(): Promise<void> {
  const servers = [];
  for (let i = 0; i < 3; i++)
    servers.push(await startServer((_reader, writer) => writer.close(), '127.0.0.1', 0));
  const open = servers.map((server) => (server.sockets[0]!.getsockname() as InetAddress)[1]);
  const gone = await startServer(() => {}, '127.0.0.1', 0);
  const [, closedPort] = gone.sockets[0]!.getsockname() as InetAddress;
  gone.close();
  const verdicts = await scan('127.0.0.1', [...open, closedPort], 2, 1);
  console.log(`open: ${open.filter((port) => verdicts.get(port) === 'open').length} of 3`);
  console.log(`the fourth: ${verdicts.get(closedPort)}`);
  for (const server of servers) server.close();
}

await run(async () => {
  const [host = '--demo', first = '1', last = '1024', atOnce = '100', patience = '1'] =
    process.argv.slice(2);
  if (host === '--demo') return demo();
  const from = Number(first);
  const ports = Array.from({ length: Number(last) - from + 1 }, (_, i) => from + i);
  const verdicts = await scan(host, ports, Number(atOnce), Number(patience));
  const open = ports.filter((port) => verdicts.get(port) === 'open');
  for (const port of open) console.log(port);
  console.log(`${open.length} of ${ports.length} ports are open`);
});
