// Nothing is lost silently: coroutines that nobody awaited, and exceptions that nobody retrieved, are reported when
// they are collected, and at the end of a run or of the program.
//
// Registering an object for a report at its collection costs a microsecond, and most objects are started or asked
// within a turn. So a new one is only put on a list; the few that are still unclaimed after a while are registered.
// Coroutines are made so often that even the list is too much: of them only the newest is held, and goes on the list if
// the next one is made while it is still unclaimed. When no other follows, the next collection asks.
import { activeLoop, runtime } from './runtime.ts';

/** Something that may have to be reported, while it is young. */
export interface Reportable {
  /** @internal Whether there is (still) something to report. */
  _unclaimed(): boolean;
  /**
   * @internal What to report; must not lead back to the object itself, or it would never be collected.
   * @param maker the loop that ran when it was made, where that is known
   */
  _report(maker: object | null): Report;
}

/** A report in waiting; `owner` tells whose end of run makes it due. */
export interface Report {
  readonly owner: object | null;
  /** Reports now. */
  emit(): void;
}

const YOUNG_LIMIT = 1024;

interface Young {
  readonly object: Reportable;
  readonly maker: object | null;
}

let young: Young[] = [];
let sweepPlanned = false;
// Made anew now and then: to write a young object into an old one costs V8 several times as much as into a young one.
class Newest {
  object: Reportable | null = null;
  left = 256;
}

let newest = new Newest();
let makerOfNewest: object | null = null;
let collectionAwaited = false;
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
  list(object, null);
}

/** `watch` for what is made all the time, and nearly always claimed before the next one is made. */
export function watchNewest(object: Reportable): void {
  if (newest.object !== null) listNewest();
  if (--newest.left === 0) newest = new Newest();
  newest.object = object;
  const maker = runtime.stepping ? runtime.loop : makingLoop();
  // Nearly always the same one: a look is cheaper than the write.
  if (makerOfNewest !== maker) makerOfNewest = maker;
  if (!collectionAwaited) {
    collectionAwaited = true;
    collections.register({}, null);
  }
}

/** It is claimed without ever having been registered: not to be held any longer, if it is the newest one. */
export function forget(object: Reportable): void {
  if (newest.object === object) newest.object = null;
}

const collections = new FinalizationRegistry<null>(() => {
  collectionAwaited = false;
  listNewest();
});

function listNewest(): void {
  const { object } = newest;
  const maker = makerOfNewest;
  newest.object = null;
  makerOfNewest = null;
  if (object !== null && object._unclaimed()) list(object, maker);
}

function list(object: Reportable, maker: object | null): void {
  young.push({ object, maker });
  if (young.length >= YOUNG_LIMIT) sweepListed();
  else if (!sweepPlanned) {
    sweepPlanned = true;
    void settled.then(later);
  }
}

// The active loop, between steps. Asking the host's store is saved where an async function has just been resumed: it is
// that one.
function makingLoop(): object | null {
  const { resumed } = runtime;
  return runtime.busy === 1 && resumed.length === 1
    ? (resumed[0]?.task._loop ?? null)
    : activeLoop();
}

// A few microtasks later most objects have found their awaiter.
function later(): void {
  void settled.then(() => settled.then(() => settled.then(sweepListed)));
}

/** Registers what is still unclaimed, and forgets the rest. */
export function sweep(): void {
  listNewest();
  sweepListed();
}

function sweepListed(): void {
  sweepPlanned = false;
  const batch = young;
  young = [];
  for (const { object, maker } of batch) {
    if (!object._unclaimed() || tokens.has(object)) continue;
    const token = {};
    tokens.set(object, token);
    waiting.set(token, object._report(maker));
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
  reportOf((one) => one === owner);
}

/** The same for several owners: null is the one of what was made outside of any loop. */
export function reportOf(due: (owner: object | null) => boolean): void {
  sweep();
  for (const [token, report] of waiting) {
    if (!due(report.owner)) continue;
    waiting.delete(token);
    report.emit();
  }
}
