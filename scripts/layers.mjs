// Holds the architecture: which layer may know which, what may touch the platform or the clock, and
// that every public symbol has one home. ARCHITECTURE.md says why; here it is checked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModules } from './lib/modules.mjs';
import { isMain, root } from './lib/project.mjs';

/** @typedef {import('./lib/modules.mjs').Module} Module */
/** @typedef {{ rule: string, path: string, line: number, message: string }} Violation */

const below = ['core', 'tasks', 'sync', 'loops', 'io', 'concurrent'];

/** What Python gives out in two modules, asyncio and concurrent.futures, under the same name. */
const inBoth = new Set([
  'ALL_COMPLETED',
  'CancelledError',
  'FIRST_COMPLETED',
  'FIRST_EXCEPTION',
  'InvalidStateError',
  'ReturnWhen',
  'TimeoutError',
]);

/** Each layer and what it may import, through the other layer's index.ts only.
 * @type {Readonly<Record<string, readonly string[]>>} */
export const layers = {
  core: [],
  tasks: ['core'],
  sync: ['core', 'tasks'],
  loops: ['core'],
  io: ['core', 'tasks', 'sync', 'loops'],
  concurrent: ['core', 'tasks'],
  runners: below,
  testing: [...below, 'runners'],
  inspect: [...below, 'runners'],
  cli: [...below.filter((layer) => layer !== 'loops'), 'runners', 'inspect'],
};

/** These run in any JavaScript engine. */
const portable = ['core', 'tasks', 'sync'];
const platformNames = new Set([
  'process',
  'Buffer',
  'require',
  'module',
  '__dirname',
  '__filename',
  'Bun',
  'Deno',
  'window',
  'document',
  'navigator',
]);

/** Time and randomness enter through the loops layer alone. */
const seamLayer = 'loops';
const seamNames = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Date.now',
  'Date.new()',
  'Date.()',
  'Math.random',
  'performance',
  'process.hrtime',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);
const seamModules = new Set(['timers', 'timers/promises', 'perf_hooks']);

/** These load what the program names: its own modules. */
const loaders = ['cli', 'concurrent'];

const errorsHome = 'core/errors.ts';

/** Puts the parts together for this platform; every entry point imports it, and nothing else does. */
const composition = 'platform.ts';

/** @param {string} [projectRoot] a folder with src/ and package.json
 * @returns {Violation[]} */
