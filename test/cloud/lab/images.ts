/** The images of the tests, in a storage under `.cache` that every cloud reads. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from '../../servers/install.ts';
import { type ContainerStorage, containerStorage } from './podman.ts';

const execute = promisify(execFile);
const folder = resolve(import.meta.dirname, '../../../.cache/containers');

/** Debian, made here as its image is made for registries: a small system without documentation. */
export const baseImage = 'localhost/debian:bookworm-slim';

export function imageStorage(): Promise<ContainerStorage> {
  return containerStorage(folder);
}

/** Has a shell and the usual programs. */
export async function makeBaseImage(): Promise<string> {
  const storage = await imageStorage();
  const made = join(folder, 'base.made');
  await installOnce(made, async () => {
    const root = await mkdtemp(join(tmpdir(), 'holdfast-base-'));
    try {
      await bootstrap(root);
      await importRoot(root, storage);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
    await writeFile(made, '');
  });
  return baseImage;
}

export interface TaskImage {
  readonly name: 'dump' | 'drill';
  /** With its tag, which says what is inside. */
  readonly image: string;
  readonly sizeBytes: number;
}

/** The images of the tasks, from `dist/` as it is. */
export async function makeTaskImages(): Promise<Readonly<Record<TaskImage['name'], TaskImage>>> {
  const base = await makeBaseImage();
  const { env } = await imageStorage();
  const script = resolve('scripts/images.ts');
  const args = [script, '--builder', 'buildah', '--base', base, '--prune'];
  const { stdout } = await execute(process.execPath, args, { env, maxBuffer: 16 * 1024 * 1024 });
  const images = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TaskImage);
  const named = (name: TaskImage['name']) => {
    const found = images.find((image) => image.name === name);
    if (found === undefined) throw new Error(`no image ${name}: ${stdout}`);
    return found;
  };
  return { dump: named('dump'), drill: named('drill') };
}

const suites = ['bookworm', 'bookworm-updates', 'bookworm-security'];
const needless = ['doc', 'info', 'lintian', 'linda', 'locale', 'man'].map(
  (name) => `/usr/share/${name}/*`,
);

async function bootstrap(root: string): Promise<void> {
  const archives = await ownArchives();
  const main = archives.get('bookworm') ?? '';
  await execute('debootstrap', ['--variant=minbase', 'bookworm', root, main]);
  const sources = [...archives].map(([suite, uri]) => `deb ${uri} ${suite} main\n`).join('');
  await writeFile(join(root, 'etc/apt/sources.list'), sources);
  const exclusions = needless.map((path) => `path-exclude ${path}\n`).join('');
  await writeFile(join(root, 'etc/dpkg/dpkg.cfg.d/slim'), exclusions);
  const emptied = [...needless, '/var/cache/apt/*', '/var/lib/apt/lists/*', '/var/log/*'];
  await execute('sh', [
    '-c',
    `cd "$0" && rm -rf ${emptied.map((path) => `.${path}`).join(' ')}`,
    root,
  ]);
}

/** From where this machine has its own packages, by suite. */
async function ownArchives(): Promise<Map<string, string>> {
  const format = '$(RELEASE) $(REPO_URI)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages', 'Component: main'];
  const { stdout } = await execute('apt-get', args);
  const lines = stdout.trim().split('\n');
  const found = new Map(lines.map((line) => line.split(' ') as [string, string]));
  return new Map([...found].filter(([suite]) => suites.includes(suite)));
}

async function importRoot(root: string, { env }: ContainerStorage): Promise<void> {
  const script = 'tar --create --directory "$0" . | podman import - "$1"';
  await execute('sh', ['-c', script, root, baseImage], { env });
}
