// Four projects: `unit` (everything by layer), `conformance` (against CPython inside Pyodide, slow to load), `soak`
// (heap and load over time) and `packaging` (the built package and the project's own scripts; wants an up-to-date dist/).
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const src = fileURLToPath(new URL('./src/', import.meta.url));

const common: NonNullable<TestProjectInlineConfiguration['test']> = {
  environment: 'node',
  setupFiles: ['./test/setup.ts'],
  // A process per test file: a loop left running or a listener left behind cannot reach the next file.
  pool: 'forks',
  isolate: true,
  // Tests of garbage collection (a dropped coroutine, a forgotten exception) call gc().
  execArgv: ['--expose-gc'],
  unstubEnvs: true,
  unstubGlobals: true,
  restoreMocks: true,
};

export default defineConfig({
  resolve: {
    alias: [
      { find: /^asyncio-ts$/, replacement: `${src}index.ts` },
      { find: /^asyncio-ts\/([a-z]+)$/, replacement: `${src}$1/index.ts` },
    ],
  },
  // What `using` and standard decorators become on the oldest Node there is to support.
  esbuild: { target: 'node20' },
  test: {
    watch: false,
    passWithNoTests: false,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/conformance/**', 'test/packaging/**', 'test/soak/**'],
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          // Heap, handles and faults over time: a short form here, the long one with SOAK_SECONDS=600.
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          ...common,
          name: 'packaging',
          include: ['test/packaging/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
