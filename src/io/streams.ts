// Opening connections and servers that speak in streams.
import {
  type AbstractServer,
  type ConnectionOptions,
  type Coroutine,
  checkOptions,
  describe,
  fromGenerator,
  type GeneratorBody,
  getRunningLoop,
  type ServerOptions,
  type UnixConnectionOptions,
  type UnixServerOptions,
} from '../core/index.ts';
import {
  checkConnect,
  checkLimit,
  checkServe,
  checkUnixConnect,
  checkUnixServe,
} from './arguments.ts';
import { type ClientConnected, StreamReaderProtocol } from './streamprotocol.ts';
import { DEFAULT_LIMIT, StreamReader } from './streamreader.ts';
import { StreamWriter } from './streamwriter.ts';

/** The option that all of these take beside those of the loop's method. */
export interface StreamOptions {
  /** The limit of the reader, in bytes: the longest line, and half of what is buffered at most. Default 64 KiB. */
  limit?: number | undefined;
}

/**
 * Connects to a TCP server (with `{ssl: true}` over TLS) and gives a reader and a writer.
 *
 * @param options as those of `loop.createConnection`, and `limit`
 * @throws the host's error when no address can be connected to; CancelledError, leaving no socket behind
 * @example
 * const [reader, writer] = await openConnection('127.0.0.1', 8888);
 * writer.write(new TextEncoder().encode('hello\n'));
 * const answer = await reader.readline();
 */
export function openConnection(
  host?: string | null,
  port?: number | null,
  options: ConnectionOptions & StreamOptions = {},
): Coroutine<[reader: StreamReader, writer: StreamWriter]> {
  checkOptions(options, 'openConnection()');
  const { limit, ...rest } = options;
  checkLimit(limit, 'openConnection()');
  checkConnect(host, port, rest, 'openConnection()');
  return fromGenerator(
    open(limit, (make) => getRunningLoop().createConnection(make, host, port, rest)),
    'openConnection',
  );
}

/**
 * Serves TCP: `clientConnected(reader, writer)` runs in a task of its own for every connection.
 *
 * @param host null or '': every interface; several in an array
 * @param port 0: one that is free, see `server.sockets[0].getsockname()`
 * @param options as those of `loop.createServer`, and `limit`
 * @example
 * const server = await startServer(async (reader, writer) => {
 *   for await (const line of reader) writer.write(line);
 *   writer.close();
 * }, '127.0.0.1', 8888);
 * await server.serveForever();
 */
export function startServer(
  clientConnected: ClientConnected,
  host?: string | readonly string[] | null,
  port?: number | null,
  options: ServerOptions & StreamOptions = {},
): Coroutine<AbstractServer> {
  checkOptions(options, 'startServer()');
  checkConnected(clientConnected, 'startServer()');
  const { limit, ...rest } = options;
  checkLimit(limit, 'startServer()');
  checkServe(host, port, rest, 'startServer()');
  return fromGenerator(
    serve(clientConnected, limit, (make) => getRunningLoop().createServer(make, host, port, rest)),
    'startServer',
  );
}

/** `openConnection` to a Unix socket. */
export function openUnixConnection(
  path?: string | null,
  options: UnixConnectionOptions & StreamOptions = {},
): Coroutine<[reader: StreamReader, writer: StreamWriter]> {
  checkOptions(options, 'openUnixConnection()');
  const { limit, ...rest } = options;
  checkLimit(limit, 'openUnixConnection()');
  checkUnixConnect(path, rest, 'openUnixConnection()');
  return fromGenerator(
    open(limit, (make) => getRunningLoop().createUnixConnection(make, path, rest)),
    'openUnixConnection',
  );
}

/** `startServer` on a Unix socket. */
export function startUnixServer(
  clientConnected: ClientConnected,
  path: string,
  options: UnixServerOptions & StreamOptions = {},
): Coroutine<AbstractServer> {
  checkOptions(options, 'startUnixServer()');
  checkConnected(clientConnected, 'startUnixServer()');
  const { limit, ...rest } = options;
  checkLimit(limit, 'startUnixServer()');
  checkUnixServe(path, rest, 'startUnixServer()');
  return fromGenerator(
    serve(clientConnected, limit, (make) => getRunningLoop().createUnixServer(make, path, rest)),
    'startUnixServer',
  );
}

function* open(
  limit: number | undefined,
  connect: (
    make: () => StreamReaderProtocol,
  ) => ReturnType<ReturnType<typeof getRunningLoop>['createConnection']>,
): GeneratorBody<[StreamReader, StreamWriter]> {
  const loop = getRunningLoop();
  const reader = new StreamReader(limit ?? DEFAULT_LIMIT, { loop });
  const protocol = new StreamReaderProtocol(reader, null, { loop });
  const [transport] = yield* connect(() => protocol);
  const writer = new StreamWriter(transport, protocol, reader, loop);
  writer._lease();
  return [reader, writer];
}

function* serve(
  clientConnected: ClientConnected,
  limit: number | undefined,
  listen: (make: () => StreamReaderProtocol) => Coroutine<AbstractServer>,
): GeneratorBody<AbstractServer> {
  const loop = getRunningLoop();
  return yield* listen(
    () =>
      new StreamReaderProtocol(
        new StreamReader(limit ?? DEFAULT_LIMIT, { loop }),
        clientConnected,
        { loop },
      ),
  );
}

function checkConnected(value: unknown, where: string): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `${where} expects a function (reader, writer) for new connections first, not ${describe(value)}`,
  );
}
