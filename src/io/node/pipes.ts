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
import { checkPipe } from '../arguments.ts';
import { checkFactory, madeBy } from './factories.ts';
import { NodeTransport } from './transport.ts';

// Chunk by chunk, so that text stays text and is refused; Node would encode it.
const AS_IT_IS = { objectMode: true, highWaterMark: 1 };

/** @internal */
export function connectReadPipe<P extends Protocol | BufferedProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  pipe: number | object,
): GeneratorBody<[ReadTransport, P]> {
  const where = 'connectReadPipe()';
  checkFactory(factory, where);
  const isStream = pipe instanceof Readable || pipe instanceof ReadableStream;
  if (!isStream) checkDescriptor(pipe, 'readable', where);
  const make = (): Duplex | Readable => {
    if (pipe instanceof Readable) return pipe;
    return pipe instanceof ReadableStream
      ? Readable.fromWeb(pipe, AS_IT_IS)
      : openPipe(pipe as number, true);
  };
  return connect(loop, factory, make, pipe, { writable: false });
}

/** @internal */
export function connectWritePipe<P extends BaseProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  pipe: number | object,
): GeneratorBody<[WriteTransport, P]> {
  const where = 'connectWritePipe()';
  checkFactory(factory, where);
  const isStream = pipe instanceof Writable || pipe instanceof WritableStream;
  if (!isStream) checkDescriptor(pipe, 'writable', where);
  const make = (): Duplex | Writable => {
    if (pipe instanceof Writable) return pipe;
    return pipe instanceof WritableStream
      ? Writable.fromWeb(pipe)
      : openPipe(pipe as number, false);
  };
  return connect(loop, factory, make, pipe, { readable: false });
}

function* connect<P extends BaseProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  make: () => Duplex | Readable | Writable,
  pipe: number | object,
  directions: { readable?: boolean; writable?: boolean },
): GeneratorBody<[NodeTransport, P]> {
  // Before anything is opened: a factory that fails leaves nothing behind.
  const protocol = madeBy(factory);
  const waiter = loop.createFuture<void>();
  const foreign = typeof pipe !== 'number';
  const stream = foreign ? make() : loop._detached(make);
  const transport = new NodeTransport(loop, stream as Duplex, protocol, {
    ...directions,
    foreign,
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

function checkDescriptor(pipe: unknown, kind: 'readable' | 'writable', where: string): void {
  if (typeof pipe === 'object' && pipe !== null) {
    throw new TypeError(
      `${where} expects a file descriptor or a ${kind} stream, not ${describe(pipe)}`,
    );
  }
  checkPipe(pipe, kind, where);
  const descriptor = pipe as number;
  if (tty.isatty(descriptor)) return;
  const stats = fstatSync(descriptor);
  if (stats.isFIFO() || stats.isSocket()) return;
  throw new RangeError(
    `${where} expects a pipe, a socket or a terminal; descriptor ${descriptor} is something else`,
  );
}

// The descriptor belongs to the transport from now on, which closes it.
function openPipe(pipe: number, readable: boolean): net.Socket {
  if (tty.isatty(pipe)) return readable ? new tty.ReadStream(pipe) : new tty.WriteStream(pipe);
  return new net.Socket({ fd: pipe, readable, writable: !readable, allowHalfOpen: true });
}
