// The rules of the architecture are held by scripts/layers.mjs; these tests show that it sees each
// kind of breach, and that it leaves alone what is allowed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLayers, layers } from '../../scripts/layers.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'asyncio-ts-layers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A small project without fault; each test adds to it. */
const sound = {
  'package.json': JSON.stringify({
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './testing': { types: './dist/testing/index.d.ts', default: './dist/testing/index.js' },
      './package.json': './package.json',
    },
    peerDependencies: { koffi: '3' },
  }),
  'src/platform.ts': `import { EventLoop } from './loops/index.ts'; new EventLoop();`,
  'src/index.ts': `import './platform.ts';
    export { Future } from './core/index.ts';
    export { sleep } from './tasks/index.ts';
    export { EventLoop } from './loops/index.ts';`,
  'src/core/errors.ts': `export class CancelledError extends Error {}`,
  'src/core/futures.ts': `
    import type { helper } from './helper.ts';
    import { CancelledError } from './errors.ts';
    // Date.now() and setTimeout() in a comment or in 'a text with Date.now()' are no use of them
    export class Future<T> { clock!: { setTimeout: ReturnType<typeof setTimeout>; now(): number };
      when(): number { return this.clock.now() + new Date(2026, 1).getTime(); }
      fail(): never { throw new CancelledError('Math.random()'); } h?: typeof helper; t?: T }`,
  'src/core/helper.ts': `import { Future } from './futures.ts'; export const helper = (): Future<void> => new Future();`,
  'src/core/index.ts': `export { Future } from './futures.ts'; export { CancelledError } from './errors.ts';`,
  'src/tasks/sleep.ts': `
    import { Future } from '../core/index.ts';
    export function sleep(host: { setTimeout(f: () => void): void }): Future<void> {
      const { setTimeout } = host; setTimeout(() => {}); return new Future(); }`,
  'src/tasks/index.ts': `export { sleep } from './sleep.ts';`,
  'src/loops/hosted.ts': `
    import { setTimeout as later } from 'node:timers/promises';
    import { Future } from '../core/index.ts';
    export class EventLoop { f = new Future(); now(): number { void later(1); setImmediate(() => {}); return Date.now(); } }`,
  'src/loops/virtual.ts': `export class VirtualTimeEventLoop {}`,
  'src/loops/index.ts': `export { EventLoop } from './hosted.ts'; export { VirtualTimeEventLoop } from './virtual.ts';`,
  'src/testing/index.ts': `import '../platform.ts'; export { VirtualTimeEventLoop } from '../loops/index.ts';`,
};

type Files = Readonly<Record<string, string>>;

