// From a function to what can be sent of it.
import { describe, isAsyncGeneratorFunction, isGeneratorFunction } from '../core/index.ts';
import { specOf } from './offload.ts';
import { checkSource } from './source.ts';
import type { FunctionSpec } from './wire.ts';

/** A function as pools know it: a number stands for it once a worker has learnt what it is. */
export interface Reference {
  readonly number: number;
  readonly name: string;
  readonly spec: FunctionSpec;
}

type AnyFunction = (...args: never[]) => unknown;

const known = new WeakMap<AnyFunction, Reference>();
// Functions that are made anew at every call have the same text.
const byText = new Map<string, Reference>();
const MAX_TEXTS = 1000;
let last = 0;

/**
 * @param generators whether generator functions will do: where a loop runs them
 * @throws TypeError when the function cannot be sent, saying why
 */
export function referTo(fn: unknown, where: string, generators = false): Reference {
  if (typeof fn !== 'function') {
    throw new TypeError(`${where} expects a function, not ${describe(fn)}`);
  }
  const found = known.get(fn as AnyFunction);
  if (found !== undefined && (generators || !isGeneratorFunction(fn))) return found;
  const reference = make(fn as AnyFunction, where, generators);
  known.set(fn as AnyFunction, reference);
  return reference;
}

function make(fn: AnyFunction, where: string, generators: boolean): Reference {
  if (isAsyncGeneratorFunction(fn) || (isGeneratorFunction(fn) && !generators)) {
    throw new TypeError(
      `${where} expects a plain or async function, not ${describe(fn)}: nothing would step it there. Write async () => run(() => fn(…))`,
    );
  }
  const text = String(fn);
  if (/^class\b/.test(text)) {
    throw new TypeError(`${where} expects a function, not the class ${fn.name}`);
  }
  const name = fn.name === '' ? '(anonymous)' : fn.name;
  const spec = specOf(fn);
  if (spec !== null) return { number: ++last, name, spec };
  const same = byText.get(text);
  if (same !== undefined) return same;
  const source = checkSource(text, fn.name, where);
  const reference: Reference = { number: ++last, name, spec: { kind: 'source', name, source } };
  if (byText.size >= MAX_TEXTS) byText.clear();
  byText.set(text, reference);
  return reference;
}
