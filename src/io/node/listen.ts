// Opening servers: which addresses to listen on, and what may stand in the way there.
import { rm, stat } from 'node:fs/promises';
import {
  type AbstractServer,
  type BufferedProtocol,
  type GeneratorBody,
  logger,
  NotImplementedError,
  type Protocol,
  type ServerOptions,
  type TlsOptions,
  type UnixServerOptions,
  wrapPromise,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkServe, checkUnixServe, serverTls } from '../arguments.ts';
import { resolve } from './dns.ts';
import { checkFactory } from './factories.ts';
import { NodeServer } from './server.ts';
import { checkCredentials } from './tls.ts';

type StreamProtocol = Protocol | BufferedProtocol;

/** @internal */
export function createServer(
  loop: HostedEventLoop,
  factory: () => StreamProtocol,
  host: string | readonly string[] | null,
  port: number | null,
  options: ServerOptions,
): GeneratorBody<AbstractServer> {
  const where = 'createServer()';
  checkFactory(factory, where);
  checkServe(host, port, options, where);
  const ssl = prepared(options, where);
  if (options.reusePort === true) checkReusePort(where);
  const hosts = Array.isArray(host) ? (host as readonly string[]) : [host as string | null];
  return serving(loop, factory, hosts, port ?? 0, options, ssl);
}

function* serving(
  loop: HostedEventLoop,
  factory: () => StreamProtocol,
  hosts: readonly (string | null)[],
  port: number,
  options: ServerOptions,
  ssl: TlsOptions | null,
): GeneratorBody<AbstractServer> {
  const addresses = new Map<string, { address: string; family: 4 | 6 }>();
  for (const one of hosts) {
    for (const found of yield* resolve(loop, one, options.family ?? 0, true)) {
      addresses.set(found.address, found);
    }
  }
  const server = new NodeServer(loop, factory, ssl, options, null);
  return yield* open(server, options, function* () {
    let missing: Error | null = null;
    for (const { address, family } of addresses.values()) {
      try {
        yield* server.listen(
          {
            host: address,
            port,
            backlog: options.backlog ?? 100,
            ipv6Only: family === 6,
            ...(options.reusePort === true ? { reusePort: true } : {}),
          },
          options.keepAlive === true,
        );
      } catch (error) {
        // As in CPython: a name may stand for addresses that this machine does not have, of IPv6 most of all.
        if (!isMissing(error)) throw error;
        missing = error;
        if (loop.getDebug()) logger.warning(`${error.message}: not listened on`);
      }
    }
    if (missing !== null && server.sockets.length === 0) throw missing;
  });
}

/** @internal */
export function createUnixServer(
  loop: HostedEventLoop,
  factory: () => StreamProtocol,
  path: string,
  options: UnixServerOptions,
): GeneratorBody<AbstractServer> {
  const where = 'createUnixServer()';
  checkFactory(factory, where);
  checkUnixServe(path, options, where);
  const ssl = prepared(options, where);
  return servingUnix(loop, factory, path, options, ssl);
}

function* servingUnix(
  loop: HostedEventLoop,
  factory: () => StreamProtocol,
  path: string,
  options: UnixServerOptions,
  ssl: TlsOptions | null,
): GeneratorBody<AbstractServer> {
  // As in CPython: what a dead server left behind is replaced, anything but a socket is not.
  if (!path.startsWith('\0')) yield* wrapPromise(removeSocket(path), loop);
  const server = new NodeServer(loop, factory, ssl, options, path);
  return yield* open(server, options, () =>
    server.listen({ path, backlog: options.backlog ?? 100 }, false),
  );
}

function* open(
  server: NodeServer,
  options: UnixServerOptions,
  listen: () => GeneratorBody<void>,
): GeneratorBody<AbstractServer> {
  try {
    yield* listen();
    if (options.startServing !== false) yield* server.startServing();
    return server;
  } catch (error) {
    server.close();
    throw error;
  }
}

function prepared(options: UnixServerOptions, where: string): TlsOptions | null {
  const ssl = serverTls(options, where);
  if (ssl !== null) checkCredentials(ssl, where);
  return ssl;
}

async function removeSocket(path: string): Promise<void> {
  try {
    if ((await stat(path)).isSocket()) await rm(path);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
}

function isMissing(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

/** @internal @throws NotImplementedError where Node cannot do it */
export function checkReusePort(where: string): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 23 || (major === 23 && minor >= 1)) return;
  throw new NotImplementedError(
    `${where}: {reusePort} needs Node 23.1 or newer, and this is ${process.versions.node}`,
  );
}
