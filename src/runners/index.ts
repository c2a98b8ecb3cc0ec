// Running a program: run, Runner.
export { run, Runner, type RunnerOptions, type RunOptions } from './runner.ts';
