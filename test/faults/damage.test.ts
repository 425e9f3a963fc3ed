/** Every role of object in the vault, damaged in every way: named by `verify`, never restored from. */
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWorld, type FaultWorld } from './world.ts';

let world: FaultWorld;
let ids: { shop: string[]; tree: string[] };
beforeAll(async () => {
  world = await buildWorld();
  for (let n = 0; n < 2; n++) {
    await writeFile(join(world.tree, 'changes'), `content ${n}`);
    const run = await world.holdfast('backup', '--all');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    // Ids have the precision of a second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  ids = { shop: await idsOf('shop'), tree: await idsOf('tree') };
  await cp(world.vault, `${world.vault}.good`, { recursive: true, preserveTimestamps: true });
});
afterAll(() => world.close());

const idsOf = async (source: string) => (await readdir(join(world.vault, 'sets', source))).sort();

async function restoreVault(): Promise<void> {
  await rm(world.vault, { recursive: true });
  await cp(`${world.vault}.good`, world.vault, { recursive: true, preserveTimestamps: true });
}

type Damage = (path: string, other: string) => Promise<void>;
const damages: Record<string, Damage> = {
  'a flipped byte': async (path) => {
    const bytes = await readFile(path);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    await writeFile(path, bytes);
  },
  'a cut end': async (path) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
  },
  'bytes appended': async (path) => writeFile(path, 'x', { flag: 'a' }),
  emptiness: async (path) => writeFile(path, ''),
  absence: async (path) => rm(path),
  'a replay of the older set': async (path, older) => cp(older, path),
  'a swap with the older set': async (path, older) => {
    await rename(path, `${path}.swap`);
    await rename(older, path);
    await rename(`${path}.swap`, older);
  },
};

/** Role → the newest set's object and the same object of the set before. */
async function objectsByRole(): Promise<Record<string, { path: string; older: string }>> {
  const roles: Record<string, { path: string; older: string }> = {};
  for (const source of ['shop', 'tree'] as const) {
    const [older, newest] = ids[source];
    if (!older || !newest) throw new Error('two sets are needed');
    const place = (id: string, rest: string) => join(world.vault, rest.replace('ID', id));
    const names = await readdir(join(world.vault, 'data', source, newest));
    for (const name of names) {
      const rest = `data/${source}/ID/${name}`;
      roles[`${source} ${name}`] = { path: place(newest, rest), older: place(older, rest) };
    }
    for (const rest of [`sets/${source}/ID/manifest.json`, `sets/${source}/ID/keys/1.json`]) {
      roles[`${source} ${rest.split('ID/')[1]}`] = {
        path: place(newest, rest),
        older: place(older, rest),
      };
    }
  }
  return roles;
}

/** Every role in every way; only what the older set has too can be replayed. */
const cases = (roles: Awaited<ReturnType<typeof objectsByRole>>) =>
  Object.entries(roles).flatMap(([role, { path, older }]) =>
    Object.keys(damages)
      .filter((kind) => !/replay|swap/.test(kind) || existsSync(older))
      .map((kind) => ({ role, kind, path, older })),
  );

describe('damage in the vault', () => {
  it('is named by object at level checked, and at level read', { timeout: 600_000 }, async () => {
    const roles = await objectsByRole();
    expect(Object.keys(roles).length).toBeGreaterThanOrEqual(7);
    for (const { role, kind, path, older } of cases(roles)) {
      await restoreVault();
      await damages[kind]?.(path, older);
      const source = role.split(' ')[0] ?? '';
      const checked = await world.holdfast('verify', source);
      const where = `${kind} of ${role}`;
      expect(checked.exitCode, `${where}: ${checked.stdout}${checked.stderr}`).toBe(13);
      const object = path.slice(world.vault.length + 1);
      expect(checked.stdout + checked.stderr, where).toContain(object);
    }
  });

  it('of a signed statement, the vault file or a key check is named too', {
    timeout: 120_000,
  }, async () => {
    const newest = ids.shop.at(-1);
    const statements = join(world.vault, 'sets', 'shop', String(newest), 'attestations');
    const [statement] = await readdir(statements);
    for (const path of [
      join(statements, String(statement)),
      join(world.vault, 'vault.json'),
      join(world.vault, 'vault-keys', '1.json'),
    ]) {
      for (const kind of ['a flipped byte', 'a cut end', 'emptiness']) {
        await restoreVault();
        await damages[kind]?.(path, '');
        const run = await world.holdfast('verify', 'shop', '--level', 'read');
        const where = `${kind} of ${path}`;
        expect(run.exitCode, `${where}: ${run.stdout}${run.stderr}`).toBe(13);
        expect(run.stdout + run.stderr, where).toContain(path.slice(world.vault.length + 1));
      }
    }
  });

  it('stops a restore before the target is touched or compared equal', {
    timeout: 300_000,
  }, async () => {
    for (const [role, { path, older }] of Object.entries(await objectsByRole())) {
      await restoreVault();
      await damages['a flipped byte']?.(path, older);
      const source = role.split(' ')[0] ?? '';
      const target =
        source === 'shop' ? world.server.urlOf('damaged') : join(world.folder, 'damaged');
      const run = await world.holdfast('restore', source, '--to', target);
      expect(run.exitCode, `${role}: ${run.stdout}${run.stderr}`).not.toBe(0);
      await world.server.query('drop database if exists damaged with (force)');
      await rm(join(world.folder, 'damaged'), { recursive: true, force: true });
    }
  });

  it('does not stop the next backup from being good', { timeout: 120_000 }, async () => {
    await restoreVault();
    const [, newest] = ids.tree;
    const folder = join(world.vault, 'data', 'tree', String(newest));
    for (const name of await readdir(folder)) await rm(join(folder, name));
    const run = await world.holdfast('backup', '--all');
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    const target = join(world.folder, 'after-damage');
    const restored = await world.holdfast('restore', 'tree', '--to', target);
    expect(restored.exitCode, restored.stdout + restored.stderr).toBe(0);
    expect((await readdir(target)).sort()).toEqual((await readdir(world.tree)).sort());
  });
});
