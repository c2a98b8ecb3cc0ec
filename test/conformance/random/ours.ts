/** Runs programs on our side. */
import { logger } from '../../../src/index.ts';
import { AsyncWorld } from './interpret-async.ts';
import { GeneratorWorld } from './interpret-generator.ts';
import type { Lines } from './judge.ts';
import { type Program, walkAws, walkProgram } from './program.ts';
import { runWith } from './world.ts';

/** The kind of coroutine that the functions of a program are. */
export type Kind = 'async' | 'generator';

// Random programs make coroutines that nobody awaits, and errors that nobody looks at.
logger.warning = (): void => {};
logger.error = (): void => {};

/** Real seconds that a program may take: none waits for anything real. */
const PATIENCE = 10;

/** Runs a program; a run that never ends is reported as such in the trace. */
export async function runOurs(program: Program, kind: Kind): Promise<Lines> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Lines>((resolve) => {
    timer = setTimeout(
      () => resolve([`the program did not end within ${PATIENCE} s`]),
      PATIENCE * 1000,
    );
  });
  try {
    return await Promise.race([
      runWith(kind === 'async' ? AsyncWorld : GeneratorWorld, program),
      late,
    ]);
  } catch (e) {
    return [`the run itself failed: ${e instanceof Error ? e.stack : String(e)}`];
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether a program can be compared in a kind of coroutine. JavaScript shows what an eagerly started async function did no sooner
 * than a microtask later (API.md); interpret-async.ts waits those microtasks out, but can do so neither in callbacks nor
 * where a combinator makes the task.
 */
export function applies(program: Program, kind: Kind): boolean {
  if (kind === 'generator') return true;
  if (program.eager) return false;
  let fine = true;
  walkProgram(program, (s, inCallback) => {
    if (inCallback && 'eager' in s && s.eager) fine = false;
    walkAws(s, (a) => {
      if (a.a === 'task' && a.eager) fine = false;
    });
  });
  return fine;
}
