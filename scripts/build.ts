/** Bundles the command line, the task and the helper programs into a self-contained `dist/`. */
import { createHash } from 'node:crypto';
import { chmod, cp, glob, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
/** Output name → entry point. Names are what `src/wiring/programs.ts` looks for. */
const entries = {
  holdfast: 'src/cli/holdfast.ts',
  task: 'containers/task.ts',
  'files-archive': 'src/engines/files/archive-program.ts',
  'files-extract': 'src/engines/files/extract-program.ts',
};

const inputs =
  '{{src,functions,containers,state-machines,scripts}/**/*.{ts,json,sh},package*.json}';
await linkProgram();
const stamp = await digestOf(inputs);
// A running `holdfast serve` keeps its files while nothing has changed.
if ((await readFile(`${root}dist/.inputs`, 'utf8').catch(() => '')) === stamp) process.exit(0);

// Aside until it is whole: a build that fails leaves the last one.
const outdir = `${root}dist.new`;
await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir,
  bundle: true,
  // Dynamic imports become files of their own: `holdfast --help` loads no SDK.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  // Else an SDK that is imported when it is needed comes as CommonJS, and has no named exports.
  mainFields: ['module', 'main'],
  external: ['pg-native'],
  minifySyntax: true,
  sourcemap: true,
  banner: {
    js: "import { createRequire as holdfastRequire } from 'node:module'; const require = holdfastRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await cp(`${root}state-machines`, `${outdir}/state-machines`, { recursive: true });
await cp(`${root}src/cli/launcher.sh`, `${outdir}/holdfast`);
await chmod(`${outdir}/holdfast`, 0o755);
await writeFile(`${outdir}/.inputs`, stamp);
await rm(`${root}dist`, { recursive: true, force: true });
await rename(outdir, `${root}dist`);

/** npm links the programs of packages, not a package's own: without this `npx holdfast` asks the registry. */
async function linkProgram(): Promise<void> {
  const link = `${root}node_modules/.bin/holdfast`;
  await mkdir(`${root}node_modules/.bin`, { recursive: true });
  await rm(link, { force: true });
  await symlink('../../dist/holdfast', link);
}

async function digestOf(pattern: string): Promise<string> {
  const hash = createHash('sha256');
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: root })) names.push(name);
  for (const name of names.sort()) hash.update(name).update(await readFile(`${root}${name}`));
  return hash.digest('hex');
}
