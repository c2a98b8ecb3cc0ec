// Options of Node that workers take over from this program.

// A program given by its text ("node -e") is run once, not in every worker. Options that carry their value apart count for two.
const PROGRAM = new Set(['-e', '--eval', '-p', '--print', '-pe', '--input-type']);

// A process that waits for a debugger would wait for ever, and the port of the inspector is taken by this one.
const INSPECTOR = /^--inspect(-brk|-wait|-port|-publish-uid)?(=|$)/;

/** Options for child processes. */
export function argvForProcesses(given: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const option = given[i] as string;
    if (PROGRAM.has(option)) i++;
    else if (!/^--(input-type|eval|print)=/.test(option) && !INSPECTOR.test(option)) {
      kept.push(option);
    }
  }
  return kept;
}

// What a worker thread may be given apart from what it inherits: mostly, what loads modules.
const FOR_THREADS = /^(-r|--require|--import|--(experimental-)?loader|-C|--conditions)(=|$)/;

/** Options for threads; null: what this thread has, as it is. */
export function argvForThreads(given: readonly string[] = process.execArgv): string[] | null {
  if (!given.some((option) => /^--(input-type|eval|print)(=|$)|^-(e|p|pe)$/.test(option)))
    return null;
  const kept: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const option = given[i] as string;
    if (PROGRAM.has(option)) i++;
    else if (FOR_THREADS.test(option)) {
      kept.push(option);
      if (!option.includes('=')) kept.push(given[++i] as string);
    }
  }
  return kept;
}

/** The same as an option of `new Worker`, for the threads of this package itself. */
export function ownArgv(): { execArgv?: string[] } {
  const argv = argvForThreads();
  return argv === null ? {} : { execArgv: argv };
}
