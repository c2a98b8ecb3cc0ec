/** What both printers need to know about a program. */
import { type Program, type Stmt, innerBlocks, walkAws, walkProgram } from './program.ts';

/** The names of the numbered slots that a program uses: tasks, timeouts, groups, handles, contexts, tokens. */
export function usedNames(p: Program): string[] {
  const used = new Set<string>();
  walkProgram(p, (s) => {
    if ('t' in s && s.op !== 'asCompleted') used.add('t');
    if ('c' in s) used.add('coro');
    if ('w' in s) used.add('tm');
    if ('grp' in s) used.add('tg');
    if ('h' in s) used.add('handle');
    if ('x' in s || 'ctx' in s) used.add('ctx');
    if (s.op === 'varSet' || s.op === 'varReset') used.add('token');
    walkAws(s, (a) => {
      if ('ctx' in a) used.add('ctx');
      if ('c' in a) used.add('coro');
    });
  });
  return ['t', 'tm', 'tg', 'handle', 'ctx', 'token', 'coro'].filter((name) => used.has(name));
}

/** Whether a block can be left other than by its end or an error: it has a `return`, or a `break` or `continue` of a loop around it. */
export function leaves(stmts: readonly Stmt[], inLoop = false): boolean {
  return stmts.some((s) => {
    if (s.op === 'return') return true;
    if (s.op === 'break' || s.op === 'continue') return !inLoop;
    const loop = inLoop || s.op === 'loop' || s.op === 'asCompleted';
    return innerBlocks(s).some((block) => leaves(block, loop));
  });
}
