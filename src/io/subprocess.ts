// Child processes for coroutines: Process, with its streams, over the loop's subprocess transports.
import {
  type AbstractEventLoop,
  checkOptions,
  type Coroutine,
  fromGenerator,
  type Future,
  type GeneratorBody,
  getRunningLoop,
  RuntimeError,
  SubprocessProtocol,
  type SubprocessOptions,
  type SubprocessTransport,
} from '../core/index.ts';
import { gather } from '../tasks/index.ts';
import { checkLimit } from './arguments.ts';
import { checkBytes } from './bytes.ts';
import { checkCommand, checkCommandLine } from './stdio.ts';
import { FlowControl } from './flowcontrol.ts';
import { DEFAULT_LIMIT, StreamReader } from './streamreader.ts';
import type { StreamOptions } from './streams.ts';
import { StreamWriter, type WriterProtocol } from './streamwriter.ts';

/** A transport that can be waited for. */
type WaitableTransport = SubprocessTransport & { _wait(): GeneratorBody<number> };

class SubprocessStreamProtocol extends SubprocessProtocol implements WriterProtocol {
  readonly flow: FlowControl;
  readonly serverSide = false;
  stdin: StreamWriter | null = null;
  stdout: StreamReader | null = null;
  stderr: StreamReader | null = null;
  readonly #limit: number;
  readonly #loop: AbstractEventLoop;
  readonly #stdinClosed: Future<void>;
  readonly #openPipes = new Set<number>();
  #transport: SubprocessTransport | null = null;
  #exited = false;

  constructor(limit: number, loop: AbstractEventLoop) {
    super();
    this.#limit = limit;
    this.#loop = loop;
    this.#stdinClosed = loop.createFuture<void>();
    this.flow = new FlowControl(loop);
  }

  closeWaiter(): Future<void> {
    return this.#stdinClosed;
  }

  replaceTransport(): void {
    throw new RuntimeError('A pipe to a child process cannot change to TLS');
  }

  override connectionMade(transport: SubprocessTransport): void {
    this.#transport = transport;
    this.stdout = this.#reader(transport, 1);
    this.stderr = this.#reader(transport, 2);
    const stdin = transport.getPipeTransport(0);
    if (stdin !== null) this.stdin = new StreamWriter(stdin, this, null, this.#loop);
  }

  #reader(transport: SubprocessTransport, fd: number): StreamReader | null {
    const pipe = transport.getPipeTransport(fd);
    if (pipe === null) return null;
    const reader = new StreamReader(this.#limit, { loop: this.#loop });
    reader.setTransport(pipe);
    this.#openPipes.add(fd);
    return reader;
  }

  override pipeDataReceived(fd: number, data: Uint8Array): void {
    (fd === 1 ? this.stdout : this.stderr)?.feedData(data);
  }

  override pipeConnectionLost(fd: number, error: Error | null): void {
    if (fd === 0) {
      this.flow.lose(error);
      if (error === null) this.#stdinClosed.setResult();
      else {
        this.#stdinClosed.setException(error);
        this.#stdinClosed.exception();
      }
      return;
    }
    const reader = fd === 1 ? this.stdout : this.stderr;
    if (error === null) reader?.feedEof();
    else reader?.setException(error);
    this.#openPipes.delete(fd);
    this.#maybeClose();
  }

  override processExited(): void {
    this.#exited = true;
    this.#maybeClose();
  }

  override pauseWriting(): void {
    this.flow.pause();
  }

  override resumeWriting(): void {
    this.flow.resume();
  }

  #maybeClose(): void {
    if (this.#openPipes.size > 0 || !this.#exited) return;
    this.#transport?.close();
    this.#transport = null;
  }
}

/**
 * A child process. As a context manager (`asyncWith(process, body)`) it is killed when the body ends before it,
 * by an error or a cancellation too, and its end is awaited.
 *
 * @example
 * const process = await createSubprocessExec('sort', ['-n'], { stdin: PIPE, stdout: PIPE });
 * const [sorted] = await process.communicate(new TextEncoder().encode('10\n9\n'));
 */
export class Process {
  readonly #transport: WaitableTransport;
  /** The process id. */
  readonly pid: number;
  /** The pipe to its standard input; null when there is none. */
  readonly stdin: StreamWriter | null;
  /** What it writes; null when there is no pipe. */
  readonly stdout: StreamReader | null;
  readonly stderr: StreamReader | null;

  /** @internal */
  constructor(
    transport: SubprocessTransport,
    streams: {
      stdin: StreamWriter | null;
      stdout: StreamReader | null;
      stderr: StreamReader | null;
    },
  ) {
    this.#transport = transport as WaitableTransport;
    this.pid = transport.getPid();
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
  }

  /** The exit code; minus the signal's number when one ended it; null while it runs. */
  get returncode(): number | null {
    return this.#transport.getReturncode();
  }

