// The package as its users get it: packed, installed in an empty folder, then imported, required,
// compiled against, bundled and run there. What this has not seen is not in the tarball.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, dirname } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build as bundle } from 'vite';
import { needBuild } from './build.mjs';
import { npm } from './lib/npm.mjs';
import { capture, inRoot, must, printed, root, runChecks, toolFile } from './lib/project.mjs';

needBuild();

/** @type {{ name: string, version: string, exports: Record<string, any>, bin: Record<string, string> }} */
const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target !== 'string')
  .map(([path]) => join(manifest.name, path));

const workshop = mkdtempSync(join(tmpdir(), 'asyncio-ts-package-'));
const consumer = join(workshop, 'consumer');
const installed = join(consumer, 'node_modules', manifest.name);
mkdirSync(consumer);

/** Set by the first check. */
let tarball = '';
/** @type {string[]} */
let packed = [];

/** @param {string} name
 * @param {string} text */
function write(name, text) {
  writeFileSync(join(consumer, name), text);
  return name;
}

/** Runs Node in the consumer's folder.
 * @param {string[]} args
 * @param {string} wanted what it must print */
function runs(args, wanted) {
  const run = capture(process.execPath, args, { cwd: consumer, timeout: 30 });
  must(run.status === 0, printed(run));
  must(run.stdout === wanted, `expected stdout ${JSON.stringify(wanted)}\n${printed(run)}`);
}

/** @param {string} lockFile
 * @returns {string[]} the packages that a user of it gets */
function installedPackages(lockFile) {
  /** @type {{ packages: Record<string, { dev?: boolean, peer?: boolean }> }} */
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, peer }]) => path !== '' && dev !== true && peer !== true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

const program = `
const double = coroutine(function* (x) { yield* sleep(0.001); return 2 * x; });
const main = coroutine(async () => (await gather(double(1), double(20))).join());
run(main()).then(console.log);
`;

/** @param {string} moduleResolution
 * @param {string} how
 * @param {Record<string, unknown>} options of the compiler
 * @returns {import('./lib/project.mjs').Check} */
function compiles(moduleResolution, how, options) {
  return {
    title: `a user's program compiles: ${moduleResolution}, ${how}`,
    run() {
      write(
        'user.ts',
        `${entries.map((entry, at) => `import * as entry${at} from '${entry}';`).join('\n')}
         export const all = [${entries.map((_, at) => `entry${at}`).join(', ')}];
         const body = entry0.coroutine(async (x: number) => { await entry0.sleep(0.1); return String(x); });
         export const text: Promise<string> = entry0.run(body(1), { debug: true });
         // @ts-expect-error a number is nothing that can be awaited
         void entry0.run(1);
        `,
      );
      write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            target: 'ES2022',
            module: moduleResolution === 'Bundler' ? 'ESNext' : moduleResolution,
            moduleResolution,
            lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
            strict: true,
            noEmit: true,
            ...options,
          },
          files: ['user.ts'],
        }),
      );
      const run = capture(process.execPath, [toolFile('typescript', 'tsc'), '--project', consumer]);
      must(run.status === 0, printed(run));
    },
  };
}

