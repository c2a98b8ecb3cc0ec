// Child processes, over Node's child_process: a transport for the process, and one for each of its pipes.
//
// States: starting (pipes and protocol are being connected; what happens meanwhile is kept) -> running -> exited (its
// pipes may still deliver) -> finished, when the last pipe is gone and `connectionLost` has been called.
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import {
  ConnectionError,
  type Context,
  copyContext,
  type Future,
  type GeneratorBody,
  Handle,
  type Held,
  NotImplementedError,
  Protocol,
  type Stdio,
  type SubprocessOptions,
  type SubprocessProtocol,
  SubprocessTransport,
  type Transport,
} from '../../core/index.ts';
import type { HostedEventLoop } from '../../loops/index.ts';
import { checkCommand, checkCommandLine, DEVNULL, PIPE, STDOUT } from '../stdio.ts';
import { checkFactory, checkProtocol, madeBy } from './factories.ts';
import { signalNumber } from './signals.ts';
import { socketPair } from './socketpair.ts';
import { NodeTransport, tellUnclosed } from './transport.ts';

// One of the child's pipes.
class PipeProtocol extends Protocol {
  readonly #process: NodeSubprocessTransport;
  readonly #fd: number;
  gone = false;

  constructor(process: NodeSubprocessTransport, fd: number) {
    super();
    this.#process = process;
    this.#fd = fd;
  }

  override dataReceived(data: Uint8Array): void {
    this.#process._pipeData(this.#fd, data);
  }

  override connectionLost(error: Error | null): void {
    this.gone = true;
    this.#process._pipeLost(this.#fd, error);
  }

  override pauseWriting(): void {
    this.#process.getProtocol().pauseWriting();
  }

  override resumeWriting(): void {
    this.#process.getProtocol().resumeWriting();
  }
}

/** @internal */
export class NodeSubprocessTransport extends SubprocessTransport implements Held {
  readonly #loop: HostedEventLoop;
  readonly #context: Context = copyContext();
  #protocol: SubprocessProtocol;
  readonly #child: ChildProcess;
  readonly #pipes = new Map<number, { protocol: PipeProtocol; transport: NodeTransport }>();
  #early: (() => void)[] | null = [];
  #returncode: number | null = null;
  #closed = false;
  #finished = false;
  #waiters: Future<number>[] = [];

  /** @param output what the child writes to both outputs, where these are one */
  constructor(
    loop: HostedEventLoop,
    protocol: SubprocessProtocol,
    child: ChildProcess,
    output: Duplex | null,
  ) {
    super({ subprocess: child });
    this.#loop = loop;
    this.#protocol = protocol;
    this.#child = child;
    loop._hold(this);
    child.on('exit', this.#onExit);
    child.on('error', ignore);
    for (const fd of [0, 1, 2]) {
      const stream = fd === 1 && output !== null ? output : child.stdio[fd];
      if (stream === null || stream === undefined) continue;
      const pipe = new PipeProtocol(this, fd);
      const directions = fd === 0 ? { readable: false } : { writable: false };
      const transport = new NodeTransport(loop, stream as unknown as Duplex, pipe, {
        ...directions,
        extra: { pipe: stream },
      });
      // Until there is somebody to read.
      transport.pauseReading();
      this.#pipes.set(fd, { protocol: pipe, transport });
    }
  }

  /** @internal The pipes stand: the protocol is told, and what came before is delivered. */
  _begin(): void {
    const early = this.#early ?? [];
    this.#loop.callSoon(() => {
      // What they bring comes behind; and the protocol may pause them at once.
      for (const { transport } of this.#pipes.values()) transport.resumeReading();
      this.#protocol.connectionMade(this);
    });
    for (const call of early) this.#loop.callSoon(call);
    this.#early = null;
  }

  override getPid(): number {
    return this.#child.pid as number;
  }

  override getReturncode(): number | null {
    return this.#returncode;
  }

  override getPipeTransport(fd: number): Transport | null {
    return this.#pipes.get(fd)?.transport ?? null;
  }

  override setProtocol(protocol: SubprocessProtocol): void {
    checkProtocol(protocol);
    this.#protocol = protocol;
  }

  override getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  override isClosing(): boolean {
    return this.#closed;
  }

  override close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { transport } of this.#pipes.values()) transport._endByOwner(true);
    if (this.#returncode === null) this.#child.kill('SIGKILL');
  }

