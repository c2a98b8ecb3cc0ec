// Where warnings and reports of the library go, unless the program takes them over.

/** Receives the library's own messages. Replace its methods to send them elsewhere. */
export interface Logger {
  /** Something is probably wrong: a slow callback, a coroutine nobody awaited. */
  warning(message: string): void;
  /** Something failed and nobody handled it. */
  error(message: string, error?: unknown): void;
}

/** The logger in use; by default `console.warn` and `console.error`. */
export const logger: Logger = {
  warning(message: string): void {
    console.warn(message);
  },
  error(message: string, error?: unknown): void {
    if (error === undefined) console.error(message);
    else console.error(message, error);
  },
};
