// Values out of bytes that `serialize` of node:v8 made.
import type { DefaultDeserializer } from 'node:v8';
import { v8 } from './builtins.ts';

interface Views {
  _readHostObject(): ArrayBufferView;
}

let Reader: typeof DefaultDeserializer | null = null;

/**
 * As `deserialize` of node:v8, but typed arrays get a buffer of their own, as by structured clone; there it would be the whole
 * message. (Buffers are parts of something larger anyway.)
 */
export function readBytes(bytes: Uint8Array): unknown {
  Reader ??= makeReader();
  const reader = new Reader(bytes);
  reader.readHeader();
  return reader.readValue();
}

function makeReader(): typeof DefaultDeserializer {
  const { DefaultDeserializer: Base } = v8();
  const { _readHostObject: read } = Base.prototype as unknown as Views;
  class OwnBuffers extends Base implements Views {
    // What V8 calls for each view.
    _readHostObject(): ArrayBufferView {
      const view = read.call(this);
      if (view instanceof Buffer) return view;
      const { buffer, byteOffset, byteLength } = view;
      const own = buffer.slice(byteOffset, byteOffset + byteLength);
      return new (view.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView)(own);
    }
  }
  return OwnBuffers;
}
