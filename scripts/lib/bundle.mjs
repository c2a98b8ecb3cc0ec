// Puts the modules of each layer into one file, as a layer is entered through its index alone: a program that imports
// the package then loads some twenty files and not two hundred, in less than half of the time and with 0.9 MB less
// to hold. A process of its own, so that whoever builds can wait for it:
//   node scripts/lib/bundle.mjs FROM TO
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { rollup } from 'rollup';

const [from = '', to = ''] = process.argv.slice(2).map((folder) => resolve(folder));
if (from === '' || to === '') throw new Error('bundle.mjs wants FROM and TO.');

// A name that no other package has, by which the core knows its own frames in a stack.
const CORE = 'asyncio-core.js';

// What is loaded from outside besides a layer's index: the command, and the programs of workers and processes.
/** @type {Readonly<Record<string, readonly string[]>>} */
const entries = {
  cli: ['main'],
  concurrent: ['index', 'register', 'worker', 'guard', 'keeper', 'child', 'lifeline'],
};

/** @type {import('rollup').Plugin} */
const compiled = {
  name: 'compiled',
  load(file) {
    const code = readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
    return { code, map: JSON.parse(readFileSync(`${file}.map`, 'utf8')) };
  },
  // One character outside of Latin-1 doubles the memory of all the text in its file.
  renderChunk: (code) => ({ code: code.replace(/[^\0-\x7f]/g, escaped), map: null }),
};

/** @param {string} character in a string, a template or a regular expression: the comments are gone
 * @returns {string} */
const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** @param {string} folder one layer, or '.' for the entries above them
 * @param {readonly string[]} names of the files that are loaded from outside */
async function bundle(folder, names) {
  const home = join(from, folder);
  /** @param {string} file */
  const isOwn = (file) => (folder === '.' ? dirname(file) === home : file.startsWith(`${home}/`));
  const made = await rollup({
    input: Object.fromEntries(names.map((name) => [name, join(home, `${name}.js`)])),
    external: (id, importer) =>
      !/^[./]/.test(id) || !isOwn(resolve(importer === undefined ? home : dirname(importer), id)),
    plugins: [compiled],
    onwarn(warning, tell) {
      // The helper that the compiler writes for import() of both kinds of module.
      if (warning.code !== 'THIS_IS_UNDEFINED') tell(warning);
    },
  });
  await made.write({
    dir: join(to, folder),
    format: 'es',
    generatedCode: 'es2015',
    sourcemap: true,
    minifyInternalExports: false,
    // Bundlers of programs would take those imports for a contradiction to "sideEffects".
    hoistTransitiveImports: false,
    entryFileNames: folder === 'core' ? CORE : '[name].js',
    chunkFileNames: '[name].js',
    paths: { [join(from, 'core/index.js')]: `${folder === '.' ? '.' : '..'}/core/${CORE}` },
  });
}

for (const entry of readdirSync(from, { withFileTypes: true })) {
  if (entry.isDirectory()) await bundle(entry.name, entries[entry.name] ?? ['index']);
}
await bundle(
  '.',
  readdirSync(from)
    .filter((file) => file.endsWith('.js'))
    .map((file) => basename(file, '.js')),
);
