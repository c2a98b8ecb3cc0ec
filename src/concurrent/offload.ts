// Functions that another thread can find again: by their module and a name.
//
// A module that calls `offload` registers its functions wherever it is loaded, here as in a worker; the worker loads the
// module and looks the name up. The registry hangs on the global object, so that two copies of this package share it.
import type { ModuleSpec } from './wire.ts';

type AnyFunction = (...args: never[]) => unknown;
type ErrorClass = new (...args: never[]) => Error;

const REGISTRY: unique symbol = Symbol.for('asyncio-ts.offloaded') as never;
const SPEC: unique symbol = Symbol.for('asyncio-ts.offloadSpec') as never;

interface Holder {
  [REGISTRY]?: Map<string, Map<string, AnyFunction>>;
}

/** What was registered, by module and name. */
export function registered(url: string): Map<string, AnyFunction> {
  const holder = globalThis as Holder;
  holder[REGISTRY] ??= new Map();
  let names = holder[REGISTRY].get(url);
  if (names === undefined) {
    names = new Map();
    holder[REGISTRY].set(url, names);
  }
  return names;
}

/**
 * Marks a function so that it can run in other threads and processes, and gives it back. There its module is loaded and the function
 * found again; so `offload` has to be called when the module is loaded, and the module must not start the program
 * when it is not the main one.
 *
 * A class of errors can be given as well: errors of it that end a job come back as that.
 *
 * @param meta `import.meta` of the module that makes the function
 * @param fn any function but a generator function, or a class of errors; it may use everything of its module
 * @param name what to find it by; by default its own name
 * @throws TypeError for something else, or when the name stands for another function of the module
 *
 * @example
 * export const render = offload(import.meta, (width: number, height: number): Uint8Array => paint(width, height));
 * // anywhere: const pixels = await toThread(render, 640, 480);
 */
export function offload<F extends AnyFunction | ErrorClass>(
  meta: { readonly url: string },
  fn: F,
  name: string = fn?.name,
): F {
  if (typeof meta?.url !== 'string') {
    throw new TypeError(
      'offload() expects import.meta of the calling module first: offload(import.meta, fn)',
    );
  }
  if (typeof fn !== 'function') {
    throw new TypeError(`offload() expects a function second, not ${typeof fn}`);
  }
  const names = registered(meta.url);
  const text = String(fn);
  // A function without a name is known by its place among those of its module.
  const nameless = name === '';
  const key = nameless ? placeFor(names, text) : name;
  const other = names.get(key);
  if (other !== undefined && String(other) !== text) {
    throw new TypeError(
      `offload() was given two different functions '${key}' by ${meta.url}; name one of them: offload(import.meta, fn, 'name')`,
    );
  }
  names.set(key, fn as AnyFunction);
  const spec: ModuleSpec = {
    kind: 'module',
    url: meta.url,
    name: key,
    text: nameless ? text : null,
  };
  Object.defineProperty(fn, SPEC, { value: spec, configurable: true });
  return fn;
}

function placeFor(names: Map<string, AnyFunction>, text: string): string {
  let place = 1;
  while (names.has(`(${place})`) && String(names.get(`(${place})`)) !== text) place++;
  return `(${place})`;
}

/** Where `fn` is found again; null when it was never given to `offload`. */
export function specOf(fn: AnyFunction): ModuleSpec | null {
  return (fn as { [SPEC]?: ModuleSpec })[SPEC] ?? null;
}

/** The same for a class, without what it inherits. */
export function ownSpecOf(fn: AnyFunction): ModuleSpec | null {
  return Object.hasOwn(fn, SPEC) ? specOf(fn) : null;
}
