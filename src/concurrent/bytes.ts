// Values as bytes, and out of them: `serialize` of node:v8, where that is not quite structured clone.
import type { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { v8 } from './builtins.ts';

// What V8 calls for each view of a buffer.
interface Views {
  _readHostObject(): ArrayBufferView;
}
interface WrittenViews {
  _writeHostObject(view: ArrayBufferView): void;
}

let Reader: typeof DefaultDeserializer | null = null;
let Writer: typeof DefaultSerializer | null = null;

/** As `serialize` of node:v8, which copies what is shared. @throws TypeError for shared memory; Error for what cannot be copied */
export function toBytes(value: unknown): Buffer {
  Writer ??= makeWriter();
  const writer = new Writer();
  writer.writeHeader();
  writer.writeValue(value);
  return writer.releaseBuffer();
}

function makeWriter(): typeof DefaultSerializer {
  const { DefaultSerializer: Base } = v8();
  const { _writeHostObject: write } = Base.prototype as unknown as WrittenViews;
  class NothingShared extends Base implements WrittenViews {
    _writeHostObject(view: ArrayBufferView): void {
      if (view.buffer instanceof SharedArrayBuffer) {
        throw new TypeError('shared memory reaches only threads of this process');
      }
      write.call(this, view);
    }
  }
  return NothingShared;
}

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
