import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  asyncWith,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  DEVNULL,
  getRunningLoop,
  newEventLoop,
  PIPE,
  run,
  RuntimeError,
  sleep,
  STDOUT,
  SubprocessProtocol,
  type SubprocessTransport,
  TimeoutError,
  timeout,
  waitFor,
} from '../../src/index.ts';
import { b, failure, inBothKinds, pattern, s, scratch } from './support.ts';

/** Whether a process is there (a zombie counts). */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

inBothKinds('communicate: input in, output out, exit code', function* (kind) {
  const sort = yield* kind.wait(
    createSubprocessExec('sort', ['-n'], { stdin: PIPE, stdout: PIPE }),
  );
  expect(sort.pid).toBeGreaterThan(0);
  expect(sort.returncode).toBe(null);
  const [stdout, stderr] = yield* kind.wait(sort.communicate(b('10\n9\n1\n')));
  expect(s(stdout as Uint8Array)).toBe('1\n9\n10\n');
  expect(stderr).toBe(null);
  expect(sort.returncode).toBe(0);
});

inBothKinds('communicate moves 20 MiB both ways without deadlock', function* (kind) {
  const data = pattern(20 * 1024 * 1024);
  const cat = yield* kind.wait(
    createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE, stderr: PIPE }),
  );
  const [stdout, stderr] = yield* kind.wait(cat.communicate(data));
  expect(Buffer.compare(stdout as Uint8Array, data)).toBe(0);
  expect((stderr as Uint8Array).length).toBe(0);
});

inBothKinds('by hand: write a line, read a line, close, wait', function* (kind) {
  const cat = yield* kind.wait(createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE }));
  cat.stdin?.write(b('first\n'));
  expect(s(yield* kind.wait(cat.stdout!.readline()))).toBe('first\n');
  cat.stdin?.write(b('last'));
  cat.stdin?.close();
  expect(s(yield* kind.wait(cat.stdout!.read()))).toBe('last');
  expect(yield* kind.wait(cat.wait())).toBe(0);
  expect(yield* kind.wait(cat.wait())).toBe(0);
  yield* kind.wait(cat.stdin!.waitClosed());
});

test('exit codes and signals are told as in Python', () =>
  run(async () => {
    const failing = await createSubprocessShell('exit 7');
    expect(await failing.wait()).toBe(7);
    const killed = await createSubprocessExec('sleep', ['60']);
    killed.kill();
    expect(await killed.wait()).toBe(-9);
    const ended = await createSubprocessExec('sleep', ['60']);
    ended.terminate();
    expect(await ended.wait()).toBe(-15);
    const hung = await createSubprocessExec('sleep', ['60']);
    hung.sendSignal('SIGHUP');
    expect(await hung.wait()).toBe(-1);
    expect(() => hung.sendSignal('SIGNOTHING')).toThrow(RangeError);
  }));

test('stderr: STDOUT joins both into one pipe, in order', () =>
  run(async () => {
    const shell = await createSubprocessShell('echo one; echo two >&2; echo three', {
      stdout: PIPE,
      stderr: STDOUT,
    });
    expect(shell.stderr).toBe(null);
    expect(s((await shell.communicate())[0] as Uint8Array)).toBe('one\ntwo\nthree\n');
    const script =
      'import sys; print("a", flush=True); print("b", file=sys.stderr, flush=True); print("it\'s $HOME")';
    const python = await createSubprocessExec('python3', ['-c', script], {
      stdout: PIPE,
      stderr: STDOUT,
    });
    expect(s((await python.communicate())[0] as Uint8Array)).toBe("a\nb\nit's $HOME\n");
    const error = await failure(() =>
      createSubprocessExec('no-such-program-here', [], { stdout: PIPE, stderr: STDOUT }),
    );
    expect(error.code).toBe('ENOENT');
  }));

test('DEVNULL, the environment, the working directory', () =>
  run(async () => {
    const shell = await createSubprocessShell('cat; pwd; echo $COLOUR; echo lost >&2', {
      stdin: DEVNULL,
      stdout: PIPE,
      stderr: DEVNULL,
      cwd: '/usr',
      env: { COLOUR: 'red', PATH: process.env['PATH'] },
    });
    const [stdout] = await shell.communicate();
    expect(s(stdout as Uint8Array)).toBe('/usr\nred\n');
  }));

test('a program that does not exist: the error of the host', () =>
  run(async () => {
    const error = await failure(() => createSubprocessExec('no-such-program-here'));
    expect(error.code).toBe('ENOENT');
    expect(
      (await failure(() => createSubprocessExec('ls', [], { cwd: '/no/such/folder' }))).code,
    ).toBe('ENOENT');
    expect(await failure(() => createSubprocessExec(5 as never))).toBeInstanceOf(TypeError);
    expect(await failure(() => createSubprocessExec('ls', ['a\0b']))).toBeInstanceOf(TypeError);
    expect(await failure(() => createSubprocessExec('ls', 'x' as never))).toBeInstanceOf(TypeError);
    expect(await failure(() => createSubprocessExec('ls', [], { stdin: STDOUT }))).toBeInstanceOf(
      RangeError,
    );
  }));

