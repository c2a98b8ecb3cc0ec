// What a transport hears of its stream. The sockets with an inlet, of which there may be thousands, share one set of
// functions, which find the transport through the socket; any other stream gets functions of its own.
import type { Duplex } from 'node:stream';
import { inletOf, type Sink } from './inlet.ts';

/** @internal */
export interface Listeners {
  /** Null: the bytes come another way. */
  readonly data: ((chunk: Uint8Array) => void) | null;
  readonly end: (this: Duplex) => void;
  readonly error: (this: Duplex, error: Error) => void;
  readonly close: (this: Duplex) => void;
}

const OF_INLETS: Listeners = {
  data: null,
  end() {
    inletOf(this)?.owner?._ended();
  },
  error(error) {
    inletOf(this)?.owner?._failed(error);
  },
  close() {
    inletOf(this)?.owner?._closed();
  },
};

/** @internal The listeners by which `owner` hears of `stream`. */
export function listenersFor(stream: Duplex, owner: Sink): Listeners {
  const inlet = inletOf(stream);
  if (inlet !== null) {
    inlet.owner = owner;
    return OF_INLETS;
  }
  return {
    data: (chunk) => owner._received(chunk),
    end: () => owner._ended(),
    error: (error) => owner._failed(error),
    close: () => owner._closed(),
  };
}
