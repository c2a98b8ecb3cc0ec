// Whether a function can run by its text alone: it may use its parameters, its own variables and the globals.
//
// With `acorn` and `eslint-scope` installed (optional peers of this package) every outer variable is found here, at the call. Without them
// only the syntax is checked here; an outer variable then shows as a ReferenceError of the job.
import type * as Acorn from 'acorn';
import type * as EslintScope from 'eslint-scope';
import { optional, vm } from './builtins.ts';

type Node = Acorn.AnyNode;

// A function's own helpers that compilers add and workers provide.
const PROVIDED = new Set(['__name']);

let globals: Set<string> | null = null;

/** An expression that makes the function again. @throws TypeError naming what makes it impossible */
export function checkSource(text: string, name: string, where: string): string {
  const called = name === '' ? 'the function (anonymous)' : `the function ${name}`;
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new TypeError(
      `${where} cannot send ${called}: it has no source text (it is built in, or was made by bind()). Write a function that calls it: ${callOf(name)}`,
    );
  }
  const acorn = optional('acorn') as typeof Acorn | null;
  const scopes = optional('eslint-scope') as typeof EslintScope | null;
  const parse =
    acorn === null || scopes === null
      ? syntaxOnly
      : (source: string): string[] => outerNames(source, acorn, scopes);
  let outer: string[];
  let source = text;
  try {
    try {
      outer = parse(source);
    } catch {
      // The text of a method is only readable inside of an object.
      source = `Object.values({ ${text} })[0]`;
      outer = parse(source);
    }
  } catch (error) {
    throw new TypeError(
      `${where} cannot send ${called}: its text cannot be read on its own (${(error as Error).message}). ${advice(name)}`,
      { cause: error },
    );
  }
  if (outer.length === 0) return source;
  throw new TypeError(
    `${where} cannot send ${called}: it uses ${list(outer)} of the code around it, which does not exist there. ` +
      `Pass ${outer.length === 1 ? 'it' : 'them'} as ${outer.length === 1 ? 'an argument' : 'arguments'}, or ${advice(name)}`,
  );
}

// A function that calls a built-in one, as far as its name tells which one that is; of bind() it is the name of what was bound.
function callOf(name: string): string {
  const plain = name.replace(/^(?:bound )+/, '');
  const own = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(plain) ? plain : 'fn';
  const scope = globalThis as unknown as Record<string, object>;
  const holder =
    own in scope || own !== name
      ? undefined
      : ['Math', 'JSON', 'Number', 'Object', 'Array', 'String', 'Date', 'Reflect'].find((one) =>
          Object.hasOwn(scope[one] as object, own),
        );
  return `(...args) => ${holder === undefined ? '' : `${holder}.`}${own}(...args)`;
}

function advice(name: string): string {
  const fn = name === '' ? 'fn' : name;
  return `export the function from a module of its own and mark it: export const ${fn} = offload(import.meta, …)`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function syntaxOnly(source: string): string[] {
  // Compiled, not run.
  void new (vm().Script)(`'use strict'; (${source})`);
  return [];
}

function outerNames(source: string, acorn: typeof Acorn, scopes: typeof EslintScope): string[] {
  const tree = acorn.parse(`(${source})`, {
    ecmaVersion: 'latest',
    ranges: true,
    sourceType: 'script',
  });
  const manager = scopes.analyze(tree as never, {
    ecmaVersion: 2022,
    sourceType: 'script',
    ignoreEval: true,
  });
  globals ??= new Set(Object.getOwnPropertyNames(globalThis));
  const outer = new Set<string>();
  for (const { identifier } of manager.globalScope?.through ?? []) {
    const name = (identifier as { name: string }).name;
    if (!globals.has(name) && !PROVIDED.has(name)) outer.add(name);
  }
  if (usesOuterThis(tree)) outer.add('this');
  return [...outer];
}

/** Whether an arrow function uses the `this` around it. */
function usesOuterThis(node: Node): boolean {
  if (node.type === 'ThisExpression') return true;
  if (node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration') return false;
  if (node.type === 'ClassBody') return false;
  for (const value of Object.values(node) as unknown[]) {
    if (
      Array.isArray(value)
        ? value.some(isNode) && value.some((one) => isNode(one) && usesOuterThis(one))
        : isNode(value) && usesOuterThis(value)
    ) {
      return true;
    }
  }
  return false;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
