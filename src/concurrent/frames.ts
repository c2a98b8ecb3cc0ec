// Messages between a worker process and the thread that keeps it, as bytes in a pipe.
//
// Node's own channel (`process.send`) would serialize everything once more on either side, which costs more than all the rest of a
// short job. A frame: its length, what it is, two numbers, and a body that the keeper passes on unread.
//
// To the process: START (body: the initializer), TEACH (b: number of a function; body: what it is), JOB and CHUNK (a: number of the
// job, b: of the function; body: arguments), CANCEL (a: number of the job), CLOSE.
// From it: READY, DONE and FAIL (a: number of the job; body: result, failure), UNUSABLE and BYE (body: failure).
// Bodies are written by `serialize` of node:v8.
import type { Socket } from 'node:net';

// Kinds that only pipes have; the others are those of wire.ts.
export const START = 100;
export const TEACH = 101;
export const CHUNK = 102;

// Length of what follows, kind (1), a (4), b (4).
const HEAD = 13;
// Up to here a body is copied into one piece with its head, which is cheaper than to write twice.
const SMALL = 16_384;

const EMPTY = new Uint8Array(0);

export interface Frame {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly body: Uint8Array;
}

/** Sends a frame. */
export function writeFrame(
  to: Socket,
  kind: number,
  a: number,
  b: number,
  body: Uint8Array = EMPTY,
): void {
  const small = body.byteLength <= SMALL;
  const head = Buffer.allocUnsafe(small ? HEAD + body.byteLength : HEAD);
  head.writeUInt32LE(HEAD - 4 + body.byteLength, 0);
  head[4] = kind;
  head.writeUInt32LE(a, 5);
  head.writeUInt32LE(b, 9);
  if (small) {
    head.set(body, HEAD);
    to.write(head);
    return;
  }
  to.cork();
  to.write(head);
  to.write(body);
  to.uncork();
}

/** Calls `take` for each frame that arrives, with a body of its own. */
export function readFrames(from: Socket, take: (frame: Frame) => void): void {
  let pieces: Buffer[] = [];
  let have = 0;
  let need = HEAD;
  from.on('data', (piece: Buffer) => {
    pieces.push(piece);
    have += piece.byteLength;
    // A long frame is put together once, when it is there.
    if (have < need) return;
    const bytes = pieces.length === 1 ? piece : Buffer.concat(pieces, have);
    let at = 0;
    need = HEAD;
    while (have - at >= HEAD) {
      const length = bytes.readUInt32LE(at) + 4;
      if (have - at < length) {
        need = length;
        break;
      }
      const body = new Uint8Array(length - HEAD);
      body.set(bytes.subarray(at + HEAD, at + length));
      take({
        kind: bytes[at + 4] as number,
        a: bytes.readUInt32LE(at + 5),
        b: bytes.readUInt32LE(at + 9),
        body,
      });
      at += length;
    }
    pieces = at === have ? [] : [bytes.subarray(at)];
    have -= at;
  });
}
