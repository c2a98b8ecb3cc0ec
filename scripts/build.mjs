// Builds src/ into dist/: the compiler writes declarations for each module, and programs that are put together, one file a
// layer. The new dist/ is made beside the old one and takes its place in one step,
// so that a program which runs meanwhile never sees half a package.
//   node scripts/build.mjs             always
//   node scripts/build.mjs --if-stale  only when a source is not the one dist/ was made from
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { capture, inRoot, isMain, printed, tsc } from './lib/project.mjs';

const stampFile = inRoot('.build/dist.stamp');

/** A digest of everything that decides what dist/ holds. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const sources = readdirSync(inRoot('src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
  const settings = [
    'tsconfig.base.json',
    'tsconfig.build.json',
    'package-lock.json',
    'scripts/lib/bundle.mjs',
  ].map((f) => inRoot(f));
  for (const file of [...settings, ...sources]) {
    hash
      .update(file.slice(inRoot('').length))
      .update('\0')
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @returns {boolean} whether dist/ is there and up to date afterwards */
export function build({ ifStale = false } = {}) {
  const digest = sourcesDigest();
  const fresh = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest;
  if (ifStale && fresh && existsSync(inRoot('dist/index.js'))) return true;

  const next = inRoot(`.dist-${process.pid}`);
  const old = inRoot(`.dist-${process.pid}-old`);
  const modules = inRoot(`.dist-${process.pid}-modules`);
  try {
    const settings = inRoot('tsconfig.build.json');
    if (!tsc(settings, '--outDir', next, '--emitDeclarationOnly')) return false;
    // The declarations keep their comments. The programs do not: a program holds its text in memory while it runs.
    const bare = ['--removeComments', '--declaration', 'false', '--declarationMap', 'false'];
    if (!tsc(settings, '--outDir', modules, ...bare, '--isolatedDeclarations', 'false'))
      return false;
    const bundled = capture(process.execPath, [inRoot('scripts/lib/bundle.mjs'), modules, next]);
    if (bundled.status !== 0) {
      console.error(printed(bundled));
      return false;
    }
    const command = `${next}/cli/main.js`;
    if (existsSync(command)) chmodSync(command, 0o755);
    if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), old);
    renameSync(next, inRoot('dist'));
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
    rmSync(modules, { recursive: true, force: true });
  }
  mkdirSync(inRoot('.build'), { recursive: true });
  writeFileSync(stampFile, digest);
  return true;
}

/** For scripts that need the package: builds what is stale, and stops here when that fails. */
export function needBuild() {
  if (build({ ifStale: true })) return;
  console.error('The package does not build; see above.');
  process.exit(1);
}

if (isMain(import.meta.url)) {
  process.exitCode = build({ ifStale: process.argv.includes('--if-stale') }) ? 0 : 1;
}