  /**
   * Waits for its end and gives the exit code. Cancelled, it leaves the process running. With a pipe that nobody
   * reads the process may never end: use `communicate`.
   */
  wait(): Coroutine<number> {
    return fromGenerator(this.#transport._wait(), 'Process.wait');
  }

  /**
   * Sends `input`, reads both outputs to their end and waits for the process. Gives the outputs (null without a pipe),
   * all in memory.
   * @throws TypeError for input that is no Uint8Array; RuntimeError for input without a pipe to stdin
   */
  communicate(
    input: Uint8Array | null = null,
  ): Coroutine<[stdout: Uint8Array | null, stderr: Uint8Array | null]> {
    if (input !== null) {
      checkBytes(input, 'communicate()');
      if (this.stdin === null)
        throw new RuntimeError('communicate() with input needs {stdin: PIPE}');
    }
    return fromGenerator(this.#communicate(input), 'Process.communicate');
  }

  /** Sends a signal, by name or number. No effect once it has ended. @throws ConnectionError (ESRCH) long after */
  sendSignal(signal: string | number): void {
    this.#transport.sendSignal(signal);
  }

  /** Asks it to end: SIGTERM. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** Ends it: SIGKILL. */
  kill(): void {
    this.#transport.kill();
  }

  /** `asyncWith(process, body)`. */
  enter(): this {
    return this;
  }

  exit(): Coroutine<void> {
    return fromGenerator(this.#exit(), 'Process.exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exit();
  }

  toString(): string {
    return `<Process ${this.pid}>`;
  }

  *#exit(): GeneratorBody<void> {
    if (this.returncode === null) this.#transport.close();
    yield* this.#transport._wait();
    // Outputs that something else holds open are not waited for.
    this.#transport.close();
  }

  *#communicate(input: Uint8Array | null): GeneratorBody<[Uint8Array | null, Uint8Array | null]> {
    const [, stdout, stderr] = yield* gather(
      this.#feed(input),
      this.#drainOutput(1, this.stdout),
      this.#drainOutput(2, this.stderr),
    );
    yield* this.#transport._wait();
    return [stdout, stderr];
  }

  *#feed(input: Uint8Array | null): GeneratorBody<void> {
    const { stdin } = this;
    if (stdin === null) return;
    try {
      if (input !== null) stdin.write(input);
      yield* stdin.drain();
    } catch (error) {
      // It does not read all of its input, which is its own business.
      const { code } = error as { code?: unknown };
      if (code !== 'EPIPE' && code !== 'ECONNRESET') throw error;
    }
    stdin.close();
  }

  *#drainOutput(fd: number, reader: StreamReader | null): GeneratorBody<Uint8Array | null> {
    if (reader === null) return null;
    const output = yield* reader.read();
    this.#transport.getPipeTransport(fd)?.close();
    return output;
  }
}

/**
 * Starts a program, without a shell.
 *
 * @param options.stdin PIPE, DEVNULL, a file descriptor, or null (the parent's own, the default); stdout, stderr alike
 * @throws the host's error (`ENOENT`) when it cannot be started; CancelledError: then it is killed
 * @example
 * const process = await createSubprocessExec('date', ['-u'], { stdout: PIPE });
 */
export function createSubprocessExec(
  program: string,
  args: readonly string[] = [],
  options: SubprocessOptions & StreamOptions = {},
): Coroutine<Process> {
  checkOptions(options, 'createSubprocessExec()');
  const { limit, ...rest } = options;
  checkCommand(program, args, rest, 'createSubprocessExec()');
  checkLimit(limit, 'createSubprocessExec()');
  return fromGenerator(
    create(limit, rest, (loop, make, all) => loop.subprocessExec(make, program, args, all)),
    'createSubprocessExec',
  );
}

/** Has the shell run a command line. Never put text of unknown origin into it. */
export function createSubprocessShell(
  command: string,
  options: SubprocessOptions & StreamOptions = {},
): Coroutine<Process> {
  checkOptions(options, 'createSubprocessShell()');
  const { limit, ...rest } = options;
  checkCommandLine(command, rest, 'createSubprocessShell()');
  checkLimit(limit, 'createSubprocessShell()');
  return fromGenerator(
    create(limit, rest, (loop, make, all) => loop.subprocessShell(make, command, all)),
    'createSubprocessShell',
  );
}

function* create(
  limit: number | undefined,
  options: SubprocessOptions,
  start: (
    loop: AbstractEventLoop,
    make: () => SubprocessStreamProtocol,
    options: SubprocessOptions,
  ) => Coroutine<[SubprocessTransport, SubprocessStreamProtocol]>,
): GeneratorBody<Process> {
  const loop = getRunningLoop();
  const { stdin = null, stdout = null, stderr = null, ...rest } = options;
  const make = (): SubprocessStreamProtocol =>
    new SubprocessStreamProtocol(limit ?? DEFAULT_LIMIT, loop);
  const [transport, protocol] = yield* start(loop, make, { ...rest, stdin, stdout, stderr });
  return new Process(transport, protocol);
}
