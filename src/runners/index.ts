// Running a program: run, Runner.
export { run, Runner, type RunnerOptions } from './runner.ts';
