/** podman with a storage, a configuration and a socket of its own: nothing in /etc, nothing of others. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stop } from '../../servers/process.ts';

const execute = promisify(execFile);

export interface ContainerStorage {
  readonly folder: string;
  /** For podman and buildah. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Podman extends ContainerStorage {
  /** Docker's API: `unix://…`. */
  readonly socket: string;
  /** Runs `podman …` and gives its standard output. */
  run(...args: readonly string[]): Promise<string>;
  /** What a container has written, to either output. */
  logs(container: string): Promise<string>;
  stop(): Promise<void>;
}

/** `images`: the storage whose images are seen here too, read only. */
export async function containerStorage(
  folder: string,
  images?: ContainerStorage,
): Promise<ContainerStorage> {
  await mkdir(folder, { recursive: true });
  const containers = join(folder, 'containers.conf');
  const storage = join(folder, 'storage.conf');
  await writeFile(
    containers,
    `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
tmp_dir = "${folder}/libpod"
`,
  );
  const more = images === undefined ? '' : `"${images.folder}/storage"`;
  await writeFile(
    storage,
    `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "${folder}/run"
[storage.options]
additionalimagestores = [${more}]
`,
  );
  const env = { ...process.env, CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
  return { folder, env };
}

export async function startPodman(folder: string, images: ContainerStorage): Promise<Podman> {
  const storage = await containerStorage(folder, images);
  const path = join(folder, 'docker.sock');
  const { env } = storage;
  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${path}`], {
    stdio: 'ignore',
    env,
  });
  await untilThere(path, once(service, 'exit'));
  const podman = (args: readonly string[]) =>
    execute('podman', args, { env, maxBuffer: 64 * 1024 * 1024 });
  const run = async (...args: readonly string[]) => (await podman(args)).stdout;
  return {
    ...storage,
    socket: `unix://${path}`,
    run,
    async logs(container) {
      const { stdout, stderr } = await podman(['logs', container]);
      return stdout + stderr;
    },
    async stop() {
      await run('rm', '--all', '--force', '--volumes', '--time', '0');
      await stop(service);
    },
  };
}

async function untilThere(path: string, ended: Promise<unknown>): Promise<void> {
  let over = false;
  ended.then(() => {
    over = true;
  });
  for (let waited = 0; waited < 30_000 && !over; waited += 50) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return;
    await sleep(50);
  }
  throw new Error('podman does not serve its API');
}
