// Node's module for TLS, loaded at first use: a program without TLS pays neither its time nor its memory (half a megabyte).
import { createRequire } from 'node:module';
import type * as Tls from 'node:tls';

// A program that was bundled as CommonJS has no `import.meta.url`.
const load = createRequire(import.meta.url ?? `${process.cwd()}/`);

/** @internal */
export function nodeTls(): typeof Tls {
  return load('node:tls') as typeof Tls;
}
