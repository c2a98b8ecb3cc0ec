// The words of the command line.

export const USAGE = `Usage: asyncio-ts [--debug] FILE [args…]

Runs the export "main" of the module FILE (JavaScript or TypeScript) as the main task, with the arguments.
Exit code: 0, 1 when main throws, 130 on Ctrl-C (a second Ctrl-C ends the program at once).

Options:
  --debug     debug mode: slow callbacks and places of creation are told (also: ASYNCIO_DEBUG=1)
  -h, --help  this text`;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string }
  | {
      readonly kind: 'run';
      readonly file: string;
      readonly args: readonly string[];
      readonly debug: boolean;
    };

/** Takes the words apart; everything behind FILE belongs to the program. */
export function parseCommand(words: readonly string[]): Command {
  let debug = false;
  for (const [at, word] of words.entries()) {
    if (word === '-h' || word === '--help') return { kind: 'help' };
    if (word === '--debug') debug = true;
    else if (word.startsWith('-')) return { kind: 'wrong', reason: `unknown option ${word}` };
    else return { kind: 'run', file: word, args: words.slice(at + 1), debug };
  }
  return { kind: 'wrong', reason: 'no FILE given' };
}
