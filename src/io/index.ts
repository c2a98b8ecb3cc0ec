// Streams, servers, processes; and the backends that carry them.
export { DEFAULT_LIMIT, StreamReader } from './streamreader.ts';
export { StreamWriter } from './streamwriter.ts';
export { type ClientConnected, StreamReaderProtocol } from './streamprotocol.ts';
export {
  openConnection,
  openUnixConnection,
  startServer,
  startUnixServer,
  type StreamOptions,
} from './streams.ts';
export { createSubprocessExec, createSubprocessShell, Process } from './subprocess.ts';
export { openReader, openWriter, toReadableStream, toWritableStream } from './bridges.ts';
export { DEVNULL, PIPE, STDOUT } from './stdio.ts';
export { Server } from './server.ts';
export { installIo, type IoMethods } from './node/install.ts';
