// Gives the loops of this platform their I/O. The abstract loop (core) names the methods and their types; this table
// implements them with Node's modules, and is put on the prototype of the hosted loops once, so that `loops` need not
// know `io`. Another backend is another table of the same type, put on the prototype of its own kind of loop.
import { type AbstractEventLoop, fromGenerator } from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { connectAcceptedSocket, createConnection, createUnixConnection } from './connect.ts';
import { createDatagramEndpoint } from './datagram.ts';
import { getaddrinfo, getnameinfo } from './dns.ts';
import { connectReadPipe, connectWritePipe } from './pipes.ts';
import { createServer, createUnixServer } from './listen.ts';
import { sendfile } from './sendfile.ts';
import { addSignalHandler, removeSignalHandler } from './signals.ts';
import { startTls } from './starttls.ts';
import { subprocessExec, subprocessShell } from './subprocess.ts';

/** What a backend implements. */
export type IoMethods = Pick<
  AbstractEventLoop,
  | 'createConnection'
  | 'createServer'
  | 'createUnixConnection'
  | 'createUnixServer'
  | 'connectAcceptedSocket'
  | 'createDatagramEndpoint'
  | 'startTls'
  | 'sendfile'
  | 'getaddrinfo'
  | 'getnameinfo'
  | 'connectReadPipe'
  | 'connectWritePipe'
  | 'subprocessExec'
  | 'subprocessShell'
  | 'addSignalHandler'
  | 'removeSignalHandler'
>;

const nodeIo: IoMethods & ThisType<HostedEventLoop> = {
  createConnection(factory, host = null, port = null, options = {}) {
    return fromGenerator(createConnection(this, factory, host, port, options), 'createConnection');
  },
  createServer(factory, host = null, port = null, options = {}) {
    return fromGenerator(createServer(this, factory, host, port, options), 'createServer');
  },
  createUnixConnection(factory, path = null, options = {}) {
    return fromGenerator(
      createUnixConnection(this, factory, path, options),
      'createUnixConnection',
    );
  },
  createUnixServer(factory, path, options = {}) {
    return fromGenerator(createUnixServer(this, factory, path, options), 'createUnixServer');
  },
  connectAcceptedSocket(factory, sock, options = {}) {
    return fromGenerator(
      connectAcceptedSocket(this, factory, sock, options),
      'connectAcceptedSocket',
    );
  },
  createDatagramEndpoint(factory, localAddr = null, remoteAddr = null, options = {}) {
    return fromGenerator(
      createDatagramEndpoint(this, factory, localAddr, remoteAddr, options),
      'createDatagramEndpoint',
    );
  },
  startTls(transport, protocol, sslcontext, options = {}) {
    return fromGenerator(startTls(this, transport, protocol, sslcontext, options), 'startTls');
  },
  sendfile(transport, file, offset = 0, count = null, options = {}) {
    return fromGenerator(sendfile(this, transport, file, offset, count, options), 'sendfile');
  },
  getaddrinfo(host, port, options = {}) {
    return fromGenerator(getaddrinfo(this, host, port, options), 'getaddrinfo');
  },
  getnameinfo(address, flags = 0) {
    return fromGenerator(getnameinfo(this, address, flags), 'getnameinfo');
  },
  connectReadPipe(factory, pipe) {
    return fromGenerator(connectReadPipe(this, factory, pipe), 'connectReadPipe');
  },
  connectWritePipe(factory, pipe) {
    return fromGenerator(connectWritePipe(this, factory, pipe), 'connectWritePipe');
  },
  subprocessExec(factory, program, args = [], options = {}) {
    return fromGenerator(subprocessExec(this, factory, program, args, options), 'subprocessExec');
  },
  subprocessShell(factory, command, options = {}) {
    return fromGenerator(subprocessShell(this, factory, command, options), 'subprocessShell');
  },
  addSignalHandler(signal, callback, ...args) {
    addSignalHandler(this, signal, callback, args);
  },
  removeSignalHandler(signal) {
    return removeSignalHandler(this, signal);
  },
};

/** Puts a backend's methods on a kind of loop. */
export function installIo(prototype: HostedEventLoop, methods: IoMethods = nodeIo): void {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
}
