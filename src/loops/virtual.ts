// A loop whose clock is virtual: when nothing is ready, it jumps to the next deadline.
import { RuntimeError } from '../core/index.ts';
import { describeDeadlock } from './deadlock.ts';
import { HostedEventLoop } from './hosted.ts';
import { nodeHost } from './nodehost.ts';

/**
 * An event loop for tests: it starts at time 0, and no timer is ever really waited for. When nothing is ready, the
 * clock jumps to the next deadline. When there is none either, and nothing from outside is awaited, the run fails with
 * a RuntimeError that names every waiting task.
 *
 * @example
 * await run(main, { loopFactory: () => new VirtualTimeEventLoop() }); // an hour of timeouts in milliseconds
 */
export class VirtualTimeEventLoop extends HostedEventLoop {
  readonly #clock: { value: number; now(): number };
  // The host has been asked since the last jump whether something arrived.
  #polled = false;

  constructor() {
    const clock = {
      value: 0,
      now(): number {
        return this.value;
      },
    };
    super(nodeHost, clock);
    this.#clock = clock;
  }

  protected override rest(): boolean {
    if (this._ready.size > 0) return true;
    if (this._outside > 0 && !this.#polled) {
      this.#polled = true;
      this._awake = true;
      this.host.immediate(this.pump);
      return false;
    }
    this.#polled = false;
    this._timers.prune();
    // A deadline of Infinity never comes.
    if (this._timers.size > 0 && this._timers.earliest < Infinity) {
      this.#clock.value = Math.max(this.#clock.value, this._timers.earliest);
      return true;
    }
    if (this._outside === 0) this.fail(new RuntimeError(describeDeadlock(this)));
    return false;
  }
}
