// Sending a file over a transport. Node has no sendfile(2): the file is copied through one buffer, and the next piece
// is read when the one before it has gone out far enough.
import {
  BaseProtocol,
  type BufferedProtocol,
  checkFlag,
  checkOptions,
  ConnectionError,
  describe,
  type Future,
  type GeneratorBody,
  type Protocol,
  RuntimeError,
  type SendableFile,
  SendfileNotAvailableError,
  wrapPromise,
  type WriteTransport,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { NodeTransport } from './transport.ts';

const PIECE = 262_144;

/** @internal */
export function sendfile(
  loop: HostedEventLoop,
  transport: WriteTransport,
  file: SendableFile,
  offset: number,
  count: number | null,
  options: { fallback?: boolean | undefined },
): GeneratorBody<number> {
  if (!(transport instanceof NodeTransport)) {
    throw new TypeError(
      `sendfile() expects a transport of this loop's first, not ${describe(transport)}`,
    );
  }
  if (typeof (file as Partial<SendableFile> | null)?.read !== 'function') {
    throw new TypeError(
      `sendfile() expects an open file (of node:fs/promises: await open(path)), not ${describe(file)}`,
    );
  }
  checkSize(offset, 'offset', 0);
  if (count !== null) checkSize(count, 'count', 1);
  checkOptions(options, 'sendfile()', ['fallback']);
  checkFlag(options.fallback, 'fallback', 'sendfile()');
  if (transport.isClosing())
    throw new RuntimeError('sendfile() expects an open transport, not a closed one');
  if (options.fallback === false) {
    throw new SendfileNotAvailableError(
      'sendfile() on Node copies the file through memory, which {fallback: false} forbids',
    );
  }
  return sending(loop, transport, file, offset, count);
}

function* sending(
  loop: HostedEventLoop,
  transport: NodeTransport,
  file: SendableFile,
  offset: number,
  count: number | null,
): GeneratorBody<number> {
  const free = transport._takeExclusive();
  const borrowed = new Borrowed(loop, transport);
  let sent = 0;
  try {
    for (;;) {
      const length = count === null ? PIECE : Math.min(PIECE, count - sent);
      if (length === 0) return sent;
      const piece = new Uint8Array(length);
      const { bytesRead } = yield* wrapPromise(file.read(piece, 0, length, offset + sent), loop);
      if (bytesRead === 0) return sent;
      yield* borrowed.drain();
      transport._writeExclusive(bytesRead === length ? piece : piece.subarray(0, bytesRead));
      sent += bytesRead;
    }
  } finally {
    free();
    borrowed.giveBack();
  }
}

// Stands in for the transport's protocol: nothing is received meanwhile, and the loop's word on writing comes here.
class Borrowed extends BaseProtocol {
  readonly #loop: HostedEventLoop;
  readonly #transport: NodeTransport;
  readonly #protocol: BaseProtocol;
  readonly #wasReading: boolean;
  readonly #wasPaused: boolean;
  #paused: boolean;
  #lost: Error | null = null;
  #waiter: Future<void> | null = null;

  constructor(loop: HostedEventLoop, transport: NodeTransport) {
    super();
    this.#loop = loop;
    this.#transport = transport;
    this.#protocol = transport.getProtocol();
    this.#wasReading = transport.isReading();
    this.#wasPaused = this.#paused = transport._writingPaused;
    transport.pauseReading();
    transport.setProtocol(this);
  }

  *drain(): GeneratorBody<void> {
    if (this.#lost === null && this.#paused) {
      this.#waiter = this.#loop.createFuture<void>();
      yield* this.#waiter;
    }
    if (this.#lost !== null) throw this.#lost;
    if (this.#transport.isClosing()) {
      throw new ConnectionError(
        'ECONNABORTED',
        'The connection was closed while a file was being sent',
      );
    }
  }

  giveBack(): void {
    if (this.#lost !== null) return;
    this.#transport.setProtocol(this.#protocol);
    if (this.#wasReading) this.#transport.resumeReading();
    // What it has not been told meanwhile.
    if (this.#paused && !this.#wasPaused) this.#protocol.pauseWriting();
    if (this.#wasPaused && !this.#paused) this.#protocol.resumeWriting();
  }

  override pauseWriting(): void {
    this.#paused = true;
  }

  override resumeWriting(): void {
    this.#paused = false;
    const waiter = this.#waiter;
    if (waiter !== null && !waiter.done()) waiter.setResult();
  }

  override connectionLost(error: Error | null): void {
    this.#lost =
      error ?? new ConnectionError('ECONNRESET', 'Connection lost while a file was being sent');
    const waiter = this.#waiter;
    if (waiter !== null && !waiter.done()) waiter.setException(this.#lost);
    this.#protocol.connectionLost(error);
  }

  dataReceived(_data: Uint8Array): void {
    throw new RuntimeError('Data arrived while reading was paused for sendfile()');
  }

  eofReceived(): boolean | undefined | void {
    return (this.#protocol as Protocol | BufferedProtocol).eofReceived();
  }
}

function checkSize(value: unknown, name: string, least: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`sendfile() expects ${name} in bytes (a number), not ${describe(value)}`);
  }
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(
      `sendfile() expects ${name} as a whole number from ${least}, not ${value}`,
    );
  }
}
