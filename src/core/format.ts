// Places in the source and names of functions, for reprs, warnings and debug output.

/** A place in the program, captured cheaply and read only when someone asks. */
export class Site {
  readonly #error: Error;

  constructor(error: Error) {
    this.#error = error;
  }

  /** The stack at that place, innermost first, without the library's own frames: empty, when it has no other. */
  frames(): string[] {
    const lines = (this.#error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    return lines.filter((line) => !isMachinery(line)).map((line) => line.trim());
  }

  /** `file:line:column` of the innermost frame of the program. */
  place(): string {
    const frame = this.frames()[0];
    if (frame === undefined) return 'an unknown place';
    return /\((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (async )?/, '');
  }
}

// The package's own code, also as source maps show it: `…/dist/` and `…/src/`. In a program's bundle it has no place
// of its own, and nothing is taken for it.
const HOME = /^(?:file:\/\/)?(.*\/)(?:dist\/core\/asyncio-core\.js|src\/core\/format\.[jt]s)$/.exec(
  import.meta.url,
)?.[1];
const OWN = HOME === undefined ? [] : [`${HOME}dist/`, `${HOME}src/`];

/** Whether a line of a stack lies in this package's own code or in the host's. */
export function isOwnFrame(frame: string): boolean {
  // What a worker has compiled of a program's text is the program's, whoever called eval.
  const line = frame.replace(/\(eval at .*\), /, '(');
  return /\(?(?:node|ext):/.test(line) || OWN.some((folder) => line.includes(folder));
}

/** Whether a line of a stack tells a reader nothing: the library's own frames, the engine's steps of a generator. */
export function isMachinery(line: string): boolean {
  return isOwnFrame(line) || /\.(?:next|throw|return) \(<anonymous>\)$/.test(line);
}

type StackCapture = { captureStackTrace?: (target: object, above?: unknown) => void };

/** Captures the place of the call, without the frames above and including `above`. */
export function captureSite(above: unknown): Site {
  const type = Error as unknown as StackCapture & { stackTraceLimit?: number };
  const limit = type.stackTraceLimit;
  type.stackTraceLimit = 25;
  const error = new Error('');
  if (type.captureStackTrace !== undefined) type.captureStackTrace(error, above);
  if (limit === undefined) delete type.stackTraceLimit;
  else type.stackTraceLimit = limit;
  return new Site(error);
}

/** Makes an error without paying for its stack: for errors that the machinery throws into a body. */
export function withoutStack<E extends Error>(make: () => E): E {
  const type = Error as unknown as { stackTraceLimit?: number };
  const limit = type.stackTraceLimit;
  type.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    if (limit === undefined) delete type.stackTraceLimit;
    else type.stackTraceLimit = limit;
  }
}

/** The function's name as a program's reader knows it. */
export function functionName(fn: { readonly name: string }): string {
  return fn.name === '' ? '<anonymous>' : fn.name;
}

/** An error in one line: `TypeError: no such thing`. */
export function errorLine(error: unknown): string {
  return error instanceof Error ? String(error) : `thrown value ${String(error)}`;
}

/** The method that Node's `console.log`, assertions and reports of uncaught errors ask for an object's text. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

function inspected(this: { toString(): string }): string {
  return this.toString();
}

/** Has Node's `console.log` and its assertions show objects of a class as their `toString` does, instead of their insides. */
export function showAsText(shown: { readonly prototype: object }): void {
  Object.defineProperty(shown.prototype, INSPECT, {
    value: inspected,
    writable: true,
    configurable: true,
  });
}
