// Small helpers that programs have on both sides (`attempt` in judge.py).
import type { Ev } from './ours.ts';

/** Writes down what `call` gives, or what it throws. */
export function attempt(ev: Ev, what: string, call: () => unknown): void {
  let value: unknown;
  try {
    value = call();
  } catch (e) {
    ev(what, 'threw', e);
    return;
  }
  ev(what, 'gave', value);
}

/** The same for calls that may give a promise: on the host's loops `runForever` and its like do. */
export async function attemptAsync(ev: Ev, what: string, call: () => unknown): Promise<void> {
  let value: unknown;
  try {
    value = await call();
  } catch (e) {
    ev(what, 'threw', e);
    return;
  }
  ev(what, 'gave', value);
}
