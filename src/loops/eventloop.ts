// EventLoop: the platform's default loop, inside the host's own.
import {
  type BaseEventLoop,
  NotImplementedError,
  reportOf,
  runtime,
  setDefaultLoopMaker,
  setLoopMaker,
} from '../core/index.ts';
import { HostedEventLoop } from './hosted.ts';
import type { Host } from './host.ts';

let platform: Host | null = null;

/** Makes `host` the platform of this thread. Called once, by the entry for that platform. */
export function usePlatform(host: Host): void {
  platform = host;
  runtime.store = host.taskStore;
  runtime.countAbortListeners = host.countAbortListeners;
  runtime.locate = host.locate;
  runtime.debugWanted = debugWanted;
  setLoopMaker(() => new EventLoop());
  setDefaultLoopMaker(() => new DefaultEventLoop());
  host.onExit(reportLeft);
}

// A run reports at its end what nobody claimed; what was outside of one, the default loop's above all, is told when the
// program ends. A run that the program's end cuts off has not come to that question.
function reportLeft(): void {
  reportOf((owner) => {
    const loop = owner as BaseEventLoop | null;
    return loop === null || loop instanceof DefaultEventLoop || !loop.isRunning();
  });
}

function platformHost(): Host {
  if (platform === null) {
    throw new NotImplementedError('No platform is registered; import the package by its own name');
  }
  return platform;
}

/**
 * The platform's default loop. It cooperates with the host's event loop: timers, sockets and promises of the host go
 * on beside it. `runForever` and `runUntilComplete` return Promises.
 *
 * @example
 * const loop = new EventLoop();
 * try { await loop.runUntilComplete(main()); } finally { loop.close(); }
 */
export class EventLoop extends HostedEventLoop {
  #timer: unknown = null;
  // The deadline that the host's timer is for; null without one. Infinity is a deadline: it keeps the process alive.
  #armedFor: number | null = null;

  constructor() {
    const host = platformHost();
    super(host, host);
  }

  /** Arms one timer of the host for the earliest deadline. */
  protected override rest(): boolean {
    this._timers.prune();
    if (this._timers.size === 0) {
      this.#disarm();
      return false;
    }
    const when = this._timers.earliest;
    if (when === this.#armedFor) return false;
    const delay = when - this.time();
    if (delay <= 0) return true;
    this.#disarm();
    this.#armedFor = when;
    this.#timer = this.host.setTimer(this.#fire, delay);
    return false;
  }

  readonly #fire = (): void => {
    this.#timer = null;
    this.#armedFor = null;
    if (!this._awake) this.pump();
  };

  #disarm(): void {
    if (this.#timer !== null) this.host.clearTimer(this.#timer);
    this.#timer = null;
    this.#armedFor = null;
  }

  override close(): void {
    super.close();
    this.#disarm();
  }
}

/** The loop behind `await` in plain code: running from the start, never waited for, never closed. */
class DefaultEventLoop extends EventLoop {
  constructor() {
    super();
    this._open();
  }
}

function debugWanted(): boolean {
  const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process
    ?.env;
  const value = env?.['ASYNCIO_DEBUG'];
  return value !== undefined && value !== '' && value !== '0';
}