function check(files: Files = {}): string[] {
  for (const [path, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return checkLayers(folder).map(({ rule, path, line }) => `${rule} ${path}:${line}`);
}

test('this project keeps its own rules', () => {
  expect(checkLayers()).toEqual([]);
});

test('a project without fault gives no finding', () => {
  expect(check()).toEqual([]);
});

describe('a breach is found:', () => {
  const breaches: Record<string, [files: Files, found: string[]]> = {
    'a layer imports one above it': [
      { 'src/core/a.ts': `\nimport { sleep } from '../tasks/index.ts'; sleep;` },
      ['layer src/core/a.ts:2'],
    ],
    'a type alone is imported from above': [
      {
        'src/tasks/a.ts': `import type { EventLoop } from '../loops/index.ts'; export type A = EventLoop;`,
      },
      ['layer src/tasks/a.ts:1'],
    ],
    'loops imports a layer that is below it in the list, but not its own to know': [
      { 'src/loops/a.ts': `import { sleep } from '../tasks/index.ts'; sleep;` },
      ['layer src/loops/a.ts:1'],
    ],
    'a re-export reaches up': [
      { 'src/sync/a.ts': `export { EventLoop } from '../loops/index.ts';` },
      ['layer src/sync/a.ts:1'],
    ],
    'an import() reaches up': [
      { 'src/tasks/a.ts': `export const load = () => import('../loops/index.ts');` },
      ['layer src/tasks/a.ts:1'],
    ],
    'a file inside another layer is imported': [
      { 'src/tasks/a.ts': `import { Future } from '../core/futures.ts'; Future;` },
      ['door src/tasks/a.ts:1'],
    ],
    'a layer goes through its own door': [
      { 'src/core/a.ts': `import { Future } from './index.ts'; Future;` },
      ['door src/core/a.ts:1'],
    ],
    'something imports the package as a whole': [
      { 'src/loops/a.ts': `import { Future } from '../index.ts'; Future;` },
      ['layer src/loops/a.ts:1'],
    ],
    'something else than an entry point puts the parts together': [
      { 'src/runners/a.ts': `import '../platform.ts';` },
      ['layer src/runners/a.ts:1'],
    ],
    'an entry point forgets to put the parts together': [
      { 'src/testing/index.ts': `export { VirtualTimeEventLoop } from '../loops/index.ts';` },
      ['entry src/testing/index.ts:1'],
    ],
    'a file lies beside the layers': [
      { 'src/util.ts': `export const a = 1;` },
      ['place src/util.ts:1'],
    ],
    'there is a layer nobody planned': [
      { 'src/misc/a.ts': `export const a = 1;` },
      ['place src/misc/a.ts:1'],
    ],
    'core imports Node': [
      { 'src/core/a.ts': `import { inspect } from 'node:util'; inspect;` },
      ['platform src/core/a.ts:1'],
    ],
    'core asks the process': [
      { 'src/core/a.ts': `\n\nexport const debug = process.env['X'] ?? globalThis.Buffer;` },
      ['platform src/core/a.ts:3', 'platform src/core/a.ts:3'],
    ],
    'a package is imported that is no dependency': [
      { 'src/io/a.ts': `import koffi from 'koffi'; import { x } from 'lodash/fp'; x; koffi;` },
      ['package src/io/a.ts:1'],
    ],
    'an import leads nowhere': [
      { 'src/core/a.ts': `import { Future } from './futures.js'; Future;` },
      ['import src/core/a.ts:1'],
    ],
    'modules load each other': [
      {
        'src/core/a.ts': `import { b } from './b.ts';\nexport const a = (): unknown => b;`,
        'src/core/b.ts': `export { c as b } from './c.ts';`,
        'src/core/c.ts': `\nimport { a } from './a.ts'; export const c = (): unknown => a;`,
      },
      ['cycle src/core/c.ts:2'],
    ],
    'time is taken past the loop': [
      {
        'src/io/a.ts': [
          `setTimeout(() => {}, 1);`,
          `export const now = Date.now();`,
          `export const date = new Date();`,
          `globalThis.setImmediate(() => {});`,
          `const { now: other } = Date; other();`,
          `export const seam = { setInterval };`,
          `performance.now();`,
          `import { setTimeout as s } from 'node:timers/promises'; s;`,
          `import { performance as p } from 'node:perf_hooks'; p;`,
        ].join('\n'),
      },
      Array.from({ length: 9 }, (_, at) => `seam src/io/a.ts:${at + 1}`),
    ],
    'randomness is taken past the loop': [
      {
        'src/runners/a.ts': `export const dice = () => (Math.random as () => number)();\nMath['random']();`,
      },
      ['seam src/runners/a.ts:1', 'seam src/runners/a.ts:2'],
    ],
    'an export has no name': [
      { 'src/loops/a.ts': `export * from '../core/index.ts';\nexport default 1;` },
      ['star src/loops/a.ts:1', 'star src/loops/a.ts:2'],
    ],
    'an index holds code': [
      { 'src/tasks/index.ts': `export { sleep } from './sleep.ts';\nexport const a = 1;` },
      ['index src/tasks/index.ts:2'],
    ],
    'a module waits while it loads': [
      { 'src/io/a.ts': `export const f = async (): Promise<void> => { await f(); };\nawait f();` },
      ['await src/io/a.ts:2'],
    ],
    'an error class lives elsewhere': [
      {
        'src/sync/a.ts': `export class QueueEmpty extends Error {}`,
        'src/cli/a.ts': `export class Usage extends Error {}`,
      },
      ['errors src/sync/a.ts:1'],
    ],
    'a public name leads nowhere': [
      {
        'src/testing/index.ts': `import '../platform.ts'; export { Nothing } from '../loops/index.ts';`,
      },
      ['home src/testing/index.ts:1'],
    ],
    'a symbol is public twice': [
      {
        'src/index.ts': `import './platform.ts';
          export { Future } from './core/index.ts';
          export { Future as Promise } from './core/index.ts';
          export { sleep } from './tasks/index.ts';`,
      },
      ['home src/index.ts:3'],
    ],
    'a symbol is public in two entry points': [
      {
        'src/testing/index.ts': `import '../platform.ts'; export { EventLoop } from '../loops/index.ts';`,
      },
      ['home src/testing/index.ts:1'],
    ],
    "a layer's index gives out what lives below": [
      {
        'src/tasks/index.ts': `
          import { Future } from '../core/index.ts';
          export { sleep } from './sleep.ts'; export { Future };`,
      },
      ['home src/tasks/index.ts:3'],
    ],
    'an entry point has no module': [
      {
        'package.json': sound['package.json'].replace('/dist/index.js', '/dist/main.js'),
      },
      ['home package.json:1', 'layer src/index.ts:1'],
    ],
  };
  for (const [title, [files, found]] of Object.entries(breaches)) {
    test(title, () => {
      expect(check(files)).toEqual(found);
    });
  }
});

test('the linter shows the same layers while one types', () => {
  const text = readFileSync(new URL('../../.oxlintrc.json', import.meta.url), 'utf8');
  const config = JSON.parse(text.replaceAll(/^ *\/\/.*$/gm, '')) as {
    overrides: { files: string[]; rules: Record<string, unknown> }[];
  };
  for (const layer of ['core', 'tasks', 'sync', 'loops', 'concurrent']) {
    const override = config.overrides.find(({ files }) => files.includes(`src/${layer}/**`));
    const allowed = JSON.stringify(override?.rules['no-restricted-imports']).matchAll(
      /"!\.\.\/(\w+)\/index\.ts"/g,
    );
    expect([layer, ...[...allowed].map(([, name]) => name)]).toEqual([
      layer,
      ...(layers[layer] ?? []),
    ]);
  }
});
