// StreamWriter: the writing half of a connection, for coroutines.
import {
  type AbstractEventLoop,
  type Coroutine,
  checkOptions,
  type ExtraInfo,
  fromGenerator,
  type Future,
  type GeneratorBody,
  LATER,
  PromptCoroutine,
  type Steps,
  type TlsConnectOptions,
  type TlsOptions,
  type Transport,
  type WriteTransport,
} from '../core/index.ts';
import { sleep, wait } from '../tasks/index.ts';
import type { FlowControl } from './flowcontrol.ts';
import { type Lease, leaseOf, transferLease } from './lease.ts';
import type { StreamReader } from './streamreader.ts';

/** What a writer needs of the protocol behind it. */
export interface WriterProtocol {
  readonly flow: FlowControl;
  /** A server's end of the connection. */
  readonly serverSide: boolean;
  /** Done when the writer's transport is closed. */
  closeWaiter(): Future<void>;
  replaceTransport(transport: Transport): void;
}

/**
 * Writes to a connection or a child process. `write` does not wait; `drain` does, while too much is buffered.
 *
 * @example
 * writer.write(new TextEncoder().encode('hello\n'));
 * await writer.drain();
 * writer.close();
 * await writer.waitClosed();
 */
export class StreamWriter {
  #transport: WriteTransport;
  readonly #protocol: WriterProtocol;
  readonly #reader: StreamReader | null;
  readonly #loop: AbstractEventLoop;
  #lease: Lease | null = null;

  /** @internal Made by `openConnection`, `startServer` and the subprocess functions. */
  constructor(
    transport: WriteTransport,
    protocol: WriterProtocol,
    reader: StreamReader | null,
    loop: AbstractEventLoop,
  ) {
    this.#transport = transport;
    this.#protocol = protocol;
    this.#reader = reader;
    this.#loop = loop;
  }

  /** @internal */
  get _loop(): AbstractEventLoop {
    return this.#loop;
  }

  /** @internal Once this writer and its reader are gone, the connection is closed. */
  _lease(): void {
    this.#lease = leaseOf(this.#transport);
    if (this.#reader !== null) this.#reader._lease = this.#lease;
  }

  /** The transport underneath. Who takes it out answers for it: it is not closed any more when the writer is forgotten. */
  get transport(): WriteTransport {
    if (this.#lease !== null) {
      transferLease(this.#lease, null);
      this.#lease = null;
    }
    return this.#transport;
  }

  /**
   * Sends bytes; what the system does not take at once is buffered. Follow it with `await writer.drain()`.
   * @throws TypeError unless given a Uint8Array; RuntimeError after `writeEof()` or `close()`
   */
  write(data: Uint8Array): void {
    this.#transport.write(data);
  }

  /** Sends several arrays as one write. */
  writelines(chunks: Iterable<Uint8Array>): void {
    this.#transport.writelines(chunks);
  }

  /** Ends our direction once all is sent; the peer may still send. */
  writeEof(): void {
    this.#transport.writeEof();
  }

  /** Whether `writeEof` is possible: TLS has no such thing. */
  canWriteEof(): boolean {
    return this.#transport.canWriteEof();
  }

  /** Closes the connection once all is sent. `waitClosed` waits until it is. */
  close(): void {
    this.#transport.close();
  }

  isClosing(): boolean {
    return this.#transport.isClosing();
  }

  /** Waits until the connection is closed. @throws what it was lost with */
  waitClosed(): Coroutine<void> {
    return fromGenerator(this.#waitClosed(), 'StreamWriter.waitClosed');
  }

  /** What else is known of the connection: `peername`, `sockname`, `sslObject`, …. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    return this.#transport.getExtraInfo(name, fallback);
  }

  /**
   * Waits until the buffer has drained to its low water mark; goes on at once when it never rose over the high one.
   * @throws what the connection was lost with, or else a ConnectionError once it is lost
   */
  drain(): Coroutine<void> {
    return new Draining(this);
  }

  /**
   * Begins TLS on this connection, in the role that its making gives it (client or server). Nothing may be read or
   * written until it is done. What has arrived and was not read counts as the beginning of the peer's handshake: plain text
   * that somebody has put in there makes it fail.
   * @param sslcontext how to speak it; `true` for the defaults (a client's)
   * @param options.serverHostname the name to check the certificate for; a client has to say it, `''` checks none
   * @throws TypeError or RangeError at the call for wrong arguments, RuntimeError on a closed connection; what the handshake
   *   failed with, and the connection is closed then
   */
  startTls(
    sslcontext: TlsOptions | true,
    options: Omit<TlsConnectOptions, 'ssl'> = {},
  ): Coroutine<void> {
    checkOptions(options, 'startTls()');
    const protocol = this.#protocol;
    const { serverSide } = protocol;
    const transport = this.#transport as Transport;
    if ('serverSide' in options) {
      throw new TypeError(
        'startTls() has no option {serverSide}: the making of the connection gives it',
      );
    }
    const settings = { ...options, serverSide };
    const upgrade = this.#loop.startTls(transport, protocol as never, sslcontext, settings);
    // Its arguments are checked; it is awaited when the buffer has drained.
    upgrade._adopt();
    return fromGenerator(this.#startTls(upgrade), 'StreamWriter.startTls');
  }

  toString(): string {
    return `<StreamWriter transport=${String(this.#transport)}>`;
  }

  *#waitClosed(): GeneratorBody<void> {
    const closed = this.#protocol.closeWaiter();
    // Several may wait for it, and one of them may be cancelled: that is nothing to the others.
    if (!closed.done()) yield* wait([closed]);
    closed.result();
  }

  /** @internal Whether `drain` has nothing to wait for, and nothing to throw. */
  _drained(): boolean {
    return (
      this.#protocol.flow.open &&
      (this.#reader === null || this.#reader.exception() === null) &&
      !this.#transport.isClosing()
    );
  }

  /** @internal */
  *_drain(): GeneratorBody<void> {
    const error = this.#reader === null ? null : this.#reader.exception();
    if (error !== null) throw error;
    // A turn for connectionLost: who writes and drains in a loop has to learn of the end.
    if (this.#transport.isClosing()) yield* sleep(0);
    yield* this.#protocol.flow.drain();
  }

  *#startTls(upgrade: Coroutine<Transport>): GeneratorBody<void> {
    yield* this._drain();
    const transport = yield* upgrade;
    this.#transport = transport;
    if (this.#lease !== null) transferLease(this.#lease, transport);
    this.#protocol.replaceTransport(transport);
  }
}

class Draining extends PromptCoroutine<void> {
  readonly #writer: StreamWriter;

  constructor(writer: StreamWriter) {
    super();
    this.#writer = writer;
  }

  override get name(): string {
    return 'StreamWriter.drain';
  }

  protected override attempt(): void | typeof LATER {
    return this.#writer._drained() ? undefined : LATER;
  }

  protected override _steps(): Steps {
    return this.#writer._drain();
  }
}
