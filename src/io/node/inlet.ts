// Reading from a socket past Node's readable stream: Node reads into a buffer of ours (its option `onread`). Mostly that is
// one buffer that all sockets of the thread share, and what came is copied out: a small message then costs no memory of its
// own, none of the stream's bookkeeping, and no collection of it. A socket that has filled the whole buffer is given
// buffers of its own, which are handed on instead of copied, until it brings little again.
//
// A socket that a server accepted was made without that option; its handle moves to one that was made with it. Where a
// handle cannot (another host than Node), the socket stays as it is and is read as a stream.
import * as net from 'node:net';
import * as threads from 'node:worker_threads';

const SIZE = 65_536;
// At least so much has to be in a buffer that is handed on: what is left of it is wasted.
const HANDED_ON = SIZE / 2;
// What is at most as long lies in slabs that several share, one behind the other; longer pieces have memory of their own.
const MOST_SHARED = 4096;
const SLAB = 16_384;
// Sockets with buffers of their own.
const MOST_OWN = 256;

let memory: Uint8Array | null = null;
let slab = new ArrayBuffer(0);
let used = 0;
let owning = 0;

function fresh(): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(SIZE).buffer);
}

// Whoever gave one piece away with its memory would take it from all the others: that is refused.
function freshSlab(): ArrayBuffer {
  const memory = Buffer.allocUnsafeSlow(SLAB).buffer;
  try {
    threads.markAsUntransferable(memory);
  } catch {
    // Not every host has it.
  }
  return memory;
}

function copyOut(from: Uint8Array, count: number): Uint8Array {
  if (count > MOST_SHARED) {
    const own = new Uint8Array(Buffer.allocUnsafeSlow(count).buffer);
    own.set(count === SIZE ? from : from.subarray(0, count));
    return own;
  }
  if (used + count > slab.byteLength) {
    slab = freshSlab();
    used = 0;
  }
  const piece = new Uint8Array(slab, used, count);
  // Aligned, as what is copied next is copied faster then.
  used += (count + 7) & ~7;
  piece.set(from.subarray(0, count));
  return piece;
}

/** @internal Who is given what comes. */
export interface Sink {
  _received(piece: Uint8Array): void;
  _ended(): void;
  _failed(error: Error): void;
  _closed(): void;
}

/** @internal Where the bytes of such a socket go. */
export class Inlet {
  /** Who hears of the socket's end, also when it wants no more bytes. */
  owner: Sink | null = null;
  #sink: Sink | null = null;
  #early: Uint8Array[] | null = null;
  // What Node is to read into from now on, where that changes.
  #next: Uint8Array | undefined = (memory ??= fresh());
  // It reads into buffers of its own.
  #owns = false;

  /** For the one socket that it is made for. */
  onread(): net.OnReadOpts {
    return {
      buffer: () => {
        const next = this.#next;
        this.#next = undefined;
        // Undefined: the same as before, which Node's types do not know.
        return next as Uint8Array;
      },
      callback: (count, buffer) => this.#pass(this.#take(count, buffer)),
    };
  }

  /** Whatever comes goes to `sink` from now on. */
  open(sink: Sink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = null;
    for (const piece of early ?? []) sink._received(piece);
  }

  /** What came while there was no sink. */
  close(): void {
    this.#sink = null;
    this.#share();
  }

  #share(): void {
    if (!this.#owns) return;
    this.#owns = false;
    owning--;
    this.#next = memory as Uint8Array;
  }

  #take(count: number, buffer: Uint8Array): Uint8Array {
    if (buffer === memory) {
      if (count === SIZE && owning < MOST_OWN && this.#sink !== null) {
        owning++;
        this.#owns = true;
        this.#next = fresh();
      }
      return copyOut(buffer, count);
    }
    if (count < HANDED_ON) this.#share();
    // Its last one.
    if (!this.#owns) return copyOut(buffer, count);
    this.#next = fresh();
    return count === SIZE ? buffer : new Uint8Array(buffer.buffer, 0, count);
  }

  // False makes Node pause.
  #pass(piece: Uint8Array): boolean {
    if (this.#sink === null) {
      (this.#early ??= []).push(piece);
      return false;
    }
    this.#sink._received(piece);
    return true;
  }
}

type SocketOptions = Omit<
  net.SocketConstructorOpts & { handle?: Handle; manualStart?: true },
  'onread'
>;

// Its inlet lies on the socket itself: a map beside it would cost every connection more, and every collection.
class InletSocket extends net.Socket {
  readonly inlet: Inlet;

  constructor(options: SocketOptions) {
    const inlet = new Inlet();
    super({ ...options, onread: inlet.onread() } as net.SocketConstructorOpts);
    this.inlet = inlet;
  }
}

/** @internal The inlet of a socket that was made with one. */
export function inletOf(stream: object): Inlet | null {
  return stream instanceof InletSocket ? stream.inlet : null;
}

/** @internal Connects, with an inlet. Nothing is read before it is opened and the socket resumed. */
export function connectWithInlet(options: net.NetConnectOpts): net.Socket {
  const socket = new InletSocket(options);
  socket.connect(options);
  socket.pause();
  return socket;
}

interface Handle {
  useUserBuffer?: unknown;
}

/** @internal A socket with an inlet in place of one that a server has accepted and not read from. */
export function withInlet(accepted: net.Socket): net.Socket {
  const owner = accepted as unknown as { _handle: Handle | null; server?: unknown };
  const handle = owner._handle;
  if (handle === null || typeof handle?.useUserBuffer !== 'function') return accepted;
  owner._handle = null;
  const socket = new InletSocket({ handle, allowHalfOpen: true, manualStart: true });
  socket.pause();
  return socket;
}
