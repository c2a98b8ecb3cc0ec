// What a transport of Node's is told when it is made, and what kind of transport that makes it.
import type { Future } from '../../core/index.ts';
import type { SocketView } from './addresses.ts';
import type { NodeTransport } from './transport.ts';

/** @internal Who is told that a transport has come and gone: a server. */
export interface Owner {
  attach(transport: NodeTransport): void;
  detach(transport: NodeTransport): void;
}

/** @internal */
export interface NodeTransportOptions {
  readonly waiter?: Future<void> | null;
  readonly owner?: Owner | null;
  readonly extra?: Readonly<Record<string, unknown>> | null;
  /** The socket underneath, in place of `extra` where nothing else is known. */
  readonly view?: SocketView | null;
  /** The connection is TLS: there is no half-closing, and closing says good-bye. */
  readonly tls?: boolean;
  /** Seconds for that good-bye. */
  readonly shutdownTimeout?: number;
  /** The program made the stream, so its callbacks come in who knows which asynchronous context. */
  readonly foreign?: boolean;
  readonly readable?: boolean;
  readonly writable?: boolean;
  /** TLS began in mid-stream: the protocol knows its connection already. */
  readonly silent?: boolean;
}

/** @internal What is fixed from the beginning. */
export type Kind = Required<
  Pick<NodeTransportOptions, 'tls' | 'shutdownTimeout' | 'foreign' | 'readable' | 'writable'>
>;

// Nearly every connection is of this kind: they share it.
const PLAIN: Kind = {
  tls: false,
  shutdownTimeout: 30,
  foreign: false,
  readable: true,
  writable: true,
};

/** @internal */
export function kindOf(options: NodeTransportOptions): Kind {
  const { tls, shutdownTimeout, foreign, readable, writable } = options;
  if (!tls && !foreign && readable !== false && writable !== false) return PLAIN;
  return {
    tls: tls ?? PLAIN.tls,
    shutdownTimeout: shutdownTimeout ?? PLAIN.shutdownTimeout,
    foreign: foreign ?? PLAIN.foreign,
    readable: readable ?? PLAIN.readable,
    writable: writable ?? PLAIN.writable,
  };
}
