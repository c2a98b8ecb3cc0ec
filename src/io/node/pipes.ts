// Pipes: file descriptors and streams of Node's as transports in one direction.
import { fstatSync } from 'node:fs';
import * as net from 'node:net';
import { type Duplex, Readable, Writable } from 'node:stream';
import * as tty from 'node:tty';
import {
  type BaseProtocol,
  type BufferedProtocol,
  describe,
  type GeneratorBody,
  type Protocol,
  type ReadTransport,
  type WriteTransport,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkFactory } from './connect.ts';
import { NodeTransport } from './transport.ts';

/** @internal */
export function connectReadPipe<P extends Protocol | BufferedProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  pipe: number | object,
): GeneratorBody<[ReadTransport, P]> {
  const where = 'connectReadPipe()';
  checkFactory(factory, where);
  let stream: Readable;
  if (pipe instanceof Readable) stream = pipe;
  else if (pipe instanceof ReadableStream) stream = Readable.fromWeb(pipe);
  else stream = loop._detached(() => openPipe(pipe, where, true));
  return connect(loop, factory, stream as Duplex, pipe, { writable: false });
}

/** @internal */
export function connectWritePipe<P extends BaseProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  pipe: number | object,
): GeneratorBody<[WriteTransport, P]> {
  const where = 'connectWritePipe()';
  checkFactory(factory, where);
  let stream: Writable;
  if (pipe instanceof Writable) stream = pipe;
  else if (pipe instanceof WritableStream) stream = Writable.fromWeb(pipe);
  else stream = loop._detached(() => openPipe(pipe, where, false));
  return connect(loop, factory, stream as Duplex, pipe, { readable: false });
}

function* connect<P extends BaseProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  stream: Duplex,
  pipe: number | object,
  directions: { readable?: boolean; writable?: boolean },
): GeneratorBody<[NodeTransport, P]> {
  const protocol = factory();
  const waiter = loop.createFuture<void>();
  const transport = new NodeTransport(loop, stream, protocol, {
    ...directions,
    foreign: typeof pipe !== 'number',
    waiter,
    extra: { pipe },
  });
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    throw error;
  }
  return [transport, protocol];
}

// The descriptor belongs to the transport from now on, which closes it.
function openPipe(pipe: unknown, where: string, readable: boolean): net.Socket {
  if (typeof pipe !== 'number') {
    const kind = readable ? 'readable' : 'writable';
    throw new TypeError(
      `${where} expects a file descriptor or a ${kind} stream, not ${describe(pipe)}`,
    );
  }
  if (!Number.isInteger(pipe) || pipe < 0) {
    throw new RangeError(`${where} expects a file descriptor of zero or more, not ${pipe}`);
  }
  if (tty.isatty(pipe)) return readable ? new tty.ReadStream(pipe) : new tty.WriteStream(pipe);
  const stats = fstatSync(pipe);
  if (!stats.isFIFO() && !stats.isSocket()) {
    throw new RangeError(
      `${where} expects a pipe, a socket or a terminal; descriptor ${pipe} is something else`,
    );
  }
  return new net.Socket({ fd: pipe, readable, writable: !readable, allowHalfOpen: true });
}
