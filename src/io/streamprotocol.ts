// StreamReaderProtocol: stands between a transport and a pair of reader and writer.
import {
  type AbstractEventLoop,
  type Body,
  checkOptions,
  describe,
  type Future,
  getEventLoop,
  iscoroutinefunction,
  Protocol,
  type Transport,
} from '../core/index.ts';
import { EMPTY } from './bytes.ts';
import { FlowControl } from './flowcontrol.ts';
import { type Feed, StreamReader } from './streamreader.ts';
import { StreamWriter, type WriterProtocol } from './streamwriter.ts';

/** What a server calls for each connection: an async, generator or plain function. */
export type ClientConnected = (reader: StreamReader, writer: StreamWriter) => unknown;

/**
 * Feeds a StreamReader from a transport and, on the side of a server, runs `clientConnected(reader, writer)` in a
 * task of its own for the connection.
 */
export class StreamReaderProtocol extends Protocol implements WriterProtocol {
  /** @internal */ readonly flow: FlowControl;
  readonly #loop: AbstractEventLoop;
  readonly #clientConnected: ClientConnected | null;
  // Made when somebody waits for the end, or has to be told of it afterwards.
  #closed: Future<void> | null = null;
  #lost: { readonly error: Error | null } | null = null;
  #feed: Feed | null;
  // Until the connection stands.
  #reader: StreamReader | null;
  #overTls = false;

  constructor(
    reader: StreamReader,
    clientConnected: ClientConnected | null = null,
    options: { loop?: AbstractEventLoop | null | undefined } = {},
  ) {
    super();
    if (!(reader instanceof StreamReader)) {
      throw new TypeError(
        `StreamReaderProtocol expects a StreamReader first, not ${describe(reader)}`,
      );
    }
    checkOptions(options, 'StreamReaderProtocol', ['loop']);
    this.#loop = options.loop ?? getEventLoop();
    this.#feed = reader._feed;
    this.#reader = clientConnected === null ? null : reader;
    this.#clientConnected = clientConnected;
    this.flow = new FlowControl(this.#loop);
  }

  /** @internal */
  get serverSide(): boolean {
    return this.#clientConnected !== null;
  }

  /** @internal */
  closeWaiter(): Future<void> {
    const closed = (this.#closed ??= this.#loop.createFuture<void>());
    if (this.#lost !== null && !closed.done()) settle(closed, this.#lost.error);
    return closed;
  }

  /** @internal */
  replaceTransport(transport: Transport): void {
    this.#overTls = transport.getExtraInfo('sslcontext') !== null;
    this.#feed?.replaceTransport(transport);
  }

  /** @internal What was received and not read, for TLS to begin with. */
  takeUnread(): Uint8Array {
    return this.#feed?.takeAll() ?? EMPTY;
  }

  override connectionMade(transport: Transport): void {
    if (this.#feed === null) return;
    this.#feed.setTransport(transport);
    this.#overTls = transport.getExtraInfo('sslcontext') !== null;
    if (this.#reader !== null) this.#serve(this.#reader, transport);
    this.#reader = null;
  }

  #serve(reader: StreamReader, transport: Transport): void {
    const connected = this.#clientConnected as ClientConnected;
    const writer = new StreamWriter(transport, this, reader, this.#loop);
    writer._lease();
    // What is known to be lazy is called here: an unknown function is called inside the task, which has to be made known to
    // the host's async functions for that, and on Node 20 and 22 each callback of the process costs more from then on.
    const task = this.#loop.createTask(
      iscoroutinefunction(connected)
        ? (connected(reader, writer) as Body<unknown>)
        : () => connected(reader, writer),
    );
    task.addDoneCallback(() => {
      if (task.cancelled()) {
        transport.close();
        return;
      }
      const exception = task.exception();
      if (exception === null) return;
      this.#loop.callExceptionHandler({
        message: 'Unhandled exception in the callback for a new connection (clientConnected)',
        exception,
        transport,
      });
      transport.close();
    });
  }

  override connectionLost(error: Error | null): void {
    if (error === null) this.#feed?.feedEof();
    else this.#feed?.setException(error);
    this.#lost = { error };
    if (this.#closed !== null && !this.#closed.done()) settle(this.#closed, error);
    this.flow.lose(error);
    this.#feed = null;
    this.#reader = null;
  }

  override pauseWriting(): void {
    this.flow.pause();
  }

  override resumeWriting(): void {
    this.flow.resume();
  }

  override dataReceived(data: Uint8Array): void {
    this.#feed?.feedData(data);
  }

  override eofReceived(): boolean {
    this.#feed?.feedEof();
    // TLS has no half-closed connections.
    return !this.#overTls;
  }
}

function settle(closed: Future<void>, error: Error | null): void {
  if (error === null) closed.setResult();
  else {
    closed.setException(error);
    // Who does not wait for the end has been told by the reader.
    closed.exception();
  }
}