test('a child that reads only a part of its input ends communicate well', () =>
  run(async () => {
    const head = await createSubprocessExec('head', ['-c', '3'], { stdin: PIPE, stdout: PIPE });
    const [stdout] = await head.communicate(new Uint8Array(5_000_000).fill(120));
    expect(s(stdout as Uint8Array)).toBe('xxx');
    expect(head.returncode).toBe(0);
  }));

test('text or missing pipes are told before anything is sent', () =>
  run(async () => {
    const cat = await createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
    expect(await failure(() => cat.communicate('text' as never))).toBeInstanceOf(TypeError);
    await cat.communicate(b(''));
    const none = await createSubprocessExec('true');
    expect(await failure(() => none.communicate(b('x')))).toBeInstanceOf(RuntimeError);
    await none.wait();
  }));

test('cancelling communicate and wait leaves the process alone; as a context manager it is killed and reaped', () =>
  run(async () => {
    const sleeper = await createSubprocessExec('sleep', ['60'], { stdout: PIPE });
    expect(await failure(() => waitFor(sleeper.communicate(), 0.05))).toBeInstanceOf(TimeoutError);
    expect(await failure(() => waitFor(sleeper.wait(), 0.05))).toBeInstanceOf(TimeoutError);
    expect(sleeper.returncode).toBe(null);
    const error = await failure(() =>
      timeout(0.05, () => asyncWith(sleeper, async (child) => void (await child.wait()))),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(sleeper.returncode).toBe(-9);
    expect(exists(sleeper.pid)).toBe(false);
  }));

test('cancelled while it is being started, a child is killed and reaped', () =>
  run(async () => {
    const pids: number[] = [];
    class Noting extends SubprocessProtocol {
      override connectionMade(transport: SubprocessTransport): void {
        pids.push(transport.getPid());
      }
    }
    const loop = getRunningLoop();
    const starting = createTask(loop.subprocessExec(() => new Noting(), 'sleep', ['60']));
    await sleep(0);
    starting.cancel();
    await failure(() => starting);
    expect(starting.cancelled()).toBe(true);
    for (const pid of pids) expect(exists(pid)).toBe(false);
    const children = readFileSync(
      `/proc/${process.pid}/task/${process.pid}/children`,
      'utf8',
    ).trim();
    for (const child of children.split(' ').filter(Boolean)) {
      expect(readFileSync(`/proc/${child}/cmdline`, 'utf8')).not.toContain('sleep\x0060');
    }
  }));

test('the end of a run ends the children that are left', async () => {
  const pid = await run(async () => (await createSubprocessExec('sleep', ['60'])).pid);
  for (let i = 0; i < 200 && exists(pid); i++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(exists(pid)).toBe(false);
});

test('no zombies: fifty children, all reaped', () =>
  run(async () => {
    const pids: number[] = [];
    for (let round = 0; round < 5; round++) {
      const children = [];
      for (let i = 0; i < 10; i++) children.push(await createSubprocessExec('true'));
      for (const child of children) {
        expect(await child.wait()).toBe(0);
        pids.push(child.pid);
      }
    }
    expect(pids.filter(exists)).toEqual([]);
  }));

test('the protocol layer: data by descriptor, pipes, exit and the end, each in its place', () =>
  run(async () => {
    const log: string[] = [];
    const ended = getRunningLoop().createFuture<void>();
    class Recorder extends SubprocessProtocol {
      override connectionMade(transport: SubprocessTransport): void {
        log.push('made');
        transport.getPipeTransport(0)?.write(b('to the child'));
        transport.getPipeTransport(0)?.close();
      }
      override pipeDataReceived(fd: number, data: Uint8Array): void {
        log.push(`${fd} ${s(data).trim()}`);
      }
      override pipeConnectionLost(fd: number, error: Error | null): void {
        log.push(`pipe ${fd} ${String(error)}`);
      }
      override processExited(): void {
        log.push('exited');
      }
      override connectionLost(error: Error | null): void {
        log.push(`lost ${String(error)}`);
        ended.setResult();
      }
    }
    const [transport, protocol] = await getRunningLoop().subprocessShell(
      () => new Recorder(),
      'cat; sleep 0.05; echo oops >&2; exit 3',
    );
    expect(transport.getProtocol()).toBe(protocol);
    await ended;
    expect(transport.getReturncode()).toBe(3);
    expect(log[0]).toBe('made');
    expect(log.at(-1)).toBe('lost null');
    expect([...log].sort()).toEqual(
      [
        '1 to the child',
        '2 oops',
        'exited',
        'lost null',
        'made',
        'pipe 0 null',
        'pipe 1 null',
        'pipe 2 null',
      ].sort(),
    );
    expect(log.indexOf('1 to the child')).toBeLessThan(log.indexOf('pipe 1 null'));
    transport.close();
  }));

test('a slow reader holds the child back: memory is bounded by the limit', () =>
  run(async () => {
    const child = await createSubprocessShell('head -c 30000000 /dev/zero', {
      stdout: PIPE,
      limit: 1000,
    });
    await sleep(0.3);
    expect(child.returncode).toBe(null);
    const held = Number(/(\d+) bytes/.exec(String(child.stdout))?.[1]);
    expect(held).toBeLessThan(200_000);
    let total = 0;
    for (;;) {
      const data = await child.stdout?.read(100_000);
      if (data === undefined || data.length === 0) break;
      total += data.length;
    }
    expect(total).toBe(30_000_000);
    expect(await child.wait()).toBe(0);
  }));

test('the output of children that end at once is all there, whenever it is read', () =>
  run(async () => {
    for (let i = 0; i < 30; i++) {
      const child = await createSubprocessExec('echo', [`line ${i}`], { stdout: PIPE });
      if (i % 3 === 1) await child.wait();
      if (i % 3 === 2) await sleep(0.01);
      expect(s((await child.stdout?.read()) as Uint8Array)).toBe(`line ${i}\n`);
      await child.wait();
    }
  }));

test('the end of a child does not undo a pause of its output', () =>
  run(async () => {
    // The shell ends; what it leaves behind goes on writing to the same pipe.
    const child = await createSubprocessShell('head -c 20000000 /dev/zero & exit 0', {
      stdout: PIPE,
      limit: 1000,
    });
    while (child.returncode === null) await sleep(0.01);
    await sleep(0.2);
    expect(Number(/(\d+) bytes/.exec(String(child.stdout))?.[1])).toBeLessThan(400_000);
    let total = 0;
    for (;;) {
      const data = (await child.stdout?.read(100_000)) as Uint8Array;
      if (data.length === 0) break;
      total += data.length;
    }
    expect(total).toBe(20_000_000);
    expect(await child.wait()).toBe(0);
  }));

test('a cancelled waitClosed() of stdin leaves no trace', () =>
  run(async () => {
    const told: string[] = [];
    getRunningLoop().setExceptionHandler((_loop, { message }) => told.push(String(message)));
    const cat = await createSubprocessExec('cat', [], { stdin: PIPE, stdout: PIPE });
    expect(await failure(() => waitFor(cat.stdin!.waitClosed(), 0.01))).toBeInstanceOf(
      TimeoutError,
    );
    cat.stdin!.close();
    expect(await cat.wait()).toBe(0);
    await cat.stdin!.waitClosed();
    expect(told).toEqual([]);
  }));

test.skipIf(process.platform !== 'linux')(
  'stderr: STDOUT goes where our own output goes, when the child has that',
  () =>
    run(async () => {
      const link = join(scratch(), 'link');
      const script = 'readlink /proc/$$/fd/2 > "$1"';
      const child = await createSubprocessExec('sh', ['-c', script, 'sh', link], {
        stderr: STDOUT,
      });
      expect(await child.wait()).toBe(0);
      expect(readFileSync(link, 'utf8').trim()).toBe(readlinkSync('/proc/self/fd/1'));
    }),
);

test('a pause in connectionMade holds the output from the first byte', () =>
  run(async () => {
    const got: string[] = [];
    class Patient extends SubprocessProtocol {
      override connectionMade(transport: SubprocessTransport): void {
        transport.getPipeTransport(1)?.pauseReading();
      }
      override pipeDataReceived(_fd: number, data: Uint8Array): void {
        got.push(s(data));
      }
    }
    const [transport] = await getRunningLoop().subprocessExec(() => new Patient(), 'echo', ['hi']);
    await sleep(0.1);
    expect(got).toEqual([]);
    transport.getPipeTransport(1)?.resumeReading();
    await sleep(0.1);
    expect(got).toEqual(['hi\n']);
    transport.close();
  }));

test('another shell: executable names it, with every kind of stderr', () =>
  run(async () => {
    for (const stderr of [DEVNULL, PIPE, STDOUT]) {
      // cat, taken for a shell, is given -c and the command line, which it cannot do.
      const child = await createSubprocessShell('exit 0', {
        executable: '/bin/cat',
        stdin: DEVNULL,
        stdout: PIPE,
        stderr,
      });
      await child.communicate();
      expect(child.returncode).not.toBe(0);
      expect(
        (
          await failure(() =>
            createSubprocessShell('exit 0', { executable: '/no/shell', stdout: PIPE, stderr }),
          )
        ).code,
      ).toBe('ENOENT');
    }
  }));

test('input for a child that has ended goes nowhere, and is no misuse', () =>
  run(async () => {
    const early = await createSubprocessShell('echo hi', { stdin: PIPE, stdout: PIPE });
    await sleep(0.1);
    const [output] = await early.communicate(new Uint8Array(1_000_000));
    expect(s(output as Uint8Array)).toBe('hi\n');
    const child = await createSubprocessExec('true', [], { stdin: PIPE });
    await child.wait();
    await child.communicate(b('x'));
    const other = await createSubprocessExec('true', [], { stdin: PIPE });
    await other.wait();
    other.stdin?.write(b('x'));
    expect((await failure(() => other.stdin?.drain())).code).toBe('ECONNRESET');
    other.stdin?.close();
    expect(() => other.stdin?.write(b('y'))).toThrow(RuntimeError);
  }));

test('stderr: STDOUT changes nothing else of the child: environment, argv[0], what it cannot be', () =>
  run(async () => {
    const merged = { stdout: PIPE, stderr: STDOUT };
    const output = async (program: string, args: string[], options = {}): Promise<string> => {
      const child = await createSubprocessExec(program, args, { ...merged, ...options });
      return s((await child.communicate())[0] as Uint8Array);
    };
    const env = { 'npm.x': '1', B: '2' };
    expect((await output('/usr/bin/env', [], { env })).trim().split('\n').sort()).toEqual([
      'B=2',
      'npm.x=1',
    ]);
    expect(await output('me', ['-c', 'echo $0; echo err >&2'], { executable: '/bin/sh' })).toBe(
      'me\nerr\n',
    );
    const script = join(scratch(), 'script');
    writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 });
    const code = async (program: string): Promise<unknown> =>
      (await failure(() => createSubprocessExec(program, [], merged))).code;
    expect(await code('/etc/passwd')).toBe('EACCES');
    expect(await code('/etc/passwd/x')).toBe('ENOTDIR');
    expect(await code(script)).toBe('ENOENT');
  }));

