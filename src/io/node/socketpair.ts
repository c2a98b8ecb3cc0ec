// Two sockets that are connected to each other: what socketpair(2) gives, which Node has not.
import { mkdtempSync, rmSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GeneratorBody, Held } from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { hostCall } from './hostcall.ts';

/** @internal Neither of them is read from before it is resumed. Cancelled, it leaves none. */
export function* socketPair(loop: HostedEventLoop): GeneratorBody<[net.Socket, net.Socket]> {
  // Nobody else may enter this folder, and so nobody else can come between the two.
  const folder = mkdtempSync(join(shortTmpdir(), 'asyncio-'));
  let undo = (): void => {};
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // A loop that is closed meanwhile runs no finally block.
  const attempt: Held = {
    _letGo(): void {
      undo();
      remove();
    },
  };
  loop._hold(attempt);
  try {
    return yield* hostCall<[net.Socket, net.Socket]>(loop, (settle) => {
      undo = loop._detached(() => connectPair(join(folder, 'pair'), settle));
      return undo;
    });
  } finally {
    loop._release(attempt);
    remove();
  }
}

// The kernel takes some hundred bytes for the path of a socket, of which some twenty come behind this.
function shortTmpdir(): string {
  const usual = tmpdir();
  return Buffer.byteLength(usual) < 80 ? usual : '/tmp';
}

function connectPair(
  path: string,
  settle: (error: Error | null, pair?: [net.Socket, net.Socket]) => void,
): () => void {
  let accepted: net.Socket | null = null;
  let connected = false;
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    accepted = socket;
    server.close();
    ready();
  });
  const socket = new net.Socket({ allowHalfOpen: true });
  const ready = (): void => {
    if (accepted !== null && connected) settle(null, [accepted, socket]);
  };
  const undo = (): void => {
    server.close();
    socket.destroy();
    accepted?.destroy();
  };
  server.on('error', settle);
  socket.on('error', settle);
  server.listen(path, () => {
    socket.connect(path, () => {
      connected = true;
      ready();
    });
    socket.pause();
  });
  return undo;
}
