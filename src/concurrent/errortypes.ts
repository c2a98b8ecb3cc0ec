// The classes of errors that another thread can find again: those of the language, those of this package (known by their codes), and
// those that were given to `offload`.
import { ownSpecOf } from './offload.ts';
import type { ModuleSpec } from './wire.ts';

// Of this package too, but its codes are the system's.
const NAMED = new Set(['ConnectionError']);

/** What a class is called between threads: its code when it is one of this package, else its name. */
export function typeName(type: { readonly prototype: object; readonly name: string }): string {
  const code: unknown = Object.getOwnPropertyDescriptor(type.prototype, 'code')?.value;
  return typeof code === 'string' && code.startsWith('ERR_ASYNCIO_') ? code : type.name;
}

/** The classes of `error` that can be found again, the nearest first. */
export function typesOf(error: Error): (string | ModuleSpec)[] {
  const types: (string | ModuleSpec)[] = [];
  for (
    let at: unknown = Object.getPrototypeOf(error);
    typeof at === 'object' && at !== null && at !== Error.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type !== 'function') continue;
    const spec = ownSpecOf(type as never);
    if (spec !== null) types.push(spec);
    const name = typeName(type);
    // A class of the program that has the name of another one is not taken for it.
    const known = name !== type.name || NAMED.has(name);
    if (known || (globalThis as Record<string, unknown>)[name] === type) {
      types.push(name);
    }
  }
  return types;
}
