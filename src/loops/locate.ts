// Places of suspended generators and of functions, asked of V8 through its inspector: slow (milliseconds), and free
// for a program that never asks.
import { Session } from 'node:inspector';

const KEY = Symbol.for('asyncio-ts.locate');
const EXPRESSION = `globalThis[Symbol.for('asyncio-ts.locate')]`;

interface Place {
  file: string;
  line: number;
  column: number;
}

/** Where `value` is suspended (a generator) or defined (a function); null when V8 does not tell. */
export function locate(value: object): Place | null {
  const session = new Session();
  const files = new Map<string, string>();
  const holder = globalThis as { [KEY]?: object };
  let found: Place | null = null;
  try {
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url));
    session.post('Debugger.enable');
    holder[KEY] = value;
    session.post('Runtime.evaluate', { expression: EXPRESSION }, (_error, answer) => {
      const objectId = answer?.result?.objectId;
      if (objectId === undefined) return;
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_failed, list) => {
        const property = list?.internalProperties?.find(({ name }) =>
          /^\[\[(Generator|Function)Location/.test(name),
        );
        const at = property?.value?.value as
          { scriptId: string; lineNumber: number; columnNumber: number } | undefined;
        if (at === undefined) return;
        const file = files.get(at.scriptId) ?? '';
        found = { file, line: at.lineNumber + 1, column: at.columnNumber + 1 };
      });
    });
  } catch {
    // A runtime without the inspector: the place stays unknown.
  } finally {
    delete holder[KEY];
    session.disconnect();
  }
  return found;
}
