// Reads the modules under a folder: what each imports, exports, declares and touches.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

/** @typedef {{ type: string, start: number, end: number, [key: string]: any }} Node any node of the tree */

/** @typedef {{
 *   specifier: string, line: number,
 *   target?: string,         // the module it means, from the folder read; only for relative ones
 *   typeOnly: boolean,       // gone once compiled
 *   names: Map<string, string>, // local name -> name in the target; '*' for a namespace
 * }} Import */

/** @typedef {{ line: number, local?: string, from?: string, imported?: string }} Export
 *   either of a name of this module, or of `imported` in the module `from` */

/** @typedef {{
 *   path: string, layer: string,
 *   imports: Import[], exports: Map<string, Export>,
 *   stars: number[],                           // lines with "export *"
 *   statements: { type: string, line: number }[], // what is neither import nor re-export
 *   topLevelAwait: number[],
 *   uses: { name: string, line: number }[],    // globals, and members of globals, in code (no types)
 *   classes: { name: string, base: string, line: number }[],
 * }} Module */

/** @param {string} folder
 * @returns {Map<string, Module>} by path from the folder, with forward slashes */
export function readModules(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
  return new Map(
    files.map((path) => [path, readModule(path, readFileSync(join(folder, path), 'utf8'))]),
  );
}

/** @param {string} path
 * @param {string} text
 * @returns {Module} */
export function readModule(path, text) {
  const { program, errors } = parseSync(path, text, { lang: 'ts', sourceType: 'module' });
  if (errors[0]) throw new Error(`${path} cannot be parsed: ${errors[0].message}`);
  const lineOf = lineCounter(text);
  /** @type {Module} */
  const module = {
    path,
    layer: path.includes('/') ? path.slice(0, path.indexOf('/')) : '',
    imports: [],
    exports: new Map(),
    stars: [],
    statements: [],
    topLevelAwait: [],
    uses: [],
    classes: [],
  };
  const target = (/** @type {string} */ specifier) =>
    specifier.startsWith('.')
      ? { target: join(dirname(path), specifier).replaceAll('\\', '/') }
      : {};

  for (const node of /** @type {Node[]} */ (program.body)) {
    const line = lineOf(node.start);
    if (node.type === 'ImportDeclaration') {
      module.imports.push({
        specifier: node.source.value,
        line,
        ...target(node.source.value),
        typeOnly: node.importKind === 'type',
        names: new Map(
          node.specifiers.map((/** @type {Node} */ s) => [
            s.local.name,
            s.type === 'ImportSpecifier'
              ? nameOf(s.imported)
              : s.type === 'ImportDefaultSpecifier'
                ? 'default'
                : '*',
          ]),
        ),
      });
    } else if (node.type === 'ExportAllDeclaration') {
      module.stars.push(line);
      module.imports.push({
        specifier: node.source.value,
        line,
        ...target(node.source.value),
        typeOnly: node.exportKind === 'type',
        names: new Map(),
      });
    } else if (node.type === 'ExportNamedDeclaration' && node.source) {
      const there = target(node.source.value);
      module.imports.push({
        specifier: node.source.value,
        line,
        ...there,
        typeOnly: node.exportKind === 'type',
        names: new Map(),
      });
      for (const s of node.specifiers) {
        module.exports.set(nameOf(s.exported), {
          line: lineOf(s.start),
          from: there.target ?? node.source.value,
          imported: nameOf(s.local),
        });
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const s of node.specifiers)
        module.exports.set(nameOf(s.exported), { line: lineOf(s.start), local: nameOf(s.local) });
      for (const name of node.declaration ? declaredNames(node.declaration) : [])
        module.exports.set(name, { line, local: name });
      if (node.declaration) module.statements.push({ type: node.declaration.type, line });
    } else if (node.type === 'ExportDefaultDeclaration') {
      module.exports.set('default', { line, local: 'default' });
      module.statements.push({ type: node.type, line });
    } else {
      module.statements.push({ type: node.type, line });
    }
  }
  new Reader(module, lineOf).read(program);
  return module;
}

/** Walks the code of a module (not its types) and notes the names it uses that it does not declare. */
class Reader {
  /** @type {Set<string>} */ #declared = new Set();
  /** @type {{ name: string, line: number }[]} */ #seen = [];
  #functions = 0;
  #module;
  #lineOf;

  /** @param {Module} module
   * @param {(offset: number) => number} lineOf */
  constructor(module, lineOf) {
    this.#module = module;
    this.#lineOf = lineOf;
  }

  /** @param {Node} program */
  read(program) {
    this.#visit(program, undefined, '');
    // A name that the module declares anywhere is its own; `globalThis.name` stays visible.
    for (const use of this.#seen) {
      if (!this.#declared.has(/** @type {string} */ (use.name.split('.')[0])))
        this.#module.uses.push(use);
    }
  }

  /** @param {string} name
   * @param {Node} node */
  #use(name, node) {
    this.#seen.push({ name, line: this.#lineOf(node.start) });
  }

