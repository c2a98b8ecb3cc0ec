// Renders the Mandelbrot set as a PNG picture on all cores: the rows in bands, each band a job of a thread pool. Ctrl-C stops
// the threads in the middle of their bands and writes no picture. (A second Ctrl-C ends the process.)
//
//   node scripts/run-program.mjs examples/mandelbrot.ts [file] [width] [steps] [threads] [interrupt itself after so many bands]
import { createWriteStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { isMainThread } from 'node:worker_threads';
import {
  asyncWith,
  CancelledError,
  getRunningLoop,
  KeyboardInterrupt,
  run,
  TaskGroup,
} from 'asyncio-ts';
import { jobSignal, offload, ThreadPoolExecutor, transfer } from 'asyncio-ts/concurrent';
import { SingleBar } from 'cli-progress';
import { PNG } from 'pngjs';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** After so many steps a point counts as inside. */
  readonly steps: number;
}

interface Band {
  readonly pixels: Uint8Array;
  /** How many points of it are inside the set. */
  readonly inside: number;
}

const ROWS_OF_A_BAND = 16;

/** How many steps a point takes to get away; `limit` when it stays. */
function escape(cx: number, cy: number, limit: number): number {
  let x = 0;
  let y = 0;
  let step = 0;
  while (step < limit && x * x + y * y <= 4) {
    const next = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = next;
    step++;
  }
  return step;
}

/** Computes the rows from `top` up to `bottom`, in a thread. */
const render = offload(
  import.meta,
  function render({ width, height, steps }: Picture, top: number, bottom: number): Band {
    const signal = jobSignal();
    const pixels = new Uint8Array(width * (bottom - top) * 4);
    let inside = 0;
    for (let row = top, at = 0; row < bottom; row++) {
      signal.throwIfAborted();
      const cy = ((row + 0.5) / height - 0.5) * 2.5;
      for (let column = 0; column < width; column++, at += 4) {
        const cx = ((column + 0.5) / width - 0.5) * 3.5 - 0.75;
        const step = escape(cx, cy, steps);
        pixels[at + 3] = 255;
        if (step === steps) inside++;
        else {
          pixels[at] = (step * 9) % 256;
          pixels[at + 1] = (step * 5) % 256;
          pixels[at + 2] = 80 + ((step * 13) % 176);
        }
      }
    }
    // The pixels are handed over, not copied.
    return transfer({ pixels, inside }, [pixels.buffer]);
  },
);

async function main(
  file: string,
  width: number,
  steps: number,
  threads: number,
  interruptAt: number,
): Promise<void> {
  const height = Math.round((width * 5) / 7);
  const picture: Picture = { width, height, steps };
  const png = new PNG({ width, height });
  const bands = Math.ceil(height / ROWS_OF_A_BAND);
  const bar = new SingleBar({ format: '[{bar}] {value}/{total} bands, {eta} s left' });
  if (process.stderr.isTTY) bar.start(bands, 0);
  let done = 0;
  let inside = 0;
  try {
    await asyncWith(new ThreadPoolExecutor(threads), async (pool) => {
      const loop = getRunningLoop();
      await asyncWith(new TaskGroup(), (group) => {
        for (let top = 0; top < height; top += ROWS_OF_A_BAND) {
          const bottom = Math.min(top + ROWS_OF_A_BAND, height);
          group.createTask(async () => {
            const band = await loop.runInExecutor(pool, render, picture, top, bottom);
            png.data.set(band.pixels, top * width * 4);
            inside += band.inside;
            bar.update(++done);
            if (done === interruptAt) process.kill(process.pid, 'SIGINT');
          });
        }
      });
    });
  } catch (error) {
    if (error instanceof CancelledError) {
      console.log(`interrupted after ${done} of ${bands} bands; no picture was written`);
    }
    throw error;
  } finally {
    bar.stop();
  }
  await pipeline(png.pack(), createWriteStream(file));
  console.log(`${width} x ${height} pixels, ${inside} inside the set: ${file}`);
}

// A worker loads this file for `render`; the program is for the main thread.
if (isMainThread) {
  const [file = 'mandelbrot.png', width = '1400', steps = '1000', threads, interruptAt = '0'] =
    process.argv.slice(2);
  const count = threads === undefined ? availableParallelism() : Number(threads);
  try {
    await run(() => main(file, Number(width), Number(steps), count, Number(interruptAt)));
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    process.exitCode = 130;
  }
}
