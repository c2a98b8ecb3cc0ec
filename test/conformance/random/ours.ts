/** Runs programs on our side. */
import { type Awaitable, logger } from '../../../src/index.ts';
import { VirtualTimeEventLoop } from '../../../src/testing/index.ts';
import { AsyncInterpreter } from './interpret-async.ts';
import { GeneratorInterpreter } from './interpret-generator.ts';
import type { Lines } from './judge.ts';
import { type Program, walkAws, walkProgram } from './program.ts';
import { World } from './world.ts';

/** What the functions of a program are: async functions, generator functions, or by turns the one and the other. */
export type Kind = 'async' | 'generator' | 'mixed';

/** Every kind. */
export const KINDS: readonly Kind[] = ['generator', 'async', 'mixed'];

/** Whether a function of a program is an async function in this kind. */
export function isAsyncFunction(kind: Kind, fn: number): boolean {
  return kind === 'async' || (kind === 'mixed' && fn % 2 === 1);
}

function interpreter(kind: Kind): (world: World) => (fn: number) => Awaitable<unknown> {
  return (world) => {
    const asynchronous = new AsyncInterpreter(world);
    const stepped = new GeneratorInterpreter(world);
    return (fn) => (isAsyncFunction(kind, fn) ? asynchronous : stepped).call(fn);
  };
}

async function runOnFreshLoop(program: Program, kind: Kind): Promise<Lines> {
  const loop = new VirtualTimeEventLoop();
  try {
    return await new World(program, loop, interpreter(kind)).run();
  } finally {
    loop.close();
  }
}

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
    return await Promise.race([runOnFreshLoop(program, kind), late]);
  } catch (e) {
    return [`the run itself failed: ${e instanceof Error ? e.stack : String(e)}`];
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether a program can be compared in a kind of coroutine. JavaScript shows what an eagerly started async function did no sooner
 * than a microtask later (API.md); interpret-async.ts waits those microtasks out, but can do so neither in callbacks and
 * generator functions nor where a combinator makes the task.
 */
export function applies(program: Program, kind: Kind): boolean {
  if (kind === 'generator') return true;
  if (program.eager) return false;
  let fine = true;
  // Stopped by its own child, a group cancels that child unless it has ended, which an eager one shows too late.
  let stopsGroups = false;
  let spawnsEagerly = false;
  // An interrupt out of an eager one is thrown at its maker, where its end can be seen.
  let interrupts = false;
  let eager = false;
  walkProgram(program, (s, inCallback) => {
    if ('err' in s && s.err.cls === 'K') interrupts = true;
    if ('eager' in s && s.eager) eager = true;
    if (s.op === 'groupCancel') stopsGroups = true;
    if (s.op === 'groupSpawn' && s.eager) spawnsEagerly = true;
    if ((inCallback || kind === 'mixed') && 'eager' in s && s.eager) fine = false;
    walkAws(s, (a) => {
      if (a.a === 'task' && a.eager) fine = false;
    });
  });
  return fine && !(stopsGroups && spawnsEagerly) && !(interrupts && eager);
}
