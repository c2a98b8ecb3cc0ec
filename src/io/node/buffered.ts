// Protocols that own the memory into which they are read.
import {
  type BaseProtocol,
  type BufferedProtocol,
  describe,
  RuntimeError,
} from '../../core/index.ts';

/** @internal */
export function isBuffered(protocol: BaseProtocol): boolean {
  return typeof (protocol as Partial<BufferedProtocol>).getBuffer === 'function';
}

/** @internal Puts as much as fits into the protocol's buffer; how much that was. */
export function fillBuffer(protocol: BufferedProtocol, data: Uint8Array): number {
  const buffer = protocol.getBuffer(data.length);
  if (!(buffer instanceof Uint8Array)) {
    throw new TypeError(`getBuffer() has to return a Uint8Array, not ${describe(buffer)}`);
  }
  if (buffer.length === 0) throw new RuntimeError('getBuffer() returned an empty buffer');
  const count = Math.min(buffer.length, data.length);
  buffer.set(count === data.length ? data : data.subarray(0, count));
  protocol.bufferUpdated(count);
  return count;
}
