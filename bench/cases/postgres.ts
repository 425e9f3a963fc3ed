/** A database of about 1 GB: backup against pg_dump and a plain pipeline, restore against pg_restore -j. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fillDatabase } from '../data/database.ts';
import { type Contender, race, timeOnce } from '../measure.ts';
import { type CaseResult, ratioRows } from '../report.ts';
import type { World } from '../world.ts';

export async function benchPostgres(world: World, rounds: number): Promise<CaseResult[]> {
  await world.createDatabase('shop');
  await fillDatabase(world.databaseUrl('shop'), 1000);
  const backup = await race(backupContenders(world), rounds);
  for (const vault of ['directory', 's3'] as const) {
    const argv = world.holdfast(vault, 'backup', 'shop-plain');
    await timeOnce({ name: `without fingerprint, ${vault}`, argv, env: world.env });
  }
  const restore = await race(restoreContenders(world), rounds);
  return [
    {
      title: 'PostgreSQL, 1 GB: backup (compressed, encrypted, hashed, rows counted, verified)',
      rows: ratioRows(backup, [
        { name: 'holdfast, directory', against: 'pg_dump -Fc', least: 4, faster: true },
        { name: 'holdfast, directory', against: 'pg_dump | zstd', most: 1.25 },
        { name: 'holdfast, S3', against: 'pg_dump | zstd', most: 1.4 },
      ]),
      runs: backup,
    },
    {
      title: 'PostgreSQL, 1 GB: restore, comparison aside',
      rows: ratioRows(restore, [
        { name: 'holdfast restore, directory', against: 'pg_restore -j2', most: 1.3 },
        { name: 'holdfast restore, S3', against: 'pg_restore -j2', most: 1.3 },
      ]),
      runs: restore,
    },
  ];
}

function backupContenders(world: World): Contender[] {
  const url = world.databaseUrl('shop');
  const archive = join(world.folder, 'shop.dump');
  const plain = join(world.folder, 'shop.zst');
  const remove = (file: string) => () => rm(file, { force: true });
  return [
    { name: 'pg_dump -Fc', argv: ['pg_dump', '-Fc', '-f', archive, url], prepare: remove(archive) },
    {
      name: 'pg_dump | zstd',
      argv: [
        'bash',
        '-o',
        'pipefail',
        '-c',
        `pg_dump -Fc -Z0 "${url}" | zstd -q -1 -T0 -o "${plain}" && sync "${plain}"`,
      ],
      prepare: remove(plain),
    },
    {
      name: 'holdfast, directory',
      argv: world.holdfast('directory', 'backup', 'shop'),
      env: world.env,
    },
    { name: 'holdfast, S3', argv: world.holdfast('s3', 'backup', 'shop'), env: world.env },
  ];
}

function restoreContenders(world: World): Contender[] {
  const target = world.databaseUrl('restored');
  const empty = async () => {
    await world.dropDatabase('restored');
    await world.createDatabase('restored');
  };
  const restore = (vault: 'directory' | 's3') => ({
    name: `holdfast restore, ${vault === 's3' ? 'S3' : vault}`,
    argv: world.holdfast(vault, 'restore', 'shop-plain', '--to', target),
    env: world.env,
    prepare: empty,
  });
  const archive = join(world.folder, 'shop.dump');
  return [
    {
      name: 'pg_restore -j2',
      argv: ['pg_restore', '-j2', '--exit-on-error', '-d', target, archive],
      prepare: empty,
    },
    restore('directory'),
    restore('s3'),
  ];
}
