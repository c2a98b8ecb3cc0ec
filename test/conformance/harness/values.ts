/**
 * Values of a program as JSON, in the same form that `judge.py` gives them on the other side.
 */
import { AbstractEventLoop, ExceptionGroup, Future, Task } from '../../../src/index.ts';
import type { ErrorRecord, Json, StateRecord } from '../reference/reference.ts';

const DEFAULT_NAME = /^Task-(\d+)$/;

/** Turns values into JSON; default task names are counted from `firstTask`, the last number given out before the program. */
export class Plain {
  readonly #firstTask: number;

  constructor(firstTask: number) {
    this.#firstTask = firstTask;
  }

  text(text: string): string {
    const match = DEFAULT_NAME.exec(text);
    return match ? `Task-${Number(match[1]) - this.#firstTask}` : text;
  }

  value(v: unknown): Json {
    if (v === null || v === undefined) return null;
    switch (typeof v) {
      case 'boolean':
      case 'number':
        return v;
      case 'string':
        return this.text(v);
      case 'function':
        return Function.prototype.toString.call(v).startsWith('class')
          ? `<class ${v.name}>`
          : '<function>';
      case 'object':
        return this.#object(v);
      case 'bigint':
      case 'symbol':
      default:
        return `<${typeof v}>`;
    }
  }

  error(e: unknown): ErrorRecord {
    if (!(e instanceof Error)) return { error: `not an Error: ${typeof e}`, message: String(e) };
    const record: ErrorRecord = { error: e.constructor.name, message: e.message };
    if (e instanceof ExceptionGroup) record.errors = e.errors.map((m: unknown) => this.error(m));
    return record;
  }

  state(fut: Future<unknown>): StateRecord {
    if (!fut.done()) return 'pending';
    try {
      const e: unknown = fut.exception();
      return e === null || e === undefined ? { value: this.value(fut.result()) } : this.error(e);
    } catch (e) {
      // A cancelled future says so by throwing; anything else thrown here is a fault and shows as what it is.
      return fut.cancelled() ? { cancelled: this.error(e).message } : this.error(e);
    }
  }

  states(tasks: Iterable<Future<unknown>>): [string, StateRecord][] {
    return [...tasks].map((t) => [
      t instanceof Task ? this.text(t.getName()) : '<Future>',
      this.state(t),
    ]);
  }

  #object(v: object): Json {
    if (v instanceof Error) return this.error(v);
    if (v instanceof Task) return `<Task ${this.text(v.getName())}>`;
    if (v instanceof Future) {
      return v.cancelled() ? '<Future cancelled>' : v.done() ? '<Future done>' : '<Future pending>';
    }
    if (Array.isArray(v)) return v.map((x) => this.value(x));
    if (v instanceof Set) {
      return { set: [...v].map((x) => this.value(x)).toSorted(byJson) };
    }
    if (v instanceof AbstractEventLoop) return '<loop>';
    const proto: unknown = Object.getPrototypeOf(v);
    if (proto === Object.prototype || proto === null) {
      return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, this.value(x)]));
    }
    return `<${v.constructor.name}>`;
  }
}

function byJson(a: Json, b: Json): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