export function checkLayers(projectRoot = root) {
  const modules = readModules(join(projectRoot, 'src'));
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  /** @type {Violation[]} */
  const found = [];
  const entries = entryPoints(manifest);
  const entryModules = new Set(entries.values());
  for (const module of modules.values()) {
    /** @type {(rule: string, line: number, message: string) => void} */
    const add = (rule, line, message) =>
      found.push({ rule, path: `src/${module.path}`, line, message });
    checkPlace(module, add);
    for (const imported of module.imports) {
      if (imported.target !== composition) checkImport(module, imported, modules, manifest, add);
      else if (!entryModules.has(module.path) && module.path !== 'cli/main.ts') {
        add('layer', imported.line, `Only the entry points import src/${composition}.`);
      }
    }
    const composed = module.imports.some(({ target }) => target === composition);
    if (modules.has(composition) && entryModules.has(module.path) && !composed) {
      add(
        'entry',
        1,
        `This entry point does not import src/${composition}: used alone, it has no loop.`,
      );
    }
    checkUses(module, add);
    checkShape(module, add);
  }
  found.push(...findCycles(modules), ...checkHomes(modules, entries));
  return found.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

/** @param {Module} module
 * @param {(rule: string, line: number, message: string) => void} add */
function checkPlace({ path, layer }, add) {
  if (layer === '' && path !== 'index.ts' && path !== composition) {
    add(
      'place',
      1,
      `Only index.ts and ${composition} lie in src/ itself; put ${path} into a layer.`,
    );
  }
  if (layer !== '' && !(layer in layers)) {
    add(
      'place',
      1,
      `"${layer}" is no layer; the layers are ${Object.keys(layers).join(', ')} (scripts/layers.mjs).`,
    );
  }
}

/** @param {Module} module
 * @param {import('./lib/modules.mjs').Import} imported
 * @param {Map<string, Module>} modules
 * @param {any} manifest
 * @param {(rule: string, line: number, message: string) => void} add */
function checkImport(module, { specifier, line, target }, modules, manifest, add) {
  if (target === undefined) {
    if (specifier === '(computed)') {
      if (!loaders.includes(module.layer))
        add('import', line, 'An import() of a computed name hides what the module needs.');
      return;
    }
    const builtin = specifier.startsWith('node:');
    const name = builtin ? specifier.slice('node:'.length) : specifier;
    if (portable.includes(module.layer)) {
      add(
        'platform',
        line,
        `${module.layer} runs in any engine and cannot import "${specifier}"; take it in through an interface that loops or io implement.`,
      );
    } else if (builtin ? seamModules.has(name) && module.layer !== seamLayer : false) {
      add(
        'seam',
        line,
        `"${specifier}" gives time past the loop's clock; ask the loop (callLater, time, sleep).`,
      );
    } else if (!builtin) {
      const packageName = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
      if (!(packageName in declared)) {
        add(
          'package',
          line,
          `"${specifier}" is neither a "node:" module nor a dependency in package.json.`,
        );
      }
    }
    return;
  }
  if (!modules.has(target)) {
    add(
      'import',
      line,
      `"${specifier}" names no module of src/; a relative import ends in .ts and stays inside src/.`,
    );
    return;
  }
  const targetLayer = /** @type {Module} */ (modules.get(target)).layer;
  if (module.layer === targetLayer) {
    if (target === `${targetLayer}/index.ts`) {
      add(
        'door',
        line,
        `Inside ${targetLayer}, import the file that has the name, not the layer's own index.ts.`,
      );
    }
    return;
  }
  if (target === 'index.ts') {
    add('layer', line, `Nothing in src/ imports src/index.ts; import the layer that has the name.`);
  } else if (target !== `${targetLayer}/index.ts`) {
    add(
      'door',
      line,
      `"${specifier}" reaches inside ${targetLayer}; import ${targetLayer}/index.ts.`,
    );
  }
  if (
    module.layer !== '' &&
    target !== 'index.ts' &&
    !layers[module.layer]?.includes(targetLayer)
  ) {
    const may = layers[module.layer] ?? [];
    add(
      'layer',
      line,
      `${module.layer} may not import ${targetLayer}; it may import ${may.length > 0 ? may.join(', ') : 'no other layer'}.`,
    );
  }
}

/** @param {Module} module
 * @param {(rule: string, line: number, message: string) => void} add */
function checkUses(module, add) {
  for (const { name, line } of module.uses) {
    const plain = name.replace(/^(globalThis|self|global)\./, '');
    if (module.layer !== seamLayer && (seamNames.has(plain) || seamNames.has(name))) {
      const what = plain.replace('.new()', ' without arguments').replace('.()', '()');
      add(
        'seam',
        line,
        `${what} belongs to the loops layer; elsewhere the loop is asked (callLater, time, a Clock).`,
      );
    }
    if (portable.includes(module.layer) && platformNames.has(plain)) {
      add(
        'platform',
        line,
        `${module.layer} runs in any engine, and "${plain}" is not in every one.`,
      );
    }
  }
}

/** @param {Module} module
 * @param {(rule: string, line: number, message: string) => void} add */
function checkShape(module, add) {
  for (const line of module.stars)
    add('star', line, 'Export by name: "export *" lets names out that nobody chose.');
  if (module.exports.has('default')) {
    add(
      'star',
      module.exports.get('default')?.line ?? 1,
      'Export by name: a default export has none.',
    );
  }
  if (
    module.path.endsWith('index.ts') &&
    (module.path === 'index.ts' || module.path === `${module.layer}/index.ts`)
  ) {
    for (const { type, line } of module.statements)
      add(
        'index',
        line,
        `index.ts only re-exports by name; this ${type} belongs into a file of its own.`,
      );
  }
  // The command's own start is never imported.
  if (module.path !== 'cli/main.ts') {
    for (const line of module.topLevelAwait)
      add(
        'await',
        line,
        'A top-level await keeps CommonJS programs from loading the package with require().',
      );
  }
  // What only the command throws reaches no program, and has no place in the library.
  if (module.path !== errorsHome && module.layer !== 'cli') {
    for (const { name, base, line } of module.classes) {
      if (/(Error|ExceptionGroup)$/.test(base))
        add('errors', line, `${name} is an error class; all of them live in src/${errorsHome}.`);
    }
  }
}

/** Cycles among what is left of the imports once they are compiled.
 * @param {Map<string, Module>} modules
 * @returns {Violation[]} */
function findCycles(modules) {
  /** @type {Violation[]} */
  const found = [];
  /** @type {Map<string, 'open' | 'closed'>} */
  const state = new Map();
  /** @param {string} path
   * @param {string[]} trail */
  const visit = (path, trail) => {
    state.set(path, 'open');
    for (const { target, typeOnly, line } of modules.get(path)?.imports ?? []) {
      if (target === undefined || typeOnly || !modules.has(target)) continue;
      if (state.get(target) === 'open') {
        const ring = [...trail.slice(trail.indexOf(target)), target].join(' -> ');
        found.push({
          rule: 'cycle',
          path: `src/${path}`,
          line,
          message: `Modules load each other: ${ring}.`,
        });
      } else if (!state.has(target)) {
        visit(target, [...trail, target]);
      }
    }
    state.set(path, 'closed');
  };
  for (const path of modules.keys()) if (!state.has(path)) visit(path, [path]);
  return found;
}

/** @param {any} manifest
 * @returns {Map<string, string>} entry point -> module, for those that are code */
function entryPoints(manifest) {
  const entries = new Map();
  for (const [name, target] of Object.entries(manifest.exports)) {
    const file = typeof target === 'string' ? target : target.default;
    if (file.endsWith('.js'))
      entries.set(name, file.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'));
  }
  return entries;
}

/** Follows every public name to the declaration it stands for: one declaration, one public name, one
 * entry point, and one layer index on the way.
 * @param {Map<string, Module>} modules
 * @param {Map<string, string>} entries
 * @returns {Violation[]} */
function checkHomes(modules, entries) {
  /** @type {Violation[]} */
  const found = [];
  /** @param {string} path
   * @param {string} name
   * @returns {{ home: string, via: string[] } | undefined} */
  const follow = (path, name) => {
    const module = modules.get(path);
    const exported = module?.exports.get(name);
    if (!module || !exported) return undefined;
    if (exported.from !== undefined) {
      const next = follow(exported.from, /** @type {string} */ (exported.imported));
      return next && { home: next.home, via: [path, ...next.via] };
    }
    const imported = module.imports.find(({ names }) =>
      names.has(/** @type {string} */ (exported.local)),
    );
    if (imported?.target !== undefined) {
      const original = /** @type {string} */ (
        imported.names.get(/** @type {string} */ (exported.local))
      );
      const next = original === '*' ? undefined : follow(imported.target, original);
      return next && { home: next.home, via: [path, ...next.via] };
    }
    return { home: `${path}#${exported.local}`, via: [] };
  };

  /** @type {Map<string, string>} */
  const publicNames = new Map();
  for (const [entry, path] of entries) {
    const module = modules.get(path);
    if (!module) {
      found.push({
        rule: 'home',
        path: 'package.json',
        line: 1,
        message: `The entry point "${entry}" has no src/${path}.`,
      });
      continue;
    }
    for (const [name, { line }] of module.exports) {
      const result = follow(path, name);
      const place = { rule: 'home', path: `src/${path}`, line };
      if (!result) {
        found.push({ ...place, message: `"${name}" leads to no declaration.` });
        continue;
      }
      const known = publicNames.get(result.home);
      if (known === undefined) {
        publicNames.set(result.home, `"${name}" of "${entry}"`);
      } else if (!(inBoth.has(name) && known.startsWith(`"${name}"`))) {
        found.push({
          ...place,
          message: `"${name}" of "${entry}" is ${known} already; a symbol has one public name in one entry point.`,
        });
      }
    }
  }

  const entryModules = new Set(entries.values());
  for (const [layer] of Object.entries(layers)) {
    const path = `${layer}/index.ts`;
    if (entryModules.has(path)) continue;
    for (const [name, { line }] of modules.get(path)?.exports ?? []) {
      const home = follow(path, name)?.home;
      if (home !== undefined && !home.startsWith(`${layer}/`)) {
        found.push({
          rule: 'home',
          path: `src/${path}`,
          line,
          message: `"${name}" lives in src/${home.split('#')[0]}; only that layer's index.ts gives it out.`,
        });
      }
    }
  }
  return found;
}

if (isMain(import.meta.url)) {
  const violations = checkLayers();
  for (const { path, line, rule, message } of violations)
    console.log(`${path}:${line}  ${rule}  ${message}`);
  if (violations.length === 0) console.log('layers: nothing found');
  process.exitCode = violations.length === 0 ? 0 : 1;
}
