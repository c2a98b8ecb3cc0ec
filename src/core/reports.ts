// Nothing is lost silently: coroutines that nobody awaited, and exceptions that nobody retrieved, are reported when
// they are collected (exceptions also at the end of a run).
//
// Registering an object for a report at its collection costs a microsecond, and most objects are started or asked
// within a turn. So a new one is only put on a list; the few that are still unclaimed after a while are registered.

/** Something that may have to be reported, while it is young. */
export interface Reportable {
  /** @internal Whether there is (still) something to report. */
  _unclaimed(): boolean;
  /** @internal What to report; must not lead back to the object itself, or it would never be collected. */
  _report(): Report;
}

/** A report in waiting; `owner` tells whose end of run makes it due. */
export interface Report {
  readonly owner: object | null;
  /** Reports now. */
  emit(): void;
}

const YOUNG_LIMIT = 1024;

let young: Reportable[] = [];
let sweepPlanned = false;
const waiting = new Map<object, Report>();
const tokens = new WeakMap<Reportable, object>();

const collected = new FinalizationRegistry<object>((token) => {
  const report = waiting.get(token);
  if (report === undefined) return;
  waiting.delete(token);
  report.emit();
});

const settled = Promise.resolve();

/** Watches a new object; `sweep` decides later whether it has to be registered. */
export function watch(object: Reportable): void {
  young.push(object);
  if (young.length >= YOUNG_LIMIT) sweep();
  else if (!sweepPlanned) {
    sweepPlanned = true;
    void settled.then(later);
  }
}

// A few microtasks later most objects have found their awaiter.
function later(): void {
  void settled.then(() => settled.then(() => settled.then(sweep)));
}

/** Registers what is still unclaimed, and forgets the rest. */
export function sweep(): void {
  sweepPlanned = false;
  const batch = young;
  young = [];
  for (const object of batch) {
    if (!object._unclaimed() || tokens.has(object)) continue;
    const token = {};
    tokens.set(object, token);
    waiting.set(token, object._report());
    collected.register(object, token, object);
  }
}

/** The object has been claimed: nothing to report any more. Cheap when it never was registered. */
export function claim(object: Reportable): void {
  const token = tokens.get(object);
  if (token === undefined) return;
  tokens.delete(object);
  waiting.delete(token);
  collected.unregister(object);
}

/** At the end of a run: reports at once what belongs to `owner` and would be reported at collection. */
export function reportAll(owner: object): void {
  sweep();
  for (const [token, report] of waiting) {
    if (report.owner !== owner) continue;
    waiting.delete(token);
    report.emit();
  }
}
