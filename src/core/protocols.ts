// Protocols: what a program implements to be told of what happens on a transport. The loop calls these methods as
// callbacks, one at a time, in the order in which things happened:
//
//   connectionMade dataReceived* eofReceived? connectionLost            (streams)
//   connectionMade (datagramReceived | errorReceived)* connectionLost   (datagrams)
//   connectionMade pipeDataReceived* pipeConnectionLost* processExited* connectionLost   (processes)
//
// connectionMade and connectionLost come exactly once each; pauseWriting and resumeWriting come in pairs, in between.
// They stand in core, beside the transports, because the abstract event loop names them.
import type {
  BaseTransport,
  DatagramTransport,
  SubprocessTransport,
  Transport,
} from './transports.ts';
import type { InetAddress } from './endpoints.ts';

/** What all protocols have. Extend one of the kinds below. */
export class BaseProtocol {
  /** The connection stands. Keep the transport: everything is written through it. */
  connectionMade(_transport: BaseTransport): void {}

  /** The connection is gone. `error` is null after an orderly end: our `close()` or `abort()`, or the peer's end. */
  connectionLost(_error: Error | null): void {}

  /** The transport's buffer has grown over its high water mark: stop writing. Called inside of `write()`. */
  pauseWriting(): void {}

  /** The buffer has drained to the low water mark: go on writing. */
  resumeWriting(): void {}
}

/**
 * A protocol for a stream of bytes: TCP, TLS, Unix sockets, pipes.
 *
 * @example
 * class Echo extends Protocol {
 *   #transport: Transport | null = null;
 *   override connectionMade(transport: Transport): void { this.#transport = transport; }
 *   override dataReceived(data: Uint8Array): void { this.#transport?.write(data); }
 * }
 */
export class Protocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}

  /** Some bytes arrived, at least one. How they are cut into calls means nothing. */
  dataReceived(_data: Uint8Array): void {}

  /** The peer will send no more. Unless the answer is true, the transport closes itself. */
  eofReceived(): boolean | undefined | void {}
}

/** A protocol for a stream of bytes that owns the memory into which it is read. */
export class BufferedProtocol extends BaseProtocol {
  override connectionMade(_transport: Transport): void {}

  /**
   * Where to put what arrives next: an array of at least one byte.
   * @param _sizeHint how many bytes would be welcome; -1 when any number will do
   */
  getBuffer(_sizeHint: number): Uint8Array {
    return new Uint8Array(65_536);
  }

  /** The first `count` bytes of the array that `getBuffer` gave have been written. */
  bufferUpdated(_count: number): void {}

  /** The peer will send no more. Unless the answer is true, the transport closes itself. */
  eofReceived(): boolean | undefined | void {}
}

/** A protocol for datagrams. */
export class DatagramProtocol extends BaseProtocol {
  override connectionMade(_transport: DatagramTransport): void {}

  /** A datagram arrived; it may be empty. */
  datagramReceived(_data: Uint8Array, _address: InetAddress): void {}

  /** Sending or receiving failed, and the endpoint goes on: a port that nobody listens on, for example. */
  errorReceived(_error: Error): void {}
}

/** A protocol for a child process. */
export class SubprocessProtocol extends BaseProtocol {
  override connectionMade(_transport: SubprocessTransport): void {}

  /** The child wrote to its file descriptor `fd`: 1 is its standard output, 2 its standard error. */
  pipeDataReceived(_fd: number, _data: Uint8Array): void {}

  /** One of the pipes to the child is closed. */
  pipeConnectionLost(_fd: number, _error: Error | null): void {}

  /** The child has ended; its pipes may still deliver. */
  processExited(): void {}
}
