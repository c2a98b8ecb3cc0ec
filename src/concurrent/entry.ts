// Where the programs of workers are: beside this file, compiled as it is.
const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The address of the worker program `name`. */
export function entry(name: 'worker' | 'guard' | 'keeper' | 'child' | 'lifeline'): URL {
  return new URL(`./${name}${suffix}`, import.meta.url);
}
