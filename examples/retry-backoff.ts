// Retry with exponential backoff, written as generator coroutines, and watched under virtual time: minutes of waiting
// pass in milliseconds, and every run prints the same.
//
//   node scripts/run-program.mjs examples/retry-backoff.ts
import { getRunningLoop, run, sleep, timeout, TimeoutError } from 'asyncio-ts';
import type { GeneratorBody } from 'asyncio-ts';
import { VirtualTimeEventLoop } from 'asyncio-ts/testing';

interface RetryOptions {
  /** How often to try altogether. */
  readonly attempts: number;
  /** Seconds to wait after the first failure; twice as long after each further one. */
  readonly base: number;
  /** The longest wait, in seconds. */
  readonly cap: number;
  /** Seconds for one attempt. */
  readonly limit: number;
}

/** The service answered, with a refusal that may be gone in a moment. */
class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Tries until it succeeds. Only what may be gone in a moment is tried again; anything else is thrown at once. */
function* retry<T>(call: () => GeneratorBody<T>, options: RetryOptions): GeneratorBody<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const value = yield* timeout(options.limit, call);
      log(`attempt ${attempt} succeeded`);
      return value;
    } catch (error) {
      const passing = error instanceof Unavailable || error instanceof TimeoutError;
      if (!passing || attempt === options.attempts) throw error;
      const pause = Math.min(options.cap, options.base * 2 ** (attempt - 1));
      log(`attempt ${attempt} failed (${(error as Error).name}), next one in ${pause} s`);
      yield* sleep(pause);
    }
  }
}

function log(text: string): void {
  console.log(`${getRunningLoop().time().toFixed(1).padStart(6)} s  ${text}`);
}

/** A service that does, call by call, what it is told to. */
class Service {
  readonly #behaviour: ('hangs' | 'unavailable' | 'broken' | 'answers')[];
  constructor(...behaviour: ('hangs' | 'unavailable' | 'broken' | 'answers')[]) {
    this.#behaviour = behaviour;
  }
  *call(): GeneratorBody<string> {
    yield* sleep(0.5);
    switch (this.#behaviour.shift()) {
      case 'hangs':
        yield* sleep(3600);
        return 'too late';
      case 'unavailable':
        throw new Unavailable('try again later');
      case 'broken':
        throw new RangeError('no such resource');
      default:
        return 'the answer';
    }
  }
}

function* main(): GeneratorBody<void> {
  const options = { attempts: 6, base: 1, cap: 10, limit: 5 };

  const flaky = new Service(
    'unavailable',
    'hangs',
    'unavailable',
    'unavailable',
    'hangs',
    'answers',
  );
  log(yield* retry(() => flaky.call(), options));

  for (const service of [
    new Service('unavailable', 'broken'),
    new Service(...Array.from({ length: 6 }, () => 'unavailable' as const)),
  ]) {
    try {
      yield* retry(() => service.call(), options);
    } catch (error) {
      log(`given up: ${String(error)}`);
    }
  }
}

await run(main, { loopFactory: () => new VirtualTimeEventLoop() });
