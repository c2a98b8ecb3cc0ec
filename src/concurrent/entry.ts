// Where the programs of workers are, and the package itself: beside this file, compiled as it is. (Processes load this too: no import of the core.)
import { fs } from './builtins.ts';

type Name = 'worker' | 'guard' | 'keeper' | 'child' | 'lifeline' | 'index';

// Undefined in a program that was bundled as CommonJS.
const home = import.meta.url as string | undefined;
const known = new Map<Name, URL>();

/**
 * The address of the worker program `name`.
 * @throws Error when it is not there: the package was bundled into one file with the program
 */
export function entry(name: Name): URL {
  const found = known.get(name);
  if (found !== undefined) return found;
  const url = new URL(`./${name}${home?.endsWith('.ts') ? '.ts' : '.js'}`, home ?? 'file:///');
  if (url.protocol === 'file:' && (home === undefined || !fs().existsSync(url))) {
    throw new Error(
      `The executors' own file ${name}.js is not beside them: this program was bundled together with asyncio-ts. ` +
        `Keep the package out of the bundle (esbuild: packages: 'external'; else external: [/^asyncio-ts/]) and install it where the program runs`,
    );
  }
  known.set(name, url);
  return url;
}
