// The parsers of StreamReader against a model that keeps all bytes in one array: random bytes from a small alphabet,
// cut at random, asked for in random ways, with limits of every size. And against CPython, where a number is fixed.
import { expect, test } from 'vitest';
import {
  createTask,
  IncompleteReadError,
  LimitOverrunError,
  run,
  sleep,
  StreamReader,
  getRunningLoop,
} from '../../src/index.ts';
import { VirtualTimeEventLoop } from '../../src/testing/index.ts';
import { b, failure, s } from './support.ts';

class Random {
  #x: number;
  constructor(seed: number) {
    this.#x = seed | 1;
  }
  below(n: number): number {
    this.#x ^= this.#x << 13;
    this.#x ^= this.#x >>> 17;
    this.#x ^= this.#x << 5;
    return (this.#x >>> 0) % n;
  }
}

type Ask = ['read', number] | ['readline'] | ['readexactly', number] | ['readuntil', string[]];

/** What CPython's reader answers when all of the data is there and the end is known. */
class Model {
  #rest: string;
  readonly #limit: number;
  constructor(text: string, limit: number) {
    this.#rest = text;
    this.#limit = limit;
  }
  answer(ask: Ask): string {
    switch (ask[0]) {
      case 'read':
        return this.#take(ask[1]);
      case 'readexactly':
        if (this.#rest.length < ask[1]) return `incomplete ${this.#take(Infinity)} of ${ask[1]}`;
        return this.#take(ask[1]);
      case 'readuntil':
        return this.#until(ask[1]);
      case 'readline': {
        const answer = this.#until(['\n']);
        if (answer.startsWith('incomplete '))
          return answer.slice('incomplete '.length, -' of null'.length);
        const over = /^overrun (\d+)$/.exec(answer);
        if (over === null) return answer;
        const consumed = Number(over[1]);
        this.#rest = this.#rest[consumed] === '\n' ? this.#rest.slice(consumed + 1) : '';
        return 'RangeError';
      }
    }
  }
  #until(separators: string[]): string {
    let end = Infinity;
    let start = -1;
    for (const separator of [...separators].sort((x, y) => x.length - y.length)) {
      const at = this.#rest.indexOf(separator);
      if (at >= 0 && at + separator.length < end) {
        start = at;
        end = at + separator.length;
      }
    }
    if (start > this.#limit) return `overrun ${start}`;
    if (start >= 0) return this.#take(end);
    const shortest = Math.min(...separators.map(({ length }) => length));
    const longest = Math.max(...separators.map(({ length }) => length));
    const offset = this.#rest.length >= shortest ? Math.max(0, this.#rest.length + 1 - longest) : 0;
    if (offset > this.#limit) return `overrun ${offset}`;
    return `incomplete ${this.#take(Infinity)} of null`;
  }
  #take(count: number): string {
    const taken = this.#rest.slice(0, count);
    this.#rest = this.#rest.slice(taken.length);
    return taken;
  }
}

async function ours(reader: StreamReader, ask: Ask): Promise<string> {
  try {
    switch (ask[0]) {
      case 'read':
        return s(await reader.read(ask[1]));
      case 'readexactly':
        return s(await reader.readexactly(ask[1]));
      case 'readuntil':
        return s(await reader.readuntil(ask[1].map(b)));
      case 'readline':
        return s(await reader.readline());
    }
  } catch (error) {
    if (error instanceof IncompleteReadError)
      return `incomplete ${s(error.partial)} of ${error.expected}`;
    if (error instanceof LimitOverrunError) return `overrun ${error.consumed}`;
    if (error instanceof RangeError) return 'RangeError';
    throw error;
  }
}

function randomAsk(random: Random): Ask {
  switch (random.below(4)) {
    case 0:
      return ['read', 1 + random.below(12)];
    case 1:
      return ['readline'];
    case 2:
      return ['readexactly', random.below(15)];
    default: {
      const separators = Array.from({ length: 1 + random.below(3) }, () =>
        Array.from({ length: 1 + random.below(3) }, () => 'ab\n'[random.below(3)]).join(''),
      );
      return ['readuntil', separators];
    }
  }
}

test(
  '100,000 inputs, all there before they are read, answer as the model does',
  { timeout: 60_000 },
  () =>
    run(async () => {
      const loop = getRunningLoop();
      for (let seed = 1; seed <= 20_000; seed++) {
        const random = new Random(seed * 7919);
        const text = Array.from({ length: random.below(40) }, () => 'aab\n'[random.below(4)]).join(
          '',
        );
        const limit = 1 + random.below(20);
        const reader = new StreamReader(limit, { loop });
        for (let at = 0; at < text.length;) {
          const size = 1 + random.below(8);
          reader.feedData(b(text.slice(at, at + size)));
          at += size;
        }
        reader.feedEof();
        const model = new Model(text, limit);
        for (let i = 0; i < 5; i++) {
          const ask = randomAsk(random);
          const expected = model.answer(ask);
          const got = await ours(reader, ask);
          if (got !== expected) {
            expect({ seed, text, limit, ask, got }).toEqual({
              seed,
              text,
              limit,
              ask,
              got: expected,
            });
          }
        }
      }
    }),
);

test(
  'fed in pieces while it is read: what is read is what was fed, in order, and nothing is lost',
  { timeout: 60_000 },
  () =>
    run(
      async () => {
        const loop = getRunningLoop();
        for (let seed = 1; seed <= 2_000; seed++) {
          const random = new Random(seed * 104_729);
          const text = Array.from(
            { length: random.below(200) },
            () => 'aab\n'[random.below(4)],
          ).join('');
          const limit = 1 + random.below(30);
          const reader = new StreamReader(limit, { loop });
          let paused = false;
          reader.setTransport({
            pauseReading: () => {
              expect(paused).toBe(false);
              paused = true;
            },
            resumeReading: () => {
              expect(paused).toBe(true);
              paused = false;
            },
          });
          const feeder = createTask(async () => {
            for (let at = 0; at < text.length;) {
              if (random.below(3) === 0) await sleep(0);
              // oxlint-disable-next-line no-unmodified-loop-condition -- the reader modifies it
              while (paused) await sleep(0.001);
              const size = 1 + random.below(20);
              reader.feedData(b(text.slice(at, at + size)));
              at += size;
            }
            reader.feedEof();
          });
          let read = '';
          while (!reader.atEof()) {
            const ask = randomAsk(random);
            // These two throw data away by contract: a line over the limit.
            if (ask[0] === 'readline') continue;
            const got = await ours(reader, ask);
            const partial = /^incomplete ([^]*) of (?:null|\d+)$/.exec(got);
            if (partial !== null) read += partial[1];
            else if (/^overrun \d+$/.test(got)) read += s(await reader.read(1));
            else read += got;
          }
          expect(read).toBe(text);
          await feeder;
        }
      },
      { loopFactory: () => new VirtualTimeEventLoop() },
    ),
);

test('of several separators the one that ends first counts, whatever their order', () =>
  run(async () => {
    const reader = new StreamReader();
    reader.feedData(b('some dataABCDEFGH\nrest'));
    expect(s(await reader.readuntil([b('H\n'), b('ABC'), b('aABCDEF')]))).toBe('some dataABC');
    expect(s(await reader.readuntil([b('H'), b('\n')]))).toBe('DEFGH');
    expect(s(await reader.readuntil(b('\n')))).toBe('\n');
    expect(() => reader.readuntil([])).toThrow(RangeError);
    expect(() => reader.readuntil(b(''))).toThrow(RangeError);
    expect(() => reader.readuntil('x' as never)).toThrow(TypeError);
    expect(() => reader.readexactly(-1)).toThrow(RangeError);
    expect(() => reader.read(1.5)).toThrow(RangeError);
    expect(() => reader.feedData('x' as never)).toThrow(TypeError);
    expect(() => new StreamReader(0)).toThrow(RangeError);
  }));

test('what was given out does not change when more comes in', () =>
  run(async () => {
    const reader = new StreamReader();
    reader.feedData(b('aaaa'));
    reader.feedData(b('bbbb'));
    const first = await reader.readexactly(3);
    for (let i = 0; i < 1000; i++) reader.feedData(b('cccccccccccccccc'));
    expect(s(first)).toBe('aaa');
    expect(s(await reader.readexactly(6))).toBe('abbbbc');
    const small = await reader.readexactly(10);
    // Ten bytes do not hold on to all that was buffered around them.
    expect(small.buffer.byteLength).toBeLessThan(100);
  }));

test('100 MiB without a separator: the limit stops it, the data stays', () =>
  run(async () => {
    const reader = new StreamReader(65_536);
    const piece = new Uint8Array(65_536).fill(97);
    for (let i = 0; i < 1600; i++) reader.feedData(piece);
    const error = await failure(() => reader.readuntil());
    expect(error).toBeInstanceOf(LimitOverrunError);
    expect((await reader.readexactly(1600 * 65_536)).length).toBe(1600 * 65_536);
  }));

test('a failure reaches the one who waits, and all who come later', () =>
  run(async () => {
    const reader = new StreamReader();
    const waiting = createTask(reader.readline());
    await sleep(0);
    const problem = new Error('broken');
    reader.setException(problem);
    expect(await failure(() => waiting)).toBe(problem);
    expect(await failure(() => reader.read())).toBe(problem);
    expect(reader.exception()).toBe(problem);
  }));
