// Options by name and kind: a table says which a call has and what each has to be. A name that is not in it is misspelt, or is
// one of Python's that this package does not have: it is refused, not dropped.
import { checkFlag, checkOptions, describe } from './checks.ts';

/** @internal @throws TypeError for a value of another kind, RangeError for one that cannot be */
export type OptionCheck = (value: unknown, name: string, where: string) => void;

/** @internal Options by name; null: whoever reads it looks at it. An option may always be left out, undefined or null. */
export type OptionTable = Readonly<Record<string, OptionCheck | null>>;

/** @internal @throws TypeError for an option that is not in the table, or of another kind; RangeError for a value that cannot be */
export function checkAll(options: object, where: string, table: OptionTable): void {
  checkOptions(options, where, Object.keys(table));
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && value !== null) table[name]?.(value, name, where);
  }
}

/** @internal */
export function refuseOption(wanted: string, value: unknown, name: string, where: string): never {
  throw new TypeError(`${where} expects {${name}} as ${wanted}, not ${describe(value)}`);
}

/** @internal */
export const flagOption: OptionCheck = (value, name, where) => checkFlag(value, name, where);

/** @internal */
export const textOption: OptionCheck = (value, name, where) => {
  if (typeof value !== 'string') refuseOption('a string', value, name, where);
};

/** @internal The environment of a child or worker: an object of strings. */
export const environmentOption: OptionCheck = (value, name, where) => {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
    refuseOption('an object of strings', value, name, where);
  }
  for (const [key, one] of Object.entries(value)) {
    if (one !== undefined) textOption(one, `${name}.${key}`, where);
  }
};
