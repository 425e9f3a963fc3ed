/**
 * Builds the images of the tasks, names them by what is inside, and says how large they are.
 * npm run images -- [--builder docker|podman|buildah] [--base IMAGE] [--repository PREFIX] [--push]
 *   [--prune]: removes what the same repository had before, in this machine's storage only
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../package.json' with { type: 'json' };

const root = new URL('..', import.meta.url).pathname;
const names = ['dump', 'drill'] as const;
/** buildah needs neither a daemon nor a user namespace here. */
const builders: Readonly<Record<string, readonly string[]>> = {
  buildah: ['bud', '--isolation', 'chroot', '--network', 'host', '--layers'],
  podman: ['build', '--layers'],
  docker: ['build'],
};

const { values } = parseArgs({
  options: {
    builder: { type: 'string', default: 'docker' },
    base: { type: 'string' },
    repository: { type: 'string', default: 'localhost/holdfast' },
    push: { type: 'boolean', default: false },
    prune: { type: 'boolean', default: false },
  },
});
const { builder, repository, push, prune } = values;
const base = values.base === undefined ? [] : ['--build-arg', `BASE=${values.base}`];

for (const name of names) {
  const context = await layOut(name);
  try {
    const digest = await digestOf(context, base);
    const image = `${repository}-${name}:${manifest.version}-${digest.slice(0, 12)}`;
    if (!isThere(image)) build(image, context);
    if (push) run('push', image);
    if (prune) removeOthers(image);
    process.stdout.write(`${JSON.stringify({ name, image, sizeBytes: sizeOf(image) })}\n`);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** The Dockerfile, this version's Node as the lock file pins it, and the bundles that a task loads. */
async function layOut(name: string): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'holdfast-image-'));
  const kept = { preserveTimestamps: true };
  await cp(join(root, 'containers', name, 'Dockerfile'), join(context, 'Dockerfile'), kept);
  await cp(join(root, 'node_modules/node/bin/node'), join(context, 'node'), kept);
  await chmod(join(context, 'node'), 0o755);
  await mkdir(join(context, 'holdfast/chunks'), { recursive: true });
  for (const file of await bundles(['task.js', 'files-archive.js', 'files-extract.js'])) {
    await cp(join(root, 'dist', file), join(context, 'holdfast', file), kept);
  }
  return context;
}

/** These and all that they import, from `dist/`. */
async function bundles(entries: readonly string[]): Promise<string[]> {
  const found = new Set(entries);
  for (const file of found) {
    const text = await readFile(join(root, 'dist', file), 'utf8');
    for (const [, chunk] of text.matchAll(/"\.\/(?:chunks\/)?([\w.-]+-[A-Z0-9]{8}\.js)"/g)) {
      found.add(`chunks/${chunk}`);
    }
  }
  return [...found].sort();
}

async function digestOf(context: string, more: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more));
  const entries = await readdir(context, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) hash.update(basename(path)).update(await readFile(path));
  return hash.digest('hex');
}

function build(image: string, context: string): void {
  const options = builders[builder];
  if (options === undefined)
    throw new Error(`--builder ${builder}: it is docker, podman or buildah`);
  run(...options, ...base, '--tag', image, context);
}

/** One that a container still runs from stays: the builder refuses, and says so. */
function removeOthers(image: string): void {
  const name = image.slice(0, image.lastIndexOf(':'));
  const format = builder === 'buildah' ? '{{.Name}}:{{.Tag}}' : '{{.Repository}}:{{.Tag}}';
  const listed = execFileSync(builder, ['images', '--format', format], { encoding: 'utf8' });
  const others = listed.split('\n').filter((each) => each.startsWith(`${name}:`) && each !== image);
  if (others.length === 0) return;
  spawnSync(builder, ['rmi', ...others], {
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  });
}

/** What it prints goes to stderr: stdout is for the names. */
function run(...args: readonly string[]): void {
  execFileSync(builder, args, { stdio: ['ignore', process.stderr.fd, process.stderr.fd] });
}

function isThere(image: string): boolean {
  return spawnSync(builder, ['inspect', ...imageType(), image], { stdio: 'ignore' }).status === 0;
}

function sizeOf(image: string): number {
  // buildah does not tell sizes; podman reads the same storage.
  const program = builder === 'buildah' ? 'podman' : builder;
  const args = ['image', 'inspect', '--format', '{{.Size}}', image];
  return Number(execFileSync(program, args, { encoding: 'utf8' }));
}

function imageType(): readonly string[] {
  return builder === 'buildah' ? ['--type', 'image'] : [];
}
