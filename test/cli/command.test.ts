import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needBuild } from '../../scripts/build.mjs';
import { parseCommand } from '../../src/cli/command.ts';
import { Workshop } from './programs.ts';

const shop = new Workshop();
beforeAll(() => needBuild());
afterAll(() => shop.remove());

test('the words of the command line', () => {
  expect(parseCommand(['--debug', 'a.ts', '--b', 'c'])).toEqual({
    kind: 'run',
    file: 'a.ts',
    args: ['--b', 'c'],
    debug: true,
  });
  expect(parseCommand(['a.js'])).toMatchObject({ kind: 'run', debug: false, args: [] });
  expect(parseCommand(['-h']).kind).toBe('help');
  expect(parseCommand([])).toMatchObject({ kind: 'wrong', reason: 'no FILE given' });
  expect(parseCommand(['-x'])).toMatchObject({ kind: 'wrong', reason: 'unknown option -x' });
});

describe('asyncio-ts FILE', () => {
  test('runs main with the arguments; exit code 0', async () => {
    const file = shop.write(
      'hello.mjs',
      `import { sleep } from 'asyncio-ts';
       export async function main(...names) { await sleep(0.001); console.log('hello', ...names); }`,
    );
    expect(await shop.command(file, 'ada', '--flag').ended).toMatchObject({
      code: 0,
      stdout: 'hello ada --flag\n',
      stderr: '',
    });
  });

  test('runs TypeScript', async () => {
    const file = shop.write(
      'typed.ts',
      `import { sleep, type GeneratorBody } from 'asyncio-ts';
       export function* main(n: string): GeneratorBody<void> { yield* sleep(0); console.log(Number(n) as number + 1); }`,
    );
    expect(await shop.command(file, '41').ended).toMatchObject({ code: 0, stdout: '42\n' });
  });

  test.each(['typed.cts', 'common.ts'])('runs CommonJS in TypeScript: %s', async (name) => {
    const entry = JSON.stringify(fileURLToPath(new URL('../../dist/index.js', import.meta.url)));
    const file = shop.write(
      name,
      `const { sleep } = require(${entry});
       exports.main = async (name: string): Promise<void> => { await sleep(0); console.log(name); };`,
    );
    expect(await shop.command(file, 'ada').ended).toMatchObject({ stdout: 'ada\n', code: 0 });
  });

  test('prints the traceback when main throws; exit code 1', async () => {
    const file = shop.write(
      'broken.mjs',
      `import { createTask } from 'asyncio-ts';
       async function deep() { throw new RangeError('broken'); }
       export async function main() { await createTask(() => deep(), { name: 'child' }); }`,
    );
    const end = await shop.command(file).ended;
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(
      /RangeError: broken\n\s+at deep .*broken\.mjs:2[^]*at task 'child'[^]*at async main/,
    );
  });

  test('Ctrl-C cancels main and lets its finally blocks finish; exit code 130', async () => {
    const file = shop.write(
      'waits.mjs',
      `import { sleep } from 'asyncio-ts';
       export async function main() {
         try { console.log('ready'); await sleep(3600); }
         finally { await sleep(0.01); console.log('cleaned'); }
       }`,
    );
    const program = shop.command(file);
    await program.said('ready');
    program.interrupt();
    expect(await program.ended).toMatchObject({
      code: 130,
      stdout: 'ready\ncleaned\n',
      stderr: '',
    });
  });

  test('a second Ctrl-C ends at once with exit code 130', async () => {
    const file = shop.write(
      'stubborn.mjs',
      `import { sleep } from 'asyncio-ts';
       export async function main() {
         try { console.log('ready'); await sleep(3600); }
         finally { console.log('cleaning'); await sleep(3600); }
       }`,
    );
    const program = shop.command(file);
    await program.said('ready');
    program.interrupt();
    await program.said('cleaning');
    program.interrupt();
    expect(await program.ended).toMatchObject({ code: 130 });
  });

  test('says what is wrong with the program or the words', async () => {
    const file = shop.write('empty.mjs', 'export const main = 5;');
    expect(await shop.command(file).ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /has to export a function named main, not the number 5/,
      ) as string,
    });
    expect(await shop.command('missing.mjs').ended).toMatchObject({
      code: 1,
      stderr: 'asyncio-ts: there is no file missing.mjs\n',
    });
    const wrong = shop.write('wrong.mjs', 'export function main( {');
    expect(await shop.command(wrong).ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^asyncio-ts: cannot load \S*wrong\.mjs:\n\S*wrong\.mjs:1\n/,
      ) as string,
    });
    // The place is that of the module that is wrong.
    shop.write('part.mjs', 'export const a = 1;\nexport const b = (;');
    const importer = shop.write('importer.mjs', "import './part.mjs'; export function main() {}");
    expect((await shop.command(importer).ended).stderr).toMatch(/part\.mjs:2\n/);
    const lost = shop.write('lost.mjs', "import './nowhere.mjs'; export function main() {}");
    expect((await shop.command(lost).ended).stderr).toMatch(
      /^asyncio-ts: cannot load \S*lost\.mjs: Cannot find module \S*nowhere\.mjs\S* imported from \S*lost\.mjs\n$/,
    );
    expect((await shop.command('.').ended).stderr).toBe(
      'asyncio-ts: . is not a file; name the module to run\n',
    );
    expect((await shop.command().ended).code).toBe(2);
    expect((await shop.command('--help').ended).stdout).toMatch(/^Usage: asyncio-ts/);
  });
});

