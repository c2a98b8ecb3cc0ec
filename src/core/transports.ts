// Transports: one end of a connection. The loop makes them; a program writes to them and steers them.
//
// States: open -> closing (close, abort, an error, the peer's end) -> closed, when `connectionLost` has been called.
// Methods that a kind of transport does not have throw NotImplementedError.
import type { ExtraInfo, InetAddress } from './endpoints.ts';
import { NotImplementedError } from './errors.ts';
import type { BaseProtocol } from './protocols.ts';

/** What all transports have. */
export abstract class BaseTransport {
  #extra: Readonly<Record<string, unknown>> | null;

  /** @param extra what `getExtraInfo` answers with */
  constructor(extra: Readonly<Record<string, unknown>> | null = null) {
    this.#extra = extra;
  }

  /** @internal */
  protected missing(method: string): never {
    throw new NotImplementedError(`${this.constructor.name} does not implement ${method}()`);
  }

  /** What else is known of the connection, by name (`peername`, `sockname`, …); `fallback` (null) when it is not. */
  getExtraInfo<K extends keyof ExtraInfo>(name: K): ExtraInfo[K] | null;
  getExtraInfo<K extends keyof ExtraInfo, D>(name: K, fallback: D): ExtraInfo[K] | D;
  getExtraInfo(name: string, fallback?: unknown): unknown;
  getExtraInfo(name: string, fallback: unknown = null): unknown {
    const extra = (this.#extra ??= this._makeExtra());
    return extra !== null && Object.hasOwn(extra, name) ? extra[name] : fallback;
  }

  /** @internal */
  _setExtra(name: string, value: unknown): void {
    this.#extra = { ...(this.#extra ?? this._makeExtra()), [name]: value };
  }

  /** @internal What is known, where it was not given but is made when it is first asked for. */
  protected _makeExtra(): Readonly<Record<string, unknown>> | null {
    return null;
  }

  toString(): string {
    return `<${this.constructor.name}>`;
  }

  /** Whether it is closed or being closed. */
  isClosing(): boolean {
    return this.missing('isClosing');
  }

  /** Closes it: what is written is sent first; nothing is received any more. `connectionLost(null)` follows. */
  close(): void {
    this.missing('close');
  }

  /** Gives the connection to another protocol. */
  setProtocol(_protocol: BaseProtocol): void {
    this.missing('setProtocol');
  }

  getProtocol(): BaseProtocol {
    return this.missing('getProtocol');
  }
}

/** A transport that receives. */
export abstract class ReadTransport extends BaseTransport {
  /** Whether it delivers what arrives: not paused, not closing. */
  isReading(): boolean {
    return this.missing('isReading');
  }

  /** No `dataReceived` from now on; the peer is held back by the network. No effect when paused already. */
  pauseReading(): void {
    this.missing('pauseReading');
  }

  /** Undoes `pauseReading`. No effect when not paused. */
  resumeReading(): void {
    this.missing('resumeReading');
  }
}

/** A transport that sends. */
export abstract class WriteTransport extends BaseTransport {
  /**
   * When the protocol is told to pause writing and to go on: at more than `high` bytes, and at `low` or fewer.
   * By default 64 KiB and a quarter of that. `high` of 0: whenever anything is buffered.
   * @throws RangeError unless high >= low >= 0
   */
  setWriteBufferLimits(_limits?: {
    high?: number | null | undefined;
    low?: number | null | undefined;
  }): void {
    this.missing('setWriteBufferLimits');
  }

  /** `[low, high]`, in bytes. */
  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.missing('getWriteBufferLimits');
  }

  /** How many bytes are written and not yet handed to the system. */
  getWriteBufferSize(): number {
    return this.missing('getWriteBufferSize');
  }

  /**
   * Sends bytes. Does not wait: what the system does not take at once is buffered (see `pauseWriting`). The array
   * belongs to the transport until it is sent; do not change it.
   * @throws TypeError unless given a Uint8Array; RuntimeError after `writeEof()`, `close()` or `abort()`
   */
  write(_data: Uint8Array): void {
    this.missing('write');
  }

  /** Sends several arrays one after another, as one write. */
  writelines(chunks: Iterable<Uint8Array>): void {
    for (const chunk of chunks) this.write(chunk);
  }

  /** Ends our direction once everything written is sent; the peer may still send. */
  writeEof(): void {
    this.missing('writeEof');
  }

  /** Whether `writeEof` is possible: TLS has no such thing. */
  canWriteEof(): boolean {
    return this.missing('canWriteEof');
  }

  /** Closes it at once; what is not sent yet is lost. `connectionLost(null)` follows. */
  abort(): void {
    this.missing('abort');
  }
}

/** A transport for both directions: what `createConnection` gives. */
export abstract class Transport extends WriteTransport implements ReadTransport {
  isReading(): boolean {
    return this.missing('isReading');
  }

  pauseReading(): void {
    this.missing('pauseReading');
  }

  resumeReading(): void {
    this.missing('resumeReading');
  }
}

/** A transport for datagrams. */
export abstract class DatagramTransport extends BaseTransport {
  /**
   * Sends a datagram, to `address` or, where the endpoint is connected, to its peer.
   * @throws TypeError unless given a Uint8Array; RangeError for an address other than the connected one
   */
  sendto(_data: Uint8Array, _address?: InetAddress | null): void {
    this.missing('sendto');
  }

  /** Closes it at once; what is not sent yet is lost. */
  abort(): void {
    this.missing('abort');
  }

  /** How many bytes are waiting to be sent. */
  getWriteBufferSize(): number {
    return this.missing('getWriteBufferSize');
  }

  setWriteBufferLimits(_limits?: {
    high?: number | null | undefined;
    low?: number | null | undefined;
  }): void {
    this.missing('setWriteBufferLimits');
  }

  getWriteBufferLimits(): readonly [low: number, high: number] {
    return this.missing('getWriteBufferLimits');
  }
}

/** A child process. */
export abstract class SubprocessTransport extends BaseTransport {
  /** The process id. */
  getPid(): number {
    return this.missing('getPid');
  }

  /** The exit code, minus the number of the signal that ended it, or null while it runs. */
  getReturncode(): number | null {
    return this.missing('getReturncode');
  }

  /** The transport of a pipe to the child (0: stdin, 1: stdout, 2: stderr), or null when there is none. */
  getPipeTransport(_fd: number): Transport | null {
    return this.missing('getPipeTransport');
  }

  /** Sends a signal, by name or number. No effect when the child has ended. */
  sendSignal(_signal: string | number): void {
    this.missing('sendSignal');
  }

  /** Asks the child to end: SIGTERM. */
  terminate(): void {
    this.missing('terminate');
  }

  /** Ends the child: SIGKILL. */
  kill(): void {
    this.missing('kill');
  }
}
