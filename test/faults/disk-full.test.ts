/** Full disks on small tmpfs mounts: needs root, which CI and the containers of most people are. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld } from './world.ts';

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)('a full disk', () => {
  let mount: string;
  let world: FaultWorld;
  beforeAll(async () => {
    mount = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', mount]);
    world = await buildWorld({ vaultFolder: join(mount, 'vault') });
  });
  afterAll(async () => {
    await world.close();
    execFileSync('umount', [mount]);
    rmSync(mount, { recursive: true });
  });

  it('in the vault fails the backup by name, and what was good stays good', async () => {
    expect((await world.holdfast('backup', '--all')).exitCode).toBe(0);
    await writeFile(join(world.tree, 'big'), randomBytes(30 << 20));
    const run = await world.holdfast('backup', 'tree');
    expect(run.exitCode, run.stdout + run.stderr).toBe(1);
    expect(run.stderr).toMatch(/full|no space/i);
    const verified = await world.holdfast('verify', '--all', '--level', 'read');
    expect(verified.exitCode, verified.stdout + verified.stderr).toBe(0);
  });

  it('leaves no temporary file behind, and the next backup works', async () => {
    await writeFile(join(world.tree, 'big'), 'small');
    const run = await world.holdfast('backup', 'tree');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const used = execFileSync('du', ['-sk', mount]).toString();
    expect(Number.parseInt(used, 10)).toBeLessThan(20_000);
  });

  it('in the scratch fails a drill, and cleans up', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'holdfast-scratch-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=1777', 'tmpfs', scratch]);
    try {
      world.env['TMPDIR'] = scratch;
      const run = await world.holdfast('drill', 'shop');
      expect(run.exitCode, run.stdout + run.stderr).toBe(1);
      // Node's own cache of compiled code is no leftover of ours.
      expect((await readdir(scratch)).filter((name) => name !== 'node-compile-cache')).toEqual([]);
    } finally {
      delete world.env['TMPDIR'];
      execFileSync('umount', [scratch]);
    }
    const run = await world.holdfast('drill', 'shop');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
  });
});
