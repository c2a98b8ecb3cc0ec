// To and from the streams of the host and of the web.
import {
  checkOptions,
  type Coroutine,
  describe,
  fromGenerator,
  type GeneratorBody,
  getRunningLoop,
  type Protocol,
  type Task,
} from '../core/index.ts';
import { checkLimit, checkPipe } from './arguments.ts';
import { StreamReaderProtocol } from './streamprotocol.ts';
import type { StreamOptions } from './streams.ts';
import { DEFAULT_LIMIT, StreamReader } from './streamreader.ts';
import { StreamWriter } from './streamwriter.ts';

/**
 * Reads from a pipe with a StreamReader: from a file descriptor, a readable stream of the host's (`process.stdin`), or
 * a web `ReadableStream` of bytes. It takes what it reads away from everybody else.
 *
 * @example
 * for await (const line of await openReader(process.stdin)) count(line);
 */
export function openReader(
  pipe: number | object,
  options: StreamOptions = {},
): Coroutine<StreamReader> {
  checkOptions(options, 'openReader()', ['limit']);
  checkLimit(options.limit, 'openReader()');
  checkPipe(pipe, 'readable', 'openReader()');
  return fromGenerator(reading(pipe, options.limit ?? DEFAULT_LIMIT), 'openReader');
}

function* reading(pipe: number | object, limit: number): GeneratorBody<StreamReader> {
  const loop = getRunningLoop();
  const reader = new StreamReader(limit, { loop });
  const make = (): Protocol => new StreamReaderProtocol(reader, null, { loop });
  yield* loop.connectReadPipe(make, pipe);
  return reader;
}

/**
 * Writes to a pipe with a StreamWriter: to a file descriptor, a writable stream of the host's (`process.stdout`), or a
 * web `WritableStream` of bytes. `close()` ends it.
 */
export function openWriter(pipe: number | object): Coroutine<StreamWriter> {
  checkPipe(pipe, 'writable', 'openWriter()');
  return fromGenerator(writing(pipe), 'openWriter');
}

function* writing(pipe: number | object): GeneratorBody<StreamWriter> {
  const loop = getRunningLoop();
  const unread = new StreamReader(DEFAULT_LIMIT, { loop });
  const protocol = new StreamReaderProtocol(unread, null, { loop });
  const [transport] = yield* loop.connectWritePipe(() => protocol, pipe);
  // Of this reader it asks what the connection was lost with.
  return new StreamWriter(transport, protocol, unread, loop);
}

/**
 * A web `ReadableStream` of the bytes of a reader, for what wants one (`new Response(…)`, `pipeTo`, Node's
 * `Readable.fromWeb`). It reads no further ahead than it is asked to. The reader is read by it alone, until it is cancelled.
 */
export function toReadableStream(reader: StreamReader): ReadableStream<Uint8Array> {
  if (!(reader instanceof StreamReader)) {
    throw new TypeError(`toReadableStream() expects a StreamReader, not ${describe(reader)}`);
  }
  let reading: Task<Uint8Array> | null = null;
  let cancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller): Promise<void> {
        reading = reader._loop.createTask(reader.read(DEFAULT_LIMIT));
        try {
          const data = await reading;
          if (data.length === 0) controller.close();
          else controller.enqueue(data);
        } catch (error) {
          if (!cancelled) throw error;
        }
      },
      async cancel(): Promise<void> {
        cancelled = true;
        reading?.cancel();
        try {
          await reading;
        } catch {
          // The one who cancels wants no more of it.
        }
      },
    },
    { highWaterMark: 0 },
  );
}

/** A web `WritableStream` that writes to a writer, and closes it at its end. It takes as much as `drain()` lets through. */
export function toWritableStream(writer: StreamWriter): WritableStream<Uint8Array> {
  if (!(writer instanceof StreamWriter)) {
    throw new TypeError(`toWritableStream() expects a StreamWriter, not ${describe(writer)}`);
  }
  const loop = writer._loop;
  return new WritableStream<Uint8Array>({
    async write(data): Promise<void> {
      writer.write(data);
      await loop.createTask(writer.drain());
    },
    async close(): Promise<void> {
      writer.close();
      await loop.createTask(writer.waitClosed());
    },
    abort(): void {
      writer.transport.abort();
    },
  });
}