  override sendSignal(signal: string | number): void {
    // 0 only asks whether it is there.
    const number = signal === 0 ? 0 : signalNumber(signal, 'sendSignal()');
    if (this.#finished) {
      throw new ConnectionError('ESRCH', 'The process has ended and its transport is closed');
    }
    if (this.#returncode === null) this.#child.kill(number);
  }

  override terminate(): void {
    this.sendSignal('SIGTERM');
  }

  override kill(): void {
    this.sendSignal('SIGKILL');
  }

  /** @internal */
  *_wait(): GeneratorBody<number> {
    if (this.#returncode !== null) return this.#returncode;
    const waiter = this.#loop.createFuture<number>();
    this.#waiters.push(waiter);
    return yield* waiter;
  }

  /** @internal */
  _pipeData(fd: number, data: Uint8Array): void {
    this.#call(() => this.#protocol.pipeDataReceived(fd, data));
  }

  /** @internal */
  _pipeLost(fd: number, error: Error | null): void {
    this.#call(() => this.#protocol.pipeConnectionLost(fd, error));
    this.#tryFinish();
  }

  /** @internal The loop is closed: nobody is left to wait for the child. */
  _letGo(): void {
    if (!this.#closed) tellUnclosed(this, this.#loop);
    this.#closed = true;
    this.#finished = true;
    if (this.#returncode === null) this.#child.kill('SIGKILL');
  }

  override toString(): string {
    const state = this.#returncode === null ? 'running' : `returncode=${this.#returncode}`;
    return `<Subprocess transport pid=${this.#child.pid} ${state}${this.#closed ? ' closed' : ''}>`;
  }

  readonly #onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
    // Node closes the pipe to stdin now.
    this.#pipes.get(0)?.transport._breakPipe();
    const returncode = code ?? -constants.signals[signal as NodeJS.Signals];
    this.#loop._arrive(new Handle(() => this.#exited(returncode), [], this.#loop, this.#context));
  };

  #exited(returncode: number): void {
    this.#returncode = returncode;
    this.#call(() => this.#protocol.processExited());
    this.#tryFinish();
  }

  #tryFinish(): void {
    if (this.#returncode === null || this.#finished) return;
    if ([...this.#pipes.values()].some(({ protocol }) => !protocol.gone)) return;
    this.#finished = true;
    this.#call(() => this.#connectionLost());
  }

  #connectionLost(): void {
    try {
      this.#protocol.connectionLost(null);
    } finally {
      this.#loop._release(this);
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const waiter of waiters)
        if (!waiter.done()) waiter.setResult(this.#returncode as number);
    }
  }

  #call(callback: () => void): void {
    if (this.#early !== null) this.#early.push(callback);
    else this.#loop.callSoon(callback);
  }
}

/** @internal */
export function subprocessExec<P extends SubprocessProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  program: string,
  args: readonly string[],
  options: SubprocessOptions,
): GeneratorBody<[SubprocessTransport, P]> {
  const where = 'subprocessExec()';
  checkFactory(factory, where);
  checkCommand(program, args, options, where);
  return start(loop, factory, [program, ...args], options, false);
}

/** @internal */
export function subprocessShell<P extends SubprocessProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  command: string,
  options: SubprocessOptions,
): GeneratorBody<[SubprocessTransport, P]> {
  const where = 'subprocessShell()';
  checkFactory(factory, where);
  checkCommandLine(command, options, where);
  return start(loop, factory, [command], options, true);
}

function* start<P extends SubprocessProtocol>(
  loop: HostedEventLoop,
  factory: () => P,
  command: readonly string[],
  options: SubprocessOptions,
  shell: boolean,
): GeneratorBody<[SubprocessTransport, P]> {
  const stdio: (ReturnType<typeof nodeStdio> | Duplex)[] = [
    nodeStdio(options.stdin),
    nodeStdio(options.stdout),
    nodeStdio(options.stderr),
  ];
  let file = command[0] as string;
  const args = command.slice(1);
  const merged = options.stderr === STDOUT && stdio[1] === 'pipe';
  if (options.stderr === STDOUT) {
    if (merged && process.platform === 'win32')
      throw new NotImplementedError('{stderr: STDOUT} is not possible on Windows');
    // For Node 'inherit' is the parent's descriptor of the same number.
    stdio[2] = stdio[1] === 'inherit' ? 1 : (stdio[1] as 'pipe');
  }
  const protocol = madeBy(factory);
  const settings: SpawnOptions = {
    stdio,
    shell: shell && (options.executable ?? true),
  };
  if (options.cwd !== undefined) settings.cwd = options.cwd;
  if (options.env !== undefined) settings.env = options.env;
  if (options.startNewSession === true) settings.detached = true;
  if (options.uid !== undefined) settings.uid = options.uid;
  if (options.gid !== undefined) settings.gid = options.gid;
  if (typeof options.executable === 'string' && !shell) {
    settings.argv0 = file;
    file = options.executable;
  }
  // Node takes no empty one; to a shell it is the same.
  if (file === '') file = ' ';
  // Node gives a pipe of its own making one descriptor only: this one is ours.
  const [ours, theirs] = merged ? yield* socketPair(loop) : [null, null];
  if (theirs !== null) stdio[1] = stdio[2] = theirs;
  let child: ChildProcess;
  try {
    child = loop._detached(() => spawn(file, args, settings));
  } catch (error) {
    ours?.destroy();
    throw error;
  } finally {
    theirs?.destroy();
  }
  if (child.pid === undefined) {
    ours?.destroy();
    // Node tells in an event why it could not be started.
    const failed = loop.createFuture<never>();
    loop._outside++;
    child.once('error', (error) => {
      loop._outside--;
      if (!failed.done()) failed._fail(error);
    });
    return yield* failed;
  }
  const transport = new NodeSubprocessTransport(loop, protocol, child, ours);
  const waiter = loop.createFuture<void>();
  // Behind the pipes' own connectionMade.
  loop.callSoon(() => {
    transport._begin();
    loop.callSoon(() => {
      if (!waiter.done()) waiter.setResult();
    });
  });
  try {
    yield* waiter;
  } catch (error) {
    transport.close();
    yield* transport._wait();
    throw error;
  }
  return [transport, protocol];
}

function nodeStdio(value: Stdio | undefined): 'pipe' | 'inherit' | 'ignore' | number {
  if (value === undefined || value === PIPE || value === STDOUT) return 'pipe';
  if (value === null) return 'inherit';
  return value === DEVNULL ? 'ignore' : value;
}

function ignore(): void {}