  /** @param {Node} node
   * @param {Node | undefined} parent
   * @param {string} key of the node in its parent */
  #visit(node, parent, key) {
    const { type } = node;
    if (type.startsWith('TS') && !typedExpressions.has(type)) return;
    const isFunction = /Function/.test(type);
    if (isFunction) this.#functions += 1;
    this.#note(node, parent, key);
    for (const [childKey, child] of Object.entries(node)) {
      if (type.startsWith('TS') && childKey !== 'expression' && childKey !== 'parameter') continue;
      for (const each of Array.isArray(child) ? child : [child]) {
        if (each !== null && typeof each === 'object' && typeof each.type === 'string') {
          this.#visit(each, node, childKey);
        }
      }
    }
    if (isFunction) this.#functions -= 1;
  }

  /** @param {Node} node
   * @param {Node | undefined} parent
   * @param {string} key */
  #note(node, parent, key) {
    switch (node.type) {
      case 'Identifier':
        if (parent && isName(parent, key)) this.#declared.add(node['name']);
        else if (parent && isProperty(parent, key)) return;
        else this.#use(node['name'], node);
        return;
      case 'ObjectPattern':
      case 'ArrayPattern':
      case 'AssignmentPattern':
        for (const name of patternNames(node)) this.#declared.add(name);
        return;
      case 'MemberExpression': {
        const path = memberPath(node);
        if (path) this.#use(path, node);
        return;
      }
      case 'VariableDeclarator':
        // const { now } = Date
        if (node['id'].type === 'ObjectPattern' && node['init']?.type === 'Identifier') {
          for (const p of node['id'].properties) {
            if (p.key && !p.computed) this.#use(`${node['init'].name}.${nameOf(p.key)}`, p);
          }
        }
        return;
      case 'NewExpression':
        if (node['callee'].type === 'Identifier' && node['arguments'].length === 0) {
          this.#use(`${node['callee'].name}.new()`, node);
        }
        return;
      case 'CallExpression':
        if (node['callee'].type === 'Identifier') this.#use(`${node['callee'].name}.()`, node);
        return;
      case 'ImportExpression': {
        const literal =
          node['source'].type === 'Literal' ? String(node['source'].value) : undefined;
        this.#module.imports.push({
          specifier: literal ?? '(computed)',
          line: this.#lineOf(node.start),
          ...(literal?.startsWith('.')
            ? { target: join(dirname(this.#module.path), literal).replaceAll('\\', '/') }
            : {}),
          // It runs when it is reached, not when the module loads: no part of a cycle.
          typeOnly: true,
          names: new Map(),
        });
        return;
      }
      case 'AwaitExpression':
      case 'ForOfStatement':
        if (this.#functions === 0 && (node.type === 'AwaitExpression' || node['await'])) {
          this.#module.topLevelAwait.push(this.#lineOf(node.start));
        }
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#module.classes.push({
          name: node['id']?.name ?? '(unnamed)',
          base: node['superClass']?.type === 'Identifier' ? node['superClass'].name : '',
          line: this.#lineOf(node.start),
        });
        return;
      default:
    }
  }
}

const typedExpressions = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
  'TSParameterProperty',
]);

/** True where an identifier gives a name to something of this module.
 * @param {Node} parent
 * @param {string} key */
function isName(parent, key) {
  if (key === 'id' || key === 'params' || key === 'param' || key === 'local') return true;
  return parent.type === 'RestElement';
}

/** True where an identifier is a property's or a label's name, not a variable.
 * @param {Node} parent
 * @param {string} key */
function isProperty(parent, key) {
  if (key === 'property' || key === 'key') return parent['computed'] !== true;
  return key === 'label' || key === 'imported' || key === 'exported' || key === 'meta';
}

/** `a.b` or `a['b']` where `a` is a plain name; otherwise undefined.
 * @param {Node} node */
function memberPath(node) {
  const { object, property, computed } = node;
  const key = computed
    ? property.type === 'Literal'
      ? String(property.value)
      : undefined
    : property.name;
  return object.type === 'Identifier' && key !== undefined ? `${object.name}.${key}` : undefined;
}

/** @param {Node} node
 * @returns {string} */
const nameOf = (node) => (node.type === 'Literal' ? String(node['value']) : node['name']);

/** @param {Node} declaration
 * @returns {string[]} */
function declaredNames(declaration) {
  if (declaration.type !== 'VariableDeclaration') return [declaration['id'].name];
  return declaration['declarations'].flatMap((/** @type {Node} */ d) => patternNames(d['id']));
}

/** @param {Node | null} pattern
 * @returns {string[]} */
function patternNames(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern['name']];
    case 'ObjectPattern':
      return pattern['properties'].flatMap((/** @type {Node} */ p) =>
        patternNames(p['value'] ?? p['argument']),
      );
    case 'ArrayPattern':
      return pattern['elements'].flatMap(patternNames);
    case 'AssignmentPattern':
      return patternNames(pattern['left']);
    case 'RestElement':
      return patternNames(pattern['argument']);
    default:
      return [];
  }
}

/** @param {string} text
 * @returns {(offset: number) => number} the line, from 1, of an offset */
function lineCounter(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (starts[middle]) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