test('stderr: STDOUT moves megabytes, and a child that is killed or not waited for leaves nothing', () =>
  run(async () => {
    const big = await createSubprocessShell(
      'head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2',
      {
        stdout: PIPE,
        stderr: STDOUT,
      },
    );
    expect((await big.communicate())[0]?.length).toBe(10_000_000);
    const hung = await createSubprocessExec('sleep', ['60'], { stdout: PIPE, stderr: STDOUT });
    hung.kill();
    expect(await hung.wait()).toBe(-9);
    expect(s((await hung.stdout?.read()) ?? b('?'))).toBe('');
    const late = createTask(() =>
      createSubprocessExec('sleep', ['60'], { stdout: PIPE, stderr: STDOUT }),
    );
    await sleep(0);
    late.cancel();
    expect((await failure(() => late)).name).toBe('CancelledError');
  }));

inBothKinds('writeEof() on the input of a child closes it', function* (kind) {
  const child = yield* kind.wait(createSubprocessExec('sleep', ['60'], { stdin: PIPE }));
  child.stdin?.writeEof();
  yield* kind.wait(waitFor(child.stdin!.waitClosed(), 5));
  expect(child.stdin?.isClosing()).toBe(true);
  child.kill();
  yield* kind.wait(child.wait());
});

test('signal 0 asks whether the child is there; an empty command line does nothing', () =>
  run(async () => {
    const child = await createSubprocessExec('sleep', ['60']);
    child.sendSignal(0);
    child.kill();
    expect(await child.wait()).toBe(-9);
    expect(await (await createSubprocessShell('')).wait()).toBe(0);
  }));

test('an environment or a folder that cannot be is refused at the call', () => {
  const start = (options: object) => () => void createSubprocessExec('true', [], options);
  expect(start({ env: new Map([['A', 'b']]) })).toThrow(/TypeError|an object of strings/);
  expect(start({ env: { 'A=B': 'x' } })).toThrow(RangeError);
  expect(start({ env: { A: 'a\0b' } })).toThrow(RangeError);
  expect(start({ cwd: '' })).toThrow(/expects \{cwd\} as the path of a folder, not the string ''/);
  expect(start({ cwd: 'a\0b' })).toThrow(RangeError);
});

test('a loop that is closed while a child begins leaves no folder behind', async () => {
  const folder = scratch();
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const loop = newEventLoop();
    loop.setExceptionHandler(() => {});
    const starting = loop.createTask(function* () {
      yield* createSubprocessExec('true', [], { stdout: PIPE, stderr: STDOUT });
    });
    loop.callSoon(() => loop.stop());
    await loop.runForever();
    expect(readdirSync(folder)).toHaveLength(1);
    loop.close();
    expect([readdirSync(folder), starting.done()]).toEqual([[], false]);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
