// Keeps programs running: each is started again when it ends badly, after a pause that doubles (up to a limit) and
// starts small again once the program has lived for a while. SIGTERM or Ctrl-C: all get SIGTERM, then time, then SIGKILL.
//
//   node scripts/run-program.mjs examples/supervisor.ts 'command line' ['command line'...]
//   node scripts/run-program.mjs examples/supervisor.ts --demo
import {
  asyncWith,
  CancelledError,
  createSubprocessShell,
  createTask,
  Event,
  getRunningLoop,
  PIPE,
  type Process,
  run,
  sleep,
  STDOUT,
  type StreamReader,
  type Task,
  TaskGroup,
  TimeoutError,
  waitFor,
} from 'asyncio-ts';

interface Settings {
  /** Seconds before the first restart. */
  readonly firstPause: number;
  readonly longestPause: number;
  /** Seconds of life after which the pauses start small again. */
  readonly healthy: number;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

async function relay(name: string, output: StreamReader): Promise<void> {
  const text = new TextDecoder();
  for await (const line of output) console.log(`[${name}] ${text.decode(line).trimEnd()}`);
}

async function end(child: Process, grace: number): Promise<void> {
  child.terminate();
  try {
    await waitFor(child.wait(), grace);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    child.kill();
    await child.wait();
  }
}

async function keepRunning(name: string, command: string, settings: Settings): Promise<void> {
  const loop = getRunningLoop();
  let pause = settings.firstPause;
  for (;;) {
    const began = loop.time();
    // A process group of its own keeps Ctrl-C in the terminal from reaching it before us.
    const child = await createSubprocessShell(`exec ${command}`, {
      stdout: PIPE,
      stderr: STDOUT,
      startNewSession: true,
    });
    const output = createTask(() => relay(name, child.stdout as StreamReader));
    let code: number;
    try {
      code = await child.wait();
      await output;
    } catch (error) {
      if (error instanceof CancelledError) {
        await end(child, settings.grace);
        console.log(`${name} was stopped (${child.returncode})`);
      }
      throw error;
    }
    if (code === 0) {
      console.log(`${name} has done its work`);
      return;
    }
    if (loop.time() - began >= settings.healthy) pause = settings.firstPause;
    console.log(`${name} ended with ${code}; again in ${pause} s`);
    await sleep(pause);
    pause = Math.min(pause * 2, settings.longestPause);
  }
}

async function supervise(commands: readonly string[], settings: Settings): Promise<void> {
  const stop = new Event();
  const loop = getRunningLoop();
  for (const name of ['SIGTERM', 'SIGINT']) loop.addSignalHandler(name, () => stop.set());
  await asyncWith(new TaskGroup(), async (group) => {
    const all: Task<void>[] = commands.map((command, i) =>
      group.createTask(() => keepRunning(`#${i + 1}`, command, settings)),
    );
    const stopper = group.createTask(async () => {
      await stop.wait();
      console.log('stopping');
      for (const task of all) task.cancel();
    });
    for (const task of all) {
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    }
    stopper.cancel();
  });
  console.log('nothing is running any more');
}

await run(async () => {
  const commands = process.argv.slice(2);
  if (commands[0] !== '--demo') {
    return supervise(commands, { firstPause: 1, longestPause: 60, healthy: 60, grace: 10 });
  }
  getRunningLoop().callLater(1.5, () => process.kill(process.pid, 'SIGTERM'));
  return supervise(
    [
      "sh -c 'echo crashing; exit 3'",
      "sh -c 'echo once'",
      'sh -c \'trap "" TERM; echo stubborn; while :; do sleep 0.1; done\'',
    ],
    { firstPause: 0.1, longestPause: 0.4, healthy: 10, grace: 0.3 },
  );
});
