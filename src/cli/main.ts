#!/usr/bin/env node
// `asyncio-ts FILE [args…]`: runs the `main` export of a module as the main task.
import '../platform.ts';
import { parseCommand, USAGE } from './command.ts';
import { loadMain } from './load.ts';
import { runProgram } from './program.ts';

const command = parseCommand(process.argv.slice(2));
switch (command.kind) {
  case 'help':
    console.log(USAGE);
    break;
  case 'wrong':
    console.error(`asyncio-ts: ${command.reason}\n\n${USAGE}`);
    process.exitCode = 2;
    break;
  default:
    void runProgram(() => loadMain(command.file), command.args, command.debug).then((code) => {
      if (code !== 0) process.exitCode = code;
    });
}
