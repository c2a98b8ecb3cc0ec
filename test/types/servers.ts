// What listening gives, as the compiler sees it.
import {
  type AbstractServer,
  asyncWith,
  getRunningLoop,
  Protocol,
  Server,
  startServer,
  startUnixServer,
} from 'asyncio-ts';
import { type Equal, holds } from './equal.ts';

const ignore = (): void => {};

export async function servers(): Promise<void> {
  // The public name is the type of what every way to listen gives.
  let server: Server = await startServer(ignore, '127.0.0.1', 0);
  server = await startUnixServer(ignore, '/tmp/socket');
  server = await getRunningLoop().createServer(() => new Protocol(), '127.0.0.1', 0);
  await asyncWith(server, (entered) => entered.serveForever());
  await using bound = server;
  await using started = await startServer(ignore, '127.0.0.1', 0);
  holds<Equal<typeof started, AbstractServer>>();
  getRunningLoop().slowCallbackDuration = 0.5;
  const other: unknown = bound;
  if (other instanceof Server) holds<Equal<typeof other, Server>>();
}

export function misuses(): void {
  // @ts-expect-error a loop makes them
  new Server();
}
