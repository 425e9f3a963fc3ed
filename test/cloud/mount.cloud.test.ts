/** A directory on EFS: dumped and restored by containers that mount it, compared on this machine. */
import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeNetwork } from './lab/given-network.ts';
import { buildDeployedWorld, type DeployedWorld } from './world.ts';

const run = promisify(execFile);
const mounted = {
  uploads: { path: '/srv/shop/uploads', fileSystem: 'fs-0a1b2c3d', accessPoint: 'fsap-0a1b2c3d' },
};
/** The user of the image, and of the access point. */
const owner = '10001:10001';

let world: DeployedWorld;
let root: string;
let aside: string;

async function grow(): Promise<void> {
  await mkdir(join(root, 'invoices/empty'), { recursive: true });
  await writeFile(join(root, 'invoices/2026 Ä.txt'), 'paid\n');
  await writeFile(join(root, 'large'), Buffer.alloc(3 << 20, 'holdfast'));
  await link(join(root, 'large'), join(root, 'the same'));
  await symlink('invoices/2026 Ä.txt', join(root, 'newest'));
  await chmod(join(root, 'invoices/2026 Ä.txt'), 0o640);
  await run('chown', ['-hR', owner, root]);
}

/** Type, mode, links, size, time and target of everything, and every content. */
async function tree(folder: string): Promise<string> {
  const facts = '%P %y %m %T@ %l\\n';
  const { stdout } = await run('find', ['.', '-mindepth', '1', '-printf', facts], { cwd: folder });
  const hashes = await run('sh', ['-c', 'find . -type f -exec sha256sum {} +'], { cwd: folder });
  return [...stdout.split('\n'), ...hashes.stdout.split('\n')].sort().join('\n');
}

const ended = ({ status, cause }: { status?: string | undefined; cause?: string | undefined }) => [
  status,
  cause,
];

describe.skipIf(inject('noContainers') !== '')('a source on a file system of EFS', () => {
  beforeAll(async () => {
    aside = await mkdtemp(join(tmpdir(), 'holdfast-mount-'));
    world = await buildDeployedWorld({ sources: {}, mounted, network: makeNetwork });
    root = world.cloud.accessPoint('fs-0a1b2c3d', 'fsap-0a1b2c3d');
    await mkdir(root, { recursive: true });
    await grow();
    await cp(root, join(aside, 'before'), { recursive: true, preserveTimestamps: true });
  });
  afterAll(async () => {
    await world?.close();
    await rm(aside, { recursive: true, force: true });
  });

  test('is dumped through its mount, and restored on this machine it is the same', async () => {
    const backup = await world.backup('uploads');
    expect(ended(backup)).toEqual(['SUCCEEDED', undefined]);
    expect(JSON.parse(String(backup.output))).toMatchObject({ outcome: 'good' });
    const target = join(aside, 'restored');
    const { exitCode, stderr } = await world.holdfast('restore', 'uploads', '--to', target);
    expect(exitCode, stderr).toBe(0);
    expect(await tree(target)).toBe(await tree(root));
  });

  test('comes back into the mount: what was changed, what was added and what was lost', async () => {
    const before = await tree(root);
    await appendFile(join(root, 'large'), 'damage');
    await rm(join(root, 'invoices'), { recursive: true });
    await writeFile(join(root, 'stranger'), 'x');
    const refused = await world.restore({ source: 'uploads' });
    expect(ended(refused)).toEqual(['FAILED', expect.stringContaining('it is not empty')]);
    expect(await readFile(join(root, 'stranger'), 'utf8')).toBe('x');
    const restored = await world.restore({ source: 'uploads', overwrite: true });
    expect(ended(restored)).toEqual(['SUCCEEDED', undefined]);
    expect(await tree(root)).toBe(before);
  });

  test('is partial where the user of the task may not read, with the path', async () => {
    await writeFile(join(root, 'of root'), 'x', { mode: 0o600 });
    const { status, output } = await world.backup('uploads');
    expect(status).toBe('SUCCEEDED');
    const { outcome, backupId } = JSON.parse(String(output));
    expect(outcome).toBe('partial');
    const { stdout } = await world.holdfast('show', backupId);
    expect(stdout).toContain('of root: unreadable: EACCES');
  });

  test('is not written to by a dump: the mount is read only', async () => {
    const names = await world.cloud.podman('ps', '--all', '--format', '{{.Names}}');
    const mounts = await Promise.all(
      names
        .trim()
        .split('\n')
        .map((name) =>
          world.cloud.podman('inspect', '--format', '{{json .HostConfig.Binds}}', name),
        ),
    );
    const ways = mounts.flatMap((text) => /uploads:(r[ow])/.exec(text)?.[1] ?? []);
    expect(ways.toSorted()).toEqual(['ro', 'ro', 'rw', 'rw']);
  });
});
