// TLS on a connection that stands already: the transport gives its stream away, and another one takes its place.
import type * as net from 'node:net';
import type * as tls from 'node:tls';
import {
  type BaseProtocol,
  ConnectionError,
  describe,
  type GeneratorBody,
  isCancellation,
  RuntimeError,
  type TlsConnectOptions,
  type TlsOptions,
  type Transport,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { sleep } from '../../tasks/index.ts';
import { checkStartTls } from '../arguments.ts';
import type { SocketView } from './addresses.ts';
import { tlsTransportOptions } from './extras.ts';
import { checkCredentials, handshake } from './tls.ts';
import { NodeTransport } from './transport.ts';

type StartTlsOptions = Omit<TlsConnectOptions, 'ssl'> & { serverSide?: boolean | undefined };

/** @internal TLS on a transport that stands. */
export function startTls(
  loop: HostedEventLoop,
  transport: Transport,
  protocol: BaseProtocol,
  sslcontext: TlsOptions | true,
  options: StartTlsOptions,
): GeneratorBody<Transport> {
  const where = 'startTls()';
  if (!(transport instanceof NodeTransport)) {
    throw new TypeError(`${where} expects a transport of this loop's, not ${describe(transport)}`);
  }
  if (transport.isClosing())
    throw new RuntimeError(`${where} expects an open transport, not a closed one`);
  if (transport.getExtraInfo('sslcontext') !== null)
    throw new RuntimeError(`${where}: this connection speaks TLS already`);
  if (transport.getExtraInfo('socket') === null)
    throw new TypeError(`${where} expects the transport of a socket, not of a pipe`);
  const ssl = checkStartTls(sslcontext, options, where);
  checkCredentials(ssl, where);
  const namesAnybody = ssl.verify === false || ssl.checkHostname === false;
  if (options.serverSide !== true && !namesAnybody && (options.serverHostname ?? null) === null) {
    throw new RangeError(
      `${where} expects {serverHostname}, the name that the certificate has to be for ('' takes any)`,
    );
  }
  return startingTls(loop, transport, protocol, ssl, options);
}

function* startingTls(
  loop: HostedEventLoop,
  transport: NodeTransport,
  protocol: BaseProtocol,
  ssl: TlsOptions,
  options: StartTlsOptions,
): GeneratorBody<Transport> {
  if (transport.isClosing())
    throw new RuntimeError('startTls() expects an open transport, not a closed one');
  const serverSide = options.serverSide === true;
  const owner = transport._owner;
  const view = transport.getExtraInfo('socket') as SocketView;
  transport.pauseReading();
  // What has arrived and was not read is the peer's part of the handshake, or else the handshake fails: nobody may have
  // put in, before it, what would pass for encrypted.
  try {
    while (transport._arriving()) yield* sleep(0);
  } catch (error) {
    transport.close();
    throw error;
  }
  if (transport.isClosing()) throw new ConnectionError('ECONNRESET', 'Connection lost');
  const unread = (protocol as { takeUnread?: () => Uint8Array }).takeUnread?.();
  const stream = transport._detach(unread ?? null) as net.Socket;
  let secured: tls.TLSSocket;
  try {
    if (stream.readableEnded) {
      stream.destroy();
      throw new ConnectionError('ECONNRESET', 'The peer has ended before the TLS handshake');
    }
    secured = yield* handshake(loop, stream, ssl, options, serverSide);
  } catch (error) {
    const reason = error instanceof Error && !isCancellation(error) ? error : null;
    loop.callSoon(() => {
      try {
        protocol.connectionLost(reason);
      } finally {
        owner?.detach(transport);
      }
    });
    throw error;
  }
  const waiter = loop.createFuture<void>();
  const upgraded = new NodeTransport(loop, secured, protocol, {
    ...tlsTransportOptions(secured, view, ssl, options, options.serverHostname ?? null),
    waiter,
    owner,
    silent: true,
  });
  owner?.detach(transport);
  try {
    yield* waiter;
  } catch (error) {
    upgraded.close();
    throw error;
  }
  return upgraded;
}