/** @type {import('./lib/project.mjs').Check[]} */
const checks = [
  {
    title: 'npm pack',
    run() {
      const [info] = JSON.parse(
        npm(['pack', '--json', '--ignore-scripts', '--pack-destination', workshop], root),
      );
      tarball = join(workshop, info.filename);
      packed = info.files.map((/** @type {{ path: string }} */ file) => file.path);
      const kinds =
        /^(dist\/.+\.(js|d\.ts|js\.map|d\.ts\.map)|src\/.+\.ts|(README|CHANGELOG)\.md|LICENSE|package\.json)$/;
      const strange = packed.filter((path) => !kinds.test(path) || /\.test\./.test(path));
      must(strange.length === 0, `These do not belong into the package: ${strange.join(', ')}`);
      for (const path of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']) {
        must(packed.includes(path), `${path} is missing from the package`);
      }
      return `${packed.length} files, ${Math.round(info.size / 1000)} kB packed, ${Math.round(info.unpackedSize / 1000)} kB unpacked`;
    },
  },
  {
    title: 'npm install in an empty folder brings this package and what it declares',
    run() {
      write('package.json', '{ "private": true, "type": "module" }\n');
      npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], consumer);
      const found = installedPackages(join(consumer, 'package-lock.json'));
      const declared = installedPackages(inRoot('package-lock.json'));
      const strange = found.filter((name) => name !== manifest.name && !declared.includes(name));
      must(strange.length === 0, `node_modules also has ${strange.join(', ')}`);
      return `${found.length - 1} dependencies`;
    },
  },
  {
    title: 'source maps point into the package, and no file names this machine',
    run() {
      const there = new Set(packed);
      for (const path of packed) {
        const text = readFileSync(join(installed, path), 'utf8');
        must(!text.includes(root.slice(0, -1)), `${path} holds the path of this checkout`);
        if (!path.endsWith('.map')) continue;
        for (const source of JSON.parse(text).sources) {
          const target = resolve('/', dirname(path), source).slice(1);
          must(there.has(target), `${path} refers to ${source}, which is not packed`);
        }
      }
    },
  },
  {
    title: 'publint',
    async run() {
      const tar = readFileSync(tarball);
      const { messages, pkg } = await publint({
        pack: { tarball: tar.buffer.slice(tar.byteOffset, tar.byteOffset + tar.length) },
        strict: true,
      });
      const lines = messages.map((message) => `${message.type}: ${formatMessage(message, pkg)}`);
      must(lines.length === 0, lines.join('\n'));
    },
  },
  {
    title: 'are the types wrong? (esm-only)',
    run() {
      const run = capture(process.execPath, [
        toolFile('@arethetypeswrong/cli', 'attw'),
        tarball,
        '--profile',
        'esm-only',
        '--no-color',
      ]);
      must(run.status === 0, printed(run));
    },
  },
  ...entries.map((entry) => ({
    title: `import and require() of ${entry} give the same things`,
    run() {
      write(
        'both.cjs',
        `const required = require('${entry}');
         import('${entry}').then((imported) => {
           const names = Object.keys(imported).sort();
           if (names.length === 0) throw new Error('no exports');
           for (const name of names) if (required[name] !== imported[name]) throw new Error(name);
           console.log('same');
         });`,
      );
      runs(['--no-warnings', 'both.cjs'], 'same\n');
    },
  })),
  {
    title: 'a small program, as a module',
    run: () =>
      runs(
        [
          write(
            'small.mjs',
            `import { coroutine, gather, run, sleep } from '${manifest.name}';${program}`,
          ),
        ],
        '2,40\n',
      ),
  },
  {
    title: 'a small program, in CommonJS',
    run: () =>
      runs(
        [
          '--no-warnings',
          write(
            'small.cjs',
            `const { coroutine, gather, run, sleep } = require('${manifest.name}');${program}`,
          ),
        ],
        '2,40\n',
      ),
  },
  ...Object.entries({
    'a small program': [
      `import { coroutine, gather, run, sleep } from '${manifest.name}';${program}`,
      '2,40\n',
    ],
    'a program that starts no loop of its own': [
      `import { sleep } from '${manifest.name}';
       sleep(0.001, 'slept').then(console.log);`,
      'slept\n',
    ],
  }).map(([title, [text = '', wanted = '']]) => ({
    title: `${title}, bundled and tree-shaken`,
    async run() {
      write('entry.mjs', text);
      await bundle({
        root: consumer,
        configFile: false,
        logLevel: 'error',
        ssr: { noExternal: true },
        build: { ssr: 'entry.mjs', outDir: 'bundled', target: 'node20', minify: true },
      });
      rmSync(installed, { recursive: true });
      try {
        runs(['bundled/entry.js'], wanted);
      } finally {
        npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], consumer);
      }
    },
  })),
  ...Object.keys(manifest.bin).map((command) => ({
    title: `the command ${command}`,
    run() {
      write(
        'main.mjs',
        `import { sleep } from '${manifest.name}';
        export async function main(...args) {
          await sleep(0.001);
          if (args.length === 0) throw new Error('no arguments');
          console.log(args.join('+'));
        }`,
      );
      const bin = join(consumer, 'node_modules', '.bin', command);
      const ran = capture(bin, ['main.mjs', 'a', 'b'], { cwd: consumer, timeout: 30 });
      must(ran.status === 0 && ran.stdout === 'a+b\n', printed(ran));
      const failed = capture(bin, ['main.mjs'], { cwd: consumer, timeout: 30 });
      must(failed.status === 1 && failed.stderr.includes('no arguments'), printed(failed));
    },
  })),
  ...['NodeNext', 'Bundler'].flatMap((moduleResolution) => [
    compiles(moduleResolution, 'every declaration checked', {
      typeRoots: [inRoot('node_modules/@types')],
      types: ['node'],
      exactOptionalPropertyTypes: false,
      skipLibCheck: false,
    }),
    compiles(moduleResolution, 'every declaration checked, optional properties exact', {
      typeRoots: [inRoot('node_modules/@types')],
      types: ['node'],
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
    }),
    compiles(moduleResolution, "without Node's types", { types: [], skipLibCheck: true }),
  ]),
];

try {
  process.exitCode = await runChecks('package', checks);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