describe('run in a program of its own', () => {
  test('Ctrl-C reaches a program that computes at its next await', async () => {
    const program = shop.node(`
      import { run, sleep, KeyboardInterrupt } from 'asyncio-ts';
      const main = run(async () => {
        console.log('ready');
        for (const end = Date.now() + 500; Date.now() < end; );
        console.log('computed');
        await sleep(3600);
      });
      try { await main; } catch (error) { console.log(error instanceof KeyboardInterrupt); }
    `);
    await program.said('ready');
    program.interrupt();
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'ready\ncomputed\ntrue\n' });
  });

  test('ends with a KeyboardInterrupt on Ctrl-C', async () => {
    const program = shop.node(`
      import { run, sleep, KeyboardInterrupt } from 'asyncio-ts';
      try { await run(async () => { console.log('ready'); await sleep(3600); }); }
      catch (error) { console.log(error instanceof KeyboardInterrupt, process.listenerCount('SIGINT')); }
    `);
    await program.said('ready');
    program.interrupt();
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'ready\ntrue 0\n' });
  });

  test('reaches every main of the program, however many run side by side', async () => {
    const program = shop.node(`
      import { run, sleep } from 'asyncio-ts';
      process.on('warning', (w) => console.log(w.name));
      const mains = Array.from({ length: 20 }, () => run(() => sleep(3600)));
      console.log('ready');
      const ends = await Promise.allSettled(mains);
      console.log(new Set(ends.map((end) => end.reason?.name)), process.listenerCount('SIGINT'));
    `);
    await program.said('ready');
    program.interrupt();
    expect(await program.ended).toMatchObject({
      code: 0,
      stdout: "ready\nSet(1) { 'KeyboardInterrupt' } 0\n",
    });
  });

  test('sleep(Infinity) waits for Ctrl-C', async () => {
    const program = shop.node(`
      import { run, sleep, KeyboardInterrupt } from 'asyncio-ts';
      setTimeout(() => console.log('still here'), 50);
      await run(() => sleep(Infinity)).catch((error) => console.log(error.name));
    `);
    await program.said('still here');
    await new Promise((resolve) => setTimeout(resolve, 50));
    program.interrupt();
    expect(await program.ended).toMatchObject({
      code: 0,
      stdout: 'still here\nKeyboardInterrupt\n',
    });
  });

  test('leaves SIGINT to a program that handles it', async () => {
    const program = shop.node(`
      import { run, Event } from 'asyncio-ts';
      const stop = new Event();
      process.on('SIGINT', () => stop.set());
      await run(async () => { setInterval(() => {}, 1000).unref(); console.log('ready');
        const keep = setInterval(() => {}, 1000); await stop.wait(); clearInterval(keep); console.log('own end'); });
    `);
    await program.said('ready');
    program.interrupt();
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'ready\nown end\n' });
  });

  test('a deadlock is told, with every waiting task, and finally blocks run', async () => {
    const end = await shop.node(
      `
      import { run, createTask, sleep, Future, Event } from 'asyncio-ts';
      await run(async () => {
        createTask(async () => { try { await new Event().wait(); } finally { console.log('cleaned'); } }, { name: 'stuck' });
        await sleep(0.001);
        await new Future();
      });
    `,
      { ASYNCIO_DEBUG: '1' },
    ).ended;
    expect(end.code).toBe(1);
    expect(end.stdout).toBe('cleaned\n');
    expect(end.stderr).toMatch(
      /Deadlock[^]*name='Task-1'[^]*created at[^]*name='stuck'[^]*waits in Event\.wait created at .*program\.mjs:4/,
    );
  });

  test('reports a forgotten exception while it goes on, whatever frames the error was thrown in', async () => {
    // In a process of its own: test runners have the stacks of errors written out early, which hides the danger.
    const end = await shop.node(`
      import { createTask, getRunningLoop, run, sleep } from 'asyncio-ts';
      import { setFlagsFromString } from 'node:v8';
      import { runInNewContext } from 'node:vm';
      setFlagsFromString('--expose-gc');
      const gc = runInNewContext('gc');
      const reported = [];
      await run(async () => {
        getRunningLoop().setExceptionHandler((_loop, { exception }) => reported.push(exception.message));
        createTask(function* () { throw new RangeError('generator'); });
        createTask(async () => { await sleep(0); throw new RangeError('async'); });
        for (let i = 0; i < 100 && reported.length < 2; i++) { await sleep(0.005); gc(); }
        console.log(reported.sort().join());
      });
    `).ended;
    expect(end).toMatchObject({ code: 0, stdout: 'async,generator\n', stderr: '' });
  });

  test('a program that awaits in plain code ends by itself', async () => {
    const end = await shop.node(`
      import { sleep, gather, timeout } from 'asyncio-ts';
      await sleep(0.001);
      console.log(await gather(sleep(0, 1), sleep(0.001, 2)), await timeout(60, () => sleep(0, 3)));
    `).ended;
    expect(end).toMatchObject({ code: 0, stdout: '[ 1, 2 ] 3\n', stderr: '' });
  });

  test('what nobody claimed outside of a run is told when the program ends, once', async () => {
    const end = await shop.node(`
      import { createTask, ensureFuture, Future, run, sleep, wait } from 'asyncio-ts';
      const fails = (text) => async () => { await sleep(0.001); throw new Error(text); };
      await run(async () => { createTask(fails('in run')); await sleep(0.01); });
      console.error('run ended');
      ensureFuture(fails('lost'));
      const seen = ensureFuture(fails('seen'));
      sleep(1);
      await wait([seen]);
      seen.exception();
      console.error('program ends');
    `).ended;
    expect(end).toMatchObject({ code: 0, stdout: '' });
    const [inRun, between, atEnd] = end.stderr.split(/run ended|program ends/);
    expect(inRun).toContain('in run');
    expect(between).toBe('\n');
    expect(atEnd?.match(/exception was never retrieved/g)).toHaveLength(1);
    expect(atEnd).toContain('Error: lost');
    expect(atEnd).toContain("coroutine 'sleep' was never awaited");
    expect(atEnd).not.toMatch(/seen|in run/);
  });
});
